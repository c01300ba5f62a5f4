"""The drawn question: a real image, of the stated size, asking what the answer answers."""

from collections import Counter
from io import BytesIO

import pytest
from PIL import Image

from moderation.adapters import captcha
from moderation.adapters.captcha import ArithmeticCaptcha, Question, ask, encode
from moderation.domain.challenge import Strength


@pytest.fixture(scope="module")
def artist() -> ArithmeticCaptcha:
    return ArithmeticCaptcha()


@pytest.mark.parametrize(
    ("strength", "size"), [(Strength.NORMAL, (200, 80)), (Strength.HARDER, (270, 80))], ids=str
)
def test_a_drawing_is_a_webp_of_the_stated_size(
    artist: ArithmeticCaptcha, strength: Strength, size: tuple[int, int]
) -> None:
    drawing = artist.draw(strength)

    image = Image.open(BytesIO(drawing.image))
    assert image.format == "WEBP"
    assert image.size == (drawing.width, drawing.height) == size
    assert drawing.media_type == "image/webp"
    assert len(drawing.image) < 8_000


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        (Question((23, 8)), "23+8=?", "31"),
        (Question((8, 23)), "8+23=?", "31"),
        (Question((10, -9)), "10-9=?", "1"),
        (Question((41, -5, 9)), "41-5+9=?", "45"),
    ],
)
def test_the_answer_answers_the_text(question: Question, text: str, answer: str) -> None:
    assert question.text == text
    assert question.answer == answer


def test_what_is_drawn_is_what_is_asked(artist: ArithmeticCaptcha, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    inherited = artist.row

    def watched(text: str, width: int) -> Image.Image:
        drawn.append(text)
        return inherited(text, width)

    monkeypatch.setattr(captcha, "ask", lambda _: Question((41, -5)))
    monkeypatch.setattr(artist, "row", watched)

    assert artist.draw().answer == "36"
    assert drawn == ["41-5=?"]


def test_answers_are_never_negative_and_spread_wide() -> None:
    answers = Counter(int(ask().answer) for _ in range(2_000))

    assert min(answers) >= 0
    assert max(answers) <= 58
    assert len(answers) >= 45
    assert answers.most_common(1)[0][1] <= 0.06 * 2_000


def test_no_question_holds_the_digit_people_misread() -> None:
    assert not any("7" in ask(strength).text for _ in range(500) for strength in Strength)


def test_a_harder_question_has_a_third_term_and_no_step_below_one() -> None:
    for _ in range(2_000):
        terms = ask(Strength.HARDER).terms

        assert len(terms) == 3
        assert all(sum(terms[:count]) >= 1 for count in (1, 2, 3))


def test_two_drawings_of_one_question_differ(artist: ArithmeticCaptcha) -> None:
    first, second = (encode(artist.picture("23+8=?", 200)) for _ in range(2))

    assert first != second


def test_ink_and_paper_contrast_enough_to_read() -> None:
    def luminance(colour: captcha.Colour) -> float:
        parts = [c / 255 for c in colour]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for _ in range(200):
        ink, paper = luminance(captcha._dark_ink()), luminance(captcha._near_white())
        assert (paper + 0.05) / (ink + 0.05) >= 7  # WCAG 2.2, 1.4.6


@pytest.mark.parametrize(
    ("text", "width"),
    [("10+1=?", 200), ("44-40=?", 200), ("48+48=?", 200), ("48+8-9=?", 270), ("8+44+9=?", 270)],
)
def test_the_widest_and_the_narrowest_question_keep_inside_the_image(
    artist: ArithmeticCaptcha, text: str, width: int
) -> None:
    for _ in range(50):
        row = artist.row(text, width)
        edges = [row.crop((x, 0, x + 1, row.height)).getextrema()[1] for x in (0, 1, width - 2, width - 1)]
        edges += [row.crop((0, y, width, y + 1)).getextrema()[1] for y in (0, row.height - 1)]

        assert edges == [0] * 6

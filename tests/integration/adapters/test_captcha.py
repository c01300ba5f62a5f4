"""The drawn question: a real image, of the stated size, asking what the answer answers."""

from collections import Counter
from io import BytesIO

import pytest
from PIL import Image

from moderation.adapters import captcha
from moderation.adapters.captcha import ArithmeticCaptcha, Question, ask


@pytest.fixture(scope="module")
def artist() -> ArithmeticCaptcha:
    return ArithmeticCaptcha()


def test_a_drawing_is_a_webp_of_the_stated_size(artist: ArithmeticCaptcha) -> None:
    drawing = artist.draw()

    image = Image.open(BytesIO(drawing.image))
    assert image.format == "WEBP"
    assert image.size == (drawing.width, drawing.height) == (200, 64)
    assert drawing.media_type == "image/webp"
    assert len(drawing.image) < 8_000


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        (Question(23, "+", 8), "23+8=?", "31"),
        (Question(8, "+", 23), "8+23=?", "31"),
        (Question(10, "-", 9), "10-9=?", "1"),
    ],
)
def test_the_answer_answers_the_text(question: Question, text: str, answer: str) -> None:
    assert question.text == text
    assert question.answer == answer


def test_what_is_drawn_is_what_is_asked(artist: ArithmeticCaptcha, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    inherited = artist.create_captcha_image

    def watched(chars: str, color: captcha.Colour, background: captcha.Colour) -> Image.Image:
        drawn.append(chars)
        return inherited(chars, color, background)

    monkeypatch.setattr(captcha, "ask", lambda: Question(41, "-", 5))
    monkeypatch.setattr(artist, "create_captcha_image", watched)

    assert artist.draw().answer == "36"
    assert drawn == ["41-5=?"]


def test_answers_are_never_negative_and_spread_wide() -> None:
    answers = Counter(int(ask().answer) for _ in range(2_000))

    assert min(answers) >= 0
    assert max(answers) <= 58
    assert len(answers) >= 45
    assert answers.most_common(1)[0][1] <= 0.06 * 2_000


def test_no_question_holds_the_digit_people_misread() -> None:
    assert not any("7" in ask().text for _ in range(500))


def test_two_drawings_of_one_question_differ(artist: ArithmeticCaptcha) -> None:
    first = artist.encode(artist.generate_image("23+8=?"))
    second = artist.encode(artist.generate_image("23+8=?"))

    assert first != second


def test_ink_and_paper_contrast_enough_to_read() -> None:
    def luminance(colour: captcha.Colour) -> float:
        parts = [c / 255 for c in colour]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for _ in range(200):
        ink, paper = luminance(captcha._dark_ink()), luminance(captcha._near_white())
        assert (paper + 0.05) / (ink + 0.05) >= 7  # WCAG 2.2, 1.4.6


@pytest.mark.parametrize("text", ["10+1=?", "44-40=?", "48+48=?"])
def test_the_widest_and_the_narrowest_question_keep_inside_the_image(text: str) -> None:
    paper, ink = (255, 255, 255), (0, 0, 0)
    artist = ArithmeticCaptcha()

    for _ in range(50):
        image = artist.create_captcha_image(text, ink, paper).convert("L")
        columns = [image.crop((x, 0, x + 1, image.height)).getextrema()[0] for x in (0, 1, 198, 199)]
        assert columns == [255] * 4

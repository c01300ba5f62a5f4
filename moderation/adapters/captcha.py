"""Draws the image challenge: a small sum along a wave, crossed by thick curves that turn ink to paper and paper to ink.

What was tried is in docs/captcha.md; what it came to:

- Free readers of letters look for a line of text, ink on paper. Here glyphs ride up and down a wave, and each changes between
  ink and paper wherever a curve goes over it. People see the outline of a 5 all the same; no colour, threshold, opening
  or blur brings it back as ink. Curves drawn *over* glyphs in the same ink are the worse of two worlds: they hide
  a minus from people, and a reader that knows which letters there can be sees through them.
- What remains whole of a glyph is its outline, and an edge detector hands that to the same readers. A third curve breaks
  it up; dots do so too, but people misread them. Where curves cross one another they stay ink.
- One dark ink on near-white paper, so that it can be read on a light page and on a dark one.
- Glyphs of two typefaces keep their shapes (each is turned and sheared as a whole). A turned plus would read as a
  times sign, so operators hardly turn.

Arithmetic has few answers (some 55, so a blind guess wins about one time in fifty), and a reader that knows every question
there can be still gets one in seven: a challenge takes ONE attempt, and failures are limited. That is the flow's
part, not this file's.
"""

import math
import secrets
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from captcha.image import ImageCaptcha
from PIL import Image, ImageChops, ImageDraw, ImageFont

from moderation.domain.challenge import Strength
from moderation.ports import Drawing

_HEIGHT: Final = 80
_MARGIN: Final = 4
_FONT_SIZE: Final = (45, 57)
_THICKEN: Final = (
    1  # px added around each stroke of the font: heavier glyphs close their eyes, 3 and 8 look alike
)
_TURN_DEGREES: Final = 20.0
_TURN_OF_OPERATORS: Final = 10.0
_SHEAR: Final = 0.22
_OVERLAP: Final = 0.06  # of a glyph's width
_WAVE: Final = 18.0  # px up and down
_PERIODS: Final = (0.8, 1.4)  # of the wave the glyphs ride on, over 200 px
_SWAY: Final = 4.0  # px off the wave
_CURVES: Final = 3
_CURVE_WIDTH: Final = 8
_CURVE_PERIODS: Final = (1.2, 2.2)  # over 200 px
_CURVE_SWING: Final = (0.26, 0.40)  # of the height
_DIGITS: Final = "012345689"  # no 7: under a curve people take it for a 1
_OPERATORS: Final = {
    "+": "+",
    "-": "\N{MINUS SIGN}",
    "=": "=",
}  # the font's hyphen is too short to be told from a curve
_SHORT_FIRST: Final = 0.5  # share of additions that begin with the single digit
_WEBP_QUALITY: Final = 50
_random: Final = secrets.SystemRandom()

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Style:
    """How wide a drawing is, and how many terms its sum has."""

    width: int
    terms: int


STYLES: Final = {
    Strength.NORMAL: Style(width=200, terms=2),
    # A third term is another operator to find and three thousand more questions; the glyphs are as legible as ever.
    Strength.HARDER: Style(width=270, terms=3),
}


@dataclass(frozen=True, slots=True)
class Question:
    """A sum for people: its terms in their order, those to be taken away negative."""

    terms: tuple[int, ...]

    @property
    def answer(self) -> str:
        """Return what a person would type."""
        return str(sum(self.terms))

    @property
    def text(self) -> str:
        """Return what is drawn."""
        return "".join(f"{term:+d}" for term in self.terms).removeprefix("+") + "=?"


def ask(strength: Strength = Strength.NORMAL) -> Question:
    """Make up a question of one number of two digits and some of one; no step of it leads below 1.

    The long one stands first or second. That costs people nothing and denies a reader of digits the place of the operator.
    """
    long = int(_random.choice("1234") + _random.choice(_DIGITS))
    terms = [long]
    for _ in range(STYLES[strength].terms - 1):
        short = int(_random.choice(_DIGITS[2:]))
        is_less = sum(terms) > short and _random.random() < 0.5
        terms.append(-short if is_less else short)
    if terms[1] > 0 and _random.random() < _SHORT_FIRST:
        terms[:2] = reversed(terms[:2])
    return Question(tuple(terms))


class ArithmeticCaptcha(ImageCaptcha):
    """Fulfils the `Captcha` port with a question in pixels, in the package's font (Apache-2.0) and Pillow's (CC0)."""

    def __init__(self) -> None:
        sizes = range(*_FONT_SIZE, 4)
        super().__init__(font_sizes=tuple(sizes))
        # Pillow's has no minus sign.
        self._for_digits = [*self.truefonts, *(ImageFont.load_default(size) for size in sizes)]

    def draw(self, strength: Strength = Strength.NORMAL) -> Drawing:
        """Draw one fresh question as WebP."""
        question, width = ask(strength), STYLES[strength].width
        return Drawing(
            answer=question.answer,
            image=encode(self.picture(question.text, width)),
            media_type="image/webp",
            width=width,
            height=_HEIGHT,
        )

    def picture(self, text: str, width: int) -> Image.Image:
        """Draw a text in one ink, with curves over it that change ink and paper."""
        changed = ImageChops.difference(self.row(text, width), _curves(width))
        paper = Image.new("RGB", changed.size, _near_white())
        return Image.composite(Image.new("RGB", changed.size, _dark_ink()), paper, changed)

    def row(self, text: str, width: int) -> Image.Image:
        """Place the glyphs along a wave, each a little over its neighbour, drawn together if they would be too wide."""
        row = Image.new("L", (width, _HEIGHT))
        glyphs = [self._glyph(character) for character in text]
        steps = [glyph.width * (1 - _OVERLAP) for glyph in glyphs[:-1]]
        room = width - 2 * _MARGIN - glyphs[-1].width
        pull = min(1.0, room / sum(steps))
        x = _MARGIN + _random.uniform(0, max(0.0, room - sum(steps)))
        start, periods = _random.uniform(0, math.tau), _random.uniform(*_PERIODS)
        for glyph, step in zip(glyphs, [*steps, 0.0], strict=True):
            middle = (_HEIGHT - glyph.height) / 2
            height = _WAVE * math.sin(start + math.tau * periods * x / 200) + _random.uniform(-_SWAY, _SWAY)
            y = min(max(middle + height, 1), 2 * middle - 1)
            row.paste(255, (round(x), round(y)), glyph)
            x += step * pull
        return row

    def _glyph(self, character: str) -> Image.Image:
        """Return one glyph as a mask, thickened, turned, sheared and cut to its ink."""
        is_operator = character in _OPERATORS
        font = _random.choice(self.truefonts if is_operator else self._for_digits)
        drawn = _OPERATORS.get(character, character)
        left, top, right, bottom = font.getbbox(drawn, stroke_width=_THICKEN)
        mask = Image.new("L", (math.ceil(right - left) + 2, math.ceil(bottom - top) + 2))
        ImageDraw.Draw(mask).text((1 - left, 1 - top), drawn, font=font, fill=255, stroke_width=_THICKEN)
        mask = _slanted(mask, _TURN_OF_OPERATORS if is_operator else _TURN_DEGREES)
        return mask.crop(mask.getbbox())


def encode(image: Image.Image) -> bytes:
    """Encode as WebP: a third of the package's PNG in bytes and in time; method 0, as slower ones save little."""
    out = BytesIO()
    image.save(out, format="WEBP", quality=_WEBP_QUALITY, method=0)
    return out.getvalue()


def _curves(width: int) -> Image.Image:
    """Draw waves from edge to edge as a mask; their phases spread, as curves that run together change one glyph only."""
    mask = Image.new("L", (width, _HEIGHT))
    pen = ImageDraw.Draw(mask)
    start = _random.uniform(0, math.tau)
    for number in range(_CURVES):
        phase = start + math.tau * (number + _random.uniform(-0.2, 0.2)) / _CURVES
        middle = _HEIGHT * _random.uniform(0.4, 0.6)
        swing = _HEIGHT * _random.uniform(*_CURVE_SWING)
        waves = _random.uniform(*_CURVE_PERIODS) / 200
        points = [
            (x, middle + swing * math.sin(phase + waves * math.tau * x)) for x in range(-4, width + 9, 4)
        ]
        pen.line(points, fill=255, width=_CURVE_WIDTH, joint="curve")
    return mask


def _slanted(glyph: Image.Image, turn_degrees: float) -> Image.Image:
    """Turn and shear in one resampling, on a canvas that holds the result."""
    turn = math.radians(_random.uniform(-turn_degrees, turn_degrees))
    shear = _random.uniform(-_SHEAR, _SHEAR)
    cos, sin = math.cos(turn), math.sin(turn)
    a, b, d, e = cos, cos * shear - sin, sin, sin * shear + cos
    width = math.ceil(abs(a) * glyph.width + abs(b) * glyph.height) + 2
    height = math.ceil(abs(d) * glyph.width + abs(e) * glyph.height) + 2
    # Pillow maps from the result back to the source: the inverse of the matrix (its determinant is 1), about the centres.
    ia, ib, ida, ie = e, -b, -d, a
    c = glyph.width / 2 - ia * width / 2 - ib * height / 2
    f = glyph.height / 2 - ida * width / 2 - ie * height / 2
    return glyph.transform(
        (width, height), Image.Transform.AFFINE, (ia, ib, c, ida, ie, f), Image.Resampling.BICUBIC
    )


def _dark_ink() -> Colour:
    """Return an ink dark enough for 7:1 on near-white, never pure black, so that no threshold is known before."""
    return (_random.randint(10, 70), _random.randint(10, 60), _random.randint(20, 90))


def _near_white() -> Colour:
    return (_random.randint(244, 255), _random.randint(244, 255), _random.randint(244, 255))

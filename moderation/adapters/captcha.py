"""Draws the image challenge: a small sum, in thick glyphs crossed by two curves of the same ink and width.

The package's own renderer stretches narrow glyphs to a common width, which makes blocks of `-` and `=`, draws thin
arcs that stop no reader of letters, and picks grey on white as readily as black. Here a glyph keeps its shape (it
is turned and sheared as a whole), everything has one dark ink on near-white paper (readable on a light and on a dark
page), and neighbours touch or overlap a little, so that neither colour, stroke width nor a gap tells where to cut.

Arithmetic has a narrow space of answers (some 55, so a blind guess wins about one time in fifty), and a reader of
letters that knows the form of the question gets about one image in three: a challenge takes ONE attempt, and failures
are limited. That is the flow's part, not this file's.
"""

import math
import secrets
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from captcha.image import ColorTuple, ImageCaptcha
from PIL import Image, ImageDraw

from moderation.domain.challenge import Strength
from moderation.ports import Drawing

_WIDTH: Final = 200
_HEIGHT: Final = 64
_FONT_SIZES: Final = (46, 50, 54)
_MARGIN: Final = 4
_THICKEN: Final = 1  # px added around each stroke of the font, which brings it near the curves' width
_CURVES: Final = 2  # a third hid operators from people: 28-8 and 28+8 looked alike
_CURVE_WIDTH: Final = 6
_TURN_DEGREES: Final = 14.0
_SHEAR: Final = 0.22
_OVERLAP: Final = 0.06  # of a glyph's width
_SWAY: Final = 8.0  # px up or down from the middle
_DIGITS: Final = "012345689"  # no 7: under a curve people take it for a 1
_WIDE: Final = {"-": "\N{MINUS SIGN}"}  # the font's hyphen is too short to be told from a piece of curve
_SHORT_FIRST: Final = 0.5  # share of additions that begin with the single digit
_WEBP_QUALITY: Final = 50
_random: Final = secrets.SystemRandom()

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Question:
    """A sum for people: two digits and one, never a negative answer."""

    left: int
    sign: str
    right: int

    @property
    def answer(self) -> str:
        """Return what a person would type."""
        return str(self.left + self.right if self.sign == "+" else self.left - self.right)

    @property
    def text(self) -> str:
        """Return what is drawn."""
        return f"{self.left}{self.sign}{self.right}=?"


def ask() -> Question:
    """Make up a question: two digits and one, in either order; answers lie between 1 and 58.

    The changing order costs people nothing and denies a reader of digits alone the place of the operator.
    """
    long = int(_random.choice("1234") + _random.choice(_DIGITS))
    short = int(_random.choice(_DIGITS[2:]))
    sign = _random.choice("+-")
    if sign == "+" and _random.random() < _SHORT_FIRST:
        return Question(left=short, sign=sign, right=long)
    return Question(left=long, sign=sign, right=short)


class ArithmeticCaptcha(ImageCaptcha):
    """Fulfils the `Captcha` port with a question in pixels; the font is the package's own (Apache-2.0)."""

    def __init__(self, width: int = _WIDTH, height: int = _HEIGHT) -> None:
        super().__init__(width=width, height=height, font_sizes=_FONT_SIZES)

    def draw(self, strength: Strength = Strength.NORMAL) -> Drawing:  # noqa: ARG002 - the harder one follows
        """Draw one fresh question as WebP."""
        question = ask()
        return Drawing(
            answer=question.answer,
            image=self.encode(self.generate_image(question.text)),
            media_type="image/webp",
            width=self._width,
            height=self._height,
        )

    @staticmethod
    def encode(image: Image.Image) -> bytes:
        """Encode as WebP: a third of the package's PNG in bytes and in time; method 0, as slower ones save little."""
        out = BytesIO()
        image.save(out, format="WEBP", quality=_WEBP_QUALITY, method=0)
        return out.getvalue()

    def generate_image(
        self, chars: str, bg_color: ColorTuple | None = None, fg_color: ColorTuple | None = None
    ) -> Image.Image:
        """Draw `chars`, then curves of the same ink across them."""
        ink = fg_color or _dark_ink()
        image = self.create_captcha_image(chars, ink, bg_color or _near_white())
        start = _random.uniform(0, math.tau)
        for number in range(_CURVES):
            # Spread phases: curves that run together bury one glyph and leave the rest bare.
            _draw_curve(image, ink, phase=start + math.tau * (number + _random.uniform(-0.2, 0.2)) / _CURVES)
        return image

    def create_captcha_image(self, chars: str, color: ColorTuple, background: ColorTuple) -> Image.Image:
        """Place the glyphs in one row, each a little over its neighbour, drawn together if the row is too wide."""
        image = Image.new("RGB", (self._width, self._height), background)
        glyphs = [self._glyph(_WIDE.get(character, character)) for character in chars]
        steps = [glyph.width * (1 - _OVERLAP) for glyph in glyphs[:-1]]
        room = self._width - 2 * _MARGIN - glyphs[-1].width
        x = _MARGIN + _random.uniform(0, max(0.0, room - sum(steps)))
        pull = min(1.0, room / sum(steps))
        for glyph, step in zip(glyphs, [*steps, 0.0], strict=True):
            # All hang about the middle, operators too: a low minus would read as an underscore.
            middle = (self._height - glyph.height) / 2
            sway = min(_SWAY, max(0.0, middle - 1))
            image.paste(color, (round(x), round(middle + _random.uniform(-sway, sway))), glyph)
            x += step * pull
        return image

    def _glyph(self, character: str) -> Image.Image:
        """Return one glyph as a mask, thickened, turned, sheared and cut to its ink."""
        font = _random.choice(self.truefonts)
        left, top, right, bottom = font.getbbox(character, stroke_width=_THICKEN)
        mask = Image.new("L", (math.ceil(right - left) + 2, math.ceil(bottom - top) + 2))
        ImageDraw.Draw(mask).text((1 - left, 1 - top), character, font=font, fill=255, stroke_width=_THICKEN)
        mask = _slanted(mask)
        return mask.crop(mask.getbbox())


def _draw_curve(image: Image.Image, ink: ColorTuple, *, phase: float) -> None:
    """Draw one wave from edge to edge."""
    width, height = image.size
    middle = height * _random.uniform(0.4, 0.6)
    swing = height * _random.uniform(0.2, 0.36)
    waves = _random.uniform(0.8, 1.6)
    points = [
        (x, middle + swing * math.sin(phase + waves * math.tau * x / width)) for x in range(-4, width + 9, 4)
    ]
    ImageDraw.Draw(image).line(points, fill=ink, width=_CURVE_WIDTH, joint="curve")


def _slanted(glyph: Image.Image) -> Image.Image:
    """Turn and shear in one resampling, on a canvas that holds the result."""
    turn = math.radians(_random.uniform(-_TURN_DEGREES, _TURN_DEGREES))
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

"""Text → fingerprint: a few keyed numbers by which near copies of one text find each other.

MinHash over pairs of neighbouring characters: two texts share each number with a probability that rises steeply with
the pairs they have in common. All pairs are hashed once and the least of each of 32 bins is kept (one permutation
hashing: Li, Owen, Zhang 2012; empty bins borrow: Shrivastava 2017), which costs a tenth of 32 hash functions. Four
bins make a band; equal bands say where to look, `likeness` says whether it is so.

Everything is keyed: whoever holds the numbers but not the key cannot try texts on them. Which rivals were tried, and
the figures: ADR 0017, `bench/repeats.py`.
"""

import functools
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from struct import Struct
from typing import Final

from moderation.rules.normalise import fold

LEAST_CHARACTERS: Final = 8
"""Different ones a text needs to tell anything: "支持", "哈哈哈哈哈" and "写得真好" are what many people write."""

ALIKE: Final = 0.5
"""Share of pairs from which two texts count as copies: below it distinct opinions use the same words."""

_BINS: Final = 32
_ROWS: Final = 4
_TO_BIN: Final = 64 - 5  # the upper five bits name one of 32 bins
_WORD: Final = (1 << 64) - 1
_EMPTY: Final = 1 << 64
_BAND: Final = Struct(f">B{_ROWS}Q")
# Where an empty bin borrows: an odd step walks through all 32 bins, another way for each.
_DETOURS: Final = tuple(
    tuple((place + turn * (2 * place + 1)) % _BINS for turn in range(1, _BINS)) for place in range(_BINS)
)
_DIGITS: Final = str.maketrans("123456789", "000000000")


@dataclass(frozen=True, slots=True)
class Essence:
    """What is left of a text when its dress is taken off."""

    text: str
    is_telling: bool
    """Long and varied enough that writing it twice is no accident."""


def essence(text: str) -> Essence:
    """Keep the letters and digits of a folded text; in a telling one all digits are alike.

    An advertisement with another telephone number is the same advertisement, but "1楼" is not "2楼". Of a text
    without letters and digits, such as a row of pictures, the folded text itself is the essence.
    """
    folded = fold(text)
    bare = "".join(filter(str.isalnum, folded))
    if len(set(bare)) < LEAST_CHARACTERS:
        return Essence(bare or folded, is_telling=False)
    return Essence(bare.translate(_DIGITS), is_telling=True)


def bands(of: Essence, *, key: bytes) -> tuple[int, ...]:
    """Return the eight numbers of a fingerprint (signed, 64 bits); none of a text that tells nothing.

    `key` is a secret of 16 to 64 bytes: numbers made with different keys have nothing in common.
    """
    if not of.is_telling:
        return ()
    first, second, start = _constants(key)
    least = [_EMPTY] * _BINS
    codes = list(map(ord, of.text))
    # Multilinear hashing, strongly universal in its upper bits (Lemire and Kaser 2014): fast, and keyed.
    for one, next_one in pairwise(codes):
        hashed = (one * first + next_one * second + start) & _WORD
        place = hashed >> _TO_BIN
        if hashed < least[place]:  # noqa: PLR1730 - calling min() doubles the cost of the loop
            least[place] = hashed
    filled = [
        value
        if value != _EMPTY
        else next(least[other] for other in _DETOURS[place] if least[other] != _EMPTY)
        for place, value in enumerate(least)
    ]
    return tuple(
        int.from_bytes(
            blake2b(_BAND.pack(place, *filled[place : place + _ROWS]), digest_size=8, key=key).digest(),
            "big",
            signed=True,
        )
        for place in range(0, _BINS, _ROWS)
    )


def likeness(one: Essence, other: Essence) -> float:
    """Return the share of pairs of characters that two texts have in common, 0.0 to 1.0 (Jaccard)."""
    if one.text == other.text:
        return 1.0
    pairs, others = _pairs(one.text), _pairs(other.text)
    together = len(pairs | others)
    return len(pairs & others) / together if together else 0.0


def _pairs(text: str) -> set[str]:
    return {one + other for one, other in pairwise(text)}


@functools.lru_cache(maxsize=8)
def _constants(key: bytes) -> tuple[int, int, int]:
    drawn = blake2b(b"fingerprint", digest_size=24, key=key).digest()
    first, second, start = (int.from_bytes(drawn[at : at + 8], "big") for at in (0, 8, 16))
    return first | 1, second | 1, start

"""Text → folded text, with the way back. One fold for rules and comments, else they would not meet.

The fold takes away what does not change a word: width and compatibility forms (NFKC), case, accents, invisible
characters, traditional forms of Han characters. It is *not* about what people put between letters (`streams`),
and not about tricks that depend on the neighbourhood: those are channels of their own.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from moderation.rules.tables.fold_table import DROPPED, FOLD_VERSION, MANY, ONE_FROM, ONE_TO

__all__ = ["FOLD_VERSION", "Normalised", "fold", "normalise"]


def _table() -> dict[int, str]:
    table = dict(zip(map(ord, ONE_FROM), ONE_TO, strict=True))
    table.update((ord(old), new) for old, new in MANY)
    for first, last in DROPPED:
        table.update(dict.fromkeys(range(first, last + 1), ""))
    return table


_TABLE: Final = _table()

# Folded characters that join the one before: vowels and final consonants of Hangul, sound marks of kana.
_JOINING: Final = frozenset(map(chr, (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3), 0x3099, 0x309A)))

# Characters after which positions in folded and original text differ; rare, and cheap to look for.
_RESIZING: Final = _JOINING.union(
    chr(code) for code, new in _TABLE.items() if len(new) != 1 or new in _JOINING
)


@dataclass(frozen=True, slots=True)
class Normalised:
    """A folded text; its character `i` was written by `original[starts[i]:ends[i]]`."""

    original: str
    folded: str
    starts: Sequence[int]
    ends: Sequence[int]


def fold(text: str) -> str:
    """Fold text without the way back: what the matchers read first, as most comments match nothing."""
    folded = text.translate(_TABLE)
    if _JOINING.isdisjoint(folded):
        return folded
    return normalise(text).folded


@lru_cache(maxsize=4)
def normalise(text: str) -> Normalised:
    """Fold text and keep, for each folded character, the range of original code points behind it.

    Several matchers ask for the way home of one text, hence the last ones are kept.
    """
    if _RESIZING.isdisjoint(text):
        return Normalised(text, text.translate(_TABLE), range(len(text)), range(1, len(text) + 1))
    folded: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for position, character in enumerate(text):
        if character not in _RESIZING:
            continue
        folded += text[done:position].translate(_TABLE)
        starts += range(done, position)
        ends += range(done + 1, position + 1)
        done = position + 1
        for new in _TABLE.get(ord(character), character):
            if (
                new in _JOINING
                and folded
                and len(joined := unicodedata.normalize("NFC", folded[-1] + new)) == 1
            ):
                folded[-1], ends[-1] = joined, position + 1
                continue
            folded.append(new)
            starts.append(position)
            ends.append(position + 1)
    folded += text[done:].translate(_TABLE)
    starts += range(done, len(text))
    ends += range(done + 1, len(text) + 1)
    return Normalised(text, "".join(folded), starts, ends)

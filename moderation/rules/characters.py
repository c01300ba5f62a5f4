"""Kinds of folded characters, as the rules of matching need them."""

from collections.abc import Iterable
from typing import Final

from moderation.rules.tables.kind_table import SEPARATORS as _SEPARATOR_RANGES
from moderation.rules.tables.kind_table import SPACED_LETTERS as _LETTER_RANGES


def _spread(ranges: Iterable[tuple[int, int]]) -> frozenset[str]:
    return frozenset(chr(code) for first, last in ranges for code in range(first, last + 1))


# What people put between letters: spaces, punctuation, symbols, pictures.
SEPARATORS: Final = _spread(_SEPARATOR_RANGES)

# Letters of scripts that put spaces between words; Han, kana, Hangul and Thai are not among them.
SPACED_LETTERS: Final = _spread(_LETTER_RANGES)

DIGITS: Final = frozenset("0123456789")


def is_han(character: str) -> bool:
    """Say whether a folded character is Han (folding leaves no compatibility ideographs)."""
    return "\u4e00" <= character <= "\u9fff" or "\u3400" <= character <= "\u4dbf" or character >= "\U00020000"


# Marks with which people end and structure sentences; a slash, a dash or a star between letters is none.
SENTENCE_MARKS: Final = frozenset("。！？；：，、…,.!?;:\"'()[]“”‘’「」『』《》〈〉【】〔〕\n")

# Those that stand between Chinese sentences and their parts; a dot or a bracket between two characters ends none.
STOPS: Final = frozenset("。！？；：，、,!?;:…\n")

# Apostrophes of English: what follows is the tail of a word ("it's"), not a loose letter.
APOSTROPHES: Final = frozenset("'’")

# Letters that are words by themselves in English.
ONE_LETTER_WORDS: Final = frozenset("ai")

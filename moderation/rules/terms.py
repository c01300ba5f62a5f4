"""What a term is to the matchers: what is searched for, how dear it is as a word, which disguises it is worth undoing."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from moderation.rules.characters import DIGITS, SEPARATORS, SPACED_LETTERS, is_han
from moderation.rules.model import ALL_GUARDS, Channel, Guard
from moderation.rules.normalise import fold
from moderation.rules.numerals import has_numerals
from moderation.rules.ordinary import price_of
from moderation.rules.streams import join, join_places
from moderation.rules.vocabulary import chinese_words

# What a term costs that no dictionary has, or a rarer one: its author vouches that it is a word.
TERM_COST: Final = 1_100

_ALWAYS: Final = frozenset({Channel.EXACT, Channel.FOLD})
_SOUNDS: Final = frozenset({Channel.HOMOPHONE, Channel.PINYIN})


@dataclass(frozen=True, slots=True)
class Term:
    """A folded term. `needle` has no separators; `own_gaps` are the places in it behind which the term has some."""

    whole: str
    needle: str
    own_gaps: frozenset[int]
    han_count: int
    cost: int
    channels: frozenset[Channel]
    guards: frozenset[Guard] = ALL_GUARDS

    @property
    def price(self) -> int:
        """Tell what the term costs as ordinary writing."""
        return price_of(self.needle)

    @property
    def is_spaced(self) -> bool:
        """Say whether the term has separators itself."""
        return self.whole != self.needle


@lru_cache(16_384)
def term_of(text: str) -> Term:
    """Fold a term and tell what follows from its length and script."""
    whole = fold(text).strip()
    needle = join(whole)
    han_count = sum(map(is_han, needle))
    return Term(
        whole=whole,
        needle=needle,
        own_gaps=_own_gaps(whole) if needle != whole else frozenset(),
        han_count=han_count,
        cost=min(chinese_words().get(needle, TERM_COST), TERM_COST) if han_count else 0,
        channels=_channels(needle, han_count),
    )


def _own_gaps(whole: str) -> frozenset[int]:
    places = join_places(whole)
    return frozenset(i for i, (one, next_one) in enumerate(pairwise(places)) if next_one - one > 1)


def is_joinable(whole: str) -> bool:
    """Say whether a term can be found without its separators: "+v" would be found in every v."""
    return whole[0] not in SEPARATORS and whole[-1] not in SEPARATORS


def _channels(needle: str, han_count: int) -> frozenset[Channel]:
    """Choose the disguises that are worth undoing: short terms would be found by chance.

    One Han character and up to two letters: as written only. Pinyin by initials is never chosen by itself.
    """
    channels = set(_ALWAYS)
    size = len(needle)
    letters = sum(map(SPACED_LETTERS.__contains__, needle)) if han_count < size else 0
    is_worth = han_count >= 2 or size >= 3 or (han_count >= 1 and size >= 2)
    if has_numerals(needle) and size >= 2:
        channels.add(Channel.DIGIT)
    if han_count:
        channels.add(Channel.SPLIT)
    if not is_worth:
        return frozenset(channels)
    channels.add(Channel.SEPARATOR)
    if not DIGITS.issuperset(needle):
        channels.add(Channel.REPEAT)
    if size >= 3 and not DIGITS.issuperset(needle):
        channels.add(Channel.REVERSED)
    if letters >= 3:
        channels.add(Channel.LEET)
    if han_count:
        channels |= {Channel.EMOJI, Channel.GLYPH}
    if han_count >= 2:
        channels |= _SOUNDS
    return frozenset(channels)

"""How ordinary is a text as it stands? Its cheapest reading as words, and what a part of it costs there.

For Han text only this tells a term from the same characters in other words (产品和服务 does not hold 和服) and a
disguise from an honest word (沙子 is not 傻子). One pass forth and one back (Viterbi over word costs) answer for every
part of the text in constant time: linear, whatever the number of candidates. Separators end words and cost nothing.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import accumulate
from operator import itemgetter, or_
from typing import Final

from moderation.rules.automaton import Occurrence
from moderation.rules.characters import DIGITS, SEPARATORS, SPACED_LETTERS, is_han
from moderation.rules.sounds import syllables_of
from moderation.rules.vocabulary import UNLISTED_COST, Words, chinese_words, english_words

# Costs of what no Chinese dictionary knows, on the same scale.
SYLLABLE_COST: Final = 1_000
ENGLISH_COST: Final = 500
LATIN_COST: Final = 900
LETTER_COST: Final = 500
NUMBER_COST: Final = 700
OTHER_COST: Final = 1_000
DOUBLED_COST: Final = 150

# So many single characters are kept with their costs: all that people write, with some thousands to spare.
MOST_SINGLES: Final = 20_000

_AS_SPACES: Final = dict.fromkeys(map(ord, SEPARATORS), " ")
# Longer runs without a separator are no ordinary writing, and dear to look at as a whole.
_WRITTEN: Final = re.compile("[^ ]{1,240}")
_SPACED: Final = re.compile("[a-z]+|[0-9]+")
_DOUBLED: Final = re.compile(r"(.)(?=\1)")


class _Singles(dict[str, int]):
    """Costs of single characters; what no dictionary has is added when it is first met."""

    def __init__(self, *, letter: int) -> None:
        super().__init__(chinese_words().singles)
        self._letter = letter

    def __missing__(self, character: str) -> int:
        if is_han(character):
            cost = UNLISTED_COST
        elif character in SEPARATORS:
            cost = 0
        else:
            cost = self._letter if character in SPACED_LETTERS or character in DIGITS else OTHER_COST
        # Texts with every character of Unicode in them would make this 100 MB.
        return self.setdefault(character, cost) if len(self) < MOST_SINGLES else cost


@cache
def _singles() -> _Singles:
    return _Singles(letter=LETTER_COST)


@cache
def _bounds() -> _Singles:
    # A letter may be a syllable by itself.
    return _Singles(letter=SYLLABLE_COST)


class _Chunk:
    """A run of text without separators: the cheapest cost of every beginning and of every end of it."""

    __slots__ = ("before", "behind")

    def __init__(self, text: str, words: Words) -> None:
        singles = [*map(_singles().__getitem__, text)]
        longer = words.find(text)
        if _DOUBLED.search(text):
            known = {start for start, end, _ in longer if end - start == 2}
            doubled = [match.start() for match in _DOUBLED.finditer(text)]
            # 看看, 洗洗, 妹妹: whatever is said twice is one word.
            longer += [
                (place, place + 2, singles[place] + DOUBLED_COST)
                for place in doubled
                if place not in known and is_han(text[place])
            ]
        if _SPACED.search(text):
            longer += _runs(text)
        self.before, self.behind = _forth(singles, longer), _back(singles, longer)

    def is_bound(self, place: int) -> bool:
        """Say whether a cheapest reading has a word begin or end at a place."""
        return self.before[place] + self.behind[place] == self.before[-1]


def _forth(singles: Sequence[int], longer: Iterable[Occurrence]) -> list[int]:
    """Add up the cheapest way from the beginning to each place; `longer` are words as (start, end, cost)."""
    ways = sorted(longer, key=itemgetter(1), reverse=True)
    before = [0]
    for end, single in enumerate(singles, 1):
        least = before[-1] + single
        while ways and ways[-1][1] == end:
            start, _, cost = ways.pop()
            least = min(least, before[start] + cost)
        before.append(least)
    return before


def _back(singles: Sequence[int], longer: Iterable[Occurrence]) -> list[int]:
    """Add up the cheapest way from each place to the end."""
    ways = sorted(longer)
    behind = [0] * (len(singles) + 1)
    for place in range(len(singles) - 1, -1, -1):
        least = behind[place + 1] + singles[place]
        while ways and ways[-1][0] == place:
            _, end, cost = ways.pop()
            least = min(least, behind[end] + cost)
        behind[place] = least
    return behind


def _runs(text: str) -> Iterator[Occurrence]:
    """Tell how runs of Latin letters and digits may be read: as one, or as syllables; as (start, end, cost)."""
    for match in _SPACED.finditer(text):
        place, end = match.span()
        run = match.group()
        if run[0] in DIGITS:
            yield place, end, NUMBER_COST
        elif run in english_words():
            yield place, end, ENGLISH_COST
        elif lengths := syllables_of(run):
            for way in lengths:
                for start, length in zip(accumulate(way, initial=place), way, strict=False):
                    yield start, start + length, SYLLABLE_COST
        else:
            yield place, end, LATIN_COST


class Glance:
    """What is quickly seen of a folded text, for the many candidates that are none: bounds of what comes out exactly.

    With `is_crowded`, what is asked for is added up once for all places; that pays from some forty questions on.
    """

    __slots__ = ("_folded", "_single", "_worded", "is_crowded")

    def __init__(self, folded: str, *, is_crowded: bool) -> None:
        self._folded = folded
        self.is_crowded = is_crowded
        self._single: list[int] = []
        if is_crowded:
            paired = bytearray(len(folded) + 1)
            for start in _pairs(folded):
                paired[start + 1] = 1
            self._single = [0, *accumulate(map(_bounds().__getitem__, folded))]
            self._worded = [0, *accumulate(map(or_, paired, paired[1:]))]

    def bound(self, first: int, last: int) -> int:
        """Tell what the price of a place is at most."""
        if self.is_crowded:
            return self._single[last + 1] - self._single[first]
        return sum(map(_bounds().__getitem__, self._folded[first : last + 1]))

    def is_loose(self, first: int, last: int) -> bool:
        """Say whether some character of a place makes no word with the one before or behind it."""
        if self.is_crowded:
            in_words: int = self._worded[last + 1] - self._worded[first]
            return in_words <= last - first
        begin = max(first - 1, 0)
        paired = {begin + start for start in _pairs(self._folded[begin : last + 2])}
        return any(place - 1 not in paired and place not in paired for place in range(first, last + 1))


def _pairs(folded: str) -> list[int]:
    """Tell where two characters are a word."""
    return [start for start, end, _ in chinese_words().find(folded) if end - start == 2]


class OrdinaryText:
    """Prices of parts of a folded text; each run between separators is looked at when first asked for."""

    __slots__ = ("_chunks", "_ends", "_folded", "_offsets", "_words")

    def __init__(self, folded: str) -> None:
        spans = [match.span() for match in _WRITTEN.finditer(folded.translate(_AS_SPACES))]
        self._folded = folded
        self._offsets = [first for first, _ in spans]
        self._ends = [end for _, end in spans]
        self._chunks: dict[int, _Chunk] = {}
        self._words = chinese_words()

    def price(self, first: int, last: int) -> int:
        """Tell how much the text gets cheaper when the characters from place `first` to `last` are taken out.

        That is what a reader pays who takes them for ordinary writing. It is dear to cut words in two: where the
        cheapest reading has words across the bounds, the price is small, even below nothing.
        """
        offsets, ends = self._offsets, self._ends
        begin, finish = bisect_right(ends, first), bisect_right(offsets, last) - 1
        if begin > finish:
            return 0
        whole = sum(self._chunk(number).before[-1] for number in range(begin, finish + 1))
        kept_before = self._chunk(begin).before[max(0, first - offsets[begin])]
        kept_behind = self._chunk(finish).behind[min(last + 1, ends[finish]) - offsets[finish]]
        return whole - kept_before - kept_behind

    def _chunk(self, number: int) -> _Chunk:
        chunk = self._chunks.get(number)
        if chunk is None:
            text = self._folded[self._offsets[number] : self._ends[number]]
            chunk = self._chunks[number] = _Chunk(text, self._words)
        return chunk

    def bounds(self, first: int, end: int) -> tuple[int, int]:
        """Widen the range from `first` to before `end` to where words of the cheapest reading begin and end."""
        number = bisect_right(self._offsets, first) - 1
        if number >= 0 and first < self._ends[number]:
            chunk, offset = self._chunk(number), self._offsets[number]
            while not chunk.is_bound(first - offset):
                first -= 1
        number = bisect_right(self._offsets, end - 1) - 1
        if number >= 0 and end <= self._ends[number]:
            chunk, offset = self._chunk(number), self._offsets[number]
            while not chunk.is_bound(end - offset):
                end += 1
        return first, end

    def is_word(self, first: int, end: int) -> bool:
        """Say whether the characters from `first` to before `end` are one word of the dictionary."""
        return end <= len(self._folded) and self._folded[first:end] in self._words

    def stands_alone(self, place: int) -> bool:
        """Say whether the cheapest reading takes the character at a place for a word by itself."""
        number = bisect_right(self._offsets, place) - 1
        chunk, inside = self._chunk(number), place - self._offsets[number]
        cost = _singles()[self._folded[place]]
        return chunk.before[inside] + cost + chunk.behind[inside + 1] == chunk.before[-1]

    def own_price(self, first: int, last: int) -> int:
        """Tell what the characters from place `first` to `last` would cost alone."""
        return price_of(self._folded[first : last + 1])


@lru_cache(16_384)
def price_of(text: str) -> int:
    """Tell what a folded text without separators costs by itself."""
    return _Chunk(text, chinese_words()).before[-1]

"""How ordinary is a text as it stands? Its cheapest reading as words, and what a part of it costs there.

For Han text only this tells a term from the same characters in other words (产品和服务 does not hold 和服) and a
disguise from an honest word (沙子 is not 傻子). One pass forth and one back (Viterbi over word costs) answer for every
part of the text in constant time: linear, whatever the number of candidates. Separators end words and cost nothing.
"""

import re
from bisect import bisect_right
from functools import lru_cache
from typing import Final

from moderation.rules.characters import DIGITS, SEPARATORS, SPACED_LETTERS, is_han
from moderation.rules.sounds import syllables_of
from moderation.rules.vocabulary import LONGEST_WORD, UNLISTED_COST, Words, chinese_words, english_words

# Costs of what no Chinese dictionary knows, on the same scale.
SYLLABLE_COST: Final = 1_000
ENGLISH_COST: Final = 500
LATIN_COST: Final = 900
LETTER_COST: Final = 500
NUMBER_COST: Final = 700
OTHER_COST: Final = 1_000
DOUBLED_COST: Final = 150

_FAR: Final = 1 << 40

_WRITTEN: Final = re.compile(f"[^{''.join(map(re.escape, sorted(SEPARATORS)))}]+")
_SPACED: Final = re.compile("[a-z]+|[0-9]+")


class _Chunk:
    """A run of text without separators: the cheapest cost of every beginning and of every end of it."""

    __slots__ = ("before", "behind")

    def __init__(self, text: str, words: Words) -> None:
        size = len(text)
        steps = _steps(text, words)
        before = [_FAR] * (size + 1)
        behind = [_FAR] * (size + 1)
        before[0] = behind[size] = 0
        for place, reachable in enumerate(steps):
            here = before[place]
            for end, cost in reachable:
                if here + cost < before[end]:  # noqa: PLR1730 -- a call each would take twice the time
                    before[end] = here + cost
        for place in range(size - 1, -1, -1):
            behind[place] = min((behind[end] + cost for end, cost in steps[place]), default=_FAR)
        self.before, self.behind = before, behind


def _steps(text: str, words: Words) -> list[list[tuple[int, int]]]:
    """List for each place the words that begin there, as (end, cost)."""
    costs, extended = words.costs, words.extended
    steps: list[list[tuple[int, int]]] = []
    size = len(text)
    for place, character in enumerate(text):
        found = [(place + 1, costs.get(character) or _cost_of_stranger(character))]
        steps.append(found)
        pair = text[place : place + 2]
        if len(pair) < 2:
            break
        cost = costs.get(pair)
        if cost is not None:
            found.append((place + 2, cost))
        elif pair[1] == character and is_han(character):
            # 看看, 洗洗, 妹妹: whatever is said twice is one word.
            found.append((place + 2, found[0][1] + DOUBLED_COST))
        if pair in extended:
            for end in range(place + 3, min(place + LONGEST_WORD, size) + 1):
                cost = costs.get(text[place:end])
                if cost is not None:
                    found.append((end, cost))
    for run in _SPACED.finditer(text):
        _add_run(steps, text, *run.span())
    return steps


def _add_run(steps: list[list[tuple[int, int]]], text: str, first: int, end: int) -> None:
    """Let a run of Latin letters or digits be read as one, and as syllables."""
    run = text[first:end]
    if run[0] in DIGITS:
        steps[first].append((end, NUMBER_COST))
        return
    if run in english_words():
        steps[first].append((end, ENGLISH_COST))
        return
    syllables = syllables_of(run)
    if not syllables:
        steps[first].append((end, LATIN_COST))
        return
    for lengths in syllables:
        place = first
        for length in lengths:
            steps[place].append((place + length, SYLLABLE_COST))
            place += length


def _cost_of_stranger(character: str) -> int:
    if is_han(character):
        return UNLISTED_COST
    if character in SPACED_LETTERS or character in DIGITS:
        return LETTER_COST
    return OTHER_COST


class OrdinaryText:
    """Prices of parts of a folded text; each run between separators is looked at when first asked for."""

    __slots__ = ("_chunks", "_ends", "_folded", "_offsets", "_words")

    def __init__(self, folded: str) -> None:
        spans = [match.span() for match in _WRITTEN.finditer(folded)]
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

    def is_word(self, first: int, end: int) -> bool:
        """Say whether the characters from `first` to before `end` are one word of the dictionary."""
        return end <= len(self._folded) and self._folded[first:end] in self._words.costs

    def stands_alone(self, place: int) -> bool:
        """Say whether the cheapest reading takes the character at a place for a word by itself."""
        number = bisect_right(self._offsets, place) - 1
        chunk, inside = self._chunk(number), place - self._offsets[number]
        cost = self._words.costs.get(self._folded[place]) or _cost_of_stranger(self._folded[place])
        return chunk.before[inside] + cost + chunk.behind[inside + 1] == chunk.before[-1]

    def own_price(self, first: int, last: int) -> int:
        """Tell what the characters from place `first` to `last` would cost alone."""
        return price_of(self._folded[first : last + 1])


@lru_cache(16_384)
def price_of(text: str) -> int:
    """Tell what a folded text without separators costs by itself."""
    return _Chunk(text, chinese_words()).before[-1]

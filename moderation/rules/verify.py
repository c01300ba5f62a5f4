"""Does something that reads like a term count? The rules of matching, for one text.

Terms of spaced scripts are told from chance by their edges and gaps (`edges`, `gaps`); terms with Han characters by
what the text costs as ordinary writing (`ordinary`): the author of a disguise leaves characters that say nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from moderation.rules.characters import SENTENCE_MARKS, STOPS, is_han
from moderation.rules.edges import MOST_GAP_CHARS, edges_hold
from moderation.rules.gaps import Hit, is_evasion
from moderation.rules.model import Channel, Guard
from moderation.rules.ordinary import OrdinaryText
from moderation.rules.ruleset import Search
from moderation.rules.sounds import syllables_of
from moderation.rules.terms import Term
from moderation.rules.vocabulary import english_words

# All of the following are costs as in `vocabulary`: 100 is a factor e. They were set on real comments, with the
# figures of docs/filter.md.

# How much dearer than a word of its author's the text must be with a term that stands there as written.
WRITTEN_COST: Final = 300
SLACK: Final = 25

# What it takes to believe in a disguise at all, by its least likely trick, and for each character that it changes.
DISGUISE_COST: Final = {
    Channel.SEPARATOR: 0,
    Channel.DIGIT: 100,
    Channel.LEET: 100,
    Channel.REPEAT: 300,
    Channel.SPLIT: 250,
    Channel.REVERSED: 1_000,
    Channel.EMOJI: 200,
    Channel.PINYIN: 200,
    Channel.HOMOPHONE: 350,
    Channel.GLYPH: 650,
}
CHANGED_COST: Final = 50

# Where all that was changed lies in ordinary words.
WORDS_COST: Final = 300

# The least that a search has to find, above the cost of the term.
FLOORS: Final = {
    Search.SOUND: DISGUISE_COST[Channel.HOMOPHONE] + CHANGED_COST,
    Search.LOOK: DISGUISE_COST[Channel.GLYPH] + CHANGED_COST,
}

# What a picture costs as ordinary writing.
EMOJI_PRICE: Final = 900

# What stands in a gap: symbols have no business between characters, spaces little, sentence marks much.
SYMBOL_COST: Final = 0
SPACE_COST: Final = 250
SENTENCE_COST: Final = 900
MARK_COST: Final = 400

# Nobody repeats a character so often by chance.
LONGEST_DOUBT: Final = 200

# A term of one character is soon met by chance.
LONE_COST: Final = 250

# Said twice is ordinary Chinese (看看, 妈妈), said thrice is not.
TWICE_COST: Final = 500

# Readings that stand for other characters; where only they tell the text from the term, honest words do not count.
_READINGS: Final = frozenset({Channel.HOMOPHONE, Channel.GLYPH})

# Characters that honest people take for one another.
_SLIPS: Final = {
    character: slips[0]
    for slips in ("他她它", "的地得", "那哪", "做作", "在再", "吗嘛", "啊阿", "像象", "年念")
    for character in slips
}

_TOKEN: Final = re.compile("[a-z0-9@$!|+]+")
_LATIN_WORD: Final = re.compile("[a-z]{2,}")

# How far around pinyin to look for what language it stands in.
_CONTEXT_CHARS: Final = 24


@dataclass(frozen=True, slots=True)
class Candidate:
    """A term in a reading of the text: the folded places of its characters, and what was undone to read it.

    `changes` names the channel of each character that is not the one written there. `written` is the text whose
    edges count: the folded one, or the one with leet read as letters.
    """

    owner: int
    firsts: Sequence[int]
    lasts: Sequence[int]
    changes: tuple[Channel, ...]
    written: str

    @property
    def first(self) -> int:
        """The place of the first character: places rise, whichever way the text is read."""
        return self.firsts[0]

    @property
    def last(self) -> int:
        """The place of the last character."""
        return self.lasts[-1]


class Verifier:
    """Verifies candidates of one folded text."""

    def __init__(self, folded: str) -> None:
        self._folded = folded

    @cached_property
    def _ordinary(self) -> OrdinaryText:
        return OrdinaryText(self._folded)

    def holds(self, candidate: Candidate, term: Term, guards: frozenset[Guard]) -> bool:
        """Say whether a candidate counts under the guards."""
        if Guard.EDGES in guards and not self._has_edges(candidate, term):
            return False
        gaps = gaps_of(self._folded, candidate)
        if not _is_in_reach(candidate, term, gaps):
            return False
        if candidate.changes:
            return Guard.READINGS not in guards or self._is_disguise(candidate, term, gaps)
        if gaps:
            return Guard.GAPS not in guards or self._hides(candidate, term, gaps)
        return not term.han_count or Guard.WORDS not in guards or self._is_whole(candidate, term)

    def _has_edges(self, candidate: Candidate, term: Term) -> bool:
        # Where pinyin stands for Han, syllables are the edges: `ordinary` knows them.
        if candidate.changes and term.han_count == len(term.needle):
            return True
        return edges_hold(candidate.written, candidate.first, candidate.last)

    def _is_whole(self, candidate: Candidate, term: Term) -> bool:
        """Say whether a term as written is not cut out of other words: 产品和服务 does not hold 和服."""
        first, last = candidate.first, candidate.last
        price = self._ordinary.price(first, last)
        if price >= min(term.price - SLACK, term.cost + WRITTEN_COST):
            return True
        if len(term.needle) == 1:
            return False
        # 赌博机, 骗子们: a word with a tail is still about the word; one with a head (慢性病) need not be.
        if not self._ordinary.is_word(first, last + 2) or self._folded[last + 1] == self._folded[last]:
            return False
        return self._ordinary.price(first, last + 1) >= min(
            self._ordinary.own_price(first, last + 1) - SLACK, term.cost + WRITTEN_COST
        )

    def _is_disguise(self, candidate: Candidate, term: Term, gaps: Sequence[str]) -> bool:
        """Say whether what was undone is better explained by a disguise than by ordinary writing."""
        if not term.han_count:
            return not self._is_in_english(candidate) and (
                not gaps
                or (not _is_far_fetched(candidate, term, gaps) and self._hides(candidate, term, gaps))
            )
        if Channel.INITIALS in candidate.changes:
            return edges_hold(self._folded, candidate.first, candidate.last)
        if self._is_honest(candidate, term, gaps):
            return False
        if candidate.last - candidate.first > LONGEST_DOUBT:
            return True
        price = self._ordinary.price(candidate.first, candidate.last)
        return price + EMOJI_PRICE * candidate.changes.count(Channel.EMOJI) >= self._need(
            candidate, term, gaps
        )

    def _is_honest(self, candidate: Candidate, term: Term, gaps: Sequence[str]) -> bool:
        """Say whether there is an honest explanation, whatever the price."""
        changes, first, last = candidate.changes, candidate.first, candidate.last
        if _READINGS.issuperset(changes):
            written = self._folded[first : last + 1]
            return (
                self._ordinary.is_word(first, last + 1)
                or _without_slips(written) == _without_slips(term.needle)
                or self._gap_cost(candidate, gaps) >= SENTENCE_COST
                or (len(term.needle) <= 2 and not self._has_loose_change(candidate, term))
            )
        if Channel.SPLIT in changes:
            return len(term.needle) <= 2 and not _READINGS.isdisjoint(changes)
        return Channel.PINYIN in changes and self._is_foreign(first, last)

    def _need(self, candidate: Candidate, term: Term, gaps: Sequence[str]) -> int:
        """Tell how dear the text must be as ordinary writing for the disguise to be the better explanation."""
        changes = candidate.changes
        channels = {*changes, *([Channel.SEPARATOR] if gaps else [])}
        need = term.cost + max(map(DISGUISE_COST.__getitem__, channels))
        need += CHANGED_COST * len(changes) + self._gap_cost(candidate, gaps)
        if _READINGS.issuperset(changes) and not self._has_loose_change(candidate, term):
            need += WORDS_COST
        if len(term.needle) == 1:
            need += LONE_COST
        if Channel.REPEAT in changes and candidate.last - candidate.first < len(term.needle) + len(changes):
            need += TWICE_COST
        return need

    def _has_loose_change(self, candidate: Candidate, term: Term) -> bool:
        """Say whether some character that is not the term's own stands alone: 山西人 is made of words, no 陕西人."""
        folded = self._folded
        return any(
            first != last or (folded[first] != own and self._ordinary.stands_alone(first))
            for first, last, own in zip(candidate.firsts, candidate.lasts, term.needle, strict=False)
        )

    def _is_in_english(self, candidate: Candidate) -> bool:
        """Say whether Latin letters that had to be read otherwise are English words as they stand."""
        tokens = _TOKEN.findall(self._folded[candidate.first : candidate.last + 1])
        return max(map(len, tokens), default=0) > 1 and all(
            token in english_words() or len(token) == 1 for token in tokens
        )

    def _is_foreign(self, first: int, last: int) -> bool:
        """Say whether pinyin stands in a text of another language that is written in Latin letters."""
        around = (
            self._folded[max(0, first - _CONTEXT_CHARS) : first]
            + " "
            + self._folded[last + 1 : last + 1 + _CONTEXT_CHARS]
        )
        hit = self._folded[first : last + 1]
        if any(map(is_han, around)) or any(map(is_han, hit)):
            return False
        return any(not syllables_of(word) or word in english_words() for word in _LATIN_WORD.findall(around))

    def _hides(self, candidate: Candidate, term: Term, gaps: Sequence[str]) -> bool:
        """Say whether the gaps keep characters of one word apart, rather than the words of a sentence."""
        if term.han_count and not term.own_gaps:
            need = term.cost + DISGUISE_COST[Channel.SEPARATOR] + self._gap_cost(candidate, gaps)
            return self._ordinary.price(candidate.first, candidate.last) >= need
        return is_evasion(Hit(candidate.written, candidate.firsts, term.own_gaps))

    def _gap_cost(self, candidate: Candidate, gaps: Sequence[str]) -> int:
        # Spelled out, one by one: whatever the mark, it is no sentence.
        if len(gaps) > 1 and len(gaps) == len(candidate.firsts) - 1:
            return 0
        is_latin = Channel.PINYIN in candidate.changes
        return sum(_cost_of_gap(gap, is_latin=is_latin) for gap in gaps)


def gaps_of(folded: str, candidate: Candidate) -> list[str]:
    """List what stands between the characters of a candidate."""
    firsts, lasts = candidate.firsts, candidate.lasts
    if lasts[-1] - firsts[0] + 1 == len(firsts):
        return []
    return [
        folded[last + 1 : first]
        for last, first in zip(lasts[:-1], firsts[1:], strict=True)
        if first > last + 1
    ]


def _is_far_fetched(candidate: Candidate, term: Term, gaps: Sequence[str]) -> bool:
    """Say whether leet goes across spaces without being spelled out: "C4 sino" is no casino."""
    return (
        Channel.LEET in candidate.changes
        and len(term.own_gaps) < len(gaps) < len(candidate.firsts) - 1
        and any(map(str.isspace, gaps))
    )


def _is_in_reach(candidate: Candidate, term: Term, gaps: Sequence[str]) -> bool:
    """Say whether no gap is too wide, and wherever the term has a separator of its own the text has something."""
    if any(len(gap) > MOST_GAP_CHARS for gap in gaps):
        return False
    if not term.own_gaps or len(candidate.firsts) != len(term.needle):
        return True
    return all(candidate.firsts[i + 1] - candidate.lasts[i] > 1 for i in term.own_gaps)


def _cost_of_gap(gap: str, *, is_latin: bool) -> int:
    if not STOPS.isdisjoint(gap):
        return SENTENCE_COST
    if not SENTENCE_MARKS.isdisjoint(gap):
        return MARK_COST
    if gap.isspace():
        return 0 if is_latin else SPACE_COST
    return SYMBOL_COST


def _without_slips(text: str) -> str:
    return "".join(_SLIPS.get(character, character) for character in text)

"""Find the terms of a rule set in one text: search every reading, verify, drop what lies in an exception.

Ordinary comments hold nothing, hence the order: the cheap fold and the searches first, further readings only where
a probe asks for them, verification and the way back to the original for candidates alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from operator import le
from typing import Final, NamedTuple

from moderation.rules import sounds
from moderation.rules.automaton import Occurrence
from moderation.rules.characters import DIGITS, SPACED_LETTERS
from moderation.rules.looks import is_rare, look
from moderation.rules.model import CONFIDENCE, Channel, Guard, Span
from moderation.rules.normalise import Normalised, fold, normalise
from moderation.rules.ruleset import RuleSet, Search
from moderation.rules.spans import Cover
from moderation.rules.streams import (
    Stream,
    collapse,
    compose,
    has_numerals,
    join,
    joined,
    numerals,
    reverse,
    rewrite,
    run_lengths,
)
from moderation.rules.terms import Term, term_of
from moderation.rules.verify import Candidate, Verifier, gaps_of

# More candidates than any honest comment has; verifying them without end would be the attack.
MAX_CANDIDATES: Final = 2_000

# Of the readings by sound most candidates fall at a glance; there may be more of them.
MAX_SOUNDS: Final = 20_000


_SOUNDS: Final = frozenset({Channel.PINYIN, Channel.HOMOPHONE})


class Found(NamedTuple):
    """A term in the original text; `rule` is the rule's place in the set."""

    rule: int
    span: Span
    channel: Channel


def find(rule_set: RuleSet, text: str) -> tuple[list[Found], bool]:
    """Find all terms that hold, and say whether there were more candidates than the cap."""
    search = _Searching(rule_set, fold(text))
    candidates = list(search.run())
    if not candidates:
        return [], search.is_cut
    normalised = normalise(text)
    spans = [Span(normalised.starts[each.first], normalised.ends[each.last]) for each in candidates]
    return list(_not_exempt(rule_set, text, candidates, spans, normalised)), search.is_cut


class _Searching:
    """The search of one text; yields verified candidates."""

    def __init__(self, rule_set: RuleSet, folded: str) -> None:
        self._rule_set = rule_set
        self._folded = folded
        self._verifier = Verifier(folded)
        self.is_cut = False

    def run(self) -> Iterator[Candidate]:
        folded = self._folded
        yield from self._in_whole()
        plain = joined(folded)
        yield from self._in_stream(plain, folded, needs_mark=False)
        yield from self._in_stream(reverse(plain), folded, is_reversed=True)
        yield from self._in_numerals(plain)
        rewritten = [(plain, folded), *rewrite(folded)]
        for stream, written in list(rewritten):
            rewritten += [(each, written) for each in compose(stream)]
        for stream, written in rewritten:
            if stream.marks:
                yield from self._in_stream(stream, written)
            yield from self._in_runs(stream, written)
            yield from self._in_sounds(stream, written)
        yield from self._in_looks(plain)
        yield from self._in_initials(plain)

    def _occurrences(self, search: Search, text: str, limit: int = MAX_CANDIDATES) -> list[Occurrence]:
        patterns = self._rule_set.searches[search]
        found, is_cut = patterns.automaton.find(text, limit=limit)
        self.is_cut = self.is_cut or is_cut
        owners = patterns.owners
        return [(start, end, owners[number]) for start, end, number in found]

    def _in_whole(self) -> Iterator[Candidate]:
        for start, end, owner in self._occurrences(Search.WHOLE, self._folded):
            places = range(start, end)
            yield from self._verified(Candidate(owner, places, places, (), self._folded))

    def _in_stream(
        self,
        stream: Stream,
        written: str,
        *,
        needs_mark: bool = True,
        is_reversed: bool = False,
    ) -> Iterator[Candidate]:
        marks = stream.marks
        for start, end, owner in self._occurrences(Search.JOINED, stream.text):
            if is_reversed:
                changes: list[Channel] = [Channel.REVERSED]
            else:
                changes = [marks[place] for place in range(start, end) if place in marks] if marks else []
                if needs_mark and not changes:
                    continue
            yield from self._verified(
                Candidate(owner, stream.firsts[start:end], stream.lasts[start:end], tuple(changes), written)
            )

    def _in_runs(self, stream: Stream, written: str) -> Iterator[Candidate]:
        collapsed = collapse(stream, self._folded)
        if collapsed is None:
            return
        single, lengths = collapsed
        for search in (Search.JOINED, Search.COLLAPSED):
            for start, end, owner in self._occurrences(search, single.text):
                changes = [single.marks[place] for place in range(start, end) if place in single.marks]
                wanted = run_lengths(self._term(owner).needle)
                if Channel.REPEAT in changes and all(map(le, wanted, lengths[start:end])):
                    yield from self._verified(
                        Candidate(
                            owner, single.firsts[start:end], single.lasts[start:end], tuple(changes), written
                        )
                    )

    def _in_numerals(self, plain: Stream) -> Iterator[Candidate]:
        if not self._rule_set.searches[Search.NUMERAL].owners or not has_numerals(plain.text):
            return
        written = numerals(self._folded)
        for start, end, owner in self._occurrences(Search.NUMERAL, numerals(plain.text)):
            needle = self._term(owner).needle
            changes = [Channel.DIGIT for a, b in zip(plain.text[start:end], needle, strict=True) if a != b]
            if changes:
                yield from self._verified(
                    Candidate(owner, plain.firsts[start:end], plain.lasts[start:end], tuple(changes), written)
                )

    def _in_looks(self, plain: Stream) -> Iterator[Candidate]:
        if not self._rule_set.searches[Search.LOOK].owners:
            return
        for start, end, owner in self._occurrences(Search.LOOK, look(plain.text), MAX_SOUNDS):
            seen, needle = plain.text[start:end], self._term(owner).needle
            changes = tuple(Channel.GLYPH for a, b in zip(seen, needle, strict=True) if a != b)
            # Something of the term must be left: whole words that look like others are too many.
            if not 0 < len(changes) < len(needle):
                continue
            if len(needle) == 2 and not any(is_rare(a) for a, b in zip(seen, needle, strict=True) if a != b):
                continue
            yield from self._verified(
                Candidate(owner, plain.firsts[start:end], plain.lasts[start:end], changes, self._folded)
            )

    def _in_initials(self, plain: Stream) -> Iterator[Candidate]:
        for start, end, owner in self._occurrences(Search.INITIALS, plain.text):
            changes = (Channel.INITIALS,)
            yield from self._verified(
                Candidate(owner, plain.firsts[start:end], plain.lasts[start:end], changes, self._folded)
            )

    def _in_sounds(self, stream: Stream, written: str) -> Iterator[Candidate]:
        if not self._rule_set.searches[Search.SOUND].owners:
            return
        text, firsts, lasts = stream.text, stream.firsts, stream.lasts
        apart = [i for i in range(1, len(text)) if firsts[i] > lasts[i - 1] + 1]
        for way in (0, 1) if sounds.is_ambiguous(text) else (0,):
            spoken = sounds.sound(text, way=way, is_apart=apart)
            for start, end, owner in self._occurrences(Search.SOUND, spoken.text, MAX_SOUNDS):
                begins, ends = spoken.begins[start:end], spoken.ends[start:end]
                term = self._term(owner)
                if text[begins[0] : ends[-1]] == term.needle:
                    continue
                units = sounds.sound(term.needle)
                changes = []
                for i, (begin, finish) in enumerate(zip(begins, ends, strict=True)):
                    if begin in stream.marks:
                        changes.append(stream.marks[begin])
                    mine = term.needle[units.begins[i] : units.ends[i]]
                    theirs = text[begin:finish]
                    if mine != theirs:
                        changes.append(_by_sound(mine, theirs))
                if _SOUNDS.isdisjoint(changes):
                    continue
                if len(changes) < end - start and _cuts_latin(text, begins[0], ends[-1], firsts, lasts):
                    continue
                yield from self._verified(
                    Candidate(
                        owner,
                        [firsts[begin] for begin in begins],
                        [lasts[finish - 1] for finish in ends],
                        tuple(changes),
                        written,
                    )
                )

    def _verified(self, candidate: Candidate) -> Iterator[Candidate]:
        owner = candidate.owner
        term = self._term(owner)
        if owner < 0:
            guards = frozenset({Guard.EDGES})
        else:
            rule = self._rule_set.rules[owner]
            if not (rule.channels or term.channels).issuperset(candidate.changes):
                return
            guards = term.guards if rule.guards is None else rule.guards
        if self._verifier.holds(candidate, term, guards):
            yield candidate

    def _term(self, owner: int) -> Term:
        rule_set = self._rule_set
        return term_of(rule_set.rules.terms[owner] if owner >= 0 else rule_set.exceptions[-1 - owner].text)


def _by_sound(term: str, text: str) -> Channel:
    """Tell how a syllable of a term was written."""
    if text in DIGITS or term in DIGITS:
        return Channel.DIGIT if numerals(text) == numerals(term) else Channel.HOMOPHONE
    return Channel.PINYIN if text[0] < "\x80" else Channel.HOMOPHONE


def _cuts_latin(text: str, begin: int, end: int, firsts: Sequence[int], lasts: Sequence[int]) -> bool:
    """Say whether a run of letters goes on outside: 信 after "huawei" is no 微信."""
    return _joins_latin(text, begin, firsts, lasts) or _joins_latin(text, end, firsts, lasts)


def _joins_latin(text: str, place: int, firsts: Sequence[int], lasts: Sequence[int]) -> bool:
    return (
        0 < place < len(text)
        and text[place - 1] in SPACED_LETTERS
        and text[place] in SPACED_LETTERS
        and firsts[place] == lasts[place - 1] + 1
    )


def _not_exempt(
    rule_set: RuleSet,
    text: str,
    candidates: Sequence[Candidate],
    spans: Sequence[Span],
    normalised: Normalised,
) -> Iterator[Found]:
    """Drop terms wholly inside an exception of their rule or of the set, and tell how each other was read."""
    exempt: dict[int | None, list[Span]] = {}
    for candidate, span in zip(candidates, spans, strict=True):
        if candidate.owner < 0:
            exempt.setdefault(rule_set.exceptions[-1 - candidate.owner].rule, []).append(span)
    covers = {rule: Cover(inside) for rule, inside in exempt.items()}
    nothing = Cover(())
    found: dict[tuple[int, Span], Found] = {}
    for candidate, span in zip(candidates, spans, strict=True):
        owner = candidate.owner
        if owner < 0 or covers.get(None, nothing).holds(span) or covers.get(owner, nothing).holds(span):
            continue
        channel = _channel(rule_set, text, candidate, span, normalised)
        before = found.get((owner, span))
        if before is None or CONFIDENCE[before.channel] < CONFIDENCE[channel]:
            found[owner, span] = Found(owner, span, channel)
    yield from found.values()


def _channel(
    rule_set: RuleSet, text: str, candidate: Candidate, span: Span, normalised: Normalised
) -> Channel:
    if text[span.start : span.end] == rule_set.rules.terms[candidate.owner]:
        return Channel.EXACT
    channels = list(candidate.changes)
    if gaps_of(normalised.folded, candidate):
        channels.append(Channel.SEPARATOR)
    return min(channels, key=CONFIDENCE.__getitem__, default=Channel.FOLD)


__all__ = ["Found", "Iterable", "find", "join"]

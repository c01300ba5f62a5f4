"""Find the terms of a rule set in one text: search every reading, verify, drop what lies in an exception.

Ordinary comments hold nothing, hence the order: the cheap fold and the searches first, further readings only where
a probe asks for them, verification and the way back to the original for candidates alone.
"""

from collections.abc import Iterator, Sequence
from operator import le
from typing import Final

from moderation.rules import sounds
from moderation.rules.automaton import Occurrence
from moderation.rules.characters import DIGITS, SPACED_LETTERS
from moderation.rules.components import compose
from moderation.rules.found import Found
from moderation.rules.looks import look
from moderation.rules.model import CONFIDENCE, Channel, Guard, Span
from moderation.rules.normalise import Normalised, normalise
from moderation.rules.numerals import has_numerals, numerals
from moderation.rules.ordinary import Glance
from moderation.rules.ruleset import RuleSet, Search
from moderation.rules.runs import collapse, run_lengths
from moderation.rules.sounds import Sounding
from moderation.rules.spans import Cover
from moderation.rules.streams import Stream, joined
from moderation.rules.substitutes import rewrite
from moderation.rules.terms import Term, term_of
from moderation.rules.verify import Candidate, Verifier, gaps_of

# More candidates than any honest comment has; verifying them without end would be the attack.
MAX_CANDIDATES: Final = 500

# Of the readings by sound most candidates fall at a glance; there may be more of them.
MAX_OCCURRENCES: Final = 20_000

# From so many candidates on it pays to look at the whole text once.
CROWD: Final = 40

SHORTEST_REVERSED: Final = 3

_SOUNDS: Final = frozenset({Channel.PINYIN, Channel.HOMOPHONE})
_SUBSTITUTED: Final = frozenset({Channel.LEET, Channel.EMOJI})
_OF_EXCEPTIONS: Final = frozenset({Guard.EDGES})


def find(rule_set: RuleSet, text: str, folded: str) -> tuple[list[Found], bool]:
    """Find all terms that hold in a text and its fold, and say whether there were more candidates than the cap."""
    search = _Searching(rule_set, folded)
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
        self._left = MAX_CANDIDATES
        self._looked: Glance | None = None
        self.is_cut = False

    def run(self) -> Iterator[Candidate]:
        """Search every reading, the nearest first."""
        folded = self._folded
        plain = joined(folded)
        for candidates in (
            self._in_whole(),
            self._in_plain(plain),
            self._in_reverse(plain),
            self._in_numerals(plain),
            self._in_sounds(plain, folded),
            self._in_looks(plain),
            self._in_initials(plain),
            self._in_runs(plain, folded),
            self._in_readings(plain),
        ):
            if self._is_tired():
                return
            yield from candidates

    def _in_readings(self, plain: Stream) -> Iterator[Candidate]:
        """Search what is rewritten: leet, pictures, components, and runs and sounds of these."""
        folded = self._folded
        readings = rewrite(folded)
        readings += [
            (each, written) for stream, written in [(plain, folded), *readings] for each in compose(stream)
        ]
        for stream, written in readings:
            self.is_cut = self.is_cut or stream.is_cut
            yield from self._in_rewritten(stream, written)
            yield from self._in_runs(stream, written)
            yield from self._in_sounds(stream, written)

    def _occurrences(self, search: Search, text: str) -> list[Occurrence]:
        found, is_cut = self._rule_set.searches[search].automaton.find(text, limit=MAX_OCCURRENCES)
        self.is_cut = self.is_cut or is_cut
        return found

    def _owned(self, search: Search, text: str) -> Iterator[Occurrence]:
        """Yield what is found with its owner instead of the number of the pattern."""
        owners = self._rule_set.searches[search].owners
        for start, end, number in self._occurrences(search, text):
            if self._is_tired():
                return
            yield start, end, owners[number]

    def _glance(self, count: int) -> Glance:
        """Make ready to look at so many candidates."""
        if self._looked is None or (count > CROWD and not self._looked.is_crowded):
            self._looked = Glance(self._folded, is_crowded=count > CROWD)
        return self._looked

    def _in_whole(self) -> Iterator[Candidate]:
        for start, end, owner in self._owned(Search.WHOLE, self._folded):
            yield from self._verified(owner, range(start, end), range(start, end), ())

    def _in_plain(self, plain: Stream) -> Iterator[Candidate]:
        for start, end, owner in self._owned(Search.JOINED, plain.text):
            yield from self._verified(owner, plain.firsts[start:end], plain.lasts[start:end], ())

    def _in_reverse(self, plain: Stream) -> Iterator[Candidate]:
        if Channel.REVERSED not in self._rule_set.channels:
            return
        size = len(plain.text)
        for start, end, owner in self._owned(Search.JOINED, plain.text[::-1]):
            if end - start >= SHORTEST_REVERSED:
                places = plain.firsts[size - end : size - start]
                yield from self._verified(owner, places, places, (Channel.REVERSED,))

    def _in_numerals(self, plain: Stream) -> Iterator[Candidate]:
        if not self._rule_set.searches[Search.NUMERAL].owners or not has_numerals(plain.text):
            return
        written = ""
        for start, end, owner in self._owned(Search.NUMERAL, numerals(plain.text)):
            changes = _differences(plain.text[start:end], self._term(owner).needle, Channel.DIGIT)
            if changes:
                written = written or numerals(self._folded)
                firsts, lasts = plain.firsts[start:end], plain.lasts[start:end]
                yield from self._verified(owner, firsts, lasts, changes, written)

    def _in_rewritten(self, stream: Stream, written: str) -> Iterator[Candidate]:
        for start, end, owner in self._owned(Search.JOINED, stream.text):
            if changes := stream.changes(start, end):
                firsts, lasts = stream.firsts[start:end], stream.lasts[start:end]
                yield from self._verified(owner, firsts, lasts, changes, written)

    def _in_runs(self, stream: Stream, written: str) -> Iterator[Candidate]:
        if Channel.REPEAT not in self._rule_set.channels:
            return
        collapsed = collapse(stream, self._folded)
        if collapsed is None:
            return
        single, lengths, before = collapsed
        for search in (Search.JOINED, Search.COLLAPSED):
            for start, end, owner in self._owned(search, single.text):
                wanted = run_lengths(self._term(owner).needle)
                there = [lengths.get(place, 1) for place in range(start, end)]
                if there != wanted and all(map(le, wanted, there)):
                    changes = single.changes(start, end)
                    changes += tuple(before[place] for place in range(start, end) if place in before)
                    firsts, lasts = single.firsts[start:end], single.lasts[start:end]
                    yield from self._verified(owner, firsts, lasts, changes, written)
        yield from self._in_sounds(single, written)

    def _in_looks(self, plain: Stream) -> Iterator[Candidate]:
        patterns = self._rule_set.searches[Search.LOOK]
        if not patterns.owners:
            return
        found, firsts, lasts = self._occurrences(Search.LOOK, look(plain.text)), plain.firsts, plain.lasts
        glance = self._glance(len(found))
        for start, end, number in found:
            if glance.bound(firsts[start], lasts[end - 1]) < patterns.floors[number]:
                continue
            if self._is_tired():
                return
            owner = patterns.owners[number]
            seen, needle = plain.text[start:end], self._term(owner).needle
            changes = _differences(seen, needle, Channel.GLYPH)
            # Something of the term must be left: whole words that look like others are too many.
            if changes and (len(changes) < len(needle) or not patterns.floors[number]):
                yield from self._verified(owner, firsts[start:end], lasts[start:end], changes)

    def _in_initials(self, plain: Stream) -> Iterator[Candidate]:
        for start, end, owner in self._owned(Search.INITIALS, plain.text):
            firsts, lasts = plain.firsts[start:end], plain.lasts[start:end]
            yield from self._verified(owner, firsts, lasts, (Channel.INITIALS,))

    def _in_sounds(self, stream: Stream, written: str) -> Iterator[Candidate]:
        if not self._rule_set.searches[Search.SOUND].owners:
            return
        text, firsts, lasts = stream.text, stream.firsts, stream.lasts
        has_letters = sounds.has_letters(text)
        apart = [i for i in range(1, len(text)) if firsts[i] > lasts[i - 1] + 1] if has_letters else ()
        for way in (0, 1) if has_letters and sounds.is_ambiguous(text) else (0,):
            spoken = sounds.sound(text, way=way, is_apart=apart)
            for start, end, owner in self._worth_hearing(stream, spoken):
                if self._is_tired():
                    return
                changes = self._heard(stream, spoken, start, end, owner)
                if not _SOUNDS.isdisjoint(changes):
                    begins, ends = spoken.begins[start:end], spoken.ends[start:end]
                    yield from self._verified(
                        owner,
                        [firsts[begin] for begin in begins],
                        [lasts[end - 1] for end in ends],
                        changes,
                        written,
                    )

    def _worth_hearing(self, stream: Stream, spoken: Sounding) -> Iterator[Occurrence]:
        """Yield the occurrences that are not seen at a glance to be ordinary writing, with their owners.

        In honest text most pairs of syllables are some term of a long list.
        """
        patterns = self._rule_set.searches[Search.SOUND]
        owners, floors, found = patterns.owners, patterns.floors, self._occurrences(Search.SOUND, spoken.text)
        glance = self._glance(len(found))
        text, firsts, lasts, marks = stream.text, stream.firsts, stream.lasts, stream.marks
        for start, end, number in found:
            begin, finish = spoken.begins[start], spoken.ends[end - 1]
            if marks:
                if not stream.changes(begin, finish):
                    continue
            elif finish - begin == end - start and text[begin:finish].isalpha():
                first, last = firsts[begin], lasts[finish - 1]
                if glance.bound(first, last) < floors[number]:
                    continue
                if end - start == 2 and floors[number] and not glance.is_loose(first, last):
                    continue
            yield start, end, owners[number]

    def _heard(
        self, stream: Stream, spoken: Sounding, start: int, end: int, owner: int
    ) -> tuple[Channel, ...]:
        """Name what was undone to hear a term; nothing when it stands there as it is, or cuts a word of letters."""
        text = stream.text
        begins, ends = spoken.begins[start:end], spoken.ends[start:end]
        needle = self._term(owner).needle
        if text[begins[0] : ends[-1]] == needle:
            return ()
        units = sounds.sound_of_term(needle)
        changes = list(stream.changes(begins[0], ends[-1]))
        for i, (begin, finish) in enumerate(zip(begins, ends, strict=True)):
            mine, theirs = needle[units.begins[i] : units.ends[i]], text[begin:finish]
            if mine == theirs:
                continue
            if mine[0] in SPACED_LETTERS:
                return ()  # letters of a term are meant as letters
            changes.append(_by_sound(mine, theirs))
        if len(changes) < end - start and _cuts_latin(text, begins[0], ends[-1], stream.firsts, stream.lasts):
            return ()
        return tuple(changes)

    def _verified(
        self,
        owner: int,
        firsts: Sequence[int],
        lasts: Sequence[int],
        changes: tuple[Channel, ...],
        written: str | None = None,
    ) -> Iterator[Candidate]:
        self._left -= 1
        candidate = Candidate(owner, firsts, lasts, changes, written or self._folded)
        term = self._term(owner)
        if owner < 0:
            # What an exception forgives needs no evasion: "pen-island" forgives "pen island" too.
            if not changes and self._verifier.holds(candidate, term, _OF_EXCEPTIONS):
                yield candidate
            return
        channels, guards = self._rule_set.rules.reading_of(owner)
        if (channels or term.channels).issuperset(changes) and self._verifier.holds(
            candidate, term, term.guards if guards is None else guards
        ):
            yield candidate

    def _is_tired(self) -> bool:
        """Say whether there were as many candidates as anybody is willing to verify."""
        if self._left:
            return False
        self.is_cut = True
        return True

    def _term(self, owner: int) -> Term:
        rule_set = self._rule_set
        return term_of(rule_set.rules.terms[owner] if owner >= 0 else rule_set.exceptions[-1 - owner].text)


def _differences(text: str, needle: str, channel: Channel) -> tuple[Channel, ...]:
    """Name the channel once for each character that is not the term's."""
    return tuple(channel for theirs, mine in zip(text, needle, strict=True) if theirs != mine)


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

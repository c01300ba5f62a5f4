"""Rules → rule set. All checks happen here, so that reading comments needs none. Runs outside the request path."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from moderation.rules import sounds
from moderation.rules.artefact import digest_of, dump, load
from moderation.rules.automaton import Automaton
from moderation.rules.check import faults_of, term_fault, threshold_faults
from moderation.rules.errors import Fault, RuleSetError
from moderation.rules.looks import look
from moderation.rules.model import Channel, Guard, Kind, Rule, Thresholds
from moderation.rules.numerals import has_numerals, numerals
from moderation.rules.ruleset import Exempt, Patterns, RuleSet, Search
from moderation.rules.runs import collapsed
from moderation.rules.table import RuleTable
from moderation.rules.terms import Term, is_joinable, term_of
from moderation.rules.verify import FLOORS

__all__ = ["compile", "dump", "load"]

_BY_SOUND: Final = frozenset({Channel.PINYIN, Channel.HOMOPHONE})
_DEFAULT_THRESHOLDS: Final = Thresholds()


def compile(  # noqa: A001 -- used as `rules.compile`
    rules: Iterable[Rule], *, exceptions: Iterable[str] = (), thresholds: Thresholds = _DEFAULT_THRESHOLDS
) -> RuleSet:
    """Compile rules, in their order, and the exceptions of all of them; raises RuleSetError with every fault."""
    listed = list(rules)
    for_all = list(exceptions)
    if faults := [*_faults(listed), *_exception_faults(for_all), *_threshold_faults(thresholds)]:
        raise RuleSetError(faults)
    table = RuleTable.of(listed)
    exempt = [Exempt(text, None) for text in for_all]
    exempt += [Exempt(text, place) for place, texts in table.exceptions.items() for text in texts]
    searches, channels = _searches(listed, [each.text for each in exempt])
    return RuleSet(
        rules=table,
        exceptions=exempt,
        searches=searches,
        channels=channels,
        identify=digest_of,
        thresholds=thresholds,
    )


class _Collected:
    """What is to be searched for in one reading: columns, as 400,000 tuples would be half of the work."""

    __slots__ = ("floors", "owners", "patterns")

    def __init__(self) -> None:
        self.patterns: list[str] = []
        self.owners = array("i")
        self.floors = array("i")

    def add(self, pattern: str, owner: int, floor: int) -> None:
        self.patterns.append(pattern)
        self.owners.append(owner)
        self.floors.append(floor)


def _searches(
    rules: Sequence[Rule], exceptions: Sequence[str]
) -> tuple[dict[Search, Patterns], frozenset[Channel]]:
    """Make what is searched for, and tell which disguises some rule takes."""
    taken: set[frozenset[Channel]] = set()
    collected = {search: _Collected() for search in Search}
    for place, rule in enumerate(rules):
        if rule.kind is Kind.TERM:
            # Not through the cache of terms: it is for those that comments hold.
            term = term_of.__wrapped__(rule.term)
            # A rule that does without the guard wants to see every candidate.
            is_guarded = rule.guards is None or Guard.READINGS in rule.guards
            channels = rule.channels or term.channels
            taken.add(channels)
            for search, pattern in _patterns_of(term, channels):
                floor = term.cost + FLOORS.get(search, 0) if is_guarded else 0
                collected[search].add(pattern, place, floor)
    for number, text in enumerate(exceptions):
        for search, pattern in _patterns_of(term_of(text), frozenset()):
            collected[search].add(pattern, -1 - number, 0)
    return {
        search: Patterns(
            Automaton.build(found.patterns), found.owners, found.floors if search in FLOORS else ()
        )
        for search, found in collected.items()
    }, frozenset[Channel]().union(*taken)


def _patterns_of(term: Term, channels: frozenset[Channel]) -> Iterator[tuple[Search, str]]:
    """Tell what to search for so that a term is found on its channels; as written and joined it always is."""
    if term.is_spaced:
        yield Search.WHOLE, term.whole
    if not is_joinable(term.whole):
        return
    yield Search.JOINED, term.needle
    if Channel.REPEAT in channels and (once := collapsed(term.needle)) != term.needle:
        yield Search.COLLAPSED, once
    if Channel.DIGIT in channels and has_numerals(term.needle):
        yield Search.NUMERAL, numerals(term.needle)
    if not channels.isdisjoint(_BY_SOUND):
        for reading in sounds.readings(term.needle):
            yield Search.SOUND, reading
    if Channel.GLYPH in channels:
        yield Search.LOOK, look(term.needle)
    if Channel.INITIALS in channels:
        yield Search.INITIALS, sounds.initials(term.needle)


def _faults(rules: Iterable[Rule]) -> Iterator[Fault]:
    seen: set[str] = set()
    for rule in rules:
        yield from faults_of(rule)
        if rule.key in seen:
            yield Fault(rule.key, "key", "duplicate", "another rule of the set has this key")
        seen.add(rule.key)


def _exception_faults(exceptions: Iterable[str]) -> Iterator[Fault]:
    for text in exceptions:
        if fault := term_fault(text):
            yield Fault("", "exceptions", *fault)


def _threshold_faults(thresholds: Thresholds) -> Iterator[Fault]:
    for name, code, detail in threshold_faults(thresholds):
        yield Fault("", f"thresholds.{name}", code, detail)

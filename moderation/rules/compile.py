"""Rules → rule set. All checks happen here, so that reading comments needs none. Runs outside the request path."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256

from moderation.rules.artefact import dump, load
from moderation.rules.automaton import Automaton
from moderation.rules.characters import SEPARATORS
from moderation.rules.check import faults_of, term_fault
from moderation.rules.errors import Fault, RuleSetError
from moderation.rules.model import Rule
from moderation.rules.normalise import fold
from moderation.rules.ruleset import Exempt, Patterns, RuleSet
from moderation.rules.streams import join
from moderation.rules.table import RuleTable

__all__ = ["compile", "dump", "load"]


def compile(rules: Iterable[Rule], *, exceptions: Iterable[str] = ()) -> RuleSet:  # noqa: A001 -- `rules.compile`
    """Compile rules, in their order, and the exceptions of all of them; raises RuleSetError with every fault."""
    listed = list(rules)
    for_all = list(exceptions)
    if faults := [*_faults(listed), *_exception_faults(for_all)]:
        raise RuleSetError(faults)
    table = RuleTable.of(listed)
    exempt = [Exempt(text, None) for text in for_all]
    exempt += [Exempt(text, place) for place, texts in table.exceptions.items() for text in texts]
    owned = [*enumerate(table.terms), *((-1 - number, each.text) for number, each in enumerate(exempt))]
    folded = [(owner, fold(text).strip()) for owner, text in owned]
    rule_set = RuleSet(
        rules=table,
        exceptions=exempt,
        whole=_patterns([(owner, text) for owner, text in folded if not SEPARATORS.isdisjoint(text)]),
        joined=_patterns([(owner, join(text)) for owner, text in folded if _is_joinable(text)]),
    )
    return replace(rule_set, digest=sha256(dump(rule_set)).hexdigest())


def _patterns(owned: Sequence[tuple[int, str]]) -> Patterns:
    return Patterns(Automaton.build([text for _, text in owned]), [owner for owner, _ in owned])


def _is_joinable(term: str) -> bool:
    """Say whether a term can be found without its separators: "+v" would be found in every v."""
    return term[0] not in SEPARATORS and term[-1] not in SEPARATORS


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

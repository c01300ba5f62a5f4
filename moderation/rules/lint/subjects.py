"""Rules as the linter looks at them, and the rules it cannot look at because they are no rules."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from moderation.rules.characters import SEPARATORS
from moderation.rules.check import faults_of
from moderation.rules.compile import compile as compile_rules
from moderation.rules.errors import Fault, RuleSetError
from moderation.rules.evaluate import evaluate
from moderation.rules.lint.findings import Code, Finding
from moderation.rules.model import Action, Channel, Facts, Field, Kind, Match, Rule
from moderation.rules.normalise import fold
from moderation.rules.streams import join

# How an author may write a term without disguising it.
PLAIN: frozenset[Channel] = frozenset({Channel.EXACT, Channel.FOLD, Channel.SEPARATOR})


@dataclass(frozen=True, slots=True)
class Subject:
    """A rule, its place in the sequence, and its term as the engine compares it."""

    place: int
    rule: Rule
    reading: str

    def finding(self, code: Code, other: str = "") -> Finding:
        """Make a finding about this rule."""
        return Finding(code, self.place, self.rule.key, self.rule.term, other)


def reading_of(text: str) -> str:
    """Fold a term or an exception and, where it is found so too, take its separators out."""
    folded = fold(text).strip()
    is_joinable = bool(folded) and folded[0] not in SEPARATORS and folded[-1] not in SEPARATORS
    return join(folded) if is_joinable else folded


def subjects_of(rules: Sequence[Rule]) -> list[Subject]:
    """Look at every rule; only terms are folded."""
    return [
        Subject(place, rule, reading_of(rule.term) if rule.kind is Kind.TERM else rule.term)
        for place, rule in enumerate(rules)
    ]


def unsound(rules: Sequence[Rule]) -> list[Finding]:
    """Find the rules that cannot be compiled, with every fault of each."""
    faults = {place: found for place, rule in enumerate(rules) if (found := faults_of(rule))}
    # Patterns and the like are compiled to see whether they can be; terms always can.
    detectors = [
        replace(rule, key=str(place))
        for place, rule in enumerate(rules)
        if rule.kind is not Kind.TERM and place not in faults
    ]
    faults.update(_compile_faults(detectors))
    return [
        Finding(
            Code.UNSOUND,
            place,
            rules[place].key,
            rules[place].term,
            f"{fault.field}: {fault.detail} ({fault.code})",
        )
        for place, found in faults.items()
        for fault in found
    ]


def _compile_faults(rules: Sequence[Rule]) -> Mapping[int, list[Fault]]:
    faults: dict[int, list[Fault]] = {}
    try:
        compile_rules(rules)
    except RuleSetError as error:
        for fault in error.faults:
            faults.setdefault(int(fault.rule_key), []).append(fault)
    return faults


class Probe:
    """Some of the rules, without their exceptions, to ask where they would hit."""

    def __init__(self, subjects: Iterable[Subject], *, channels: frozenset[Channel] | None = None) -> None:
        """Compile rules under their places as keys; `channels` restricts how their terms may be read."""
        self._rules = compile_rules(
            replace(
                subject.rule,
                key=str(subject.place),
                exceptions=(),
                channels=channels or subject.rule.channels,
                thread_key=None,
                starts_at=None,
                ends_at=None,
                action=Action.REVIEW,
                fields=frozenset({Field.TEXT}),
            )
            for subject in subjects
        )

    def hits(self, text: str) -> Iterator[tuple[int, Match]]:
        """Give the rules that hit a text, by place, with each match."""
        for match in evaluate(self._rules, {Field.TEXT: text}, Facts()).matches:
            yield int(match.rule_key), match

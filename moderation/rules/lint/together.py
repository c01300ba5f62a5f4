"""What can be said of a rule only beside the others: the same, superfluous, at odds, without effect."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from moderation.rules.automaton import Automaton
from moderation.rules.lint.findings import Code, Finding
from moderation.rules.lint.subjects import PLAIN, Probe, Subject, reading_of
from moderation.rules.model import Action, Kind, Rule

# Terms inside one term or exception; more than these say nothing new.
_MOST_INSIDE: Final = 1_000

_STRICTNESS: Final = (Action.ALLOW, Action.SCORE, Action.MASK, Action.REVIEW, Action.BLOCK)


def findings_of_all(subjects: Sequence[Subject], exceptions: Sequence[str]) -> Iterator[Finding]:
    """Find what rules and exceptions are to each other."""
    terms = [subject for subject in subjects if subject.rule.kind is Kind.TERM]
    hitting = [subject for subject in terms if subject.rule.action is not Action.ALLOW]
    inside = _Inside(hitting)
    allowing = [subject for subject in terms if subject.rule.action is Action.ALLOW]
    yield from _duplicates(subjects)
    yield from _subsumed(hitting, inside, [*exceptions, *(subject.rule.term for subject in allowing)])
    yield from _own_exceptions(terms)
    yield from _killed(hitting, allowing, exceptions)
    yield from _idle(subjects, allowing, exceptions, inside)


class _Inside:
    """Which rules' terms stand inside a text, plainly written; whether the text then counts is another matter."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self._subjects = subjects
        self._automaton = Automaton.build([subject.reading for subject in subjects])

    def of(self, reading: str) -> list[Subject]:
        """List the rules whose term is in a folded text."""
        found, _ = self._automaton.find(reading, limit=_MOST_INSIDE)
        return [self._subjects[number] for _, _, number in found]


def _duplicates(subjects: Sequence[Subject]) -> Iterator[Finding]:
    """Find rules that say what an earlier one says, at the same places and times."""
    first: dict[tuple[Kind, str, bool], Subject] = {}
    for subject in subjects:
        does_allow = subject.rule.action is Action.ALLOW
        earlier = first.setdefault((subject.rule.kind, subject.reading, does_allow), subject)
        if earlier is not subject and (
            _holds_wherever(earlier.rule, subject.rule) or _holds_wherever(subject.rule, earlier.rule)
        ):
            yield subject.finding(Code.DUPLICATE, earlier.rule.term)


def _subsumed(subjects: Sequence[Subject], inside: _Inside, innocent: Sequence[str]) -> Iterator[Finding]:
    """Find terms that contain the term of a rule that does at least as much, and is found there.

    A rule that an innocent text excuses may need the longer term beside it. The engine has the last word: "ass" is
    in "classic", yet not found there.
    """
    excused = {other.place for text in innocent for other in inside.of(reading_of(text))}
    candidates = {
        subject.place: chosen
        for subject in subjects
        if (
            chosen := {
                other.place: other
                for other in inside.of(subject.reading)
                if other.place not in excused and _makes_superfluous(other, subject)
            }
        )
    }
    wanted = {place: other for chosen in candidates.values() for place, other in chosen.items()}
    probe = Probe(wanted.values(), channels=PLAIN)
    for subject in subjects:
        if subject.place in candidates:
            chosen = candidates[subject.place]
            found = [chosen[place] for place, _ in probe.hits(subject.rule.term) if place in chosen]
            if found:
                shortest = min(found, key=lambda other: (len(other.reading), other.place))
                yield subject.finding(Code.SUBSUMED, shortest.rule.term)


def _makes_superfluous(short: Subject, long: Subject) -> bool:
    """Say whether a rule found inside another's term leaves that nothing to do: no verdict, mask, reason or score."""
    one, other = short.rule, long.rule
    if len(short.reading) >= len(long.reading) or one.category != other.category or one.exceptions:
        return False
    # A mask of the longer term covers more; only a refusal makes that indifferent.
    if other.action is Action.MASK and one.action is not Action.BLOCK:
        return False
    return (
        _STRICTNESS.index(one.action) >= _STRICTNESS.index(other.action)
        and one.severity >= other.severity
        and _holds_wherever(one, other)
    )


def _holds_wherever(one: Rule, other: Rule) -> bool:
    """Say whether a rule reads every field, thread, moment and disguise that another reads."""
    return (
        one.fields >= other.fields
        and one.thread_key in {None, other.thread_key}
        and _begins_no_later(one.starts_at, other.starts_at)
        and _ends_no_sooner(one.ends_at, other.ends_at)
        and _takes_every_channel(one, other)
        and _has_no_more_guards(one, other)
    )


def _takes_every_channel(one: Rule, other: Rule) -> bool:
    if one.channels is None or other.channels is None:
        # What is sound for a term depends on it, hence not to be compared with what an author chose.
        return one.channels is other.channels
    return one.channels >= other.channels


def _has_no_more_guards(one: Rule, other: Rule) -> bool:
    if one.guards is None or other.guards is None:
        return one.guards is other.guards or one.guards == frozenset()
    return one.guards <= other.guards


def _begins_no_later(one: int | None, other: int | None) -> bool:
    return one is None or (other is not None and one <= other)


def _ends_no_sooner(one: int | None, other: int | None) -> bool:
    return one is None or (other is not None and one >= other)


def _own_exceptions(terms: Sequence[Subject]) -> Iterator[Finding]:
    """Find exceptions of a rule that are its term, or in which its term is not found, however it is read."""
    doubtful: list[tuple[Subject, str]] = []
    for subject in terms:
        for text in subject.rule.exceptions:
            reading = reading_of(text)
            if reading == subject.reading:
                yield subject.finding(Code.NEVER_HITS, text)
            elif subject.reading not in reading:
                doubtful.append((subject, text))
    probe = Probe({subject.place: subject for subject, _ in doubtful}.values())
    for subject, text in doubtful:
        # 沙子 excuses a disguise of 傻子.
        if all(place != subject.place for place, _ in probe.hits(text)):
            yield subject.finding(Code.EXCEPTION_IDLE, text)


def _killed(
    hitting: Sequence[Subject], allowing: Sequence[Subject], exceptions: Sequence[str]
) -> Iterator[Finding]:
    """Find terms that an exception of the set or an allow rule takes away wherever they are."""
    excused: Mapping[str, str] = {reading_of(text): text for text in exceptions}
    allowed: dict[str, list[Rule]] = {}
    for subject in allowing:
        allowed.setdefault(subject.reading, []).append(subject.rule)
    for subject in hitting:
        if subject.reading in excused:
            yield subject.finding(Code.NEVER_HITS, excused[subject.reading])
        for rule in allowed.get(subject.reading, ()):
            if _holds_wherever(rule, subject.rule):
                yield subject.finding(Code.NEVER_HITS, rule.term)


def _idle(
    subjects: Sequence[Subject], allowing: Sequence[Subject], exceptions: Sequence[str], inside: _Inside
) -> Iterator[Finding]:
    """Find allow rules and exceptions of the set in which no rule hits anything."""
    doubtful = [subject for subject in allowing if not inside.of(subject.reading)]
    excusing = [text for text in exceptions if not inside.of(reading_of(text))]
    if not doubtful and not excusing:
        return
    probe = Probe(subject for subject in subjects if subject.rule.action is not Action.ALLOW)
    for subject in doubtful:
        if not any(probe.hits(subject.rule.term)):
            yield subject.finding(Code.ALLOW_IDLE)
    for text in excusing:
        if not any(probe.hits(text)):
            yield Finding(Code.EXCEPTION_IDLE, None, "", "", text)

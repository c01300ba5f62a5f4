"""What makes a rule sound, in one place: the compiler refuses by it, and documents point at the line."""

import re
from collections.abc import Iterator
from typing import Final

from moderation.rules import detectors
from moderation.rules.errors import Fault
from moderation.rules.model import CATEGORIES, Kind, Rule, Thresholds
from moderation.rules.normalise import fold

MAX_TERM_CHARS: Final = 100
MAX_DETECTOR_CHARS: Final = 500
"""Of the term of any other kind: patterns say more than words."""
MAX_THREAD_KEY_CHARS: Final = 512

_KEY: Final = re.compile(r"[a-z0-9-]{1,64}")


def faults_of(rule: Rule) -> list[Fault]:
    """List everything wrong with a rule."""
    return [Fault(rule.key, field, code, detail) for field, code, detail in _faults(rule)]


def term_fault(term: str) -> tuple[str, str] | None:
    """Tell what is wrong with words to look for, or an exception, as code and detail."""
    if len(term) > MAX_TERM_CHARS:
        return "too-long", f"{len(term)} characters, at most {MAX_TERM_CHARS}"
    if not fold(term).strip():
        return "empty", "nothing visible is left after folding"
    return None


def threshold_faults(thresholds: Thresholds) -> Iterator[tuple[str, str, str]]:
    """Tell what is wrong with the thresholds of a set, as name, code and detail."""
    for name, value in (
        ("review", thresholds.review),
        ("block", thresholds.block),
        ("certain", thresholds.certain),
    ):
        if value is not None and not 1 <= value <= 100:
            yield name, "out-of-range", f"{value} is not between 1 and 100"
    if (
        thresholds.review is not None
        and thresholds.block is not None
        and thresholds.block < thresholds.review
    ):
        yield "block", "below-review", "what is blocked from there on would never be reviewed"


def _faults(rule: Rule) -> Iterator[tuple[str, str, str]]:
    if not _KEY.fullmatch(rule.key):
        yield "key", "malformed", "1 to 64 of a-z, 0-9 and hyphen"
    if fault := _fault_of_what(rule):
        yield "term", *fault
    for exception in rule.exceptions:
        if fault := term_fault(exception):
            yield "exceptions", *fault
    if rule.category not in CATEGORIES:
        yield "category", "unknown", f"{rule.category!r} is none of {', '.join(CATEGORIES)}"
    if not 1 <= rule.severity <= 100:
        yield "severity", "out-of-range", f"{rule.severity} is not between 1 and 100"
    yield from _scope_faults(rule)


def _fault_of_what(rule: Rule) -> tuple[str, str] | None:
    """Tell what is wrong with what a rule looks for, by its kind."""
    if rule.kind is Kind.TERM:
        return term_fault(rule.term)
    if len(rule.term) > MAX_DETECTOR_CHARS:
        return "too-long", f"{len(rule.term)} characters, at most {MAX_DETECTOR_CHARS}"
    return detectors.term_fault(rule.kind, rule.term)


def _scope_faults(rule: Rule) -> Iterator[tuple[str, str, str]]:
    """Tell why a rule could never hold, or says what means nothing: surely a mistake of its author."""
    if not rule.fields:
        yield "fields", "empty", "the rule reads no field"
    if rule.channels is not None and not rule.channels:
        yield "channels", "empty", "the rule takes no channel"
    if rule.guards is not None and rule.kind is not Kind.TERM:
        yield "guards", "not-for-kind", f"a rule of kind {rule.kind} has none"
    if rule.thread_key is not None and not 1 <= len(rule.thread_key) <= MAX_THREAD_KEY_CHARS:
        yield "thread_key", "out-of-range", f"1 to {MAX_THREAD_KEY_CHARS} characters"
    if rule.starts_at is not None and rule.ends_at is not None and rule.starts_at >= rule.ends_at:
        yield "ends_at", "before-start", "the rule would end before it starts"

"""One rule as a row of a list, and back. What the columns are called and how their cells are read stands here alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from moderation.rules.check import faults_of
from moderation.rules.model import ALL_FIELDS, Action, Channel, Field, Guard, Kind, Rule
from moderation.rules.normalise import fold

COLUMNS: Final = (
    "key",
    "kind",
    "term",
    "action",
    "category",
    "severity",
    "exceptions",
    "fields",
    "channels",
    "guards",
    "thread_key",
    "starts_at",
    "ends_at",
)

LISTS: Final = ("exceptions", "fields", "channels", "guards")
"""Columns that hold several values."""

NO_GUARDS: Final = "none"
"""Said in place of guards by a rule that does without any: an empty cell leaves the choice to us."""

Wrong = tuple[str, str, str]
"""Field, code and detail of a fault."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a rule gets where the list says nothing."""

    action: Action = Action.REVIEW
    category: str = "other"
    severity: int = 50


def key_of(term: str, kind: Kind = Kind.TERM) -> str:
    r"""Make a rule's key from its term, so that a list without keys keeps them when its lines move.

    Spellings of a term give one key. A pattern is taken as it is written: `\d` and `\D` fold alike.
    """
    text = fold(term).strip() if kind is Kind.TERM else term
    return f"{kind}-{sha256(text.encode()).hexdigest()[:16]}"


def rule_of(row: Mapping[str, Any], defaults: Defaults) -> tuple[Rule | None, list[Wrong]]:
    """Make a rule of a row of filled cells; None when a cell cannot be read at all."""
    wrong = [(name, "unknown", "no such column") for name in row if name not in _CELLS]
    values: dict[str, Any] = {}
    for name, cell in row.items():
        if name in _CELLS:
            try:
                values[name] = _CELLS[name](cell)
            except (ValueError, TypeError, OverflowError):
                wrong.append((name, "malformed", f"{cell!r} cannot be read"))
    if "term" not in row:
        wrong.append(("term", "missing", "a rule needs a term"))
    if wrong:
        return None, wrong
    values.setdefault("action", defaults.action)
    values.setdefault("category", defaults.category)
    values.setdefault("severity", defaults.severity)
    if "key" not in values:
        values["key"] = key_of(values["term"], values.get("kind", Kind.TERM))
    rule = Rule(**values)
    return rule, [(fault.field, fault.code, fault.detail) for fault in faults_of(rule)]


def row_of(rule: Rule) -> dict[str, object]:
    """Spread a rule over the columns, leaving out what is the same without being said."""
    cells: dict[str, object] = {
        "key": rule.key,
        "kind": rule.kind,
        "term": rule.term,
        "action": rule.action,
        "category": rule.category,
        "severity": rule.severity,
    }
    if rule.kind is Kind.TERM:
        del cells["kind"]
    if rule.exceptions:
        cells["exceptions"] = list(rule.exceptions)
    if rule.fields != ALL_FIELDS:
        cells["fields"] = sorted(rule.fields)
    if rule.channels is not None:
        cells["channels"] = sorted(rule.channels)
    if rule.guards is not None:
        cells["guards"] = sorted(rule.guards) or [NO_GUARDS]
    if rule.thread_key is not None:
        cells["thread_key"] = rule.thread_key
    if rule.starts_at is not None:
        cells["starts_at"] = _moment(rule.starts_at)
    if rule.ends_at is not None:
        cells["ends_at"] = _moment(rule.ends_at)
    return cells


def string(cell: object) -> str:
    """Read a text; raises TypeError, or ValueError for what no database keeps: NUL, and halves of surrogate pairs.

    All its line breaks become one kind: the `csv` module does not quote a lone carriage return.
    """
    if not isinstance(cell, str):
        raise TypeError
    cell.encode()
    if "\0" in cell:
        raise ValueError
    return (cell.replace("\r\n", "\n").replace("\r", "\n") if "\r" in cell else cell).strip()


def strings(cell: object) -> tuple[str, ...]:
    """Read a list of texts; raises as `string` does."""
    if not isinstance(cell, list):
        raise TypeError
    return tuple(map(string, cell))


def number(cell: object) -> int:
    """Read a whole number; raises TypeError or ValueError."""
    if isinstance(cell, bool) or not isinstance(cell, int | str):
        raise TypeError
    return int(cell)


def _time(cell: object) -> int:
    """Read unix seconds, or RFC 3339 with its offset: a time without one would mean another hour elsewhere."""
    if isinstance(cell, str) and not cell.strip().isdecimal():
        moment = datetime.fromisoformat(cell.strip())
        if moment.tzinfo is None:
            raise ValueError
        return int(moment.timestamp())
    seconds = number(cell)
    datetime.fromtimestamp(seconds, UTC)  # raises for a year that no calendar has
    return seconds


def _guards(cell: object) -> frozenset[Guard]:
    named = strings(cell)
    return frozenset() if named == (NO_GUARDS,) else frozenset(map(Guard, named))


_CELLS: Final = {
    "key": string,
    "kind": Kind,
    "term": string,
    "action": Action,
    "category": string,
    "severity": number,
    "exceptions": strings,
    "fields": lambda cell: frozenset(map(Field, strings(cell))),
    "channels": lambda cell: frozenset(map(Channel, strings(cell))),
    "guards": _guards,
    "thread_key": string,
    "starts_at": _time,
    "ends_at": _time,
}


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")

"""Rule lists as people keep them → rules, and back: plain text, CSV, JSON.

Every fault is told with its line, since a list of ten thousand terms is repaired in an editor, not one error a run.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from moderation.rules.check import faults_of
from moderation.rules.errors import DocumentError, LineFault
from moderation.rules.model import ALL_FIELDS, Action, Channel, Field, Rule
from moderation.rules.normalise import fold


class Format(StrEnum):
    """How a rule list is written."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a rule gets where the list says nothing."""

    action: Action = Action.REVIEW
    category: str = "other"
    severity: int = 50


COLUMNS: Final = (
    "key",
    "term",
    "action",
    "category",
    "severity",
    "exceptions",
    "fields",
    "channels",
    "thread_key",
    "starts_at",
    "ends_at",
)

# Between several values in one CSV cell.
_BAR: Final = "|"

# A rule as the list has it: line or number, and its filled cells.
_Row = tuple[int, Mapping[str, Any]]


def read(source: str, form: Format, defaults: Defaults | None = None) -> list[Rule]:
    """Read a rule list; raises DocumentError with every fault of every line."""
    faults: list[LineFault] = []
    rules: list[Rule] = []
    lines: dict[str, int] = {}
    for line, row in _READERS[form](source.removeprefix("\ufeff")):
        rule, wrong = _rule(row, defaults or Defaults())
        faults += (LineFault(line, *each) for each in wrong)
        if rule is None:
            continue
        if rule.key not in lines:
            rules.append(rule)
        # A plain list that names a term twice is untidy, not wrong.
        elif form is not Format.TEXT:
            faults.append(
                LineFault(line, "key", "duplicate", f"line {lines[rule.key]} has this key or term already")
            )
        lines.setdefault(rule.key, line)
    if faults:
        raise DocumentError(faults)
    return rules


def write(rules: Iterable[Rule], form: Format) -> str:
    """Write rules so that `read` gives the same ones; plain text keeps the terms only."""
    if form is Format.TEXT:
        return "".join(f"{rule.term}\n" for rule in rules)
    rows = [_cells(rule) for rule in rules]
    if form is Format.JSON:
        return json.dumps({"rules": rows}, ensure_ascii=False, indent=2) + "\n"
    written = io.StringIO()
    writer = csv.DictWriter(written, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: _BAR.join(v) if isinstance(v, list) else v for k, v in row.items()} for row in rows)
    return written.getvalue()


def key_of(term: str) -> str:
    """Make a rule's key from its term, so that a list without keys keeps them when its lines move."""
    return "term-" + sha256(fold(term).strip().encode()).hexdigest()[:16]


def _text_rows(source: str) -> Iterator[_Row]:
    for line, text in enumerate(source.splitlines(), start=1):
        if (term := text.strip()) and not term.startswith("#"):
            yield line, {"term": term}


def _csv_rows(source: str) -> Iterator[_Row]:
    reader = csv.DictReader(io.StringIO(source, newline=""), restkey="", strict=True)
    try:
        for row in reader:
            filled = {name: cell for name, cell in row.items() if cell}
            for name in ("exceptions", "fields", "channels"):
                if name in filled:
                    filled[name] = [part for each in filled[name].split(_BAR) if (part := each.strip())]
            yield reader.line_num, filled
    except csv.Error as error:
        raise DocumentError([LineFault(reader.reader.line_num, "", "malformed", str(error))]) from error


def _json_rows(source: str) -> Iterator[_Row]:
    try:
        document = json.loads(source)
    except json.JSONDecodeError as error:
        raise DocumentError([LineFault(error.lineno, "", "malformed", error.msg)]) from error
    except (RecursionError, ValueError) as error:
        raise DocumentError(
            [LineFault(1, "", "malformed", "nested too deeply, or a number too long")]
        ) from error
    rows = document.get("rules") if isinstance(document, dict) else document
    if not isinstance(rows, list):
        raise DocumentError([LineFault(1, "rules", "malformed", "a list of rules is wanted")])
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise DocumentError([LineFault(number, "", "malformed", "a rule is an object")])
        yield number, {name: cell for name, cell in row.items() if cell is not None}


_READERS: Final = {Format.TEXT: _text_rows, Format.CSV: _csv_rows, Format.JSON: _json_rows}

_Wrong = tuple[str, str, str]  # field, code, detail


def _rule(row: Mapping[str, Any], defaults: Defaults) -> tuple[Rule | None, list[_Wrong]]:
    """Make a rule of a row; None when a cell cannot be read at all."""
    wrong = [(name, "unknown", "no such column") for name in row if name not in COLUMNS]
    values: dict[str, Any] = {}
    for name, reader in _CELLS.items():
        if name in row:
            try:
                values[name] = reader(row[name])
            except (ValueError, TypeError, OverflowError):
                wrong.append((name, "malformed", f"{row[name]!r} cannot be read"))
    if "term" not in row:
        wrong.append(("term", "missing", "a rule needs a term"))
    if wrong:
        return None, wrong
    base = {"key": key_of(values["term"]), "action": defaults.action, "category": defaults.category}
    rule = Rule(**{**base, "severity": defaults.severity, **values})
    return rule, [(fault.field, fault.code, fault.detail) for fault in faults_of(rule)]


def _string(cell: object) -> str:
    if not isinstance(cell, str):
        raise TypeError
    return cell.strip()


def _number(cell: object) -> int:
    if isinstance(cell, bool) or not isinstance(cell, int | str):
        raise TypeError
    return int(cell)


def _strings(cell: object) -> tuple[str, ...]:
    if not isinstance(cell, list):
        raise TypeError
    return tuple(map(_string, cell))


def _time(cell: object) -> int:
    """Read unix seconds, or RFC 3339 with its offset: a time without one would mean another hour elsewhere."""
    if isinstance(cell, str) and not cell.strip().isdecimal():
        moment = datetime.fromisoformat(cell.strip())
        if moment.tzinfo is None:
            raise ValueError
        return int(moment.timestamp())
    return _number(cell)


_CELLS: Final = {
    "key": _string,
    "term": _string,
    "action": Action,
    "category": _string,
    "severity": _number,
    "exceptions": _strings,
    "fields": lambda cell: frozenset(map(Field, _strings(cell))),
    "channels": lambda cell: frozenset(map(Channel, _strings(cell))),
    "thread_key": _string,
    "starts_at": _time,
    "ends_at": _time,
}


def _cells(rule: Rule) -> dict[str, object]:
    """Spread a rule over the columns, leaving out what is the same without being said."""
    cells: dict[str, object] = {
        "key": rule.key,
        "term": rule.term,
        "action": rule.action,
        "category": rule.category,
        "severity": rule.severity,
    }
    if rule.exceptions:
        cells["exceptions"] = list(rule.exceptions)
    if rule.fields != ALL_FIELDS:
        cells["fields"] = sorted(rule.fields)
    if rule.channels is not None:
        cells["channels"] = sorted(rule.channels)
    if rule.thread_key is not None:
        cells["thread_key"] = rule.thread_key
    if rule.starts_at is not None:
        cells["starts_at"] = _moment(rule.starts_at)
    if rule.ends_at is not None:
        cells["ends_at"] = _moment(rule.ends_at)
    return cells


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")

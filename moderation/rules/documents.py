"""Rule lists as people keep them → rules, and back: plain text, CSV, JSON, JSON lines.

Every fault is told with its line, since a list of ten thousand terms is repaired in an editor, not one error a run.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from functools import cache
from typing import Any, Final

from moderation.rules.check import term_fault, threshold_faults
from moderation.rules.columns import COLUMNS, LISTS, Defaults, key_of, number, row_of, rule_of, string
from moderation.rules.errors import DocumentError, LineFault
from moderation.rules.json_lines import Path, lines_of
from moderation.rules.model import Kind, Rule, Thresholds

__all__ = [
    "Defaults",
    "Document",
    "Format",
    "key_of",
    "numbered",
    "read",
    "read_document",
    "write",
    "write_document",
]


class Format(StrEnum):
    """How a rule list is written."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"
    JSON_LINES = "jsonl"


@dataclass(frozen=True, slots=True)
class Document:
    """A rule list as a whole: its rules, and what holds for all of them.

    `exceptions` are texts in which every term is innocent; `thresholds` None where the list says nothing of them.
    """

    rules: tuple[Rule, ...]
    exceptions: tuple[str, ...] = ()
    thresholds: Thresholds | None = None

    @property
    def has_settings(self) -> bool:
        """Say whether there is more to it than rules, which only JSON can hold."""
        return bool(self.exceptions) or self.thresholds is not None


# Between several values in one CSV cell, unless a backslash stands before it.
_BAR: Final = re.compile(r"(?<!\\)\|")

# A rule, its fields, and no deeper: where a list in a cell has a fault, the cell is named.
_JSON_DEPTH: Final = 3

_SECTIONS: Final = ("rules", "exceptions", "thresholds")
_THRESHOLDS: Final = tuple(field.name for field in fields(Thresholds))

# A rule as the list has it: its line or, in JSON, its place among the rules, and its filled cells.
_Row = tuple[int, Mapping[str, Any]]

_LineOf = Callable[[int, str], int]
"""Tell the line of a row's cell."""


def read(source: str, form: Format, defaults: Defaults | None = None) -> list[Rule]:
    """Read the rules of a list, and only them; raises DocumentError with every fault of every line."""
    return list(read_document(source, form, defaults).rules)


def read_document(source: str, form: Format, defaults: Defaults | None = None) -> Document:
    """Read a rule list with all it says; raises DocumentError with every fault of every line."""
    text = source.removeprefix("\ufeff")
    if form is Format.JSON:
        return _read_json(text, defaults or Defaults())
    if form is Format.JSON_LINES:
        return _read_json_lines(text, defaults or Defaults())
    rows = _text_rows(text) if form is Format.TEXT else _csv_rows(text)
    # A plain list that names a term twice is untidy, not wrong.
    rules, faults = _rules(
        rows, defaults or Defaults(), line_of=lambda line, _: line, may_repeat=form is Format.TEXT
    )
    return Document(rules=_sound(rules, faults))


def numbered(source: str, form: Format, defaults: Defaults | None = None) -> list[tuple[int, Rule]]:
    """Read the rules of a list with the line of each, also those that a plain list repeats; raises as `read` does."""
    document = read_document(source, form, defaults)
    text = source.removeprefix("\ufeff")
    if form is Format.JSON:
        base: Path = ("rules",) if text.lstrip().startswith("{") else ()
        lines = lines_of(text, depth=len(base) + 1)
        return [(lines[*base, place], rule) for place, rule in enumerate(document.rules)]
    if form is Format.JSON_LINES:
        return list(zip((line for line, _ in _lines(text)), document.rules, strict=True))
    if form is Format.CSV:
        return list(zip((line for line, _ in _csv_rows(text)), document.rules, strict=True))
    by_key = {rule.key: rule for rule in document.rules}
    return [(line, replace(by_key[key_of(row["term"])], term=row["term"])) for line, row in _text_rows(text)]


def write(rules: Iterable[Rule], form: Format) -> str:
    """Write rules so that `read` gives the same ones; plain text keeps the terms only."""
    return write_document(Document(tuple(rules)), form)


def write_document(document: Document, form: Format) -> str:
    """Write a list so that `read_document` gives the same; only JSON keeps more than rules, plain text only terms."""
    if form is Format.TEXT:
        return "".join(f"{rule.term}\n" for rule in document.rules if rule.kind is Kind.TERM)
    rows = map(row_of, document.rules)
    if form is Format.JSON:
        return _json(document, rows)
    if form is Format.JSON_LINES:
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    written = io.StringIO()
    writer = csv.DictWriter(written, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: _joined(v) if isinstance(v, list) else v for k, v in row.items()} for row in rows)
    return written.getvalue()


def _json(document: Document, rows: Iterable[dict[str, object]]) -> str:
    """Write a rule a line: so faults and differences between versions are told by lines."""

    def written(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    parts = []
    if document.thresholds is not None:
        parts.append(f'"thresholds": {written(asdict(document.thresholds))}')
    if document.exceptions:
        parts.append(f'"exceptions": {_listed(map(written, document.exceptions))}')
    parts.append(f'"rules": {_listed(map(written, rows))}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _listed(values: Iterable[str]) -> str:
    inside = ",\n".join(f"  {value}" for value in values)
    return f"[\n{inside}\n]" if inside else "[]"


def _rules(
    rows: Iterable[_Row], defaults: Defaults, *, line_of: _LineOf, may_repeat: bool = False
) -> tuple[list[Rule], list[LineFault]]:
    """Make rules of rows; of several with one key the first is kept."""
    rules: list[Rule] = []
    faults: list[LineFault] = []
    first: dict[str, int] = {}
    for place, row in rows:
        rule, wrong = rule_of(row, defaults)
        faults += (LineFault(line_of(place, name), name, code, detail) for name, code, detail in wrong)
        if rule is None:
            continue
        if rule.key not in first:
            rules.append(rule)
        elif not may_repeat:
            detail = f"line {line_of(first[rule.key], 'key')} has this key or term already"
            faults.append(LineFault(line_of(place, "key"), "key", "duplicate", detail))
        first.setdefault(rule.key, place)
    return rules, faults


def _sound(rules: list[Rule], faults: Iterable[LineFault]) -> tuple[Rule, ...]:
    if told := sorted(faults, key=lambda fault: fault.line):
        raise DocumentError(told)
    return tuple(rules)


def _text_rows(source: str) -> Iterator[_Row]:
    for line, text in enumerate(source.splitlines(), start=1):
        if (term := text.strip()) and not term.startswith("#"):
            yield line, {"term": term}


def _csv_rows(source: str) -> Iterator[_Row]:
    reader = csv.DictReader(io.StringIO(source, newline=""), restkey="", strict=True)
    try:
        for row in reader:
            filled = {name: cell for name, cell in row.items() if cell}
            for name in LISTS:
                if name in filled:
                    filled[name] = _split(filled[name])
            yield reader.line_num, filled
    except csv.Error as error:
        raise DocumentError([LineFault(reader.reader.line_num, "", "malformed", str(error))]) from error


def _split(cell: str) -> list[str]:
    return [part.replace(r"\|", "|") for each in _BAR.split(cell) if (part := each.strip())]


def _joined(values: Iterable[str]) -> str:
    return "|".join(value.replace("|", r"\|") for value in values)


def _read_json_lines(source: str, defaults: Defaults) -> Document:
    """Read a rule a line, as JSON objects."""
    rows: list[_Row] = []
    broken: list[LineFault] = []
    for line, text in _lines(source):
        try:
            row = _loaded(text)
        except DocumentError as error:
            broken += (replace(fault, line=line) for fault in error.faults)
            continue
        if isinstance(row, dict):
            rows.append((line, {name: cell for name, cell in row.items() if cell is not None}))
        else:
            broken.append(LineFault(line, "", "malformed", "a rule is an object"))
    rules, faults = _rules(rows, defaults, line_of=lambda line, _: line)
    return Document(rules=_sound(rules, [*broken, *faults]))


def _lines(source: str) -> Iterator[tuple[int, str]]:
    # Not `splitlines`: a string of JSON may hold what that takes for the end of a line.
    return ((line, text) for line, text in enumerate(source.split("\n"), start=1) if text.strip())


# JSON ---------------------------------------------------------------------------------------------------------


def _read_json(source: str, defaults: Defaults) -> Document:
    """Read the sections of a JSON list: rules, or an object that holds them beside exceptions and thresholds."""
    document = _loaded(source)
    sections = document if isinstance(document, dict) else {"rules": document}
    base: Path = () if isinstance(document, dict) else ("rules",)

    @cache
    def lines() -> Mapping[Path, int]:
        found = lines_of(source, depth=_JSON_DEPTH - len(base))
        return {(*base, *path): line for path, line in found.items()}

    def line_at(*path: str | int) -> int:
        """Tell the line of a value, or of the nearest one around it."""
        while path and path not in lines():
            path = path[:-1]
        return lines().get(path, 1)

    faults = [
        LineFault(line_at(name), str(name), "unknown", f"a list holds {', '.join(_SECTIONS)}")
        for name in sections
        if name not in _SECTIONS
    ]
    rows = sections.get("rules")
    if not isinstance(rows, list):
        faults.append(LineFault(line_at("rules"), "rules", "malformed", "a list of rules is wanted"))
        rows = []
    faults += (
        LineFault(line_at("rules", place), "", "malformed", "a rule is an object")
        for place, row in enumerate(rows)
        if not isinstance(row, dict)
    )
    rules, wrong = _rules(
        (
            (place, {name: cell for name, cell in row.items() if cell is not None})
            for place, row in enumerate(rows)
            if isinstance(row, dict)
        ),
        defaults,
        line_of=lambda place, name: line_at("rules", place, name),
    )
    exceptions, wrong_exceptions = _exceptions(sections.get("exceptions"), line_at)
    thresholds, wrong_thresholds = _thresholds(sections.get("thresholds"), line_at)
    sound = _sound(rules, [*faults, *wrong, *wrong_exceptions, *wrong_thresholds])
    return Document(rules=sound, exceptions=exceptions, thresholds=thresholds)


def _loaded(source: str) -> Any:
    try:
        return json.loads(source)
    except json.JSONDecodeError as error:
        raise DocumentError([LineFault(error.lineno, "", "malformed", error.msg)]) from error
    except (RecursionError, ValueError) as error:
        raise DocumentError(
            [LineFault(1, "", "malformed", "nested too deeply, or a number too long")]
        ) from error


def _exceptions(section: object, line_at: Callable[..., int]) -> tuple[tuple[str, ...], list[LineFault]]:
    """Read the exceptions of all rules."""
    if section is None:
        return (), []
    if not isinstance(section, list):
        return (), [LineFault(line_at("exceptions"), "exceptions", "malformed", "a list of texts is wanted")]
    read: list[str] = []
    faults: list[LineFault] = []
    for place, cell in enumerate(section):
        try:
            read.append(string(cell))
            fault = term_fault(read[-1])
        except (TypeError, ValueError):
            fault = "malformed", f"{cell!r} cannot be read"
        if fault is not None:
            faults.append(LineFault(line_at("exceptions", place), "exceptions", *fault))
    return tuple(read), faults


def _thresholds(section: object, line_at: Callable[..., int]) -> tuple[Thresholds | None, list[LineFault]]:
    """Read the thresholds of the set; null in place of a number means that nothing reaches it."""
    if section is None:
        return None, []
    if not isinstance(section, dict):
        return None, [LineFault(line_at("thresholds"), "thresholds", "malformed", "an object is wanted")]
    read: dict[str, Any] = {}
    wrong: list[tuple[str, str, str]] = []
    for name, cell in section.items():
        if name not in _THRESHOLDS:
            wrong.append((name, "unknown", f"thresholds are {', '.join(_THRESHOLDS)}"))
            continue
        try:
            read[name] = None if cell is None and name != "certain" else number(cell)
        except (TypeError, ValueError):
            wrong.append((name, "malformed", f"{cell!r} is no whole number"))
    thresholds = Thresholds(**read)
    wrong += threshold_faults(thresholds)
    return thresholds, [
        LineFault(line_at("thresholds", name), f"thresholds.{name}", code, detail)
        for name, code, detail in wrong
    ]

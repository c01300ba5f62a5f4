"""Texts to try rules on, from a file: one a line, a column of CSV, or JSON lines."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

from moderation.cli.refusal import Refusal
from moderation.cli.rules import sources


def texts_of(path: Path, column: str) -> Iterator[str]:
    """Read texts: the `column` of CSV and of JSON objects; raises `Refusal`, with the line where there is one."""
    try:
        content = sources.text_of(path).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Refusal(f"{sources.label_of(path)}: {sources.not_utf8(error)}") from error
    suffix = path.suffix.lower()
    if suffix == ".csv":
        yield from _csv_texts(path, content, column)
    elif suffix in {".jsonl", ".ndjson"}:
        yield from _json_texts(path, content, column)
    else:
        yield from filter(str.strip, content.split("\n"))


def _csv_texts(path: Path, content: str, column: str) -> Iterator[str]:
    reader = csv.DictReader(io.StringIO(content, newline=""))
    try:
        if column not in (reader.fieldnames or ()):
            raise Refusal(f"{path}: no column {column!r}; name one with --column")
        yield from (row[column] for row in reader if row[column])
    except csv.Error as error:
        raise Refusal(f"{path}: line {reader.line_num}: {error}") from error


def _json_texts(path: Path, content: str, column: str) -> Iterator[str]:
    for number, line in enumerate(content.split("\n"), start=1):
        if line.strip():
            try:
                given = json.loads(line)
            except ValueError as error:
                raise Refusal(f"{path}: line {number}: {error}") from error
            text = given.get(column) if isinstance(given, dict) else given
            if not isinstance(text, str):
                raise Refusal(f"{path}: line {number}: no text; name its member with --column")
            yield text

"""What commands print: a JSON document for programs, a table for people. Messages go to stderr."""

import unicodedata
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, TypeVar

import click
import msgspec

F = TypeVar("F", bound=Callable[..., Any])


def json_option(command: F) -> F:
    """Add `--json`: one document on stdout."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(command)


def choice(kind: type[StrEnum]) -> "click.Choice[str]":
    """Offer an enum's values (click would offer its members' names)."""
    return click.Choice([member.value for member in kind])


def document(value: object) -> None:
    """Print one JSON document."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def message(sentence: str) -> None:
    """Tell a person what was done."""
    click.echo(sentence, err=True)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns, counting Chinese characters as two."""
    if not rows:
        message("(none)")
        return
    widths = [max(map(_width, column)) for column in zip(headings, *rows, strict=True)]
    for row in (headings, *rows):
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        click.secho("  ".join(cells).rstrip(), bold=row is headings)


def pairs(values: Sequence[tuple[str, str]]) -> None:
    """Print names and values, one a line."""
    width = max(_width(name) for name, _ in values)
    for name, value in values:
        click.echo(f"{name}{' ' * (width - _width(name))}  {value}")


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)

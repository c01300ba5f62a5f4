"""Where the rules of a command come from: files, starter packs, terms on the command line. No site, no application."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from moderation import rules
from moderation.cli import output
from moderation.cli.refusal import Refusal
from moderation.rules import (
    CATEGORIES,
    Action,
    Defaults,
    Document,
    DocumentError,
    Format,
    LineFault,
    Rule,
    RuleSet,
    RuleSetError,
    Thresholds,
)

F = TypeVar("F", bound=Callable[..., Any])

_FORMAT_OF: Final = {
    ".csv": Format.CSV,
    ".json": Format.JSON,
    ".jsonl": Format.JSON_LINES,
    ".txt": Format.TEXT,
}

pack_option = click.option(
    "--pack",
    "pack_names",
    multiple=True,
    type=click.Choice([pack.name for pack in rules.packs()]),
    help="A starter pack.",
)
format_option = click.option(
    "--format", "form", type=output.choice(Format), help="If not to be told by the file's name."
)
FILE: Final = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


def defaults_options(command: F) -> F:
    """Add what rules get that say nothing themselves: `--action`, `--category`, `--severity`."""
    for option in (
        click.option("--severity", type=click.IntRange(1, 100), default=50, show_default=True),
        click.option("--category", type=click.Choice(CATEGORIES), default="other", show_default=True),
        click.option("--action", type=output.choice(Action), default=Action.REVIEW.value, show_default=True),
    ):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Source:
    """A rule list and the name of where it stands."""

    label: str
    document: Document


def from_packs(names: Sequence[str]) -> list[Source]:
    """Read starter packs."""
    return [Source(f"pack {name}", Document(tuple(rules.pack_rules(name)))) for name in names]


def from_terms(terms: Sequence[str], defaults: Defaults) -> list[Source]:
    """Make rules of terms on the command line; raises `Refusal` for a term that cannot be one."""
    made: dict[str, Rule] = {}
    for term in terms:
        try:
            # As JSON, where no character has a meaning of its own: a "#" would be a comment in plain text.
            for rule in rules.read(json.dumps([{"term": term}]), Format.JSON, defaults):
                made.setdefault(rule.key, rule)
        except DocumentError as error:
            raise Refusal(f"--term {term!r}: {error.faults[0].detail} ({error.faults[0].code})") from error
    return [Source("--term", Document(tuple(made.values())))] if made else []


def from_files(files: Sequence[Path], form: str | None, defaults: Defaults, *, refused: str) -> list[Source]:
    """Read every file; raises one `Refusal`, opened by the words `refused`, with the faults of all of them."""
    read: list[Source] = []
    faults: list[str] = []
    for path in files:
        try:
            source = text_of(path)
            read.append(Source(path.name, rules.read_document(source, format_of(path, form), defaults)))
        except UnicodeDecodeError as error:
            faults.append(f"{label_of(path)}: {not_utf8(error)}")
        except DocumentError as error:
            faults += (f"{label_of(path)}: {line_of(fault)}" for fault in error.faults)
    if faults:
        raise Refusal("\n  ".join([f"{refused}:", *faults]))
    return read


def gather(sources: Sequence[Source], *, refused: str) -> Document:
    """Put the sources together; a rule that several hold alike counts once, unlike ones of one key are refused."""
    kept: dict[str, tuple[str, Rule]] = {}
    clashes: list[str] = []
    twice = 0
    for source in sources:
        for rule in source.document.rules:
            first = kept.setdefault(rule.key, (source.label, rule))
            if first[1] is rule:
                continue
            twice += 1
            if first[1] != rule:
                clashes.append(f"{source.label}: “{rule.term}” is in {first[0]} with other settings")
    thresholds = {source.document.thresholds for source in sources} - {None}
    if len(thresholds) > 1:
        clashes.append("the sources say different thresholds")
    if clashes:
        raise Refusal("\n  ".join([f"{refused}:", *clashes]))
    if twice:
        output.message(f"{twice} rules stand in several sources and count once.")
    return Document(
        rules=tuple(rule for _, rule in kept.values()),
        exceptions=tuple(dict.fromkeys(text for source in sources for text in source.document.exceptions)),
        thresholds=next(iter(thresholds), None),
    )


def compiled(document: Document, *, refused: str) -> RuleSet:
    """Compile a list; raises `Refusal` with every fault that only compiling finds."""
    try:
        return rules.compile(
            document.rules,
            exceptions=document.exceptions,
            thresholds=document.thresholds or Thresholds(),
        )
    except RuleSetError as error:
        faults = (f"{f.rule_key or 'rule set'}: {f.field}: {f.detail} ({f.code})" for f in error.faults)
        raise Refusal("\n  ".join([f"{refused}:", *faults])) from error


def compiled_from(path: Path) -> RuleSet:
    """Load a compiled file; raises `Refusal` for one that is damaged, or made with another fold."""
    with click.open_file(str(path), "rb") as file:
        blob: bytes = file.read()
    try:
        return rules.load(blob)
    except RuleSetError as error:
        raise Refusal(f"{label_of(path)}: {error.detail} ({error.code})") from error


def text_of(path: Path) -> str:
    """Read a file or, for "-", stdin; raises UnicodeDecodeError."""
    with click.open_file(str(path), "rb") as file:
        read: bytes = file.read()
    return read.decode("utf-8")


def not_utf8(error: UnicodeDecodeError) -> str:
    """Say what to do about a file in another encoding."""
    return f"not UTF-8 (byte {error.start}); convert the file first"


def format_of(path: Path, form: str | None) -> Format:
    """Tell how a file is written, by its name unless it was said."""
    return Format(form) if form else _FORMAT_OF.get(path.suffix.lower(), Format.TEXT)


def label_of(path: Path) -> str:
    """Name a file in messages."""
    return "stdin" if str(path) == "-" else str(path)


def line_of(fault: LineFault) -> str:
    """Write a fault of a rule list as editors and terminals expect it."""
    field = f"{fault.field}: " if fault.field else ""
    return f"line {fault.line}: {field}{fault.detail} ({fault.code})"

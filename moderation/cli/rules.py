"""`moderation rules`: import, activate, list and export the rules that read comments."""

from collections.abc import Sequence
from pathlib import Path
from typing import IO

import click

from moderation import rules
from moderation.cli import output
from moderation.cli.application import in_app, line_of
from moderation.cli.refusal import Refusal
from moderation.cli.watching import watched
from moderation.domain.ruleset import RuleSetState
from moderation.flows import rulesets
from moderation.rules import CATEGORIES, Action, Defaults, DocumentError, Format, Rule
from moderation.web import context

_FORMAT_OF = {".csv": Format.CSV, ".json": Format.JSON, ".txt": Format.TEXT}
_PACK_NAMES = [pack.name for pack in rules.packs()]


@click.command("packs")
@output.json_option
def packs(*, as_json: bool) -> None:
    """List the starter packs."""
    counted = [(pack, len(rules.pack_rules(pack.name))) for pack in rules.packs()]
    if as_json:
        output.document(
            [
                {
                    "name": pack.name,
                    "title": {"zh-CN": pack.title_zh, "en": pack.title_en},
                    "version": pack.version,
                    "rules": count,
                }
                for pack, count in counted
            ]
        )
        return
    output.table(
        ("pack", "名称", "title", "version", "rules"),
        [(pack.name, pack.title_zh, pack.title_en, str(pack.version), str(count)) for pack, count in counted],
    )


@click.command("import")
@click.argument("site")
@click.argument(
    "files", nargs=-1, type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
)
@click.option("--pack", "pack_names", multiple=True, type=click.Choice(_PACK_NAMES), help="A starter pack.")
@click.option("--format", "form", type=output.choice(Format), help="If not to be told by the file's name.")
@click.option("--name", help="What to call the version; the names of its sources if not given.")
@click.option("--action", type=output.choice(Action), default=Action.REVIEW.value, show_default=True)
@click.option("--category", type=click.Choice(CATEGORIES), default="other", show_default=True)
@click.option("--severity", type=click.IntRange(1, 100), default=50, show_default=True)
@click.option("--activate", "is_activated", is_flag=True, help="Make the new version the active one.")
@output.json_option
@in_app
def import_rules(
    site: str,
    *,
    files: tuple[Path, ...],
    pack_names: tuple[str, ...],
    form: str | None,
    name: str | None,
    action: str,
    category: str,
    severity: int,
    is_activated: bool,
    as_json: bool,
) -> None:
    """Import rules as a new draft version of SITE, from FILES and packs.

    A file is a plain list (.txt, one term a line), CSV or JSON; "-" is stdin. Action, category and severity are
    for rules that say nothing themselves. Every fault is told with its line, and nothing is imported then.
    """
    if not files and not pack_names:
        raise click.UsageError("Name at least one file or --pack.")
    defaults = Defaults(action=Action(action), category=category, severity=severity)
    sources = [(f"pack {pack}", rules.pack_rules(pack)) for pack in pack_names]
    sources += _read(files, form, defaults)
    gathered = _gather(sources)
    called = name or ", ".join(source.removeprefix("pack ") for source, _ in sources)
    with watched(gathered, "Importing") as written:
        version = rulesets.import_rules(
            site, called, written, session=context.session(), services=context.services()
        )
    if is_activated:
        version = rulesets.activate(
            site, version.number, session=context.session(), services=context.services()
        )
    if as_json:
        output.document(version)
    output.message(
        f"Version {version.number} of {site} holds {version.rule_count} rules and is {version.state}."
    )
    if version.state is RuleSetState.DRAFT:
        output.message(f"Put it in force: moderation rules activate {site} {version.number}")


def _read(files: Sequence[Path], form: str | None, defaults: Defaults) -> list[tuple[str, list[Rule]]]:
    """Read every file; raises one `Refusal` with the faults of all of them."""
    read: list[tuple[str, list[Rule]]] = []
    faults: list[str] = []
    for path in files:
        label = "stdin" if str(path) == "-" else str(path)
        try:
            with click.open_file(str(path), encoding="utf-8") as file:
                source = file.read()
            read.append((path.name, rules.read(source, _format_of(path, form), defaults)))
        except UnicodeDecodeError as error:
            faults.append(f"{label}: not UTF-8 (byte {error.start}); convert the file first")
        except DocumentError as error:
            faults += (f"{label}: {line_of(fault)}" for fault in error.faults)
    if faults:
        raise Refusal("\n  ".join(["Nothing was imported:", *faults]))
    return read


def _format_of(path: Path, form: str | None) -> Format:
    return Format(form) if form else _FORMAT_OF.get(path.suffix.lower(), Format.TEXT)


def _gather(sources: list[tuple[str, list[Rule]]]) -> list[Rule]:
    """Put the sources together; a rule that several hold alike counts once, unlike ones of one key are refused."""
    kept: dict[str, tuple[str, Rule]] = {}
    clashes: list[str] = []
    twice = 0
    for label, listed in sources:
        for rule in listed:
            first = kept.setdefault(rule.key, (label, rule))
            if first[1] is rule:
                continue
            twice += 1
            if first[1] != rule:
                clashes.append(f"{label}: “{rule.term}” is in {first[0]} with other settings")
    if clashes:
        raise Refusal("\n  ".join(["Nothing was imported:", *clashes]))
    if twice:
        output.message(f"{twice} rules stand in several sources and count once.")
    return [rule for _, rule in kept.values()]


@click.command("activate")
@click.argument("site")
@click.argument("number", type=int)
@output.json_option
@in_app
def activate(site: str, number: int, *, as_json: bool) -> None:
    """Make a version the active one (also to roll back)."""
    version = rulesets.activate(site, number, session=context.session(), services=context.services())
    if as_json:
        output.document(version)
    output.message(f"Version {number} of {site} is active: {version.rule_count} rules.")


@click.command("list")
@click.argument("site")
@output.json_option
@in_app
def list_versions(site: str, *, as_json: bool) -> None:
    """List a site's versions, the latest first."""
    listed = rulesets.list_versions(site, session=context.session())
    if as_json:
        output.document(listed)
        return
    output.table(
        ("version", "state", "rules", "made (UTC)", "name"),
        [
            (
                str(version.number),
                version.state,
                str(version.rule_count),
                f"{version.created_at:%Y-%m-%d %H:%M}",
                version.name,
            )
            for version in listed
        ],
    )


@click.command("export")
@click.argument("site")
@click.argument("number", type=int)
@click.option("--format", "form", type=output.choice(Format), default=Format.CSV.value, show_default=True)
@click.option("--output", "file", type=click.File("w", encoding="utf-8"), default="-", help="A file.")
@output.json_option
@in_app
def export(site: str, number: int, *, form: str, file: IO[str], as_json: bool) -> None:
    """Write a version's rules. Plain text keeps the terms only; CSV and JSON import again as they were."""
    written = rulesets.export_rules(site, number, session=context.session())
    file.write(rules.write(written, Format.JSON if as_json else Format(form)))

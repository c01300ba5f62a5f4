"""A site's rule set versions: import, activate, list and export the rules that read comments."""

from pathlib import Path
from typing import IO

import click

from moderation import rules
from moderation.cli import output
from moderation.cli.application import in_app
from moderation.cli.rules import sources
from moderation.cli.watching import watched
from moderation.domain.ruleset import RuleSetState
from moderation.flows import rulesets
from moderation.rules import Action, Defaults, Format
from moderation.web import context


@click.command("import")
@click.argument("site")
@click.argument("files", nargs=-1, type=sources.FILE)
@sources.pack_option
@sources.format_option
@click.option("--name", help="What to call the version; the names of its sources if not given.")
@sources.defaults_options
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
    read = sources.from_packs(pack_names)
    read += sources.from_files(files, form, defaults, refused="Nothing was imported")
    gathered = sources.gather(read, refused="Nothing was imported")
    called = name or ", ".join(source.label.removeprefix("pack ") for source in read)
    with watched(gathered.rules, "Importing") as written:
        version = rulesets.import_rules(
            site,
            called,
            written,
            exceptions=gathered.exceptions,
            thresholds=gathered.thresholds,
            session=context.session(),
            services=context.services(),
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
    """Write a version's rules.

    JSON imports again as it was; CSV leaves out the exceptions and thresholds of the set, plain text all but terms.
    """
    written = rulesets.export_rules(site, number, session=context.session())
    chosen = Format.JSON if as_json else Format(form)
    file.write(rules.write_document(written, chosen))
    if written.has_settings and chosen is not Format.JSON:
        output.message("The set's own exceptions and thresholds are left out: only JSON holds them.")

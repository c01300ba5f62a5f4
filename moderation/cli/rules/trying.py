"""`moderation rules try`: what rules make of one text, the matched words marked where they stand."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from moderation import rules
from moderation.cli import output
from moderation.cli.rules import marking, sources
from moderation.cli.rules.moments import moment_or_present, now_option
from moderation.rules import Action, Defaults, Evaluation, Facts, Field
from moderation.rules.explain import Language


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The rules that were named on the command line, in place of a site's."""

    packs: Sequence[str]
    files: Sequence[Path]
    form: str | None
    terms: Sequence[str]
    compiled: Path | None
    defaults: Defaults

    def __bool__(self) -> bool:
        return bool(self.packs or self.files or self.terms or self.compiled)


@click.command("try")
@click.argument("words", nargs=-1, metavar="[SITE] [TEXT]")
@sources.pack_option
@click.option("--file", "files", multiple=True, type=sources.FILE, help="A list: .txt, .csv or .json.")
@sources.format_option
@click.option("--term", "terms", multiple=True, help="A term.")
@click.option("--compiled", type=sources.FILE, help="A compiled file.")
@sources.defaults_options
@click.option("--nickname", help="Read a nickname as well.")
@click.option("--link", help="Read a link as well.")
@click.option("--language", "--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@now_option
@output.json_option
def try_text(
    words: tuple[str, ...],
    *,
    pack_names: tuple[str, ...],
    files: tuple[Path, ...],
    form: str | None,
    terms: tuple[str, ...],
    compiled: Path | None,
    action: str,
    category: str,
    severity: int,
    nickname: str | None,
    link: str | None,
    language: Language,
    now: int | None,
    as_json: bool,
) -> None:
    """Say what rules make of a text; store nothing.

    The rules are the active ones of SITE or, without a SITE, those of packs, files and terms, or of a compiled
    file. Without a TEXT it is read from stdin.
    """
    defaults = Defaults(Action(action), category, severity)
    chosen = _Chosen(pack_names, files, form, terms, compiled, defaults)
    site, text = _site_and_text(words, is_chosen=bool(chosen))
    given = {Field.TEXT: text, Field.NICKNAME: nickname, Field.LINK: link}
    texts = {field: value for field, value in given.items() if value is not None}
    if site is None:
        found = _try_chosen(chosen, texts, now=moment_or_present(now))
    else:
        # What needs no site loads no application.
        from moderation.cli.rules.sites import try_on_site  # noqa: PLC0415

        found = try_on_site(site, texts)
    if as_json:
        _print_json(found, language)
        return
    _print(found, texts, language)


def _site_and_text(words: tuple[str, ...], *, is_chosen: bool) -> tuple[str | None, str]:
    most = 1 if is_chosen else 2
    if len(words) > most:
        raise click.UsageError(
            "With rules of its own, `try` takes a text and no site." if is_chosen else "One text."
        )
    if is_chosen:
        return None, _text(words[0] if words else "-")
    if not words:
        raise click.UsageError("Name a SITE, or rules: --pack, --file, --term or --compiled.")
    return words[0], _text(words[1] if len(words) == most else "-")


def _text(word: str) -> str:
    """Take the text as it is or, for "-", from stdin without its last line break."""
    if word != "-":
        return word
    read = sys.stdin.buffer.read().decode("utf-8", errors="replace")
    return read.removesuffix("\n").removesuffix("\r")


def _try_chosen(chosen: _Chosen, texts: Mapping[Field, str], *, now: int) -> Evaluation:
    refused = "Nothing was tried"
    if chosen.compiled is not None:
        if chosen.packs or chosen.files or chosen.terms:
            raise click.UsageError("--compiled stands alone.")
        return rules.evaluate(sources.compiled_from(chosen.compiled), texts, Facts(now=now))
    listed = sources.from_packs(chosen.packs)
    listed += sources.from_files(chosen.files, chosen.form, chosen.defaults, refused=refused)
    listed += sources.from_terms(chosen.terms, chosen.defaults)
    rule_set = sources.compiled(sources.gather(listed, refused=refused), refused=refused)
    return rules.evaluate(rule_set, texts, Facts(now=now))


def _print_json(found: Evaluation, language: Language) -> None:
    output.document(
        {
            "verdict": found.verdict,
            "score": found.score,
            "reasons": found.reasons,
            "is_truncated": found.is_truncated,
            "matches": found.matches,
            "sentences": [sentence.text for sentence in rules.explain(found, language)],
        }
    )


def _print(found: Evaluation, texts: Mapping[Field, str], language: Language) -> None:
    verdict = click.style(found.verdict, fg=marking.COLOUR_OF_VERDICT[found.verdict], bold=True)
    click.echo(f"{verdict}{click.style(f'  score {found.score}', dim=True)}")
    for field, value in texts.items():
        click.echo(marking.marked(value, marking.hits_in(found, field)))
    for sentence in rules.explain(found, language):
        match = sentence.match
        told = (
            ""
            if match is None
            else f"  [{match.action} · {match.category} · {match.severity} · {match.channel} · {match.rule_key}]"
        )
        click.echo(f"- {marking.visible(sentence.text)}{click.style(told, dim=True)}")

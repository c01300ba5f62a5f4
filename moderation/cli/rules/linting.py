"""`moderation rules lint`: what is wrong or odd in rule lists, line by line, and what they would do to a sample."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click

from moderation import rules
from moderation.cli import output
from moderation.cli.refusal import Refusal
from moderation.cli.rules import samples, sources
from moderation.cli.rules.moments import moment_or_present, now_option
from moderation.rules import Action, Defaults, Document, DocumentError, LineFault, Rule, lint, vocabulary
from moderation.rules.documents import numbered
from moderation.rules.explain import Language
from moderation.rules.lint import Code, Finding, Sample, Severity

_MOST_TOLD: Final = 20
"""Rules that hit the most of a sample, as many as fit a screen."""

_COLOUR_OF: Final = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.HINT: "cyan"}
_GRAVITY: Final = tuple(Severity)


@dataclass(slots=True)
class _Read:
    """All that is linted: rules with where each stands, exceptions of all, and the lines that could not be read."""

    rules: list[Rule] = field(default_factory=list)
    places: list[tuple[str, int | None]] = field(default_factory=list)
    exceptions: list[str] = field(default_factory=list)
    unread: list[tuple[str, LineFault]] = field(default_factory=list)

    def add(self, label: str, document: Document, lines: Sequence[int] | None = None) -> None:
        """Take in a list; `lines` are those of its rules."""
        self.rules += document.rules
        told: Sequence[int | None] = lines or [None] * len(document.rules)
        self.places += [(label, line) for line in told]
        self.exceptions += (text for text in document.exceptions if text not in self.exceptions)


@dataclass(frozen=True, slots=True)
class _Told:
    """A finding and where it is."""

    file: str
    line: int | None
    finding: Finding

    def as_json(self) -> dict[str, object]:
        """Spread the finding for programs."""
        finding = self.finding
        return {
            "file": self.file,
            "line": self.line,
            "key": finding.rule_key,
            "term": finding.term,
            "code": finding.code,
            "severity": finding.severity,
            "zh": lint.sentence(finding, "zh"),
            "en": lint.sentence(finding, "en"),
        }


@click.command("lint")
@click.argument("files", nargs=-1, type=sources.FILE)
@sources.pack_option
@click.option("--site", help="A version of this site's rules: the active one, or --number.")
@click.option("--number", type=int, help="Which version of the site's rules.")
@sources.format_option
@sources.defaults_options
@click.option("--sample", "sample_file", type=sources.FILE, help="Texts: one a line, CSV, or JSON lines.")
@click.option(
    "--column", default="text", show_default=True, help="The sample's column or member with the text."
)
@click.option(
    "--site-sample", type=click.IntRange(1, 1_000_000), help="The site's last N comments as the sample."
)
@click.option("--least", type=output.choice(Severity), default=Severity.HINT.value, show_default=True)
@click.option("--strict", "is_strict", is_flag=True, help="Exit with 1 on warnings too.")
@click.option("--language", "--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@now_option
@output.json_option
def lint_rules(
    files: tuple[Path, ...],
    *,
    pack_names: tuple[str, ...],
    site: str | None,
    number: int | None,
    form: str | None,
    action: str,
    category: str,
    severity: int,
    sample_file: Path | None,
    column: str,
    site_sample: int | None,
    least: str,
    is_strict: bool,
    language: Language,
    now: int | None,
    as_json: bool,
) -> None:
    """Find what is wrong or odd in rules.

    They are read from FILES, packs or a site, together, as one set. --least leaves out what is less grave. The exit
    status is 0 with hints and warnings only, 1 with errors (with --strict also warnings).
    """
    if not (files or pack_names or site):
        raise click.UsageError("Name at least one file, --pack or --site.")
    if (number is not None or site_sample is not None) and site is None:
        raise click.UsageError("--number and --site-sample want a --site.")
    if sample_file is not None and site_sample is not None:
        raise click.UsageError("One sample at a time.")
    defaults = Defaults(action=Action(action), category=category, severity=severity)
    read = _read(files, pack_names, form, defaults)
    if site is not None:
        # What needs no site loads no application.
        from moderation.cli.rules.sites import rules_of_site  # noqa: PLC0415

        read.add(site, rules_of_site(site, number))
    moment = moment_or_present(now)
    found = lint.lint(
        read.rules, exceptions=read.exceptions, now=moment, word_costs=vocabulary.chinese_words()
    )
    sample = None
    if sample_file is not None or site_sample is not None:
        texts = samples.texts_of(sample_file, column) if sample_file else _site_texts(site, site_sample)
        sample = lint.try_sample(read.rules, texts, exceptions=read.exceptions, now=moment)
        found += lint.findings_of_sample(read.rules, sample)
    _tell(read, found, sample, least=Severity(least), language=language, as_json=as_json)
    _end(Counter(told.finding.severity for told in _placed(read, found)), is_strict=is_strict)


def _read(files: Sequence[Path], pack_names: Sequence[str], form: str | None, defaults: Defaults) -> _Read:
    """Read all sources; lines that cannot be read become findings, and their list is left out."""
    read = _Read()
    for source in sources.from_packs(pack_names):
        read.add(source.label, source.document)
    for path in files:
        label, form_of_file = sources.label_of(path), sources.format_of(path, form)
        try:
            text = sources.text_of(path)
            document = rules.read_document(text, form_of_file, defaults)
            lines, listed = (
                zip(*numbered(text, form_of_file, defaults), strict=True) if document.rules else ((), ())
            )
            read.add(label, Document(listed, document.exceptions), lines)
        except UnicodeDecodeError as error:
            read.unread.append((label, LineFault(0, "", "not-utf-8", sources.not_utf8(error))))
        except DocumentError as error:
            read.unread += ((label, fault) for fault in error.faults)
    return read


def _site_texts(site: str | None, most: int | None) -> list[str]:
    from moderation.cli.rules.sites import sample_of_site  # noqa: PLC0415 - as above

    return sample_of_site(site or "", most or 0)


def _placed(read: _Read, found: Sequence[Finding]) -> list[_Told]:
    """Say of each finding where it is; what could not be read comes first."""
    told = [
        _Told(
            label,
            fault.line or None,
            Finding(
                Code.UNREADABLE,
                None,
                "",
                "",
                ": ".join(filter(None, (fault.field, f"{fault.detail} ({fault.code})"))),
            ),
        )
        for label, fault in read.unread
    ]
    for finding in found:
        label, line = ("", None) if finding.place is None else read.places[finding.place]
        told.append(_Told(label, line, finding))
    return told


def _tell(
    read: _Read,
    found: Sequence[Finding],
    sample: Sample | None,
    *,
    least: Severity,
    language: Language,
    as_json: bool,
) -> None:
    placed = _placed(read, found)
    shown = [told for told in placed if _GRAVITY.index(told.finding.severity) <= _GRAVITY.index(least)]
    if as_json:
        output.document(
            {
                "rules": len(read.rules),
                "findings": [told.as_json() for told in shown],
                "sample": None if sample is None else _sample_as_json(read, sample),
            }
        )
        return
    for told in shown:
        finding = told.finding
        where = ":".join(str(part) for part in (told.file, told.line) if part)
        severity = click.style(finding.severity, fg=_COLOUR_OF[finding.severity])
        click.echo(f"{where or '-'}: {severity} {finding.code}: {lint.sentence(finding, language)}")
    if sample is not None:
        _print_sample(read, sample)
    counted = Counter(told.finding.severity for told in placed)
    output.message(
        f"{len(read.rules)} rules: "
        + ", ".join(f"{counted[severity]} {severity}s" for severity in Severity)
        + "."
    )


def _print_sample(read: _Read, sample: Sample) -> None:
    click.echo(
        f"sample: {sample.total} texts, "
        + ", ".join(f"{count} {verdict}" for verdict, count in sorted(sample.verdicts.items()))
    )
    output.table(
        ("hits", "share", "term", "key"),
        [
            (str(count), f"{count / sample.total:.2%}", read.rules[place].term, read.rules[place].key)
            for place, count in sample.most_hitting(_MOST_TOLD)
        ],
    )


def _sample_as_json(read: _Read, sample: Sample) -> dict[str, object]:
    return {
        "texts": sample.total,
        "verdicts": dict(sample.verdicts),
        "hits": [
            {
                "key": read.rules[place].key,
                "term": read.rules[place].term,
                "texts": count,
                "share": round(count / sample.total, 6),
            }
            for place, count in sample.most_hitting(_MOST_TOLD)
        ],
    }


def _end(counted: Counter[Severity], *, is_strict: bool) -> None:
    """Refuse lists with errors, and with warnings where that was asked for."""
    grave = counted[Severity.ERROR] + (counted[Severity.WARNING] if is_strict else 0)
    if grave:
        raise Refusal(f"{grave} findings are to be mended.")

"""Rule lists in and out: a file or a pasted list becomes a draft or takes the place of one; a version is downloaded."""

from pathlib import PurePath
from typing import Final

from flask import Response, flash, request, url_for

from moderation import rules
from moderation.console import blueprint, pages, rule_forms, rule_sites
from moderation.domain.account import Permission
from moderation.domain.reasons import Reason
from moderation.domain.ruleset import RuleSetState, faulty
from moderation.flows import drafts, rule_pages, rulesets
from moderation.rules import Action, Defaults, Document, Fault, Format
from moderation.web import context
from moderation.web.auth import permission
from moderation.web.languages import gettext

MOST_BYTES: Final = 16 * 2**20
"""A list of 100,000 rules is some 5 MB; a longer one is imported at a terminal."""
_FORMATS: Final = {
    ".csv": Format.CSV,
    ".json": Format.JSON,
    ".jsonl": Format.JSON_LINES,
    ".ndjson": Format.JSON_LINES,
    ".txt": Format.TEXT,
}
_TYPES: Final = {
    Format.CSV: ("text/csv", "csv"),
    Format.JSON: ("application/json", "json"),
    Format.JSON_LINES: ("application/jsonl", "jsonl"),
    Format.TEXT: ("text/plain", "txt"),
}
_BOM: Final = "\ufeff"


@blueprint.get("/rules/<site_key>/import")
@permission(Permission.CONFIGURE)
def rule_import(site_key: str) -> Response:
    """Show the form."""
    return show_import(site_key, number=rule_forms.version())


@blueprint.post("/rules/<site_key>/import")
@permission(Permission.CONFIGURE)
def import_rules(site_key: str) -> Response:
    """Read a list into a draft. Every fault is told with its line, and nothing is imported then."""
    request.max_content_length = request.max_form_memory_size = MOST_BYTES
    rule_sites.permitted(site_key, Permission.CONFIGURE)
    document, name = _sent()
    number, actor = rule_forms.version(), rule_sites.actor()
    services, session = context.services(), context.session()
    if number is None:
        number = drafts.take_in(site_key, name, document, actor=actor, session=session, services=services)
    else:
        version = rule_pages.version(site_key, number, session=session)
        seen = drafts.Seen(site_key=site_key, number=number, edition=version.edition)
        drafts.put_in_place(seen, document, actor=actor, session=session, services=services)
    flash(gettext("%(rules)d rules were imported.", rules=len(document.rules)))
    return pages.see(url_for("console.rule_version", site_key=site_key, number=number))


@blueprint.get("/rules/<site_key>/<int:number>/export/<any(csv, json, jsonl, text):form>")
@permission(Permission.REVIEW)
def export_rules(site_key: str, number: int, form: str) -> Response:
    """Download a version."""
    written = rulesets.export_rules(rule_sites.permitted(site_key), number, session=context.session())
    mimetype, suffix = _TYPES[Format(form)]
    text = rules.write_document(written, Format(form))
    return Response(
        # Spreadsheets take a CSV without the mark for another encoding.
        _BOM + text if form == Format.CSV else text,
        content_type=f"{mimetype}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="rules-{site_key}-{number}.{suffix}"'},
    )


def show_import(site_key: str, *, number: int | None, status: int = 200, **told: object) -> Response:
    """Render the form, with what was pasted and the faults of its lines."""
    versions = rule_pages.usable(
        rule_sites.permitted(site_key, Permission.CONFIGURE), session=context.session()
    )
    return pages.page(
        "rule_import.html",
        status=status,
        site_key=site_key,
        number=number,
        drafts=[version for version in versions if version.state is RuleSetState.DRAFT],
        typed=request.form,
        formats=list(Format),
        **told,
    )


def _sent() -> tuple[Document, str]:
    """Read the list that was sent, as a file or pasted, and what to call it. Raises what `read_document` raises."""
    file = request.files.get("file")
    label = "" if file is None else PurePath(file.filename or "").name.replace("\0", "")
    if file is not None and label:
        try:
            source = file.read().decode("utf-8")
        except UnicodeDecodeError:
            raise faulty([Fault("", "list", "not-utf-8", "not UTF-8")]) from None
    else:
        source = request.form.get("list", "").replace("\r\n", "\n")
    if not source.strip():
        raise faulty([Fault("", "list", "empty", "nothing was sent")])
    name = request.form.get("name", "").replace("\0", "").strip() or label or gettext("Imported list")
    return rules.read_document(source, _format(label), _defaults()), name


def _format(label: str) -> Format:
    asked = request.form.get("format", "")
    if asked in set(Format):
        return Format(asked)
    return _FORMATS.get(PurePath(label).suffix.lower(), Format.TEXT)


def _defaults() -> Defaults:
    """Read what rules get that say nothing themselves; what is not known is the usual."""
    usual = Defaults()
    action, category = request.form.get("action", ""), request.form.get("category", "")
    severity = request.form.get("severity", "")
    is_number = severity.isascii() and severity.isdecimal() and len(severity) <= len("100")
    return Defaults(
        action=Action(action) if action in set(Action) else usual.action,
        category=category if category in set(Reason) else usual.category,
        severity=int(severity) if is_number else usual.severity,
    )

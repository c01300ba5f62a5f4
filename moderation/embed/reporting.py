"""Report a comment without JavaScript: the comment quoted, the reasons, a note; then the receipt. And what it says later."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, assert_never
from uuid import UUID

from flask import Response, redirect, request

from moderation.domain.account import Permission
from moderation.domain.errors import CommentUnknown, OriginNotAllowed
from moderation.domain.receipts import normalised
from moderation.domain.report import MAX_NOTE_CHARS, REPORT_REASONS, ReportState
from moderation.domain.texts import fill
from moderation.embed import blueprint, pages
from moderation.embed.refusals import shows_refusals_of
from moderation.extensions import client
from moderation.flows import reporting
from moderation.flows.reporting import Complaint, ReportReceipt
from moderation.web import bodies, context, doors
from moderation.web.auth import permission
from moderation.web.problems import Problem
from moderation.web.receipts import link

FIELDS: Final = {"/reason": "reason", "/note": "note"}


@blueprint.get("/embed/v1/<site_key>/comments/<uuid:comment_id>/report")
@permission(Permission.PUBLIC)
def report_form(site_key: str, comment_id: UUID) -> Response:
    """Show the form, or the receipt of what was just sent."""
    code = normalised(request.args.get("receipt", ""))
    found = None if code is None else _receipt(site_key, code)
    if found is None or code is None:
        return _form(site_key, comment_id)
    return pages.render("reported.html", site_key, report=shown(found), receipt=link(site_key, code))


def _receipt(site_key: str, code: str) -> ReportReceipt | None:
    return reporting.find_by_receipt(site_key, code, session=context.session(), services=context.services())


@blueprint.post("/embed/v1/<site_key>/comments/<uuid:comment_id>/report")
@permission(Permission.PUBLIC)
@doors.limited
def report_from_form(site_key: str, comment_id: UUID) -> Response:
    """Take a report from the page's own form, and lead to its receipt (Post/Redirect/Get)."""
    if request.headers.get("Origin", context.own_origin()) != context.own_origin():
        raise OriginNotAllowed
    complaint = Complaint(
        site_key=site_key,
        comment_id=comment_id,
        reason=request.form.get("reason", ""),
        note=_note() or None,
        origin=None,
        is_own_page=True,
        client=client(),
    )
    # A page without script keeps no token: the reader is known by his client and the day.
    made = reporting.report(complaint, writer=None, session=context.session(), services=context.services())
    location = pages.here("embed.report_form", site_key=site_key, comment_id=comment_id, receipt=made.code)
    return pages.framed(redirect(location, 303), site_key)  # type: ignore[arg-type]  # Werkzeug's base class


def _note() -> str:
    # Browsers send line ends of forms as CRLF (HTML, 4.10.21); what is kept has LF.
    return request.form.get("note", "").replace("\r\n", "\n")


@shows_refusals_of("embed.report_form", "embed.report_from_form")
def _refused(problem: Problem) -> Response:
    """Show what went wrong at its field, with everything that was typed."""
    arguments = request.view_args or {}
    errors = _errors(problem, pages.look(arguments["site_key"]).texts)
    return _form(arguments["site_key"], arguments["comment_id"], errors=errors)


def _errors(problem: Problem, texts: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for fault in problem.errors:
        field = FIELDS.get(fault["pointer"])
        if field is not None:
            key = "report_reason_missing" if field == "reason" else f"report_note_{fault['code']}"
            text = texts.get(key, texts["invalid"])
            found.setdefault(field, fill(text, n=MAX_NOTE_CHARS, m=len(_note())))
    if found:
        return found
    slug = problem.kind.slug
    name = "report_comment_unknown" if slug == "comment-unknown" else slug
    return {"form": fill(texts.get(name, texts["report_failed"]), n=problem.retry_after_seconds or 0)}


def _form(site_key: str, comment_id: UUID, *, errors: Mapping[str, str] | None = None) -> Response:
    """Render the form; where the comment is not shown (any more), only what is wrong."""
    quoted = reporting.quoted(site_key, comment_id, session=context.session())
    if quoted is None and errors is None:
        raise CommentUnknown
    return pages.render(
        "report.html",
        site_key,
        quoted=quoted,
        comment_id=comment_id,
        reasons=[reason.value for reason in REPORT_REASONS],
        form={"reason": request.form.get("reason", ""), "note": _note()},
        most_note_chars=MAX_NOTE_CHARS,
        errors=errors or {},
    )


# What a receipt says ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShownReport:
    """What `report_receipt.html` says of a report."""

    kind: str
    """Of the notice: good, wait or bad."""
    text: str
    """The name of its sentence."""
    reason: str
    created_at: str


def shown(receipt: ReportReceipt) -> ShownReport:
    """Say what came of a report, for the partial `report_receipt.html` (which expects it as `report`).

    What was decided, unless the comment is no longer as that decision left it: then what is so now.
    """
    match receipt.state:
        case ReportState.UPHELD:
            kind, text = "good", "report_upheld_back" if receipt.is_shown else "report_upheld"
        case ReportState.DISMISSED:
            kind, text = "wait", "report_dismissed" if receipt.is_shown else "report_dismissed_gone"
        case ReportState.OPEN:
            kind, text = "wait", "report_open"
        case _:
            assert_never(receipt.state)
    return ShownReport(
        kind=kind, text=text, reason=receipt.reason, created_at=bodies.timestamp(receipt.created_at)
    )

"""Receipts: what became of a comment, or of a report, for whoever holds its code."""

from flask import Response

from moderation.api import blueprint
from moderation.api.models import (
    AppealAnswer,
    AppealMadeAnswer,
    AppealRequest,
    CommentReceiptAnswer,
    ReceiptThreadAnswer,
    ReportReceiptAnswer,
)
from moderation.domain.account import Permission
from moderation.domain.errors import ReceiptUnknown
from moderation.domain.receipts import normalised
from moderation.extensions import client
from moderation.flows import appeals, receipts, reporting
from moderation.flows.receipts import AppealReceipt, CommentReceipt
from moderation.flows.reporting import ReportReceipt
from moderation.web import bodies, callers, context, doors, headers
from moderation.web.auth import permission
from moderation.web.receipts import ReceiptLink, link


@blueprint.get("/sites/<site_key>/receipts/<code>")
@permission(Permission.PUBLIC)
def show_receipt(site_key: str, code: str) -> Response:
    """Say what became of what a receipt is for."""
    found = receipts.look_up(
        site_key, code, client=client(), session=context.session(), services=context.services()
    )
    if found is not None:
        return bodies.json(_of_comment(site_key, found))
    report = reporting.find_by_receipt(site_key, code, session=context.session(), services=context.services())
    typed = normalised(code)
    if report is None or typed is None:
        raise ReceiptUnknown
    return bodies.json(_of_report(report, link(site_key, typed)))


@blueprint.post("/sites/<site_key>/receipts/<code>/appeal")
@permission(Permission.PUBLIC)
@doors.limited
def appeal(site_key: str, code: str) -> Response:
    """Take an author's objection to the refusal of his comment."""
    body = bodies.decode(AppealRequest)
    state = appeals.appeal(
        site_key,
        code,
        body.text,
        caller=callers.caller(),
        session=context.session(),
        services=context.services(),
    )
    return bodies.json(AppealMadeAnswer(appeal=state), 201)


@blueprint.route("/sites/<site_key>/receipts/<code>/appeal", methods=["OPTIONS"])
@permission(Permission.PUBLIC)
def receipt_preflight(site_key: str, code: str) -> Response:  # noqa: ARG001 - of the address
    """Tell a browser that a page of this site may send an appeal."""
    return headers.preflight(site_key)


def _of_comment(site_key: str, found: CommentReceipt) -> CommentReceiptAnswer:
    return CommentReceiptAnswer(
        comment_id=found.comment_id,
        receipt=link(site_key, found.code),
        thread=ReceiptThreadAnswer(key=found.thread_key, title=found.thread_title, url=found.thread_url),
        nickname=found.nickname,
        text=found.text,
        created_at=found.created_at,
        status=found.status,
        reason=found.reason,
        may_withdraw=found.may_withdraw,
        appeal=None if found.appeal is None else _of_appeal(found.appeal),
        appeal_until=found.appeal_until,
    )


def _of_appeal(appeal: AppealReceipt) -> AppealAnswer:
    return AppealAnswer(
        state=appeal.state,
        text=appeal.text,
        reason_before=appeal.reason_before,
        created_at=appeal.created_at,
        settled_at=appeal.settled_at,
    )


def _of_report(report: ReportReceipt, receipt: ReceiptLink) -> ReportReceiptAnswer:
    return ReportReceiptAnswer(
        receipt=receipt,
        comment_id=report.comment_id,
        reason=report.reason,
        state=report.state,
        created_at=report.created_at,
        settled_at=report.settled_at,
    )

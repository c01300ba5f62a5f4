"""The pages of receipts: type a number, read what became of the comment or report, appeal, withdraw.

The code in the address is all the right there is: whoever knows it may do what the page offers, and whoever does not
cannot name the page. So these forms ask for no origin, and their pages tell no other page the address they came from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from flask import Response, redirect, request

from moderation.domain.account import Permission
from moderation.domain.appeal import MAX_APPEAL_CHARS, AppealState
from moderation.domain.caller import Caller
from moderation.domain.comment import Status
from moderation.domain.errors import Fault, Invalid, ReceiptUnknown
from moderation.domain.receipts import normalised
from moderation.domain.texts import fill
from moderation.embed import blueprint, pages, texts
from moderation.embed.refusals import shows_refusals_of
from moderation.embed.reporting import shown
from moderation.extensions import client
from moderation.flows import appeals, receipts, reporting, withdrawing
from moderation.flows.receipts import CommentReceipt
from moderation.web import bodies, context, doors
from moderation.web.auth import permission
from moderation.web.problems import Problem
from moderation.web.receipts import link

APPEALS: Final = {AppealState.OPEN: "wait", AppealState.GRANTED: "good", AppealState.DENIED: "bad"}
STATUSES: Final = {
    Status.PENDING: "wait",
    Status.PUBLISHED: "good",
    Status.REJECTED: "bad",
    Status.WITHDRAWN: "wait",
    Status.ERASED: "wait",
}


@blueprint.get("/embed/v1/<site_key>/receipts")
@permission(Permission.PUBLIC)
def receipts_form(site_key: str) -> Response:
    """Ask for the number of a receipt."""
    return _form(site_key)


@blueprint.post("/embed/v1/<site_key>/receipts")
@permission(Permission.PUBLIC)
@doors.limited
def receipt_typed(site_key: str) -> Response:
    """Lead to the receipt whose number was typed."""
    typed = request.form.get("code", "")
    code = normalised(typed)
    if code is None:
        is_blank = not typed.strip()
        raise Invalid([Fault("/code", "blank" if is_blank else "malformed")])
    _look_up(site_key, code)
    return _back_to(site_key, code)


@blueprint.get("/embed/v1/<site_key>/receipts/<code>")
@permission(Permission.PUBLIC)
def receipt(site_key: str, code: str) -> Response:
    """Say what became of what a receipt is for."""
    return _page(site_key, code)


@blueprint.post("/embed/v1/<site_key>/receipts/<code>/appeal")
@permission(Permission.PUBLIC)
@doors.limited
def appeal(site_key: str, code: str) -> Response:
    """Take an appeal from the page's own form."""
    appeals.appeal(
        site_key,
        code,
        _text(),
        caller=_caller(),
        session=context.session(),
        services=context.services(),
    )
    return _back_to(site_key, code)


@blueprint.post("/embed/v1/<site_key>/receipts/<code>/withdrawal")
@permission(Permission.PUBLIC)
@doors.limited
def withdrawal(site_key: str, code: str) -> Response:
    """Withdraw the comment that a receipt is for."""
    withdrawing.withdraw_by_code(
        site_key, code, caller=_caller(), session=context.session(), services=context.services()
    )
    return _back_to(site_key, code)


def _caller() -> Caller:
    return Caller(origin=None, client=client(), is_own_page=True)


def _text() -> str:
    # Browsers send line ends of forms as CRLF (HTML, 4.10.21); what is kept has LF.
    return request.form.get("text", "").replace("\r\n", "\n")


def _look_up(site_key: str, code: str) -> CommentReceipt | None:
    return receipts.look_up(
        site_key, code, client=client(), session=context.session(), services=context.services()
    )


def _back_to(site_key: str, code: str) -> Response:
    location = pages.here("embed.receipt", site_key=site_key, code=normalised(code))
    return _quiet(pages.framed(cast("Response", redirect(location, 303)), site_key))


def _quiet(response: Response) -> Response:
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


# What went wrong ----------------------------------------------------------------------------------------------


@shows_refusals_of("embed.receipts_form", "embed.receipt_typed", "embed.receipt")
def _not_found(problem: Problem) -> Response:
    """Show what is wrong with a number where one is typed, with the number in its place."""
    arguments = request.view_args or {}
    site_key, said = arguments["site_key"], pages.look(arguments["site_key"]).texts
    is_blank = any(fault["code"] == "blank" for fault in problem.errors)
    if problem.errors or problem.kind.slug == "receipt-unknown":
        return _form(site_key, errors={"code": said["receipt_missing" if is_blank else "receipt_unknown"]})
    return _form(site_key, errors={"form": _other(problem, said)})


@shows_refusals_of("embed.appeal", "embed.withdrawal")
def _refused(problem: Problem) -> Response:
    """Show what went wrong on the receipt itself, with what was typed at its place."""
    arguments = request.view_args or {}
    said = pages.look(arguments["site_key"]).texts
    if problem.kind.slug == "receipt-unknown":
        return _not_found(problem)
    errors = {"form": _other(problem, said)}
    for fault in problem.errors:
        key = "receipt_appeal_missing" if fault["code"] == "blank" else f"text_{fault['code']}"
        sentence = said.get(key.replace("-", "_"), said["invalid"])
        errors = {"text": fill(sentence, n=MAX_APPEAL_CHARS, m=len(_text()))}
    return _page(arguments["site_key"], arguments["code"], errors=errors)


def _other(problem: Problem, said: Mapping[str, str]) -> str:
    keys = {"appeal-impossible": "receipt_impossible", "comment-settled": "receipt_settled"}
    key = keys.get(problem.kind.slug, problem.kind.slug)
    return fill(said.get(key, said["receipt_failed"]), n=problem.retry_after_seconds or 0)


# Pages --------------------------------------------------------------------------------------------------------


def _form(site_key: str, *, errors: Mapping[str, str] | None = None) -> Response:
    typed = request.form.get("code") or (request.view_args or {}).get("code") or ""
    return _quiet(pages.render("receipts.html", site_key, errors=errors or {}, form={"code": typed[:64]}))


def _page(site_key: str, code: str, *, errors: Mapping[str, str] | None = None) -> Response:
    found = _look_up(site_key, code)
    if found is None:
        return _quiet(_of_report(site_key, code))
    look = pages.look(site_key)
    until = found.appeal_until
    return _quiet(
        pages.render(
            "receipt.html",
            site_key,
            comment=found,
            said=_said(site_key, found, look.texts),
            written_at=bodies.timestamp(found.created_at),
            appeal_until=None if until is None else texts.date(until, look.lang),
            receipt=link(site_key, found.code),
            most_chars=MAX_APPEAL_CHARS,
            form={"text": _text() if errors else ""},
            errors=errors or {},
        )
    )


def _of_report(site_key: str, code: str) -> Response:
    found = reporting.find_by_receipt(site_key, code, session=context.session(), services=context.services())
    typed = normalised(code)
    if found is None or typed is None:
        raise ReceiptUnknown
    return pages.render(
        "receipt.html", site_key, report=shown(found), receipt=link(site_key, typed), errors={}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The sentences about a comment, each with the kind of its notice."""

    kind: str
    sentence: str
    url: str | None
    """Where it can be seen, if it can."""
    appeal_kind: str | None
    appeal: str | None


def _said(site_key: str, found: CommentReceipt, said: Mapping[str, str]) -> Said:
    reason = said[f"reason_{found.reason}"] if found.reason is not None else ""
    appeal = found.appeal
    return Said(
        kind=STATUSES[found.status],
        sentence=fill(said[f"receipt_{found.status}"], reason=reason),
        url=_seen_at(site_key, found) if found.status is Status.PUBLISHED else None,
        appeal_kind=None if appeal is None else APPEALS[appeal.state],
        appeal=None if appeal is None else fill(said[f"receipt_appeal_{appeal.state}"], reason=reason),
    )


def _seen_at(site_key: str, found: CommentReceipt) -> str:
    """Address the comment in its article or, where that has told no address, on the page without JavaScript."""
    if found.thread_url is not None:
        return f"{found.thread_url.partition('#')[0]}#comment-{found.comment_id}"
    page = pages.here("embed.frame", site_key=site_key, thread=found.thread_key)
    return f"{page}#c-{found.comment_id}"

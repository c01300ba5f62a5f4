"""Comments: submit one; its author edits it, or takes it back."""

from uuid import UUID

from flask import Response, request

from moderation.api import blueprint
from moderation.api.models import (
    CommentRequest,
    PostingAnswer,
    RevisionRequest,
    WithdrawalAnswer,
    WithdrawalRequest,
)
from moderation.domain.account import Permission
from moderation.domain.comment import Status
from moderation.domain.draft import Draft
from moderation.domain.edit import Edit
from moderation.extensions import client
from moderation.flows import intake, withdrawing
from moderation.web import bodies, callers, context, doors, headers, receipts, writers
from moderation.web.auth import permission


@blueprint.post("/sites/<site_key>/comments")
@permission(Permission.PUBLIC)
@doors.limited
def submit_comment(site_key: str) -> Response:
    """Take a comment: 201 when judged, 202 when it waits for a person."""
    body = bodies.decode(CommentRequest)
    draft = Draft(
        site_key=site_key,
        origin=request.headers.get("Origin"),
        client=client(),
        thread_key=body.thread,
        thread_title=body.thread_title,
        thread_url=body.thread_url,
        parent_id=body.parent_id,
        nickname=body.nickname,
        link=body.link,
        text=body.text,
        challenge_id=body.challenge_id,
        challenge_answer=body.challenge_answer,
        challenge_proof=body.challenge_proof,
        writer=writers.writer(site_key),
        idempotency_key=request.headers.get("Idempotency-Key"),
    )
    receipt = intake.submit(draft, session=context.session(), services=context.services())
    answer = PostingAnswer(
        comment_id=receipt.comment_id,
        status=receipt.status,
        reason=receipt.reason,
        created_at=receipt.created_at,
        thread=receipt.thread,
        receipt=receipts.link(site_key, receipt.code),
        editable_until=receipt.editable_until,
    )
    return bodies.json(answer, 202 if receipt.status is Status.PENDING else 201)


@blueprint.post("/sites/<site_key>/comments/<uuid:comment_id>/revisions")
@permission(Permission.PUBLIC)
@doors.limited
def revise_comment(site_key: str, comment_id: UUID) -> Response:
    """Give a comment the text that its author sends, once every check has judged it."""
    body = bodies.decode(RevisionRequest)
    edit = Edit(
        site_key=site_key,
        caller=callers.caller(),
        writer=writers.known_writer(site_key),
        comment_id=comment_id,
        revision=body.revision,
        text=body.text,
        nickname=body.nickname,
        idempotency_key=request.headers.get("Idempotency-Key"),
    )
    return bodies.json(intake.revise(edit, session=context.session(), services=context.services()), 201)


@blueprint.post("/sites/<site_key>/comments/<uuid:comment_id>/withdrawal")
@permission(Permission.PUBLIC)
@doors.limited
def withdraw_comment(site_key: str, comment_id: UUID) -> Response:
    """Take a comment back for its author."""
    bodies.decode(WithdrawalRequest)
    withdrawing.withdraw(
        site_key,
        comment_id,
        writer=writers.known_writer(site_key),
        caller=callers.caller(),
        session=context.session(),
        services=context.services(),
    )
    return bodies.json(WithdrawalAnswer(comment_id=comment_id, status=Status.WITHDRAWN))


@blueprint.route("/sites/<site_key>/comments", methods=["OPTIONS"])
@blueprint.route("/sites/<site_key>/own-comments", methods=["OPTIONS"])
@permission(Permission.PUBLIC)
def comment_preflight(site_key: str) -> Response:
    """Tell a browser that a page of this site may post."""
    return headers.preflight(site_key)


@blueprint.route("/sites/<site_key>/comments/<uuid:comment_id>/revisions", methods=["OPTIONS"])
@blueprint.route("/sites/<site_key>/comments/<uuid:comment_id>/withdrawal", methods=["OPTIONS"])
@permission(Permission.PUBLIC)
def own_comment_preflight(site_key: str, comment_id: UUID) -> Response:  # noqa: ARG001 - of the address
    """Tell a browser that a page of this site may change what its reader wrote."""
    return headers.preflight(site_key)

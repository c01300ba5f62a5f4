"""Comments: submit one."""

from flask import Response, request

from moderation.api import blueprint
from moderation.api.models import CommentRequest
from moderation.domain.account import Permission
from moderation.domain.comment import Status
from moderation.domain.draft import Draft
from moderation.extensions import client
from moderation.flows import intake
from moderation.web import bodies, context, doors, headers, writers
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
    return bodies.json(receipt, 202 if receipt.status is Status.PENDING else 201)


@blueprint.route("/sites/<site_key>/comments", methods=["OPTIONS"])
@blueprint.route("/sites/<site_key>/own-comments", methods=["OPTIONS"])
@permission(Permission.PUBLIC)
def comment_preflight(site_key: str) -> Response:
    """Tell a browser that a page of this site may post."""
    return headers.preflight(site_key)

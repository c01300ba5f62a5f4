"""Challenges: issue one, show its picture."""

from uuid import UUID

from flask import Response, request, url_for

from moderation.api import blueprint
from moderation.api.models import ChallengeAnswer, ChallengeRequest, Work
from moderation.domain.account import Permission
from moderation.domain.challenge import Kind
from moderation.extensions import client
from moderation.flows import challenges
from moderation.web import bodies, context, doors, headers, writers
from moderation.web.auth import permission


@blueprint.post("/sites/<site_key>/challenges")
@permission(Permission.PUBLIC)
@doors.limited
def issue_challenge(site_key: str) -> Response:
    """Issue a challenge to a page of this site."""
    body = bodies.decode(ChallengeRequest)
    asked = challenges.Request(
        site_key=site_key,
        origin=request.headers.get("Origin"),
        client=client(),
        thread_key=body.thread,
        accepts=body.accepts,
        wants=body.wants,
        proof=body.proof,
        writer=writers.writer(),
    )
    issued = challenges.issue(
        asked,
        seconds=context.settings().challenge_seconds,
        session=context.session(),
        services=context.services(),
    )
    answer = ChallengeAnswer(
        id=issued.id,
        kind=issued.kind,
        image_url=_image_url(site_key, issued),
        width=issued.width,
        height=issued.height,
        pow=None if issued.work is None else Work(challenge=issued.work),
        expires_at=bodies.timestamp(issued.expires_at),
        expires_in_seconds=issued.expires_in_seconds,
    )
    return bodies.json(answer, 201)


def _image_url(site_key: str, issued: challenges.IssuedChallenge) -> str | None:
    if issued.kind is not Kind.IMAGE:
        return None
    return url_for("api.challenge_image", site_key=site_key, challenge_id=issued.id)


@blueprint.get("/sites/<site_key>/challenges/<uuid:challenge_id>.webp")
@permission(Permission.PUBLIC)
def challenge_image(site_key: str, challenge_id: UUID) -> Response:
    """Show a challenge's picture while it can be answered."""
    image = challenges.image(site_key, challenge_id, session=context.session(), services=context.services())
    response = Response(image.content, mimetype=image.media_type)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.route("/sites/<site_key>/challenges", methods=["OPTIONS"])
@permission(Permission.PUBLIC)
def challenge_preflight(site_key: str) -> Response:
    """Tell a browser that a page of this site may ask."""
    return headers.preflight(site_key)

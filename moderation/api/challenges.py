"""Challenges: issue one, show its picture, give it a sound."""

from uuid import UUID

from flask import Response, request, url_for

from moderation.api import blueprint
from moderation.api.models import ChallengeAnswer, ChallengeRequest, SoundAnswer, SoundRequest, Work
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
        writer=writers.writer(site_key),
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
        has_sound=context.settings().sound_pool > 0,
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


@blueprint.post("/sites/<site_key>/challenges/<uuid:challenge_id>/sound")
@permission(Permission.PUBLIC)
@doors.limited
def give_sound(site_key: str, challenge_id: UUID) -> Response:
    """Give a challenge its sound, for a proof of work."""
    body = bodies.decode(SoundRequest)
    asked = challenges.Request(
        site_key=site_key,
        origin=request.headers.get("Origin"),
        client=client(),
        proof=body.proof,
        writer=writers.writer(site_key),
    )
    challenges.give_sound(asked, challenge_id, session=context.session(), services=context.services())
    url = url_for("api.challenge_sound", site_key=site_key, challenge_id=challenge_id)
    return bodies.json(SoundAnswer(sound_url=url), 201)


@blueprint.get("/sites/<site_key>/challenges/<uuid:challenge_id>.wav")
@permission(Permission.PUBLIC)
def challenge_sound(site_key: str, challenge_id: UUID) -> Response:
    """Let a challenge be heard while it can be answered."""
    sound = challenges.sound(site_key, challenge_id, session=context.session(), services=context.services())
    response = Response(sound.content, mimetype=sound.media_type)
    response.headers["Cache-Control"] = "no-store"
    # Some browsers play nothing that they cannot ask for in parts.
    response.make_conditional(request, accept_ranges=True, complete_length=len(sound.content))
    return response


@blueprint.route("/sites/<site_key>/challenges/<uuid:challenge_id>/sound", methods=["OPTIONS"])
@permission(Permission.PUBLIC)
def sound_preflight(site_key: str, challenge_id: UUID) -> Response:  # noqa: ARG001 - the address holds it
    """Tell a browser that a page of this site may ask."""
    return headers.preflight(site_key)


@blueprint.route("/sites/<site_key>/challenges", methods=["OPTIONS"])
@permission(Permission.PUBLIC)
def challenge_preflight(site_key: str) -> Response:
    """Tell a browser that a page of this site may ask."""
    return headers.preflight(site_key)

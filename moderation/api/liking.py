"""Likes: give one, take it back."""

from uuid import UUID

from flask import Response, request

from moderation.api import blueprint
from moderation.api.models import LikeRequest
from moderation.domain.account import Permission
from moderation.extensions import client
from moderation.flows import liking
from moderation.flows.liking import Wish
from moderation.web import bodies, context, doors, headers
from moderation.web.auth import permission
from moderation.web.writers import known_writer


@blueprint.post("/sites/<site_key>/comments/<uuid:comment_id>/like")
@permission(Permission.PUBLIC)
@doors.limited
def like_comment(site_key: str, comment_id: UUID) -> Response:
    """Like a published comment, or take that back; the same again changes nothing."""
    wish = Wish(
        site_key=site_key,
        comment_id=comment_id,
        is_liked=bodies.decode(LikeRequest).is_liked,
        origin=request.headers.get("Origin"),
        client=client(),
    )
    liked = liking.like(
        wish, writer=known_writer(site_key), session=context.session(), services=context.services()
    )
    return bodies.json(liked)


@blueprint.route("/sites/<site_key>/comments/<uuid:comment_id>/like", methods=["OPTIONS"])
@permission(Permission.PUBLIC)
def like_preflight(site_key: str, comment_id: UUID) -> Response:  # noqa: ARG001 - it stands in the address
    """Tell a browser that a page of this site may ask."""
    return headers.preflight(site_key)

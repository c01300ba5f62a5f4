"""How much waits, for a page that asks again and again."""

from flask import Response, jsonify, request

from moderation.console import blueprint
from moderation.domain.account import Permission
from moderation.flows import desk
from moderation.web import auth, context
from moderation.web.auth import permission


@blueprint.get("/counts")
@permission(Permission.REVIEW)
def counts() -> Response:
    """Tell the lengths of the queues; 304 when they are what the page has already."""
    reviewer = auth.reviewer()
    lengths = desk.lengths(reviewer.site_ids, session=context.session())
    response = jsonify(lengths)
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response

"""The JSON API, `/api/v1`. Views decode, call a flow, encode; they hold no rule and no query."""

from flask import Blueprint, Response, request

from moderation.web import headers

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


@blueprint.after_request
def _cross_origin(response: Response) -> Response:
    site_key = (request.view_args or {}).get("site_key")
    if site_key is None or request.method == "OPTIONS":
        return response
    return headers.allow_origin(response, site_key)


from moderation.api import challenges, comments, liking, own_data, reading, receipts, reporting  # noqa: E402, F401 - they add their routes

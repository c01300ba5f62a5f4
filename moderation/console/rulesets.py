"""The rules desk: versions, drafts, precision, try, replay, shadow."""

from flask import Response

from moderation.console import blueprint, pages
from moderation.domain.account import Permission
from moderation.web.auth import permission


@blueprint.get("/rules")
@permission(Permission.REVIEW)
def rules() -> Response:
    """Show the page."""
    return pages.page("rules.html")

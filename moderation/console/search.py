"""Search: find comments by what they say, who wrote them, where and when."""

from flask import Response

from moderation.console import blueprint, pages
from moderation.domain.account import Permission
from moderation.web.auth import permission


@blueprint.get("/search")
@permission(Permission.REVIEW)
def search() -> Response:
    """Show the page."""
    return pages.page("search.html")

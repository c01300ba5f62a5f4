"""One's own account: language, zone, keys, second factor, sessions."""

from flask import Response

from moderation.console import blueprint, pages
from moderation.domain.account import Permission
from moderation.web.auth import permission


@blueprint.get("/profile")
@permission(Permission.SIGNED_IN)
def profile() -> Response:
    """Show the page."""
    return pages.page("profile.html")

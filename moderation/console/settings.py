"""Policy of sites, emergencies, texts of the embed."""

from flask import Response

from moderation.console import blueprint, pages
from moderation.domain.account import Permission
from moderation.web.auth import permission


@blueprint.get("/settings")
@permission(Permission.FREEZE)
def settings() -> Response:
    """Show the page."""
    return pages.page("settings.html")

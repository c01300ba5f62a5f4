"""People: roles, invitations, sessions."""

from flask import Response

from moderation.console import blueprint, pages
from moderation.domain.account import Permission
from moderation.web.auth import permission


@blueprint.get("/people")
@permission(Permission.PEOPLE)
def people() -> Response:
    """Show the page."""
    return pages.page("people.html")

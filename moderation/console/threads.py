"""A thread: all its comments, freeze, mode."""

from uuid import UUID

from flask import Response

from moderation.console import blueprint, pages
from moderation.domain.account import Permission
from moderation.web.auth import permission


@blueprint.get("/threads/<uuid:thread_id>")
@permission(Permission.REVIEW)
def thread_all(thread_id: UUID) -> Response:
    """Show a thread."""
    return pages.page("thread_all.html", thread_id=thread_id)

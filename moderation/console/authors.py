"""An author: what he wrote, what became of it, notes, block."""

from uuid import UUID

from flask import Response

from moderation.console import blueprint, pages
from moderation.domain.account import Permission
from moderation.web.auth import permission


@blueprint.get("/authors/<uuid:author_id>")
@permission(Permission.REVIEW)
def author(author_id: UUID) -> Response:
    """Show an author."""
    return pages.page("author.html", author_id=author_id)


@blueprint.post("/authors/<uuid:author_id>/block")
@permission(Permission.REVIEW)
def block_author(author_id: UUID) -> Response:
    """Block an author."""
    return pages.page("author.html", author_id=author_id)


@blueprint.post("/authors/<uuid:author_id>/unblock")
@permission(Permission.REVIEW)
def unblock_author(author_id: UUID) -> Response:
    """Unblock an author."""
    return pages.page("author.html", author_id=author_id)


@blueprint.post("/authors/<uuid:author_id>/notes")
@permission(Permission.REVIEW)
def note_author(author_id: UUID) -> Response:
    """Write a note on an author."""
    return pages.page("author.html", author_id=author_id)

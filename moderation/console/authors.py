"""An author: what he wrote, what became of it, notes, block."""

from uuid import UUID

from flask import Response, request, url_for

from moderation.console import batches, blueprint, pages, room_forms
from moderation.domain.account import Permission
from moderation.domain.policy import BLOCK_DAYS, FOR_GOOD
from moderation.flows import authors
from moderation.flows.bulk import Choice
from moderation.web import auth, context
from moderation.web.auth import permission


@blueprint.get("/authors/<uuid:author_id>")
@permission(Permission.REVIEW)
def author(author_id: UUID) -> Response:
    """Show an author, with a page of what he wrote."""
    view = authors.view(
        author_id,
        site_ids=auth.reviewer().site_ids,
        status=room_forms.status(),
        cursor=room_forms.cursor(),
        session=context.session(),
        services=context.services(),
    )
    return pages.page(
        "author.html",
        view=view,
        asked=request.args,
        days=BLOCK_DAYS,
        for_good=FOR_GOOD,
        waiting=batches.waiting(Choice(author_id=author_id)),
        stroke=room_forms.last_stroke(),
        batch_id=context.services().ids.new(),
    )


@blueprint.post("/authors/<uuid:author_id>/block")
@permission(Permission.REVIEW)
def block_author(author_id: UUID) -> Response:
    """Block an author, from his page or from a card."""
    authors.block(
        author_id,
        room_forms.blocking(),
        account_id=auth.visitor().account_id,
        site_ids=auth.reviewer().site_ids,
        session=context.session(),
        services=context.services(),
    )
    return _back(author_id)


@blueprint.post("/authors/<uuid:author_id>/unblock")
@permission(Permission.REVIEW)
def unblock_author(author_id: UUID) -> Response:
    """End an author's block."""
    authors.unblock(
        author_id,
        account_id=auth.visitor().account_id,
        site_ids=auth.reviewer().site_ids,
        session=context.session(),
        services=context.services(),
    )
    return _back(author_id)


@blueprint.post("/authors/<uuid:author_id>/notes")
@permission(Permission.REVIEW)
def note_author(author_id: UUID) -> Response:
    """Leave a note on an author."""
    authors.note(
        author_id,
        room_forms.note(),
        account_id=auth.visitor().account_id,
        site_ids=auth.reviewer().site_ids,
        session=context.session(),
        services=context.services(),
    )
    return _back(author_id)


def _back(author_id: UUID) -> Response:
    """Lead back to where the form stood."""
    wanted = request.form.get("next", "")
    return pages.see(pages.inside(wanted) if wanted else url_for("console.author", author_id=author_id))

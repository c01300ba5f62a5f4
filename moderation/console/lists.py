"""A queue as a list, and what one has decided."""

from typing import Final

from flask import Response

from moderation.console import blueprint, pages
from moderation.domain.account import Permission
from moderation.domain.review import ItemState
from moderation.flows import desk
from moderation.web import auth, context
from moderation.web.auth import permission

MOST_LISTED: Final = 50


@blueprint.get("/list")
@permission(Permission.REVIEW)
def listing() -> Response:
    """Show the head of the queue as slim rows, any of which can be claimed."""
    rows = desk.queue_head(
        auth.reviewer().site_ids, ItemState.WAITING, most=MOST_LISTED, session=context.session()
    )
    return pages.page("list.html", rows=rows, queue=ItemState.WAITING)


@blueprint.get("/mine")
@permission(Permission.REVIEW)
def mine() -> Response:
    """Show what one has decided, with undo where it may still be possible."""
    decisions = desk.own_decisions(
        auth.reviewer().site_ids, auth.visitor().account_id, session=context.session()
    )
    return pages.page("mine.html", decisions=decisions)

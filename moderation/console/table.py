"""The card on the table and what stands around it.

The lease's token lives in the browser's signed cookie: a page loaded again still holds its claim, and the database
keeps only the hash.
"""

from typing import Final
from uuid import UUID

from flask import Response, session, url_for

from moderation.console import blueprint, pages
from moderation.domain.review import SENIOR_STATES, ItemState
from moderation.flows import desk, review
from moderation.flows.desk import CardView
from moderation.flows.review import Claimed
from moderation.web import auth, context

SLIM_ROWS: Final = 4
_COOKIE: Final = "lease"


@blueprint.app_template_global("queue_address")
def address(queue: ItemState | str) -> str:
    """Return the address of a queue."""
    state = ItemState(queue)
    if state is ItemState.WAITING:
        return url_for("console.queue")
    return url_for(f"console.{'senior' if state in SENIOR_STATES else 'other'}_queue", name=state.value)


def keep(claimed: Claimed | None) -> None:
    """Remember what this browser holds."""
    session[_COOKIE] = None if claimed is None else [str(claimed.item_id), claimed.lease_token]


def take_next(queue: ItemState, *, beyond: UUID | None, is_forward: bool = True) -> None:
    """Claim the next item of a queue for this browser."""
    claimed = review.claim_next(
        auth.reviewer(),
        queue,
        session=context.session(),
        services=context.services(),
        beyond=beyond,
        is_forward=is_forward,
    )
    keep(claimed)


def show(queue: ItemState, *, status: int = 200, has_asked: bool = False, **told: object) -> Response:
    """Render a queue with the card this browser holds; without one, a button that claims (htmx presses it).

    `has_asked`: a claim has just been tried and brought nothing, so that the page must not try by itself again.
    """
    sites = auth.reviewer().sites_for(queue)
    card, lease = _held(queue)
    rows = desk.queue_head(
        sites,
        queue,
        most=SLIM_ROWS,
        but=None if card is None else card.card.item_id,
        session=context.session(),
    )
    template = "table_swap.html" if pages.is_swap() else "queue.html"
    response = pages.page(
        template, status=status, queue=queue, view=card, lease=lease, rows=rows, has_asked=has_asked, **told
    )
    if pages.is_swap():
        response.headers["HX-Replace-Url"] = address(queue)
    return response


def answer(queue: ItemState, *, decided: review.Decided | None = None) -> Response:
    """Answer a form: htmx gets the table as it is now, a browser without script is sent to see it."""
    if pages.is_swap():
        return show(queue, has_asked=True, decided=decided)
    return pages.see(address(queue))


def _held(queue: ItemState) -> tuple[CardView | None, str | None]:
    kept = session.get(_COOKIE)
    item_id = desk.held(auth.visitor().account_id, session=context.session(), services=context.services())
    if item_id is None or kept is None or kept[0] != str(item_id):
        return None, None
    sites = auth.reviewer().site_ids
    view = desk.card_view(sites, item_id, session=context.session(), services=context.services())
    return (view, kept[1]) if view.card.state is queue else (None, None)

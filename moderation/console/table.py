"""The cards on the table and what stands around them: as a page, and as what the page's script asks for.

One secret per browser session proves every claim made in it. It lives in the browser's signed cookie, so that a page
loaded again still holds its claims; the database keeps only its hash.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from flask import Response, jsonify, render_template, session, url_for

from moderation.console import blueprint, forms, pages
from moderation.domain.errors import Conflict, NotFound
from moderation.domain.review import SENIOR_STATES, ItemState
from moderation.flows import desk, review
from moderation.flows.bulk import BulkDone
from moderation.flows.desk import CardView
from moderation.flows.review import Claimed, Decided
from moderation.web import auth, context

SLIM_ROWS: Final = 2
AHEAD: Final = 4
"""How many cards the script keeps claimed: the one that is read and three behind it."""
_COOKIE: Final = "lease"


@blueprint.app_template_global("queue_address")
def address(queue: ItemState | str) -> str:
    """Return the address of a queue."""
    state = ItemState(queue)
    if state is ItemState.WAITING:
        return url_for("console.queue")
    return url_for(f"console.{'senior' if state in SENIOR_STATES else 'other'}_queue", name=state.value)


def token() -> str:
    """Return the secret of this browser's claims; the first claim makes it."""
    kept = session.get(_COOKIE)
    if not isinstance(kept, str):
        kept = session[_COOKIE] = context.services().secrets.token("mod_lease_")
    return kept


def claim_more(
    queue: ItemState, *, most: int, keep: Sequence[UUID] = (), beyond: UUID | None
) -> list[Claimed]:
    """Claim what comes next in a queue for this browser, and give back what it does not keep."""
    return review.claim_some(
        auth.reviewer(),
        queue,
        token=token(),
        most=most,
        keep=keep,
        beyond=beyond,
        is_forward=forms.is_forward(),
        session=context.session(),
        services=context.services(),
    )


def show(queue: ItemState, *, status: int = 200, has_asked: bool = False, **told: object) -> Response:
    """Render a queue with the cards this browser holds; without any, a button that claims (the script presses it).

    `has_asked`: a claim has just been tried and brought nothing.
    """
    views = _held(queue)
    rows = desk.queue_head(
        auth.reviewer().sites_for(queue),
        queue,
        most=SLIM_ROWS,
        but=[view.card.item_id for view in views],
        session=context.session(),
    )
    return pages.page(
        "queue.html",
        status=status,
        queue=queue,
        views=views,
        rows=rows,
        ahead=AHEAD,
        has_asked=has_asked,
        **told,
    )


def answer(
    queue: ItemState,
    *,
    back: Claimed | None = None,
    decided: Decided | None = None,
    bulk: BulkDone | None = None,
    undone: int | None = None,
    lost: Sequence[UUID] = (),
) -> Response:
    """Answer a form: a browser without script is sent to see its table, the script gets what it needs to go on.

    `back` is an item put on the table by name, first among the cards of the answer.
    """
    claimed = [] if back is None else [back]
    is_taken_back = back is not None or undone is not None
    is_at_the_end = False
    if not pages.is_call():
        if back is not None:
            queue = _views([back])[0].card.state
        claim_more(queue, most=1 - len(claimed), keep=[one.item_id for one in claimed], beyond=forms.beyond())
        return pages.see(address(queue))
    most = forms.most(AHEAD)
    if most is not None:  # a page without a table has nothing to claim, and nothing to give back
        keep = [*forms.kept(), *(one.item_id for one in claimed)]
        more = claim_more(queue, most=most, keep=keep, beyond=forms.beyond())
        is_at_the_end = len(more) < most
        claimed += more
    values = pages.around(queue=queue, has_asked=True, needs_last=is_taken_back)
    told: dict[str, object] = {
        "cards": [_card(view, values) for view in _views(claimed)],
        "counts": values["side"].lengths,
        "today": values["side"].own_today,
        "at": values["now"].isoformat(),
        "lost": lost,
    }
    # What the page needs seldom is made only then: a decision and the next card are asked for all day.
    if is_at_the_end:
        told["none"] = render_template("console/no_card.html", **values)
    if is_taken_back:
        told["last"] = render_template("console/last.html", **values)
    if decided is not None:
        told["decision"] = decided.decision_id
    if bulk is not None:
        told |= {"decided": bulk.decided, "skipped": bulk.skipped, "left": bulk.left}
    if undone is not None:
        told["undone"] = undone
    return jsonify(told)


def claim_again(items: Sequence[UUID]) -> list[UUID]:
    """Claim what a page shows and this browser no longer holds; return what others have, or what is decided.

    A page that is loaded again shows what its forerunner gives back in the same moment.
    """
    held = {
        one.item_id
        for one in review.holding(
            token=token(),
            reviewer=auth.reviewer(),
            session=context.session(),
            services=context.services(),
        )
    }
    return [item_id for item_id in items if item_id not in held and not _is_claimed(item_id)]


def _is_claimed(item_id: UUID) -> bool:
    try:
        review.claim(
            item_id,
            token=token(),
            reviewer=auth.reviewer(),
            session=context.session(),
            services=context.services(),
        )
    except (Conflict, NotFound):
        return False
    return True


def _card(view: CardView, values: dict[str, object]) -> dict[str, object]:
    html = render_template("console/item.html", **values | {"view": view, "queue": view.card.state})
    return {"id": view.card.item_id, "revision": str(view.card.revision), "html": html}


def _held(queue: ItemState) -> list[CardView]:
    """Return the cards of a queue that this browser holds, in its order."""
    held = review.holding(
        token=token(), reviewer=auth.reviewer(), session=context.session(), services=context.services()
    )
    return [view for view in _views(held[:AHEAD]) if view.card.state is queue]


def _views(claimed: Sequence[Claimed]) -> list[CardView]:
    if not claimed:
        return []
    return desk.card_views(
        auth.reviewer().site_ids,
        [one.item_id for one in claimed],
        session=context.session(),
        services=context.services(),
    )

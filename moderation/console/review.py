"""Review: queues, claim, decide, undo, context. Each form works alone; htmx swaps the table instead of the page."""

from uuid import UUID

from flask import Response

from moderation.console import blueprint, forms, pages, table
from moderation.domain.account import Permission
from moderation.domain.review import ItemState
from moderation.flows import desk, review
from moderation.web import auth, context
from moderation.web.auth import permission


@blueprint.get("/queue")
@permission(Permission.REVIEW)
def queue() -> Response:
    """Show what waits."""
    return table.show(ItemState.WAITING)


@blueprint.get("/queue/<any(reported, patrol, 'second-look'):name>", endpoint="other_queue")
@permission(Permission.REVIEW)
def other_queue(name: str) -> Response:
    """Show another queue that every moderator works on."""
    return table.show(ItemState(name))


@blueprint.get("/queue/<any(escalated, appealed):name>", endpoint="senior_queue")
@permission(Permission.SENIOR_REVIEW)
def senior_queue(name: str) -> Response:
    """Show a queue of seniors: what was handed to them, and appeals."""
    return table.show(ItemState(name))


@blueprint.post("/claim")
@permission(Permission.REVIEW)
def claim_next() -> Response:
    """Claim the next item, or the neighbour of the one on the table."""
    queue = forms.queue()
    table.take_next(queue, beyond=forms.beyond(), is_forward=forms.is_forward())
    return table.answer(queue)


@blueprint.post("/items/<uuid:item_id>/claim")
@permission(Permission.REVIEW)
def claim(item_id: UUID) -> Response:
    """Claim one named item: from the list, or again after a lease ran out."""
    queue = forms.queue()
    claimed = review.claim(
        item_id, reviewer=auth.reviewer(), session=context.session(), services=context.services()
    )
    table.keep(claimed)
    return table.answer(queue)


@blueprint.post("/items/<uuid:item_id>/decide")
@permission(Permission.REVIEW)
def decide(item_id: UUID) -> Response:
    """Decide the item on the table and put the next one there."""
    queue = forms.queue()
    decided = review.decide(
        forms.ruling(item_id),
        reviewer=auth.reviewer(),
        session=context.session(),
        services=context.services(),
    )
    table.take_next(queue, beyond=item_id)
    return table.answer(queue, decided=decided)


@blueprint.post("/decisions/<uuid:decision_id>/undo")
@permission(Permission.REVIEW)
def undo(decision_id: UUID) -> Response:
    """Take back one's own decision: its comment is on the table again."""
    claimed = review.undo(
        decision_id, reviewer=auth.reviewer(), session=context.session(), services=context.services()
    )
    table.keep(claimed)
    return table.answer(ItemState.WAITING)


@blueprint.get("/items/<uuid:item_id>/context")
@permission(Permission.REVIEW)
def thread(item_id: UUID) -> Response:
    """Show the thread around an item."""
    around = desk.context(auth.reviewer().site_ids, item_id, session=context.session())
    template = "thread.html" if pages.is_swap() else "thread_page.html"
    return pages.page(template, around=around)

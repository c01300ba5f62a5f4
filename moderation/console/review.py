"""Review: queues, claim, decide, hold, undo, context. Each form works alone; the page's script asks the same routes."""

from uuid import UUID

from flask import Response

from moderation.console import blueprint, forms, pages, table
from moderation.domain.account import Permission
from moderation.domain.review import ItemState
from moderation.flows import bulk, desk, review
from moderation.flows.bulk import BulkDone, Choice
from moderation.flows.review import Ruling
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
    return table.answer(forms.queue())


@blueprint.post("/cards")
@permission(Permission.REVIEW)
def cards() -> Response:
    """Claim what a page can use, renew what it keeps, and name what of that it has lost."""
    lost = table.claim_again(forms.kept())
    return table.answer(forms.queue(), lost=lost)


@blueprint.post("/items/<uuid:item_id>/claim")
@permission(Permission.REVIEW)
def claim(item_id: UUID) -> Response:
    """Claim one named item: from the list, again after a lease ran out, or what was on hold."""
    claimed = review.claim(
        item_id,
        token=table.token(),
        reviewer=auth.reviewer(),
        session=context.session(),
        services=context.services(),
    )
    return table.answer(forms.queue(), back=claimed)


@blueprint.post("/items/<uuid:item_id>/decide")
@permission(Permission.REVIEW)
def decide(item_id: UUID) -> Response:
    """Decide an item, alone or with all that are like it."""
    ruling = forms.ruling(item_id, token=table.token())
    if forms.is_group():
        return table.answer(forms.queue(), bulk=_decide_group(ruling))
    decided = review.decide(
        ruling, reviewer=auth.reviewer(), session=context.session(), services=context.services()
    )
    return table.answer(forms.queue(), decided=decided)


def _decide_group(ruling: Ruling) -> BulkDone:
    return bulk.decide_many(
        Choice(group_of=ruling.item_id),
        kind=ruling.kind,
        reason=ruling.reason,
        note=ruling.note,
        batch_id=forms.batch_id(),
        most=bulk.BATCH,
        reviewer=auth.reviewer(),
        session=context.session(),
        services=context.services(),
    )


@blueprint.post("/items/<uuid:item_id>/hold")
@permission(Permission.REVIEW)
def hold(item_id: UUID) -> Response:
    """Put an item aside for oneself."""
    review.hold(
        item_id,
        token=table.token(),
        reviewer=auth.reviewer(),
        session=context.session(),
        services=context.services(),
    )
    return table.answer(forms.queue())


@blueprint.post("/decisions/<uuid:decision_id>/undo")
@permission(Permission.REVIEW)
def undo(decision_id: UUID) -> Response:
    """Take back one's own decision: its comment is on the table again."""
    claimed = review.undo(
        decision_id,
        token=table.token(),
        reviewer=auth.reviewer(),
        session=context.session(),
        services=context.services(),
    )
    return table.answer(forms.queue(), back=claimed)


@blueprint.post("/batches/<uuid:batch_id>/undo")
@permission(Permission.REVIEW)
def undo_batch(batch_id: UUID) -> Response:
    """Take back what one has decided together."""
    undone = review.undo_batch(
        batch_id, reviewer=auth.reviewer(), session=context.session(), services=context.services()
    )
    return table.answer(forms.queue(), undone=undone)


@blueprint.post("/renew")
@permission(Permission.REVIEW)
def renew() -> Response:
    """Keep what this browser holds for longer."""
    review.renew(
        token=table.token(),
        reviewer=auth.reviewer(),
        session=context.session(),
        services=context.services(),
    )
    return Response(status=204)


@blueprint.post("/release")
@permission(Permission.REVIEW)
def release() -> Response:
    """Give items back: a page that goes away says so."""
    review.give_back(
        forms.items(),
        as_of=forms.as_of(),
        token=table.token(),
        reviewer=auth.reviewer(),
        session=context.session(),
        services=context.services(),
    )
    return Response(status=204)


@blueprint.get("/items/<uuid:item_id>/context")
@permission(Permission.REVIEW)
def thread(item_id: UUID) -> Response:
    """Show the thread around an item."""
    around = desk.context(auth.reviewer().site_ids, item_id, session=context.session())
    template = "thread.html" if pages.is_swap() else "thread_page.html"
    return pages.page(template, around=around)

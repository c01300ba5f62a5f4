"""Queues as lists: their items in order, page by page, filtered. What a page costs does not grow with the queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select, union_all
from sqlalchemy.orm import Session

from moderation.domain.reasons import Reason
from moderation.domain.review import ItemState
from moderation.store import lengths
from moderation.store.queue import Position, order, past
from moderation.store.tables import ReviewItem

WINDOW: Final = 1_000
"""Items that one page looks through for a category, of which there is no index: a page may be short, and go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """What a list shall hold; nothing set is everything."""

    site_id: UUID | None = None
    category: Reason | None = None
    rule_key: str | None = None
    """The rule that weighs most in an item."""
    thread_id: UUID | None = None
    author_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Items of a page, in order, and the place from where the next one goes on; None at the end."""

    item_ids: list[UUID]
    last: Position | None


def page(
    session: Session,
    site_ids: Sequence[UUID],
    state: ItemState,
    wanted: QueueFilter,
    *,
    beyond: Position | None,
    most: int,
) -> Page:
    """Return a page of the queue of these sites, as if they had one queue.

    From each site only as much as the page can hold, by its index: one ORDER BY over several sites would sort
    everything that waits.
    """
    if wanted.site_id is not None:
        site_ids = [site_id for site_id in site_ids if site_id == wanted.site_id]
    busy = lengths.sites_with(session, site_ids, state) if len(site_ids) > 1 else site_ids
    if not busy:
        return Page([], None)
    looked_at = WINDOW if wanted.category is not None else most + 1
    heads = [_head(site_id, state, wanted, beyond, looked_at).subquery() for site_id in busy]
    merged = union_all(*(select(head.c.due_at, head.c.id, head.c.category) for head in heads)).subquery()
    rows = session.execute(
        select(merged.c.due_at, merged.c.id, merged.c.category)
        .order_by(merged.c.due_at, merged.c.id)
        .limit(looked_at)
    ).all()
    fitting = [
        Position(due_at, item_id) for due_at, item_id, category in rows if wanted.category in {None, category}
    ]
    shown = fitting[:most]
    if len(fitting) > most:
        return Page([place.id for place in shown], shown[-1])
    is_cut = wanted.category is not None and len(rows) == looked_at
    return Page([place.id for place in shown], Position(rows[-1].due_at, rows[-1].id) if is_cut else None)


def _head(
    site_id: UUID, state: ItemState, wanted: QueueFilter, beyond: Position | None, most: int
) -> Select[datetime, UUID, Reason | None]:
    query = select(ReviewItem.due_at, ReviewItem.id, ReviewItem.category).where(
        ReviewItem.site_id == site_id, ReviewItem.state == state, ReviewItem.closed_at.is_(None)
    )
    if wanted.rule_key is not None:
        query = query.where(ReviewItem.rule_key == wanted.rule_key)
    if wanted.thread_id is not None:
        query = query.where(ReviewItem.thread_id == wanted.thread_id)
    if wanted.author_id is not None:
        query = query.where(ReviewItem.author_id == wanted.author_id)
    if beyond is not None:
        query = query.where(past(beyond))
    return query.order_by(*order()).limit(most)


def held_by(session: Session, account_id: UUID, *, now: datetime, most: int) -> list[UUID]:
    """Return what an account has put aside, in the order of the deadlines."""
    query = select(ReviewItem.id).where(
        ReviewItem.claimed_by == account_id,
        ReviewItem.closed_at.is_(None),
        ReviewItem.is_held,
        ReviewItem.lease_expires_at > now,
    )
    return list(session.scalars(query.order_by(*order()).limit(most)))

"""The queues in their order, and who holds what. Claims are single conditional UPDATEs.

No claim, renewal or release ever waits for a row that somebody else has locked: it passes over it. So none of them
can be part of a deadlock, whatever is decided meanwhile.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, tuple_, update
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.util import AliasedClass

from moderation.domain.review import ItemState, Lease
from moderation.store.tables import ReviewItem, Site

_NO_SYNC = {"synchronize_session": False}
_Inner = aliased(ReviewItem, name="inner")
Items = type[ReviewItem] | AliasedClass[ReviewItem]


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """An item's place in the queue's order."""

    due_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of a queue: what this person may claim there, beyond a place or up to one, without some items."""

    state: ItemState
    account_id: UUID
    now: datetime
    but: Collection[UUID] = ()
    beyond: Position | None = None
    is_forward: bool = True


def claimable(account_id: UUID, now: datetime, items: Items = ReviewItem) -> ColumnElement[bool]:
    """Say of items which this person may claim: free ones, those whose lease ran out, his own; never about himself.

    What he has put aside he takes up by name.
    """
    return and_(
        or_(items.not_for.is_(None), items.not_for != account_id),
        or_(
            items.claimed_by.is_(None),
            items.lease_expires_at <= now,
            and_(items.claimed_by == account_id, items.is_held.is_(False)),
        ),
    )


def order(items: Items = ReviewItem, *, is_forward: bool = True) -> list[Any]:
    """Name the queue's order, or the way back."""
    columns = [items.due_at, items.id]
    return columns if is_forward else [column.desc() for column in columns]


def past(position: Position, items: Items = ReviewItem, *, is_forward: bool = True) -> ColumnElement[bool]:
    """Say which items stand behind a place, or before it."""
    here = tuple_(items.due_at, items.id)
    there = tuple_(literal(position.due_at, ReviewItem.due_at.type), literal(position.id, ReviewItem.id.type))
    return here > there if is_forward else here < there


def _within(stretch: Stretch, items: Items) -> list[ColumnElement[bool]]:
    conditions = [
        items.state == stretch.state,
        items.closed_at.is_(None),
        claimable(stretch.account_id, stretch.now, items),
    ]
    if stretch.but:
        conditions.append(items.id.not_in(stretch.but))
    if stretch.beyond is not None:
        conditions.append(past(stretch.beyond, items, is_forward=stretch.is_forward))
    return conditions


def claim_of_site(
    session: Session,
    site_id: UUID,
    stretch: Stretch,
    lease: Lease,
    *,
    most: int,
    up_to: Position | None = None,
) -> list[Position]:
    """Claim the first claimable items of one site's queue; their places, in order.

    One statement, the same for both databases: of several moderators asking at once each gets other items. The
    lock clause (left out on SQLite, whose writers come one by one) makes PostgreSQL pass over rows being claimed
    instead of losing the race for them. By a CTE: an IN with a limit might be run, and lock, once for each row.
    """
    wanted = select(ReviewItem.id).where(ReviewItem.site_id == site_id, *_within(stretch, ReviewItem))
    if up_to is not None:
        wanted = wanted.where(~past(up_to, is_forward=stretch.is_forward))
    ordered = wanted.order_by(*order(is_forward=stretch.is_forward))
    head = ordered.limit(most).with_for_update(skip_locked=True).cte("head")
    claimed = _claim(
        session,
        [ReviewItem.id.in_(select(head.c.id)), ReviewItem.state == stretch.state],
        claimable(stretch.account_id, stretch.now),
        lease,
    )
    return sorted(claimed, reverse=not stretch.is_forward)


def first_of_sites(
    session: Session, site_ids: Sequence[UUID], stretch: Stretch
) -> list[tuple[UUID, Position]]:
    """Return the two sites whose queues begin earliest, with where they begin.

    By one probe of the index for each site. One ORDER BY over all of them would sort every item that waits.
    """
    head = (
        select(_Inner.id)
        .where(_Inner.site_id == Site.id, *_within(stretch, _Inner))
        .order_by(*order(_Inner, is_forward=stretch.is_forward))
        .limit(1)
        .correlate(Site)
        .scalar_subquery()
    )
    query = (
        select(ReviewItem.site_id, ReviewItem.due_at, ReviewItem.id)
        .select_from(Site)
        .join(ReviewItem, ReviewItem.id == head)
        .where(Site.id.in_(site_ids))
    )
    rows = session.execute(query.order_by(*order(is_forward=stretch.is_forward)).limit(2))
    return [(site_id, Position(due_at, item_id)) for site_id, due_at, item_id in rows]


def claim_item(
    session: Session,
    site_ids: Sequence[UUID],
    item_id: UUID,
    state: ItemState,
    lease: Lease,
    *,
    now: datetime,
) -> bool:
    """Claim one named item, or take up what one has put aside; False when it cannot be had."""
    own = and_(
        ReviewItem.claimed_by == lease.account_id,
        or_(ReviewItem.not_for.is_(None), ReviewItem.not_for != lease.account_id),
    )
    named = [ReviewItem.id == item_id, ReviewItem.site_id.in_(site_ids), ReviewItem.state == state]
    return bool(_claim(session, named, or_(claimable(lease.account_id, now), own), lease))


def _claim(
    session: Session, which: list[ColumnElement[bool]], may: ColumnElement[bool], lease: Lease
) -> list[Position]:
    rows = session.execute(
        update(ReviewItem)
        .where(*which, ReviewItem.closed_at.is_(None), may)
        .values(
            claimed_by=lease.account_id,
            lease_hash=lease.token_hash,
            lease_expires_at=lease.expires_at,
            is_held=False,
        )
        .returning(ReviewItem.due_at, ReviewItem.id),
        execution_options=_NO_SYNC,
    )
    return [Position(*row) for row in rows]


def find_position(session: Session, site_ids: Sequence[UUID], item_id: UUID) -> Position | None:
    """Return the place of an item of these sites, closed ones included."""
    row = session.execute(
        select(ReviewItem.due_at, ReviewItem.id).where(
            ReviewItem.id == item_id, ReviewItem.site_id.in_(site_ids)
        )
    ).one_or_none()
    return None if row is None else Position(*row)


def head_due_at(session: Session, site_id: UUID, state: ItemState) -> datetime | None:
    """Return the earliest deadline of a queue."""
    return session.scalar(
        select(ReviewItem.due_at)
        .where(ReviewItem.site_id == site_id, ReviewItem.state == state, ReviewItem.closed_at.is_(None))
        .order_by(ReviewItem.due_at, ReviewItem.id)
        .limit(1)
    )


# Leases ------------------------------------------------------------------------------------------


def _held_by(account_id: UUID) -> list[ColumnElement[bool]]:
    return [ReviewItem.claimed_by == account_id, ReviewItem.closed_at.is_(None)]


def claimed_by(
    session: Session, account_id: UUID, *, now: datetime, token_hash: bytes | None = None
) -> list[tuple[UUID, datetime]]:
    """Return what an account holds (by one token) and until when, in the queue's order, without what is put aside."""
    query = select(ReviewItem.id, ReviewItem.lease_expires_at).where(
        *_held_by(account_id), ReviewItem.lease_expires_at > now, ReviewItem.is_held.is_(False)
    )
    if token_hash is not None:
        query = query.where(ReviewItem.lease_hash == token_hash)
    rows = session.execute(query.order_by(*order()))
    return [(item_id, expires_at) for item_id, expires_at in rows if expires_at is not None]


def renew(
    session: Session, lease: Lease, *, now: datetime, only: Collection[UUID] | None = None
) -> list[UUID]:
    """Lengthen leases that have not run out, of everything held by this token or of some items."""
    query = select(ReviewItem.id).where(
        *_held_by(lease.account_id),
        ReviewItem.lease_hash == lease.token_hash,
        ReviewItem.lease_expires_at > now,
        ReviewItem.is_held.is_(False),
    )
    if only is not None:
        query = query.where(ReviewItem.id.in_(only))
    mine = query.with_for_update(skip_locked=True).cte("mine")
    return list(
        session.scalars(
            update(ReviewItem)
            .where(ReviewItem.id.in_(select(mine.c.id)))
            .values(lease_expires_at=lease.expires_at)
            .returning(ReviewItem.id),
            execution_options=_NO_SYNC,
        )
    )


def release(session: Session, account_id: UUID, *, but: Collection[UUID] = ()) -> None:
    """Give back what an account holds, except some items and what it has put aside."""
    query = select(ReviewItem.id).where(*_held_by(account_id), ReviewItem.is_held.is_(False))
    if but:
        query = query.where(ReviewItem.id.not_in(but))
    mine = query.with_for_update(skip_locked=True).cte("mine")
    session.execute(
        update(ReviewItem)
        .where(ReviewItem.id.in_(select(mine.c.id)))
        .values(claimed_by=None, lease_hash=None, lease_expires_at=None),
        execution_options=_NO_SYNC,
    )


def give_back(session: Session, items: Collection[UUID], lease: Lease) -> None:
    """Give back some items, unless their lease was taken or lengthened after this one."""
    query = select(ReviewItem.id).where(
        *_held_by(lease.account_id),
        ReviewItem.id.in_(items),
        ReviewItem.lease_hash == lease.token_hash,
        ReviewItem.lease_expires_at <= lease.expires_at,
        ReviewItem.is_held.is_(False),
    )
    given = query.with_for_update(skip_locked=True).cte("given")
    session.execute(
        update(ReviewItem)
        .where(ReviewItem.id.in_(select(given.c.id)))
        .values(claimed_by=None, lease_hash=None, lease_expires_at=None),
        execution_options=_NO_SYNC,
    )


def hold(session: Session, item_id: UUID, lease: Lease, *, now: datetime) -> bool:
    """Put an item aside for whoever holds it; False when the lease does not hold."""
    held = session.scalars(
        update(ReviewItem)
        .where(
            ReviewItem.id == item_id,
            *_held_by(lease.account_id),
            ReviewItem.lease_hash == lease.token_hash,
            ReviewItem.lease_expires_at > now,
        )
        .values(is_held=True, lease_expires_at=lease.expires_at)
        .returning(ReviewItem.id),
        execution_options=_NO_SYNC,
    ).one_or_none()
    return held is not None


def count_held(session: Session, account_id: UUID, *, now: datetime) -> int:
    """Count what an account has put aside."""
    query = select(func.count()).where(
        *_held_by(account_id), ReviewItem.is_held, ReviewItem.lease_expires_at > now
    )
    return session.scalar(query) or 0

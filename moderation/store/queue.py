"""The queues in their order, and who holds what. Claims are single conditional UPDATEs.

No claim, renewal or release ever waits for a row that somebody else has locked: it passes over it. So none of them
can be part of a deadlock, whatever is decided meanwhile.

A decision and the next card run most of these, all day. So their statements are made once, with parameters that no
column is named like: what an UPDATE is given by a column's name it would set. And the connection runs them, not the
session, which makes each cost two or three times as much, for objects that nobody here asks for.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    Update,
    and_,
    bindparam,
    case,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.util import AliasedClass

from moderation.domain.review import ItemState, Lease
from moderation.store.tables import ReviewItem, Site

_Inner = aliased(ReviewItem, name="inner")
Items = type[ReviewItem] | AliasedClass[ReviewItem]

_ME: Final[BindParameter[UUID]] = bindparam("me")
_AT: Final[BindParameter[datetime]] = bindparam("at")
_UNTIL: Final[BindParameter[datetime]] = bindparam("until")
_SECRET: Final[BindParameter[bytes]] = bindparam("secret")
_SITES: Final[BindParameter[UUID]] = bindparam("sites", expanding=True)
_QUEUE: Final[BindParameter[ItemState]] = bindparam("queue")
_BUT: Final[BindParameter[UUID]] = bindparam("but", expanding=True)
_KEPT: Final[BindParameter[UUID]] = bindparam("kept", expanding=True)
"""For IN, as `_BUT` is for NOT IN: an empty list is written out by its name, in the one way or the other."""
_MINE: Final = and_(ReviewItem.claimed_by == _ME, ReviewItem.closed_at.is_(None))
_IN_HAND: Final = and_(_MINE, ReviewItem.is_held.is_(False))
"""Held by me, and not put aside."""


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


def claimable(
    account_id: UUID | BindParameter[UUID], now: datetime | BindParameter[datetime], items: Items = ReviewItem
) -> ColumnElement[bool]:
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
    there = tuple_(literal(position.due_at, ReviewItem.due_at.type), literal(position.id, ReviewItem.id.type))
    return _past(there, items, is_forward=is_forward)


def _past(there: ColumnElement[Any], items: Items, *, is_forward: bool) -> ColumnElement[bool]:
    here = tuple_(items.due_at, items.id)
    return here > there if is_forward else here < there


def _place(name: str) -> ColumnElement[Any]:
    """Name a place in the queue that is told when the query is run."""
    return tuple_(
        bindparam(f"{name}_due_at", type_=ReviewItem.due_at.type),
        bindparam(f"{name}_item", type_=ReviewItem.id.type),
    )


def _told(name: str, place: Position | None) -> dict[str, object]:
    return {} if place is None else {f"{name}_due_at": place.due_at, f"{name}_item": place.id}


def _within(items: Items, *, is_beyond: bool, is_forward: bool) -> list[ColumnElement[bool]]:
    conditions = [
        items.state == _QUEUE,
        items.closed_at.is_(None),
        claimable(_ME, _AT, items),
        items.id.not_in(_BUT),
    ]
    if is_beyond:
        conditions.append(_past(_place("beyond"), items, is_forward=is_forward))
    return conditions


def _asked(stretch: Stretch) -> dict[str, object]:
    return {
        "queue": stretch.state,
        "me": stretch.account_id,
        "at": stretch.now,
        "but": list(stretch.but),
        **_told("beyond", stretch.beyond),
    }


@cache
def _claim_along(*, is_beyond: bool, is_forward: bool, has_end: bool) -> Update:
    """Make the statement that claims along a queue.

    By a CTE: an IN with a limit might be run, and lock, once for each row.
    """
    wanted = select(ReviewItem.id).where(
        ReviewItem.site_id == bindparam("site"),
        *_within(ReviewItem, is_beyond=is_beyond, is_forward=is_forward),
    )
    if has_end:
        wanted = wanted.where(~_past(_place("end"), ReviewItem, is_forward=is_forward))
    head = (
        wanted.order_by(*order(is_forward=is_forward))
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True)
        .cte("head")
    )
    return _claim(ReviewItem.id.in_(select(head.c.id)), ReviewItem.state == _QUEUE, claimable(_ME, _AT))


def _claim(*which: ColumnElement[bool]) -> Update:
    return (
        update(ReviewItem)
        .where(*which, ReviewItem.closed_at.is_(None))
        .values(claimed_by=_ME, lease_hash=_SECRET, lease_expires_at=_UNTIL, is_held=False)
        .returning(ReviewItem.due_at, ReviewItem.id)
    )


def _leased(lease: Lease) -> dict[str, object]:
    return {"me": lease.account_id, "secret": lease.token_hash, "until": lease.expires_at}


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
    instead of losing the race for them.
    """
    statement = _claim_along(
        is_beyond=stretch.beyond is not None, is_forward=stretch.is_forward, has_end=up_to is not None
    )
    asked = {"site": site_id, "most": most, **_asked(stretch), **_told("end", up_to), **_leased(lease)}
    rows = session.connection().execute(statement, asked)
    return sorted((Position(*row) for row in rows), reverse=not stretch.is_forward)


@cache
def _first_of_sites(*, is_beyond: bool, is_forward: bool) -> Select[UUID, datetime, UUID]:
    head = (
        select(_Inner.id)
        .where(_Inner.site_id == Site.id, *_within(_Inner, is_beyond=is_beyond, is_forward=is_forward))
        .order_by(*order(_Inner, is_forward=is_forward))
        .limit(1)
        .correlate(Site)
        .scalar_subquery()
    )
    return (
        select(ReviewItem.site_id, ReviewItem.due_at, ReviewItem.id)
        .select_from(Site)
        .join(ReviewItem, ReviewItem.id == head)
        .where(Site.id.in_(_SITES))
        .order_by(*order(is_forward=is_forward))
        .limit(2)
    )


def first_of_sites(
    session: Session, site_ids: Sequence[UUID], stretch: Stretch
) -> list[tuple[UUID, Position]]:
    """Return the two sites whose queues begin earliest, with where they begin.

    By one probe of the index for each site. One ORDER BY over all of them would sort every item that waits.
    """
    query = _first_of_sites(is_beyond=stretch.beyond is not None, is_forward=stretch.is_forward)
    rows = session.connection().execute(query, {"sites": site_ids, **_asked(stretch)})
    return [(site_id, Position(due_at, item_id)) for site_id, due_at, item_id in rows]


_CLAIM_ITEM: Final = _claim(
    ReviewItem.id == bindparam("item"),
    ReviewItem.site_id.in_(_SITES),
    ReviewItem.state == _QUEUE,
    or_(
        claimable(_ME, _AT),
        and_(ReviewItem.claimed_by == _ME, or_(ReviewItem.not_for.is_(None), ReviewItem.not_for != _ME)),
    ),
)


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
    asked = {"item": item_id, "sites": site_ids, "queue": state, "at": now, **_leased(lease)}
    return session.connection().execute(_CLAIM_ITEM, asked).one_or_none() is not None


_POSITION: Final = select(ReviewItem.due_at, ReviewItem.id).where(
    ReviewItem.id == bindparam("item"), ReviewItem.site_id.in_(_SITES)
)


def find_position(session: Session, site_ids: Sequence[UUID], item_id: UUID) -> Position | None:
    """Return the place of an item of these sites, closed ones included."""
    row = session.connection().execute(_POSITION, {"item": item_id, "sites": site_ids}).one_or_none()
    return None if row is None else Position(*row)


def head_due_at(session: Session, site_id: UUID, state: ItemState) -> datetime | None:
    """Return the earliest deadline of a queue."""
    return session.connection().scalar(
        select(ReviewItem.due_at)
        .where(ReviewItem.site_id == site_id, ReviewItem.state == state, ReviewItem.closed_at.is_(None))
        .order_by(ReviewItem.due_at, ReviewItem.id)
        .limit(1)
    )


# Leases ------------------------------------------------------------------------------------------

_CLAIMED: Final = (
    select(ReviewItem.id, ReviewItem.lease_expires_at)
    .where(_IN_HAND, ReviewItem.lease_expires_at > _AT)
    .order_by(*order())
)
_CLAIMED_BY_ONE: Final = _CLAIMED.where(ReviewItem.lease_hash == _SECRET)


def claimed_by(
    session: Session, account_id: UUID, *, now: datetime, token_hash: bytes | None = None
) -> list[tuple[UUID, datetime]]:
    """Return what an account holds (by one token) and until when, in the queue's order, without what is put aside."""
    query = _CLAIMED if token_hash is None else _CLAIMED_BY_ONE
    asked = {"me": account_id, "at": now} | ({} if token_hash is None else {"secret": token_hash})
    rows = session.connection().execute(query, asked)
    return [(item_id, expires_at) for item_id, expires_at in rows if expires_at is not None]


_BY_THIS_TOKEN: Final = and_(ReviewItem.lease_hash == _SECRET, ReviewItem.lease_expires_at > _AT)
_NOBODYS: Final = {"claimed_by": None, "lease_hash": None, "lease_expires_at": None}


def _of_mine(*which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Choose among what is mine, passing over what is locked."""
    mine = select(ReviewItem.id).where(*which).with_for_update(skip_locked=True).cte("mine")
    return ReviewItem.id.in_(select(mine.c.id))


_RENEW: Final = (
    update(ReviewItem)
    .where(_of_mine(_IN_HAND, _BY_THIS_TOKEN))
    .values(lease_expires_at=_UNTIL)
    .returning(ReviewItem.id)
)


def renew(session: Session, lease: Lease, *, now: datetime) -> list[UUID]:
    """Lengthen the leases of everything held by this token that have not run out."""
    asked = {"at": now, **_leased(lease)}
    return list(session.connection().scalars(_RENEW, asked))


_KEEP_ONLY: Final = (
    update(ReviewItem)
    .where(_of_mine(_IN_HAND, or_(ReviewItem.id.not_in(_BUT), _BY_THIS_TOKEN)))
    .values(
        claimed_by=case((ReviewItem.id.in_(_KEPT), ReviewItem.claimed_by), else_=null()),
        lease_hash=case((ReviewItem.id.in_(_KEPT), ReviewItem.lease_hash), else_=null()),
        lease_expires_at=case((ReviewItem.id.in_(_KEPT), _UNTIL), else_=null()),
    )
)


def keep_only(session: Session, items: Collection[UUID], lease: Lease, *, now: datetime) -> None:
    """Lengthen the leases of some items that this token holds, and give back whatever else the account holds.

    What is put aside stays, and so does one of those items that is held by another token, as it is.
    """
    asked = {"at": now, "but": list(items), "kept": list(items), **_leased(lease)}
    session.connection().execute(_KEEP_ONLY, asked)


_RELEASE: Final = update(ReviewItem).where(_of_mine(_IN_HAND)).values(_NOBODYS)


def release(session: Session, account_id: UUID) -> None:
    """Give back what an account holds, except what it has put aside."""
    session.connection().execute(_RELEASE, {"me": account_id})


_GIVE_BACK: Final = (
    update(ReviewItem)
    .where(
        _of_mine(
            _IN_HAND,
            ReviewItem.id.in_(bindparam("items", expanding=True)),
            ReviewItem.lease_hash == _SECRET,
            ReviewItem.lease_expires_at <= _UNTIL,
        )
    )
    .values(_NOBODYS)
)


def give_back(session: Session, items: Collection[UUID], lease: Lease) -> None:
    """Give back some items, unless their lease was taken or lengthened after this one."""
    session.connection().execute(_GIVE_BACK, {"items": list(items), **_leased(lease)})


_HOLD: Final = (
    update(ReviewItem)
    .where(ReviewItem.id == bindparam("item"), _MINE, _BY_THIS_TOKEN)
    .values(is_held=True, lease_expires_at=_UNTIL)
    .returning(ReviewItem.id)
)


def hold(session: Session, item_id: UUID, lease: Lease, *, now: datetime) -> bool:
    """Put an item aside for whoever holds it; False when the lease does not hold."""
    asked = {"item": item_id, "at": now, **_leased(lease)}
    return session.connection().scalars(_HOLD, asked).one_or_none() is not None


def count_held(session: Session, account_id: UUID, *, now: datetime) -> int:
    """Count what an account has put aside."""
    query = select(func.count()).where(_MINE, ReviewItem.is_held, ReviewItem.lease_expires_at > _AT)
    return session.connection().scalar(query, {"me": account_id, "at": now}) or 0

"""The queue: what waits, who works on it, what was decided. Claims and decisions are single conditional UPDATEs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from moderation.domain.review import OPEN_STATES, DecisionKind, ItemState
from moderation.store.tables import Account, Decision, ReviewItem

_NO_SYNC = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Position:
    """An item's place in the queue's order."""

    rank: int
    created_at: datetime
    id: UUID


def enqueue(session: Session, item: ReviewItem) -> None:
    """Put a comment before the moderators. The database refuses a second open item of the same comment."""
    session.add(item)


def _claimable(account_id: UUID, now: datetime) -> ColumnElement[bool]:
    return or_(
        ReviewItem.claimed_by.is_(None),
        ReviewItem.lease_expires_at <= now,
        ReviewItem.claimed_by == account_id,
    )


def _beyond(position: Position, *, is_forward: bool) -> ColumnElement[bool]:
    here = tuple_(ReviewItem.rank, ReviewItem.created_at, ReviewItem.id)
    there = tuple_(
        literal(position.rank, ReviewItem.rank.type),
        literal(position.created_at, ReviewItem.created_at.type),
        literal(position.id, ReviewItem.id.type),
    )
    return here > there if is_forward else here < there


def _in_order(query: Select[UUID], *, is_forward: bool) -> Select[UUID]:
    columns = (ReviewItem.rank, ReviewItem.created_at, ReviewItem.id)
    return query.order_by(*columns) if is_forward else query.order_by(*(column.desc() for column in columns))


def claim_next(
    session: Session,
    site_ids: Sequence[UUID],
    state: ItemState,
    *,
    account_id: UUID,
    lease_hash: bytes,
    lease_expires_at: datetime,
    now: datetime,
    position: Position | None = None,
    is_forward: bool = True,
) -> UUID | None:
    """Claim the next claimable item of a queue, after (or before) a position; None when there is none.

    One statement, the same for both databases: of several moderators asking at once each gets another item. The
    lock clause (left out on SQLite, whose writers come one by one) makes PostgreSQL pass over rows being claimed
    instead of losing the race for them.
    """
    wanted = select(ReviewItem.id).where(
        ReviewItem.site_id.in_(site_ids),
        ReviewItem.state == state,
        _claimable(account_id, now),
    )
    if position is not None:
        wanted = wanted.where(_beyond(position, is_forward=is_forward))
    wanted = _in_order(wanted, is_forward=is_forward).limit(1).with_for_update(skip_locked=True)
    return _claim(
        session,
        ReviewItem.id == wanted.scalar_subquery(),
        account_id=account_id,
        lease_hash=lease_hash,
        lease_expires_at=lease_expires_at,
        now=now,
    )


def claim_item(
    session: Session,
    site_ids: Sequence[UUID],
    item_id: UUID,
    state: ItemState,
    *,
    account_id: UUID,
    lease_hash: bytes,
    lease_expires_at: datetime,
    now: datetime,
) -> UUID | None:
    """Claim one named item; None when somebody else holds it or it has left this queue."""
    named = and_(ReviewItem.id == item_id, ReviewItem.site_id.in_(site_ids), ReviewItem.state == state)
    return _claim(
        session,
        named,
        account_id=account_id,
        lease_hash=lease_hash,
        lease_expires_at=lease_expires_at,
        now=now,
    )


def _claim(
    session: Session,
    which: ColumnElement[bool],
    *,
    account_id: UUID,
    lease_hash: bytes,
    lease_expires_at: datetime,
    now: datetime,
) -> UUID | None:
    return session.scalars(
        update(ReviewItem)
        .where(which, ReviewItem.state.in_(OPEN_STATES), _claimable(account_id, now))
        .values(claimed_by=account_id, lease_hash=lease_hash, lease_expires_at=lease_expires_at)
        .returning(ReviewItem.id),
        execution_options=_NO_SYNC,
    ).one_or_none()


def claimed_by(session: Session, account_id: UUID, *, now: datetime) -> UUID | None:
    """Return the item an account holds, the most recently leased if it holds several."""
    return session.scalars(
        select(ReviewItem.id)
        .where(
            ReviewItem.claimed_by == account_id,
            ReviewItem.lease_expires_at > now,
            ReviewItem.state.in_(OPEN_STATES),
        )
        .order_by(ReviewItem.lease_expires_at.desc())
        .limit(1),
    ).one_or_none()


def release(session: Session, account_id: UUID, *, but: UUID | None = None) -> None:
    """Give back what an account holds, except one item."""
    query = update(ReviewItem).where(ReviewItem.claimed_by == account_id, ReviewItem.state.in_(OPEN_STATES))
    if but is not None:
        query = query.where(ReviewItem.id != but)
    session.execute(
        query.values(claimed_by=None, lease_hash=None, lease_expires_at=None), execution_options=_NO_SYNC
    )


def close(
    session: Session,
    item_id: UUID,
    *,
    account_id: UUID,
    lease_hash: bytes,
    revision: int,
    state: ItemState,
    now: datetime,
) -> bool:
    """Give an item its next state if this account still holds the lease; False when it does not.

    `ESCALATED` keeps the item open for a senior; the other states close it. Every condition stands in the one
    UPDATE, so that of two decisions exactly one finds its row.
    """
    is_open = state in OPEN_STATES
    closed = session.scalars(
        update(ReviewItem)
        .where(
            ReviewItem.id == item_id,
            ReviewItem.state.in_(OPEN_STATES),
            ReviewItem.claimed_by == account_id,
            ReviewItem.lease_hash == lease_hash,
            ReviewItem.lease_expires_at > now,
            ReviewItem.revision == revision,
        )
        .values(
            state=state,
            claimed_by=None,
            lease_hash=None,
            lease_expires_at=None,
            closed_at=None if is_open else now,
        )
        .returning(ReviewItem.id),
        execution_options=_NO_SYNC,
    ).one_or_none()
    return closed is not None


def drop_open_items(session: Session, comment_id: UUID, *, now: datetime) -> None:
    """Take a comment out of the queue without a decision: its author withdrew it, or it was erased."""
    session.execute(
        update(ReviewItem)
        .where(ReviewItem.comment_id == comment_id, ReviewItem.state.in_(OPEN_STATES))
        .values(
            state=ItemState.DROPPED, claimed_by=None, lease_hash=None, lease_expires_at=None, closed_at=now
        ),
        execution_options=_NO_SYNC,
    )


def find_item(session: Session, site_ids: Sequence[UUID], item_id: UUID) -> ReviewItem | None:
    """Return an item of these sites."""
    return session.scalars(
        select(ReviewItem)
        .where(ReviewItem.id == item_id, ReviewItem.site_id.in_(site_ids))
        .execution_options(populate_existing=True),
    ).one_or_none()


def lock_item(session: Session, item_id: UUID) -> ReviewItem:
    """Return an item, locked and fresh: first in the lock order, before its comment (`changes`)."""
    return session.scalars(
        select(ReviewItem)
        .where(ReviewItem.id == item_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True),
    ).one()


@dataclass(frozen=True, slots=True)
class MadeDecision:
    """A decision with the name of whoever made it."""

    decision: Decision
    by: str


def last_decision(session: Session, item_id: UUID) -> MadeDecision | None:
    """Return the latest decision on an item that has not been undone."""
    undo = aliased(Decision, name="undo")
    row = session.execute(
        select(Decision, Account.name)
        .join(Account, Account.id == Decision.account_id)
        .outerjoin(undo, undo.undoes_id == Decision.id)
        .where(Decision.item_id == item_id, Decision.kind != DecisionKind.UNDO, undo.id.is_(None))
        .order_by(Decision.created_at.desc(), Decision.id.desc())
        .limit(1),
    ).one_or_none()
    return None if row is None else MadeDecision(*row)


def find_decision(session: Session, site_ids: Sequence[UUID], decision_id: UUID) -> Decision | None:
    """Return a decision on these sites."""
    return session.scalars(
        select(Decision).where(Decision.id == decision_id, Decision.site_id.in_(site_ids)),
    ).one_or_none()


def add_decision(session: Session, decision: Decision) -> None:
    """Write a decision down, for good."""
    session.add(decision)


def is_undone(session: Session, decision_id: UUID) -> bool:
    """Say whether a decision has been undone."""
    return session.scalar(select(func.count()).where(Decision.undoes_id == decision_id)) != 0

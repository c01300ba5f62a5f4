"""What the patrol reads and keeps: comments in the order of their ids, and how far it has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.review import ItemState
from moderation.store.review import FREE
from moderation.store.tables import Comment, Decision, PatrolMark, ReviewItem, Site
from moderation.store.upsert import insert_if_absent

_NAME: Final = "patrol"
_NO_SYNC = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Seen:
    """A comment that the patrol comes past."""

    id: UUID
    percent: int
    is_unseen: bool
    """Published, decided by nobody, and waiting for nobody."""


def begin(session: Session, comment_id: UUID) -> bool:
    """Set the mark if there is none; say whether this was the first time."""
    return insert_if_absent(session, PatrolMark, name=_NAME, comment_id=comment_id)


def move(session: Session, comment_id: UUID) -> None:
    """Set the mark forward; another worker may have been faster, and nothing moves back."""
    session.execute(
        update(PatrolMark)
        .where(PatrolMark.name == _NAME, PatrolMark.comment_id < comment_id)
        .values(comment_id=comment_id),
        execution_options=_NO_SYNC,
    )


def since_mark(session: Session, *, up_to: UUID, most: int) -> list[Seen]:
    """Return the next comments after the mark, in the order of their ids, which is that of their time."""
    mark = select(PatrolMark.comment_id).where(PatrolMark.name == _NAME).scalar_subquery()
    next_ones = (
        select(Comment.id, Comment.site_id, Comment.status)
        .where(Comment.id > mark, Comment.id < up_to)
        .order_by(Comment.id)
        .limit(most)
        .subquery()
    )
    is_decided = exists().where(Decision.comment_id == next_ones.c.id)
    waits = exists().where(ReviewItem.comment_id == next_ones.c.id, ReviewItem.closed_at.is_(None))
    rows = session.execute(
        select(next_ones.c.id, Site.patrol_percent, next_ones.c.status, is_decided, waits)
        .join(Site, Site.id == next_ones.c.site_id)
        .order_by(next_ones.c.id)
    )
    return [
        Seen(comment_id, percent, status is Status.PUBLISHED and not decided and not waiting)
        for comment_id, percent, status, decided, waiting in rows
    ]


def comments(session: Session, comment_ids: Sequence[UUID]) -> Sequence[Comment]:
    """Return comments that are still published."""
    if not comment_ids:
        return []
    return session.scalars(
        select(Comment).where(Comment.id.in_(comment_ids), Comment.status == Status.PUBLISHED)
    ).all()


def drop_overdue(session: Session, state: ItemState, *, before: datetime, now: datetime, most: int) -> int:
    """Take items out of a queue whose deadline passed before a moment, unless somebody is at work on them."""
    overdue = (
        select(ReviewItem.id)
        .where(
            ReviewItem.site_id.in_(select(Site.id)),
            ReviewItem.state == state,
            ReviewItem.closed_at.is_(None),
            ReviewItem.due_at < before,
            or_(ReviewItem.claimed_by.is_(None), ReviewItem.lease_expires_at <= now),
        )
        .limit(most)
        .with_for_update(skip_locked=True, of=ReviewItem)
        .cte("overdue")
    )
    dropped = session.scalars(
        update(ReviewItem)
        .where(ReviewItem.id.in_(select(overdue.c.id)))
        .values(FREE | {"state": ItemState.DROPPED, "closed_at": now})
        .returning(ReviewItem.id),
        execution_options=_NO_SYNC,
    ).all()
    return len(dropped)

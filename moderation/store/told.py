"""Comments with what became of them: the rows of the pages of an author and of a thread. Reads only.

Like `desk`, these show original texts of every status, to the console's flows alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, tuple_
from sqlalchemy.orm import Session, aliased

from moderation.domain.comment import Status
from moderation.domain.cursor import Cursor
from moderation.domain.reasons import Reason
from moderation.domain.review import OPEN_STATES, DecisionKind, ItemState
from moderation.store.tables import Account, Comment, Decision, ReviewItem, Revision, Thread


@dataclass(frozen=True, slots=True)
class Written:
    """A comment as it was written."""

    id: UUID
    site_id: UUID
    thread_id: UUID
    thread_key: str
    thread_title: str | None
    author_id: UUID | None
    parent_id: UUID | None
    root_id: UUID | None
    nickname: str
    text: str
    status: Status
    reason: Reason | None
    created_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Made:
    """The decision that stands on a comment."""

    kind: DecisionKind
    by: str
    note: str | None
    created_at: datetime


def _written() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Comment.id,
            Comment.site_id,
            Comment.thread_id,
            Thread.key,
            Thread.title,
            Comment.author_id,
            Comment.parent_id,
            Comment.root_id,
            Revision.nickname,
            Revision.text,
            Comment.status,
            Comment.reason,
            Comment.created_at,
            Comment.decided_at,
        )
        .join(Revision, and_(Revision.comment_id == Comment.id, Revision.number == Comment.revision))
        .join(Thread, Thread.id == Comment.thread_id)
    )


def _page(
    session: Session,
    where: Sequence[ColumnElement[bool]],
    *,
    after: Cursor | None,
    is_newest_first: bool,
    most: int,
) -> list[Written]:
    keys = (Comment.created_at, Comment.id)
    query = _written().where(*where)
    if after is not None:
        here = tuple_(*keys)
        there = tuple_(literal(after.created_at, Comment.created_at.type), literal(after.id, Comment.id.type))
        query = query.where(here < there if is_newest_first else here > there)
    query = query.order_by(*(key.desc() for key in keys) if is_newest_first else keys).limit(most)
    return [Written(*row) for row in session.execute(query)]


def by_author(
    session: Session, author_id: UUID, *, status: Status | None, after: Cursor | None, most: int
) -> list[Written]:
    """Return a page of what an author wrote, the latest first."""
    where: list[ColumnElement[bool]] = [Comment.author_id == author_id]
    if status is not None:
        where.append(Comment.status == status)
    return _page(session, where, after=after, is_newest_first=True, most=most)


def in_thread(
    session: Session, thread_id: UUID, *, status: Status | None, after: Cursor | None, most: int
) -> list[Written]:
    """Return a page of a thread's comments in the order of time, the latest first."""
    where: list[ColumnElement[bool]] = [Comment.thread_id == thread_id]
    if status is not None:
        where.append(Comment.status == status)
    return _page(session, where, after=after, is_newest_first=True, most=most)


def roots_of(session: Session, thread_id: UUID, *, after: Cursor | None, most: int) -> list[Written]:
    """Return a page of a thread's top comments, the latest first."""
    where = [Comment.thread_id == thread_id, Comment.root_id.is_(None)]
    return _page(session, where, after=after, is_newest_first=True, most=most)


def below(
    session: Session, thread_id: UUID, root_id: UUID, *, after: Cursor | None, most: int
) -> list[Written]:
    """Return a page of the replies below a top comment, the oldest first."""
    where = [Comment.thread_id == thread_id, Comment.root_id == root_id]
    return _page(session, where, after=after, is_newest_first=False, most=most)


def first_below(session: Session, root_ids: Sequence[UUID], *, most: int) -> list[Written]:
    """Return the first replies below each of several top comments, in one query."""
    if not root_ids:
        return []
    place = (
        func.row_number()
        .over(partition_by=Comment.root_id, order_by=(Comment.created_at, Comment.id))
        .label("place")
    )
    ranked = select(Comment.id, place).where(Comment.root_id.in_(root_ids)).subquery()
    query = (
        _written()
        .join(ranked, ranked.c.id == Comment.id)
        .where(ranked.c.place <= most)
        .order_by(Comment.created_at, Comment.id)
    )
    return [Written(*row) for row in session.execute(query)]


def decisions_on(session: Session, comment_ids: Sequence[UUID]) -> dict[UUID, Made]:
    """Return the decision that stands on each of several comments, in one query."""
    undo = aliased(Decision, name="undo")
    rows = session.execute(
        select(Decision.comment_id, Decision.kind, Account.name, Decision.note, Decision.created_at)
        .join(Account, Account.id == Decision.account_id)
        .outerjoin(undo, undo.undoes_id == Decision.id)
        .where(
            Decision.comment_id.in_(comment_ids),
            Decision.kind.in_((DecisionKind.APPROVE, DecisionKind.REJECT)),
            undo.id.is_(None),
            Decision.checks_id.is_(None),
        )
        .order_by(Decision.created_at, Decision.id),
    )
    return {comment_id: Made(kind, by, note, at) for comment_id, kind, by, note, at in rows}


def open_items(session: Session, comment_ids: Sequence[UUID]) -> dict[UUID, tuple[UUID, ItemState]]:
    """Return the open item of each of several comments, in one query."""
    rows = session.execute(
        select(ReviewItem.comment_id, ReviewItem.id, ReviewItem.state)
        .where(ReviewItem.comment_id.in_(comment_ids), ReviewItem.state.in_(OPEN_STATES))
        .order_by(ReviewItem.created_at),
    )
    return {comment_id: (item_id, state) for comment_id, item_id, state in rows}

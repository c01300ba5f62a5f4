"""One person's data on a site: gathered for a copy, and removed. His comments are erased by `erasing`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.reasons import Reason
from moderation.store import likes
from moderation.store.sites import touch_thread
from moderation.store.tables import (
    Appeal,
    Author,
    AuthorBlock,
    AuthorNote,
    Comment,
    IdempotencyKey,
    Like,
    Report,
    ReviewItem,
    Revision,
    Thread,
)

_NO_SYNC = {"synchronize_session": False}


# Gathered ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeptComment:
    """A comment of his: what happened to it, not what he is told of that."""

    id: UUID
    parent_id: UUID | None
    thread_key: str
    thread_title: str | None
    thread_url: str | None
    thread_count: int
    created_at: datetime
    status: Status
    reason: Reason | None
    is_told: bool
    like_count: int


def comments_where(session: Session, whose: ColumnElement[bool]) -> list[KeptComment]:
    """Return comments, in the order they were written."""
    rows = session.execute(
        select(
            Comment.id,
            Comment.parent_id,
            Thread.key,
            Thread.title,
            Thread.url,
            Thread.published_count,
            Comment.created_at,
            Comment.status,
            Comment.reason,
            Comment.is_told,
            Comment.like_count,
        )
        .join(Thread, Thread.id == Comment.thread_id)
        .where(whose)
        .order_by(Comment.created_at, Comment.id)
    )
    return [KeptComment(*tuple(row)) for row in rows]


def revisions_where(session: Session, whose: ColumnElement[bool]) -> dict[UUID, list[Revision]]:
    """Return every text that comments have had, by comment."""
    found: dict[UUID, list[Revision]] = {}
    query = select(Revision).join(Comment, Comment.id == Revision.comment_id).where(whose)
    for revision in session.scalars(query.order_by(Revision.comment_id, Revision.number)):
        found.setdefault(revision.comment_id, []).append(revision)
    return found


def appeals_where(session: Session, whose: ColumnElement[bool]) -> dict[UUID, Appeal]:
    """Return the appeals for comments, by comment."""
    query = select(Appeal).join(Comment, Comment.id == Appeal.comment_id).where(whose)
    return {appeal.comment_id: appeal for appeal in session.scalars(query)}


def reports_by(session: Session, site_id: UUID, reporter_hash: bytes) -> Sequence[Report]:
    """Return what a reader reported on a site, in the order it came."""
    return session.scalars(
        select(Report)
        .where(Report.site_id == site_id, Report.reporter_hash == reporter_hash)
        .order_by(Report.created_at, Report.id)
    ).all()


def likes_by(session: Session, site_id: UUID, token_hash: bytes, *, most: int | None = None) -> list[Like]:
    """Return what a reader likes on a site, in the order of the comments' ids."""
    return list(
        session.scalars(
            select(Like)
            .join(Comment, Comment.id == Like.comment_id)
            .where(Comment.site_id == site_id, Like.token_hash == token_hash)
            .order_by(Like.comment_id)
            .limit(most)
        )
    )


# Removed -----------------------------------------------------------------------------------------


def unerased(session: Session, whose: ColumnElement[bool], *, most: int) -> Sequence[UUID]:
    """Return comments that still hold something of their author."""
    return session.scalars(
        select(Comment.id).where(whose, Comment.status != Status.ERASED).order_by(Comment.id).limit(most)
    ).all()


def cut_off(session: Session, comment_ids: Sequence[UUID]) -> None:
    """Take the author off erased comments and off the items by which they waited."""
    session.execute(
        update(Comment).where(Comment.id.in_(comment_ids)).values(author_id=None), execution_options=_NO_SYNC
    )
    session.execute(
        update(ReviewItem).where(ReviewItem.comment_id.in_(comment_ids)).values(author_id=None),
        execution_options=_NO_SYNC,
    )


def remove_likes(session: Session, given: Sequence[Like]) -> None:
    """Take likes back, and count each comment's anew: first the rows, then threads and comments (`likes`)."""
    removed = [like.comment_id for like in given if likes.remove(session, like.comment_id, like.token_hash)]
    places = select(Comment.thread_id, Comment.id).where(Comment.id.in_(removed))
    # By thread, as everywhere who holds several: nobody waits in a circle.
    for thread_id, comment_id in session.execute(places.order_by(Comment.thread_id, Comment.id)).all():
        touch_thread(session, thread_id)
        session.execute(
            update(Comment)
            .where(Comment.id == comment_id, Comment.like_count > 0)
            .values(like_count=Comment.like_count - 1),
            execution_options=_NO_SYNC,
        )


def forget_reporter(session: Session, site_id: UUID, reporter_hash: bytes) -> int:
    """Remove a reader's notes from his reports, and what finds him by them; they go on counting. Return how many."""
    # Each stands alone from now on: the receipt's hash is nobody's but its own.
    gone = session.scalars(
        update(Report)
        .where(Report.site_id == site_id, Report.reporter_hash == reporter_hash)
        .values(note=None, client_key=None, reporter_hash=Report.receipt_hash)
        .returning(Report.id),
        execution_options=_NO_SYNC,
    ).all()
    return len(gone)


def forget_author(session: Session, author_id: UUID, *, now: datetime) -> bool:
    """Remove an author of whom no comment is left, with what moderators noted of him.

    One who is blocked keeps his place until the block ends: by nothing but the hash that finds him again, and by
    when and why he was blocked. False where he has written meanwhile.
    """
    author = session.scalars(
        select(Author)
        .where(Author.id == author_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if author is None:
        return True
    whose = Comment.author_id == author_id
    if unerased(session, whose, most=1):
        return False
    # What retention had erased before names him still.
    left = session.scalars(select(Comment.id).where(whose)).all()
    cut_off(session, left)
    session.execute(
        delete(IdempotencyKey).where(
            IdempotencyKey.site_id == author.site_id,
            IdempotencyKey.comment_id.is_(None),
            IdempotencyKey.receipt["author_id"].as_string() == str(author_id),
        ),
        execution_options=_NO_SYNC,
    )
    session.execute(delete(AuthorNote).where(AuthorNote.author_id == author_id), execution_options=_NO_SYNC)
    if author.banned_until is None or author.banned_until <= now:
        session.delete(author)
        session.flush()
        return True
    session.execute(
        update(AuthorBlock).where(AuthorBlock.author_id == author_id).values(note=None),
        execution_options=_NO_SYNC,
    )
    author.approved_count = author.rejected_count = 0
    author.subject, author.is_verified = None, False
    session.flush()
    return True


def kept_for_nothing(session: Session, *, now: datetime) -> Sequence[UUID]:
    """Return authors who were kept for a block alone that has ended."""
    return session.scalars(
        select(Author.id).where(Author.banned_until <= now, ~exists().where(Comment.author_id == Author.id))
    ).all()


def has_comments(session: Session, author_id: UUID) -> bool:
    """Say whether a comment names this author, erased or not."""
    return session.scalar(select(exists().where(Comment.author_id == author_id))) is True

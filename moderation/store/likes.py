"""Likes: a row for each reader and comment, and their number kept on the comment.

The row decides: only who has added it, or taken it away, changes the number. In this order of locks: the row itself,
the thread, the comment (`changes`); nobody else ever waits for the row.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.store.sites import hash_thread_key, touch_thread
from moderation.store.tables import Comment, Like, Site, Thread
from moderation.store.upsert import insert_if_absent

_NO_SYNC = {"synchronize_session": False}


def find_count(session: Session, site_id: UUID, comment_id: UUID) -> tuple[UUID, int] | None:
    """Return the thread of a published comment of this site, and how many like it."""
    row = session.execute(
        select(Comment.thread_id, Comment.like_count).where(
            Comment.id == comment_id, Comment.site_id == site_id, Comment.status == Status.PUBLISHED
        )
    ).one_or_none()
    return None if row is None else row


def add(session: Session, comment_id: UUID, token_hash: bytes, *, now: datetime) -> bool:
    """Note that a reader likes a comment; False when he did already."""
    return insert_if_absent(session, Like, comment_id=comment_id, token_hash=token_hash, created_at=now)


def remove(session: Session, comment_id: UUID, token_hash: bytes) -> bool:
    """Forget that a reader likes a comment; False when he did not."""
    gone = session.scalars(
        delete(Like)
        .where(Like.comment_id == comment_id, Like.token_hash == token_hash)
        .returning(Like.comment_id),
        execution_options=_NO_SYNC,
    ).all()
    return bool(gone)


def count(session: Session, thread_id: UUID, comment_id: UUID, change: int) -> int | None:
    """Change a comment's number of likes and its thread's version; None when it is not published any more."""
    touch_thread(session, thread_id)
    return session.scalars(
        update(Comment)
        .where(Comment.id == comment_id, Comment.status == Status.PUBLISHED)
        .values(like_count=Comment.like_count + change)
        .returning(Comment.like_count),
        execution_options=_NO_SYNC,
    ).one_or_none()


def liked_in_thread(
    session: Session, site_key: str, thread_key: str, token_hash: bytes, *, most: int
) -> Sequence[UUID]:
    """Return what a reader likes in a thread, of what is published there; the latest like first."""
    return session.scalars(
        select(Like.comment_id)
        .join(Comment, Comment.id == Like.comment_id)
        .join(Thread, Thread.id == Comment.thread_id)
        .join(Site, Site.id == Thread.site_id)
        .where(
            Site.key == site_key,
            Thread.key_hash == hash_thread_key(thread_key),
            Comment.status == Status.PUBLISHED,
            # Most comments are liked by nobody: those need not be looked up among the likes.
            Comment.like_count > 0,
            Like.token_hash == token_hash,
        )
        .order_by(Like.created_at.desc(), Like.comment_id)
        .limit(most)
    ).all()

"""THE ONE DOOR. Every change of a comment's status passes here, and everything that must change with it does.

In the caller's transaction: the status, the audit event, the outbox message, the thread's version and count, and
the root's count of replies. A comment whose status changed while one of these did not cannot exist.

Lock order, everywhere: review item, thread, comment, root. Callers that hold a comment got it by `lock_comment`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.domain.comment import Status, may_become
from moderation.domain.errors import CommentUnknown
from moderation.domain.events import EVENT_AFTER, Actor, Event, EventName
from moderation.domain.reasons import Reason
from moderation.store import outbox
from moderation.store.tables import Comment, Thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When a change happens and where its ids come from: passed on, never read twice."""

    now: datetime
    new_id: Callable[[], UUID]


def lock_comment(session: Session, site_id: UUID, comment_id: UUID) -> Comment:
    """Return a comment of this site, locked together with its thread. Raises `CommentUnknown`."""
    thread_id = session.scalars(
        select(Comment.thread_id).where(Comment.id == comment_id, Comment.site_id == site_id),
    ).one_or_none()
    if thread_id is None:
        raise CommentUnknown
    session.execute(select(Thread.id).where(Thread.id == thread_id).with_for_update(key_share=True))
    return session.scalars(
        select(Comment)
        .where(Comment.id == comment_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True),
    ).one()


def receive(session: Session, comment: Comment, *, actor: Actor, moment: Moment) -> None:
    """Add a new comment, as pending. What becomes of it is the next `apply`."""
    session.add(comment)
    event = Event(
        name=EventName.COMMENT_RECEIVED,
        actor=actor,
        subject_kind="comment",
        subject_id=comment.id,
        site_id=comment.site_id,
        new={"status": Status.PENDING, "revision": comment.revision},
    )
    _tell(session, comment, event, moment)


def apply(
    session: Session,
    comment: Comment,
    new: Status,
    *,
    reason: Reason | None = None,
    actor: Actor,
    moment: Moment,
) -> None:
    """Give a comment a new status, and make everything that follows from it true.

    Asking for the status it has is no change and leaves no trace. Raises `ValueError` for a transition that does
    not exist: callers check their request first, so this would be a fault of ours.
    """
    old = comment.status
    if old is new:
        return
    if not may_become(old, new):
        raise ValueError(f"a comment that is {old} cannot become {new}")
    delta = (new is Status.PUBLISHED) - (old is Status.PUBLISHED)
    comment.status = new
    comment.reason = reason if new is Status.REJECTED else None
    comment.is_listed = new is Status.PUBLISHED or comment.published_reply_count > 0
    comment.decided_at = None if new is Status.PENDING else moment.now
    session.flush()
    if delta:
        _update_thread(session, comment, delta)
    event = Event(
        name=EVENT_AFTER[new],
        actor=actor,
        subject_kind="comment",
        subject_id=comment.id,
        site_id=comment.site_id,
        reason=reason,
        old={"status": old},
        new={"status": new, "revision": comment.revision},
    )
    _tell(session, comment, event, moment)


def _update_thread(session: Session, comment: Comment, delta: int) -> None:
    session.execute(
        update(Thread)
        .where(Thread.id == comment.thread_id)
        .values(version=Thread.version + 1, published_count=Thread.published_count + delta),
    )
    if comment.root_id is not None:
        replies = Comment.published_reply_count + delta
        session.execute(
            update(Comment)
            .where(Comment.id == comment.root_id)
            .values(
                published_reply_count=replies,
                is_listed=(Comment.status == Status.PUBLISHED) | (replies > 0),
            ),
        )


def _tell(session: Session, comment: Comment, event: Event, moment: Moment) -> None:
    outbox.record(session, event, now=moment.now)
    payload: dict[str, object] = {
        "comment_id": str(comment.id),
        "thread_id": str(comment.thread_id),
        "reason": event.reason,
        **{key: value for key, value in event.new.items() if key in {"status", "revision"}},
    }
    outbox.post(session, event, payload, event_id=moment.new_id(), now=moment.now)

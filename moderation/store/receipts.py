"""What the receipts of comments are for. Reads only; their codes are looked up by their hashes. Reports: `reports`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.reasons import Reason
from moderation.store.tables import Appeal, Comment, Revision, Site, Thread


@dataclass(frozen=True, slots=True)
class KeptComment:
    """A comment as its receipt finds it: what happened, not what its author is told of it."""

    id: UUID
    status: Status
    reason: Reason | None
    is_told: bool
    created_at: datetime
    decided_at: datetime | None
    nickname: str
    text: str
    thread_key: str
    thread_title: str | None
    thread_url: str | None
    count: int
    appeal_days: int
    appeal: Appeal | None


def comment_of(session: Session, site_id: UUID, receipt_hash: bytes) -> KeptComment | None:
    """Return the comment that a receipt of this site is for."""
    row = session.execute(
        select(
            Comment.id,
            Comment.status,
            Comment.reason,
            Comment.is_told,
            Comment.created_at,
            Comment.decided_at,
            Revision.nickname,
            Revision.text,
            Thread.key,
            Thread.title,
            Thread.url,
            Thread.published_count,
            Site.appeal_days,
            Appeal,
        )
        .join(Revision, and_(Revision.comment_id == Comment.id, Revision.number == Comment.revision))
        .join(Thread, Thread.id == Comment.thread_id)
        .join(Site, Site.id == Comment.site_id)
        .outerjoin(Appeal, Appeal.comment_id == Comment.id)
        .where(Comment.receipt_hash == receipt_hash, Comment.site_id == site_id),
    ).one_or_none()
    return None if row is None else KeptComment(*row)  # type: ignore[call-arg]  # more columns than SQLAlchemy types

"""Repeats: fingerprints kept, looked up and forgotten; the waiting copies of a comment."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, delete, insert, select
from sqlalchemy.orm import Session

from moderation.domain.repeats import KnownText
from moderation.store.tables import Comment, FingerprintBand, Revision

MOST_COMPARED = 16
"""First texts that one posting is compared with, the latest of those that share a band."""

_NO_SYNC = {"synchronize_session": False}


def known_texts(session: Session, site_id: UUID, bands: Sequence[int]) -> list[KnownText]:
    """Return the first texts of groups that share a band with a new text: one read, by the primary key."""
    sharing = (
        select(FingerprintBand.comment_id)
        .where(FingerprintBand.site_id == site_id, FingerprintBand.value.in_(bands))
        .distinct()
        .order_by(FingerprintBand.comment_id.desc())
        .limit(MOST_COMPARED)
        .subquery()
    )
    rows = session.execute(
        select(Comment.text_hash, Revision.text)
        .join(sharing, sharing.c.comment_id == Comment.id)
        .join(Revision, and_(Revision.comment_id == Comment.id, Revision.number == Comment.revision))
        .where(Comment.site_id == site_id),
    )
    return [KnownText(group, text) for group, text in rows]


def keep_fingerprint(session: Session, comment: Comment, bands: Sequence[int]) -> None:
    """Keep the fingerprint of a comment that is the first of its group."""
    if not bands:
        return
    session.execute(
        insert(FingerprintBand),
        [
            {
                "site_id": comment.site_id,
                "value": band,
                "comment_id": comment.id,
                "created_at": comment.created_at,
            }
            for band in set(bands)
        ],
    )


def forget_fingerprints(session: Session, comment_ids: Sequence[UUID]) -> None:
    """Remove the fingerprints of comments: what is made of a text goes with the text."""
    session.execute(
        delete(FingerprintBand).where(FingerprintBand.comment_id.in_(comment_ids)),
        execution_options=_NO_SYNC,
    )


def purge_fingerprints(session: Session, *, before: datetime, most: int) -> int:
    """Forget the fingerprints of older comments, `most` comments at once; return how many numbers went."""
    oldest = (
        select(FingerprintBand.comment_id)
        .where(FingerprintBand.created_at < before)
        .order_by(FingerprintBand.created_at)
        .limit(most)
    )
    gone = session.scalars(
        delete(FingerprintBand)
        .where(FingerprintBand.comment_id.in_(oldest))
        .returning(FingerprintBand.comment_id),
        execution_options=_NO_SYNC,
    ).all()
    return len(gone)

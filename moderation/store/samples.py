"""Texts of comments as material for trying rules; nothing of who wrote them, or when."""

from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.store.tables import Comment, Revision


def recent_texts(session: Session, site_id: UUID, *, most: int) -> list[str]:
    """Return the texts of a site's latest comments, latest first, whatever became of them unless erased."""
    # Identifiers rise with time (ADR 0004), so their order is that of the comments.
    return list(
        session.scalars(
            select(Revision.text)
            .join(Comment, and_(Comment.id == Revision.comment_id, Comment.revision == Revision.number))
            .where(Comment.site_id == site_id, Comment.status != Status.ERASED)
            .order_by(Comment.id.desc())
            .limit(most)
        )
    )

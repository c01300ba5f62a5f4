"""What moderators keep about an author: notes for colleagues, and blocks with their history."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from moderation.domain.reasons import Reason
from moderation.store.base import Base, enum_by_value


class AuthorNote(Base):
    """A note for colleagues. Never edited; its site is the author's."""

    __tablename__ = "author_notes"
    __table_args__ = (Index("ix_author_notes_author", "author_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("authors.id", ondelete="CASCADE"))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    text: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[datetime]


class AuthorBlock(Base):
    """A block that was set; the one that holds is told by `Author.banned_until` alone."""

    __tablename__ = "author_blocks"
    __table_args__ = (
        CheckConstraint("until IS NULL OR until > created_at", name="until"),
        Index("ix_author_blocks_author", "author_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("authors.id", ondelete="CASCADE"))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    reason: Mapped[Reason] = mapped_column(enum_by_value(Reason))
    note: Mapped[str | None] = mapped_column(String(1000))
    created_at: Mapped[datetime]
    until: Mapped[datetime | None]
    """Until when it was set; None means for good."""
    ended_at: Mapped[datetime | None]
    """When a person ended it, by unblocking or by another block; None when the clock does."""
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))

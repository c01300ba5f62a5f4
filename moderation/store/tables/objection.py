"""What readers and authors object to: reports of what is shown, appeals against what was refused."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from moderation.domain.appeal import AppealState
from moderation.domain.reasons import Reason
from moderation.domain.report import ReportState
from moderation.store.base import Base, enum_by_value


class Report(Base):
    """A reader's complaint about one text of a comment."""

    __tablename__ = "reports"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'upheld', 'dismissed')", name="state"),
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled_at"),
        CheckConstraint("weight BETWEEN 0 AND 1000", name="weight"),
        # A reader reports a comment once.
        UniqueConstraint("comment_id", "reporter_hash"),
        UniqueConstraint("receipt_hash"),
        Index("ix_reports_reporter", "site_id", "reporter_hash", "state"),
        # What is old enough to be forgotten.
        Index(
            "ix_reports_noted",
            "site_id",
            "settled_at",
            sqlite_where=text("note IS NOT NULL"),
            postgresql_where=text("note IS NOT NULL"),
        ),
        Index(
            "ix_reports_open",
            "comment_id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    comment_id: Mapped[UUID] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"))
    revision: Mapped[int]
    """The text that was reported."""
    reason: Mapped[Reason] = mapped_column(enum_by_value(Reason))
    note: Mapped[str | None] = mapped_column(String(500))
    reporter_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Hash of the reader's token or, where he keeps none, of his client and the day."""
    client_key: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """As on comments; removed by age."""
    weight: Mapped[int]
    """What it counted when it came: 100 is one unknown reader's (`domain.report`)."""
    is_proven: Mapped[bool]
    """Whether its reporter had been right before: only such reports can hide a comment."""
    state: Mapped[ReportState] = mapped_column(enum_by_value(ReportState))
    receipt_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class Appeal(Base):
    """An author's objection to the refusal of his comment. One for each comment."""

    __tablename__ = "appeals"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'granted', 'denied')", name="state"),
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled_at"),
        UniqueConstraint("comment_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    comment_id: Mapped[UUID] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"))
    decision_id: Mapped[UUID | None] = mapped_column(ForeignKey("decisions.id", ondelete="SET NULL"))
    """The decision it is about; none where the rules refused."""
    text: Mapped[str] = mapped_column(String(1000))
    reason_before: Mapped[Reason] = mapped_column(enum_by_value(Reason))
    """Why the comment had been refused."""
    state: Mapped[AppealState] = mapped_column(enum_by_value(AppealState))
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

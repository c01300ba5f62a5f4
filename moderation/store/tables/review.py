"""What waits for a person, and what persons decided."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from moderation.domain.comment import Status
from moderation.domain.reasons import Reason
from moderation.domain.review import DecisionKind, ItemState
from moderation.store.base import Base, enum_by_value

_OPEN = text("state IN ('waiting', 'escalated')")


class ReviewItem(Base):
    """One waiting comment with its causes, and the lease of whoever works on it."""

    __tablename__ = "review_items"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'escalated', 'decided', 'dropped')", name="state"),
        CheckConstraint(
            "(claimed_by IS NULL) = (lease_hash IS NULL) AND (claimed_by IS NULL) = (lease_expires_at IS NULL)",
            name="lease_is_whole",
        ),
        CheckConstraint("(state IN ('decided', 'dropped')) = (closed_at IS NOT NULL)", name="closed_at"),
        # A comment waits once: the second item of a comment in the queue cannot exist.
        Index("uq_review_items_open", "comment_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        # The queue in its order; closed items cost it nothing.
        Index(
            "ix_review_items_queue",
            "site_id",
            "state",
            "rank",
            "created_at",
            "id",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_review_items_claimed", "claimed_by", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    comment_id: Mapped[UUID] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), index=True)
    revision: Mapped[int]
    state: Mapped[ItemState] = mapped_column(enum_by_value(ItemState))
    causes: Mapped[list[str]]
    rank: Mapped[int]
    """Minus the priority, so that one ascending index gives the queue's order on both databases."""
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    claimed_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    lease_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    lease_expires_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class Decision(Base):
    """What a person decided. Never edited: undoing is a decision of its own."""

    __tablename__ = "decisions"
    __table_args__ = (
        CheckConstraint("kind IN ('approve', 'reject', 'escalate', 'undo')", name="kind"),
        CheckConstraint("(kind = 'reject') = (reason IS NOT NULL)", name="reject_with_reason"),
        CheckConstraint("(kind = 'undo') = (undoes_id IS NOT NULL)", name="undo_names_decision"),
        UniqueConstraint("undoes_id"),
        # One final decision per item: two moderators cannot both have decided it, whatever raced.
        Index(
            "uq_decisions_final",
            "item_id",
            unique=True,
            sqlite_where=text("kind IN ('approve', 'reject')"),
            postgresql_where=text("kind IN ('approve', 'reject')"),
        ),
        Index("ix_decisions_account", "account_id", "created_at"),
        Index("ix_decisions_site", "site_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    item_id: Mapped[UUID] = mapped_column(ForeignKey("review_items.id", ondelete="CASCADE"))
    comment_id: Mapped[UUID] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="RESTRICT"))
    kind: Mapped[DecisionKind] = mapped_column(enum_by_value(DecisionKind))
    status_before: Mapped[Status] = mapped_column(enum_by_value(Status))
    """What the comment was, so that an undo leads back to exactly that."""
    reason: Mapped[Reason | None] = mapped_column(enum_by_value(Reason))
    note: Mapped[str | None] = mapped_column(String(1000))
    undoes_id: Mapped[UUID | None] = mapped_column(ForeignKey("decisions.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]

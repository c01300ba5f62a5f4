"""What waits for a person, how much of it, and what persons decided."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from moderation.domain.comment import Status
from moderation.domain.reasons import Reason
from moderation.domain.review import DecisionKind, ItemState
from moderation.store.base import Base, enum_by_value

_OPEN = text("closed_at IS NULL")
"""Said by this column, not by the states: SQLite uses a partial index only where a query repeats its words, and
"no moment yet" can be repeated in every query without a parameter."""


def _of_open_items(name: str, *columns: str, is_unique: bool = False) -> Index:
    """Make an index that closed items cost nothing."""
    return Index(name, *columns, unique=is_unique, sqlite_where=_OPEN, postgresql_where=_OPEN)


class ReviewItem(Base):
    """One waiting comment with its causes, and the lease of whoever works on it."""

    __tablename__ = "review_items"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'reported', 'escalated', 'appealed', 'patrol', 'second-look', 'decided', 'dropped')",
            name="state",
        ),
        CheckConstraint(
            "(claimed_by IS NULL) = (lease_hash IS NULL) AND (claimed_by IS NULL) = (lease_expires_at IS NULL)",
            name="lease_is_whole",
        ),
        CheckConstraint("claimed_by IS NOT NULL OR NOT is_held", name="held_by_somebody"),
        CheckConstraint("(state IN ('decided', 'dropped')) = (closed_at IS NOT NULL)", name="closed_at"),
        CheckConstraint("risk BETWEEN 0 AND 100", name="risk"),
        # A comment waits once: the second item of a comment in the queue cannot exist.
        _of_open_items("uq_review_items_open", "comment_id", is_unique=True),
        # The queue in its order.
        _of_open_items("ix_review_items_queue", "site_id", "state", "due_at", "id"),
        _of_open_items("ix_review_items_claimed", "claimed_by"),
        # How long each queue is and since when its oldest item waits, without reading one.
        _of_open_items("ix_review_items_oldest", "site_id", "state", "created_at"),
        # What can be listed, in the queue's order, and settled together.
        _of_open_items("ix_review_items_author", "author_id", "site_id", "state", "due_at", "id"),
        _of_open_items("ix_review_items_thread", "thread_id", "site_id", "state", "due_at", "id"),
        _of_open_items("ix_review_items_rule", "site_id", "rule_key", "state", "due_at", "id"),
        _of_open_items("ix_review_items_group", "site_id", "text_hash"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    comment_id: Mapped[UUID] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), index=True)
    revision: Mapped[int]
    state: Mapped[ItemState] = mapped_column(enum_by_value(ItemState))
    causes: Mapped[list[str]]
    risk: Mapped[int]
    """How much it matters that a person looks soon, 0 to 100 (`domain.review.risk_of`)."""
    rule_key: Mapped[str | None] = mapped_column(String(64))
    """The rule that weighs most in it; none where no rule matched."""
    category: Mapped[Reason | None] = mapped_column(enum_by_value(Reason))
    """The category of that rule."""
    thread_id: Mapped[UUID]
    author_id: Mapped[UUID | None]
    text_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Thread, author and group of its comment: copies, by which what waits is found without looking at what does not.
    No foreign keys: the item goes with its comment."""
    created_at: Mapped[datetime]
    """Since when the comment waits."""
    due_at: Mapped[datetime]
    """When it is overdue. The queues are ordered by this, then by id."""
    claimed_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    lease_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    lease_expires_at: Mapped[datetime | None]
    is_held: Mapped[bool]
    """Put aside by whoever claimed it: a lease of a day, which the next claim of a card does not give back."""
    not_for: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    """Who may not judge it, because the judgement is about his own."""
    checks_id: Mapped[UUID | None]
    """Of a second look, and of a dispute after it: the decision that is looked at. No foreign key, since decisions
    refer to items."""
    closed_at: Mapped[datetime | None]


class QueueChange(Base):
    """A change of how much waits in a queue of a site; the sum of them is its length.

    Written by triggers of `review_items`, whatever path changed an item, and folded by a job. Rows are only added, so
    that two people who decide at once never wait for each other. No foreign key: a site that goes takes its items
    along, and each of those is told here after the site has gone.
    """

    __tablename__ = "queue_changes"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    site_id: Mapped[UUID]
    state: Mapped[ItemState] = mapped_column(enum_by_value(ItemState))
    change: Mapped[int]


class PatrolMark(Base):
    """How far the patrol has come: a single row."""

    __tablename__ = "patrol_marks"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    comment_id: Mapped[UUID]
    """Comments up to here have been looked at. Ids rise with time, and the comment itself may be gone."""


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
        Index(
            "ix_decisions_batch",
            "batch_id",
            sqlite_where=text("batch_id IS NOT NULL"),
            postgresql_where=text("batch_id IS NOT NULL"),
        ),
        Index(
            "ix_decisions_second_looks",
            "site_id",
            "created_at",
            sqlite_where=text("checks_id IS NOT NULL"),
            postgresql_where=text("checks_id IS NOT NULL"),
        ),
        Index(
            "ix_decisions_checks",
            "checks_id",
            sqlite_where=text("checks_id IS NOT NULL"),
            postgresql_where=text("checks_id IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    item_id: Mapped[UUID] = mapped_column(ForeignKey("review_items.id", ondelete="CASCADE"))
    comment_id: Mapped[UUID] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="RESTRICT"))
    kind: Mapped[DecisionKind] = mapped_column(enum_by_value(DecisionKind))
    queue: Mapped[ItemState] = mapped_column(enum_by_value(ItemState), server_default=ItemState.WAITING)
    """Where the item waited, so that an undo leads back to that queue."""
    status_before: Mapped[Status] = mapped_column(enum_by_value(Status))
    """What the comment was, so that an undo leads back to exactly that."""
    reason_before: Mapped[Reason | None] = mapped_column(enum_by_value(Reason))
    """Why it was refused, where it was."""
    reason: Mapped[Reason | None] = mapped_column(enum_by_value(Reason))
    note: Mapped[str | None] = mapped_column(String(1000))
    undoes_id: Mapped[UUID | None] = mapped_column(ForeignKey("decisions.id", ondelete="CASCADE"))
    checks_id: Mapped[UUID | None] = mapped_column(ForeignKey("decisions.id", ondelete="CASCADE"))
    """Of a second look: the decision it judges. It changes nothing about the comment."""
    batch_id: Mapped[UUID | None]
    """The same for all decisions that were made at one stroke."""
    created_at: Mapped[datetime]

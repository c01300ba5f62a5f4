"""What happened (audit), what is to be told outside (outbox), and what runs by the clock (jobs)."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from moderation.domain.events import ActorKind, EventName
from moderation.store.base import Base, enum_by_value

# SQLite counts up by itself only for a column declared exactly INTEGER PRIMARY KEY.
_Counter = BigInteger().with_variant(Integer(), "sqlite")

_HAS_ACTOR = text("actor_id IS NOT NULL")
_HAS_REASON = text("reason IS NOT NULL")


class AuditEvent(Base):
    """What happened to what, by whom, why, when. Append-only: triggers of the database refuse changes."""

    __tablename__ = "audit_events"
    __table_args__ = (
        # Each filter of the audit's page walks one of these, the latest first, and stops when a page is full.
        Index("ix_audit_events_site", "site_id", "created_at", "id"),
        Index("ix_audit_events_name", "site_id", "name", "created_at", "id"),
        Index("ix_audit_events_kind", "site_id", "actor_kind", "created_at", "id"),
        Index("ix_audit_events_subject", "subject_id", "site_id", "created_at", "id"),
        Index(
            "ix_audit_events_actor",
            "actor_id",
            "site_id",
            "created_at",
            "id",
            sqlite_where=_HAS_ACTOR,
            postgresql_where=_HAS_ACTOR,
        ),
        Index(
            "ix_audit_events_reason",
            "site_id",
            "reason",
            "created_at",
            "id",
            sqlite_where=_HAS_REASON,
            postgresql_where=_HAS_REASON,
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(_Counter, primary_key=True)
    site_id: Mapped[UUID | None] = mapped_column(ForeignKey("sites.id", ondelete="RESTRICT"))
    name: Mapped[EventName] = mapped_column(enum_by_value(EventName))
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[UUID]
    actor_kind: Mapped[ActorKind] = mapped_column(enum_by_value(ActorKind))
    actor_id: Mapped[UUID | None]
    reason: Mapped[str | None] = mapped_column(String(64))
    old: Mapped[dict[str, object]]
    new: Mapped[dict[str, object]]
    created_at: Mapped[datetime]


class AuditSeal(Base):
    """An event's place in the hash chain (`domain.chain`). Append-only, as the audit."""

    __tablename__ = "audit_chain"

    position: Mapped[int] = mapped_column(_Counter, primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(_Counter, unique=True)
    """No foreign key: an event that somebody removed must leave its seal behind."""
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class UnsealedEvent(Base):
    """An event that waits to be sealed; noted by a trigger of the database when it is written."""

    __tablename__ = "audit_unsealed"

    event_id: Mapped[int] = mapped_column(_Counter, primary_key=True, autoincrement=False)


class MessageState(StrEnum):
    """An outbox message: due until a worker has told it, then sent; parked when given up."""

    DUE = "due"
    SENT = "sent"
    PARKED = "parked"


_DUE = text("state = 'due'")


class OutboxMessage(Base):
    """An event to be told outside, written in the transaction that made it true."""

    __tablename__ = "outbox_messages"
    __table_args__ = (
        CheckConstraint("state IN ('due', 'sent', 'parked')", name="state"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_at"),
        Index("ix_outbox_messages_due", "due_at", "id", sqlite_where=_DUE, postgresql_where=_DUE),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(_Counter, primary_key=True)
    event_id: Mapped[UUID] = mapped_column(unique=True)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    subject_id: Mapped[UUID]
    """Messages of one subject are told in order."""
    name: Mapped[EventName] = mapped_column(enum_by_value(EventName))
    payload: Mapped[dict[str, object]]
    state: Mapped[MessageState] = mapped_column(enum_by_value(MessageState))
    attempts: Mapped[int]
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None] = mapped_column(index=True)


class Job(Base):
    """A periodic job and when it next runs; a worker takes it by moving `due_at` forward."""

    __tablename__ = "jobs"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    due_at: Mapped[datetime]
    ran_at: Mapped[datetime | None]
    failures: Mapped[int]

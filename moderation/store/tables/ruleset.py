"""Rule sets: immutable versions of a site's rules, with the artefact that the matcher loads."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from moderation.domain.reasons import Reason
from moderation.domain.ruleset import RuleSetState
from moderation.rules import Action, Kind
from moderation.store.base import Base, enum_by_value

_ACTIVE = text("state = 'active'")


class RuleSetVersion(Base):
    """One version of a site's rules. Only its state changes: draft → active → retired, and back by roll-back."""

    __tablename__ = "rule_sets"
    __table_args__ = (
        UniqueConstraint("site_id", "number"),
        CheckConstraint("state IN ('draft', 'active', 'retired')", name="state"),
        Index("uq_rule_sets_active", "site_id", unique=True, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    number: Mapped[int]
    state: Mapped[RuleSetState] = mapped_column(enum_by_value(RuleSetState))
    name: Mapped[str] = mapped_column(String(120))
    rule_count: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    exceptions: Mapped[list[str] | None]
    """Texts in which every term of the set is innocent."""
    thresholds: Mapped[dict[str, object] | None]
    """From where on scores matter, by name; None as long as nobody has said otherwise."""
    artefact: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """The compiled set. In the database, so that every process of every host finds the same bytes."""
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]


class StoredRule(Base):
    """One rule as its author wrote it: the source that the artefact was compiled from."""

    __tablename__ = "rules"
    __table_args__ = (
        CheckConstraint("action IN ('allow', 'score', 'mask', 'review', 'block')", name="action"),
        CheckConstraint("severity BETWEEN 1 AND 100", name="severity"),
    )

    rule_set_id: Mapped[UUID] = mapped_column(
        ForeignKey("rule_sets.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[Kind] = mapped_column(enum_by_value(Kind), server_default=Kind.TERM)
    term: Mapped[str] = mapped_column(String(500))
    action: Mapped[Action] = mapped_column(enum_by_value(Action))
    category: Mapped[Reason] = mapped_column(enum_by_value(Reason))
    severity: Mapped[int]
    exceptions: Mapped[list[str]]
    fields: Mapped[list[str]]
    channels: Mapped[list[str] | None]
    guards: Mapped[list[str] | None]
    thread_key: Mapped[str | None] = mapped_column(String(512))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]

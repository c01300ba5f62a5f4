"""Rule sets: versions of a site's rules, with the artefact that the matcher loads. Only drafts change."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from moderation.domain.reasons import Reason
from moderation.domain.ruleset import RuleSetState
from moderation.rules import Action, Kind
from moderation.store.base import Base, enum_by_value

_ACTIVE = text("state = 'active'")


class RuleSetVersion(Base):
    """One version of a site's rules: a draft that is edited, later in force, retired, and back by roll-back.

    From its activation on only its state changes. A draft carries an artefact as long as it is that of its rules.
    """

    __tablename__ = "rule_sets"
    __table_args__ = (
        UniqueConstraint("site_id", "number"),
        CheckConstraint("state IN ('draft', 'active', 'retired', 'discarded')", name="state"),
        CheckConstraint(
            "state IN ('draft', 'discarded') OR (artefact IS NOT NULL AND digest IS NOT NULL)",
            name="is_compiled",
        ),
        Index("uq_rule_sets_active", "site_id", unique=True, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    number: Mapped[int]
    state: Mapped[RuleSetState] = mapped_column(enum_by_value(RuleSetState))
    name: Mapped[str] = mapped_column(String(120))
    rule_count: Mapped[int]
    digest: Mapped[str | None] = mapped_column(String(64))
    """Of the artefact; None while a draft is not compiled."""
    exceptions: Mapped[list[str] | None]
    """Texts in which every term of the set is innocent."""
    thresholds: Mapped[dict[str, object] | None]
    """From where on scores matter, by name; None as long as nobody has said otherwise."""
    artefact: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """The compiled set. In the database, so that every process of every host finds the same bytes."""
    edition: Mapped[int] = mapped_column(server_default="0")
    """How often the draft was edited: who edits says which edition he saw."""
    is_correction: Mapped[bool] = mapped_column(server_default=false())
    """Whether narrowing rules from cards made it: the next such exception goes into it too."""
    based_on_id: Mapped[UUID | None] = mapped_column(ForeignKey("rule_sets.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    """The account; None is the operator."""
    edited_at: Mapped[datetime | None]
    edited_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    activated_at: Mapped[datetime | None]
    activated_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))


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

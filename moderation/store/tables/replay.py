"""Rules on trial: replays over past comments, shadows beside the active rules, and terms suggested for a rule.

None of these tables holds a comment's text: examples are references, and go with their comment.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from moderation.domain.reasons import Reason
from moderation.domain.replay import Fate, ReplayState
from moderation.rules import Kind, Verdict
from moderation.store.base import Base, enum_by_value

_RUNNING = text("state = 'running'")
_OPEN = text("ended_at IS NULL")


class Replay(Base):
    """One version of the rules set to judge past comments again, and what came of it so far."""

    __tablename__ = "replays"
    __table_args__ = (
        CheckConstraint("state IN ('running', 'done', 'cancelled', 'failed')", name="state"),
        CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended_at"),
        CheckConstraint("state <> 'running' OR artefact IS NOT NULL", name="artefact"),
        Index("ix_replays_site", "site_id", "started_at"),
        # One at a time: a second one would only make both slower.
        Index("uq_replays_running", "site_id", unique=True, sqlite_where=_RUNNING, postgresql_where=_RUNNING),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    rule_set_id: Mapped[UUID] = mapped_column(ForeignKey("rule_sets.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    """Of what was judged by: a draft may be edited while its replay runs, the replay goes on with what it began with."""
    artefact: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """The compiled rules as they were at the start; dropped at the end."""
    against_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("rule_sets.id", ondelete="CASCADE"), index=True
    )
    """The version that was active at the start; None when the site had no rules."""
    state: Mapped[ReplayState] = mapped_column(enum_by_value(ReplayState))
    failure: Mapped[str | None] = mapped_column(String(32))
    most: Mapped[int]
    since: Mapped[datetime | None]
    until: Mapped[datetime]
    total: Mapped[int]
    judged: Mapped[int]
    busy_ms: Mapped[int]
    """Time that workers spent on it, without waiting for their turn."""
    cursor_at: Mapped[datetime | None]
    cursor_id: Mapped[UUID | None]
    """The last comment judged; the way goes from the latest to the oldest."""
    cells: Mapped[dict[str, object]]
    lease: Mapped[UUID | None]
    lease_expires_at: Mapped[datetime | None]
    started_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ReplayRule(Base):
    """Of one replay and one rule: comments it found that it did not find before, and the other way round."""

    __tablename__ = "replay_rules"

    replay_id: Mapped[UUID] = mapped_column(ForeignKey("replays.id", ondelete="CASCADE"), primary_key=True)
    rule_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    gained: Mapped[int]
    gained_approved: Mapped[int]
    gained_rejected: Mapped[int]
    lost: Mapped[int]
    lost_approved: Mapped[int]
    lost_rejected: Mapped[int]


class ReplayExample(Base):
    """A comment whose fate a replay would change, with the places that matched under both sets of rules."""

    __tablename__ = "replay_examples"
    __table_args__ = (Index("ix_replay_examples_comment_id", "comment_id"),)

    replay_id: Mapped[UUID] = mapped_column(ForeignKey("replays.id", ondelete="CASCADE"), primary_key=True)
    comment_id: Mapped[UUID] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True)
    cell: Mapped[str] = mapped_column(String(32))
    lot: Mapped[int] = mapped_column(BigInteger)
    revision: Mapped[int]
    marks: Mapped[dict[str, object]]


class Shadow(Base):
    """A version that judges new comments beside the active one, without effect."""

    __tablename__ = "shadows"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (artefact IS NOT NULL)", name="artefact"),
        Index("ix_shadows_site", "site_id", "started_at"),
        Index("uq_shadows_open", "site_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    rule_set_id: Mapped[UUID] = mapped_column(ForeignKey("rule_sets.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    artefact: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    watermark: Mapped[datetime]
    """Up to here new comments were looked at; what was committed late is found by looking a little before it."""
    failure: Mapped[str | None] = mapped_column(String(32))
    lease: Mapped[UUID | None]
    lease_expires_at: Mapped[datetime | None]
    started_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ShadowJudgement(Base):
    """What a shadow would have made of one comment, and what the active rules made of it."""

    __tablename__ = "shadow_judgements"
    __table_args__ = (
        CheckConstraint("verdict IN ('allow', 'review', 'block')", name="verdict"),
        Index("ix_shadow_judgements_comment_id", "comment_id"),
        Index("ix_shadow_judgements_created_at", "created_at"),
        Index("ix_shadow_judgements_latest", "shadow_id", "created_at", "before", "after"),
    )

    shadow_id: Mapped[UUID] = mapped_column(ForeignKey("shadows.id", ondelete="CASCADE"), primary_key=True)
    comment_id: Mapped[UUID] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int]
    verdict: Mapped[Verdict] = mapped_column(enum_by_value(Verdict))
    score: Mapped[int]
    before: Mapped[Fate] = mapped_column(enum_by_value(Fate))
    after: Mapped[Fate] = mapped_column(enum_by_value(Fate))
    rule_keys: Mapped[list[str]]
    """Of the shadow's rules that held."""
    marks: Mapped[dict[str, object] | None]
    """Places that matched, kept where the two sets of rules disagree."""
    created_at: Mapped[datetime]


class SuggestionList(Base):
    """Terms suggested for a site from the decisions of its last days: when they were looked for, and in how much."""

    __tablename__ = "suggestion_lists"
    __table_args__ = (Index("ix_suggestion_lists_due_at", "due_at"),)

    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)
    days: Mapped[int] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    computed_at: Mapped[datetime | None]
    rejected: Mapped[int]
    """Different texts that people rejected, near copies counted once."""
    approved: Mapped[int]


class Suggestion(Base):
    """One term that stands out in what people rejected."""

    __tablename__ = "suggestions"
    __table_args__ = (CheckConstraint("kind IN ('term', 'link')", name="kind"),)

    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)
    days: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    term: Mapped[str] = mapped_column(String(100))
    kind: Mapped[Kind] = mapped_column(enum_by_value(Kind))
    category: Mapped[Reason] = mapped_column(enum_by_value(Reason))
    """The reason people gave most often for what holds it."""
    score: Mapped[int]
    """Its z-score in hundredths."""
    rejected: Mapped[int]
    approved: Mapped[int]
    clients: Mapped[int]
    caught: Mapped[int]
    """Of a sample of the rejected that hold it, in percent: what the active rules find already."""


class SuggestionExample(Base):
    """A rejected comment that holds a suggested term."""

    __tablename__ = "suggestion_examples"
    __table_args__ = (Index("ix_suggestion_examples_comment_id", "comment_id"),)

    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)
    days: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    comment_id: Mapped[UUID] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True)

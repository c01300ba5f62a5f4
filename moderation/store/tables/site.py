"""Sites: the tenants. Every other table that holds a tenant's rows names its site."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, false, true
from sqlalchemy.orm import Mapped, mapped_column

from moderation.domain.policy import ChallengeMode, Mode, SignIn
from moderation.store.base import Base, enum_by_value


class Site(Base):
    """One tenant: its origins, policy and retention. Its rules are the rule set version whose state is active."""

    __tablename__ = "sites"
    __table_args__ = (
        CheckConstraint("mode IN ('pre', 'rules', 'post', 'closed')", name="mode"),
        CheckConstraint("challenge IN ('off', 'pow', 'image', 'adaptive')", name="challenge"),
        CheckConstraint("sign_in IN ('anonymous', 'optional', 'required')", name="sign_in"),
        CheckConstraint("edit_minutes BETWEEN 0 AND 1440", name="edit_minutes"),
        CheckConstraint("appeal_days BETWEEN 0 AND 365", name="appeal_days"),
        CheckConstraint("report_review_weight BETWEEN 100 AND 10000", name="report_review_weight"),
        CheckConstraint("report_hide_weight BETWEEN 0 AND 10000", name="report_hide_weight"),
        CheckConstraint("max_text_chars BETWEEN 1 AND 5000", name="max_text_chars"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("second_look_percent BETWEEN 0 AND 100", name="second_look_percent"),
        CheckConstraint("patrol_percent BETWEEN 0 AND 100", name="patrol_percent"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    """Public name in addresses and in the portal's script line; not a secret."""
    name: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(16))
    origins: Mapped[list[str]]
    """Exact origins (`https://news.example`) whose pages may post and embed."""
    mode: Mapped[Mode] = mapped_column(enum_by_value(Mode))
    challenge: Mapped[ChallengeMode] = mapped_column(enum_by_value(ChallengeMode))
    limits: Mapped[dict[str, object]]
    """Posting limits that differ from the defaults, by name (`domain.policy.PostingLimits`)."""
    max_text_chars: Mapped[int]
    is_honest: Mapped[bool]
    sign_in: Mapped[SignIn] = mapped_column(enum_by_value(SignIn), server_default=SignIn.ANONYMOUS)
    trusted_pass: Mapped[bool] = mapped_column(server_default=false())
    links_wait: Mapped[bool] = mapped_column(server_default=true())
    edit_minutes: Mapped[int] = mapped_column(server_default="30")
    appeal_days: Mapped[int] = mapped_column(server_default="14")
    report_review_weight: Mapped[int] = mapped_column(server_default="300")
    report_hide_weight: Mapped[int] = mapped_column(server_default="0")
    """What these mean: `domain.policy.SitePolicy`."""
    version: Mapped[int]
    """Rises with every change that readers can see; part of every ETag."""
    retain_rejected_days: Mapped[int]
    retain_client_days: Mapped[int]
    """How long the keyed hash of a client's address stays on its comments."""
    retain_audit_days: Mapped[int]
    texts: Mapped[dict[str, dict[str, str]]] = mapped_column(server_default="{}")
    """Texts of the embed that differ from the defaults: language → key → text (`domain.texts`)."""
    second_look_percent: Mapped[int] = mapped_column(server_default="2")
    """Which share of decisions goes, blind, to a second moderator."""
    patrol_percent: Mapped[int] = mapped_column(server_default="5")
    """Which share of what was published without a person a moderator looks at."""
    frozen_at: Mapped[datetime | None]
    """Since when nobody may comment, as an emergency: over `mode`, which stays what it is."""
    frozen_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    frozen_note: Mapped[str | None] = mapped_column(String(300))
    held_at: Mapped[datetime | None]
    """Since when everything waits for a person, as an emergency: over `mode`, which stays what it is."""
    held_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    held_note: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[datetime]


class PortalKey(Base):
    """A key under which a site's portal signs who its reader is. The secret is derived from it, and nowhere at rest."""

    __tablename__ = "portal_keys"

    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)
    key_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    """Names the key in a token's header (`kid`)."""
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    """Since when tokens under it are refused."""

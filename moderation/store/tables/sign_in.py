"""How people come in besides their password: invitations, second factors, identities; and steps on the way in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moderation.domain.account import Role
from moderation.store.base import Base, enum_by_value


class Invitation(Base):
    """A link that makes one account, or gives one account a role. The link holds the token, this row its hash."""

    __tablename__ = "invitations"
    __table_args__ = (
        CheckConstraint("role IN ('moderator', 'senior', 'owner')", name="role"),
        CheckConstraint("expires_at > created_at", name="lifetime"),
        CheckConstraint("accepted_at IS NULL OR revoked_at IS NULL", name="ends_once"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(String(64))
    site_id: Mapped[UUID | None] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    """Where the role holds; without a site, on every site."""
    role: Mapped[Role] = mapped_column(enum_by_value(Role))
    invited_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    """Nobody: the operator, at a terminal."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SecondFactor(Base):
    """The secret that an account shares with an authenticator (RFC 6238). Unconfirmed, it is not asked for yet."""

    __tablename__ = "second_factors"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger)
    """The time step of the code accepted last: no code is accepted twice."""


class RecoveryCode(Base):
    """A code for the day the authenticator is lost. It works once."""

    __tablename__ = "recovery_codes"

    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    used_at: Mapped[datetime | None]


class SignInStep(Base):
    """Somebody whose password was right and whose code is still awaited. It opens no page."""

    __tablename__ = "sign_in_steps"
    __table_args__ = (CheckConstraint("expires_at > created_at", name="lifetime"),)

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    attempts: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Identity(Base):
    """Somebody as the operator's identity provider knows him (OpenID Connect), tied to an account."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("account_id", "issuer"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime]


class IdentityRequest(Base):
    """A browser sent to the identity provider and awaited back, once: what its answer must fit."""

    __tablename__ = "identity_requests"
    __table_args__ = (CheckConstraint("expires_at > created_at", name="lifetime"),)

    state_hash: Mapped[bytes] = mapped_column(primary_key=True)
    nonce: Mapped[str] = mapped_column(String(64))
    verifier: Mapped[str] = mapped_column(String(128))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    """Whose profile the identity shall be tied to; nobody when it is for signing in."""
    invitation_hash: Mapped[bytes | None]
    details: Mapped[dict[str, str]]
    """The form of an accepted invitation: login, name, language, zone."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)

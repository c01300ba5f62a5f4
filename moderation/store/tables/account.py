"""People at the desk and services that call: accounts, memberships, server-side sessions, API keys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from moderation.domain.account import Role
from moderation.store.base import Base, enum_by_value


class Account(Base):
    """A person who can sign in to the console. There is no default account."""

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint("language IN ('zh-CN', 'en')", name="language"),
        CheckConstraint("login = lower(login)", name="login_is_lower"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(64))
    password_hash: Mapped[str] = mapped_column(String(255))
    language: Mapped[str] = mapped_column(String(16))
    time_zone: Mapped[str] = mapped_column(String(64))
    keys: Mapped[dict[str, str]] = mapped_column(server_default="{}")
    """Keys of the desk that this account has changed, by action (`domain.keys`)."""
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class Membership(Base):
    """What an account may do on a site; without a site, on every site."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("account_id", "site_id"),
        # NULLs are distinct in a unique constraint: without this an account could hold two roles on "every site".
        Index(
            "uq_memberships_account_everywhere",
            "account_id",
            unique=True,
            sqlite_where=text("site_id IS NULL"),
            postgresql_where=text("site_id IS NULL"),
        ),
        CheckConstraint("role IN ('moderator', 'senior', 'owner')", name="role"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    site_id: Mapped[UUID | None] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    role: Mapped[Role] = mapped_column(enum_by_value(Role))


class AccountSession(Base):
    """One signed-in browser. The cookie holds the token, this row its hash; deleting the row ends the session."""

    __tablename__ = "account_sessions"
    __table_args__ = (CheckConstraint("expires_at > created_at", name="lifetime"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    browser: Mapped[str] = mapped_column(String(40), server_default="")
    """A coarse name such as "Firefox · Windows": enough to know one's own browsers, too little to know anybody by."""


class ApiKey(Base):
    """A service's key: `prefix` finds it, the hash of the secret proves it."""

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID | None] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    prefix: Mapped[str] = mapped_column(String(32), unique=True)
    secret_hash: Mapped[bytes]
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]

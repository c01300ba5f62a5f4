"""Challenges: a pool drawn ahead of need, each issued to one site once and redeemed once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from moderation.store.base import Base


class Challenge(Base):
    """One drawn captcha. Without a site it waits in the pool; with one it is issued and has a deadline.

    `redeemed_at` burns it, whatever the answer was; `redeemed_for` names the posting that answered rightly, so
    that the retry of that same posting needs no second captcha.
    """

    __tablename__ = "challenges"
    __table_args__ = (
        CheckConstraint("(site_id IS NULL) = (expires_at IS NULL)", name="issued_with_deadline"),
        CheckConstraint("redeemed_at IS NULL OR site_id IS NOT NULL", name="redeemed_after_issue"),
        CheckConstraint("redeemed_for IS NULL OR redeemed_at IS NOT NULL", name="redeemed_for"),
        Index(
            "ix_challenges_pool",
            "created_at",
            sqlite_where=text("site_id IS NULL"),
            postgresql_where=text("site_id IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID | None] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    answer_mac: Mapped[bytes]
    """The answer's keyed hash, bound to this row's id: the table alone answers no guesses."""
    key_id: Mapped[str] = mapped_column(String(16))
    """Which secret key made the hash, so that keys can be rotated while challenges are out."""
    image: Mapped[bytes] = mapped_column(deferred=True)
    media_type: Mapped[str] = mapped_column(String(32))
    width: Mapped[int]
    height: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None] = mapped_column(index=True)
    sound_id: Mapped[UUID | None] = mapped_column(ForeignKey("sounds.id", ondelete="SET NULL"))
    """The clip given to a reader who could not use the image: its answer is as good, and the one attempt is for both."""
    redeemed_at: Mapped[datetime | None]
    redeemed_for: Mapped[bytes | None]


class Sound(Base):
    """A spoken row of digits, made ahead of need, and given to one challenge."""

    __tablename__ = "sounds"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    answer_mac: Mapped[bytes]
    key_id: Mapped[str] = mapped_column(String(16))
    """As of a challenge."""
    content: Mapped[bytes] = mapped_column(deferred=True)
    media_type: Mapped[str] = mapped_column(String(32))
    taken_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

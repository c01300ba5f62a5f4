"""Threads, authors, comments with their revisions, evaluations with their matches, idempotency keys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from moderation.domain.comment import Status
from moderation.domain.policy import Mode
from moderation.domain.reasons import Reason
from moderation.rules import Action, Channel, Field, Kind, Verdict
from moderation.store.base import Base, enum_by_value


class Thread(Base):
    """The conversation under one page, found by the site's own key through its hash."""

    __tablename__ = "threads"
    __table_args__ = (
        # By hash: a 512-character key of Chinese text is 1.5 kB, near what a PostgreSQL index entry can hold.
        UniqueConstraint("site_id", "key_hash"),
        CheckConstraint("published_count >= 0", name="published_count"),
        CheckConstraint("mode IS NULL OR mode IN ('pre', 'rules', 'post', 'closed')", name="mode"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    key: Mapped[str] = mapped_column(String(512))
    title: Mapped[str | None] = mapped_column(String(300))
    url: Mapped[str | None] = mapped_column(String(2000))
    mode: Mapped[Mode | None] = mapped_column(enum_by_value(Mode))
    """Overrides the site's mode when set."""
    version: Mapped[int]
    """Rises with every change that readers can see."""
    published_count: Mapped[int]
    created_at: Mapped[datetime]


class Author(Base):
    """Who writes on a site, known by an anonymous token kept in the browser (by its hash here)."""

    __tablename__ = "authors"
    __table_args__ = (
        UniqueConstraint("site_id", "token_hash"),
        CheckConstraint("approved_count >= 0 AND rejected_count >= 0", name="counts"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    approved_count: Mapped[int]
    rejected_count: Mapped[int]
    banned_until: Mapped[datetime | None]
    subject: Mapped[str | None] = mapped_column(String(255))
    """The portal's own name for him, where he was signed in; `token_hash` is then made from it."""
    is_verified: Mapped[bool] = mapped_column(server_default=false())
    """The portal vouches for who he is."""
    created_at: Mapped[datetime]


class Comment(Base):
    """An accepted comment. Its texts are its revisions; `status` changes only through `store/changes.py`."""

    __tablename__ = "comments"
    __table_args__ = (
        CheckConstraint(
            "status IN ('pending', 'published', 'rejected', 'withdrawn', 'erased')",
            name="status",
        ),
        CheckConstraint("(parent_id IS NULL) = (root_id IS NULL)", name="reply_has_root"),
        CheckConstraint("(status = 'rejected') = (reason IS NOT NULL)", name="rejected_with_reason"),
        CheckConstraint("status <> 'published' OR is_listed", name="published_is_listed"),
        CheckConstraint("revision >= 1", name="revision"),
        CheckConstraint("published_reply_count >= 0", name="published_reply_count"),
        CheckConstraint("like_count >= 0", name="like_count"),
        Index("ix_comments_list_roots", "thread_id", "is_listed", "root_id", "created_at", "id"),
        Index("ix_comments_list_replies", "root_id", "is_listed", "created_at", "id"),
        Index("ix_comments_liked", "thread_id", "is_listed", "root_id", "like_count", "created_at", "id"),
        Index(
            "uq_comments_receipt",
            "receipt_hash",
            unique=True,
            sqlite_where=text("receipt_hash IS NOT NULL"),
            postgresql_where=text("receipt_hash IS NOT NULL"),
        ),
        # The latest published comments of a site, for feeds.
        Index(
            "ix_comments_published",
            "site_id",
            "created_at",
            "id",
            sqlite_where=text("status = 'published'"),
            postgresql_where=text("status = 'published'"),
        ),
        Index("ix_comments_author", "author_id", "created_at"),
        # A thread in the order of time, whatever the status: what moderators read around a comment.
        Index("ix_comments_thread", "thread_id", "created_at", "id"),
        Index(
            "ix_comments_rejected",
            "site_id",
            "decided_at",
            sqlite_where=text("status = 'rejected'"),
            postgresql_where=text("status = 'rejected'"),
        ),
        Index(
            "ix_comments_withdrawn",
            "site_id",
            "decided_at",
            sqlite_where=text("status = 'withdrawn'"),
            postgresql_where=text("status = 'withdrawn'"),
        ),
        Index("ix_comments_same_text", "site_id", "text_hash", "created_at"),
        # A site's comments from the latest to the oldest, in small steps: replay, shadow, suggestions.
        Index("ix_comments_latest", "site_id", "created_at", "id"),
        # The comments of an hour, counted without reading one.
        Index("ix_comments_arrived", "created_at", "site_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    thread_id: Mapped[UUID] = mapped_column(ForeignKey("threads.id", ondelete="CASCADE"))
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("authors.id", ondelete="SET NULL"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), index=True)
    root_id: Mapped[UUID | None] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"))
    """The comment at the top of the tree this reply stands in."""
    status: Mapped[Status] = mapped_column(enum_by_value(Status))
    reason: Mapped[Reason | None] = mapped_column(enum_by_value(Reason))
    is_told: Mapped[bool]
    """Whether the author is told of a refusal; false where the site answers as if the comment waited."""
    revision: Mapped[int]
    is_listed: Mapped[bool]
    """Has a place in the public list: published, or an empty place that keeps published replies in their tree."""
    published_reply_count: Mapped[int]
    """Of a root: published comments anywhere below it. Kept, not counted."""
    like_count: Mapped[int] = mapped_column(server_default="0")
    """Kept, not counted."""
    receipt_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """Hash of the code by which its author finds what became of it (`domain.receipts`)."""
    client_key: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """Keyed hash of the client's address with a salt that changes daily; removed by age (retention)."""
    text_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Keyed hash of the first text of its group: the same in a text and its near copies (`domain.repeats`)."""
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]


class Revision(Base):
    """A text that a comment has had. The latest is the one judged and shown."""

    __tablename__ = "revisions"
    __table_args__ = (CheckConstraint("number >= 1", name="number"),)

    comment_id: Mapped[UUID] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    nickname: Mapped[str] = mapped_column(String(64))
    link: Mapped[str | None] = mapped_column(String(500))
    text: Mapped[str] = mapped_column(Text)
    shown_nickname: Mapped[str | None] = mapped_column(String(64))
    shown_text: Mapped[str | None] = mapped_column(Text)
    """What the public reads where a rule masked part of it; staff read the original."""
    created_at: Mapped[datetime]


class Evaluation(Base):
    """All matches of one revision under one rule set version, and the verdict they gave."""

    __tablename__ = "evaluations"
    __table_args__ = (
        UniqueConstraint("comment_id", "revision", "rule_set_id"),
        CheckConstraint("verdict IN ('allow', 'review', 'block')", name="verdict"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    comment_id: Mapped[UUID] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"))
    revision: Mapped[int]
    rule_set_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("rule_sets.id", ondelete="RESTRICT"), index=True
    )
    verdict: Mapped[Verdict] = mapped_column(enum_by_value(Verdict))
    score: Mapped[int] = mapped_column(server_default="0")
    """What all matches weighed together, 0 to 100."""
    created_at: Mapped[datetime]


class StoredMatch(Base):
    """One rule that held, and where in the original text (code points)."""

    __tablename__ = "matches"
    __table_args__ = (CheckConstraint("0 <= start AND start < stop", name="span"),)

    evaluation_id: Mapped[UUID] = mapped_column(
        ForeignKey("evaluations.id", ondelete="CASCADE"),
        primary_key=True,
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    rule_key: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[Kind] = mapped_column(enum_by_value(Kind), server_default=Kind.TERM)
    term: Mapped[str] = mapped_column(String(500))
    field: Mapped[Field] = mapped_column(enum_by_value(Field))
    start: Mapped[int]
    stop: Mapped[int]
    channel: Mapped[Channel] = mapped_column(enum_by_value(Channel))
    action: Mapped[Action] = mapped_column(enum_by_value(Action))
    category: Mapped[Reason] = mapped_column(enum_by_value(Reason))
    severity: Mapped[int]


class IdempotencyKey(Base):
    """A posting's key and the receipt it got: the same key answers with the same receipt for a day."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        Index(
            "uq_idempotency_keys_comment",
            "comment_id",
            unique=True,
            sqlite_where=text("comment_id IS NOT NULL"),
            postgresql_where=text("comment_id IS NOT NULL"),
        ),
    )

    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    body_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    comment_id: Mapped[UUID | None] = mapped_column(
        # Deferred: the key is claimed before the comment is written, so that a racing twin stops early.
        ForeignKey("comments.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED"),
    )
    receipt: Mapped[dict[str, object]]
    created_at: Mapped[datetime] = mapped_column(index=True)


class Like(Base):
    """A reader likes a comment: once, by the token that his browser keeps."""

    __tablename__ = "likes"
    # Everything that one reader likes, for his copy of it and its erasure.
    __table_args__ = (Index("ix_likes_reader", "token_hash", "comment_id"),)

    comment_id: Mapped[UUID] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    created_at: Mapped[datetime]

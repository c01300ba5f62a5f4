"""Authors as moderators see them: what they wrote, what became of it, notes, blocks.

Only the console's flows may ask: these show original texts of every status. Every function is bounded: an author who
wrote a hundred thousand comments costs no more than one who wrote fifty.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session, aliased

from moderation.domain.comment import Status
from moderation.domain.reasons import Reason
from moderation.domain.review import DecisionKind
from moderation.store.tables import (
    Account,
    Author,
    AuthorBlock,
    AuthorNote,
    Comment,
    Decision,
    Revision,
    Site,
)

MOST_COUNTED = 1_000
"""Figures of an author are taken from his latest comments, this many."""


@dataclass(frozen=True, slots=True)
class AuthorRow:
    """An author of a site."""

    id: UUID
    site_id: UUID
    site_key: str
    site_name: str
    approved_count: int
    rejected_count: int
    banned_until: datetime | None
    subject: str | None
    is_verified: bool
    created_at: datetime
    links_wait: bool
    trusted_pass: bool
    """What his site does with links of new authors, and with trusted ones before moderation."""


def find(session: Session, site_ids: Sequence[UUID], author_id: UUID) -> AuthorRow | None:
    """Return an author of these sites."""
    row = session.execute(
        select(
            Author.id,
            Author.site_id,
            Site.key,
            Site.name,
            Author.approved_count,
            Author.rejected_count,
            Author.banned_until,
            Author.subject,
            Author.is_verified,
            Author.created_at,
            Site.links_wait,
            Site.trusted_pass,
        )
        .join(Site, Site.id == Author.site_id)
        .where(Author.id == author_id, Author.site_id.in_(site_ids)),
    ).one_or_none()
    return None if row is None else AuthorRow(*row)  # type: ignore[call-arg]  # more columns than SQLAlchemy types


def lock(session: Session, site_ids: Sequence[UUID], author_id: UUID) -> Author | None:
    """Return an author of these sites, locked and fresh: of two who block him one is the first."""
    return session.scalars(
        select(Author)
        .where(Author.id == author_id, Author.site_id.in_(site_ids))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True),
    ).one_or_none()


def nicknames(session: Session, author_id: UUID, *, most: int) -> list[tuple[str, int]]:
    """Return the names an author has written under lately, the most used first, each with how often."""
    latest = (
        select(Comment.id, Comment.revision)
        .where(Comment.author_id == author_id)
        .order_by(Comment.created_at.desc())
        .limit(MOST_COUNTED)
        .subquery()
    )
    used = func.count().label("used")
    rows = session.execute(
        select(Revision.nickname, used)
        .join(latest, (Revision.comment_id == latest.c.id) & (Revision.number == latest.c.revision))
        .where(Revision.nickname != "")
        .group_by(Revision.nickname)
        .order_by(used.desc(), Revision.nickname)
        .limit(most),
    )
    return [(nickname, count) for nickname, count in rows]


def statuses(session: Session, author_id: UUID) -> dict[Status, int]:
    """Count an author's latest comments by status."""
    latest = (
        select(Comment.status)
        .where(Comment.author_id == author_id)
        .order_by(Comment.created_at.desc())
        .limit(MOST_COUNTED)
        .subquery()
    )
    rows = session.execute(select(latest.c.status, func.count()).group_by(latest.c.status))
    return {status: count for status, count in rows}  # noqa: C416 - a Row is no tuple for mypy


def decisions_since(
    session: Session, author_id: UUID, *, since: datetime, most: int
) -> list[tuple[DecisionKind, Reason | None, str, datetime]]:
    """Return the decisions that stand on an author's comments since a moment, the latest first, with who made them."""
    undo = aliased(Decision, name="undo")
    rows = session.execute(
        select(Decision.kind, Decision.reason, Account.name, Decision.created_at)
        .join(Comment, Comment.id == Decision.comment_id)
        .join(Account, Account.id == Decision.account_id)
        .outerjoin(undo, undo.undoes_id == Decision.id)
        .where(
            Comment.author_id == author_id,
            Decision.created_at >= since,
            Decision.kind.in_((DecisionKind.APPROVE, DecisionKind.REJECT)),
            undo.id.is_(None),
            Decision.checks_id.is_(None),
        )
        .order_by(Decision.created_at.desc(), Decision.id.desc())
        .limit(most),
    )
    return [(kind, reason, name, at) for kind, reason, name, at in rows]


@dataclass(frozen=True, slots=True)
class Note:
    """A note on an author, with who wrote it; None when that account is gone."""

    by: str | None
    text: str
    created_at: datetime


def notes(session: Session, author_id: UUID, *, most: int) -> list[Note]:
    """Return the notes on an author, the latest first."""
    rows = session.execute(
        select(Account.name, AuthorNote.text, AuthorNote.created_at)
        .outerjoin(Account, Account.id == AuthorNote.account_id)
        .where(AuthorNote.author_id == author_id)
        .order_by(AuthorNote.created_at.desc(), AuthorNote.id.desc())
        .limit(most),
    )
    return [Note(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Block:
    """A block that was set, with who set and who ended it."""

    by: str | None
    reason: Reason
    note: str | None
    created_at: datetime
    until: datetime | None
    ended_at: datetime | None
    ended_by: str | None


def blocks(session: Session, author_id: UUID, *, most: int) -> list[Block]:
    """Return the blocks of an author, the latest first."""
    ender = aliased(Account, name="ender")
    rows = session.execute(
        select(
            Account.name,
            AuthorBlock.reason,
            AuthorBlock.note,
            AuthorBlock.created_at,
            AuthorBlock.until,
            AuthorBlock.ended_at,
            ender.name,
        )
        .outerjoin(Account, Account.id == AuthorBlock.account_id)
        .outerjoin(ender, ender.id == AuthorBlock.ended_by)
        .where(AuthorBlock.author_id == author_id)
        .order_by(AuthorBlock.created_at.desc(), AuthorBlock.id.desc())
        .limit(most),
    )
    return [Block(*row) for row in rows]


def add_note(session: Session, note: AuthorNote) -> None:
    """Write a note down, for good."""
    session.add(note)


def add_block(session: Session, block: AuthorBlock) -> None:
    """Write a block down; `Author.banned_until` is what makes it hold."""
    session.add(block)


def end_blocks(session: Session, author_id: UUID, *, account_id: UUID, now: datetime) -> None:
    """Note on the blocks that hold that a person has ended them."""
    session.execute(
        update(AuthorBlock)
        .where(
            AuthorBlock.author_id == author_id,
            AuthorBlock.ended_at.is_(None),
            or_(AuthorBlock.until.is_(None), AuthorBlock.until > now),
        )
        .values(ended_at=now, ended_by=account_id),
        execution_options={"synchronize_session": False},
    )

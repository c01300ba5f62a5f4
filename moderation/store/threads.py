"""Threads as moderators see them: the thread itself, its counts, and what was done to its mode."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.events import EventName
from moderation.domain.policy import Mode
from moderation.store.tables import Account, AuditEvent, Comment, Site, Thread

MOST_COUNTED = 10_000
"""Counts by status look at this many comments of a thread, the latest."""


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """A thread of a site, with what makes its mode."""

    id: UUID
    site_id: UUID
    site_key: str
    site_name: str
    key: str
    title: str | None
    url: str | None
    mode: Mode | None
    site_mode: Mode
    is_frozen: bool
    is_held: bool
    published_count: int
    created_at: datetime


def find(session: Session, site_ids: Sequence[UUID], thread_id: UUID) -> ThreadRow | None:
    """Return a thread of these sites."""
    row = session.execute(
        select(
            Thread.id,
            Thread.site_id,
            Site.key,
            Site.name,
            Thread.key,
            Thread.title,
            Thread.url,
            Thread.mode,
            Site.mode,
            Site.frozen_at.is_not(None),
            Site.held_at.is_not(None),
            Thread.published_count,
            Thread.created_at,
        )
        .join(Site, Site.id == Thread.site_id)
        .where(Thread.id == thread_id, Thread.site_id.in_(site_ids)),
    ).one_or_none()
    return None if row is None else ThreadRow(*row)  # type: ignore[call-arg]  # more columns than SQLAlchemy types


def lock(session: Session, site_ids: Sequence[UUID], thread_id: UUID) -> Thread | None:
    """Return a thread of these sites, locked and fresh."""
    return session.scalars(
        select(Thread)
        .where(Thread.id == thread_id, Thread.site_id.in_(site_ids))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True),
    ).one_or_none()


def statuses(session: Session, thread_id: UUID) -> dict[Status, int]:
    """Count a thread's latest comments by status."""
    latest = (
        select(Comment.status)
        .where(Comment.thread_id == thread_id)
        .order_by(Comment.created_at.desc())
        .limit(MOST_COUNTED)
        .subquery()
    )
    rows = session.execute(select(latest.c.status, func.count()).group_by(latest.c.status))
    return {status: count for status, count in rows}  # noqa: C416 - a Row is no tuple for mypy


@dataclass(frozen=True, slots=True)
class ModeChange:
    """The latest change of a thread's own mode: what it was, what it became, by whom and when."""

    old: Mode | None
    new: Mode | None
    by: str | None
    at: datetime


def last_mode_change(session: Session, thread_id: UUID) -> ModeChange | None:
    """Return what was last done to a thread's mode, as the audit keeps it."""
    row = session.execute(
        select(AuditEvent.old, AuditEvent.new, Account.name, AuditEvent.created_at)
        .outerjoin(Account, Account.id == AuditEvent.actor_id)
        .where(AuditEvent.subject_id == thread_id, AuditEvent.name == EventName.THREAD_CHANGED)
        .order_by(AuditEvent.id.desc())
        .limit(1),
    ).one_or_none()
    if row is None:
        return None
    old, new, by, at = row
    return ModeChange(_mode(old.get("mode")), _mode(new.get("mode")), by, at)


def _mode(stored: object) -> Mode | None:
    return None if stored is None else Mode(str(stored))


@dataclass(frozen=True, slots=True)
class Override:
    """A thread with a mode of its own."""

    id: UUID
    key: str
    title: str | None
    mode: Mode


def overrides(session: Session, site_id: UUID, *, most: int) -> list[Override]:
    """Return the threads of a site that have a mode of their own, the newest first."""
    rows = session.execute(
        select(Thread.id, Thread.key, Thread.title, Thread.mode)
        .where(Thread.site_id == site_id, Thread.mode.is_not(None))
        .order_by(Thread.created_at.desc(), Thread.id.desc())
        .limit(most),
    )
    return [Override(thread_id, key, title, mode) for thread_id, key, title, mode in rows if mode is not None]

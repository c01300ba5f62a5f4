"""Sites and their threads: found, created, changed."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, aliased

from moderation.domain.comment import is_site_key
from moderation.domain.errors import SiteUnknown
from moderation.domain.events import EventName
from moderation.domain.policy import Emergency, PostingLimits, SitePolicy, mode_in_force
from moderation.store.tables import Account, AuditEvent, Site, Thread
from moderation.store.upsert import insert_if_absent


def find_site(session: Session, key: str) -> Site:
    """Return the site with this public key. Raises `SiteUnknown`."""
    # A key from an address may hold anything; what PostgreSQL cannot take (NUL) must not reach it.
    site = session.scalars(select(Site).where(Site.key == key)).one_or_none() if is_site_key(key) else None
    if site is None:
        raise SiteUnknown
    return site


def find_own(session: Session, key: str, site_ids: Collection[UUID] | None) -> Site:
    """Return a site by its key if it is one of these (None: any). Raises `SiteUnknown`."""
    site = find_site(session, key)
    if site_ids is not None and site.id not in site_ids:
        raise SiteUnknown
    return site


def lock_own(session: Session, key: str, site_ids: Collection[UUID] | None) -> Site:
    """Return a site by its key, locked and fresh: of two who change it one reads what the other has written."""
    site = find_own(session, key, site_ids)
    lock_site(session, site.id)
    session.refresh(site)
    return site


@dataclass(frozen=True, slots=True)
class Changed:
    """Who changed a site's settings last; no name for the operator at a terminal."""

    by: str | None
    at: datetime


def last_change(session: Session, site_id: UUID) -> Changed | None:
    """Return the latest change of a site, as the audit keeps it."""
    row = session.execute(
        select(Account.name, AuditEvent.created_at)
        .outerjoin(Account, Account.id == AuditEvent.actor_id)
        .where(AuditEvent.subject_id == site_id, AuditEvent.name == EventName.SITE_CHANGED)
        .select_from(AuditEvent)
        .order_by(AuditEvent.id.desc())
        .limit(1),
    ).one_or_none()
    return None if row is None else Changed(*row)


@dataclass(frozen=True, slots=True)
class Holding:
    """An emergency of a site while it holds."""

    site_key: str
    site_name: str
    kind: Emergency
    since: datetime
    by: str | None
    note: str | None


def emergencies(session: Session, site_ids: Sequence[UUID]) -> list[Holding]:
    """Return the emergencies of these sites that hold, in one query."""
    freezer, holder = aliased(Account, name="freezer"), aliased(Account, name="holder")
    rows = session.execute(
        select(
            Site.key,
            Site.name,
            Site.frozen_at,
            freezer.name,
            Site.frozen_note,
            Site.held_at,
            holder.name,
            Site.held_note,
        )
        .outerjoin(freezer, freezer.id == Site.frozen_by)
        .outerjoin(holder, holder.id == Site.held_by)
        .where(Site.id.in_(site_ids), or_(Site.frozen_at.is_not(None), Site.held_at.is_not(None)))
        .order_by(Site.key),
    )
    found = []
    for key, name, frozen_at, frozen_by, frozen_note, held_at, held_by, held_note in rows:
        if frozen_at is not None:
            found.append(Holding(key, name, Emergency.FROZEN, frozen_at, frozen_by, frozen_note))
        if held_at is not None:
            found.append(Holding(key, name, Emergency.HELD, held_at, held_by, held_note))
    return found


def origins_of(session: Session, key: str) -> list[str]:
    """Return the origins of a site; none for a site that does not exist."""
    return session.scalars(select(Site.origins).where(Site.key == key)).one_or_none() or []


def all_sites(session: Session) -> list[Site]:
    """Return every site, by key."""
    return list(session.scalars(select(Site).order_by(Site.key)))


def policy_of(site: Site, thread: Thread | None) -> SitePolicy:
    """Read a site's policy, with the thread's override of the mode and the site's emergency applied."""
    limits = {name: str(value) for name, value in site.limits.items()}
    return SitePolicy(
        mode=mode_in_force(
            site.mode,
            None if thread is None else thread.mode,
            is_frozen=site.frozen_at is not None,
            is_held=site.held_at is not None,
        ),
        challenge=site.challenge,
        limits=PostingLimits(**limits),
        max_text_chars=site.max_text_chars,
        sign_in=site.sign_in,
        trusted_pass=site.trusted_pass and site.held_at is None,
        links_wait=site.links_wait,
        edit_minutes=site.edit_minutes,
        appeal_days=site.appeal_days,
        report_review_weight=site.report_review_weight,
        report_hide_weight=site.report_hide_weight,
        is_honest=site.is_honest,
    )


def touch_site(session: Session, site_id: UUID) -> None:
    """Raise a site's version: something that readers can see has changed."""
    session.execute(update(Site).where(Site.id == site_id).values(version=Site.version + 1))


def touch_thread(session: Session, thread_id: UUID) -> None:
    """Raise a thread's version, in the database: a comment published at this moment raises it as well."""
    session.execute(update(Thread).where(Thread.id == thread_id).values(version=Thread.version + 1))


def lock_site(session: Session, site_id: UUID) -> None:
    """Lock a site's row: what concerns the whole site happens one after the other."""
    session.execute(select(Site.id).where(Site.id == site_id).with_for_update(key_share=True))


def hash_thread_key(key: str) -> bytes:
    """Hash a thread key for the unique index: SHA-256 of its UTF-8."""
    return hashlib.sha256(key.encode()).digest()


def find_thread(session: Session, site_id: UUID, key: str) -> Thread | None:
    """Return a site's thread by its key, or None while nobody has commented there."""
    return session.scalars(
        select(Thread).where(Thread.site_id == site_id, Thread.key_hash == hash_thread_key(key)),
    ).one_or_none()


def ensure_thread(
    session: Session,
    site_id: UUID,
    *,
    key: str,
    title: str | None,
    url: str | None,
    new_id: UUID,
    now: datetime,
) -> Thread:
    """Return the thread, made if need be; of two racing first comments one makes it and both get it."""
    thread = find_thread(session, site_id, key)
    if thread is None:
        insert_if_absent(
            session,
            Thread,
            id=new_id,
            site_id=site_id,
            key_hash=hash_thread_key(key),
            key=key,
            title=title,
            url=url,
            mode=None,
            version=1,
            published_count=0,
            created_at=now,
        )
        thread = find_thread(session, site_id, key)
        assert thread is not None  # noqa: S101 - it was inserted by us or by whom we waited for
    return thread

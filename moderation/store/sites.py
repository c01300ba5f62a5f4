"""Sites and their threads: found, created, changed."""

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.domain.comment import is_site_key
from moderation.domain.errors import SiteUnknown
from moderation.domain.policy import PostingLimits, SitePolicy, mode_in_force
from moderation.store.tables import Site, Thread
from moderation.store.upsert import insert_if_absent


def find_site(session: Session, key: str) -> Site:
    """Return the site with this public key. Raises `SiteUnknown`."""
    # A key from an address may hold anything; what PostgreSQL cannot take (NUL) must not reach it.
    site = session.scalars(select(Site).where(Site.key == key)).one_or_none() if is_site_key(key) else None
    if site is None:
        raise SiteUnknown
    return site


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

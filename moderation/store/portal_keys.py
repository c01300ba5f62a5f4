"""Keys under which portals sign who their readers are: by name only, a secret is nowhere at rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from moderation.domain.policy import SignIn
from moderation.store.tables import PortalKey, Site
from moderation.store.upsert import insert_if_absent


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A site, and the key that a token names; `key_id` is None where the site has none of that name."""

    site_id: UUID
    sign_in: SignIn
    key_id: str | None
    retired_at: datetime | None


def find(session: Session, site_key: str, key_id: str) -> NamedKey | None:
    """Return what one indexed read tells of a site and one of its keys; None when there is no such site."""
    row = session.execute(
        select(Site.id, Site.sign_in, PortalKey.key_id, PortalKey.retired_at)
        .outerjoin(PortalKey, and_(PortalKey.site_id == Site.id, PortalKey.key_id == key_id))
        .where(Site.key == site_key),
    ).one_or_none()
    return None if row is None else NamedKey(*row)


def all_of(session: Session, site_id: UUID) -> Sequence[PortalKey]:
    """Return a site's keys: those in force first, of each the latest first."""
    return session.scalars(
        select(PortalKey)
        .where(PortalKey.site_id == site_id)
        .order_by(PortalKey.retired_at.is_not(None), PortalKey.created_at.desc(), PortalKey.key_id),
    ).all()


def add(session: Session, site_id: UUID, key_id: str, *, now: datetime) -> bool:
    """Add a key; False when one of this name is there, in force or retired."""
    return insert_if_absent(
        session, PortalKey, site_id=site_id, key_id=key_id, created_at=now, retired_at=None
    )


def retire(session: Session, site_id: UUID, key_id: str, *, now: datetime) -> bool:
    """Retire a key that is in force; False when there is none of this name. Of two who do it one is told True."""
    retired = session.scalars(
        update(PortalKey)
        .where(PortalKey.site_id == site_id, PortalKey.key_id == key_id, PortalKey.retired_at.is_(None))
        .values(retired_at=now)
        .returning(PortalKey.key_id),
        execution_options={"synchronize_session": False},
    )
    return retired.first() is not None

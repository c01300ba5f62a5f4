"""Invitations: made, found by the hash of their link's token, used once."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.store.tables import Account, Invitation, Site

_NO_SYNC = {"synchronize_session": False}


def add(session: Session, invitation: Invitation) -> None:
    """Keep an invitation."""
    session.add(invitation)


def find_open(
    session: Session, token_hash: bytes, *, now: datetime
) -> tuple[Invitation, str | None, str | None] | None:
    """Return an invitation that can still be accepted, with its site's name and its maker's."""
    row = session.execute(
        select(Invitation, Site.name, Account.name)
        .outerjoin(Site, Site.id == Invitation.site_id)
        .outerjoin(Account, Account.id == Invitation.invited_by)
        .where(Invitation.token_hash == token_hash, Invitation.expires_at > now, *_UNUSED),
    ).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


_UNUSED = (Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None))


def take(session: Session, token_hash: bytes, *, now: datetime) -> Invitation | None:
    """Use an invitation up, once: of two that race one gets it."""
    return session.scalars(
        update(Invitation)
        .where(Invitation.token_hash == token_hash, Invitation.expires_at > now, *_UNUSED)
        .values(accepted_at=now)
        .returning(Invitation),
        execution_options=_NO_SYNC | {"populate_existing": True},
    ).one_or_none()


def revoke(
    session: Session, invitation_id: UUID, *, site_ids: Sequence[UUID] | None, now: datetime
) -> Invitation | None:
    """Revoke an open invitation to one of these sites (None: to any, or to every site)."""
    doomed = update(Invitation).where(Invitation.id == invitation_id, *_UNUSED)
    if site_ids is not None:
        doomed = doomed.where(Invitation.site_id.in_(site_ids))
    return session.scalars(
        doomed.values(revoked_at=now).returning(Invitation),
        execution_options=_NO_SYNC | {"populate_existing": True},
    ).one_or_none()


def list_open(
    session: Session, site_ids: Sequence[UUID] | None, *, now: datetime
) -> list[tuple[Invitation, str | None, str | None]]:
    """Return open invitations to these sites (None: all), the newest first, with site's key and maker's name."""
    query = (
        select(Invitation, Site.key, Account.name)
        .outerjoin(Site, Site.id == Invitation.site_id)
        .outerjoin(Account, Account.id == Invitation.invited_by)
        .where(Invitation.expires_at > now, *_UNUSED)
        .order_by(Invitation.created_at.desc(), Invitation.id.desc())
    )
    if site_ids is not None:
        query = query.where(Invitation.site_id.in_(site_ids))
    return [(invitation, key, name) for invitation, key, name in session.execute(query)]

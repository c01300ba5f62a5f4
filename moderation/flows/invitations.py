"""Invitations: an owner makes a link and passes it on; whoever opens it first makes his account, or takes the role."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.account import (
    INVITATION_DAYS,
    MAX_NAME_CHARS,
    Details,
    Opened,
    Role,
    SessionLife,
    faults_of_details,
    faults_of_login,
    faults_of_password,
)
from moderation.domain.errors import Fault, Invalid, InvitationUnknown, NotPermitted, SiteUnknown
from moderation.domain.events import OPERATOR, Actor, ActorKind, Event, EventName
from moderation.domain.reach import reach_of
from moderation.ports import Services
from moderation.store import invitations, joining, memberships, outbox, sessions
from moderation.store.joining import Newcomer
from moderation.store.sessions import Entry
from moderation.store.tables import Invitation
from moderation.store.transaction import reading, transaction

_RANK = (Role.MODERATOR, Role.SENIOR, Role.OWNER)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvitation:
    """Whom to invite, as what, and where; without a site key on every site."""

    name: str
    role: Role
    site_key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A fresh invitation. The token is told here and never again."""

    invitation_id: UUID
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What an invited person is told."""

    name: str
    role: Role
    site_name: str | None
    invited_by: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """What an invited person enters."""

    login: str
    password: str
    details: Details


def make(new: NewInvitation, *, owner_id: UUID | None, session: Session, services: Services) -> Made:
    """Make an invitation; without an owner it is the operator's. Raises `Invalid`, `NotPermitted`, `SiteUnknown`."""
    if not new.name.strip() or not new.name.isprintable() or len(new.name) > MAX_NAME_CHARS:
        raise Invalid([Fault("/name", "malformed", MAX_NAME_CHARS)])
    now = services.clock.now()
    token = services.secrets.token("mod_invitation_")
    expires_at = now + timedelta(days=INVITATION_DAYS)
    invitation_id = services.ids.new()
    with transaction(session):
        site_id = _site_id(session, new.site_key)
        if owner_id is not None:
            _check_reach(session, owner_id, site_id)
        row = Invitation(
            id=invitation_id,
            token_hash=services.secrets.digest(token),
            name=new.name.strip(),
            site_id=site_id,
            role=new.role,
            invited_by=owner_id,
            created_at=now,
            expires_at=expires_at,
            accepted_at=None,
            revoked_at=None,
        )
        invitations.add(session, row)
        event = Event(
            name=EventName.INVITATION_MADE,
            actor=OPERATOR if owner_id is None else Actor(ActorKind.ACCOUNT, owner_id),
            subject_kind="invitation",
            subject_id=invitation_id,
            site_id=site_id,
            new={"role": new.role},
        )
        outbox.record(session, event, now=now)
    return Made(invitation_id=invitation_id, token=token, expires_at=expires_at)


def _site_id(session: Session, site_key: str | None) -> UUID | None:
    if site_key is None:
        return None
    for site_id, key in memberships.names_of_sites(session).items():
        if key == site_key:
            return site_id
    raise SiteUnknown


def _check_reach(session: Session, owner_id: UUID, site_id: UUID | None) -> None:
    """Refuse an invitation that its maker could not back. A site of others is as unknown as one that is not."""
    if not reach_of(memberships.held_by_active(session, owner_id)).covers(site_id):
        raise NotPermitted if site_id is None else SiteUnknown


def revoke(invitation_id: UUID, *, owner_id: UUID, session: Session, services: Services) -> None:
    """Take an invitation back. Raises `InvitationUnknown`, also for one to a site of others."""
    now = services.clock.now()
    with transaction(session):
        reach = reach_of(memberships.held_by_active(session, owner_id))
        site_ids = None if reach.is_everywhere else sorted(reach.site_ids)
        revoked = invitations.revoke(session, invitation_id, site_ids=site_ids, now=now)
        if revoked is None:
            raise InvitationUnknown
        event = Event(
            name=EventName.INVITATION_REVOKED,
            actor=Actor(ActorKind.ACCOUNT, owner_id),
            subject_kind="invitation",
            subject_id=invitation_id,
            site_id=revoked.site_id,
            old={"role": revoked.role},
        )
        outbox.record(session, event, now=now)


def look_at(token: str, *, session: Session, services: Services) -> Shown:
    """Return what an invitation offers. Raises `InvitationUnknown`."""
    now = services.clock.now()
    with reading(session):
        found = invitations.find_open(session, services.secrets.digest(token), now=now)
        if found is None or not joining.is_backed(session, found[0]):
            raise InvitationUnknown
        invitation, site_name, invited_by = found
        return Shown(
            name=invitation.name,
            role=invitation.role,
            site_name=site_name,
            invited_by=invited_by,
            expires_at=invitation.expires_at,
        )


def accept(
    token: str,
    joiner: Joining,
    *,
    life: SessionLife,
    browser: str,
    session: Session,
    services: Services,
) -> Opened:
    """Make the invited person's account and sign him in. Raises `InvitationUnknown`, `Invalid`, `NameTaken`."""
    look_at(token, session=session, services=services)  # before a password is stretched for nothing
    faults = [
        *faults_of_login(joiner.login),
        *faults_of_details(joiner.details),
        *faults_of_password(joiner.password),
    ]
    if faults:
        raise Invalid(faults)
    now = services.clock.now()
    newcomer = Newcomer(
        account_id=services.ids.new(),
        membership_id=services.ids.new(),
        login=joiner.login,
        details=joiner.details,
        password_hash=services.secrets.hash_password(joiner.password),
    )
    entry = Entry(now=now, life=life, browser=browser, new_id=services.ids.new, secrets=services.secrets)
    with transaction(session):
        joining.join(session, services.secrets.digest(token), newcomer, now=now)
        return sessions.open_session(session, newcomer.account_id, entry)


def accept_as(token: str, account_id: UUID, *, session: Session, services: Services) -> None:
    """Give the role of an invitation to an account that exists; a higher one that it holds there stays."""
    now = services.clock.now()
    with transaction(session):
        memberships.lock_owners(session)
        invitation = joining.take(session, services.secrets.digest(token), now=now)
        held = {each.site_id: each.role for each in memberships.held_by_active(session, account_id)}
        old = held.get(invitation.site_id)
        if old is None or _RANK.index(old) < _RANK.index(invitation.role):
            memberships.set_role(
                session, account_id, invitation.site_id, invitation.role, new_id=services.ids.new()
            )
        joining.record_joining(session, invitation, account_id, old=old, now=now)

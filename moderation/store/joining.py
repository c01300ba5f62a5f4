"""Joining by invitation: the invitation is used up, the account and its role are there, in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moderation.domain.account import Details, Role
from moderation.domain.errors import InvitationUnknown, NameTaken
from moderation.domain.events import Actor, ActorKind, Event, EventName
from moderation.domain.reach import reach_of
from moderation.store import accounts, invitations, memberships, outbox
from moderation.store.tables import Account, Invitation, Membership


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """An account to be. `password_hash` is empty for one that comes in by the identity provider alone."""

    account_id: UUID
    membership_id: UUID
    login: str
    details: Details
    password_hash: str


def is_backed(session: Session, invitation: Invitation) -> bool:
    """Say whether whoever made an invitation could still make it: no dismissed owner lets anybody in."""
    if invitation.invited_by is None:
        return True
    return reach_of(memberships.held_by_active(session, invitation.invited_by)).covers(invitation.site_id)


def take(session: Session, token_hash: bytes, *, now: datetime) -> Invitation:
    """Use an invitation up. Raises `InvitationUnknown`."""
    taken = invitations.take(session, token_hash, now=now)
    if taken is None or not is_backed(session, taken):
        raise InvitationUnknown
    return taken


def join(session: Session, token_hash: bytes, newcomer: Newcomer, *, now: datetime) -> None:
    """Make the account of an invitation. Raises `InvitationUnknown` or `NameTaken`."""
    invitation = take(session, token_hash, now=now)
    if accounts.find_by_login(session, newcomer.login) is not None:
        raise NameTaken
    account = Account(
        id=newcomer.account_id,
        login=newcomer.login.lower(),
        name=newcomer.details.name.strip(),
        password_hash=newcomer.password_hash,
        language=newcomer.details.language,
        time_zone=newcomer.details.time_zone,
        keys={},
        created_at=now,
        disabled_at=None,
    )
    membership = Membership(
        id=newcomer.membership_id,
        account_id=account.id,
        site_id=invitation.site_id,
        role=invitation.role,
    )
    try:
        accounts.add(session, account, membership)
    except IntegrityError:  # another invitation's newcomer took the login at this moment
        raise NameTaken from None
    record_joining(session, invitation, account.id, old=None, now=now)
    session.flush()


def record_joining(
    session: Session, invitation: Invitation, account_id: UUID, *, old: Role | None, now: datetime
) -> None:
    """Record that an invitation was accepted, and which role that gave."""
    actor = Actor(ActorKind.ACCOUNT, account_id)
    accepted = Event(
        name=EventName.INVITATION_ACCEPTED,
        actor=actor,
        subject_kind="invitation",
        subject_id=invitation.id,
        site_id=invitation.site_id,
        new={"account_id": str(account_id), "role": invitation.role},
    )
    inviter = Actor(
        ActorKind.OPERATOR if invitation.invited_by is None else ActorKind.ACCOUNT, invitation.invited_by
    )
    granted = Event(
        name=EventName.ROLE_GRANTED,
        actor=inviter,
        subject_kind="account",
        subject_id=account_id,
        site_id=invitation.site_id,
        old={"role": old},
        new={"role": invitation.role},
    )
    outbox.record(session, accepted, now=now)
    outbox.record(session, granted, now=now)

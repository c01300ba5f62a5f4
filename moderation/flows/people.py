"""People: who may do what where, as far as the acting owner reaches; his say is read anew in each transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.account import GRANTED, Permission, Role, SessionLife
from moderation.domain.errors import AccountUnknown, LastOwner, NotPermitted, SiteUnknown
from moderation.domain.events import OPERATOR, Actor, ActorKind, Event, EventName
from moderation.domain.reach import Held, Reach, reach_of
from moderation.ports import Services
from moderation.store import accounts, invitations, memberships, outbox, second_factors, sessions
from moderation.store.memberships import Seen
from moderation.store.tables import AccountSession
from moderation.store.transaction import reading, transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody as an owner sees him. Roles are by site id, None for every site, as far as the owner sees them."""

    account_id: UUID
    login: str
    name: str
    roles: dict[UUID | None, Role]
    has_more_roles: bool
    """He works on sites beyond the owner's, which are not named."""
    is_disabled: bool
    has_second_factor: bool
    last_seen_at: datetime | None
    may_give_roles: bool
    may_disable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInvitation:
    """An invitation that nobody has accepted yet."""

    invitation_id: UUID
    name: str
    role: Role
    site_key: str | None
    invited_by: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Everybody whom an owner sees."""

    people: list[Person]
    invitations: list[OpenInvitation]
    sites: dict[UUID, str]
    is_everywhere: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOfThem:
    """One person, with his sessions if the account is the owner's to disable."""

    person: Person
    sessions: Sequence[AccountSession]
    sites: dict[UUID, str]
    is_everywhere: bool


def list_people(owner_id: UUID, *, session: Session, services: Services) -> People:
    """Return whom an owner sees, and the invitations to his sites."""
    with reading(session):
        reach = _reach(session, owner_id)
        site_ids = None if reach.is_everywhere else sorted(reach.site_ids)
        seen = memberships.accounts_seen_from(session, site_ids)
        waiting = invitations.list_open(session, site_ids, now=services.clock.now())
        return People(
            people=[_person(each, reach) for each in seen],
            invitations=[
                OpenInvitation(
                    invitation_id=invitation.id,
                    name=invitation.name,
                    role=invitation.role,
                    site_key=site_key,
                    invited_by=invited_by,
                    expires_at=invitation.expires_at,
                )
                for invitation, site_key, invited_by in waiting
            ],
            sites=_sites(session, reach),
            is_everywhere=reach.is_everywhere,
        )


def look_at(
    owner_id: UUID, account_id: UUID, *, life: SessionLife, session: Session, services: Services
) -> OneOfThem:
    """Return one person. Raises `AccountUnknown`, also for one on sites of others."""
    now = services.clock.now()
    with reading(session):
        reach = _reach(session, owner_id)
        site_ids = None if reach.is_everywhere else sorted(reach.site_ids)
        found = memberships.account_seen_from(session, account_id, site_ids)
        if found is None:
            raise AccountUnknown
        person = _person(found, reach)
        live = sessions.live_sessions(session, account_id, now=now, idle_since=now - life.idle)
        return OneOfThem(
            person=person,
            sessions=live if person.may_disable else (),
            sites=_sites(session, reach),
            is_everywhere=reach.is_everywhere,
        )


def _person(seen: Seen, reach: Reach) -> Person:
    shown = [each for each in seen.held if each.site_id is None or reach.covers(each.site_id)]
    is_his = reach.owns(seen.held)
    return Person(
        account_id=seen.account.id,
        login=seen.account.login,
        name=seen.account.name,
        roles={each.site_id: each.role for each in shown},
        has_more_roles=len(shown) < len(seen.held),
        is_disabled=seen.account.disabled_at is not None,
        has_second_factor=seen.has_second_factor,
        last_seen_at=seen.last_seen_at if is_his else None,
        may_give_roles=reach.may_give_roles_to(seen.held),
        may_disable=is_his,
    )


def _reach(session: Session, owner_id: UUID) -> Reach:
    reach = reach_of(memberships.held_by_active(session, owner_id))
    if not reach:
        raise NotPermitted
    return reach


def _sites(session: Session, reach: Reach) -> dict[UUID, str]:
    keys = memberships.names_of_sites(session)
    return {site_id: key for site_id, key in keys.items() if reach.covers(site_id)}


def set_role(
    owner_id: UUID,
    account_id: UUID,
    *,
    site_id: UUID | None,
    role: Role | None,
    session: Session,
    services: Services,
) -> None:
    """Give a role on a site (None: on every site), or take it (None). Raises `LastOwner`, `NotPermitted`, … .

    What he had claimed where he no longer reviews goes back to the queue.
    """
    now = services.clock.now()
    with transaction(session):
        memberships.lock_owners(session)
        reach = _reach(session, owner_id)
        held = _held(session, account_id, reach)
        if site_id is not None and site_id not in _sites(session, reach):
            raise SiteUnknown
        if not reach.covers(site_id) or not reach.may_give_roles_to(held):
            raise NotPermitted
        if site_id is None and role is not Role.OWNER:
            _keep_an_owner(session, account_id)
        old = memberships.set_role(session, account_id, site_id, role, new_id=services.ids.new())
        if old == role:
            return
        name = EventName.ROLE_REVOKED if role is None else EventName.ROLE_GRANTED
        event = _event(name, owner_id, account_id, old={"role": old}, new={"role": role}, site_id=site_id)
        outbox.record(session, event, now=now)
        still = [
            here
            for here, (_, held_here) in accounts.roles(session, account_id).items()
            if Permission.REVIEW in GRANTED[held_here]
        ]
        memberships.release_claims(session, account_id, but_on=still)


def disable(owner_id: UUID, account_id: UUID, *, session: Session, services: Services) -> None:
    """Shut an account: its sessions end, what it had claimed goes back. Raises `LastOwner`, `NotPermitted`, … ."""
    now = services.clock.now()
    with transaction(session):
        memberships.lock_owners(session)
        _own(session, owner_id, account_id)
        _keep_an_owner(session, account_id)
        if memberships.set_disabled(session, account_id, now):
            _shut_out(session, account_id)
            outbox.record(session, _event(EventName.ACCOUNT_DISABLED, owner_id, account_id), now=now)


def enable(owner_id: UUID, account_id: UUID, *, session: Session, services: Services) -> None:
    """Open an account again. Raises `NotPermitted`, `AccountUnknown`."""
    now = services.clock.now()
    with transaction(session):
        memberships.lock_owners(session)
        _own(session, owner_id, account_id)
        if memberships.set_disabled(session, account_id, None):
            outbox.record(session, _event(EventName.ACCOUNT_ENABLED, owner_id, account_id), now=now)


def end_session(
    owner_id: UUID, account_id: UUID, session_id: UUID, *, session: Session, services: Services
) -> None:
    """Sign one browser of somebody out; one that is gone already is no error."""
    now = services.clock.now()
    with transaction(session):
        _own(session, owner_id, account_id)
        if sessions.end_session_of(session, account_id, session_id):
            event = _event(EventName.ACCOUNT_SESSION_ENDED, owner_id, account_id, new={"sessions": 1})
            outbox.record(session, event, now=now)


def end_all_sessions(owner_id: UUID, account_id: UUID, *, session: Session, services: Services) -> None:
    """Sign somebody out everywhere."""
    now = services.clock.now()
    with transaction(session):
        _own(session, owner_id, account_id)
        ended = sessions.end_all_sessions(session, account_id)
        if ended:
            event = _event(EventName.ACCOUNT_SESSION_ENDED, owner_id, account_id, new={"sessions": ended})
            outbox.record(session, event, now=now)


def remove_second_factor(owner_id: UUID, account_id: UUID, *, session: Session, services: Services) -> None:
    """Take away the second factor of somebody who has lost it; he is signed out everywhere."""
    now = services.clock.now()
    with transaction(session):
        _own(session, owner_id, account_id)
        if second_factors.remove(session, account_id):
            sessions.end_all_sessions(session, account_id)
            outbox.record(session, _event(EventName.ACCOUNT_TOTP_REMOVED, owner_id, account_id), now=now)


def reset_second_factor(login: str, *, session: Session, services: Services) -> bool:
    """Take away a second factor at the operator's terminal; say whether there was one. Raises `AccountUnknown`."""
    now = services.clock.now()
    with transaction(session):
        account = accounts.find_by_login(session, login)
        if account is None:
            raise AccountUnknown
        if not second_factors.remove(session, account.id):
            return False
        sessions.end_all_sessions(session, account.id)
        outbox.record(session, _event(EventName.ACCOUNT_TOTP_REMOVED, None, account.id), now=now)
        return True


def _held(session: Session, account_id: UUID, reach: Reach) -> list[Held]:
    held = memberships.held_by(session, account_id)
    if accounts.find(session, account_id) is None or not reach.sees(held):
        raise AccountUnknown
    return held


def _own(session: Session, owner_id: UUID, account_id: UUID) -> None:
    reach = _reach(session, owner_id)
    if not reach.owns(_held(session, account_id, reach)):
        raise NotPermitted


def _keep_an_owner(session: Session, leaving: UUID) -> None:
    """Refuse what would leave nobody who owns every site. Owners are locked: nobody else leaves meanwhile."""
    owners = memberships.owners_everywhere(session)
    if owners == {leaving}:
        raise LastOwner


def _shut_out(session: Session, account_id: UUID) -> None:
    sessions.end_all_sessions(session, account_id)
    memberships.release_claims(session, account_id)


def _event(
    name: EventName,
    owner_id: UUID | None,
    account_id: UUID,
    *,
    old: dict[str, object] | None = None,
    new: dict[str, object] | None = None,
    site_id: UUID | None = None,
) -> Event:
    return Event(
        name=name,
        actor=OPERATOR if owner_id is None else Actor(ActorKind.ACCOUNT, owner_id),
        subject_kind="account",
        subject_id=account_id,
        site_id=site_id,
        old=old or {},
        new=new or {},
    )

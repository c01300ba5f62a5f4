"""Sign-in through the operator's identity provider. An account is found by issuer and subject, never by e-mail."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moderation.domain.account import (
    Asked,
    Details,
    Opened,
    SessionLife,
    faults_of_details,
    faults_of_login,
)
from moderation.domain.errors import IdentityRefused, Invalid
from moderation.domain.events import Actor, ActorKind, Event, EventName
from moderation.ports import Identified, IdentityProvider, Services
from moderation.store import accounts, identities, joining, outbox, sessions
from moderation.store.joining import Newcomer
from moderation.store.sessions import Entry
from moderation.store.tables import Identity, IdentityRequest
from moderation.store.transaction import reading, transaction

REQUEST_LIFE: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Where to send the browser, and what it must bring back."""

    address: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What the identity is for: signing in, an account to tie it to, or an invitation to accept."""

    next: str = ""
    account_id: UUID | None = None
    invitation: str | None = None
    login: str = ""
    details: Details | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """What came of it: a session, a code still asked for, or (None) an identity tied to the account signed in."""

    entered: Opened | Asked | None
    next: str


def begin(purpose: Purpose, *, redirect: str, session: Session, services: Services) -> Sent:
    """Note what a browser is sent for, and return where. Raises `Invalid`, `IdentityRefused`."""
    provider = _provider(services)
    kept = {"next": purpose.next}
    if purpose.details is not None:
        faults = faults_of_login(purpose.login) + faults_of_details(purpose.details)
        if faults:
            raise Invalid(faults)
        kept |= {
            "login": purpose.login,
            "name": purpose.details.name,
            "language": purpose.details.language,
            "time_zone": purpose.details.time_zone,
        }
    now = services.clock.now()
    state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
    address = provider.address(redirect=redirect, state=state, nonce=nonce, verifier=verifier)
    row = IdentityRequest(
        state_hash=services.secrets.digest(state),
        nonce=nonce,
        verifier=verifier,
        account_id=purpose.account_id,
        invitation_hash=None if purpose.invitation is None else services.secrets.digest(purpose.invitation),
        details=kept,
        created_at=now,
        expires_at=now + REQUEST_LIFE,
    )
    with transaction(session):
        identities.remember_request(session, row)
    return Sent(address=address, state=state)


def finish(
    state: str,
    code: str,
    *,
    redirect: str,
    life: SessionLife,
    browser: str,
    signed_in: UUID | None,
    session: Session,
    services: Services,
) -> Back:
    """Take a browser that comes back, once, and do what it was sent for. Raises `IdentityRefused` and what joining does."""
    provider = _provider(services)
    now = services.clock.now()
    with transaction(session):
        request = identities.take_request(session, services.secrets.digest(state), now=now)
    if request is None:
        raise IdentityRefused("state")
    who = provider.redeem(code, redirect=redirect, nonce=request.nonce, verifier=request.verifier, now=now)
    entry = Entry(now=now, life=life, browser=browser, new_id=services.ids.new, secrets=services.secrets)
    kept = request.details
    if request.account_id is not None:
        if request.account_id != signed_in:
            raise IdentityRefused("other-account")
        _link(request.account_id, who, entry, session=session)
        return Back(entered=None, next=kept["next"])
    if request.invitation_hash is not None:
        entered = _join(request.invitation_hash, kept, who, entry, session=session)
        return Back(entered=entered, next=kept["next"])
    return Back(entered=_enter(who, entry, session=session), next=kept["next"])


def unlink(account_id: UUID, *, session: Session, services: Services) -> None:
    """Untie one's identity; an account without a password keeps it, or nobody could sign in to it."""
    now = services.clock.now()
    with transaction(session):
        account = accounts.lock(session, account_id)
        if account.password_hash and identities.unlink(session, account_id):
            event = _event(EventName.ACCOUNT_CHANGED, account_id, {"identity": None})
            outbox.record(session, event, now=now)


def _provider(services: Services) -> IdentityProvider:
    if services.identity_provider is None:
        raise IdentityRefused("not-configured")
    return services.identity_provider


def _enter(who: Identified, entry: Entry, *, session: Session) -> Opened | Asked:
    with reading(session):
        account = identities.find_account(session, who.issuer, who.subject)
        account_id = None if account is None else account.id
    if account_id is None:
        raise IdentityRefused("unknown")
    with transaction(session):
        if accounts.lock(session, account_id).disabled_at is not None:
            raise IdentityRefused(
                "unknown"
            )  # as if we did not know him: who was shut out is not for a provider to learn
        return sessions.let_in(session, account_id, entry)


def _join(
    invitation_hash: bytes, kept: dict[str, str], who: Identified, entry: Entry, *, session: Session
) -> Opened | Asked:
    details = Details(name=kept["name"], language=kept["language"], time_zone=kept["time_zone"])
    newcomer = Newcomer(
        account_id=entry.new_id(),
        membership_id=entry.new_id(),
        login=kept["login"],
        details=details,
        password_hash="",
    )
    with transaction(session):
        joining.join(session, invitation_hash, newcomer, now=entry.now)
        _tie(newcomer.account_id, who, entry, session=session)
        return sessions.open_session(session, newcomer.account_id, entry)


def _link(account_id: UUID, who: Identified, entry: Entry, *, session: Session) -> None:
    with transaction(session):
        accounts.lock(session, account_id)
        held = identities.find_account(session, who.issuer, who.subject)
        if held is not None and held.id == account_id:
            return
        _tie(account_id, who, entry, session=session)


def _tie(account_id: UUID, who: Identified, entry: Entry, *, session: Session) -> None:
    """Tie an identity to an account. The database refuses a second account of one, and a second one of an account."""
    row = Identity(
        id=entry.new_id(),
        account_id=account_id,
        issuer=who.issuer,
        subject=who.subject,
        created_at=entry.now,
    )
    try:
        identities.link(session, row)
    except IntegrityError:
        raise IdentityRefused("taken") from None
    event = _event(EventName.ACCOUNT_IDENTITY_LINKED, account_id, {"issuer": who.issuer})
    outbox.record(session, event, now=entry.now)


def _event(name: EventName, account_id: UUID, new: dict[str, object]) -> Event:
    actor = Actor(ActorKind.ACCOUNT, account_id)
    return Event(name=name, actor=actor, subject_kind="account", subject_id=account_id, new=new)

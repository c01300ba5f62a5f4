"""Accounts: made by the operator, signed in by password, known by a session that lives on the server."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.account import (
    GRANTED,
    LANGUAGES,
    MAX_PASSWORD_CHARS,
    Asked,
    Details,
    Opened,
    Permission,
    Role,
    SessionLife,
    faults_of_details,
    faults_of_login,
    faults_of_password,
)
from moderation.domain.errors import AccountUnknown, Fault, Invalid, NameTaken, SignInFailed, TooMany
from moderation.domain.events import OPERATOR, Actor, ActorKind, Event, EventName
from moderation.ports import Services
from moderation.store import accounts, outbox, sessions, sites
from moderation.store.sessions import Entry
from moderation.store.tables import Account, Membership
from moderation.store.transaction import reading, transaction

SEEN_EVERY = timedelta(minutes=1)
"""A session in use is written down once a minute, not at every request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who a request comes from, and what he may do where."""

    account_id: UUID
    session_id: UUID
    login: str
    name: str
    language: str
    time_zone: str
    roles: dict[UUID, tuple[str, Role]]
    """By site id: the site's key and the role there."""
    keys: dict[str, str]
    """The keys of the desk that this account has changed, by action (`domain.keys`)."""
    has_second_factor: bool

    def sites_with(self, permission: Permission) -> tuple[UUID, ...]:
        """Return the sites on which this account has a permission."""
        return tuple(site_id for site_id, (_, role) in self.roles.items() if permission in GRANTED[role])


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account to make. Without a site key the role holds on every site."""

    login: str
    name: str
    password: str
    role: Role
    site_key: str | None = None
    language: str = "zh-CN"
    time_zone: str = "Asia/Shanghai"


def create(new: NewAccount, *, session: Session, services: Services) -> UUID:
    """Make an account. Raises `Invalid` or `NameTaken`."""
    details = Details(name=new.name, language=new.language, time_zone=new.time_zone)
    faults = faults_of_login(new.login) + faults_of_details(details) + faults_of_password(new.password)
    if faults:
        raise Invalid(faults)
    now = services.clock.now()
    password_hash = services.secrets.hash_password(new.password)
    account_id = services.ids.new()
    with transaction(session):
        if accounts.find_by_login(session, new.login) is not None:
            raise NameTaken
        site_id = None if new.site_key is None else sites.find_site(session, new.site_key).id
        account = Account(
            id=account_id,
            login=new.login.lower(),
            name=new.name,
            password_hash=password_hash,
            language=new.language,
            time_zone=new.time_zone,
            keys={},
            created_at=now,
            disabled_at=None,
        )
        membership = Membership(id=services.ids.new(), account_id=account_id, site_id=site_id, role=new.role)
        accounts.add(session, account, membership)
        event = _event(EventName.ACCOUNT_CREATED, account_id, OPERATOR, {"role": new.role})
        outbox.record(session, event, now=now)
    return account_id


def set_password(login: str, password: str, *, session: Session, services: Services) -> None:
    """Give an account a new password and sign it out everywhere. Raises `AccountUnknown`, `Invalid`."""
    faults = faults_of_password(password)
    if faults:
        raise Invalid(faults)
    now = services.clock.now()
    password_hash = services.secrets.hash_password(password)
    with transaction(session):
        account = accounts.find_by_login(session, login)
        if account is None:
            raise AccountUnknown
        accounts.set_password(session, account.id, password_hash)
        sessions.end_all_sessions(session, account.id)
        event = _event(EventName.ACCOUNT_PASSWORD_SET, account.id, OPERATOR, {})
        outbox.record(session, event, now=now)


def spend_attempt(
    purpose: str, whose: str, *, known_browser: str | None, limit: str, services: Services
) -> None:
    """Count one guess at somebody's password or code. Raises `TooMany`.

    Guesses from anywhere share one counter per login, so that a thousand machines are as slow as one. A browser
    in which this person has signed in before has a counter of its own: whoever fills the shared one slows down
    strangers, and does not lock the person out (OWASP, "Slow down online guessing attacks with device cookies").
    """
    counted = services.secrets.keyed("attempt", purpose, whose.lower(), known_browser or "").hex()
    spent = services.limits.spend(counted, limits=limit, scope=purpose)
    if not spent.is_allowed:
        raise TooMany(
            retry_after_seconds=spent.retry_after_seconds, limit=spent.limit, remaining=0, scope=purpose
        )


def sign_in(
    login: str,
    password: str,
    *,
    life: SessionLife,
    browser: str = "",
    session: Session,
    services: Services,
) -> Opened | Asked:
    """Check a password; open a session, or ask for a code. Raises `SignInFailed`.

    An unknown login takes as long as a wrong password: which logins exist is not for everybody to learn. So does
    an account without a password, whose owner comes in by the identity provider.
    """
    now = services.clock.now()
    if len(password) > MAX_PASSWORD_CHARS or "\x00" in login or not login.isascii():
        raise SignInFailed
    with reading(session):
        account = accounts.find_by_login(session, login)
        stored = None if account is None or account.disabled_at is not None else account.password_hash
        account_id = None if account is None else account.id
    if not stored or account_id is None:
        services.secrets.hash_password(password)
        raise SignInFailed
    if not services.secrets.check_password(stored, password):
        raise SignInFailed
    fresh_hash = services.secrets.hash_password(password) if services.secrets.needs_rehash(stored) else None
    entry = Entry(now=now, life=life, browser=browser, new_id=services.ids.new, secrets=services.secrets)
    with transaction(session):
        account = accounts.lock(session, account_id)
        if account.password_hash != stored or account.disabled_at is not None:
            raise SignInFailed  # changed while we checked: the old password opens nothing, and is not written back
        if fresh_hash is not None:
            accounts.set_password(session, account_id, fresh_hash)
        return sessions.let_in(session, account_id, entry)


def find_signed_in(token: str, *, life: SessionLife, session: Session, services: Services) -> SignedIn | None:
    """Return who holds a session's token, or None when the session is over."""
    now = services.clock.now()
    with reading(session, is_brief=True):
        found = sessions.find_session(
            session, services.secrets.digest(token), now=now, idle_since=now - life.idle
        )
        if found is None:
            return None
        row, account, has_second_factor = found
        signed_in = SignedIn(
            account_id=account.id,
            session_id=row.id,
            login=account.login,
            name=account.name,
            language=account.language,
            time_zone=account.time_zone,
            roles=accounts.roles(session, account.id),
            keys=account.keys,
            has_second_factor=has_second_factor,
        )
        last_seen_at: datetime = row.last_seen_at
    if now - last_seen_at > SEEN_EVERY:
        with transaction(session):
            sessions.touch_session(session, signed_in.session_id, now=now)
    return signed_in


def sign_out(token: str, *, session: Session, services: Services) -> None:
    """End a session; an ended one is no error."""
    now = services.clock.now()
    with transaction(session):
        account_id = sessions.end_session(session, services.secrets.digest(token))
        if account_id is not None:
            actor = Actor(ActorKind.ACCOUNT, account_id)
            outbox.record(session, _event(EventName.ACCOUNT_SIGNED_OUT, account_id, actor, {}), now=now)


def choose_language(account_id: UUID, language: str, *, session: Session, services: Services) -> None:
    """Set an account's language. Raises `Invalid`."""
    if language not in LANGUAGES:
        raise Invalid([Fault("/language", "unknown")])
    now = services.clock.now()
    with transaction(session):
        old = accounts.lock(session, account_id).language
        if old == language:
            return
        accounts.set_language(session, account_id, language)
        event = Event(
            name=EventName.ACCOUNT_CHANGED,
            actor=Actor(ActorKind.ACCOUNT, account_id),
            subject_kind="account",
            subject_id=account_id,
            old={"language": old},
            new={"language": language},
        )
        outbox.record(session, event, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAccount:
    """An account in a list."""

    login: str
    name: str
    roles: dict[str, Role]
    is_disabled: bool


def list_all(*, session: Session) -> list[ListedAccount]:
    """Return every account with its role on each site."""
    with reading(session):
        return [
            ListedAccount(
                login=account.login,
                name=account.name,
                roles=dict(accounts.roles(session, account.id).values()),
                is_disabled=account.disabled_at is not None,
            )
            for account in accounts.all_accounts(session)
        ]


def _event(name: EventName, account_id: UUID, actor: Actor, new: dict[str, object]) -> Event:
    return Event(name=name, actor=actor, subject_kind="account", subject_id=account_id, new=new)

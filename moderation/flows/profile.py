"""One's own account: name, language, zone, password, keys, and the browsers one is signed in with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.account import (
    MAX_PASSWORD_CHARS,
    Details,
    SessionLife,
    faults_of_details,
    faults_of_password,
)
from moderation.domain.errors import Fault, Invalid
from moderation.domain.events import Actor, ActorKind, Event, EventName
from moderation.domain.keys import DEFAULT_KEYS, KeyAction, faults_of_keys
from moderation.ports import Services
from moderation.store import accounts, identities, outbox, second_factors, sessions
from moderation.store.tables import AccountSession
from moderation.store.transaction import reading, transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What one's own page shows beyond what every page knows."""

    sessions: Sequence[AccountSession]
    has_password: bool
    has_identity: bool
    recovery_codes_left: int


def look_at(account_id: UUID, *, life: SessionLife, session: Session, services: Services) -> Own:
    """Return what the page shows."""
    now = services.clock.now()
    with reading(session):
        account = accounts.find(session, account_id)
        return Own(
            sessions=sessions.live_sessions(session, account_id, now=now, idle_since=now - life.idle),
            has_password=account is not None and bool(account.password_hash),
            has_identity=identities.is_linked(session, account_id),
            recovery_codes_left=second_factors.recovery_codes_left(session, account_id),
        )


def change(account_id: UUID, details: Details, *, session: Session, services: Services) -> None:
    """Set name, language and time zone. Raises `Invalid`."""
    faults = faults_of_details(details)
    if faults:
        raise Invalid(faults)
    now = services.clock.now()
    with transaction(session):
        account = accounts.lock(session, account_id)
        # Which name it was is personal, and nothing that the audit needs: that it changed is told.
        old: dict[str, object] = {"language": account.language, "time_zone": account.time_zone}
        new: dict[str, object] = {"language": details.language, "time_zone": details.time_zone}
        has_new_name = account.name != details.name.strip()
        if not has_new_name and old == new:
            return
        stripped = Details(name=details.name.strip(), language=details.language, time_zone=details.time_zone)
        accounts.set_details(session, account_id, stripped)
        changed = {field: value for field, value in new.items() if old[field] != value}
        event = _event(
            EventName.ACCOUNT_CHANGED,
            account_id,
            old={field: old[field] for field in changed},
            new=changed | ({"name": "changed"} if has_new_name else {}),
        )
        outbox.record(session, event, now=now)


def change_password(
    account_id: UUID,
    session_id: UUID,
    *,
    old: str,
    new: str,
    session: Session,
    services: Services,
) -> None:
    """Set a new password for whoever knows the old one; every other session ends. Raises `Invalid`."""
    with reading(session):
        account = accounts.find(session, account_id)
        stored = "" if account is None else account.password_hash
    if not stored or len(old) > MAX_PASSWORD_CHARS or not services.secrets.check_password(stored, old):
        raise Invalid([Fault("/old_password", "wrong")])
    faults = faults_of_password(new, field="new_password")
    if faults:
        raise Invalid(faults)
    now = services.clock.now()
    password_hash = services.secrets.hash_password(new)
    with transaction(session):
        if accounts.lock(session, account_id).password_hash != stored:
            raise Invalid([Fault("/old_password", "wrong")])  # changed while we checked
        accounts.set_password(session, account_id, password_hash)
        sessions.end_all_sessions(session, account_id, but=session_id)
        outbox.record(session, _event(EventName.ACCOUNT_PASSWORD_SET, account_id), now=now)


def set_keys(account_id: UUID, keys: Mapping[str, str], *, session: Session, services: Services) -> None:
    """Set the keys of the desk; only those that differ from the usual ones are kept. Raises `Invalid`."""
    usual = {str(action): key for action, key in DEFAULT_KEYS.items()}
    changed = {action: key for action, key in keys.items() if usual.get(action) != key}
    faults = faults_of_keys(changed)
    if faults:
        raise Invalid(faults)
    _keep_keys(account_id, changed, session=session, services=services)


def reset_keys(account_id: UUID, *, session: Session, services: Services) -> None:
    """Go back to the usual keys."""
    _keep_keys(account_id, {}, session=session, services=services)


def _keep_keys(account_id: UUID, changed: dict[str, str], *, session: Session, services: Services) -> None:
    now = services.clock.now()
    with transaction(session):
        old = accounts.lock(session, account_id).keys
        if old == changed:
            return
        accounts.set_keys(session, account_id, changed)
        touched = [action for action in KeyAction if old.get(action) != changed.get(action)]
        event = _event(
            EventName.ACCOUNT_CHANGED,
            account_id,
            old={f"key_{action}": old.get(action, usual(action)) for action in touched},
            new={f"key_{action}": changed.get(action, usual(action)) for action in touched},
        )
        outbox.record(session, event, now=now)


def usual(action: KeyAction) -> str:
    """Return the usual key of an action."""
    return DEFAULT_KEYS[action]


def end_session(account_id: UUID, session_id: UUID, *, session: Session, services: Services) -> None:
    """Sign one of one's browsers out; one that is gone already is no error."""
    now = services.clock.now()
    with transaction(session):
        if sessions.end_session_of(session, account_id, session_id):
            event = _event(EventName.ACCOUNT_SESSION_ENDED, account_id, new={"sessions": 1})
            outbox.record(session, event, now=now)


def end_other_sessions(account_id: UUID, session_id: UUID, *, session: Session, services: Services) -> None:
    """Sign every other browser out."""
    now = services.clock.now()
    with transaction(session):
        ended = sessions.end_all_sessions(session, account_id, but=session_id)
        if ended:
            event = _event(EventName.ACCOUNT_SESSION_ENDED, account_id, new={"sessions": ended})
            outbox.record(session, event, now=now)


def _event(
    name: EventName,
    account_id: UUID,
    *,
    old: dict[str, object] | None = None,
    new: dict[str, object] | None = None,
) -> Event:
    return Event(
        name=name,
        actor=Actor(ActorKind.ACCOUNT, account_id),
        subject_kind="account",
        subject_id=account_id,
        old=old or {},
        new=new or {},
    )

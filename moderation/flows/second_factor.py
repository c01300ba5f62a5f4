"""The second factor: set up and confirmed, asked for at the sign-in, removed; and the codes for when it is lost."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.account import MAX_PASSWORD_CHARS, RECOVERY_CODES, Opened, SessionLife
from moderation.domain.errors import CodeWrong, StepOver
from moderation.domain.events import Actor, ActorKind, Event, EventName
from moderation.ports import Services
from moderation.store import accounts, outbox, second_factors, sessions
from moderation.store.sessions import Entry
from moderation.store.transaction import reading, transaction

ISSUER: Final = "Moderation"
_CODE: Final = re.compile(r"[0-9]{6}")
_MAX_CODE_CHARS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How an account stands: without, with a secret to confirm, or with a second factor."""

    is_confirmed: bool
    secret: str | None
    address: str | None
    recovery_codes_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """A second factor in force: the recovery codes, told once, and the session that takes the place of the old."""

    recovery_codes: tuple[str, ...]
    token: str


def look_at(account_id: UUID, login: str, *, session: Session, services: Services) -> State:
    """Return how an account stands. The secret is told only until it is confirmed."""
    with reading(session):
        found = second_factors.find(session, account_id)
        if found is None or found.confirmed_at is not None:
            left = second_factors.recovery_codes_left(session, account_id)
            return State(is_confirmed=found is not None, secret=None, address=None, recovery_codes_left=left)
        secret = found.secret
    address = services.secrets.address_of_secret(secret, login=login, issuer=ISSUER)
    return State(is_confirmed=False, secret=secret, address=address, recovery_codes_left=0)


def begin(account_id: UUID, *, session: Session, services: Services) -> None:
    """Make a secret to confirm; one that is in force stays."""
    now = services.clock.now()
    with transaction(session):
        accounts.lock(session, account_id)
        if not sessions.has_second_factor(session, account_id):
            second_factors.begin(session, account_id, secret=services.secrets.shared_secret(), now=now)


def confirm(
    account_id: UUID, code: str, *, life: SessionLife, browser: str, session: Session, services: Services
) -> Confirmed:
    """Put the second factor into force with a first code; every session ends, this one is made anew.

    Whoever was signed in before was so without it. Raises `CodeWrong`.
    """
    now = services.clock.now()
    codes = tuple(services.secrets.recovery_code() for _ in range(RECOVERY_CODES))
    entry = Entry(now=now, life=life, browser=browser, new_id=services.ids.new, secrets=services.secrets)
    with transaction(session):
        found = second_factors.find(session, account_id)
        step = None if found is None else services.secrets.step_of_code(found.secret, _plain(code), now)
        if found is None or step is None:
            raise CodeWrong
        if not second_factors.confirm(session, account_id, secret=found.secret, step=step, now=now):
            raise CodeWrong
        second_factors.replace_recovery_codes(session, account_id, _hashes(codes, services))
        sessions.end_all_sessions(session, account_id)
        token = sessions.add_session(session, account_id, entry)
        outbox.record(session, _event(EventName.ACCOUNT_TOTP_SET, account_id), now=now)
    return Confirmed(recovery_codes=codes, token=token)


def whose_step(step: str, *, session: Session, services: Services) -> str:
    """Return the login whose sign-in awaits a code. Raises `StepOver`."""
    with reading(session):
        found = sessions.whose_step(session, services.secrets.digest(step), now=services.clock.now())
    if found is None:
        raise StepOver
    return found


def answer(
    step: str, code: str, *, life: SessionLife, browser: str, session: Session, services: Services
) -> Opened:
    """Finish a sign-in with a code, or with a recovery code. Raises `CodeWrong`, `StepOver`.

    An attempt is spent before the code is looked at, in a transaction of its own: a wrong code must not give it back.
    """
    now = services.clock.now()
    step_hash = services.secrets.digest(step)
    with transaction(session):
        account_id = sessions.try_step(session, step_hash, now=now)
    if account_id is None:
        raise StepOver
    entry = Entry(now=now, life=life, browser=browser, new_id=services.ids.new, secrets=services.secrets)
    with transaction(session):
        if accounts.lock(session, account_id).disabled_at is not None:
            raise StepOver
        if not _is_accepted(account_id, code, session=session, services=services):
            raise CodeWrong
        if not sessions.end_step(session, step_hash):
            raise StepOver
        return sessions.open_session(session, account_id, entry)


def remove(account_id: UUID, proof: str, *, session: Session, services: Services) -> None:
    """Remove the second factor, for whoever knows the password or has a code. Raises `CodeWrong`."""
    now = services.clock.now()
    is_password = _is_password(account_id, proof, session=session, services=services)
    with transaction(session):
        accounts.lock(session, account_id)
        if not is_password and not _is_accepted(account_id, proof, session=session, services=services):
            raise CodeWrong
        if second_factors.remove(session, account_id):
            outbox.record(session, _event(EventName.ACCOUNT_TOTP_REMOVED, account_id), now=now)


def renew_recovery_codes(
    account_id: UUID, proof: str, *, session: Session, services: Services
) -> tuple[str, ...]:
    """Make new recovery codes in place of the old, for whoever knows the password or has a code. Raises `CodeWrong`."""
    now = services.clock.now()
    codes = tuple(services.secrets.recovery_code() for _ in range(RECOVERY_CODES))
    is_password = _is_password(account_id, proof, session=session, services=services)
    with transaction(session):
        accounts.lock(session, account_id)
        if not sessions.has_second_factor(session, account_id):
            raise CodeWrong
        if not is_password and not _is_accepted(account_id, proof, session=session, services=services):
            raise CodeWrong
        second_factors.replace_recovery_codes(session, account_id, _hashes(codes, services))
        event = _event(EventName.ACCOUNT_CHANGED, account_id, {"recovery_codes": len(codes)})
        outbox.record(session, event, now=now)
    return codes


def _is_password(account_id: UUID, proof: str, *, session: Session, services: Services) -> bool:
    if len(proof) > MAX_PASSWORD_CHARS:
        return False
    with reading(session):
        account = accounts.find(session, account_id)
        stored = "" if account is None else account.password_hash
    return bool(stored) and services.secrets.check_password(stored, proof)


def _is_accepted(account_id: UUID, code: str, *, session: Session, services: Services) -> bool:
    """Use a code, whichever of both kinds it is; each is accepted once."""
    now = services.clock.now()
    plain = _plain(code)
    if not _CODE.fullmatch(plain):
        digest = services.secrets.digest(plain)
        return second_factors.use_recovery_code(session, account_id, digest, now=now)
    found = second_factors.find(session, account_id)
    step = None if found is None else services.secrets.step_of_code(found.secret, plain, now)
    return step is not None and second_factors.accept_step(session, account_id, step=step)


def _plain(code: str) -> str:
    """Read a code as people type it: with spaces, dashes or capitals."""
    return re.sub(r"[\s-]", "", code[:_MAX_CODE_CHARS]).lower()


def _hashes(codes: tuple[str, ...], services: Services) -> list[bytes]:
    return [services.secrets.digest(_plain(code)) for code in codes]


def _event(name: EventName, account_id: UUID, new: dict[str, object] | None = None) -> Event:
    actor = Actor(ActorKind.ACCOUNT, account_id)
    return Event(name=name, actor=actor, subject_kind="account", subject_id=account_id, new=new or {})

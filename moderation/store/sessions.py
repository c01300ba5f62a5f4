"""Signed-in sessions, and the step between a right password and its code."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from moderation.domain.account import STEP_ATTEMPTS, STEP_MINUTES, Asked, Opened, SessionLife
from moderation.domain.events import Actor, ActorKind, Event, EventName
from moderation.ports import Secrets
from moderation.store import outbox
from moderation.store.tables import Account, AccountSession, SecondFactor, SignInStep

_NO_SYNC = {"synchronize_session": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a new session is made from."""

    now: datetime
    life: SessionLife
    browser: str
    new_id: Callable[[], UUID]
    secrets: Secrets


def let_in(session: Session, account_id: UUID, entry: Entry) -> Opened | Asked:
    """Open a session or, for an account with a second factor, a step that awaits a code."""
    if not has_second_factor(session, account_id):
        return open_session(session, account_id, entry)
    token = entry.secrets.token("mod_step_")
    row = SignInStep(
        token_hash=entry.secrets.digest(token),
        account_id=account_id,
        attempts=0,
        created_at=entry.now,
        expires_at=entry.now + timedelta(minutes=STEP_MINUTES),
    )
    session.add(row)
    return Asked(token)


def open_session(session: Session, account_id: UUID, entry: Entry) -> Opened:
    """Sign a browser in, and record that."""
    token = add_session(session, account_id, entry)
    actor = Actor(ActorKind.ACCOUNT, account_id)
    event = Event(
        name=EventName.ACCOUNT_SIGNED_IN, actor=actor, subject_kind="account", subject_id=account_id
    )
    outbox.record(session, event, now=entry.now)
    return Opened(token)


def add_session(session: Session, account_id: UUID, entry: Entry) -> str:
    """Add a session; return its token."""
    token = entry.secrets.token("mod_session_")
    row = AccountSession(
        id=entry.new_id(),
        token_hash=entry.secrets.digest(token),
        account_id=account_id,
        browser=entry.browser,
        created_at=entry.now,
        last_seen_at=entry.now,
        expires_at=entry.now + entry.life.absolute,
    )
    session.add(row)
    return token


def has_second_factor(session: Session, account_id: UUID) -> bool:
    """Say whether an account is asked for a code."""
    confirmed = exists().where(SecondFactor.account_id == account_id, SecondFactor.confirmed_at.is_not(None))
    return bool(session.scalar(select(confirmed)))


_SIGNED_IN: Final = (
    select(
        AccountSession,
        Account,
        exists().where(SecondFactor.account_id == Account.id, SecondFactor.confirmed_at.is_not(None)),
    )
    .join(Account, Account.id == AccountSession.account_id)
    .where(
        AccountSession.token_hash == bindparam("token"),
        AccountSession.expires_at > bindparam("now"),
        AccountSession.last_seen_at > bindparam("idle_since"),
        Account.disabled_at.is_(None),
    )
)
"""Run at every request of somebody signed in, so made once."""


def find_session(
    session: Session, token_hash: bytes, *, now: datetime, idle_since: datetime
) -> tuple[AccountSession, Account, bool] | None:
    """Return a live session, its account, and whether that has a second factor: not expired, not idle too long, the account not disabled."""
    asked = {"token": token_hash, "now": now, "idle_since": idle_since}
    row = session.execute(_SIGNED_IN, asked).one_or_none()
    return None if row is None else (row[0], row[1], bool(row[2]))


def live_sessions(
    session: Session, account_id: UUID, *, now: datetime, idle_since: datetime
) -> Sequence[AccountSession]:
    """Return an account's sessions that still open pages, the one used last first."""
    return session.scalars(
        select(AccountSession)
        .where(
            AccountSession.account_id == account_id,
            AccountSession.expires_at > now,
            AccountSession.last_seen_at > idle_since,
        )
        .order_by(AccountSession.last_seen_at.desc(), AccountSession.id.desc()),
    ).all()


def touch_session(session: Session, session_id: UUID, *, now: datetime) -> None:
    """Note that a session is in use."""
    session.execute(update(AccountSession).where(AccountSession.id == session_id).values(last_seen_at=now))


def end_session(session: Session, token_hash: bytes) -> UUID | None:
    """Sign a browser out; return whose it was."""
    return session.scalars(
        delete(AccountSession)
        .where(AccountSession.token_hash == token_hash)
        .returning(AccountSession.account_id),
        execution_options=_NO_SYNC,
    ).one_or_none()


def end_session_of(session: Session, account_id: UUID, session_id: UUID) -> bool:
    """End one session of an account; say whether there was one."""
    ended = session.scalars(
        delete(AccountSession)
        .where(AccountSession.id == session_id, AccountSession.account_id == account_id)
        .returning(AccountSession.id),
        execution_options=_NO_SYNC,
    ).one_or_none()
    return ended is not None


def end_all_sessions(session: Session, account_id: UUID, *, but: UUID | None = None) -> int:
    """Sign an account out everywhere, perhaps but here; whoever is half-way in is out as well. Return how many."""
    session.execute(delete(SignInStep).where(SignInStep.account_id == account_id))
    doomed = delete(AccountSession).where(AccountSession.account_id == account_id)
    if but is not None:
        doomed = doomed.where(AccountSession.id != but)
    return len(session.scalars(doomed.returning(AccountSession.id), execution_options=_NO_SYNC).all())


def purge_sessions(session: Session, *, now: datetime, idle_since: datetime) -> int:
    """Delete sessions that can no longer be used, and steps that led nowhere; return how many sessions."""
    session.execute(delete(SignInStep).where(SignInStep.expires_at <= now))
    gone = session.scalars(
        delete(AccountSession)
        .where(or_(AccountSession.expires_at <= now, AccountSession.last_seen_at <= idle_since))
        .returning(AccountSession.id),
        execution_options=_NO_SYNC,
    ).all()
    return len(gone)


def try_step(session: Session, token_hash: bytes, *, now: datetime) -> UUID | None:
    """Spend one attempt of a step; return whose it is, or None when it is over. One conditional UPDATE."""
    return session.scalars(
        update(SignInStep)
        .where(
            SignInStep.token_hash == token_hash,
            SignInStep.expires_at > now,
            SignInStep.attempts < STEP_ATTEMPTS,
        )
        .values(attempts=SignInStep.attempts + 1)
        .returning(SignInStep.account_id),
        execution_options=_NO_SYNC,
    ).one_or_none()


def whose_step(session: Session, token_hash: bytes, *, now: datetime) -> str | None:
    """Return the login whose step this is, without spending an attempt; None when it is over."""
    return session.scalars(
        select(Account.login)
        .join(SignInStep, SignInStep.account_id == Account.id)
        .where(
            SignInStep.token_hash == token_hash,
            SignInStep.expires_at > now,
            SignInStep.attempts < STEP_ATTEMPTS,
        ),
    ).one_or_none()


def end_step(session: Session, token_hash: bytes) -> bool:
    """Take a step away, once: of two that hold it one gets True."""
    ended = session.scalars(
        delete(SignInStep).where(SignInStep.token_hash == token_hash).returning(SignInStep.account_id),
        execution_options=_NO_SYNC,
    ).one_or_none()
    return ended is not None

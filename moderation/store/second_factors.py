"""Second factors and their recovery codes. What is accepted once is accepted by one conditional UPDATE."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from moderation.store.tables import RecoveryCode, SecondFactor

_NO_SYNC = {"synchronize_session": False}


def find(session: Session, account_id: UUID) -> SecondFactor | None:
    """Return an account's second factor, confirmed or not."""
    return session.get(SecondFactor, account_id, populate_existing=True)


def begin(session: Session, account_id: UUID, *, secret: str, now: datetime) -> None:
    """Keep a secret that is not confirmed yet, in place of an earlier one that was not either."""
    session.execute(
        delete(SecondFactor).where(SecondFactor.account_id == account_id, SecondFactor.confirmed_at.is_(None))
    )
    row = SecondFactor(account_id=account_id, secret=secret, created_at=now, confirmed_at=None, last_step=0)
    session.add(row)
    session.flush()


def confirm(session: Session, account_id: UUID, *, secret: str, step: int, now: datetime) -> bool:
    """Put a second factor into force; False when it is already, or has another secret by now."""
    confirmed = session.scalars(
        update(SecondFactor)
        .where(
            SecondFactor.account_id == account_id,
            SecondFactor.confirmed_at.is_(None),
            SecondFactor.secret == secret,
        )
        .values(confirmed_at=now, last_step=step)
        .returning(SecondFactor.account_id),
        execution_options=_NO_SYNC,
    ).one_or_none()
    return confirmed is not None


def accept_step(session: Session, account_id: UUID, *, step: int) -> bool:
    """Use the code of a time step; False when this code or a later one was used before (RFC 6238, section 5.2)."""
    accepted = session.scalars(
        update(SecondFactor)
        .where(
            SecondFactor.account_id == account_id,
            SecondFactor.confirmed_at.is_not(None),
            SecondFactor.last_step < step,
        )
        .values(last_step=step)
        .returning(SecondFactor.account_id),
        execution_options=_NO_SYNC,
    ).one_or_none()
    return accepted is not None


def remove(session: Session, account_id: UUID) -> bool:
    """Remove a second factor with its recovery codes; say whether one was in force."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    removed = session.scalars(
        delete(SecondFactor)
        .where(SecondFactor.account_id == account_id)
        .returning(SecondFactor.confirmed_at),
        execution_options=_NO_SYNC,
    ).all()
    return any(confirmed_at is not None for confirmed_at in removed)


def replace_recovery_codes(session: Session, account_id: UUID, hashes: Iterable[bytes]) -> None:
    """Keep new recovery codes; older ones hold no longer."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    session.add_all(
        RecoveryCode(code_hash=code_hash, account_id=account_id, used_at=None) for code_hash in hashes
    )


def use_recovery_code(session: Session, account_id: UUID, code_hash: bytes, *, now: datetime) -> bool:
    """Use a recovery code, once."""
    used = session.scalars(
        update(RecoveryCode)
        .where(
            RecoveryCode.code_hash == code_hash,
            RecoveryCode.account_id == account_id,
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.code_hash),
        execution_options=_NO_SYNC,
    ).one_or_none()
    return used is not None


def recovery_codes_left(session: Session, account_id: UUID) -> int:
    """Return how many recovery codes still work."""
    count = select(func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return session.scalars(count).one()

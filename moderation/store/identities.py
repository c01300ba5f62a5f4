"""Identities at the operator's provider, and browsers sent there and awaited back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from moderation.store.tables import Account, Identity, IdentityRequest


def remember_request(session: Session, request: IdentityRequest) -> None:
    """Await a browser's return."""
    session.add(request)


def take_request(session: Session, state_hash: bytes, *, now: datetime) -> IdentityRequest | None:
    """Take what a returning browser was sent with, once; None when it is unknown, used or too old."""
    found = session.scalars(
        delete(IdentityRequest)
        .where(IdentityRequest.state_hash == state_hash, IdentityRequest.expires_at > now)
        .returning(IdentityRequest),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    if found is not None:
        session.expunge(found)
    return found


def purge_requests(session: Session, *, now: datetime) -> None:
    """Delete requests whose browser never came back."""
    session.execute(delete(IdentityRequest).where(IdentityRequest.expires_at <= now))


def find_account(session: Session, issuer: str, subject: str) -> Account | None:
    """Return the account an identity is tied to."""
    return session.scalars(
        select(Account)
        .join(Identity, Identity.account_id == Account.id)
        .where(Identity.issuer == issuer, Identity.subject == subject),
    ).one_or_none()


def is_linked(session: Session, account_id: UUID) -> bool:
    """Say whether an account has an identity."""
    found = select(Identity.id).where(Identity.account_id == account_id).limit(1)
    return session.scalars(found).first() is not None


def link(session: Session, identity: Identity) -> None:
    """Tie an identity to an account."""
    session.add(identity)
    session.flush()


def unlink(session: Session, account_id: UUID) -> bool:
    """Untie an account's identities; say whether there was one."""
    gone = session.scalars(
        delete(Identity).where(Identity.account_id == account_id).returning(Identity.id),
        execution_options={"synchronize_session": False},
    ).all()
    return bool(gone)

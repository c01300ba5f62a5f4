"""Accounts, their roles and their signed-in sessions."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from moderation.domain.account import Role
from moderation.store.tables import Account, AccountSession, Membership, Site


def find_by_login(session: Session, login: str) -> Account | None:
    """Return the account with this login, whatever its capitals."""
    return session.scalars(select(Account).where(Account.login == login.lower())).one_or_none()


def lock(session: Session, account_id: UUID) -> Account:
    """Return an account, locked and fresh."""
    return session.scalars(
        select(Account)
        .where(Account.id == account_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True),
    ).one()


def name_of(session: Session, account_id: UUID) -> str | None:
    """Return an account's name."""
    return session.scalars(select(Account.name).where(Account.id == account_id)).one_or_none()


def all_accounts(session: Session) -> Sequence[Account]:
    """Return every account, by login."""
    return session.scalars(select(Account).order_by(Account.login)).all()


def add(session: Session, account: Account, membership: Membership) -> None:
    """Add an account with its first role."""
    session.add(account)
    session.flush()
    session.add(membership)


def set_password(session: Session, account_id: UUID, password_hash: str) -> None:
    """Replace an account's password hash."""
    session.execute(update(Account).where(Account.id == account_id).values(password_hash=password_hash))


def set_language(session: Session, account_id: UUID, language: str) -> None:
    """Set the language of an account's pages."""
    session.execute(update(Account).where(Account.id == account_id).values(language=language))


def open_session(session: Session, row: AccountSession) -> None:
    """Sign a browser in."""
    session.add(row)


def find_session(
    session: Session, token_hash: bytes, *, now: datetime, idle_since: datetime
) -> tuple[AccountSession, Account] | None:
    """Return a live session and its account: not expired, not idle too long, the account not disabled."""
    row = session.execute(
        select(AccountSession, Account)
        .join(Account, Account.id == AccountSession.account_id)
        .where(
            AccountSession.token_hash == token_hash,
            AccountSession.expires_at > now,
            AccountSession.last_seen_at > idle_since,
            Account.disabled_at.is_(None),
        ),
    ).one_or_none()
    return None if row is None else row


def touch_session(session: Session, session_id: UUID, *, now: datetime) -> None:
    """Note that a session is in use."""
    session.execute(update(AccountSession).where(AccountSession.id == session_id).values(last_seen_at=now))


def end_session(session: Session, token_hash: bytes) -> UUID | None:
    """Sign a browser out; return whose it was."""
    return session.scalars(
        delete(AccountSession)
        .where(AccountSession.token_hash == token_hash)
        .returning(AccountSession.account_id),
        execution_options={"synchronize_session": False},
    ).one_or_none()


def end_all_sessions(session: Session, account_id: UUID) -> None:
    """Sign an account out everywhere (a new password, a disabled account)."""
    session.execute(delete(AccountSession).where(AccountSession.account_id == account_id))


def purge_sessions(session: Session, *, now: datetime, idle_since: datetime) -> int:
    """Delete sessions that can no longer be used; return how many."""
    gone = session.scalars(
        delete(AccountSession)
        .where(or_(AccountSession.expires_at <= now, AccountSession.last_seen_at <= idle_since))
        .returning(AccountSession.id),
        execution_options={"synchronize_session": False},
    ).all()
    return len(gone)


def roles(session: Session, account_id: UUID) -> dict[UUID, tuple[str, Role]]:
    """Return an account's role on each site, by site id, with the site's key; a role for every site is spread."""
    rows = session.execute(
        select(Site.id, Site.key, Membership.site_id, Membership.role)
        .join(Membership, or_(Membership.site_id == Site.id, Membership.site_id.is_(None)))
        .where(Membership.account_id == account_id)
        # The role named for a site comes last and wins over the one for every site.
        .order_by(Site.key, Membership.site_id.is_not(None)),
    )
    return {site_id: (key, role) for site_id, key, _, role in rows}

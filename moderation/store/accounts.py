"""Accounts and their roles."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from moderation.domain.account import Details, Role
from moderation.store.tables import Account, Membership, Site


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


def find(session: Session, account_id: UUID) -> Account | None:
    """Return an account."""
    return session.get(Account, account_id, populate_existing=True)


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


def set_details(session: Session, account_id: UUID, details: Details) -> None:
    """Set what a person says of himself."""
    values = {"name": details.name, "language": details.language, "time_zone": details.time_zone}
    session.execute(update(Account).where(Account.id == account_id).values(**values))


def set_keys(session: Session, account_id: UUID, keys: dict[str, str]) -> None:
    """Set the keys of the desk that an account has changed."""
    session.execute(update(Account).where(Account.id == account_id).values(keys=keys))


def set_language(session: Session, account_id: UUID, language: str) -> None:
    """Set the language of an account's pages."""
    session.execute(update(Account).where(Account.id == account_id).values(language=language))


_ROLES: Final = (
    select(Site.id, Site.key, Membership.site_id, Membership.role)
    .join(Membership, or_(Membership.site_id == Site.id, Membership.site_id.is_(None)))
    .where(Membership.account_id == bindparam("account"))
    # The role named for a site comes last and wins over the one for every site.
    .order_by(Site.key, Membership.site_id.is_not(None))
)


def roles(session: Session, account_id: UUID) -> dict[UUID, tuple[str, Role]]:
    """Return an account's role on each site, by site id, with the site's key; a role for every site is spread."""
    rows = session.connection().execute(_ROLES, {"account": account_id})
    return {site_id: (key, role) for site_id, key, _, role in rows}

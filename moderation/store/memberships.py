"""Who holds which role where, and what an owner may see of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.orm import Session

from moderation.domain.account import Role
from moderation.domain.reach import Held
from moderation.store.review import FREE
from moderation.store.tables import (
    Account,
    AccountSession,
    Membership,
    ReviewItem,
    SecondFactor,
    Site,
)

_NO_SYNC = {"synchronize_session": False}


def lock_owners(session: Session) -> None:
    """Let changes of people come one after the other.

    Every change first locks the memberships of all owners, in one order. So two owners who remove each other meet
    here: the second sees what the first has done, and is told that he is no owner any more. SQLite's writers come
    one by one anyway.
    """
    session.execute(
        select(Membership.id).where(Membership.role == Role.OWNER).order_by(Membership.id).with_for_update(),
    ).all()


def held_by(session: Session, account_id: UUID) -> list[Held]:
    """Return the roles of an account as they are kept: a role for every site is not spread."""
    rows = session.execute(
        select(Membership.account_id, Membership.site_id, Membership.role).where(
            Membership.account_id == account_id
        ),
    )
    return [Held(*row) for row in rows]


def held_by_active(session: Session, account_id: UUID) -> list[Held]:
    """Return the roles of an account that is not disabled; none of one that is."""
    rows = session.execute(
        select(Membership.account_id, Membership.site_id, Membership.role)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.account_id == account_id, Account.disabled_at.is_(None)),
    )
    return [Held(*row) for row in rows]


def owners_everywhere(session: Session) -> set[UUID]:
    """Return the accounts that own every site and are not disabled."""
    return set(
        session.scalars(
            select(Membership.account_id)
            .join(Account, Account.id == Membership.account_id)
            .where(
                Membership.site_id.is_(None), Membership.role == Role.OWNER, Account.disabled_at.is_(None)
            ),
        )
    )


def set_role(
    session: Session, account_id: UUID, site_id: UUID | None, role: Role | None, *, new_id: UUID
) -> Role | None:
    """Give an account a role on a site (or everywhere), or take it; return the one before."""
    here = Membership.site_id.is_(None) if site_id is None else Membership.site_id == site_id
    found = session.scalars(select(Membership).where(Membership.account_id == account_id, here)).one_or_none()
    old = None if found is None else found.role
    if role is None:
        session.execute(delete(Membership).where(Membership.account_id == account_id, here))
    elif found is None:
        session.add(Membership(id=new_id, account_id=account_id, site_id=site_id, role=role))
    else:
        found.role = role
    session.flush()
    return old


def set_disabled(session: Session, account_id: UUID, at: datetime | None) -> bool:
    """Disable an account, or enable it again (None); say whether that changed anything."""
    was = Account.disabled_at.is_(None) if at is not None else Account.disabled_at.is_not(None)
    changed = session.scalars(
        update(Account).where(Account.id == account_id, was).values(disabled_at=at).returning(Account.id),
        execution_options=_NO_SYNC,
    ).one_or_none()
    return changed is not None


def release_claims(session: Session, account_id: UUID, *, but_on: Sequence[UUID] = ()) -> int:
    """Give back what somebody claimed, but on the sites where he still reviews; return how many."""
    released = session.scalars(
        update(ReviewItem)
        .where(
            ReviewItem.claimed_by == account_id,
            ReviewItem.closed_at.is_(None),
            ReviewItem.site_id.not_in(but_on),
        )
        .values(**FREE)
        .returning(ReviewItem.id),
        execution_options=_NO_SYNC,
    ).all()
    return len(released)


@dataclass(frozen=True, slots=True)
class Seen:
    """An account as it stands in the list of people."""

    account: Account
    held: tuple[Held, ...]
    has_second_factor: bool
    last_seen_at: datetime | None


def accounts_seen_from(session: Session, site_ids: Sequence[UUID] | None) -> list[Seen]:
    """Return the accounts with a role on these sites or on every site (None: all accounts), by login.

    Two queries, however many there are.
    """
    return _seen(session, _query(site_ids))


def account_seen_from(session: Session, account_id: UUID, site_ids: Sequence[UUID] | None) -> Seen | None:
    """Return one of those accounts, or None when it is not among them."""
    found = _seen(session, _query(site_ids).where(Account.id == account_id))
    return found[0] if found else None


def _query(site_ids: Sequence[UUID] | None) -> Select[Account, datetime | None, datetime | None]:
    last_seen = (
        select(AccountSession.account_id, func.max(AccountSession.last_seen_at).label("at"))
        .group_by(AccountSession.account_id)
        .subquery()
    )
    query = (
        select(Account, SecondFactor.confirmed_at, last_seen.c.at)
        .outerjoin(SecondFactor, SecondFactor.account_id == Account.id)
        .outerjoin(last_seen, last_seen.c.account_id == Account.id)
        .order_by(Account.login)
    )
    if site_ids is None:
        return query
    seen_here = select(Membership.account_id).where(
        or_(Membership.site_id.in_(site_ids), Membership.site_id.is_(None))
    )
    return query.where(Account.id.in_(seen_here))


def _seen(session: Session, query: Select[Account, datetime | None, datetime | None]) -> list[Seen]:
    rows = session.execute(query).all()
    held: dict[UUID, list[Held]] = {account.id: [] for account, _, _ in rows}
    memberships = select(Membership.account_id, Membership.site_id, Membership.role)
    for row in session.execute(memberships.where(Membership.account_id.in_(held))):
        held[row.account_id].append(Held(*row))
    return [
        Seen(account, tuple(held[account.id]), confirmed_at is not None, at)
        for account, confirmed_at, at in rows
    ]


def names_of_sites(session: Session) -> dict[UUID, str]:
    """Return every site's key by its id, in the order of the keys."""
    return dict(session.execute(select(Site.id, Site.key).order_by(Site.key)).all())

"""Saved filters: searches and lists that a person keeps under a name."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from moderation.domain.filters import SavedPlace
from moderation.store.tables import Account, SavedFilter

_NO_SYNC = {"synchronize_session": False}


def lock_owner(session: Session, account_id: UUID) -> None:
    """Lock an account's row: what it does in two windows at once happens one after the other."""
    session.execute(select(Account.id).where(Account.id == account_id).with_for_update(key_share=True))


def of_account(session: Session, account_id: UUID, place: SavedPlace) -> Sequence[SavedFilter]:
    """Return what an account keeps for a page, the first saved first."""
    return session.scalars(
        select(SavedFilter)
        .where(SavedFilter.account_id == account_id, SavedFilter.place == place)
        .order_by(SavedFilter.id)
    ).all()


def count(session: Session, account_id: UUID, place: SavedPlace) -> int:
    """Count what an account keeps for a page."""
    return (
        session.scalar(
            select(func.count())
            .select_from(SavedFilter)
            .where(SavedFilter.account_id == account_id, SavedFilter.place == place)
        )
        or 0
    )


def find(session: Session, account_id: UUID, filter_id: UUID) -> SavedFilter | None:
    """Return a filter if it is this account's."""
    return session.scalars(
        select(SavedFilter).where(SavedFilter.id == filter_id, SavedFilter.account_id == account_id)
    ).one_or_none()


def find_named(session: Session, account_id: UUID, place: SavedPlace, name: str) -> SavedFilter | None:
    """Return the filter of a page that has a name."""
    return session.scalars(
        select(SavedFilter).where(
            SavedFilter.account_id == account_id, SavedFilter.place == place, SavedFilter.name == name
        )
    ).one_or_none()


def add(
    session: Session,
    account_id: UUID,
    place: SavedPlace,
    *,
    new_id: UUID,
    name: str,
    query: str,
    now: datetime,
) -> None:
    """Keep a filter."""
    session.add(
        SavedFilter(id=new_id, account_id=account_id, place=place, name=name, query=query, created_at=now)
    )


def change(session: Session, filter_id: UUID, **values: str) -> None:
    """Change a filter's name or query."""
    session.execute(
        update(SavedFilter).where(SavedFilter.id == filter_id).values(**values), execution_options=_NO_SYNC
    )


def remove(session: Session, account_id: UUID, filter_id: UUID) -> str | None:
    """Delete a filter of this account; return its page, None when there was none."""
    return session.scalars(
        delete(SavedFilter)
        .where(SavedFilter.id == filter_id, SavedFilter.account_id == account_id)
        .returning(SavedFilter.place),
        execution_options=_NO_SYNC,
    ).one_or_none()

"""Saved filters: keep a search or a list under a name, open, rename and delete it. Each person sees only his own."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.errors import Fault, FilterUnknown, Invalid, NameTaken
from moderation.domain.filters import MOST_FILTERS, SavedPlace, faults_of_filter, kept_query
from moderation.ports import Services
from moderation.store import saved_filters as store
from moderation.store.transaction import reading, transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A filter as its owner sees it; `query` are the parameters of the page's address."""

    id: UUID
    place: SavedPlace
    name: str
    query: str


def saved(account_id: UUID, place: SavedPlace, *, session: Session) -> list[Saved]:
    """Return what an account keeps for a page, the first saved first."""
    with reading(session):
        return [
            Saved(id=each.id, place=place, name=each.name, query=each.query)
            for each in store.of_account(session, account_id, place)
        ]


def save(
    account_id: UUID, place: SavedPlace, *, name: str, query: str, session: Session, services: Services
) -> None:
    """Keep parameters under a name; under a name that is there already, instead of the old ones."""
    name, query = name.strip(), kept_query(query)
    faults = faults_of_filter(name, query)
    if faults:
        raise Invalid(faults)
    with transaction(session):
        store.lock_owner(session, account_id)
        old = store.find_named(session, account_id, place, name)
        if old is not None:
            store.change(session, old.id, query=query)
            return
        if store.count(session, account_id, place) >= MOST_FILTERS:
            raise Invalid([Fault("/filters", "out-of-range", MOST_FILTERS)])
        store.add(
            session,
            account_id,
            place,
            new_id=services.ids.new(),
            name=name,
            query=query,
            now=services.clock.now(),
        )


def rename(account_id: UUID, filter_id: UUID, name: str, *, session: Session) -> SavedPlace:
    """Give a filter another name; return its page. Raises `FilterUnknown`, `NameTaken`."""
    name = name.strip()
    with transaction(session):
        store.lock_owner(session, account_id)
        found = store.find(session, account_id, filter_id)
        if found is None:
            raise FilterUnknown
        faults = faults_of_filter(name, found.query)
        if faults:
            raise Invalid(faults)
        place = SavedPlace(found.place)
        other = store.find_named(session, account_id, place, name)
        if other is not None and other.id != filter_id:
            raise NameTaken
        store.change(session, filter_id, name=name)
        return place


def delete(account_id: UUID, filter_id: UUID, *, session: Session) -> SavedPlace:
    """Delete a filter; return its page. Raises `FilterUnknown`."""
    with transaction(session):
        place = store.remove(session, account_id, filter_id)
        if place is None:
            raise FilterUnknown
        return SavedPlace(place)

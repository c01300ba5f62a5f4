"""The queues' own upkeep: how much waits stays cheap to read."""

from sqlalchemy.orm import Session

from moderation.ports import Services
from moderation.store import lengths
from moderation.store.transaction import transaction

FOLD_BATCH = 5_000


def fold(*, session: Session, services: Services) -> int:
    """Fold the changes of the queues' lengths, one batch a call; return how many rows fewer there are."""
    del services
    with transaction(session):
        return lengths.fold(session, most=FOLD_BATCH)

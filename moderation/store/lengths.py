"""How much waits, by queue. Kept by the database as a list of changes (`QueueChange`), never counted."""

from collections import Counter
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, delete, func, insert, select
from sqlalchemy.orm import Session

from moderation.domain.review import OPEN_STATES, ItemState
from moderation.store.tables import QueueChange

_LENGTHS: Final = (
    select(QueueChange.state, func.sum(QueueChange.change))
    .where(QueueChange.site_id.in_(bindparam("sites", expanding=True)))
    .group_by(QueueChange.state)
)


def queue_lengths(session: Session, site_ids: Sequence[UUID]) -> dict[ItemState, int]:
    """Return how much waits on these sites, by queue."""
    rows = session.connection().execute(_LENGTHS, {"sites": site_ids})
    found = dict(rows.all())
    return {state: int(found.get(state, 0)) for state in OPEN_STATES}


def sites_with(session: Session, site_ids: Sequence[UUID], state: ItemState) -> list[UUID]:
    """Return those of these sites where something waits in a queue."""
    return list(
        session.scalars(
            select(QueueChange.site_id)
            .where(QueueChange.site_id.in_(site_ids), QueueChange.state == state)
            .group_by(QueueChange.site_id)
            .having(func.sum(QueueChange.change) > 0)
        )
    )


def fold(session: Session, *, most: int) -> int:
    """Replace changes by their sums; return how many rows fewer there are.

    Another worker that folds at the same moment takes other rows; readers see the sum before or after, which is the
    same. Nothing is written while there is nothing to gain.
    """
    by_queue = select(func.count(QueueChange.id)).group_by(QueueChange.site_id, QueueChange.state)
    if all(rows == 1 for rows in session.scalars(by_queue)):
        return 0
    oldest = (
        select(QueueChange.id)
        .order_by(QueueChange.id)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("oldest")
    )
    taken = session.execute(
        delete(QueueChange)
        .where(QueueChange.id.in_(select(oldest.c.id)))
        .returning(QueueChange.site_id, QueueChange.state, QueueChange.change),
        execution_options={"synchronize_session": False},
    ).all()
    sums: Counter[tuple[UUID, ItemState]] = Counter()
    for site_id, state, change in taken:
        sums[site_id, state] += change
    kept = [
        {"site_id": site_id, "state": state, "change": change}
        for (site_id, state), change in sums.items()
        if change
    ]
    if kept:
        session.execute(insert(QueueChange), kept)
    return len(taken) - len(kept)

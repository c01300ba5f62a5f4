"""The patrol: a share of what was published without a person is put before one after all.

    1 what nobody has looked at for its seven days leaves the patrol, and second looks leave theirs after fourteen
    2 the comments since the last turn, up to a minute ago: a posting under way now may have an earlier id
    3 of those that are published, were decided by nobody and do not wait, a share of their site, by a hash of the id

How far it has come is kept; what a turn looks at is bounded.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.reasons import Cause
from moderation.domain.review import ItemState, is_sampled
from moderation.ports import Services
from moderation.store import patrol as store
from moderation.store import review
from moderation.store.transaction import reading, transaction

BATCH = 500
LAG = timedelta(minutes=1)
GRACE = {ItemState.PATROL: timedelta(0), ItemState.SECOND_LOOK: timedelta(days=7)}
"""How long after its deadline an item leaves a queue that nobody waits for."""


def patrol(*, session: Session, services: Services) -> int:
    """Look at one batch of comments; return how many were looked at or dropped."""
    now = services.clock.now()
    dropped = 0
    for state, grace in GRACE.items():
        with transaction(session):
            dropped += store.drop_overdue(session, state, before=now - grace, now=now, most=BATCH)
    up_to = first_id_of(now - LAG)
    with transaction(session):
        if store.begin(session, up_to):
            return dropped  # the very first turn: what was published before it is not sampled
    with reading(session):
        seen = store.since_mark(session, up_to=up_to, most=BATCH)
    if not seen:
        return dropped
    chosen = [one.id for one in seen if one.is_unseen and is_sampled(one.id, one.percent)]
    with transaction(session):
        for comment in store.comments(session, chosen):
            item = review.waiting_item(
                comment,
                ItemState.PATROL,
                [Cause.PATROL],
                risk=0,
                new_id=services.ids.new(),
                now=now,
            )
            review.enqueue(session, item)
        store.move(session, seen[-1].id)
    return dropped + len(seen)


def first_id_of(moment: datetime) -> UUID:
    """Return the smallest identifier that can have been made at a moment (UUIDv7: milliseconds come first)."""
    milliseconds = int(moment.timestamp() * 1_000)
    return UUID(int=milliseconds << 80)

"""How much waits, as the database keeps it: the same as counted, whatever path changed the items."""

from random import Random
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.domain.reasons import Cause
from moderation.domain.review import OPEN_STATES, ItemState
from moderation.flows import queues
from moderation.ports import Services
from moderation.store import lengths, review
from moderation.store.tables import Comment, QueueChange, ReviewItem
from tests.factories import a_comment, a_site


def counted(session: Session, site_id: UUID) -> dict[ItemState, int]:
    rows = session.execute(
        select(ReviewItem.state, func.count())
        .where(ReviewItem.site_id == site_id, ReviewItem.closed_at.is_(None))
        .group_by(ReviewItem.state)
    )
    return dict.fromkeys(OPEN_STATES, 0) | dict(rows.all())


def rows(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(QueueChange)) or 0


def test_what_is_kept_is_what_is_counted_after_any_history(session: Session, services: Services) -> None:
    sites = [a_site(session, services, key) for key in ("demo", "other")]
    chance = Random(7)
    for number in range(12):
        a_comment(session, services, f"第{number}条", site_key=chance.choice(("demo", "other")))
    for step in range(60):
        item = chance.choice(session.scalars(select(ReviewItem)).all())
        state = chance.choice(list(ItemState))
        match chance.randrange(4):
            case 0 if state in OPEN_STATES:
                item.state, item.closed_at = state, None
            case 1:
                review.drop(item, services.clock.now())
            case 2:
                session.delete(session.get_one(Comment, item.comment_id)) if step % 20 == 0 else None
            case _:
                item.risk = chance.randrange(100)
        session.commit()
        if step % 7 == 0:
            queues.fold(session=session, services=services)
        for site_id in sites:
            assert lengths.queue_lengths(session, (site_id,)) == counted(session, site_id), step
    everything = lengths.queue_lengths(session, sites)
    assert everything == {state: sum(counted(session, one)[state] for one in sites) for state in OPEN_STATES}


def test_folding_changes_no_length_and_leaves_a_row_for_each_queue(
    session: Session, services: Services
) -> None:
    site = a_site(session, services)
    for number in range(9):
        a_comment(session, services, f"第{number}条")
    assert rows(session) == 9

    assert queues.fold(session=session, services=services) == 8
    assert queues.fold(session=session, services=services) == 0

    assert rows(session) == 1
    assert lengths.queue_lengths(session, (site,))[ItemState.WAITING] == 9


def test_another_sites_queue_is_no_business_of_ones_own(session: Session, services: Services) -> None:
    own, other = a_site(session, services), a_site(session, services, "other")
    a_comment(session, services)

    assert lengths.queue_lengths(session, (other,))[ItemState.WAITING] == 0
    assert lengths.queue_lengths(session, ())[ItemState.WAITING] == 0
    assert lengths.sites_with(session, (own, other), ItemState.WAITING) == [own]


def test_a_comment_that_waits_already_moves_to_the_more_pressing_queue(
    session: Session, services: Services
) -> None:
    site = a_site(session, services)
    comment = session.get_one(Comment, a_comment(session, services).comment_id)
    session.commit()
    now = services.clock.now()
    waiting = session.scalars(select(ReviewItem)).one()
    seen = []
    for state, cause in (
        (ItemState.PATROL, Cause.PATROL),
        (ItemState.REPORTED, Cause.REPORTED),
        (ItemState.APPEALED, Cause.APPEALED),
    ):
        item = review.waiting_item(comment, state, [cause], risk=60, new_id=services.ids.new(), now=now)
        item_id = review.enqueue(session, item)
        session.commit()
        assert item_id == waiting.id
        seen.append(session.get_one(ReviewItem, item_id, populate_existing=True).state)

    found = session.scalars(select(ReviewItem)).one()
    assert seen == [ItemState.WAITING, ItemState.REPORTED, ItemState.APPEALED]
    assert found.causes == [Cause.PRE_MODERATION, Cause.PATROL, Cause.REPORTED, Cause.APPEALED]
    assert found.risk == 60
    assert lengths.queue_lengths(session, (site,))[ItemState.APPEALED] == 1


def test_a_comment_that_does_not_wait_gets_an_item(session: Session, services: Services) -> None:
    a_site(session, services)
    comment = session.get_one(Comment, a_comment(session, services).comment_id)
    now = services.clock.now()
    review.drop_all(session, [comment.id], now=now)
    item = review.waiting_item(
        comment, ItemState.REPORTED, [Cause.REPORTED], risk=60, new_id=services.ids.new(), now=now
    )

    item_id = review.enqueue(session, item)
    session.commit()

    assert session.get_one(ReviewItem, item_id).state is ItemState.REPORTED

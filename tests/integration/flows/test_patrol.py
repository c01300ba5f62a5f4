"""The patrol on both databases: what it takes, what it leaves, how far it has come."""

from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.adapters.ids import Uuid7
from moderation.domain.policy import Mode
from moderation.domain.reasons import Cause
from moderation.domain.review import DecisionKind, ItemState, is_sampled
from moderation.flows import patrol, review
from moderation.flows.review import Reviewer, Ruling
from moderation.ports import Services
from moderation.store.tables import Comment, ReviewItem, Site
from tests.factories import LEASE_TOKEN, a_claim, a_comment, a_rule, a_site, active_rules, an_account
from tests.fakes import FrozenClock


class IdsOfTheClock(Uuid7):
    """Identifiers of the time that the test says it is."""

    def __init__(self, clock: FrozenClock) -> None:
        self.clock, self.count = clock, 0

    def new(self) -> UUID:
        self.count += 1
        return UUID(int=patrol.first_id_of(self.clock.now()).int + (self.count << 8))


@pytest.fixture
def services(services: Services, clock: FrozenClock) -> Services:
    from dataclasses import replace

    return replace(services, ids=IdsOfTheClock(clock))


@pytest.fixture
def site(session: Session, services: Services, clock: FrozenClock) -> UUID:
    made = a_site(session, services, mode=Mode.RULES)
    patrol.patrol(session=session, services=services)
    clock.move(minutes=5)
    return made


def share(session: Session, percent: int) -> None:
    session.execute(update(Site).values(patrol_percent=percent))
    session.commit()


def on_patrol(session: Session) -> list[UUID]:
    session.rollback()
    items = select(ReviewItem.comment_id).where(ReviewItem.state == ItemState.PATROL)
    return list(session.scalars(items.order_by(ReviewItem.comment_id)))


@pytest.mark.usefixtures("site")
def test_a_share_of_what_was_published_waits_on_patrol_and_always_the_same(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    share(session, 30)
    ids = [a_comment(session, services, f"第{number}条").comment_id for number in range(40)]
    assert patrol.patrol(session=session, services=services) == 0
    clock.move(minutes=2)

    assert patrol.patrol(session=session, services=services) == 40
    assert patrol.patrol(session=session, services=services) == 0

    chosen = sorted(one for one in ids if is_sampled(one, 30))
    assert on_patrol(session) == chosen
    assert 0 < len(chosen) < 40
    item = session.scalars(select(ReviewItem)).first()
    assert item is not None
    assert item.causes == [Cause.PATROL]


def test_what_waits_or_was_decided_or_does_not_show_is_left_alone(
    session: Session, services: Services, site: UUID, clock: FrozenClock
) -> None:
    share(session, 100)
    active_rules(session, services, [a_rule("花海")])
    account_id = an_account(session, services)
    lin = Reviewer(account_id=account_id, name="Lin", site_ids=(site,), senior_site_ids=())
    session.execute(update(Site).values(second_look_percent=0))
    session.commit()
    waiting, decided = (a_comment(session, services, text) for text in ("花海一", "花海二"))
    shown = a_comment(session, services, "停车场")
    item = session.scalars(select(ReviewItem.id).where(ReviewItem.comment_id == decided.comment_id)).one()
    review.claim(item, token=LEASE_TOKEN, reviewer=lin, session=session, services=services)
    ruling = Ruling(item_id=item, lease_token=LEASE_TOKEN, revision=1, kind=DecisionKind.APPROVE)
    review.decide(ruling, reviewer=lin, session=session, services=services)
    clock.move(minutes=2)

    patrol.patrol(session=session, services=services)

    assert on_patrol(session) == [shown.comment_id]
    assert a_claim(session, services, lin, ItemState.PATROL) is not None
    states = dict(session.execute(select(ReviewItem.comment_id, ReviewItem.state)).all())
    assert states[waiting.comment_id] is ItemState.WAITING


@pytest.mark.usefixtures("site")
def test_what_nobody_looked_at_for_seven_days_leaves_the_patrol(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    share(session, 100)
    a_comment(session, services)
    clock.move(minutes=2)
    patrol.patrol(session=session, services=services)
    clock.move(days=7)
    assert patrol.patrol(session=session, services=services) == 0
    assert len(on_patrol(session)) == 1
    clock.move(seconds=1)

    assert patrol.patrol(session=session, services=services) == 1
    assert on_patrol(session) == []


def test_what_was_published_before_the_first_turn_is_not_sampled(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, mode=Mode.RULES)
    share(session, 100)
    a_comment(session, services)
    clock.move(minutes=5)

    for _ in range(2):
        patrol.patrol(session=session, services=services)

    assert on_patrol(session) == []


@pytest.mark.usefixtures("site")
def test_a_turn_looks_at_a_bounded_number_of_comments(
    session: Session, services: Services, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patrol, "BATCH", 2)
    share(session, 100)
    for number in range(5):
        a_comment(session, services, f"第{number}条")
    clock.move(minutes=2)

    seen = [patrol.patrol(session=session, services=services) for _ in range(4)]

    assert seen == [2, 2, 1, 0]
    assert len(session.scalars(select(Comment.id)).all()) == len(on_patrol(session))

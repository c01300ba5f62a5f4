"""Comments with a past come out as if they had been posted and decided then."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.cli.demo.portal import ARTICLES
from moderation.cli.demo.prepare import _seeds
from moderation.cli.demo.sample import load_sample
from moderation.domain.account import Role
from moderation.domain.comment import Status
from moderation.domain.review import DecisionKind, ItemState
from moderation.flows import accounts, seeding
from moderation.flows.accounts import NewAccount
from moderation.flows.seeding import Seed
from moderation.ports import Services
from moderation.rules import Action
from moderation.store.tables import AuditEvent, Comment, Decision, OutboxMessage, ReviewItem, Thread
from tests.factories import PASSWORD, a_rule, a_site, active_rules
from tests.fakes import FrozenClock


def a_moderator() -> NewAccount:
    return NewAccount(login="li", name="Li", password=PASSWORD, role=Role.MODERATOR, site_key="demo")


def a_seed(text: str, status: Status, *, minutes_ago: int = 60, reply_to: int | None = None) -> Seed:
    return Seed(
        thread_key="1",
        thread_title="A title",
        thread_url=None,
        nickname="reader",
        text=text,
        created_at=FrozenClock().now() - timedelta(minutes=minutes_ago),
        status=status,
        reply_to=reply_to,
    )


def test_each_seed_goes_the_way_of_a_comment(session: Session, services: Services) -> None:
    a_site(session, services)
    active_rules(session, services, [a_rule("坏话", Action.REVIEW), a_rule("最坏", Action.BLOCK)])
    moderator = accounts.create(a_moderator(), session=session, services=services)
    seeds = [
        a_seed("很好", Status.PUBLISHED, minutes_ago=90),
        a_seed("同意", Status.PUBLISHED, minutes_ago=60, reply_to=0),
        a_seed("坏话", Status.REJECTED, minutes_ago=50),
        a_seed("最坏的", Status.PUBLISHED, minutes_ago=40),
        a_seed("等等", Status.PENDING, minutes_ago=30),
    ]
    steps: list[None] = []

    counted = seeding.seed(
        "demo",
        seeds,
        decided_by=moderator,
        on_step=lambda: steps.append(None),
        session=session,
        services=services,
    )

    assert counted == {Status.PUBLISHED: 2, Status.REJECTED: 2, Status.PENDING: 1}
    assert len(steps) == 2 * len(seeds)
    thread = session.scalars(select(Thread)).one()
    assert (thread.published_count, thread.title) == (2, "A title")
    root = session.scalars(select(Comment).order_by(Comment.created_at)).first()
    assert root is not None
    assert (root.published_reply_count, root.created_at) == (1, seeds[0].created_at)
    decisions = session.scalars(select(Decision).order_by(Decision.created_at)).all()
    assert [decision.kind for decision in decisions] == [
        DecisionKind.APPROVE,
        DecisionKind.APPROVE,
        DecisionKind.REJECT,
    ]
    states = session.scalars(select(ReviewItem.state).order_by(ReviewItem.created_at)).all()
    # A rule blocked the fourth: it never waited.
    assert list(states) == [ItemState.DECIDED, ItemState.DECIDED, ItemState.DECIDED, ItemState.WAITING]
    times = session.scalars(select(OutboxMessage.created_at).order_by(OutboxMessage.id)).all()
    assert list(times) == sorted(times)


def test_the_demos_sample_is_whole(session: Session, services: Services) -> None:
    a_site(session, services)
    moderator = accounts.create(a_moderator(), session=session, services=services)
    seeds = _seeds("http://127.0.0.1:8081", services.clock.now())

    counted = seeding.seed(
        "demo", seeds, decided_by=moderator, on_step=int, session=session, services=services
    )

    assert counted.total() == len(load_sample()) >= 60
    assert session.scalar(select(func.count()).select_from(Thread)) == len(ARTICLES)
    published = session.scalar(select(func.sum(Thread.published_count)))
    assert published == counted[Status.PUBLISHED]
    received = select(func.count()).where(AuditEvent.name == "comment.received")
    assert session.scalar(received) == len(seeds)

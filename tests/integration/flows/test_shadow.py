"""Shadows: new comments judged beside the active rules, once each, without effect."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from moderation.domain.errors import RuleSetUnknown
from moderation.domain.events import EventName
from moderation.domain.policy import Mode
from moderation.domain.replay import Count, Fate
from moderation.domain.review import DecisionKind
from moderation.flows import rulesets, shadow
from moderation.flows.review import Reviewer
from moderation.ports import Services
from moderation.rules import Action
from moderation.store import shadow as shadows
from moderation.store.tables import AuditEvent, Comment, ShadowJudgement, Site
from tests.factories import a_comment, a_rule, a_site, active_rules, an_account, decisions
from tests.fakes import FrozenClock


@pytest.fixture
def owner(session: Session, services: Services) -> UUID:
    return an_account(session, services, "owner")


@pytest.fixture
def number(session: Session, services: Services) -> int:
    """Make a site whose active rules flag 加微信, and a version that refuses 办证."""
    a_site(session, services, mode=Mode.RULES)
    active_rules(session, services, [a_rule("加微信")])
    written = [a_rule("办证", Action.BLOCK)]
    return rulesets.import_rules("demo", "trial", written, session=session, services=services).number


def work(session: Session, services: Services) -> int:
    done = 0
    while batch := shadow.work(session=session, services=services):
        done += batch
    return done


def start(session: Session, services: Services, owner: UUID, number: int) -> None:
    shadow.start("demo", number, account_id=owner, session=session, services=services)


def events(session: Session) -> list[str]:
    session.rollback()
    names = (EventName.RULE_SET_SHADOWED, EventName.RULE_SET_UNSHADOWED)
    return list(
        session.scalars(select(AuditEvent.name).where(AuditEvent.name.in_(names)).order_by(AuditEvent.id))
    )


def test_new_comments_are_judged_once_and_nothing_becomes_of_it(
    session: Session, services: Services, owner: UUID, number: int, clock: FrozenClock
) -> None:
    a_comment(session, services, "办证，从前的")
    clock.move(seconds=1)
    start(session, services, owner, number)
    clock.move(seconds=1)
    posted = [a_comment(session, services, text) for text in ("办证找我", "加微信领资料", "花海开得真早")]

    assert work(session, services) == 3
    assert work(session, services) == 0

    view = shadow.see("demo", session=session)
    assert view is not None
    assert {cell: count.number for cell, count in view.cells.items()} == {
        (Fate.PUBLISHED, Fate.REFUSED): 1,
        (Fate.FLAGGED, Fate.PUBLISHED): 1,
        (Fate.PUBLISHED, Fate.PUBLISHED): 1,
    }
    assert view.agreement == 33
    assert [(key, count.number) for key, count in view.rules] == [(a_rule("办证").key, 1)]
    assert {each.comment.id for each in view.examples} == {posted[0].comment_id, posted[1].comment_id}
    statuses = dict(session.execute(select(Comment.id, Comment.status)).all())
    assert [statuses[each.comment_id] for each in posted] == [each.status for each in posted]


def test_what_people_decided_stands_beside_what_the_shadow_says(
    session: Session, services: Services, owner: UUID
) -> None:
    site_id = a_site(session, services, mode=Mode.PRE)
    active_rules(session, services, [a_rule("加微信")])
    trial = rulesets.import_rules("demo", "trial", [a_rule("办证")], session=session, services=services)
    who = Reviewer(account_id=owner, name="Owner", site_ids=(site_id,), senior_site_ids=())
    start(session, services, owner, trial.number)
    caught = [a_comment(session, services, f"办证{text}").comment_id for text in ("找我", "便宜", "骗人")]
    released = a_comment(session, services, "加微信群聊花草").comment_id
    work(session, services)
    decisions(session, services, who, caught[:1], DecisionKind.REJECT)
    decisions(session, services, who, [caught[1], released], DecisionKind.APPROVE)

    view = shadow.see("demo", session=session)

    assert view is not None
    assert view.difference.caught == Count(3, approved=1, rejected=1)
    assert view.difference.released == Count(1, approved=1, rejected=0)
    assert view.rules == [(a_rule("办证").key, Count(3, approved=1, rejected=1))]
    assert {each.comment.id: each.decided for each in view.examples} == {
        caught[0]: DecisionKind.REJECT,
        caught[1]: DecisionKind.APPROVE,
        caught[2]: None,
        released: DecisionKind.APPROVE,
    }


def test_a_discarded_version_is_refused_and_one_discarded_in_shadow_ends(
    session: Session, services: Services, owner: UUID, number: int
) -> None:
    start(session, services, owner, number)
    rulesets.discard("demo", number, session=session, services=services)
    a_comment(session, services, "办证找我")

    assert work(session, services) == 0
    view = shadow.see("demo", session=session)
    assert view is not None
    assert not view.is_running
    with pytest.raises(RuleSetUnknown):
        start(session, services, owner, number)


def test_every_site_has_its_turn_the_one_that_lags_first(
    session: Session, services: Services, owner: UUID, number: int, clock: FrozenClock
) -> None:
    a_site(session, services, "other", mode=Mode.RULES)
    other = rulesets.import_rules("other", "trial", [a_rule("办证")], session=session, services=services)
    start(session, services, owner, number)
    clock.move(seconds=1)
    shadow.start("other", other.number, account_id=owner, session=session, services=services)
    a_comment(session, services, "办证找我")
    a_comment(session, services, "办证找我", site_key="other")
    clock.move(seconds=1)

    first = shadows.take(session, but=(), lease=uuid4(), now=clock.now(), lasting=shadow.LEASE)
    assert first is not None
    lagging = first.site_id
    session.rollback()
    assert shadow.work(session=session, services=services) == 2
    assert lagging == session.scalars(select(Site.id).where(Site.key == "demo")).one()


def test_what_was_committed_late_is_judged_too(
    session: Session, services: Services, owner: UUID, number: int, clock: FrozenClock
) -> None:
    start(session, services, owner, number)
    clock.move(minutes=4)
    work(session, services)
    clock.move(minutes=-1)
    a_comment(session, services, "办证找我")
    clock.move(minutes=2)

    assert work(session, services) == 1


def test_of_many_comments_each_is_judged(
    session: Session,
    services: Services,
    owner: UUID,
    number: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shadow, "BATCH", 2)
    start(session, services, owner, number)
    for each in range(5):
        a_comment(session, services, f"花海{each}")

    assert work(session, services) == 5


def test_another_version_takes_the_place_and_stopping_ends_it(
    session: Session, services: Services, owner: UUID, number: int
) -> None:
    other = rulesets.import_rules(
        "demo", "other", [a_rule("求助")], session=session, services=services
    ).number
    start(session, services, owner, number)
    start(session, services, owner, number)
    start(session, services, owner, other)
    shadow.stop("demo", account_id=owner, session=session, services=services)
    shadow.stop("demo", account_id=owner, session=session, services=services)
    a_comment(session, services, "求助")

    assert work(session, services) == 0
    began, ended = EventName.RULE_SET_SHADOWED, EventName.RULE_SET_UNSHADOWED
    assert events(session) == [began, ended, began, ended]


def test_activating_the_version_ends_its_shadow(
    session: Session, services: Services, owner: UUID, number: int
) -> None:
    start(session, services, owner, number)
    rulesets.activate("demo", number, session=session, services=services)
    a_comment(session, services, "办证找我")

    assert work(session, services) == 0
    view = shadow.see("demo", session=session)
    assert view is not None
    assert not view.is_running
    with pytest.raises(RuleSetUnknown):
        start(session, services, owner, number)


def test_judgements_go_with_their_comment_and_after_thirty_days(
    session: Session, services: Services, owner: UUID, number: int, clock: FrozenClock
) -> None:
    start(session, services, owner, number)
    gone = a_comment(session, services, "办证找我").comment_id
    a_comment(session, services, "花海")
    work(session, services)
    count = select(func.count()).select_from(ShadowJudgement)
    session.execute(delete(Comment).where(Comment.id == gone))
    session.commit()
    assert session.scalar(count) == 1

    clock.move(days=30)
    assert shadow.purge(session=session, services=services) == 0
    clock.move(seconds=timedelta(minutes=1).total_seconds())
    assert shadow.purge(session=session, services=services) == 1


@pytest.mark.usefixtures("number")
def test_versions_of_another_site_are_unknown(session: Session, services: Services, owner: UUID) -> None:
    a_site(session, services, "other")

    with pytest.raises(RuleSetUnknown):
        shadow.start("other", 1, account_id=owner, session=session, services=services)
    assert shadow.see("other", session=session) is None

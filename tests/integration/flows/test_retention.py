"""Retention: what has served its time is gone, and nothing else."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.policy import Mode
from moderation.flows import delivery, retention
from moderation.flows.retention import Purged
from moderation.ports import Services
from moderation.rules import Action
from moderation.store.tables import Comment, Revision, StoredMatch
from tests.factories import a_comment, a_rule, a_site, active_rules
from tests.fakes import FrozenClock


def purge(session: Session, services: Services) -> Purged:
    return retention.purge(session_idle=timedelta(hours=1), session=session, services=services)


def test_a_refused_text_is_erased_after_its_days_by_the_one_door(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, mode=Mode.RULES)
    active_rules(session, services, [a_rule("加微信", Action.BLOCK)])
    a_comment(session, services, "加微信 abc")
    kept = a_comment(session, services, "花海真美")
    clock.move(days=180)
    assert purge(session, services).rejected == 0
    clock.move(seconds=1)

    assert purge(session, services).rejected == 1

    statuses = session.scalars(select(Comment.status)).all()
    assert sorted(statuses) == [Status.ERASED, Status.PUBLISHED]
    assert list(session.scalars(select(Revision.text).where(Revision.comment_id != kept.comment_id))) == [""]
    assert session.scalars(select(StoredMatch)).all() == []


def test_a_client_is_forgotten_after_thirty_days(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services)
    a_comment(session, services)
    clock.move(days=30, seconds=1)

    purged = purge(session, services)

    assert purged.client_keys == 1
    assert session.scalars(select(Comment.client_key)).all() == [None]


def test_a_told_message_is_forgotten_after_a_week(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services)
    a_comment(session, services)
    delivery.drain(session=session, services=services)
    clock.move(days=7)
    assert purge(session, services).messages == 0
    clock.move(seconds=1)

    assert purge(session, services).messages == 1

"""Delivery and challenges on both databases: told at least once, by one worker at a time; drawn ahead of need."""

import dataclasses
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.adapters.secrets import KeyedSecrets
from moderation.domain.comment import Status
from moderation.domain.errors import ChallengeNotNeeded, ChallengeUnknown, OriginNotAllowed, SiteUnknown
from moderation.domain.policy import ChallengeMode
from moderation.flows import challenges, delivery, jobs, retention
from moderation.flows.challenges import REFILL_BATCH
from moderation.ports import Services
from moderation.store import outbox
from moderation.store.tables import Challenge, OutboxMessage
from moderation.store.tables.outbox import MessageState
from moderation.store.transaction import transaction
from tests.factories import ORIGIN, a_comment, a_site, an_asking
from tests.fakes import FrozenClock, RecordingLog

Race = Callable[[Sequence[Callable[[Session], Any]]], list[Any]]


def told(log: RecordingLog) -> list[object]:
    return [fields["event_id"] for event, fields in log.lines if event == "outbox.told"]


def test_what_happened_is_told_once_and_in_order(
    session: Session, services: Services, log: RecordingLog
) -> None:
    a_site(session, services)
    for text in ("一", "二"):
        a_comment(session, services, text)

    assert delivery.drain(session=session, services=services) == 2
    assert delivery.drain(session=session, services=services) == 0

    in_order = session.scalars(select(OutboxMessage.event_id).order_by(OutboxMessage.id))
    assert told(log) == [str(event_id) for event_id in in_order]
    assert set(session.scalars(select(OutboxMessage.state))) == {MessageState.SENT}


def test_two_workers_tell_everything_and_nothing_twice(
    session: Session, services: Services, log: RecordingLog, race: Race
) -> None:
    a_site(session, services)
    for number in range(40):
        a_comment(session, services, f"第{number}条")

    def drain(own: Session) -> int:
        count = 0
        while found := delivery.drain(session=own, services=services):
            count += found
        return count

    counts = race([drain] * 3)

    assert sum(counts) == 40, counts
    assert len(set(told(log))) == len(told(log)) == 40
    left = select(func.count()).where(OutboxMessage.state == MessageState.DUE)
    assert session.scalar(left) == 0


def test_what_a_dead_worker_took_is_told_after_its_lease(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services)
    a_comment(session, services)
    with transaction(session):
        outbox.take_due(session, now=clock.now(), lease=delivery.LEASE, most=10)
    assert delivery.drain(session=session, services=services) == 0
    clock.move(seconds=60)

    assert delivery.drain(session=session, services=services) == 1

    assert session.scalars(select(OutboxMessage.attempts)).one() == 2


def test_a_job_is_one_workers_at_a_time(session: Session, services: Services, race: Race) -> None:
    def take(own: Session) -> bool:
        return jobs.take("purge", period=timedelta(minutes=5), session=own, services=services)

    assert sorted(race([take] * 4)) == [False, False, False, True]
    assert take(session) is False


# Challenges --------------------------------------------------------------------------------------


def test_the_pool_is_filled_in_batches_until_it_is_full(session: Session, services: Services) -> None:
    size = REFILL_BATCH + 3

    drawn = [challenges.refill(size=size, session=session, services=services) for _ in range(3)]

    assert drawn == [REFILL_BATCH, 3, 0]


def test_a_challenge_comes_from_the_pool_or_is_drawn_at_once(
    session: Session, services: Services, log: RecordingLog
) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)
    challenges.refill(size=1, session=session, services=services)

    pooled = challenges.issue(an_asking(), seconds=180, session=session, services=services)
    lines_before = list(log.lines)
    drawn = challenges.issue(an_asking(), seconds=180, session=session, services=services)

    assert lines_before == []
    assert [event for event, _ in log.lines] == ["challenge.pool-dry"]
    assert pooled.id != drawn.id
    assert drawn.expires_at == services.clock.now() + timedelta(seconds=180)


def test_racing_readers_get_challenges_of_their_own(session: Session, services: Services, race: Race) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)
    challenges.refill(size=5, session=session, services=services)

    def ask(own: Session) -> Any:
        return challenges.issue(an_asking(), seconds=180, session=own, services=services).id

    ids = race([ask] * 8)

    assert len(set(ids)) == 8, ids


def test_a_picture_is_there_while_its_challenge_can_be_answered(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)
    a_site(session, services, "other", challenge=ChallengeMode.IMAGE)
    issued = challenges.issue(an_asking(), seconds=180, session=session, services=services)
    used = challenges.issue(an_asking(), seconds=180, session=session, services=services)
    assert challenges.image("demo", issued.id, session=session, services=services).content
    a_comment(session, services, challenge_id=used.id, challenge_answer="2")

    for site_key, challenge_id in (("other", issued.id), ("demo", used.id)):
        with pytest.raises(ChallengeUnknown):
            challenges.image(site_key, challenge_id, session=session, services=services)
    clock.move(seconds=180)
    with pytest.raises(ChallengeUnknown):
        challenges.image("demo", issued.id, session=session, services=services)


def test_a_picture_still_in_the_pool_is_nobodys(session: Session, services: Services) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)
    challenges.refill(size=1, session=session, services=services)
    pooled = session.scalars(select(Challenge.id)).one()

    with pytest.raises(ChallengeUnknown):
        challenges.image("demo", pooled, session=session, services=services)


def test_only_a_page_of_a_site_that_asks_gets_a_challenge(session: Session, services: Services) -> None:
    a_site(session, services)
    a_site(session, services, "asks", challenge=ChallengeMode.IMAGE)

    for site_key, origin, error in (
        ("nowhere", ORIGIN, SiteUnknown),
        ("asks", "https://evil.example", OriginNotAllowed),
        ("demo", ORIGIN, ChallengeNotNeeded),
    ):
        with pytest.raises(error):
            challenges.issue(
                an_asking(site_key=site_key, origin=origin), seconds=180, session=session, services=services
            )

    own = challenges.issue_for_own_page("demo", "192.0.2.7", seconds=180, session=session, services=services)
    assert own is None


def test_a_crawler_of_the_own_page_gets_no_more_pictures(session: Session, services: Services) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)

    def ask(client: str) -> object:
        return challenges.issue_for_own_page("demo", client, seconds=180, session=session, services=services)

    issued = [ask("192.0.2.7") for _ in range(31)]

    assert [each is None for each in issued] == [False] * 30 + [True]
    assert ask("192.0.2.8") is not None


def test_a_challenge_of_a_forgotten_key_is_never_issued_and_leaves_the_pool(
    session: Session, services: Services
) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)
    challenges.refill(size=2, session=session, services=services)
    old = set(session.scalars(select(Challenge.id)))
    new_key = dataclasses.replace(
        services, secrets=KeyedSecrets("another key, after a leak of the first one")
    )

    issued = challenges.issue(an_asking(), seconds=180, session=session, services=new_key)
    refilled = challenges.refill(size=2, session=session, services=new_key)
    purged = retention.purge(session_idle=timedelta(hours=1), session=session, services=new_key)

    assert issued.id not in old
    assert refilled == 2
    assert purged.challenges == 2


def test_a_challenge_of_the_previous_key_is_still_answered(session: Session, services: Services) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)
    issued = challenges.issue(an_asking(), seconds=180, session=session, services=services)
    rotated = KeyedSecrets(
        "another key, in an ordinary rotation of keys",
        previous_key="a secret key for tests, and for nothing else at all",
    )
    during = dataclasses.replace(services, secrets=rotated)

    receipt = a_comment(session, during, challenge_id=issued.id, challenge_answer="1")

    assert receipt.status is Status.PENDING


def test_what_has_served_its_time_is_purged(session: Session, services: Services, clock: FrozenClock) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)
    issued = challenges.issue(an_asking(), seconds=180, session=session, services=services)
    a_comment(session, services, challenge_id=issued.id, challenge_answer="1", idempotency_key="k")
    challenges.refill(size=1, session=session, services=services)
    clock.move(days=1, seconds=1)

    purged = retention.purge(session_idle=timedelta(hours=1), session=session, services=services)

    assert (purged.challenges, purged.receipts) == (1, 1)
    assert session.scalar(select(func.count()).select_from(Challenge)) == 1

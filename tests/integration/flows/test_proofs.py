"""Proofs of work in the intake, on both databases: used once, by whoever is first; right under two keys."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.adapters.proof_of_work import AltchaProofs
from moderation.adapters.secrets import KeyedSecrets
from moderation.domain.challenge import Kind, Want
from moderation.domain.comment import Status
from moderation.domain.draft import Draft
from moderation.domain.errors import ChallengeExpired, ChallengeFailed, TooMany
from moderation.domain.policy import ChallengeMode
from moderation.flows import challenges, intake, retention
from moderation.flows.challenges import IssuedChallenge
from moderation.flows.intake import Receipt
from moderation.ports import Services
from moderation.store.tables import Challenge, Comment
from tests.conftest import SECRET
from tests.factories import WIDE, a_comment, a_draft, a_site, an_asking
from tests.fakes import FrozenClock, MemoryLimits
from tests.http.api.solving import solve

Race = Callable[[Sequence[Callable[[Session], Any]]], list[Any]]
CAN_WORK = frozenset({Kind.POW, Kind.IMAGE})


def a_proof(session: Session, services: Services, **asked: object) -> str:
    """Ask for work, and do it."""
    set_work = challenges.issue(
        an_asking(accepts=CAN_WORK, **asked), seconds=180, session=session, services=services
    )
    return solve({"kind": "pow", "pow": {"challenge": set_work.work}})


def posting(draft: Draft, services: Services) -> Callable[[Session], Receipt]:
    return lambda own: intake.submit(draft, session=own, services=services)


def comments_stored(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Comment)) or 0


def kinds(results: list[Any]) -> dict[str, int]:
    names = [type(result).__name__ for result in results]
    return {name: names.count(name) for name in sorted(set(names))}


def test_of_fifty_who_race_with_one_proof_one_posts(session: Session, services: Services, race: Race) -> None:
    a_site(session, services, challenge=ChallengeMode.POW)
    proof = a_proof(session, services)
    drafts = [a_draft(f"第{number}个", challenge_proof=proof) for number in range(50)]

    results = race([posting(draft, services) for draft in drafts])

    assert kinds(results) == {"ChallengeExpired": 49, "Receipt": 1}, results
    assert comments_stored(session) == 1


def test_of_fifty_who_race_for_one_image_one_gets_it(
    session: Session, services: Services, race: Race
) -> None:
    a_site(session, services, challenge=ChallengeMode.ADAPTIVE)
    asked = an_asking(accepts=CAN_WORK, wants=Want.IMAGE, proof=a_proof(session, services))

    def ask(own: Session) -> IssuedChallenge:
        return challenges.issue(asked, seconds=180, session=own, services=services)

    given = race([ask] * 50)

    assert [one.kind for one in given].count(Kind.IMAGE) == 1, given
    assert [one.kind for one in given].count(Kind.POW) == 49


def test_a_proof_that_posts_and_opens_at_once_does_one_of_them(
    session: Session, services: Services, race: Race
) -> None:
    a_site(session, services, challenge=ChallengeMode.ADAPTIVE)
    proof = a_proof(session, services)
    asked = an_asking(accepts=CAN_WORK, wants=Want.IMAGE, proof=proof)

    def ask(own: Session) -> IssuedChallenge:
        return challenges.issue(asked, seconds=180, session=own, services=services)

    results = race([ask, posting(a_draft(challenge_proof=proof), services)] * 4)

    opened = sum(isinstance(one, IssuedChallenge) and one.kind is Kind.IMAGE for one in results)
    posted = sum(isinstance(one, Receipt) for one in results)
    assert (opened + posted, comments_stored(session)) == (1, posted)


def test_twins_racing_with_one_proof_make_one_comment_and_hear_the_same(
    session: Session, services: Services, race: Race
) -> None:
    a_site(session, services, challenge=ChallengeMode.POW)
    draft = a_draft(challenge_proof=a_proof(session, services), idempotency_key="twin")

    receipts = race([posting(draft, services)] * 8)

    assert len({repr(receipt) for receipt in receipts}) == 1, receipts
    assert isinstance(receipts[0], Receipt)
    assert comments_stored(session) == 1


def test_the_retry_of_a_limited_posting_needs_no_second_proof_even_late(
    session: Session, services: Services, limits: MemoryLimits, clock: FrozenClock
) -> None:
    a_site(session, services, challenge=ChallengeMode.POW, limits=WIDE | {"client": "1/minute"})
    a_comment(session, services, challenge_proof=a_proof(session, services))
    draft = a_draft("又一条", challenge_proof=a_proof(session, services), idempotency_key="again")
    with pytest.raises(TooMany):
        intake.submit(draft, session=session, services=services)
    limits.reset()
    clock.move(minutes=11)

    receipt = intake.submit(draft, session=session, services=services)

    assert receipt.status is Status.PENDING


def test_a_used_proof_is_known_until_no_host_can_take_it_for_a_fresh_one(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    """A host whose clock is late by minutes would still think it valid after its deadline."""
    from datetime import timedelta

    a_site(session, services, challenge=ChallengeMode.POW)
    proof = a_proof(session, services)
    a_comment(session, services, challenge_proof=proof)
    clock.move(minutes=19)
    purged = retention.purge(session_idle=timedelta(hours=1), session=session, services=services)
    clock.move(minutes=-10)

    with pytest.raises(ChallengeExpired):
        a_comment(session, services, "再来", challenge_proof=proof)
    clock.move(minutes=12)
    later = retention.purge(session_idle=timedelta(hours=1), session=session, services=services)

    assert (purged.challenges, later.challenges) == (0, 1)
    assert session.scalar(select(func.count()).select_from(Challenge)) == 0


def rotated(services: Services, key: str, previous: str) -> Services:
    secrets = KeyedSecrets(key, previous_key=previous)
    return dataclasses.replace(services, secrets=secrets, proof_of_work=AltchaProofs(secrets, iterations=1))


NEW_KEY = "another key, in an ordinary rotation of keys"


def test_a_proof_under_the_previous_key_is_still_right_and_used_once(
    session: Session, services: Services
) -> None:
    a_site(session, services, challenge=ChallengeMode.POW)
    proof = a_proof(session, services)
    during = rotated(services, NEW_KEY, SECRET)

    receipt = a_comment(session, during, challenge_proof=proof)

    assert receipt.status is Status.PENDING
    with pytest.raises(ChallengeExpired):
        a_comment(session, services, challenge_proof=proof)


def test_a_proof_under_a_forgotten_key_is_a_failure(session: Session, services: Services) -> None:
    a_site(session, services, challenge=ChallengeMode.POW)
    proof = a_proof(session, services)

    with pytest.raises(ChallengeFailed):
        a_comment(session, rotated(services, NEW_KEY, ""), challenge_proof=proof)

"""Two server processes are one service: they share limits, challenges and active rules."""

from collections import Counter
from typing import Final

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.domain.policy import ChallengeMode, Mode
from moderation.ports import Services
from moderation.rules import Action
from moderation.store.tables import Comment
from tests.factories import WIDE, a_rule, a_site, active_rules
from tests.servers.running import Start, Wait, answer_of, at_once, serve

pytestmark = pytest.mark.servers
CROWD: Final = 32


def comments_in(session: Session) -> int:
    session.rollback()
    counted = session.scalar(select(func.count()).select_from(Comment)) or 0
    session.rollback()
    return counted


def test_ten_postings_a_day_are_ten_over_both_processes(
    start: Start, wait_for: Wait, session: Session, services: Services
) -> None:
    a_site(session, services, limits={**WIDE, "client": "10/day"})
    service = serve(start, wait_for)

    statuses = Counter(
        answer.status_code for answer in at_once(lambda n: service.comment(f"第{n}条"), range(40))
    )

    assert len(service.workers) == 2
    assert statuses == {202: 10, 429: 30}
    assert comments_in(session) == 10


def test_ten_knocks_a_day_are_ten_over_both_processes(
    environment: dict[str, str], start: Start, wait_for: Wait, session: Session, services: Services
) -> None:
    environment["MODERATION_DOOR_LIMIT"] = "10/day"
    a_site(session, services)
    service = serve(start, wait_for)

    answers = at_once(lambda n: service.comment(f"第{n}条"), range(40))

    assert Counter(answer.status_code for answer in answers) == {202: 10, 429: 30}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.headers["RateLimit-Policy"] == '"door";q=10;w=86400'
    assert int(refused.headers["Retry-After"]) >= 1


def test_a_challenge_of_one_process_is_redeemed_at_any_and_by_one_posting_only(
    environment: dict[str, str], start: Start, wait_for: Wait, session: Session, services: Services
) -> None:
    environment["MODERATION_DOOR_LIMIT"] = "100000/minute"
    a_site(session, services, challenge=ChallengeMode.IMAGE)
    service = serve(start, wait_for)

    for round_number in range(6):
        issued = service.post("/api/v1/sites/demo/challenges", {}).json()
        answer = answer_of(issued["id"], session=session, services=services)
        redeeming = {"challenge_id": issued["id"], "challenge_answer": answer}

        answers = at_once(
            lambda n: service.comment(f"第{n}条", **redeeming),  # noqa: B023 - called within this round
            range(CROWD),
            threads=CROWD,
        )

        assert Counter(one.status_code for one in answers) == {202: 1, 422: CROWD - 1}
        assert {one.json()["type"] for one in answers if one.status_code == 422} == {
            "/problems/challenge-expired"
        }
        assert comments_in(session) == round_number + 1


def test_one_posting_sent_many_times_at_once_is_one_comment_with_one_receipt(
    environment: dict[str, str], start: Start, wait_for: Wait, session: Session, services: Services
) -> None:
    environment["MODERATION_DOOR_LIMIT"] = "100000/minute"
    a_site(session, services, challenge=ChallengeMode.IMAGE)
    service = serve(start, wait_for)
    issued = service.post("/api/v1/sites/demo/challenges", {}).json()
    answer = answer_of(issued["id"], session=session, services=services)

    answers = at_once(
        lambda _: service.comment("花海", key="one", challenge_id=issued["id"], challenge_answer=answer),
        range(CROWD),
        threads=CROWD,
    )

    assert {one.status_code for one in answers} == {202}
    assert len({one.text for one in answers}) == 1
    assert comments_in(session) == 1


def test_rules_activated_elsewhere_hold_from_the_next_request_in_every_process(
    start: Start, wait_for: Wait, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.RULES, is_honest=True)
    service = serve(start, wait_for)
    before = at_once(lambda n: service.comment(f"加微信{n}"), range(12))

    active_rules(session, services, [a_rule("加微信", Action.BLOCK)])
    after = at_once(lambda n: service.comment(f"加微信领红包{n}"), range(12))
    active_rules(session, services, [a_rule("别的词", Action.BLOCK)])
    later = at_once(lambda n: service.comment(f"再加微信{n}"), range(12))

    assert {answer.json()["status"] for answer in before} == {"published"}
    assert {(answer.json()["status"], answer.json()["reason"]) for answer in after} == {
        ("rejected", "advertising")
    }
    assert {answer.json()["status"] for answer in later} == {"published"}

"""Sounds over HTTP: given to a challenge for a proof of work, heard while it can be answered, one attempt for both."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moderation.domain.policy import ChallengeMode
from moderation.flows import challenges, retention
from moderation.ports import Services
from moderation.settings import Settings
from moderation.store.tables import Sound
from tests.factories import a_site
from tests.fakes import FrozenClock
from tests.http.api.answers import CHALLENGES, assert_problem, post_comment
from tests.http.api.solving import solve


@pytest.fixture(autouse=True)
def site(session: Session, services: Services) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)


@pytest.fixture
def pool(session: Session, services: Services) -> None:
    """Make three sounds: 100001, 100002, 100003."""
    for _ in range(3):
        challenges.refill_sounds(size=3, session=session, services=services)


def issued(client: FlaskClient) -> dict[str, Any]:
    answer: dict[str, Any] = client.post(CHALLENGES, json={}).get_json()
    return answer


def proof(client: FlaskClient) -> str:
    return solve(client.post(CHALLENGES, json={"accepts": ["pow", "image"], "wants": "sound"}).get_json())


def ask_sound(client: FlaskClient, challenge: dict[str, Any], told: str) -> TestResponse:
    return client.post(f"{CHALLENGES}/{challenge['id']}/sound", json={"proof": told})


def answer(client: FlaskClient, challenge: dict[str, Any], said: str) -> TestResponse:
    return post_comment(client, challenge_id=challenge["id"], challenge_answer=said)


@pytest.mark.usefixtures("pool")
def test_a_proof_of_work_gives_a_challenge_its_sound(client: FlaskClient) -> None:
    challenge = issued(client)

    given = ask_sound(client, challenge, proof(client))

    assert given.status_code == 201
    assert given.get_json() == {"sound_url": f"{CHALLENGES}/{challenge['id']}.wav"}
    heard = client.get(given.get_json()["sound_url"])
    assert (heard.status_code, heard.mimetype, heard.data) == (200, "audio/wav", b"RIFF-voice")
    assert heard.headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("pool")
def test_a_sound_can_be_had_in_parts(client: FlaskClient) -> None:
    challenge = issued(client)
    url = ask_sound(client, challenge, proof(client)).get_json()["sound_url"]

    part = client.get(url, headers={"Range": "bytes=0-3"})

    assert (part.status_code, part.data) == (206, b"RIFF")


@pytest.mark.usefixtures("pool")
@pytest.mark.parametrize("said", ["100001", " 100 001 ", "１００００１", "1"])
def test_what_is_heard_or_what_is_seen_is_right(client: FlaskClient, said: str) -> None:
    challenge = issued(client)
    ask_sound(client, challenge, proof(client))

    assert answer(client, challenge, said).status_code == 202


@pytest.mark.usefixtures("pool")
@pytest.mark.parametrize("wrong", ["100002", "2"])
@pytest.mark.parametrize("right", ["100001", "1"])
def test_one_attempt_burns_both(client: FlaskClient, wrong: str, right: str) -> None:
    challenge = issued(client)
    url = ask_sound(client, challenge, proof(client)).get_json()["sound_url"]

    assert_problem(answer(client, challenge, wrong), 422, "challenge-failed")

    assert_problem(answer(client, challenge, right), 422, "challenge-expired")
    assert_problem(client.get(url), 404, "challenge-unknown")


@pytest.mark.usefixtures("pool")
def test_the_answer_of_a_sound_is_good_for_no_other_challenge(client: FlaskClient) -> None:
    first, second = issued(client), issued(client)
    ask_sound(client, first, proof(client))
    ask_sound(client, second, proof(client))

    assert_problem(answer(client, second, "100001"), 422, "challenge-failed")
    assert answer(client, first, "100001").status_code == 202


@pytest.mark.usefixtures("pool")
def test_one_proof_gives_one_sound(client: FlaskClient) -> None:
    first, second, told = issued(client), issued(client), proof(client)
    ask_sound(client, first, told)

    refused = ask_sound(client, second, told)

    assert_problem(refused, 422, "challenge-required")
    assert refused.get_json()["challenge"] == "pow"


@pytest.mark.usefixtures("pool")
def test_asked_again_a_challenge_keeps_its_sound(
    client: FlaskClient, session: Session, services: Services
) -> None:
    challenge, told = issued(client), proof(client)

    first, again = ask_sound(client, challenge, told), ask_sound(client, challenge, told)

    assert first.get_json() == again.get_json()
    keys = services.secrets.keyed_by_all("any").keys()
    from moderation.store import challenges as store

    assert store.sounds_left(session, key_ids=keys) == 2


@pytest.mark.usefixtures("pool")
def test_without_a_right_proof_there_is_no_sound(client: FlaskClient, clock: FrozenClock) -> None:
    old = proof(client)
    clock.move(seconds=600)
    challenge = issued(client)

    assert_problem(ask_sound(client, challenge, old), 422, "challenge-required")
    assert_problem(ask_sound(client, challenge, "nonsense"), 422, "challenge-failed")
    assert_problem(client.post(f"{CHALLENGES}/{challenge['id']}/sound", json={}), 422, "validation-failed")
    assert_problem(client.get(f"{CHALLENGES}/{challenge['id']}.wav"), 404, "challenge-unknown")


@pytest.mark.usefixtures("pool")
def test_a_challenge_that_is_over_or_elsewhere_gets_no_sound(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, "other", challenge=ChallengeMode.IMAGE)
    foreign = client.post("/api/v1/sites/other/challenges", json={}).get_json()
    used = issued(client)
    answer(client, used, "2")

    assert_problem(ask_sound(client, foreign, proof(client)), 404, "challenge-unknown")
    assert_problem(ask_sound(client, used, proof(client)), 404, "challenge-unknown")


def test_where_there_are_no_sounds_nobody_works_in_vain(client: FlaskClient) -> None:
    refused = client.post(CHALLENGES, json={"wants": "sound"})

    assert_problem(refused, 404, "sound-unavailable")
    assert issued(client)["has_sound"] is False


def test_the_last_sound_goes_to_one(client: FlaskClient, session: Session, services: Services) -> None:
    challenges.refill_sounds(size=1, session=session, services=services)
    first, second = issued(client), issued(client)
    proofs = [proof(client), proof(client)]

    assert ask_sound(client, first, proofs[0]).status_code == 201
    assert_problem(ask_sound(client, second, proofs[1]), 404, "sound-unavailable")


def test_sounds_are_for_a_few_a_minute(client: FlaskClient, session: Session, services: Services) -> None:
    for _ in range(7):
        challenges.refill_sounds(size=7, session=session, services=services)

    given = [ask_sound(client, issued(client), proof(client)) for _ in range(6)]

    assert [one.status_code for one in given] == [201] * 5 + [429]


@pytest.mark.usefixtures("pool")
def test_another_page_gets_no_sound(client: FlaskClient) -> None:
    challenge, told = issued(client), proof(client)
    client.environ_base["HTTP_ORIGIN"] = "https://evil.example"

    assert_problem(ask_sound(client, challenge, told), 403, "origin-not-allowed")


@pytest.mark.usefixtures("pool")
def test_the_worker_fills_keeps_and_drops_the_pool(
    client: FlaskClient, session: Session, services: Services, clock: FrozenClock, settings: Settings
) -> None:
    def held() -> int:
        session.rollback()
        return session.scalar(select(func.count()).select_from(Sound)) or 0

    assert challenges.refill_sounds(size=3, session=session, services=services) == 0
    ask_sound(client, issued(client), proof(client))
    clock.move(minutes=16)
    from datetime import timedelta

    retention.purge(session_idle=timedelta(hours=1), session=session, services=services)
    assert held() == 2

    challenges.refill_sounds(size=settings.sound_pool, session=session, services=services)
    assert held() == 0

"""Challenges over HTTP: issued to a page of the site, shown once, redeemed once, never told."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moderation.domain.policy import ChallengeMode
from moderation.ports import Services
from tests.factories import a_site
from tests.fakes import FrozenClock
from tests.http.api.answers import CHALLENGES, assert_problem, fault_of, post_comment


@pytest.fixture(autouse=True)
def site(session: Session, services: Services) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)


def issued(client: FlaskClient) -> dict[str, str]:
    answer: dict[str, str] = client.post(CHALLENGES, json={}).get_json()
    return answer


def post_with(
    client: FlaskClient, challenge: dict[str, str], answer: str, key: str | None = None
) -> TestResponse:
    return post_comment(
        client,
        challenge_id=challenge["id"],
        challenge_answer=answer,
        headers={} if key is None else {"Idempotency-Key": key},
    )


def test_a_challenge_is_issued_with_its_picture_and_deadline(client: FlaskClient) -> None:
    answer = client.post(CHALLENGES, json={})

    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    challenge = answer.get_json()
    assert challenge == {
        "id": challenge["id"],
        "kind": "image",
        "image_url": f"/api/v1/sites/demo/challenges/{challenge['id']}.webp",
        "width": 200,
        "height": 64,
        "has_sound": False,
        "sound_url": None,
        "pow": None,
        "expires_at": "2026-11-22T08:03:00Z",
        "expires_in_seconds": 180,
    }
    image = client.get(challenge["image_url"])
    assert (image.status_code, image.mimetype) == (200, "image/webp")
    assert image.headers["Cache-Control"] == "no-store"
    assert "ETag" not in image.headers


def test_the_right_answer_posts_once(client: FlaskClient) -> None:
    challenge = issued(client)

    first, second = post_with(client, challenge, "1"), post_with(client, challenge, "1")

    assert first.status_code == 202
    assert_problem(second, 422, "challenge-expired")


@pytest.mark.parametrize("typed", ["１", " 1 ", "1\u200b"])
def test_an_answer_is_read_the_way_people_type_it(client: FlaskClient, typed: str) -> None:
    assert post_with(client, issued(client), typed).status_code == 202


def test_a_wrong_answer_burns_the_challenge(client: FlaskClient) -> None:
    challenge = issued(client)

    wrong, right = post_with(client, challenge, "9"), post_with(client, challenge, "1")

    assert_problem(wrong, 422, "challenge-failed")
    assert_problem(right, 422, "challenge-expired")


def test_a_challenge_runs_out(client: FlaskClient, clock: FrozenClock) -> None:
    challenge = issued(client)
    clock.move(seconds=181)

    assert_problem(client.get(challenge["image_url"]), 404, "challenge-unknown")
    assert_problem(post_with(client, challenge, "1"), 422, "challenge-expired")


def test_a_used_challenge_shows_no_picture(client: FlaskClient) -> None:
    challenge = issued(client)
    post_with(client, challenge, "1")

    assert_problem(client.get(challenge["image_url"]), 404, "challenge-unknown")


def test_without_a_challenge_nothing_is_taken(client: FlaskClient) -> None:
    assert_problem(post_comment(client), 422, "challenge-required")
    assert_problem(post_comment(client, challenge_id=issued(client)["id"]), 422, "challenge-required")
    assert_problem(post_comment(client, challenge_answer="1"), 422, "challenge-required")


def test_a_draft_with_faults_costs_no_challenge(client: FlaskClient) -> None:
    challenge = issued(client)

    refused = post_comment(client, "", challenge_id=challenge["id"], challenge_answer="1")

    assert_problem(refused, 422, "validation-failed")
    assert post_with(client, challenge, "1").status_code == 202


def test_a_challenge_of_another_site_is_worth_nothing_here(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, "other", challenge=ChallengeMode.IMAGE)
    foreign = client.post("/api/v1/sites/other/challenges", json={}).get_json()

    here = client.get(f"{CHALLENGES}/{foreign['id']}.webp")

    assert_problem(here, 404, "challenge-unknown")
    assert_problem(post_with(client, foreign, "1"), 422, "challenge-expired")
    assert client.get(foreign["image_url"]).status_code == 200


def test_the_retry_of_a_posting_needs_no_second_challenge(client: FlaskClient) -> None:
    challenge = issued(client)
    first = post_with(client, challenge, "1", key="posting-1")

    again = post_with(client, challenge, "1", key="posting-1")
    other = post_with(client, challenge, "1", key="posting-2")

    assert (again.status_code, again.get_json()) == (202, first.get_json())
    assert_problem(other, 422, "challenge-expired")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_another_page_gets_no_challenge(client: FlaskClient, origin: str) -> None:
    assert_problem(client.post(CHALLENGES, json={}, headers={"Origin": origin}), 403, "origin-not-allowed")


def test_a_site_without_challenges_says_so(client: FlaskClient, session: Session, services: Services) -> None:
    a_site(session, services, "open", challenge=ChallengeMode.OFF)

    assert_problem(client.post("/api/v1/sites/open/challenges", json={}), 409, "challenge-not-needed")


def test_the_request_for_a_challenge_is_strict(client: FlaskClient) -> None:
    unknown = client.post(CHALLENGES, json={"kind": "audio"})

    assert_problem(unknown, 422, "validation-failed")
    assert fault_of(unknown) == ("/kind", "unknown-field")
    assert_problem(client.post(CHALLENGES, data="{}"), 415, "unsupported-media-type")
    assert_problem(client.post(CHALLENGES, data="", content_type="application/json"), 400, "malformed-json")


def test_no_answer_to_the_challenge_is_ever_told(client: FlaskClient) -> None:
    answer = client.post(CHALLENGES, json={})

    assert "answer" not in answer.text
    assert set(answer.get_json()) == {
        "id",
        "kind",
        "image_url",
        "width",
        "height",
        "has_sound",
        "sound_url",
        "pow",
        "expires_at",
        "expires_in_seconds",
    }

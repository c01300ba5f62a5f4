"""Likes over HTTP: what is answered, what is refused, and how lists say it."""

from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from moderation.domain.policy import Mode
from moderation.ports import Services
from tests.factories import ORIGIN, WIDE, a_comment, a_site
from tests.http.api.answers import COMMENTS, OWN, TOKEN, assert_problem, fault_of

READER = {"Author-Token": TOKEN}


@pytest.fixture
def comment(session: Session, services: Services) -> str:
    a_site(session, services, mode=Mode.POST)
    return f"{COMMENTS}/{a_comment(session, services).comment_id}"


def test_a_like_and_its_end_are_answered_with_what_is_so_now(client: FlaskClient, comment: str) -> None:
    answers = [
        client.post(f"{comment}/like", json={"is_liked": is_liked}, headers=READER)
        for is_liked in (True, True, False)
    ]

    assert [(answer.status_code, answer.get_json()) for answer in answers] == [
        (200, {"is_liked": True, "like_count": 1}),
        (200, {"is_liked": True, "like_count": 1}),
        (200, {"is_liked": False, "like_count": 0}),
    ]
    assert answers[0].headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answers[0].headers["Cache-Control"] == "no-store"


def test_lists_and_own_comments_know_of_it(client: FlaskClient, comment: str) -> None:
    client.post(f"{comment}/like", json={"is_liked": True}, headers=READER)

    page = client.get(f"{COMMENTS}?thread=1553855&sort=popular").get_json()
    own = client.get(f"{OWN}?thread=1553855", headers=READER).get_json()

    assert [one["like_count"] for one in page["comments"]] == [1]
    assert own == {"comments": [], "liked": [comment.removeprefix(f"{COMMENTS}/")]}


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, ("/is_liked", "required")),
        ({"is_liked": "yes"}, ("/is_liked", "wrong-type")),
        ({"is_liked": 1}, ("/is_liked", "wrong-type")),
        ({"is_liked": None}, ("/is_liked", "wrong-type")),
        ({"is_liked": True, "count": 5}, ("/count", "unknown-field")),
    ],
    ids=str,
)
def test_a_body_that_says_nothing_sound_is_refused(
    client: FlaskClient, comment: str, body: dict[str, object], fault: tuple[str, str]
) -> None:
    answer = client.post(f"{comment}/like", json=body, headers=READER)

    assert_problem(answer, 422, "validation-failed")
    assert fault_of(answer) == fault


@pytest.mark.parametrize(
    ("headers", "code"), [({}, "required"), ({"Author-Token": "mod_author_short"}, "malformed")], ids=str
)
def test_a_like_has_a_reader(client: FlaskClient, comment: str, headers: dict[str, str], code: str) -> None:
    answer = client.post(f"{comment}/like", json={"is_liked": True}, headers=headers)

    assert_problem(answer, 422, "validation-failed")
    assert fault_of(answer) == ("/headers/Author-Token", code)


def test_what_is_not_there_and_who_asks_from_elsewhere_is_refused(client: FlaskClient, comment: str) -> None:
    body = {"is_liked": True}

    assert_problem(
        client.post(f"{COMMENTS}/{uuid4()}/like", json=body, headers=READER), 404, "comment-unknown"
    )
    assert_problem(
        client.post(comment.replace("demo", "nowhere") + "/like", json=body, headers=READER),
        404,
        "site-unknown",
    )
    elsewhere = {**READER, "Origin": "https://evil.example"}
    answer = client.post(f"{comment}/like", json=body, headers=elsewhere)
    assert_problem(answer, 403, "origin-not-allowed")
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_who_likes_too_much_is_told_when_to_come_back(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST, limits={**WIDE, "like": "1/hour"})
    comment = f"{COMMENTS}/{a_comment(session, services).comment_id}/like"
    client.post(comment, json={"is_liked": True}, headers=READER)

    answer = client.post(comment, json={"is_liked": False}, headers=READER)

    assert_problem(answer, 429, "too-many-requests")
    assert answer.headers["RateLimit-Policy"].startswith('"like";q=1')


@pytest.mark.parametrize("what", ["like", "reports"])
def test_a_page_of_the_site_may_ask(client: FlaskClient, comment: str, what: str) -> None:
    answer = client.options(f"{comment}/{what}")

    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Author-Token" in answer.headers["Access-Control-Allow-Headers"]

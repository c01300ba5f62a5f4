"""The API for one's own data: a copy of everything, and erasing it, for nobody but the holder of the token."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from moderation.domain.policy import Mode
from moderation.ports import Services
from tests.factories import a_site
from tests.http.api.answers import COMMENTS, TOKEN, assert_problem, fault_of, post_comment

DATA = "/api/v1/sites/demo/own-data"
ERASURE = f"{DATA}/erasure"
MINE = {"Author-Token": TOKEN}


@pytest.fixture(autouse=True)
def site(session: Session, services: Services) -> None:
    a_site(session, services, mode=Mode.RULES)


def test_a_copy_is_json_to_be_kept_and_stored_nowhere_on_the_way(client: FlaskClient) -> None:
    post_comment(client, headers=MINE)

    answer = client.get(DATA, headers=MINE)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="own-data.json"'
    copy = answer.get_json()
    assert set(copy) == {"site", "exported_at", "author", "comments", "reports", "likes"}
    assert copy["exported_at"] == "2026-11-22T08:00:00Z"
    (comment,) = copy["comments"]
    assert (comment["status"], comment["revisions"][0]["text"]) == ("published", "花海开得真早")


def test_erasing_wants_to_be_confirmed_and_takes_everything(client: FlaskClient) -> None:
    post_comment(client, headers=MINE)
    for body, fault in (
        ({}, ("/confirm", "required")),
        ({"confirm": False}, ("/confirm", "required")),
        ({"confirm": 1}, ("/confirm", "wrong-type")),
    ):
        assert fault_of(client.post(ERASURE, json=body, headers=MINE)) == fault

    answer = client.post(ERASURE, json={"confirm": True}, headers=MINE)

    assert (answer.status_code, answer.get_json()) == (200, {"comments": 1, "reports": 0, "likes": 0})
    assert client.get(COMMENTS, query_string={"thread": "1553855"}).get_json()["comments"] == []
    assert client.get(DATA, headers=MINE).get_json()["comments"] == []


def test_own_data_need_a_token_a_site_and_a_page_of_it(client: FlaskClient) -> None:
    evil = {**MINE, "Origin": "https://evil.example"}

    assert fault_of(client.get(DATA)) == ("/headers/Author-Token", "required")
    assert fault_of(client.post(ERASURE, json={"confirm": True})) == ("/headers/Author-Token", "required")
    nowhere = client.get("/api/v1/sites/nowhere/own-data", headers=MINE)
    assert_problem(nowhere, 404, "site-unknown")
    assert_problem(client.post(ERASURE, json={"confirm": True}, headers=evil), 403, "origin-not-allowed")
    assert "Access-Control-Allow-Origin" not in client.get(DATA, headers=evil).headers


def test_copies_are_limited(client: FlaskClient) -> None:
    for _ in range(5):
        assert client.get(DATA, headers=MINE).status_code == 200

    answer = client.get(DATA, headers=MINE)

    assert_problem(answer, 429, "too-many-requests")

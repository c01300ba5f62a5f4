"""Posting a comment: what is taken, what is answered, what a repetition gets."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.domain.policy import Mode
from moderation.flows import sites
from moderation.ports import Services
from moderation.rules import Action
from moderation.store.tables import Comment
from tests.factories import a_comment, a_rule, a_site, active_rules
from tests.http.api.answers import COMMENTS, TOKEN, a_body, assert_problem, fault_of, post_comment


def comments_in(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Comment)) or 0


def test_a_comment_that_waits_is_answered_202_with_its_receipt(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.PRE)

    answer = post_comment(client)

    assert answer.status_code == 202
    assert answer.mimetype == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    receipt = answer.get_json()
    assert set(receipt) == {
        *("comment_id", "status", "reason", "created_at", "thread", "receipt", "editable_until")
    }
    assert receipt["editable_until"] is None, "without a token there is nobody who could edit it"
    assert receipt["receipt"]["url"] == f"/embed/v1/demo/receipts/{receipt['receipt']['code']}"
    assert (receipt["status"], receipt["reason"]) == ("pending", None)
    assert receipt["created_at"] == "2026-11-22T08:00:00Z"
    assert receipt["thread"] == {"key": "1553855", "count": 0}


def test_a_comment_that_shows_at_once_is_answered_201_and_counted(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.RULES)

    answer = post_comment(client)

    assert answer.status_code == 201
    assert answer.get_json()["status"] == "published"
    assert answer.get_json()["thread"]["count"] == 1


def test_an_open_refusal_names_its_category_and_never_the_rule(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.RULES)
    active_rules(session, services, [a_rule("蠢货", Action.BLOCK, category="insult")])

    answer = post_comment(client, "你这个蠢货吧")

    assert answer.status_code == 201
    assert (answer.get_json()["status"], answer.get_json()["reason"]) == ("rejected", "insult")
    assert "蠢货" not in answer.text


def test_blocked_advertising_is_answered_exactly_as_a_waiting_comment(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.PRE)
    active_rules(session, services, [a_rule("加微信", Action.BLOCK)])
    token = {"Author-Token": TOKEN}
    innocent = post_comment(client, headers=token)

    answer = post_comment(client, "加微信领红包", headers=token)

    assert answer.status_code == innocent.status_code == 202
    own = {"comment_id": 0, "receipt": 0}
    assert {**answer.get_json(), **own} == {**innocent.get_json(), **own}
    assert answer.get_json()["editable_until"] == "2026-11-22T08:30:00Z"


def test_a_repeated_posting_gets_the_first_receipt_and_is_stored_once(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)
    key = {"Idempotency-Key": "posting-1"}
    first = post_comment(client, headers=key)

    again = post_comment(client, headers=key)

    assert (again.status_code, again.get_json()) == (first.status_code, first.get_json())
    assert comments_in(session) == 1


def test_a_key_used_again_for_another_body_is_refused(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)
    key = {"Idempotency-Key": "posting-1"}
    post_comment(client, headers=key)

    answer = post_comment(client, "另一条", headers=key)

    assert_problem(answer, 422, "idempotency-key-reused")
    assert comments_in(session) == 1


def test_the_same_key_on_another_site_is_another_posting(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)
    a_site(session, services, "other")
    key = {"Idempotency-Key": "posting-1"}
    first = post_comment(client, headers=key)

    answer = client.post("/api/v1/sites/other/comments", json=a_body(), headers=key)

    assert answer.status_code == 202
    assert answer.get_json()["comment_id"] != first.get_json()["comment_id"]


@pytest.mark.parametrize(
    "key", ["", "a" * 256, "with space", "tab\there", "schlüssel", "密钥".encode().decode("latin-1")]
)
def test_a_key_of_other_than_visible_ascii_is_refused(
    client: FlaskClient, session: Session, services: Services, key: str
) -> None:
    a_site(session, services)

    answer = post_comment(client, headers={"Idempotency-Key": key})

    assert_problem(answer, 400, "idempotency-key-invalid")
    assert comments_in(session) == 0


def test_a_key_of_255_characters_is_taken(client: FlaskClient, session: Session, services: Services) -> None:
    a_site(session, services)

    assert post_comment(client, headers={"Idempotency-Key": "k" * 255}).status_code == 202


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "https://evil.example",
        "http://news.example",
        "https://news.example:444",
        "https://NEWS.example",
    ],
)
def test_only_a_listed_origin_may_post(
    client: FlaskClient, session: Session, services: Services, origin: str | None
) -> None:
    a_site(session, services)
    del client.environ_base["HTTP_ORIGIN"]

    answer = client.post(COMMENTS, json=a_body(), headers={} if origin is None else {"Origin": origin})

    assert_problem(answer, 403, "origin-not-allowed")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert comments_in(session) == 0


def test_a_closed_site_and_a_closed_thread_take_nothing(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)
    a_site(session, services, "shut", mode=Mode.CLOSED)
    a_comment(session, services)
    sites.set_thread_mode("demo", "1553855", Mode.CLOSED, session=session, services=services)

    on_thread = post_comment(client)
    on_site = client.post("/api/v1/sites/shut/comments", json=a_body())

    assert_problem(on_thread, 409, "thread-closed")
    assert_problem(on_site, 409, "thread-closed")
    assert comments_in(session) == 1


def test_a_reply_to_what_is_not_published_is_refused_like_one_to_nothing(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.PRE)
    waiting = post_comment(client).get_json()["comment_id"]

    to_waiting = post_comment(client, parent_id=waiting)
    to_nothing = post_comment(client, parent_id="01a20439-eb70-7680-ac96-027cf45180ff")

    for answer in (to_waiting, to_nothing):
        assert_problem(answer, 422, "validation-failed")
        assert fault_of(answer) == ("/parent_id", "unknown-comment")
    assert to_waiting.get_json()["errors"] == to_nothing.get_json()["errors"]


def test_a_reply_to_a_comment_of_another_site_or_thread_is_refused(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    a_site(session, services, "other", mode=Mode.POST)
    elsewhere = a_comment(session, services, site_key="other").comment_id
    next_door = a_comment(session, services, thread_key="another").comment_id

    for parent in (elsewhere, next_door):
        answer = post_comment(client, parent_id=str(parent))

        assert_problem(answer, 422, "validation-failed")
        assert fault_of(answer) == ("/parent_id", "unknown-comment")


def test_every_fault_of_a_draft_is_listed_in_the_order_of_its_fields(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)

    answer = post_comment(
        client, "字" * 1001, nickname="\u200b", link="javascript:alert(1)", thread="", thread_url="ftp://x/"
    )

    assert_problem(answer, 422, "validation-failed")
    assert [(error["pointer"], error["code"]) for error in answer.get_json()["errors"]] == [
        ("/thread", "blank"),
        ("/thread_url", "not-a-web-address"),
        ("/link", "not-a-web-address"),
        ("/text", "too-long"),
        ("/nickname", "blank"),
    ]


def test_an_unknown_field_is_named_by_a_sound_json_pointer(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)

    answer = client.post(COMMENTS, json={**a_body(), "a/b~c": 1})

    assert_problem(answer, 422, "validation-failed")
    assert fault_of(answer) == ("/a~1b~0c", "unknown-field")


def test_lengths_are_counted_in_characters_up_to_the_very_last(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)

    longest = post_comment(
        client, "😀" * 1000, nickname="名" * 24, thread="帖" * 512, link="https://x.example/" + "a" * 482
    )
    too_long = post_comment(client, "😀" * 1001)

    assert longest.status_code == 202
    assert fault_of(too_long) == ("/text", "too-long")


def test_nobody_becomes_published_by_asking(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)

    for field in (
        "status",
        "is_listed",
        "reason",
        "site_id",
        "author_id",
        "created_at",
        "id",
        "origin",
        "is_own_page",
    ):
        answer = client.post(COMMENTS, json=a_body(**{field: "published"}))

        assert_problem(answer, 422, "validation-failed")
    assert comments_in(session) == 0


def test_no_public_answer_sets_a_cookie(client: FlaskClient, session: Session, services: Services) -> None:
    a_site(session, services)

    answer = post_comment(client, headers={"Author-Token": TOKEN})

    assert "Set-Cookie" not in answer.headers

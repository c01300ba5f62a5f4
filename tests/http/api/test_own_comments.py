"""What an author may do with his own comment: edit it, take it back, and find it by its receipt."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.policy import Mode
from moderation.flows import sites
from moderation.flows.sites import SiteSettings
from moderation.ports import Services
from moderation.rules import Action
from moderation.store.tables import Comment, IdempotencyKey
from tests.factories import WIDE, a_rule, a_site, active_rules
from tests.fakes import FrozenClock
from tests.http.api.answers import COMMENTS, OWN, TOKEN, assert_problem, fault_of, post_comment

MINE = {"Author-Token": TOKEN}
STRANGER = {"Author-Token": "mod_author_" + "s" * 43}
RECEIPTS = "/api/v1/sites/demo/receipts"


def posted(client: FlaskClient, text: str = "花海开得真早", **headers: str) -> dict[str, Any]:
    answer = post_comment(client, text, headers=MINE | headers)
    assert answer.status_code in {201, 202}, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def test_an_edit_is_answered_201_with_the_new_text_and_what_became_of_it(
    client: FlaskClient, session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, mode=Mode.RULES)
    mine = posted(client)
    clock.move(minutes=1)

    answer = client.post(
        f"{COMMENTS}/{mine['comment_id']}/revisions", json={"text": "第二句话", "revision": 1}, headers=MINE
    )

    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.get_json() == {
        "comment_id": mine["comment_id"],
        "status": "published",
        "reason": None,
        "revision": 2,
        "text": "第二句话",
        "editable_until": "2026-11-22T08:30:00Z",
    }
    (shown,) = client.get(COMMENTS, query_string={"thread": "1553855"}).get_json()["comments"]
    assert (shown["text"], shown["edited_at"]) == ("第二句话", "2026-11-22T08:01:00Z")
    (own,) = client.get(OWN, query_string={"thread": "1553855"}, headers=MINE).get_json()["comments"]
    assert (own["text"], own["revision"]) == ("第二句话", 2)


def test_an_edit_and_a_withdrawal_say_what_stands_in_their_way(
    client: FlaskClient, session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, mode=Mode.RULES)
    mine = posted(client)
    path, body = f"{COMMENTS}/{mine['comment_id']}", {"text": "第二句话", "revision": 1}

    def edit(headers: dict[str, str] | None = None, **changed: object) -> Any:
        return client.post(f"{path}/revisions", json=body | changed, headers=MINE | (headers or {}))

    assert fault_of(client.post(f"{path}/revisions", json=body)) == ("/headers/Author-Token", "required")
    assert fault_of(edit(text="")) == ("/text", "blank")
    assert fault_of(edit(revision="1")) == ("/revision", "wrong-type")
    assert fault_of(edit(thread="1")) == ("/thread", "unknown-field")
    assert_problem(edit(headers=STRANGER), 404, "comment-unknown")
    assert_problem(edit(headers={"Origin": "https://evil.example"}), 403, "origin-not-allowed")
    assert_problem(edit(headers={"Idempotency-Key": "a b"}), 400, "idempotency-key-invalid")
    assert_problem(edit(revision=2), 409, "revision-stale")
    assert_problem(client.post(f"{path}/withdrawal", json={}, headers=STRANGER), 404, "comment-unknown")
    clock.move(minutes=31)
    assert_problem(edit(), 409, "comment-settled")
    sites.change("demo", SiteSettings(limits=WIDE | {"edit": "1/hour"}), session=session, services=services)
    other = posted(client)["comment_id"]
    client.post(f"{COMMENTS}/{other}/withdrawal", json={}, headers=MINE)
    assert_problem(client.post(f"{path}/withdrawal", json={}, headers=MINE), 429, "too-many-requests")


def test_a_withdrawn_comment_leaves_an_empty_place_and_may_be_withdrawn_again(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.RULES)
    mine = posted(client)
    post_comment(client, "回复", parent_id=mine["comment_id"])

    answers = [
        client.post(f"{COMMENTS}/{mine['comment_id']}/withdrawal", json={}, headers=MINE) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1].get_json() == {"comment_id": mine["comment_id"], "status": "withdrawn"}
    page = client.get(COMMENTS, query_string={"thread": "1553855"}).get_json()
    (place,) = page["comments"]
    assert (place["state"], place["text"], place["edited_at"]) == ("removed", None, None)
    assert [reply["text"] for reply in place["replies"]] == ["回复"]
    assert page["thread"]["count"] == 1
    assert client.get(OWN, query_string={"thread": "1553855"}, headers=MINE).get_json()["comments"] == []


def test_the_receipt_of_a_repeated_posting_is_the_same_and_no_table_holds_its_code(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)

    first, again = (posted(client, **{"Idempotency-Key": "one"}) for _ in range(2))

    assert first == again
    code = first["receipt"]["code"]
    session.rollback()
    assert code not in repr(session.scalars(select(IdempotencyKey.receipt)).all())
    assert session.scalars(select(Comment.receipt_hash)).all() == [services.secrets.digest(code)]


def test_a_receipt_says_what_its_author_is_told(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.PRE)
    active_rules(
        session, services, [a_rule("加微信", Action.BLOCK), a_rule("蠢货", Action.BLOCK, category="insult")]
    )
    texts = ("花海开得真早", "加微信领红包", "你这个蠢货吧")
    codes = [posted(client, text)["receipt"]["code"] for text in texts]

    waiting, silent, refused = (client.get(f"{RECEIPTS}/{code}").get_json() for code in codes)

    own = dict.fromkeys(("comment_id", "receipt", "text"))
    assert waiting | own == silent | own
    assert waiting == {
        "kind": "comment",
        "comment_id": waiting["comment_id"],
        "receipt": {"code": codes[0], "url": f"/embed/v1/demo/receipts/{codes[0]}"},
        "thread": {"key": "1553855", "title": None, "url": None},
        "nickname": "晨曦",
        "text": "花海开得真早",
        "created_at": "2026-11-22T08:00:00Z",
        "status": "pending",
        "reason": None,
        "may_withdraw": True,
        "appeal": None,
        "appeal_until": None,
    }
    assert (refused["status"], refused["reason"], refused["may_withdraw"]) == ("rejected", "insult", False)
    assert refused["appeal_until"] == "2026-12-06T08:00:00Z"
    assert "蠢货" in refused["text"]


@pytest.mark.parametrize("typed", [str.upper, lambda code: code.replace("-", ""), lambda code: f" {code} "])
def test_a_code_is_read_however_it_is_typed(
    client: FlaskClient, session: Session, services: Services, typed: Any
) -> None:
    a_site(session, services)
    code = posted(client)["receipt"]["code"]

    answer = client.get(f"{RECEIPTS}/{typed(code)}")

    assert (answer.status_code, answer.get_json()["receipt"]["code"]) == (200, code)


def test_who_tries_codes_is_heard_no_more_not_even_with_a_right_one(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)
    a_site(session, services, "other")
    code = posted(client)["receipt"]["code"]
    assert_problem(client.get(f"/api/v1/sites/other/receipts/{code}"), 404, "receipt-unknown")
    for wrong in ("x", "abcd-efgh-ijkl-mnop", "a" * 100, "%00", "密码", *"12345"):
        assert_problem(client.get(f"{RECEIPTS}/{wrong}"), 404, "receipt-unknown")

    answer = client.get(f"{RECEIPTS}/{code}")

    assert_problem(answer, 429, "too-many-requests")
    assert_problem(client.get("/api/v1/sites/nowhere/receipts/abcd-efgh-ijkl-mnop"), 404, "site-unknown")


def test_an_appeal_is_answered_201_and_says_what_stands_in_its_way(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.PRE)
    active_rules(session, services, [a_rule("蠢货", Action.BLOCK, category="insult")])
    refused = f"{RECEIPTS}/{posted(client, '你这个蠢货吧')['receipt']['code']}"
    waiting = f"{RECEIPTS}/{posted(client)['receipt']['code']}"
    body = {"text": "这不是骂人。"}

    answer = client.post(f"{refused}/appeal", json=body)

    assert (answer.status_code, answer.get_json()) == (201, {"appeal": "open"})
    assert client.post(f"{refused}/appeal", json=body).get_json() == {"appeal": "open"}
    assert_problem(client.post(f"{refused}/appeal", json={"text": "别的"}), 409, "appeal-impossible")
    assert_problem(client.post(f"{waiting}/appeal", json=body), 409, "appeal-impossible")
    assert_problem(client.post(f"{RECEIPTS}/x/appeal", json=body), 404, "receipt-unknown")
    assert fault_of(client.post(f"{refused}/appeal", json={"text": "字" * 1_001})) == ("/text", "too-long")
    evil = client.post(f"{refused}/appeal", json=body, headers={"Origin": "https://evil.example"})
    assert_problem(evil, 403, "origin-not-allowed")
    assert client.get(refused).get_json()["appeal"] == {
        "state": "open",
        "text": "这不是骂人。",
        "reason_before": "insult",
        "created_at": "2026-11-22T08:00:00Z",
        "settled_at": None,
    }

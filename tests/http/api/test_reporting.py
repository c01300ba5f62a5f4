"""Reports over HTTP: the receipt, the same again, and what is refused."""

import re
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.policy import Mode
from moderation.ports import Services
from moderation.store.tables import Report
from tests.factories import ORIGIN, WIDE, a_comment, a_site
from tests.fakes import RecordingLog
from tests.http.api.answers import COMMENTS, TOKEN, assert_problem, fault_of

READER = {"Author-Token": TOKEN}
ANOTHER = {"Author-Token": "mod_author_" + "r" * 43}
BODY = {"reason": "insult", "note": "骂人了"}


@pytest.fixture
def comment(session: Session, services: Services) -> str:
    a_site(session, services, mode=Mode.POST)
    return f"{COMMENTS}/{a_comment(session, services).comment_id}"


def test_a_report_is_answered_with_a_receipt_and_the_same_reader_gets_the_same(
    client: FlaskClient, comment: str
) -> None:
    answers = [
        client.post(f"{comment}/reports", json=body, headers=headers)
        for body, headers in (
            (BODY, READER),
            ({"reason": "fraud"}, READER),
            (BODY, ANOTHER),
            (BODY, {}),
            (BODY, {}),
        )
    ]

    assert [answer.status_code for answer in answers] == [201, 200, 201, 201, 200]
    receipts = [answer.get_json()["receipt"] for answer in answers]
    assert receipts[0] == receipts[1]
    assert receipts[3] == receipts[4]
    assert len({receipt["code"] for receipt in receipts}) == 3
    assert re.fullmatch(r"[a-z2-7]{4}(-[a-z2-7]{4}){3}", receipts[0]["code"])
    assert receipts[0]["url"] == f"/embed/v1/demo/receipts/{receipts[0]['code']}"
    assert answers[0].headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answers[0].headers["Cache-Control"] == "no-store"


def test_neither_note_nor_receipt_nor_token_is_kept_as_such_or_logged(
    client: FlaskClient, comment: str, session: Session, log: RecordingLog
) -> None:
    code = client.post(f"{comment}/reports", json=BODY, headers=READER).get_json()["receipt"]["code"]

    kept = session.scalars(select(Report)).one()
    told = repr(log.lines)
    assert code not in repr([kept.reporter_hash, kept.client_key, kept.receipt_hash])
    assert "report.received" in told
    assert all(secret not in told for secret in (code, TOKEN, "骂人了", "192.0.2", "127.0.0.1"))


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, ("/reason", "required")),
        ({"reason": ""}, ("/reason", "required")),
        ({"reason": "repeat"}, ("/reason", "unknown")),
        ({"reason": "because"}, ("/reason", "unknown")),
        ({"reason": "a\x00"}, ("/reason", "unknown")),
        ({"reason": 7}, ("/reason", "wrong-type")),
        ({"reason": "insult", "note": "n" * 501}, ("/note", "too-long")),
        ({"reason": "insult", "note": "a\x00"}, ("/note", "unstorable-character")),
        ({"reason": "insult", "note": 7}, ("/note", "wrong-type")),
        ({"reason": "insult", "weight": 200}, ("/weight", "unknown-field")),
    ],
    ids=str,
)
def test_an_unsound_report_is_refused(
    client: FlaskClient, comment: str, body: dict[str, object], fault: tuple[str, str]
) -> None:
    answer = client.post(f"{comment}/reports", json=body, headers=READER)

    assert_problem(answer, 422, "validation-failed")
    assert fault_of(answer) == fault


@pytest.mark.parametrize("note", [None, "", " \n", "\u200b", "字" * 500, "第一行\n第二行"])
def test_a_note_may_be_left_out_and_may_have_lines(
    client: FlaskClient, comment: str, session: Session, note: str | None
) -> None:
    answer = client.post(f"{comment}/reports", json={"reason": "other", "note": note}, headers=READER)

    assert answer.status_code == 201
    assert session.scalars(select(Report.note)).one() == (note if note and note.strip(" \n\u200b") else None)


def test_what_is_not_there_and_who_asks_from_elsewhere_is_refused(
    client: FlaskClient, comment: str, session: Session, services: Services
) -> None:
    a_site(session, services, "waits", mode=Mode.PRE)
    waiting = a_comment(session, services, site_key="waits").comment_id

    for path in (f"{COMMENTS}/{uuid4()}", f"/api/v1/sites/waits/comments/{waiting}"):
        answer = client.post(f"{path}/reports", json=BODY, headers=READER)
        assert_problem(answer, 404, "comment-unknown")
    answer = client.post(
        f"{comment}/reports", json=BODY, headers={**READER, "Origin": "https://evil.example"}
    )
    assert_problem(answer, 403, "origin-not-allowed")
    answer = client.post(f"{comment}/reports", json=BODY, headers={"Author-Token": "mod_author_x"})
    assert fault_of(answer) == ("/headers/Author-Token", "malformed")


def test_who_reports_too_much_is_told_when_to_come_back_and_the_same_again_is_free(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST, limits={**WIDE, "report": "1/hour"})
    first, second = (
        f"{COMMENTS}/{a_comment(session, services, text).comment_id}/reports" for text in ("一", "二")
    )

    assert [client.post(first, json=BODY, headers=READER).status_code for _ in range(3)] == [201, 200, 200]
    answer = client.post(second, json=BODY, headers=READER)
    assert_problem(answer, 429, "too-many-requests")
    assert answer.headers["RateLimit-Policy"].startswith('"report";q=1')

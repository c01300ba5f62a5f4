"""Bad input on both databases: each row of the table gets its problem, never a 5xx, and leaves every table as it was."""

import random

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moderation.extensions import db
from moderation.ports import Services
from moderation.rules import Action
from moderation.web import problems
from tests.factories import ORIGIN, a_comment, a_rule, a_site, active_rules
from tests.http.api import mutations
from tests.http.api.answers import COMMENTS, COUNTS, FRAME, assert_problem
from tests.http.api.bad_input import Request, requests

ROWS = list(requests())
MUTATIONS = 2_000
SEED = 20261122


@pytest.fixture
def stranger(app: Flask, session: Session, services: Services) -> FlaskClient:
    a_site(session, services)
    active_rules(
        session, services, [a_rule("加微信", Action.BLOCK), a_rule("垃圾", Action.MASK), a_rule("spam")]
    )
    a_comment(session, services)
    session.rollback()
    return app.test_client()


def rows_of_every_table(session: Session) -> dict[str, int]:
    session.rollback()
    counted = {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0
        for table in db.metadata.sorted_tables
    }
    session.rollback()
    return counted


def send(client: FlaskClient, request: Request) -> TestResponse:
    return client.open(
        request.path,
        method=request.method,
        data=request.body,
        content_type=request.content_type,
        headers=dict(request.headers),
        buffered=True,
    )


def test_the_table_is_long_and_names_each_row_once() -> None:
    assert len(ROWS) >= 250
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_every_bad_request_gets_its_problem_and_stores_nothing(
    stranger: FlaskClient, session: Session
) -> None:
    before = rows_of_every_table(session)
    wrong = []

    for row in ROWS:
        answer = send(stranger, row)
        try:
            assert_refused(row, answer)
        except AssertionError as error:
            wrong.append(f"{row.name}: {answer.status_code} {str(error)[:200]}")

    assert not wrong, "\n".join(wrong)
    assert rows_of_every_table(session) == before


def assert_refused(row: Request, answer: TestResponse) -> None:
    assert "Set-Cookie" not in answer.headers
    if row.is_page:
        statuses = {problems.BY_SLUG[slug].status for slug in row.expected}
        assert answer.status_code in statuses, row.expected
        assert answer.mimetype == "text/html"
        assert "frame-ancestors" in answer.headers["Content-Security-Policy"]
        return
    slug = str((answer.get_json(silent=True) or {}).get("type")).removeprefix("/problems/")
    assert slug in row.expected, slug
    assert_problem(answer, problems.BY_SLUG[slug].status, slug)


ODD_HEADERS: list[tuple[str, str]] = [
    *(
        ("If-None-Match", value)
        for value in ("*", "W/", '"', '"a', "a, b,,", 'W/"x", *', "\u00ff", "a" * 20_000, ",,,,")
    ),
    *(
        ("X-Request-Id", value)
        for value in ("", "a", "a" * 65, "../../etc", "<script>", "\u00e9" * 20, '"; drop')
    ),
    *(("X-Forwarded-For", value) for value in ("", "x", "1.2.3.4, <b>", "a" * 20_000, "::1%eth0", "\u00ff")),
    *(("X-Forwarded-Host", value) for value in ("evil.example", "")),
    *(("X-Forwarded-Proto", value) for value in ("javascript", "https,http")),
    *(
        ("Accept-Language", value)
        for value in ("", "*", "en;q=x", "zh-" * 3_000, "\u00ff", ";;;", "en-GB,en;q=0.9")
    ),
    *(("Accept", value) for value in ("", "text/html", "x", "*/*;q=-1")),
    *(
        ("Cookie", value)
        for value in ("moderation=x", "moderation=" + "a" * 5_000, "=;=;", "\u00ff=1", "moderation=.eJw.x.y")
    ),
    *(("Range", value) for value in ("bytes=0-1", "bytes=-", "x", "bytes=0-0,1-1,2-2")),
    *(("If-Modified-Since", value) for value in ("x", "Thu, 32 Foo 20000")),
    *(("Content-Length", value) for value in ("-1", "x", "99999999999999999999")),
    *(("Authorization", value) for value in ("Basic x", "Basic", "Bearer \u00ff", "Digest a=b")),
    *(
        ("Host", value)
        for value in ("evil.example", "a b", "<script>", "[::1", "evil.example:99999", "\u00ff", "a,b")
    ),
]


@pytest.mark.parametrize(
    "path", [f"{COMMENTS}?thread=1553855", f"{COUNTS}?thread=1", f"{FRAME}?thread=1553855", "/embed.js"]
)
def test_odd_headers_are_ignored_or_refused_and_never_echoed(
    stranger: FlaskClient, session: Session, path: str
) -> None:
    before = rows_of_every_table(session)

    for name, value in ODD_HEADERS:
        answer = stranger.get(path, headers={name: value}, buffered=True)

        assert answer.status_code in {200, 206, 304, 400, 413, 416}, (name, value, answer.text[:200])
        if answer.status_code in {400, 413}:
            assert_problem(
                answer, answer.status_code, "bad-request" if answer.status_code == 400 else "body-too-large"
            )
        echoed = f"{answer.headers}{answer.text}"
        assert "evil.example" not in echoed, (name, value)
        assert "<script>" not in echoed, (name, value)

    assert rows_of_every_table(session) == before


def test_a_sound_request_id_of_a_proxy_is_kept_and_another_replaced(stranger: FlaskClient) -> None:
    kept = stranger.get("/livez", headers={"X-Request-Id": "proxy-0123456789"})
    replaced = stranger.get("/livez", headers={"X-Request-Id": "a\u00e9b' or 1"})

    assert kept.headers["X-Request-Id"] == "proxy-0123456789"
    assert len(replaced.headers["X-Request-Id"]) == 36


def test_thousands_of_mutated_requests_find_no_fault_of_ours(stranger: FlaskClient, session: Session) -> None:
    before = rows_of_every_table(session)
    stored = 0

    for number, request in enumerate(mutations.requests(random.Random(SEED), MUTATIONS, origin=ORIGIN)):
        answer = send(stranger, request)

        assert answer.status_code < 500, f"mutation {number} of seed {SEED}: {request}\n{answer.text[:500]}"
        assert answer.mimetype in {
            "application/json",
            "application/problem+json",
            "text/html",
            "text/javascript",
        }
        is_stored = request.method == "POST" and answer.status_code in {201, 202, 303}
        stored += (is_stored and "/comments" in request.path) or answer.status_code == 303

    after = rows_of_every_table(session)
    assert after["comments"] - before["comments"] <= stored
    for table in ("revisions", "evaluations"):
        assert after[table] - before[table] == after["comments"] - before["comments"]
    for table in ("sites", "accounts", "rules", "rule_sets", "sessions", "decisions"):
        assert after.get(table) == before.get(table), table

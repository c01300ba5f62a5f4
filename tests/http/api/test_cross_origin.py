"""CORS: a page of a listed origin may read and post; no other page learns anything; never with credentials."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from moderation.domain.policy import ChallengeMode
from moderation.ports import Services
from tests.factories import ORIGIN, a_site
from tests.http.api.answers import CHALLENGES, COMMENTS, COUNTS, OWN, post_comment

PREFLIGHTED = {
    COMMENTS: "POST",
    CHALLENGES: "POST",
    f"{OWN}?thread=1553855": "GET",
    f"{COMMENTS}/01a20439-eb70-7680-ac96-027cf45180ff/revisions": "POST",
    f"{COMMENTS}/01a20439-eb70-7680-ac96-027cf45180ff/withdrawal": "POST",
    "/api/v1/sites/demo/receipts/abcd-efgh-ijkl-mnop/appeal": "POST",
    "/api/v1/sites/demo/own-data": "GET",
    "/api/v1/sites/demo/own-data/erasure": "POST",
}


@pytest.mark.parametrize("path", PREFLIGHTED)
def test_a_page_of_the_site_may_send_what_needs_a_preflight(
    client: FlaskClient, session: Session, services: Services, path: str
) -> None:
    a_site(session, services)

    answer = client.options(
        path,
        headers={
            "Access-Control-Request-Method": PREFLIGHTED[path],
            "Access-Control-Request-Headers": "author-token,content-type,idempotency-key,portal-token",
        },
    )

    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert PREFLIGHTED[path] in answer.headers["Access-Control-Allow-Methods"]
    assert {"content-type", "idempotency-key", "author-token", "portal-token"} == {
        name.strip().lower() for name in answer.headers["Access-Control-Allow-Headers"].split(",")
    }
    assert int(answer.headers["Access-Control-Max-Age"]) > 0
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.data == b""


@pytest.mark.parametrize("path", PREFLIGHTED)
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://news.example.evil.example"])
def test_another_page_may_not(
    client: FlaskClient, session: Session, services: Services, path: str, origin: str
) -> None:
    a_site(session, services)

    answer = client.options(path, headers={"Origin": origin, "Access-Control-Request-Method": "POST"})

    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Origin" in answer.headers["Vary"]


def test_reading_is_open_to_the_sites_own_pages_alone(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, origins=(ORIGIN, "https://m.news.example"))
    a_site(session, services, "other", origins=("https://other.example",))

    for path in (
        f"{COMMENTS}?thread=t",
        f"{COUNTS}?thread=t",
        f"{COMMENTS}?thread=t&limit=0",
        f"{COMMENTS}?thread=%00",
    ):
        for origin in (ORIGIN, "https://m.news.example"):
            answer = client.get(path, headers={"Origin": origin})

            assert answer.headers["Access-Control-Allow-Origin"] == origin
            assert {"ETag", "Retry-After", "RateLimit", "RateLimit-Policy"} <= {
                name.strip() for name in answer.headers["Access-Control-Expose-Headers"].split(",")
            }
            assert "Access-Control-Allow-Credentials" not in answer.headers
        for origin in ("https://other.example", "null", "https://news.example.", "*"):
            answer = client.get(path, headers={"Origin": origin})

            assert "Access-Control-Allow-Origin" not in answer.headers
        assert answer.headers["Vary"] == "Origin"


def test_a_problem_can_be_read_by_the_page_that_caused_it(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)

    answer = post_comment(client)

    assert answer.status_code == 422
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_an_unknown_site_lets_nobody_read(client: FlaskClient, session: Session, services: Services) -> None:
    a_site(session, services)

    for path in ("/api/v1/sites/nosuch/comments?thread=t", "/api/v1/sites/%00/comments?thread=t"):
        answer = client.get(path)

        assert answer.status_code == 404
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_public_answers_do_not_vary_by_cookie(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)

    for path in (f"{COMMENTS}?thread=t", f"{COUNTS}?thread=t", "/embed.js", "/embed/v1/demo/frame?thread=t"):
        answer = client.get(path, headers={"Cookie": "moderation=forged; session=forged"})

        assert "Cookie" not in answer.headers.get("Vary", "")
        assert "Set-Cookie" not in answer.headers


def test_the_console_answers_no_page_of_another_origin(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)

    for path in ("/console/sign-in", "/readyz", "/livez"):
        assert "Access-Control-Allow-Origin" not in client.get(path).headers

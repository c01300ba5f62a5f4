"""What every test of the API says again and again: post a comment, expect a problem."""

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

COMMENTS = "/api/v1/sites/demo/comments"
CHALLENGES = "/api/v1/sites/demo/challenges"
COUNTS = "/api/v1/sites/demo/counts"
OWN = "/api/v1/sites/demo/own-comments"
FRAME = "/embed/v1/demo/frame"
TOKEN = "mod_author_" + "k" * 43


def a_body(text: str = "花海开得真早", **changed: object) -> dict[str, object]:
    """Make a comment as the embed sends it."""
    return {"thread": "1553855", "nickname": "晨曦", "text": text, **changed}


def post_comment(
    client: FlaskClient,
    text: str = "花海开得真早",
    *,
    headers: dict[str, str] | None = None,
    **changed: object,
) -> TestResponse:
    """Post a comment through the API."""
    return client.post(COMMENTS, json=a_body(text, **changed), headers=headers or {})


def assert_problem(answer: TestResponse, status: int, slug: str) -> None:
    """Expect a whole problem document of this type, with everything a caller may rely on."""
    assert answer.mimetype == "application/problem+json", (answer.status_code, answer.text[:300])
    problem = answer.get_json()
    assert (answer.status_code, problem["type"]) == (status, f"/problems/{slug}"), answer.text
    assert problem["status"] == status
    assert problem["title"]
    assert problem["request_id"]
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    assert answer.headers["Cache-Control"] == "no-store"


def fault_of(answer: TestResponse) -> tuple[str, str]:
    """Return pointer and code of the first fault a problem lists."""
    first = answer.get_json()["errors"][0]
    return first["pointer"], first["code"]

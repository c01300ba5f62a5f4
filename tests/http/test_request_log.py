"""The log of requests: one line each, joined by its id, and nothing in it that readers wrote."""

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from moderation.ports import Services
from tests.factories import a_site
from tests.fakes import RecordingLog


def lines(log: RecordingLog) -> list[dict[str, object]]:
    return [fields for event, fields in log.lines if event == "request.done"]


def test_every_request_leaves_one_line_with_its_route_and_status(
    client: FlaskClient, session: Session, services: Services, log: RecordingLog
) -> None:
    a_site(session, services)

    client.get("/api/v1/sites/demo/comments?thread=secret-thread")
    client.get("/nowhere")

    assert [(line["route"], line["status"]) for line in lines(log)] == [
        ("/api/v1/sites/<site_key>/comments", 200),
        (None, 404),
    ]
    assert "secret-thread" not in repr(log.lines)


def test_the_proxys_request_id_is_kept_when_it_looks_like_one(client: FlaskClient) -> None:
    assert (
        client.get("/livez", headers={"X-Request-Id": "abcdef-123456"}).headers["X-Request-Id"]
        == "abcdef-123456"
    )
    assert client.get("/livez", headers={"X-Request-Id": "a b\tc"}).headers["X-Request-Id"] != "a b\tc"

"""What operators ask, the documented problems, the headers of every answer."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from moderation.domain import errors
from moderation.domain.account import Permission
from moderation.domain.errors import ModerationError
from moderation.ports import Services
from moderation.web import problems
from moderation.web.auth import permission_of
from tests.factories import a_site
from tests.http.api.answers import assert_problem


def test_a_migrated_service_is_alive_and_ready(client: FlaskClient) -> None:
    assert client.get("/livez").get_json() == {"status": "alive"}
    assert client.get("/readyz").get_json() == {"status": "ready"}
    assert client.get("/readyz").headers["Cache-Control"] == "no-store"


def test_a_service_on_another_schema_is_alive_and_not_ready(client: FlaskClient, session: Session) -> None:
    head = session.scalar(text("SELECT version_num FROM alembic_version"))
    session.execute(text("UPDATE alembic_version SET version_num = 'another'"))
    session.commit()
    try:
        answer = client.get("/readyz")

        assert_problem(answer, 503, "unavailable")
        assert answer.headers["Retry-After"]
        assert client.get("/livez").status_code == 200
    finally:
        session.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": head})
        session.commit()


@pytest.mark.parametrize("slug", sorted(problems.BY_SLUG))
def test_every_type_of_problem_is_documented_at_its_address(client: FlaskClient, slug: str) -> None:
    kind = problems.BY_SLUG[slug]

    answer = client.get(f"/problems/{slug}")

    assert answer.status_code == 200
    assert kind.title.replace("'", "&#39;") in answer.text
    assert str(kind.status) in answer.text


def test_what_is_no_type_of_problem_is_not_found(client: FlaskClient) -> None:
    assert_problem(client.get("/problems/nosuch"), 404, "not-found")


def errors_of(cls: type[ModerationError]) -> list[type[ModerationError]]:
    return [cls, *(found for below in cls.__subclasses__() for found in errors_of(below))]


@pytest.mark.parametrize(
    "error",
    [
        cls
        for cls in errors_of(ModerationError)
        if cls.__module__ == errors.__name__ and not cls.__subclasses__()
    ],
)
def test_every_error_of_the_domain_is_a_documented_problem(error: type[ModerationError]) -> None:
    assert any(cls in problems.OF_ERROR for cls in error.__mro__)


def test_an_error_without_a_problem_of_its_own_is_ours_and_not_a_crash() -> None:
    class SurpriseError(ModerationError):
        pass

    assert problems.problem_of(SurpriseError()).kind is problems.INTERNAL


def test_a_defect_is_told_by_its_request_id_and_nothing_else(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("花海 SELECT secret FROM /srv/app.py")

    broken.moderation_permission = Permission.PUBLIC  # type: ignore[attr-defined]
    monkeypatch.setitem(app.view_functions, "operations.live", broken)

    answer = client.get("/livez")

    assert_problem(answer, 500, "internal")
    for told in ("ZeroDivision", "SELECT", "app.py", "花海", "Traceback"):
        assert told not in answer.text


def test_every_answer_carries_the_headers_that_keep_a_browser_safe(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)

    for path in (
        "/livez",
        "/nothing",
        "/embed.js",
        "/problems/internal",
        "/console/sign-in",
        "/api/v1/sites/demo/comments?thread=1",
        "/embed/v1/demo/frame?thread=1",
    ):
        headers = client.get(path, buffered=True).headers
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert "default-src 'none'" in headers["Content-Security-Policy"], path
        assert "frame-ancestors" in headers["Content-Security-Policy"], path
        assert "unsafe" not in headers["Content-Security-Policy"], path
        assert headers["Referrer-Policy"], path
        assert len(headers["X-Request-Id"]) >= 8, path
        assert headers["Cache-Control"], path
        assert "Server" not in headers, path


def test_every_route_declares_who_may_call_it(app: Flask) -> None:
    undeclared = [
        route.rule
        for route in app.url_map.iter_rules()
        if permission_of(app.view_functions[route.endpoint]) is None
    ]

    assert undeclared == []


def test_a_view_that_declares_nothing_answers_nobody(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.view_functions, "operations.live", lambda: "open to all")

    assert_problem(client.get("/livez"), 403, "not-permitted")

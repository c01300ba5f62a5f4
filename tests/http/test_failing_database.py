"""A database that does not answer, or takes no writes: 503 with a time to come back, nothing stored, and it recovers."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from moderation.extensions import db
from moderation.ports import Services
from moderation.store.tables import Comment
from tests.factories import ORIGIN, a_comment, a_site
from tests.http.api.answers import (
    CHALLENGES,
    COMMENTS,
    COUNTS,
    FRAME,
    OWN,
    TOKEN,
    assert_problem,
    post_comment,
)


@pytest.fixture
def engine(app: Flask, session: Session, services: Services) -> Engine:
    a_site(session, services)
    a_comment(session, services)
    session.close()
    with app.app_context():
        return db.engine


READS = [
    f"{COMMENTS}?thread=1553855",
    f"{COUNTS}?thread=1553855",
    f"{OWN}?thread=1553855",
    f"{FRAME}?thread=1553855",
    "/readyz",
]


def comments_in(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Comment)) or 0


@contextmanager
def read_only(engine: Engine) -> Iterator[None]:
    """Let the database take no writes, as a standby or a full disk does."""
    statement = (
        "PRAGMA query_only = {}"
        if engine.dialect.name == "sqlite"
        else "SET default_transaction_read_only = {}"
    )

    def turn(value: str) -> None:
        @event.listens_for(engine, "checkout")
        def on_checkout(connection: Any, *_rest: object) -> None:
            cursor = connection.cursor()
            cursor.execute(statement.format(value))
            cursor.close()
            if engine.dialect.name == "postgresql":
                connection.commit()

    turn("ON")
    try:
        yield
    finally:
        turn("OFF")


def test_a_database_that_takes_no_writes_is_told_as_503_and_reading_goes_on(
    client: FlaskClient, session: Session, engine: Engine
) -> None:
    with read_only(engine):
        refused = post_comment(client)
        page = client.post(
            f"{FRAME}?thread=1", data={"text": "a", "nickname": "n"}, headers={"Origin": "http://localhost"}
        )
        reads = [client.get(path, headers={"Author-Token": TOKEN}).status_code for path in READS]

    assert_problem(refused, 503, "unavailable")
    assert int(refused.headers["Retry-After"]) >= 1
    assert refused.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert page.status_code == 503
    assert reads == [200] * len(READS)
    assert post_comment(client).status_code == 202
    assert comments_in(session) == 2


def test_a_database_that_has_gone_is_told_as_503_to_every_page_and_comes_back(
    app: Flask, client: FlaskClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_named: object) -> None:
        if engine.dialect.name == "sqlite":
            raise sqlite3.OperationalError("unable to open database file")
        import psycopg

        raise psycopg.OperationalError("connection refused")

    with app.app_context():
        engine.dispose()
    monkeypatch.setattr(engine.pool, "_creator", refuse)
    monkeypatch.setattr(engine.pool, "_invoke_creator", refuse)

    answers = [client.get(path, headers={"Author-Token": TOKEN}) for path in READS]
    answers += [post_comment(client), client.post(CHALLENGES, json={})]

    for answer in answers:
        assert_problem(answer, 503, "unavailable")
        assert int(answer.headers["Retry-After"]) >= 1
        assert "refused" not in answer.text
    assert client.get("/livez").status_code == 200
    monkeypatch.undo()
    assert client.get(READS[0]).status_code == 200


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)  # SQLite runs a statement to its end
def test_a_statement_that_runs_too_long_leaves_nothing_behind(
    client: FlaskClient, session: Session, engine: Engine
) -> None:
    def drag(
        _c: object, cursor: Any, statement: str, parameters: object, *_rest: object
    ) -> tuple[str, object]:
        if not statement.startswith("INSERT INTO evaluations"):
            return statement, parameters
        cursor.execute("SET LOCAL statement_timeout = 1")
        return "SELECT pg_sleep(0.2)", ()

    key = {"Idempotency-Key": "posting-1"}
    event.listen(engine, "before_cursor_execute", drag, retval=True)
    refused = post_comment(client, headers=key)
    event.remove(engine, "before_cursor_execute", drag)

    assert_problem(refused, 503, "unavailable")
    assert refused.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert comments_in(session) == 1
    assert post_comment(client, headers=key).status_code == 202

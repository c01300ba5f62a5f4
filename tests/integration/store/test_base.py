"""What both databases must agree on: moments, enums, transactions, rows that are inserted at most once."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.extensions import db
from moderation.flows import health
from moderation.ports import Services
from moderation.store.tables import Comment, Job, Site
from moderation.store.transaction import reading, transaction
from moderation.store.upsert import insert_if_absent
from tests.factories import a_comment, a_site

NOW = datetime(2026, 11, 22, 8, 0, 0, 123456, tzinfo=UTC)


def a_job(name: str = "a", due_at: datetime = NOW) -> Job:
    return Job(name=name, due_at=due_at, ran_at=None, failures=0)


def test_a_moment_comes_back_in_utc_to_the_microsecond(session: Session) -> None:
    beijing = timezone(timedelta(hours=8))
    session.add(a_job(due_at=NOW.astimezone(beijing)))
    session.commit()
    session.expire_all()

    found = session.scalars(select(Job)).one()

    assert found.due_at == NOW
    assert found.due_at.tzinfo is UTC
    assert found.ran_at is None


def test_a_naive_moment_is_refused(session: Session) -> None:
    session.add(a_job(due_at=NOW.replace(tzinfo=None)))

    with pytest.raises(StatementError, match="naive"):
        session.flush()

    session.rollback()


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"status": Status.REJECTED}, id="a refusal without its reason"),
        pytest.param({"status": Status.PUBLISHED}, id="published but not listed"),
        pytest.param({"published_reply_count": -1}, id="fewer replies than none"),
        pytest.param({"revision": 0}, id="no revision"),
    ],
)
def test_the_database_refuses_what_is_impossible(
    session: Session, services: Services, values: dict[str, object]
) -> None:
    a_site(session, services)
    a_comment(session, services)

    with pytest.raises(IntegrityError):
        session.execute(update(Comment).values(**values))

    session.rollback()


def test_a_transaction_takes_everything_back_on_any_exception(session: Session) -> None:
    def fail() -> None:
        with transaction(session):
            session.add(a_job())
            session.flush()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()

    assert session.scalars(select(Job)).all() == []


def test_a_transaction_can_begin_after_a_read(session: Session, services: Services) -> None:
    a_site(session, services)
    site = session.scalars(select(Site)).one()

    with transaction(session):
        session.add(a_job())

    assert site.key == "demo"
    assert session.scalar(select(func.count()).select_from(Job)) == 1


def test_what_was_read_stays_readable(session: Session, services: Services) -> None:
    a_site(session, services)
    with reading(session):
        site = session.scalars(select(Site)).one()

    assert site.origins


def test_a_row_is_inserted_once_and_says_so(session: Session) -> None:
    values = {"name": "a", "due_at": NOW, "ran_at": None, "failures": 0}

    assert [insert_if_absent(session, Job, **values) for _ in range(2)] == [True, False]

    session.rollback()


def test_of_racing_inserts_exactly_one_says_so(session: Session, race: Callable[..., list[object]]) -> None:
    def insert(own: Session) -> bool:
        with transaction(own):
            return insert_if_absent(own, Job, name="a", due_at=NOW, ran_at=None, failures=0)

    for _ in range(5):
        assert sorted(map(str, race([insert] * 4))) == ["False", "False", "False", "True"]
        session.execute(delete(Job))
        session.commit()


def test_two_who_check_and_then_write_never_lose_an_update(app: Flask, session: Session) -> None:
    """On SQLite a writing transaction begins as a writer; elsewhere the row is locked by the UPDATE."""
    session.add(a_job())
    session.commit()
    with app.app_context():
        engine = db.engine
    barrier = threading.Barrier(4)

    def count() -> None:
        with Session(engine) as own:
            barrier.wait(timeout=20)
            for _ in range(10):
                with transaction(own):
                    own.scalars(select(Job.failures)).one()
                    own.execute(update(Job).values(failures=Job.failures + 1))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    session.expire_all()
    assert session.scalars(select(Job.failures)).one() == 40


def test_a_service_at_the_head_is_healthy(session: Session) -> None:
    found = health.look(session=session)

    assert found.is_database_up
    assert found.pool_size == 0


def test_a_database_without_a_schema_is_up_but_tells_none(session: Session) -> None:
    session.execute(text("ALTER TABLE alembic_version RENAME TO elsewhere"))
    session.commit()
    try:
        found = health.look(session=session)
    finally:
        session.rollback()
        session.execute(text("ALTER TABLE elsewhere RENAME TO alembic_version"))
        session.commit()

    assert found.is_database_up
    assert found.schema is None

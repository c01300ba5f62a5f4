"""The outbox, drained by workers that die and workers that race: none lost, none twice outside the lease."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.extensions import db
from moderation.flows import delivery, intake
from moderation.ports import Services
from moderation.store.tables import OutboxMessage
from moderation.store.tables.outbox import MessageState
from tests.factories import a_draft, a_site
from tests.fakes import FrozenClock, RecordingLog

COMMENTS = 12


@pytest.fixture
def messages(session: Session, services: Services) -> set[str]:
    """Fill the outbox; return the event ids."""
    a_site(session, services)
    for number in range(COMMENTS):
        draft = replace(a_draft(), text=f"评论 {number}", client=f"192.0.2.{number}")
        intake.submit(draft, session=session, services=services)
    ids = {str(event_id) for event_id in session.scalars(select(OutboxMessage.event_id))}
    assert len(ids) >= COMMENTS
    return ids


def told(log: RecordingLog) -> list[str]:
    return [str(fields["event_id"]) for event, fields in log.lines if event == "outbox.told"]


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it, nothing is cleaned up after it but the connection."""


class LogThatDies(RecordingLog):
    def info(self, event: str, **fields: object) -> None:
        if len(told(self)) == 3:
            raise Killed
        super().info(event, **fields)


def test_what_a_killed_worker_had_taken_is_told_by_the_next(
    messages: set[str], session: Session, services: Services, log: RecordingLog, clock: FrozenClock
) -> None:
    dying = LogThatDies()
    with pytest.raises(Killed):
        delivery.drain(session=session, services=replace(services, log=dying))
    session.rollback()

    assert delivery.drain(session=session, services=services) == 0
    clock.move(seconds=61)
    while delivery.drain(session=session, services=services):
        pass

    assert set(told(dying)) | set(told(log)) == messages
    assert not [event for event, times in Counter(told(log)).items() if times > 1]
    unsent = select(func.count()).where(OutboxMessage.state != MessageState.SENT)
    assert session.scalar(unsent) == 0


def test_two_workers_at_once_tell_each_message_once(
    app: Flask, messages: set[str], session: Session, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "BATCH", 3)
    session.rollback()
    logs = [RecordingLog(), RecordingLog()]
    start = threading.Barrier(len(logs))

    def work(log: RecordingLog) -> None:
        with own_session(app) as own:
            start.wait()
            while delivery.drain(session=own, services=replace(services, log=log)):
                pass

    threads = [threading.Thread(target=work, args=(log,)) for log in logs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    both = [event for log in logs for event in told(log)]
    assert len(both) == len(set(both))
    assert set(both) == messages


@contextmanager
def own_session(app: Flask) -> Iterator[Session]:
    with app.app_context():
        yield db.session()
        db.session.remove()


def test_the_lease_is_a_minute() -> None:
    assert timedelta(seconds=60) == delivery.LEASE

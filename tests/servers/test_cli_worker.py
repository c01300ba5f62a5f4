"""`moderation worker` as an operator runs it, and as it dies: the outbox is drained all the same."""

import json
import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from moderation.adapters.clock import SystemClock
from moderation.domain.events import EventName
from moderation.flows.delivery import BATCH
from moderation.ports import Services
from moderation.store.tables import Job, OutboxMessage
from moderation.store.tables.outbox import MessageState
from tests.factories import a_site

pytestmark = pytest.mark.servers
PATIENCE_SECONDS = 60
MESSAGES = 4_000
Start = Callable[..., subprocess.Popen[str]]
Wait = Callable[[Callable[[], bool], str], None]


@pytest.fixture
def outbox(session: Session, services: Services) -> set[str]:
    """Fill the outbox; return the event ids."""
    site_id = a_site(session, services)
    now = SystemClock().now()
    ids = [uuid4() for _ in range(MESSAGES)]
    session.execute(
        insert(OutboxMessage),
        [
            {
                "event_id": event_id,
                "site_id": site_id,
                "subject_id": uuid4(),
                "name": EventName.COMMENT_RECEIVED,
                "payload": {},
                "state": MessageState.DUE,
                "attempts": 0,
                "due_at": now,
                "created_at": now,
                "sent_at": None,
            }
            for event_id in ids
        ],
    )
    session.commit()
    return {str(event_id) for event_id in ids}


def unsent(session: Session) -> int:
    count = session.scalar(select(func.count()).where(OutboxMessage.state != MessageState.SENT))
    session.rollback()
    return count or 0


def told(folder: Path, name: str) -> list[str]:
    """Read from a worker's log which messages it told; a line cut by its death counts for nothing."""
    lines = (folder / f"{name}.log").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines if line.endswith("}")]
    return [event["event_id"] for event in events if event["event"] == "outbox.told"]


def let_the_leases_end(session: Session) -> None:
    """Set what a dead worker had taken as if its lease were over."""
    now = SystemClock().now()
    session.execute(update(OutboxMessage).where(OutboxMessage.state == MessageState.DUE).values(due_at=now))
    session.execute(update(Job).values(due_at=now))
    session.commit()


def test_a_killed_workers_messages_are_told_by_the_next(
    start: Start, wait_for: Wait, outbox: set[str], session: Session, tmp_path: Path
) -> None:
    first = start("first", "worker")
    wait_for(lambda: unsent(session) < MESSAGES, "the first worker is at it")
    first.send_signal(signal.SIGKILL)
    first.wait(PATIENCE_SECONDS)
    assert unsent(session) > 0
    let_the_leases_end(session)

    second = start("second", "worker")
    wait_for(lambda: unsent(session) == 0, "the second worker has told the rest")
    second.terminate()

    assert second.wait(PATIENCE_SECONDS) == 0
    by_first, by_second = told(tmp_path, "first"), told(tmp_path, "second")
    assert set(by_first) | set(by_second) == outbox
    assert len(by_second) == len(set(by_second))
    # At least once: twice only what was told and not yet marked when death came.
    assert len(set(by_first) & set(by_second)) <= BATCH


def test_two_workers_at_once_tell_each_message_once(
    start: Start, wait_for: Wait, outbox: set[str], session: Session, tmp_path: Path
) -> None:
    both = [start(name, "worker") for name in ("first", "second")]
    wait_for(lambda: unsent(session) == 0, "everything is told")
    for worker in both:
        worker.terminate()

    assert [worker.wait(PATIENCE_SECONDS) for worker in both] == [0, 0]
    times = Counter(told(tmp_path, "first") + told(tmp_path, "second"))
    assert set(times) == outbox
    assert set(times.values()) == {1}

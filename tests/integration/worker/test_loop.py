"""The loop: who gets a job, what a failing one does, how a stop goes."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from moderation.flows import jobs
from moderation.ports import Services
from moderation.settings import Settings
from moderation.worker import loop as worker_loop
from moderation.worker.jobs import JOBS, Job
from moderation.worker.loop import Loop, Stop
from tests.fakes import FrozenClock, RecordingLog

Work = Callable[[], int]


def noting(notes: list[str], note: str, done: int = 0) -> Work:
    """Do work that leaves a note."""

    def work() -> int:
        notes.append(note)
        return done

    return work


def a_job(name: str, work: Work, *, period: float = 0, turn: float = 60) -> Job:
    return Job(
        name=name,
        description="A job of a test.",
        period=timedelta(seconds=period),
        turn=timedelta(seconds=turn),
        run=lambda _session, _services, _settings: work(),
    )


@pytest.fixture
def stop() -> Iterator[Stop]:
    made = Stop()
    yield made
    made.close()


@pytest.fixture
def make_loop(
    app: Flask, services: Services, settings: Settings, stop: Stop
) -> Iterator[Callable[..., Loop]]:
    with app.app_context():
        yield lambda *table: Loop(table, services=services, settings=settings, stop=stop)


def batches(*counts: int) -> Work:
    left = list(counts)
    return lambda: left.pop(0) if left else 0


def test_a_job_runs_on_while_it_finds_work(make_loop: Callable[..., Loop], log: RecordingLog) -> None:
    loop = make_loop(a_job("a", batches(3, 2)))

    assert loop.go_round()

    assert [fields["count"] for event, fields in log.lines if event == "job.done"] == [5]


def test_nothing_to_do_is_no_work(make_loop: Callable[..., Loop]) -> None:
    assert not make_loop(a_job("a", batches())).go_round()


def test_of_two_workers_one_gets_the_job_in_a_period(
    make_loop: Callable[..., Loop], clock: FrozenClock
) -> None:
    runs: list[str] = []
    first = make_loop(a_job("a", noting(runs, "first"), period=60))
    second = make_loop(a_job("a", noting(runs, "second"), period=60))

    first.go_round()
    second.go_round()
    assert runs == ["first"]

    clock.move(seconds=61)
    make_loop(a_job("a", noting(runs, "third"), period=60)).go_round()
    assert runs == ["first", "third"]


def test_a_failing_job_rests_an_hour_and_the_others_go_on(
    make_loop: Callable[..., Loop], log: RecordingLog, clock: FrozenClock, session: Session
) -> None:
    def fail() -> int:
        raise ValueError("the text of a comment")

    ran: list[str] = []
    table = (a_job("bad", fail), a_job("good", noting(ran, "good")))

    make_loop(*table).go_round()
    make_loop(*table).go_round()

    assert len(ran) == 2
    failed = [fields for event, fields in log.lines if event == "job.failed"]
    assert [(fields["job"], fields["error"]) for fields in failed] == [("bad", "ValueError")]
    assert "the text of a comment" not in repr(log.lines)
    [bad] = [run for run in jobs.last_runs(session=session) if run.name == "bad"]
    assert (bad.failures, bad.due_at - clock.now()) == (1, timedelta(hours=1))
    clock.move(minutes=61)
    make_loop(*table).go_round()
    assert len([event for event, _ in log.lines if event == "job.failed"]) == 2


def test_a_database_that_is_down_postpones_nothing(
    make_loop: Callable[..., Loop], log: RecordingLog, session: Session
) -> None:
    def unreachable() -> int:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    make_loop(a_job("a", unreachable)).go_round()

    assert [event for event, _ in log.lines] == ["job.database-down"]
    assert [run.failures for run in jobs.last_runs(session=session)] == [0]


def test_a_long_job_leaves_the_others_their_turn(make_loop: Callable[..., Loop]) -> None:
    order: list[str] = []
    endless = a_job("endless", noting(order, "endless", 1), turn=0)

    make_loop(endless, a_job("other", noting(order, "other"))).go_round()

    assert order == ["endless", "other"]


def test_a_stop_lets_the_batch_end_and_begins_no_other(make_loop: Callable[..., Loop], stop: Stop) -> None:
    done: list[str] = []

    def work() -> int:
        stop.wish()
        done.append("batch")
        return 1

    make_loop(a_job("a", work), a_job("b", noting(done, "other"))).run()

    assert done == ["batch"]


def test_a_resting_worker_stops_at_once(
    make_loop: Callable[..., Loop], stop: Stop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_loop, "REST_SECONDS", 600.0)
    threading.Timer(0.1, stop.wish).start()

    make_loop(a_job("a", batches())).run()


def test_sigterm_ends_the_worker(app: Flask, log: RecordingLog) -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
    try:
        with app.app_context():
            worker_loop.run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

    events = [event for event, _ in log.lines]
    assert (events[0], events[-1]) == ("worker.started", "worker.stopped")


def test_each_job_is_named_once_and_described() -> None:
    assert len({job.name for job in JOBS}) == len(JOBS)
    assert all(job.description.endswith(".") and job.period > timedelta(0) for job in JOBS)


def test_the_jobs_of_the_table_run(
    make_loop: Callable[..., Loop], log: RecordingLog, settings: Settings
) -> None:
    make_loop(*JOBS).go_round()

    done = {str(fields["job"]): fields["count"] for event, fields in log.lines if event == "job.done"}
    assert done == {"challenges.refill": settings.challenge_pool}
    assert "job.failed" not in [event for event, _ in log.lines]

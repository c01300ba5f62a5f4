"""The loop: take a job that is due, run it, go on; nothing to do → rest two seconds.

A job that fails is postponed by an hour and logged. A database that does not answer is nobody's fault: the worker
rests and asks again. SIGTERM and SIGINT let the batch under way end.
"""

import os
import select
import signal
import time
import traceback
from collections.abc import Sequence
from types import FrameType

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from moderation.extensions import db
from moderation.flows import jobs
from moderation.ports import Services
from moderation.settings import Settings
from moderation.web import context
from moderation.worker.jobs import JOBS, Job

REST_SECONDS = 2.0
DATABASE_DOWN = (OperationalError, InterfaceError, PoolTimeout)


class Stop:
    """A wish to stop, from a signal or a test. A pipe, because a sleep would go on after the signal (PEP 475)."""

    def __init__(self) -> None:
        self.is_wished = False
        self._read, self._write = os.pipe()

    def wish(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Ask the loop to end after the batch under way."""
        self.is_wished = True
        os.write(self._write, b"\0")

    def rest(self, seconds: float) -> None:
        """Wait, but not longer than until the wish."""
        select.select([self._read], [], [], seconds)

    def close(self) -> None:
        """Close the pipe."""
        os.close(self._read)
        os.close(self._write)


class Loop:
    """One worker in the present application."""

    def __init__(self, table: Sequence[Job], *, services: Services, settings: Settings, stop: Stop) -> None:
        self._table = table
        self._services = services
        self._settings = settings
        self._stop = stop
        # When to look at a job again: asking the database more often than its period would only cost locks.
        self._looks = {job.name: 0.0 for job in table}

    def run(self) -> None:
        """Work until the wish to stop."""
        while not self._stop.is_wished:
            if not self.go_round():
                self._stop.rest(REST_SECONDS)

    def go_round(self) -> bool:
        """Give each job that is due its turn; say whether any found work."""
        found_work = False
        for job in self._table:
            if self._stop.is_wished:
                break
            if time.monotonic() >= self._looks[job.name]:
                self._looks[job.name] = time.monotonic() + job.period.total_seconds()
                found_work |= self._turn(job)
        return found_work

    def _turn(self, job: Job) -> bool:
        """Run a job if this worker gets it, batch after batch while there is work and time."""
        log, session = self._services.log, db.session()
        began = time.monotonic()
        done = 0
        try:
            if not jobs.take(job.name, period=job.period, session=session, services=self._services):
                return False
            while batch := job.run(session, self._services, self._settings):
                done += batch
                if self._stop.is_wished or time.monotonic() - began > job.turn.total_seconds():
                    break
        except DATABASE_DOWN as error:
            log.warning("job.database-down", job=job.name, error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - whatever a job does wrong, the others go on
            self._postpone(job, error)
        finally:
            db.session.remove()
        if done:
            log.info(
                "job.done", job=job.name, count=done, duration_ms=round((time.monotonic() - began) * 1e3)
            )
        return done > 0

    def _postpone(self, job: Job, error: Exception) -> None:
        # Where it failed, never the error's own words: those may quote a comment.
        where = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
        self._services.log.warning("job.failed", job=job.name, error=type(error).__name__, where=where[-5:])
        db.session.remove()
        try:
            jobs.postpone(job.name, session=db.session(), services=self._services)
        except DATABASE_DOWN as down:
            self._services.log.warning("job.database-down", job=job.name, error=type(down).__name__)


def run() -> None:
    """Work until SIGTERM or SIGINT. Wants the application's context."""
    stop = Stop()
    services = context.services()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop.wish)
    services.log.info("worker.started", jobs=[job.name for job in JOBS])
    Loop(JOBS, services=services, settings=context.settings(), stop=stop).run()
    services.log.info("worker.stopped")
    stop.close()

"""Periodic jobs: which worker runs one now. Workers have no leader; whoever moves `due_at` forward has the job."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from moderation.ports import Services
from moderation.store import outbox
from moderation.store.transaction import reading, transaction

POSTPONED = timedelta(hours=1)
"""How long a failing job rests: long enough not to fill the log, short enough to heal by itself."""


def take(name: str, *, period: timedelta, session: Session, services: Services) -> bool:
    """Take a job if it is due; of several workers exactly one is told True. The next turn is a period away."""
    now = services.clock.now()
    with transaction(session):
        return outbox.take_job(session, name, now=now, next_due=now + period)


def postpone(name: str, *, session: Session, services: Services) -> None:
    """Push a job that failed forward by an hour, so that it cannot crash the loop round after round."""
    with transaction(session):
        outbox.postpone_job(session, name, until=services.clock.now() + POSTPONED)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """When a job was last taken, and how often it has failed."""

    name: str
    ran_at: datetime | None
    due_at: datetime
    failures: int


def last_runs(*, session: Session) -> list[LastRun]:
    """Return every job that a worker has ever taken, by name."""
    with reading(session):
        return [
            LastRun(name=job.name, ran_at=job.ran_at, due_at=job.due_at, failures=job.failures)
            for job in outbox.all_jobs(session)
        ]

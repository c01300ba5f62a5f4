"""Every job: its name, its flow, how often it runs, how long one turn may take. The one table of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from moderation.flows import challenges, delivery, recompiling, retention
from moderation.ports import Services
from moderation.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One periodic job.

    `run` does one batch and says how much it did; it is called again while it finds work, until `turn` is over.
    Then the other jobs have theirs.
    """

    name: str
    description: str
    period: timedelta
    turn: timedelta
    run: Callable[[Session, Services, Settings], int]


def _drain(session: Session, services: Services, _settings: Settings) -> int:
    return delivery.drain(session=session, services=services)


def _refill(session: Session, services: Services, settings: Settings) -> int:
    return challenges.refill(size=settings.challenge_pool, session=session, services=services)


def _purge(session: Session, services: Services, settings: Settings) -> int:
    idle = timedelta(minutes=settings.session_idle_minutes)
    purged = retention.purge(session_idle=idle, session=session, services=services)
    # What is removed in batches; the rest is done in one go.
    return purged.challenges + purged.rejected + purged.messages + purged.fingerprints


def _recompile(session: Session, services: Services, _settings: Settings) -> int:
    return recompiling.recompile_active(session=session, services=services)


JOBS = (
    Job(
        name="delivery.drain",
        description="Tell the outbox messages that are due.",
        period=timedelta(seconds=1),
        turn=timedelta(seconds=20),
        run=_drain,
    ),
    Job(
        name="challenges.refill",
        description="Draw challenges ahead of need, up to MODERATION_CHALLENGE_POOL.",
        period=timedelta(seconds=2),
        turn=timedelta(seconds=5),
        run=_refill,
    ),
    Job(
        name="retention.purge",
        description="Remove what has served its time: challenges, receipts, sessions, fingerprints, clients' keys.",
        period=timedelta(minutes=5),
        turn=timedelta(seconds=20),
        run=_purge,
    ),
    Job(
        name="rule-sets.recompile",
        description="Compile active rule sets again that this version of the service cannot load.",
        period=timedelta(minutes=10),
        turn=timedelta(seconds=60),
        run=_recompile,
    ),
)

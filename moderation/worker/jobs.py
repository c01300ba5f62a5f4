"""Every job: its name, its flow, how often it runs, how long one turn may take. The one table of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from moderation.flows import (
    auditing,
    challenges,
    delivery,
    figures,
    patrol,
    queues,
    recompiling,
    replaying,
    retention,
    searching,
    shadow,
    suggesting,
)
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


def _refill_sounds(session: Session, services: Services, settings: Settings) -> int:
    return challenges.refill_sounds(size=settings.sound_pool, session=session, services=services)


def _purge(session: Session, services: Services, settings: Settings) -> int:
    idle = timedelta(minutes=settings.session_idle_minutes)
    purged = retention.purge(session_idle=idle, session=session, services=services)
    # What is removed in batches; the rest is done in one go.
    return purged.challenges + purged.rejected + purged.messages + purged.fingerprints


def _recompile(session: Session, services: Services, _settings: Settings) -> int:
    return recompiling.recompile_active(session=session, services=services)


def _seal(session: Session, services: Services, _settings: Settings) -> int:
    return auditing.seal(session=session, services=services)


def _make_figures(session: Session, services: Services, _settings: Settings) -> int:
    return figures.make(session=session, services=services)


def _sample_queues(session: Session, services: Services, _settings: Settings) -> int:
    return figures.sample(session=session, services=services)


def _index(session: Session, _services: Services, _settings: Settings) -> int:
    return searching.index_older(session=session)


def _merge(session: Session, services: Services, _settings: Settings) -> int:
    return searching.merge(session=session, services=services)


def _replay(session: Session, services: Services, _settings: Settings) -> int:
    return replaying.work(session=session, services=services)


def _shadow(session: Session, services: Services, _settings: Settings) -> int:
    return shadow.work(session=session, services=services)


def _forget_shadows(session: Session, services: Services, _settings: Settings) -> int:
    return shadow.purge(session=session, services=services)


def _suggest(session: Session, services: Services, _settings: Settings) -> int:
    return suggesting.work(session=session, services=services)


def _fold(session: Session, services: Services, _settings: Settings) -> int:
    return queues.fold(session=session, services=services)


def _patrol(session: Session, services: Services, _settings: Settings) -> int:
    return patrol.patrol(session=session, services=services)


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
        name="sounds.refill",
        description="Make sounds ahead of need, up to MODERATION_SOUND_POOL; a third of a second of CPU each.",
        period=timedelta(seconds=5),
        turn=timedelta(seconds=2),
        run=_refill_sounds,
    ),
    Job(
        name="retention.purge",
        description="Remove what has served its time: challenges, sounds, receipts, sessions, fingerprints, clients' keys.",
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
    Job(
        name="audit.seal",
        description="Append what the audit holds to its hash chain.",
        period=timedelta(seconds=2),
        turn=timedelta(seconds=10),
        run=_seal,
    ),
    Job(
        name="figures.make",
        description="Count the hours that are over, and those in which something was undone, for the overview.",
        period=timedelta(minutes=1),
        turn=timedelta(seconds=20),
        run=_make_figures,
    ),
    Job(
        name="figures.sample",
        description="Note how long every queue is and how old its oldest item; remove figures past their time.",
        period=timedelta(minutes=5),
        turn=timedelta(seconds=10),
        run=_sample_queues,
    ),
    Job(
        name="search.index",
        description="Index comments for search that were there before it, the latest first.",
        period=timedelta(seconds=30),
        turn=timedelta(seconds=20),
        run=_index,
    ),
    Job(
        name="search.merge",
        description="Write SQLite's index of search anew once a day, so that erased texts leave its file.",
        period=timedelta(minutes=5),
        turn=timedelta(seconds=10),
        run=_merge,
    ),
    Job(
        name="shadows.judge",
        description="Let versions in shadow judge the comments that came in since.",
        period=timedelta(seconds=3),
        turn=timedelta(seconds=5),
        run=_shadow,
    ),
    Job(
        name="shadows.purge",
        description="Remove judgements of shadows that are older than 30 days.",
        period=timedelta(minutes=10),
        turn=timedelta(seconds=20),
        run=_forget_shadows,
    ),
    Job(
        name="replays.judge",
        description="Judge past comments for the replays that run, at most a thousand at a time.",
        period=timedelta(seconds=1),
        # Short, so that the messages of a lone worker do not wait for a replay.
        turn=timedelta(seconds=4),
        run=_replay,
    ),
    Job(
        name="suggestions.make",
        description="Look for terms that stand out in what people rejected: one site at a time, each every six hours.",
        period=timedelta(seconds=5),
        # One list a turn: it cannot be done in parts, its texts are bounded instead.
        turn=timedelta(seconds=1),
        run=_suggest,
    ),
    Job(
        name="queues.fold",
        description="Fold the changes of how much waits into one number for each queue.",
        period=timedelta(seconds=5),
        turn=timedelta(seconds=5),
        run=_fold,
    ),
    Job(
        name="queues.patrol",
        description="Put a share of what was published without a person into the patrol; drop what waited there too long.",
        period=timedelta(minutes=1),
        turn=timedelta(seconds=10),
        run=_patrol,
    ),
)

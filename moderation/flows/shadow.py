"""Shadow: a version judges new comments beside the active one; its judgements are kept and do nothing else.

    start, stop   by an owner; one shadow per site, another one takes its place
    work          judge what came in since, in the worker
    see           how often it agrees with the active rules and with people

Not at the intake: there a second set of rules would cost each reader its time, and a fault of it a comment. The worker
judges the same text by the same rules a few seconds later, by both sets, so that what differs differs by the rules.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain import replay as trial
from moderation.domain.errors import RuleSetUnknown
from moderation.domain.events import RULES, Actor, ActorKind, Event, EventName
from moderation.domain.replay import MOST_MARKS, Count, Difference, Fate
from moderation.domain.review import DecisionKind
from moderation.domain.ruleset import RuleSetState
from moderation.ports import Services
from moderation.rules import Facts, Kind, RuleSet, RuleSetError
from moderation.store import outbox, past, replays, rulesets, sites
from moderation.store import shadow as shadows
from moderation.store.past import PastComment
from moderation.store.shadow import Judgement, ShadowRow
from moderation.store.tables import RuleSetVersion, Shadow, ShadowJudgement, Site
from moderation.store.transaction import reading, transaction

BATCH: Final = 200
LONGEST: Final = timedelta(seconds=2)
"""After so long no further shadow is begun in this turn: other jobs of a lone worker wait for it."""
LEASE: Final = timedelta(minutes=2)
LATE: Final = timedelta(minutes=5)
"""How late a comment may be committed, after the moment it bears, and still be found. Transactions take seconds."""
KEPT: Final = timedelta(days=30)
PURGE_BATCH: Final = 2_000
MOST_COUNTED: Final = 5_000
"""Judgements whose decisions and rules are looked up for the page, the latest."""
EXAMPLES: Final = 24
MOST_RULES: Final = 100
_CANDIDATES: Final = frozenset({RuleSetState.DRAFT, RuleSetState.RETIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A comment on which shadow and active rules disagree."""

    comment: PastComment
    before: Fate
    after: Fate
    decided: DecisionKind | None
    marks: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowView:
    """A shadow as its page shows it."""

    row: ShadowRow
    cells: dict[tuple[Fate, Fate], Count]
    """All judgements kept; decisions are counted among the latest in which a rule had something to say."""
    difference: Difference
    rules: list[tuple[str, Count]]
    sought: Mapping[str, tuple[Kind, str]]
    """What those rules look for; a draft's rule may be gone."""
    counted: int
    examples: list[Disagreement]

    @property
    def is_running(self) -> bool:
        """Say whether it judges now."""
        return self.row.shadow.ended_at is None

    @property
    def agreement(self) -> int | None:
        """Tell on how many of a hundred comments both sets of rules say the same."""
        judged = self.difference.judged
        return None if judged == 0 else round(100 * (judged - self.difference.changed) / judged)


def start(site_key: str, number: int, *, account_id: UUID, session: Session, services: Services) -> None:
    """Let a version judge in shadow from now on; another one that did ends.

    Raises `RuleSetUnknown` for a version that is none, was discarded or not compiled, or is active already.
    """
    now = services.clock.now()
    with transaction(session):
        site = sites.find_site(session, site_key)
        sites.lock_site(session, site.id)
        version = rulesets.find(session, site.id, number)
        if version is None or version.digest is None or version.state not in _CANDIDATES:
            raise RuleSetUnknown
        former = shadows.open_of(session, site.id, is_locked=True)
        if former is not None and former.digest == version.digest:
            return
        actor = Actor(ActorKind.ACCOUNT, account_id)
        if former is not None:
            _end(session, former, actor, now=now)
        session.add(
            Shadow(
                id=services.ids.new(),
                site_id=site.id,
                rule_set_id=version.id,
                digest=version.digest,
                artefact=rulesets.artefact(session, version.id),
                watermark=now,
                started_by=account_id,
                started_at=now,
            )
        )
        session.flush()
        _record(session, EventName.RULE_SET_SHADOWED, version, actor, now=now)


def stop(site_key: str, *, account_id: UUID, session: Session, services: Services) -> None:
    """End the shadow of a site; without one nothing happens."""
    with transaction(session):
        site = sites.find_site(session, site_key)
        running = shadows.open_of(session, site.id, is_locked=True)
        if running is not None:
            _end(session, running, Actor(ActorKind.ACCOUNT, account_id), now=services.clock.now())


def see(site_key: str, *, session: Session) -> ShadowView | None:
    """Return the latest shadow of a site with what came of it; None when there never was one."""
    with reading(session):
        site = sites.find_site(session, site_key)
        row = shadows.latest(session, site.id)
        if row is None:
            return None
        spoken = shadows.last_judged(session, row.shadow.id, most=MOST_COUNTED)
        decided: dict[UUID, DecisionKind] = {}
        for begin in range(0, len(spoken), BATCH):
            ids = [each.comment_id for each in spoken[begin : begin + BATCH]]
            decided |= past.decided(session, site.id, ids)
        numbers = shadows.matrix(session, row.shadow.id)
        cells = _cells(numbers, spoken, decided)
        rules = _by_rule(spoken, decided)[:MOST_RULES]
        return ShadowView(
            row=row,
            cells=cells,
            difference=trial.difference(cells),
            rules=rules,
            sought=replays.sought(session, [row.shadow.rule_set_id], [key for key, _ in rules]),
            counted=len(spoken),
            examples=_examples(session, site, row.shadow.id),
        )


# The worker's part -----------------------------------------------------------------------------------------------


def work(*, session: Session, services: Services) -> int:
    """Let every shadow judge a batch of what is new to it, one after the other; return how many comments.

    The worker's job. Those for which there is no time have the next turn.
    """
    began = now = services.clock.now()
    seen: list[UUID] = []
    judged = 0
    while now - began < LONGEST:
        with transaction(session):
            taken = shadows.take(session, but=seen, lease=services.ids.new(), now=now, lasting=LEASE)
        if taken is None:
            break
        seen.append(taken.id)
        judged += _judge(taken, session=session, services=services)
        now = services.clock.now()
    return judged


def purge(*, session: Session, services: Services) -> int:
    """Remove judgements that have served their time, a batch. The worker's job."""
    with transaction(session):
        return shadows.purge(session, before=services.clock.now() - KEPT, most=PURGE_BATCH)


def _judge(taken: Shadow, *, session: Session, services: Services) -> int:
    now = services.clock.now()
    with reading(session):
        site = past.site_of(session, taken.site_id)
        active_id = rulesets.active_id(session, site.id)
        since = max(taken.started_at, taken.watermark - LATE)
        ids = shadows.unjudged(session, taken, since=since, most=BATCH)
        comments = sorted(
            past.by_ids(session, site, ids), key=lambda comment: (comment.created_at, comment.id)
        )
    try:
        candidate = services.rule_sets.get(taken.id, lambda: shadows.artefact(session, taken.id))
        active = (
            None
            if active_id is None
            else services.rule_sets.get(active_id, lambda: rulesets.artefact(session, active_id))
        )
    except RuleSetError as error:
        _note_failure(taken, error.code, session=session, services=services)
        return 0
    finally:
        session.close()
    judgements = [_judgement(taken, comment, candidate, active, now=now) for comment in comments]
    with transaction(session):
        held = shadows.hold(session, taken)
        if held is None:
            return 0
        held.lease = held.lease_expires_at = held.failure = None
        version = rulesets.find_by_id(session, held.rule_set_id)
        if version is None or version.state not in _CANDIDATES:
            # Active, it would only agree with itself; discarded, nobody wants it any more.
            _end(session, held, RULES, now=now)
            return 0
        there = shadows.still_there(session, [each.comment_id for each in judgements])
        session.add_all(each for each in judgements if each.comment_id in there)
        # As far as this batch saw everything: a full one may have left the rest of its moment.
        held.watermark = comments[-1].created_at if len(ids) == BATCH and comments else now
    return len(judgements)


def _judgement(
    taken: Shadow, comment: PastComment, candidate: RuleSet, active: RuleSet | None, *, now: datetime
) -> ShadowJudgement:
    facts = Facts(thread_key=comment.thread_key, now=int(comment.created_at.timestamp()))
    before = trial.judge(active, comment.texts, facts, mode=comment.mode)
    after = trial.judge(candidate, comment.texts, facts, mode=comment.mode)
    marks = replays.written_marks(before.evaluation, after.evaluation, most=MOST_MARKS)
    return ShadowJudgement(
        shadow_id=taken.id,
        comment_id=comment.id,
        revision=comment.revision,
        verdict=after.evaluation.verdict,
        score=after.evaluation.score,
        before=before.fate,
        after=after.fate,
        rule_keys=sorted(after.rule_keys)[:MOST_RULES],
        marks=marks if before.fate is not after.fate else None,
        created_at=now,
    )


def _note_failure(taken: Shadow, code: str, *, session: Session, services: Services) -> None:
    """Keep why a shadow cannot judge; its lease runs on, so that it is tried again now and then."""
    with transaction(session):
        held = shadows.hold(session, taken)
        if held is not None:
            held.failure = code
    services.log.warning("shadow.failed", site_id=str(taken.site_id), shadow_id=str(taken.id), code=code)


# What both need --------------------------------------------------------------------------------------------------


def _end(session: Session, shadow: Shadow, actor: Actor, *, now: datetime) -> None:
    shadows.end(shadow, now=now)
    session.flush()
    version = rulesets.find_by_id(session, shadow.rule_set_id)
    assert version is not None  # noqa: S101 - the shadow would have gone with it
    _record(session, EventName.RULE_SET_UNSHADOWED, version, actor, now=now)


def _record(
    session: Session, name: EventName, version: RuleSetVersion, actor: Actor, *, now: datetime
) -> None:
    event = Event(
        name=name,
        actor=actor,
        subject_kind="rule-set",
        subject_id=version.id,
        site_id=version.site_id,
        new={"number": version.number, "digest": version.digest},
    )
    outbox.record(session, event, now=now)


def _cells(
    numbers: Mapping[tuple[Fate, Fate], int],
    spoken: list[Judgement],
    decided: Mapping[UUID, DecisionKind],
) -> dict[tuple[Fate, Fate], Count]:
    """Join the count of all judgements with the decisions on those in which a rule had something to say."""
    cells: dict[tuple[Fate, Fate], Count] = defaultdict(Count)
    for each in spoken:
        cells[each.before, each.after].add(decided.get(each.comment_id))
    return {
        cell: Count(number, cells[cell].approved, cells[cell].rejected) for cell, number in numbers.items()
    }


def _by_rule(spoken: list[Judgement], decided: Mapping[UUID, DecisionKind]) -> list[tuple[str, Count]]:
    hits: dict[str, Count] = defaultdict(Count)
    for each in spoken:
        for key in each.rule_keys:
            hits[key].add(decided.get(each.comment_id))
    return sorted(hits.items(), key=lambda hit: (-hit[1].number, hit[0]))


def _examples(session: Session, site: Site, shadow_id: UUID) -> list[Disagreement]:
    kept = shadows.disagreeing(session, shadow_id, most=EXAMPLES)
    ids = [each.comment_id for each in kept]
    comments = {comment.id: comment for comment in past.by_ids(session, site, ids)}
    decided = past.decided(session, site.id, ids)
    return [
        Disagreement(
            comment=comments[each.comment_id],
            before=each.before,
            after=each.after,
            decided=decided.get(each.comment_id),
            marks=each.marks or {},
        )
        for each in kept
        if each.comment_id in comments and comments[each.comment_id].revision == each.revision
    ]

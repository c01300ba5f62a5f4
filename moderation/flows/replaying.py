"""Replay: what a version of the rules would make of a site's past comments. Nothing is changed by it.

    start    what shall judge, and how many of the last comments, are written down      → worker
    work     one batch: take the replay, read some comments, judge each twice, add up under the lease
    cancel   a person stops it; what was counted stays

Each comment is judged now by the rules that were active at the start and by the version on trial, so that what differs
differs by the rules and not by the time. Both are told from what the replay kept: a draft that is edited meanwhile, a
version that is activated meanwhile, change nothing in it.

Texts are read in short transactions and judged outside of any; one write ends a batch. So the desk goes on beside it,
and a worker that dies leaves a batch that somebody else does again, counted once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain import replay as trial
from moderation.domain.errors import Fault, Invalid, ReplayUnknown, RuleSetUnknown
from moderation.domain.events import Actor, ActorKind, Event, EventName
from moderation.domain.replay import (
    EXAMPLES,
    FEWEST,
    MOST,
    MOST_MARKS,
    Count,
    Difference,
    Fate,
    Judged,
    ReplayState,
    Tally,
)
from moderation.domain.ruleset import RuleSetState
from moderation.ports import Services
from moderation.rules import Facts, Kind, RuleSet, RuleSetError
from moderation.store import outbox, past, replays, rulesets, sites
from moderation.store.past import PastComment, Place, Stretch
from moderation.store.replays import NewExample, ReplayRow
from moderation.store.tables import Replay, ReplayRule, Site
from moderation.store.transaction import reading, transaction

BATCH: Final = 1_000
"""Comments judged for one write at most."""
LONGEST: Final = timedelta(seconds=2)
"""After so long a batch ends with the slice under way: other jobs of a lone worker wait for it."""
SLICE: Final = 250
"""Comments read, and held in memory, at once."""
LEASE: Final = timedelta(minutes=2)
"""How long a dead worker's batch lies; far above what a batch takes."""
KEPT: Final = 20
MOST_LISTED: Final = 20
MOST_RULES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What shall be judged by what: a version by its number, the last so many comments, within a time if given."""

    site_key: str
    number: int
    most: int
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A comment beside what both sets of rules find in it."""

    comment: PastComment
    decided: str | None
    marks: Mapping[str, list[dict[str, object]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayView:
    """A replay as its page shows it."""

    row: ReplayRow
    cells: dict[tuple[Fate, Fate], Count]
    difference: Difference
    rules: list[ReplayRule]
    sought: Mapping[str, tuple[Kind, str]]
    """What those rules look for; a draft's rule may be gone."""
    rule_count: int
    examples: dict[tuple[Fate, Fate], list[Example]]

    @property
    def progress(self) -> "Progress":
        """Tell how far it is."""
        return progress_of(self.row.replay)

    @property
    def is_of_older_draft(self) -> bool:
        """Say whether the version has been edited since the replay began."""
        return self.row.present_digest != self.row.replay.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a replay is; `seconds_left` only once something was judged."""

    state: ReplayState
    judged: int
    total: int
    per_second: int | None
    seconds_left: int | None

    @property
    def percent(self) -> int:
        """Tell how much is done."""
        return 100 if self.total == 0 else min(100, 100 * self.judged // self.total)


@dataclass(frozen=True, slots=True)
class Started:
    """A replay that runs; not a new one when another one did already."""

    replay_id: UUID
    is_new: bool


def start(wish: Wish, *, account_id: UUID, session: Session, services: Services) -> Started:
    """Start a replay, or return the one that runs on the site already.

    Raises `RuleSetUnknown` for a version that is none or was not compiled, `Invalid` for a number out of bounds.
    """
    now = services.clock.now()
    if not FEWEST <= wish.most <= MOST:
        raise Invalid([Fault("/most", "out-of-range", MOST if wish.most > MOST else FEWEST)])
    if wish.since is not None and wish.since > (wish.until or now):
        raise Invalid([Fault("/since", "out-of-range")])
    stretch = Stretch(since=wish.since, until=min(wish.until or now, now))
    replay_id = services.ids.new()
    with reading(session):
        site = sites.find_site(session, wish.site_key)
        total = past.count(session, site.id, stretch, most=wish.most)
    with transaction(session):
        sites.lock_site(session, site.id)
        running = replays.running(session, site.id)
        if running is not None:
            return Started(running, is_new=False)
        version = rulesets.find(session, site.id, wish.number)
        if version is None or version.digest is None or version.state is RuleSetState.DISCARDED:
            raise RuleSetUnknown
        session.add(
            Replay(
                id=replay_id,
                site_id=site.id,
                rule_set_id=version.id,
                digest=version.digest,
                artefact=rulesets.artefact(session, version.id),
                against_id=rulesets.active_id(session, site.id),
                state=ReplayState.RUNNING,
                most=wish.most,
                since=stretch.since,
                until=stretch.until,
                total=total,
                judged=0,
                busy_ms=0,
                cells={},
                started_by=account_id,
                started_at=now,
            )
        )
        session.flush()
        replays.forget_old(session, site.id, keep=KEPT)
        new: dict[str, object] = {"number": version.number, "digest": version.digest, "comments": total}
        event = _event(EventName.REPLAY_STARTED, site.id, replay_id, account_id, new)
        outbox.record(session, event, now=now)
    return Started(replay_id, is_new=True)


def cancel(site_key: str, replay_id: UUID, *, account_id: UUID, session: Session, services: Services) -> None:
    """Stop a replay; one that has ended stays as it is. Raises `ReplayUnknown`."""
    now = services.clock.now()
    with transaction(session):
        site = sites.find_site(session, site_key)
        row = replays.find(session, site.id, replay_id)
        if row is None:
            raise ReplayUnknown
        if not replays.end(session, replay_id, ReplayState.CANCELLED, now=now):
            return
        done: dict[str, object] = {"number": row.number, "judged": row.replay.judged}
        event = _event(EventName.REPLAY_CANCELLED, site.id, replay_id, account_id, done)
        outbox.record(session, event, now=now)


def list_replays(site_key: str, *, session: Session) -> list[ReplayRow]:
    """Return a site's replays, the latest first."""
    with reading(session):
        site = sites.find_site(session, site_key)
        return replays.all_of(session, site.id, most=MOST_LISTED)


def see_progress(site_key: str, replay_id: UUID, *, session: Session) -> Progress:
    """Tell how far a replay is. Raises `ReplayUnknown`."""
    with reading(session):
        site = sites.find_site(session, site_key)
        row = replays.find(session, site.id, replay_id)
    if row is None:
        raise ReplayUnknown
    return progress_of(row.replay)


def see(site_key: str, replay_id: UUID, *, session: Session) -> ReplayView:
    """Return a replay with what came of it so far. Raises `ReplayUnknown`."""
    with reading(session):
        site = sites.find_site(session, site_key)
        row = replays.find(session, site.id, replay_id)
        if row is None:
            raise ReplayUnknown
        cells = trial.read_cells(row.replay.cells)
        rules = replays.rules(session, replay_id, most=MOST_RULES)
        versions = [each for each in (row.replay.rule_set_id, row.replay.against_id) if each is not None]
        return ReplayView(
            row=row,
            cells=cells,
            difference=trial.difference(cells),
            rules=rules,
            sought=replays.sought(session, versions, [rule.rule_key for rule in rules]),
            rule_count=replays.count_rules(session, replay_id),
            examples=_examples(session, site, replay_id),
        )


def progress_of(replay: Replay) -> Progress:
    """Tell how far a replay is, and from its pace so far how long the rest takes."""
    pace = replay.judged / replay.busy_ms if replay.busy_ms else None
    return Progress(
        state=replay.state,
        judged=replay.judged,
        total=replay.total,
        per_second=None if pace is None else round(1e3 * pace),
        seconds_left=None
        if not pace or replay.state is not ReplayState.RUNNING
        else round(max(0, replay.total - replay.judged) / pace / 1e3),
    )


# The worker's part -----------------------------------------------------------------------------------------------


def work(*, session: Session, services: Services) -> int:
    """Judge one batch of some replay; return how many comments, 0 when nothing is to be done. The worker's job."""
    began = services.clock.now()
    with transaction(session):
        taken = replays.take(session, lease=services.ids.new(), now=began, lasting=LEASE)
    if taken is None:
        return 0
    with reading(session):
        site = past.site_of(session, taken.site_id)
        known = replays.lots(session, taken.id)
    try:
        candidate = services.rule_sets.get(taken.id, lambda: replays.artefact(session, taken.id))
        active = _active(taken, session=session, services=services)
    except RuleSetError as error:
        _give_up(taken, error, session=session, services=services)
        return 0
    finally:
        session.close()
    batch = _Batch(taken, known, most=min(BATCH, taken.most - taken.judged))
    batch.judge(site, candidate, active, session=session, services=services)
    ended = services.clock.now()
    with transaction(session):
        is_kept = replays.advance(
            session,
            taken,
            batch.tally,
            batch.drawn,
            judged=batch.judged,
            busy=ended - began,
            to=None if batch.place is None else (batch.place.at, batch.place.id),
            is_last=batch.is_last,
            now=ended,
        )
    services.log.info(
        "replay.judged" if is_kept else "replay.lost",
        site_id=str(taken.site_id),
        replay_id=str(taken.id),
        count=batch.judged,
    )
    # At least one: a batch that came to nothing is work as well, and the next one may be due at once.
    return max(1, batch.judged)


class _Batch:
    """Some comments judged by both sets of rules, counted, with the examples drawn among them."""

    def __init__(self, taken: Replay, known: dict[str, list[int]], *, most: int) -> None:
        self.tally = Tally()
        self.drawn: list[NewExample] = []
        self.judged = 0
        self.is_last = False
        self.place: Place | None = None
        if taken.cursor_at is not None and taken.cursor_id is not None:
            self.place = Place(taken.cursor_at, taken.cursor_id)
        self._replay_id = taken.id
        self._stretch = Stretch(since=taken.since, until=taken.until)
        self._is_all = taken.judged + most >= taken.most
        self._known = known
        self._most = most

    def judge(
        self,
        site: Site,
        candidate: RuleSet,
        active: RuleSet | None,
        *,
        session: Session,
        services: Services,
    ) -> None:
        """Walk on through the comments, slice by slice, while there is time."""
        now = services.clock.now()
        while self.judged < self._most:
            wanted = min(SLICE, self._most - self.judged)
            with reading(session):
                found = past.latest(session, site, self._stretch, before=self.place, most=wanted)
                decided = past.decided(session, site.id, [comment.id for comment in found])
            for comment in found:
                facts = Facts(thread_key=comment.thread_key, now=int(now.timestamp()))
                before = trial.judge(active, comment.texts, facts, mode=comment.mode)
                after = trial.judge(candidate, comment.texts, facts, mode=comment.mode)
                self.tally.add(before, after, decided.get(comment.id))
                if before.fate is not after.fate:
                    self._draw(comment, before, after)
            self.judged += len(found)
            if found:
                self.place = Place(found[-1].created_at, found[-1].id)
            if len(found) < wanted:
                self.is_last = True
                return
            if services.clock.now() - now >= LONGEST:
                break
        self.is_last = self.judged == self._most and self._is_all

    def _draw(self, comment: PastComment, before: Judged, after: Judged) -> None:
        lots = self._known.setdefault(trial.written_cell(before.fate, after.fate), [])
        lot = trial.lot(self._replay_id, comment.id)
        bound = trial.drawn(lots)
        if bound is not None and lot >= bound:
            return
        lots.append(lot)
        self.drawn.append(
            NewExample(
                comment_id=comment.id,
                revision=comment.revision,
                before=before.fate,
                after=after.fate,
                lot=lot,
                marks=replays.written_marks(before.evaluation, after.evaluation, most=MOST_MARKS),
            )
        )


def _active(taken: Replay, *, session: Session, services: Services) -> RuleSet | None:
    against_id = taken.against_id
    if against_id is None:
        return None
    return services.rule_sets.get(against_id, lambda: rulesets.artefact(session, against_id))


def _give_up(taken: Replay, error: RuleSetError, *, session: Session, services: Services) -> None:
    """End a replay whose rules cannot be loaded (damaged, or of another release): trying again would not help."""
    with transaction(session):
        replays.end(session, taken.id, ReplayState.FAILED, now=services.clock.now(), failure=error.code)
    services.log.warning(
        "replay.failed", site_id=str(taken.site_id), replay_id=str(taken.id), code=error.code
    )


# What the page needs ---------------------------------------------------------------------------------------------


def _examples(session: Session, site: Site, replay_id: UUID) -> dict[tuple[Fate, Fate], list[Example]]:
    kept = replays.examples(session, replay_id)
    ids = [each.comment_id for each in kept]
    comments = {comment.id: comment for comment in past.by_ids(session, site, ids)}
    decided = past.decided(session, site.id, ids)
    shown: dict[tuple[Fate, Fate], list[Example]] = {}
    for each in kept:
        comment = comments.get(each.comment_id)
        # A text that was edited since is another text: what matched in the former one says nothing about it.
        if comment is None or comment.revision != each.revision:
            continue
        before, _, after = each.cell.partition(":")
        examples = shown.setdefault((Fate(before), Fate(after)), [])
        if len(examples) < EXAMPLES:
            examples.append(
                Example(comment=comment, decided=decided.get(comment.id), marks=each.marks)  # type: ignore[arg-type]  # as `written_marks` wrote them
            )
    return shown


def _event(
    name: EventName, site_id: UUID, replay_id: UUID, account_id: UUID, new: dict[str, object]
) -> Event:
    return Event(
        name=name,
        actor=Actor(ActorKind.ACCOUNT, account_id),
        subject_kind="replay",
        subject_id=replay_id,
        site_id=site_id,
        new=new,
    )

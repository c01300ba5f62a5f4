"""Figures: kept by the hour by the worker, told by the dashboard.

    make      hours that are over are counted, and counted again for as long as something of them can be undone
    sample    the length and age of every queue, every few minutes
    dashboard what was kept, and the present hour as it is now

A decision that is undone is none any more: the hour it was made in is counted again, whenever that happens.
Decisions that commit late are found likewise. Counting an hour again gives the same figures. Those of rules are the
exception once refused texts of the hour are erased by age, and their matches with them: they stay as they were.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.figures import (
    CHECK,
    HOUR,
    KEPT,
    LONGEST,
    SETTLED,
    Measure,
    RuleRecord,
    by_span,
    histograms,
    hour_of,
    quantile,
)
from moderation.domain.reasons import Reason
from moderation.domain.review import OPEN_STATES, DecisionKind, ItemState
from moderation.ports import Services
from moderation.store import figures, sites
from moderation.store.figures import Counts, Disagreement
from moderation.store.transaction import reading, transaction

HOURS_AT_ONCE: Final = 24
AGAIN: Final = timedelta(minutes=4)
"""How old the figures of an hour that is not settled may get."""
LAG: Final = timedelta(minutes=5)
"""How long after an hour's end its kept figures may still be missing: a page counts it live until then."""
MOST_RULES: Final = 15
MOST_DISAGREEMENTS: Final = 20

# Kept ---------------------------------------------------------------------------------------------------------


def make(*, session: Session, services: Services) -> int:
    """Make the figures of hours that are due, the latest first, one batch; return how many hours.

    1 every hour since the first comment, 90 days back at most, that has no figures yet, or not by every measure
    2 hours that were counted before they were settled, when their figures are some minutes old
    3 hours of decisions that were undone in one of these
    """
    now = services.clock.now()
    present = hour_of(now)
    with reading(session):
        first = figures.first_arrival(session)
        if first is None:
            return 0
        oldest = max(hour_of(first), present - LONGEST)
        made = figures.hours_made(session, since=oldest)
        retained = {site.id: timedelta(days=site.retain_rejected_days) for site in sites.all_sites(session)}
    hours = [present - number * HOUR for number in range(1, (present - oldest) // HOUR + 1)]
    due = [hour for hour in hours if _is_due(made.get(hour), hour, now)][:HOURS_AT_ONCE]
    undone: set[datetime] = set()
    for hour in due:
        undone |= _make_hour(hour, retained, now=now, session=session)
    for hour in sorted(undone - set(due)):
        if hour >= oldest:
            _make_hour(hour, retained, now=now, session=session)
    return len(due)


def _is_due(made_at: datetime | None, hour: datetime, now: datetime) -> bool:
    if made_at is None:
        return True
    is_settled = made_at >= hour + HOUR + SETTLED
    return not is_settled and made_at <= now - AGAIN


def _make_hour(
    hour: datetime, retained: Mapping[UUID, timedelta], *, now: datetime, session: Session
) -> set[datetime]:
    """Count an hour and keep it; return the earlier hours of what was undone in it.

    `retained`: every site, with how long it keeps refused texts. What was erased cannot be counted again.
    """
    site_ids = list(retained)
    with transaction(session):
        was_made = figures.lock_hour(session, hour, now=now)
        erased = [site_id for site_id in site_ids if was_made and hour < now - retained[site_id]]
        whole = [site_id for site_id in site_ids if site_id not in erased]
        stop = hour + HOUR
        counts = figures.counted(session, site_ids, start=hour, stop=stop)
        counts.update(figures.counted_rules(session, whole, start=hour, stop=stop))
        figures.rewrite_hour(session, hour, counts, erased_site_ids=erased)
        return {hour_of(at) for at in figures.undone_before(session, site_ids, start=hour, stop=stop)}


def sample(*, session: Session, services: Services) -> int:
    """Note the length and age of every queue, and remove figures past their time; return how many hours of those."""
    now = services.clock.now()
    with transaction(session):
        figures.sample_queues(session, now=now)
    with transaction(session):
        return figures.forget_before(session, hour_of(now - KEPT), most=HOURS_AT_ONCE)


# Told ---------------------------------------------------------------------------------------------------------

_MEDIAN: Final = 0.5
_P95: Final = 0.95
_FLOW: Final = (Measure.ARRIVED, Measure.DECIDED)
_BY: Final = (Measure.APPROVED_BY, Measure.REJECTED_BY, Measure.ESCALATED_BY, Measure.UNDONE_BY)
_LOOKS: Final = (Measure.AGREED, Measure.DISAGREED)
_TOTALS: Final = (
    Measure.REASON,
    Measure.WAITED,
    Measure.WAITED_BY,
    Measure.WAITED_REASON,
    *_BY,
    *_LOOKS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the charts. Lengths and ages are None where nobody took a sample."""

    start: datetime
    arrived: int
    approved: int
    rejected: int
    escalated: int
    length: int | None
    oldest: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What one moderator decided, and how second looks judged it."""

    account_id: UUID
    name: str
    approved: int
    rejected: int
    escalated: int
    undone: int
    agreed: int
    disagreed: int
    median: timedelta | None
    p95: timedelta | None
    """How long what he approved and rejected had waited; None where nothing of it had."""

    @property
    def decided(self) -> int:
        """Return how many decisions these are."""
        return self.approved + self.rejected + self.escalated


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonFigures:
    """How often something was rejected for a reason, and how long it had waited."""

    reason: Reason
    count: int
    median: timedelta | None
    p95: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFigures:
    """A rule with what became of its hits, and after how long; its term and category where an active version has it."""

    key: str
    term: str | None
    category: Reason | None
    record: RuleRecord
    median: timedelta | None
    p95: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """The head of the page: since the account's midnight, and what waits now."""

    arrived: int
    approved: int
    rejected: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """All figures of one page."""

    today: Today
    steps: list[Step]
    decided: dict[str, int]
    """By kind, and second looks under `CHECK`."""
    arrived: int
    median: timedelta | None
    p95: timedelta | None
    waited: list[int]
    """How many waited how long, between the `SPANS`."""
    reasons: list[ReasonFigures]
    """The most frequent first."""
    people: list[Person]
    """Everybody where the reader is senior, else the reader alone; who decided most first."""
    agreed: int
    disagreed: int
    """Of the whole team."""
    rules: list[RuleFigures]
    disagreements: list[Disagreement]
    """Where the reader is senior."""

    @property
    def is_empty(self) -> bool:
        """Say whether nothing happened in all the time looked at."""
        return not self.arrived and not any(self.decided.values())


def dashboard(
    site_ids: Sequence[UUID],
    *,
    steps: Sequence[datetime],
    midnight: datetime,
    reader_id: UUID,
    senior_site_ids: Sequence[UUID],
    session: Session,
    services: Services,
) -> Dashboard:
    """Sum the figures of some sites over the steps of a period (`domain.figures.steps_of`), the present hour live.

    `senior_site_ids`: where the reader sees names; elsewhere he sees himself and the whole.
    """
    now = services.clock.now()
    # Until kept figures are sure to be there, an hour is counted live: one hour, in its first minutes two.
    live_from = hour_of(now - LAG)
    since = hour_of(steps[0])
    far = min(since, hour_of(midnight))
    named = [site_id for site_id in site_ids if site_id in set(senior_site_ids)]
    with reading(session):
        flow = figures.by_hour(session, site_ids, _FLOW, since=far, until=live_from)
        sums = figures.totals(session, site_ids, _TOTALS, since=since, until=live_from)
        hour = live_from
        while hour <= now:
            live = figures.counted(session, site_ids, start=hour, stop=hour + HOUR)
            flow += [(hour, *key[1:], count) for key, count in live.items() if key[1] in _FLOW]
            sums.update({key: count for key, count in live.items() if key[1] in _TOTALS})
            hour += HOUR
        queue = figures.queue_by_hour(session, site_ids, OPEN_STATES, since=since)
        records = figures.top_rules(session, site_ids, since=since, most=MOST_RULES)
        terms = figures.terms_of(session, site_ids, list(records))
        waited_by_rule = figures.waited_by_rule(session, site_ids, records, since=since)
        people = _people(sums, reader_id, set(named))
        names = figures.names_of(session, list(people))
        oldest = figures.oldest_item(session, site_ids, ItemState.WAITING)
        disagreements = figures.disagreements(session, named, since=since, most=MOST_DISAGREEMENTS)
    in_period = [each for each in flow if each[0] >= since]
    decided = _by_subject(in_period, Measure.DECIDED)
    waited = {int(bucket): count for bucket, count in _subjects(sums, Measure.WAITED).items()}
    today = [each for each in flow if each[0] >= hour_of(midnight)]
    decided_today = _by_subject(today, Measure.DECIDED)
    return Dashboard(
        today=Today(
            arrived=_by_subject(today, Measure.ARRIVED)[""],
            approved=decided_today[DecisionKind.APPROVE],
            rejected=decided_today[DecisionKind.REJECT],
            oldest=oldest,
        ),
        steps=_steps(steps, in_period, queue),
        decided={kind: decided[kind] for kind in (*DecisionKind, CHECK)},
        arrived=_by_subject(in_period, Measure.ARRIVED)[""],
        median=quantile(waited, _MEDIAN),
        p95=quantile(waited, _P95),
        waited=by_span(waited),
        reasons=_reasons(sums),
        people=sorted(
            (
                _person(account_id, names.get(account_id, ""), counts, histogram)
                for account_id, (counts, histogram) in people.items()
            ),
            key=lambda person: (-person.decided, person.name),
        ),
        agreed=_subjects(sums, Measure.AGREED).total(),
        disagreed=_subjects(sums, Measure.DISAGREED).total(),
        rules=[
            RuleFigures(
                key=key,
                term=terms[key][0] if key in terms else None,
                category=terms[key][1] if key in terms else None,
                record=record,
                median=quantile(waited_by_rule.get(key, {}), _MEDIAN),
                p95=quantile(waited_by_rule.get(key, {}), _P95),
            )
            for key, record in records.items()
        ],
        disagreements=disagreements,
    )


_Flow = Sequence[tuple[datetime, Measure, str, int]]


def _by_subject(flow: _Flow, wanted: Measure) -> Counter[str]:
    counts: Counter[str] = Counter()
    for _, measure, subject, count in flow:
        if measure is wanted:
            counts[subject] += count
    return counts


def _subjects(sums: Counts, wanted: Measure) -> Counter[str]:
    counts: Counter[str] = Counter()
    for (_, measure, subject), count in sums.items():
        if measure is wanted:
            counts[subject] += count
    return counts


def _reasons(sums: Counts) -> list[ReasonFigures]:
    waited = histograms(_subjects(sums, Measure.WAITED_REASON).items())
    return [
        ReasonFigures(
            reason=Reason(reason),
            count=count,
            median=quantile(waited.get(reason, {}), _MEDIAN),
            p95=quantile(waited.get(reason, {}), _P95),
        )
        for reason, count in _subjects(sums, Measure.REASON).most_common()
    ]


def _steps(starts: Sequence[datetime], flow: _Flow, queue: Sequence[tuple[datetime, int, int]]) -> list[Step]:
    """Fold hours into steps: counts add up; of a queue, the highest length and age tell most."""
    counts: list[Counter[str]] = [Counter() for _ in starts]
    for hour, measure, subject, count in flow:
        counts[_place(starts, hour)][subject if measure is Measure.DECIDED else "arrived"] += count
    lengths: dict[int, int] = {}
    ages: dict[int, int] = {}
    for hour, length, oldest in queue:
        place = _place(starts, hour)
        lengths[place] = max(length, lengths.get(place, 0))
        ages[place] = max(oldest, ages.get(place, 0))
    return [
        Step(
            start=start,
            arrived=counts[place]["arrived"],
            approved=counts[place][DecisionKind.APPROVE],
            rejected=counts[place][DecisionKind.REJECT],
            escalated=counts[place][DecisionKind.ESCALATE],
            length=lengths.get(place),
            oldest=timedelta(seconds=ages[place]) if place in ages else None,
        )
        for place, start in enumerate(starts)
    ]


def _place(starts: Sequence[datetime], hour: datetime) -> int:
    return max(0, bisect_right(starts, hour) - 1)


def _people(
    sums: Counts, reader_id: UUID, named: set[UUID]
) -> dict[UUID, tuple[Counter[Measure], Counter[int]]]:
    """Return counts and times of the accounts that the reader may see: all on named sites, elsewhere himself."""
    people: dict[UUID, Counter[Measure]] = {}
    waited: Counter[str] = Counter()
    for (site_id, measure, subject), count in sums.items():
        if measure not in _BY and measure not in _LOOKS and measure is not Measure.WAITED_BY:
            continue
        account_id = UUID(hex=subject.partition(":")[0])
        if site_id not in named and account_id != reader_id:
            continue
        if measure is Measure.WAITED_BY:
            waited[subject] += count
        else:
            people.setdefault(account_id, Counter())[measure] += count
    by_account = histograms(waited.items())
    return {
        account_id: (counts, by_account.get(account_id.hex, Counter()))
        for account_id, counts in people.items()
    }


def _person(account_id: UUID, name: str, counts: Counter[Measure], waited: Counter[int]) -> Person:
    return Person(
        account_id=account_id,
        name=name,
        approved=counts[Measure.APPROVED_BY],
        rejected=counts[Measure.REJECTED_BY],
        escalated=counts[Measure.ESCALATED_BY],
        undone=counts[Measure.UNDONE_BY],
        agreed=counts[Measure.AGREED],
        disagreed=counts[Measure.DISAGREED],
        median=quantile(waited, _MEDIAN),
        p95=quantile(waited, _P95),
    )

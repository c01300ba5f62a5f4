"""Figures by the hour: made from comments and decisions, summed for pages. What they mean says `domain.figures`.

counted       count a stretch of time, from the comments and decisions themselves
rewrite_hour  keep what was counted of an hour, in place of what was kept before
by_hour · totals · rule_records · queue_by_hour · waited_by_rule        what was kept, summed for pages
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, delete, func, insert, select, union_all, update
from sqlalchemy.orm import Session, aliased

from moderation.domain.figures import (
    CHECK,
    Measure,
    RuleRecord,
    bucket_of,
    histograms,
    hour_of,
    in_bucket,
    with_buckets,
)
from moderation.domain.reasons import Reason
from moderation.domain.review import DecisionKind, ItemState
from moderation.domain.ruleset import RuleSetState
from moderation.store.tables import (
    Account,
    Comment,
    Decision,
    Evaluation,
    Figure,
    FigureHour,
    QueueHour,
    ReviewItem,
    RuleSetVersion,
    StoredMatch,
    StoredRule,
)
from moderation.store.upsert import insert_if_absent

Counts = Counter[tuple[UUID, Measure, str]]
"""How often, by site, measure and subject."""

_RULES: Final = (Measure.RULE_HIT, Measure.RULE_APPROVED, Measure.RULE_REJECTED)
_FROM_MATCHES: Final = (*_RULES, Measure.WAITED_RULE)
_FINAL: Final = (DecisionKind.APPROVE, DecisionKind.REJECT)
_BY: Final = {
    DecisionKind.APPROVE: Measure.APPROVED_BY,
    DecisionKind.REJECT: Measure.REJECTED_BY,
    DecisionKind.ESCALATE: Measure.ESCALATED_BY,
    DecisionKind.UNDO: Measure.UNDONE_BY,
}
_NOBODY_WAITS: Final = frozenset({ItemState.PATROL, ItemState.SECOND_LOOK})
"""Queues of comments whose author waits for nothing: how long they lie there is no time to decision."""
ROWS_AT_ONCE: Final = 1_000

# Counted ------------------------------------------------------------------------------------------------------


def counted(session: Session, site_ids: Sequence[UUID], *, start: datetime, stop: datetime) -> Counts:
    """Count what arrived and was decided on some sites from one moment to before another, in two queries."""
    counts: Counts = Counter()
    if site_ids:
        _count_arrivals(session, site_ids, start, stop, counts)
        _count_decisions(session, site_ids, start, stop, counts)
    return counts


def counted_rules(session: Session, site_ids: Sequence[UUID], *, start: datetime, stop: datetime) -> Counts:
    """Count the hits of rules, and what people made of them, in two queries."""
    counts: Counts = Counter()
    if site_ids:
        _count_rules(session, site_ids, start, stop, counts)
    return counts


def _count_arrivals(
    session: Session, site_ids: Sequence[UUID], start: datetime, stop: datetime, counts: Counts
) -> None:
    rows = session.execute(
        select(Comment.site_id, func.count())
        .where(Comment.created_at >= start, Comment.created_at < stop, Comment.site_id.in_(site_ids))
        .group_by(Comment.site_id)
    )
    for site_id, count in rows:
        counts[site_id, Measure.ARRIVED, ""] = count


def _is_undone() -> ColumnElement[bool]:
    undo = aliased(Decision, name="undo")
    return select(undo.id).where(undo.undoes_id == Decision.id).exists()


def _count_decisions(
    session: Session, site_ids: Sequence[UUID], start: datetime, stop: datetime, counts: Counts
) -> None:
    judged = aliased(Decision, name="judged")
    rows = session.execute(
        select(
            Decision.site_id,
            Decision.account_id,
            Decision.kind,
            Decision.reason,
            Decision.queue,
            Decision.created_at,
            ReviewItem.created_at,
            Decision.checks_id,
            judged.kind,
            judged.account_id,
        )
        .join(ReviewItem, ReviewItem.id == Decision.item_id)
        .outerjoin(judged, judged.id == Decision.checks_id)
        .where(
            Decision.site_id.in_(site_ids),
            Decision.created_at >= start,
            Decision.created_at < stop,
            ~_is_undone(),
        )
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    for site_id, account_id, kind, reason, queue, at, since, checks_id, judged_kind, judged_id in rows:
        if checks_id is not None and kind is not DecisionKind.UNDO:
            counts[site_id, Measure.DECIDED, CHECK] += 1
            if kind in _FINAL:
                measure = Measure.AGREED if kind is judged_kind else Measure.DISAGREED
                counts[site_id, measure, judged_id.hex] += 1
            continue
        counts[site_id, Measure.DECIDED, kind.value] += 1
        counts[site_id, _BY[kind], account_id.hex] += 1
        if reason is not None:
            counts[site_id, Measure.REASON, reason.value] += 1
        if kind in _FINAL and queue not in _NOBODY_WAITS:
            bucket = bucket_of(at - since)
            counts[site_id, Measure.WAITED, str(bucket)] += 1
            counts[site_id, Measure.WAITED_BY, in_bucket(account_id.hex, bucket)] += 1
            if reason is not None:
                counts[site_id, Measure.WAITED_REASON, in_bucket(reason.value, bucket)] += 1


def _count_rules(
    session: Session, site_ids: Sequence[UUID], start: datetime, stop: datetime, counts: Counts
) -> None:
    hits = session.execute(
        select(Comment.site_id, StoredMatch.rule_key, func.count(Comment.id.distinct()))
        .join(Evaluation, Evaluation.comment_id == Comment.id)
        .join(StoredMatch, StoredMatch.evaluation_id == Evaluation.id)
        .where(Comment.created_at >= start, Comment.created_at < stop, Comment.site_id.in_(site_ids))
        .group_by(Comment.site_id, StoredMatch.rule_key)
    )
    for site_id, rule_key, count in hits:
        counts[site_id, Measure.RULE_HIT, rule_key] = count
    decided = session.execute(
        select(
            Decision.site_id,
            StoredMatch.rule_key,
            Decision.id,
            Decision.comment_id,
            Decision.kind,
            Decision.queue,
            Decision.created_at,
            ReviewItem.created_at,
        )
        .distinct()  # a rule may match in several places
        .join(ReviewItem, ReviewItem.id == Decision.item_id)
        .join(
            Evaluation,
            (Evaluation.comment_id == Decision.comment_id) & (Evaluation.revision == ReviewItem.revision),
        )
        .join(StoredMatch, StoredMatch.evaluation_id == Evaluation.id)
        .where(
            Decision.site_id.in_(site_ids),
            Decision.created_at >= start,
            Decision.created_at < stop,
            Decision.kind.in_(_FINAL),
            Decision.checks_id.is_(None),
            ~_is_undone(),
        )
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    told: set[tuple[str, UUID, DecisionKind]] = set()
    for site_id, rule_key, _, comment_id, kind, queue, at, since in decided:
        if queue not in _NOBODY_WAITS:
            counts[site_id, Measure.WAITED_RULE, in_bucket(rule_key, bucket_of(at - since))] += 1
        if (rule_key, comment_id, kind) not in told:  # a comment may be decided again within the hour
            told.add((rule_key, comment_id, kind))
            measure = Measure.RULE_APPROVED if kind is DecisionKind.APPROVE else Measure.RULE_REJECTED
            counts[site_id, measure, rule_key] += 1


def undone_before(
    session: Session, site_ids: Sequence[UUID], *, start: datetime, stop: datetime
) -> list[datetime]:
    """Return when decisions were made that were undone in a stretch of time but made before it."""
    undone = aliased(Decision, name="undone")
    return list(
        session.scalars(
            select(undone.created_at)
            .join(Decision, Decision.undoes_id == undone.id)
            .where(
                Decision.site_id.in_(site_ids),
                Decision.created_at >= start,
                Decision.created_at < stop,
                undone.created_at < start,
            )
        )
    )


# Kept ---------------------------------------------------------------------------------------------------------


def first_arrival(session: Session) -> datetime | None:
    """Return when the oldest comment arrived."""
    return session.scalar(select(func.min(Comment.created_at)))


def hours_made(session: Session, *, since: datetime) -> dict[datetime, datetime]:
    """Return the hours whose figures are made by every measure, and when each was last."""
    rows = session.execute(
        select(FigureHour.hour, FigureHour.computed_at).where(
            FigureHour.hour >= since, FigureHour.measure_count >= len(Measure)
        )
    )
    return dict(rows.all())


def lock_hour(session: Session, hour: datetime, *, now: datetime) -> bool:
    """Take an hour: of two that make its figures, the second waits and then counts what is true then.

    Returns whether figures of it were made before.
    """
    made = {"computed_at": now, "measure_count": len(Measure)}
    is_new = insert_if_absent(session, FigureHour, hour=hour, **made)
    session.execute(update(FigureHour).where(FigureHour.hour == hour).values(made))
    return not is_new


def rewrite_hour(
    session: Session, hour: datetime, counts: Counts, *, erased_site_ids: Sequence[UUID] = ()
) -> None:
    """Keep what was counted of an hour, in place of what was kept before.

    `erased_site_ids`: where matches of then are removed with their texts; there the figures of rules stay.
    """
    stays = Figure.site_id.in_(erased_site_ids) & Figure.measure.in_(_FROM_MATCHES)
    session.execute(delete(Figure).where(Figure.hour == hour, ~stays))
    rows = [
        {"site_id": site_id, "measure": measure, "hour": hour, "subject": subject, "count": count}
        for (site_id, measure, subject), count in counts.items()
    ]
    if rows:
        session.execute(insert(Figure), rows)


def forget_before(session: Session, hour: datetime, *, most: int) -> int:
    """Remove the oldest hours before one; return how many."""
    old = list(
        session.scalars(
            select(FigureHour.hour).where(FigureHour.hour < hour).order_by(FigureHour.hour).limit(most)
        )
    )
    if old:
        for table in (Figure, QueueHour, FigureHour):
            session.execute(delete(table).where(table.hour <= old[-1]))
    return len(old)


def sample_queues(session: Session, *, now: datetime) -> None:
    """Note how long every queue is, and how old its oldest item."""
    found = {
        (site_id, state): (count, max(0, int((now - oldest).total_seconds())))
        for site_id, state, count, oldest in session.execute(
            select(ReviewItem.site_id, ReviewItem.state, func.count(), func.min(ReviewItem.created_at))
            .where(ReviewItem.closed_at.is_(None))
            .group_by(ReviewItem.site_id, ReviewItem.state)
        )
    }
    hour = hour_of(now)
    there = {
        (row.site_id, row.state): row
        for row in session.scalars(select(QueueHour).where(QueueHour.hour == hour))
    }
    for place, kept in there.items():
        kept.length, age = found.pop(place, (0, 0))
        kept.oldest_seconds = max(kept.oldest_seconds, age)
    for (site_id, state), (length, age) in found.items():
        session.add(QueueHour(site_id=site_id, state=state, hour=hour, length=length, oldest_seconds=age))


# Summed -------------------------------------------------------------------------------------------------------


def by_hour(
    session: Session,
    site_ids: Sequence[UUID],
    measures: Sequence[Measure],
    *,
    since: datetime,
    until: datetime,
) -> list[tuple[datetime, Measure, str, int]]:
    """Return the sums of some sites for each hour from one to before another, measure and subject."""
    rows = session.execute(
        select(Figure.hour, Figure.measure, Figure.subject, func.sum(Figure.count))
        .where(
            Figure.site_id.in_(site_ids),
            Figure.measure.in_(measures),
            Figure.hour >= since,
            Figure.hour < until,
        )
        .group_by(Figure.hour, Figure.measure, Figure.subject)
    )
    return [(hour, measure, subject, int(count)) for hour, measure, subject, count in rows]


def totals(
    session: Session,
    site_ids: Sequence[UUID],
    measures: Sequence[Measure],
    *,
    since: datetime,
    until: datetime,
) -> Counts:
    """Return the sums over all hours from one to before another, by site, measure and subject."""
    rows = session.execute(
        select(Figure.site_id, Figure.measure, Figure.subject, func.sum(Figure.count))
        .where(
            Figure.site_id.in_(site_ids),
            Figure.measure.in_(measures),
            Figure.hour >= since,
            Figure.hour < until,
        )
        .group_by(Figure.site_id, Figure.measure, Figure.subject)
    )
    return Counter({(site_id, measure, subject): int(count) for site_id, measure, subject, count in rows})


def rule_records(
    session: Session, site_id: UUID, *, since: datetime, rule_keys: Iterable[str] | None = None
) -> dict[str, RuleRecord]:
    """Return what became of each rule's hits since a moment (the hour it lies in), by the rule's key.

    A rule without any is not named. At most five minutes old, and without the present hour.
    """
    query = _records().where(
        Figure.site_id == site_id, Figure.measure.in_(_RULES), Figure.hour >= hour_of(since)
    )
    if rule_keys is not None:
        query = query.where(Figure.subject.in_(list(rule_keys)))
    return {key: RuleRecord(int(hits), int(yes), int(no)) for key, hits, yes, no in session.execute(query)}


def top_rules(
    session: Session, site_ids: Sequence[UUID], *, since: datetime, most: int
) -> dict[str, RuleRecord]:
    """Return the rules with the most hits on some sites since a moment."""
    query = _records().where(Figure.site_id.in_(site_ids), Figure.measure.in_(_RULES), Figure.hour >= since)
    hits = func.sum(case((Figure.measure == Measure.RULE_HIT, Figure.count), else_=0))
    query = query.order_by(hits.desc(), Figure.subject).limit(most)
    return {key: RuleRecord(int(hits), int(yes), int(no)) for key, hits, yes, no in session.execute(query)}


def waited_by_rule(
    session: Session, site_ids: Sequence[UUID], rule_keys: Iterable[str], *, since: datetime
) -> dict[str, Counter[int]]:
    """Return how long what some rules held on waited for its decision, as a histogram by the rule's key."""
    subjects = with_buckets(rule_keys)
    if not subjects:
        return {}
    rows = session.execute(
        select(Figure.subject, func.sum(Figure.count))
        .where(
            Figure.site_id.in_(site_ids),
            Figure.measure == Measure.WAITED_RULE,
            Figure.hour >= since,
            # Named one by one: a look-up for each row, where patterns would be tried one after the other.
            Figure.subject.in_(subjects),
        )
        .group_by(Figure.subject)
    )
    return histograms((subject, int(count)) for subject, count in rows)


def _records() -> Select[*tuple[Any, ...]]:
    return select(
        Figure.subject,
        *(func.sum(case((Figure.measure == measure, Figure.count), else_=0)) for measure in _RULES),
    ).group_by(Figure.subject)


def queue_by_hour(
    session: Session, site_ids: Sequence[UUID], states: Sequence[ItemState], *, since: datetime
) -> list[tuple[datetime, int, int]]:
    """Return for each hour how much waited in some queues together, and how many seconds the oldest had."""
    rows = session.execute(
        select(QueueHour.hour, func.sum(QueueHour.length), func.max(QueueHour.oldest_seconds))
        .where(QueueHour.site_id.in_(site_ids), QueueHour.state.in_(states), QueueHour.hour >= since)
        .group_by(QueueHour.hour)
        .order_by(QueueHour.hour)
    )
    return [(hour, int(length), int(oldest)) for hour, length, oldest in rows]


# Beside the sums ----------------------------------------------------------------------------------------------


def oldest_item(session: Session, site_ids: Sequence[UUID], state: ItemState) -> datetime | None:
    """Return since when the oldest item of a queue waits: one look at an index for each site."""
    if not site_ids:
        return None
    oldest = union_all(
        *(
            select(func.min(ReviewItem.created_at).label("at")).where(
                ReviewItem.site_id == site_id, ReviewItem.state == state, ReviewItem.closed_at.is_(None)
            )
            for site_id in site_ids
        )
    ).subquery()
    found: datetime | None = session.scalar(select(func.min(oldest.c.at)))
    return found


def names_of(session: Session, account_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the names of some accounts."""
    if not account_ids:
        return {}
    rows = session.execute(select(Account.id, Account.name).where(Account.id.in_(account_ids)))
    return dict(rows.all())


def terms_of(
    session: Session, site_ids: Sequence[UUID], rule_keys: Sequence[str]
) -> dict[str, tuple[str, Reason]]:
    """Return what some rules of the active versions look for, with their category."""
    if not rule_keys:
        return {}
    rows = session.execute(
        select(StoredRule.key, StoredRule.term, StoredRule.category)
        .join(RuleSetVersion, RuleSetVersion.id == StoredRule.rule_set_id)
        .where(
            RuleSetVersion.site_id.in_(site_ids),
            RuleSetVersion.state == RuleSetState.ACTIVE,
            StoredRule.key.in_(rule_keys),
        )
    )
    return {key: (term, category) for key, term, category in rows}


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two people who judged one comment differently."""

    comment_id: UUID
    thread_id: UUID
    first_kind: DecisionKind
    first_reason: Reason | None
    first_by: str
    second_kind: DecisionKind
    second_reason: Reason | None
    second_by: str
    at: datetime


def disagreements(
    session: Session, site_ids: Sequence[UUID], *, since: datetime, most: int
) -> list[Disagreement]:
    """Return the latest second looks that judged otherwise."""
    if not site_ids:
        return []
    judged, first, second = aliased(Decision), aliased(Account), aliased(Account)
    rows = session.execute(
        select(
            Decision.comment_id,
            Comment.thread_id,
            judged.kind,
            judged.reason,
            first.name,
            Decision.kind,
            Decision.reason,
            second.name,
            Decision.created_at,
        )
        .join(judged, judged.id == Decision.checks_id)
        .join(first, first.id == judged.account_id)
        .join(second, second.id == Decision.account_id)
        .join(Comment, Comment.id == Decision.comment_id)
        .where(
            Decision.site_id.in_(site_ids),
            Decision.created_at >= since,
            Decision.checks_id.is_not(None),
            Decision.kind.in_(_FINAL),
            Decision.kind != judged.kind,
            ~_is_undone(),
        )
        .order_by(Decision.created_at.desc(), Decision.id.desc())
        .limit(most)
    )
    return [Disagreement(*row) for row in rows]

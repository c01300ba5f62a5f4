"""Figures by the hour against a naive count of the same history; hours that change later; who is counted where."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from moderation.domain.figures import (
    CHECK,
    HOUR,
    KEPT,
    Measure,
    Period,
    bucket_of,
    hour_of,
    in_bucket,
    steps_of,
)
from moderation.domain.reasons import Reason
from moderation.domain.review import DecisionKind, ItemState
from moderation.flows import figures
from moderation.flows.figures import Dashboard
from moderation.ports import Services
from moderation.store import comments
from moderation.store.figures import rule_records, waited_by_rule
from moderation.store.tables import (
    Comment,
    Decision,
    Evaluation,
    Figure,
    FigureHour,
    QueueHour,
    ReviewItem,
    Site,
    StoredMatch,
)
from tests.factories import a_comment, a_rule, a_site, active_rules, an_account
from tests.fakes import FrozenClock

KINDS = (DecisionKind.APPROVE, DecisionKind.REJECT, DecisionKind.ESCALATE)


class History:
    """Comments and decisions at moments of a test's choice, written past the flows, which know only the present."""

    def __init__(self, session: Session, services: Services) -> None:
        self.session, self.services = session, services
        self.sites = [a_site(session, services, key) for key in ("demo", "other")]
        self.people = [an_account(session, services, login) for login in ("lin", "wang")]
        for key in ("demo", "other"):
            active_rules(session, services, [a_rule("花海"), a_rule("停车"), a_rule("公园")], key)

    def arrive(self, site: int, at: datetime, text: str) -> UUID:
        """Receive a comment; what belongs to it is put at its moment."""
        key = ("demo", "other")[site]
        comment_id = a_comment(self.session, self.services, text, site_key=key).comment_id
        self.session.get_one(Comment, comment_id).created_at = at
        item = self.session.scalars(select(ReviewItem).where(ReviewItem.comment_id == comment_id)).one()
        item.created_at = at
        self.session.commit()
        return item.id

    def decide(
        self,
        item_id: UUID,
        at: datetime,
        kind: DecisionKind,
        person: int = 0,
        *,
        undoes: UUID | None = None,
        checks: UUID | None = None,
        queue: ItemState = ItemState.WAITING,
    ) -> UUID:
        item = self.session.get_one(ReviewItem, item_id)
        decision = Decision(
            id=self.services.ids.new(),
            site_id=item.site_id,
            item_id=item.id,
            comment_id=item.comment_id,
            account_id=self.people[person],
            kind=kind,
            status_before="pending",
            queue=queue,
            reason=Reason.INSULT if kind is DecisionKind.REJECT else None,
            note=None,
            undoes_id=undoes,
            checks_id=checks,
            created_at=at,
        )
        self.session.add(decision)
        self.session.commit()
        return decision.id

    def second_item(self, item_id: UUID, at: datetime) -> UUID:
        """Give the same comment another item: a second look, or its return to the queue."""
        item = self.session.get_one(ReviewItem, item_id)
        item.state, item.closed_at = ItemState.DECIDED, at
        columns = {column.key: getattr(item, column.key) for column in ReviewItem.__table__.columns}
        columns |= {"id": self.services.ids.new(), "created_at": at}
        self.session.flush()
        self.session.add(ReviewItem(**columns))
        self.session.commit()
        return UUID(str(columns["id"]))

    def make_all(self) -> None:
        while figures.make(session=self.session, services=self.services):
            pass

    def kept(self) -> Counter[tuple[UUID, Measure, datetime, str]]:
        rows = self.session.scalars(select(Figure)).all()
        kept = Counter({(row.site_id, row.measure, row.hour, row.subject): row.count for row in rows})
        self.session.rollback()
        self.session.expunge_all()
        return kept


@pytest.fixture
def history(session: Session, services: Services) -> History:
    return History(session, services)


Found = Counter[tuple[UUID, Measure, datetime, str]]
BY = {
    DecisionKind.APPROVE: Measure.APPROVED_BY,
    DecisionKind.REJECT: Measure.REJECTED_BY,
    DecisionKind.ESCALATE: Measure.ESCALATED_BY,
    DecisionKind.UNDO: Measure.UNDONE_BY,
}
FINAL = {DecisionKind.APPROVE, DecisionKind.REJECT}


def naive(session: Session, *, until: datetime) -> Found:
    """Count row by row, without a join, what the flow counts by query."""
    counts: Found = Counter()
    rules: dict[UUID, set[str]] = {}
    for match in session.scalars(select(StoredMatch)):
        evaluation = session.get_one(Evaluation, match.evaluation_id)
        rules.setdefault(evaluation.comment_id, set()).add(match.rule_key)
    for comment in session.scalars(select(Comment)):
        hits = [(Measure.RULE_HIT, rule) for rule in rules.get(comment.id, ())]
        for measure, subject in [(Measure.ARRIVED, ""), *hits]:
            counts[comment.site_id, measure, hour_of(comment.created_at), subject] += 1
    decisions = {each.id: each for each in session.scalars(select(Decision))}
    undone = {each.undoes_id for each in decisions.values()}
    for one in decisions.values():
        if one.id in undone:
            continue
        if one.checks_id is not None and one.kind is not DecisionKind.UNDO:
            told = look(one, decisions[one.checks_id])
        else:
            waited = one.created_at - session.get_one(ReviewItem, one.item_id).created_at
            told = first(one, waited, rules.get(one.comment_id, set()))
        for measure, subject in told:
            counts[one.site_id, measure, hour_of(one.created_at), subject] += 1
    session.rollback()
    session.expunge_all()
    return Counter({key: count for key, count in counts.items() if key[2] < until})


def look(one: Decision, judged: Decision) -> list[tuple[Measure, str]]:
    told = [(Measure.DECIDED, CHECK)]
    if one.kind in FINAL:
        is_same = one.kind is judged.kind
        told.append((Measure.AGREED if is_same else Measure.DISAGREED, judged.account_id.hex))
    return told


def first(one: Decision, waited: timedelta, rules: set[str]) -> list[tuple[Measure, str]]:
    told = [(Measure.DECIDED, str(one.kind)), (BY[one.kind], one.account_id.hex)]
    if one.reason is not None:
        told.append((Measure.REASON, str(one.reason)))
    if one.kind in FINAL:
        if one.queue is not ItemState.PATROL:
            bucket = bucket_of(waited)
            told += [
                (Measure.WAITED, str(bucket)),
                (Measure.WAITED_BY, in_bucket(one.account_id.hex, bucket)),
                *((Measure.WAITED_RULE, in_bucket(rule, bucket)) for rule in rules),
            ]
            if one.reason is not None:
                told.append((Measure.WAITED_REASON, in_bucket(str(one.reason), bucket)))
        is_approval = one.kind is DecisionKind.APPROVE
        told += [(Measure.RULE_APPROVED if is_approval else Measure.RULE_REJECTED, rule) for rule in rules]
    return told


@pytest.mark.parametrize("seed", range(3))
def test_kept_figures_are_what_a_naive_count_finds(
    history: History, session: Session, services: Services, seed: int
) -> None:
    chance = random.Random(seed)
    now = services.clock.now()
    for number in range(14):
        at = now - timedelta(seconds=chance.uniform(0, 9 * 3600))
        words = "".join(chance.choices(["花海", "停车", "公园", "真好"], k=chance.randint(1, 3)))
        item_id = history.arrive(chance.randrange(2), at, f"{words}第{number}条")
        if chance.random() < 0.2:
            continue
        kind = chance.choice(KINDS)
        then = at + timedelta(seconds=chance.expovariate(1 / 1800))
        queue = chance.choice([ItemState.WAITING, ItemState.WAITING, ItemState.PATROL])
        decision_id = history.decide(item_id, then, kind, chance.randrange(2), queue=queue)
        other = history.second_item(item_id, then)
        if chance.random() < 0.3:
            undone_at = then + timedelta(minutes=chance.uniform(0, 29))
            history.decide(item_id, undone_at, DecisionKind.UNDO, undoes=decision_id)
        elif kind is not DecisionKind.ESCALATE and chance.random() < 0.6:
            later = then + timedelta(minutes=chance.uniform(0, 90))
            history.decide(other, later, chance.choice(KINDS), 1, checks=decision_id)

    history.make_all()

    assert history.kept() == naive(session, until=hour_of(now))


def test_making_an_hour_again_gives_the_same(history: History, session: Session, services: Services) -> None:
    now = services.clock.now()
    item_id = history.arrive(0, now - 3 * HOUR, "花海真好")
    history.decide(item_id, now - 2 * HOUR, DecisionKind.REJECT)
    history.make_all()
    before = history.kept()
    with session.begin():
        session.execute(delete(FigureHour))

    history.make_all()

    assert before
    assert history.kept() == before


def test_what_is_undone_in_a_later_hour_is_counted_no_more(
    history: History, services: Services, clock: FrozenClock
) -> None:
    at = hour_of(services.clock.now())
    item_id = history.arrive(0, at, "花海真好")
    decision_id = history.decide(item_id, at + timedelta(minutes=50), DecisionKind.REJECT)
    clock.move(hours=1, minutes=1)
    history.make_all()
    assert history.kept()[history.sites[0], Measure.DECIDED, at, "reject"] == 1
    history.decide(item_id, at + timedelta(minutes=70), DecisionKind.UNDO, undoes=decision_id)
    clock.move(minutes=10)

    history.make_all()

    kept = history.kept()
    assert kept[history.sites[0], Measure.DECIDED, at, "reject"] == 0
    assert kept[history.sites[0], Measure.RULE_REJECTED, at, a_rule("花海").key] == 0
    assert kept[history.sites[0], Measure.ARRIVED, at, ""] == 1


def test_an_hour_long_settled_is_counted_again_when_something_of_it_is_undone(
    history: History, services: Services, clock: FrozenClock
) -> None:
    at = hour_of(services.clock.now())
    item_id = history.arrive(0, at, "花海真好")
    decision_id = history.decide(item_id, at + timedelta(minutes=5), DecisionKind.APPROVE)
    clock.move(hours=9)
    history.make_all()
    history.decide(item_id, services.clock.now(), DecisionKind.UNDO, undoes=decision_id)
    clock.move(hours=1)

    history.make_all()

    assert history.kept()[history.sites[0], Measure.DECIDED, at, "approve"] == 0


def test_a_decision_that_commits_late_is_counted(
    history: History, services: Services, clock: FrozenClock
) -> None:
    at = hour_of(services.clock.now())
    item_id = history.arrive(0, at, "花海真好")
    clock.move(hours=1, seconds=1)
    history.make_all()
    history.decide(item_id, at + timedelta(minutes=59), DecisionKind.APPROVE)
    clock.move(minutes=5)

    history.make_all()

    assert history.kept()[history.sites[0], Measure.DECIDED, at, "approve"] == 1


def test_an_hour_of_fewer_measures_is_counted_again(history: History, session: Session) -> None:
    now = history.services.clock.now()
    item_id = history.arrive(0, now - 5 * HOUR, "花海真好")
    history.decide(item_id, now - 4 * HOUR, DecisionKind.REJECT)
    history.make_all()
    before = history.kept()
    with session.begin():
        session.execute(delete(Figure).where(Figure.measure == Measure.WAITED_BY))
        session.execute(update(FigureHour).values(measure_count=len(Measure) - 1))

    history.make_all()

    assert before[history.sites[0], Measure.WAITED_BY, hour_of(now - 4 * HOUR), by_an_hour(history)] == 1
    assert history.kept() == before


def by_an_hour(history: History) -> str:
    return in_bucket(history.people[0].hex, bucket_of(HOUR))


def test_what_rules_came_to_outlives_the_matches_that_go_with_erased_texts(
    history: History, session: Session, clock: FrozenClock
) -> None:
    at = hour_of(history.services.clock.now())
    item_id = history.arrive(0, at, "花海真好")
    history.decide(item_id, at, DecisionKind.REJECT)
    clock.move(hours=4)
    history.make_all()
    before = history.kept()
    session.get_one(Site, history.sites[0]).retain_rejected_days = 1
    comments.erase_texts(session, [session.get_one(ReviewItem, item_id).comment_id])
    session.execute(update(FigureHour).values(measure_count=0))
    session.commit()
    clock.move(hours=24)

    history.make_all()

    assert before[history.sites[0], Measure.RULE_REJECTED, at, a_rule("花海").key] == 1
    assert history.kept() == before


def test_a_settled_hour_is_left_alone(history: History, services: Services, clock: FrozenClock) -> None:
    history.arrive(0, services.clock.now(), "花海真好")
    clock.move(hours=6)
    history.make_all()
    clock.move(minutes=30)

    assert figures.make(session=history.session, services=services) <= 3


def test_rule_records_add_up_hours(
    history: History, session: Session, services: Services, clock: FrozenClock
) -> None:
    at = services.clock.now()
    for number in range(4):
        item_id = history.arrive(0, at + number * HOUR, f"花海真好第{number}条")
        if number < 3:
            kind = DecisionKind.REJECT if number else DecisionKind.APPROVE
            history.decide(item_id, at + number * HOUR, kind)
    history.arrive(1, at, "花海在别处")
    clock.move(hours=8)
    history.make_all()
    key = a_rule("花海").key

    whole = rule_records(session, history.sites[0], since=at)
    late = rule_records(session, history.sites[0], since=at + 2 * HOUR)

    assert (whole[key].hits, whole[key].approved, whole[key].rejected) == (4, 1, 2)
    assert (late[key].hits, late[key].decided) == (2, 1)
    assert rule_records(session, history.sites[0], since=at, rule_keys=["other"]) == {}
    assert list(rule_records(session, history.sites[0], since=at, rule_keys=[key])) == [key]


def test_a_rule_that_matches_twice_waited_once(
    history: History, session: Session, clock: FrozenClock
) -> None:
    at = hour_of(history.services.clock.now())
    item_id = history.arrive(0, at, "花海，又是花海")
    history.decide(item_id, at + timedelta(minutes=10), DecisionKind.APPROVE)
    clock.move(hours=1)
    history.make_all()
    key = a_rule("花海").key

    found = waited_by_rule(session, history.sites, [key, "花"], since=at)

    assert found == {key: {bucket_of(timedelta(minutes=10)): 1}}
    assert waited_by_rule(session, history.sites, [], since=at) == {}


def test_the_times_of_rules_are_kept_apart_and_under_the_longest_key(
    history: History, session: Session, clock: FrozenClock
) -> None:
    keys = ["a", "a-1", "x" * 64]
    terms = ["花海", "停车", "公园"]
    written = [replace(a_rule(term), key=key) for key, term in zip(keys, terms, strict=True)]
    active_rules(session, history.services, written, "demo")
    at = hour_of(history.services.clock.now())
    for minutes, term in ((2, "花海"), (20, "停车"), (50, "公园")):
        item_id = history.arrive(0, at, f"{term}真好")
        history.decide(item_id, at + timedelta(minutes=minutes), DecisionKind.APPROVE)
    clock.move(hours=1)
    history.make_all()

    found = waited_by_rule(session, history.sites, keys, since=at)

    waits = [{bucket_of(timedelta(minutes=minutes)): 1} for minutes in (2, 20, 50)]
    assert found == dict(zip(keys, waits, strict=True))
    assert waited_by_rule(session, history.sites, ["a"], since=at) == {"a": waits[0]}


# Queues -------------------------------------------------------------------------------------------------------


def test_a_sample_keeps_the_last_length_and_the_highest_age(
    history: History, session: Session, services: Services, clock: FrozenClock
) -> None:
    at = hour_of(services.clock.now())
    first = history.arrive(0, at - HOUR, "花海真好")
    history.arrive(0, at - timedelta(minutes=10), "停车场不够")
    figures.sample(session=session, services=services)
    item = session.get_one(ReviewItem, first)
    item.state, item.closed_at = ItemState.DECIDED, at
    session.commit()
    clock.move(minutes=5)

    figures.sample(session=session, services=services)

    kept = session.scalars(select(QueueHour)).one()
    assert (kept.state, kept.hour) == (ItemState.WAITING, at)
    assert (kept.length, kept.oldest_seconds) == (1, 3600)


def test_an_emptied_queue_is_kept_as_empty(history: History, session: Session, services: Services) -> None:
    item_id = history.arrive(0, services.clock.now(), "花海真好")
    figures.sample(session=session, services=services)
    item = session.get_one(ReviewItem, item_id)
    item.state, item.closed_at = ItemState.DECIDED, services.clock.now()
    session.commit()

    figures.sample(session=session, services=services)

    assert session.scalars(select(QueueHour.length)).one() == 0


def test_figures_past_their_time_are_removed(
    history: History, session: Session, services: Services, clock: FrozenClock
) -> None:
    history.arrive(0, services.clock.now(), "花海真好")
    figures.sample(session=session, services=services)
    clock.move(hours=1)
    history.make_all()
    clock.move(days=KEPT.days, hours=1)

    while figures.sample(session=session, services=services):
        pass

    assert session.scalars(select(Figure)).all() == []
    assert hour_of(services.clock.now()) in set(session.scalars(select(QueueHour.hour)))


# Told ---------------------------------------------------------------------------------------------------------


def told(
    history: History, services: Services, *, senior: bool = True, period: Period = Period.DAY
) -> Dashboard:
    now = services.clock.now()
    return figures.dashboard(
        history.sites,
        steps=steps_of(period, now, UTC),
        midnight=now.replace(hour=0, minute=0),
        reader_id=history.people[0],
        senior_site_ids=history.sites if senior else (),
        session=history.session,
        services=services,
    )


@pytest.mark.parametrize("minutes", [2, 40])
def test_the_page_joins_what_is_kept_with_the_present_hour(
    history: History, services: Services, clock: FrozenClock, minutes: int
) -> None:
    at = hour_of(services.clock.now())
    for number in range(6):
        then = at + number * HOUR
        item_id = history.arrive(number % 2, then, f"花海真好第{number}条")
        history.decide(item_id, then + timedelta(minutes=1), DecisionKind.APPROVE, number % 2)
    clock.move(hours=5, minutes=minutes)
    history.make_all()

    found = told(history, services)

    assert (found.arrived, found.decided["approve"]) == (6, 6)
    assert sum(step.approved for step in found.steps) == 6
    assert [step.arrived for step in found.steps][-6:] == [1] * 6
    assert {(person.name, person.approved) for person in found.people} == {("Lin", 3), ("Wang", 3)}
    assert found.median is not None
    assert abs(found.median - timedelta(minutes=1)) < timedelta(seconds=6)
    assert found.waited == [0, 6, 0, 0, 0, 0, 0, 0]


def test_a_moderator_is_told_of_himself_and_the_whole(
    history: History, services: Services, clock: FrozenClock
) -> None:
    at = services.clock.now()
    for person in range(2):
        item_id = history.arrive(0, at, f"花海真好第{person}条")
        history.decide(item_id, at, DecisionKind.APPROVE, person)
    clock.move(hours=1)
    history.make_all()

    found = told(history, services, senior=False)

    assert [person.name for person in found.people] == ["Lin"]
    assert found.people[0].median == timedelta(0)
    assert found.decided["approve"] == 2


@pytest.mark.parametrize("minutes", [0, 65])
def test_times_to_decision_are_told_by_moderator_reason_and_rule(
    history: History, services: Services, clock: FrozenClock, minutes: int
) -> None:
    at = hour_of(services.clock.now())
    queues = (ItemState.WAITING, ItemState.PATROL)
    for person, waited in ((0, 4), (0, 4), (0, 40), (1, 20), (1, 20)):
        for queue in queues:
            item_id = history.arrive(person, at - HOUR, f"花海真好{waited}")
            since = at + timedelta(minutes=5 - (waited if queue is ItemState.WAITING else 600))
            history.session.get_one(ReviewItem, item_id).created_at = since
            history.decide(item_id, at + timedelta(minutes=5), DecisionKind.REJECT, person, queue=queue)
    clock.move(minutes=5 + minutes)
    history.make_all()

    found = told(history, services)

    people = {person.name: (person.median, person.p95) for person in found.people}
    assert people.keys() == {"Lin", "Wang"}
    assert are_about(people["Lin"], (4, 40))
    assert are_about(people["Wang"], (20, 20))
    assert [(one.reason, one.count) for one in found.reasons] == [(Reason.INSULT, 10)]
    assert are_about((found.reasons[0].median, found.reasons[0].p95), (20, 40))
    rules = {rule.key: (rule.median, rule.p95) for rule in found.rules}
    if minutes:  # rules are told without the present hour
        assert are_about(rules[a_rule("花海").key], (20, 40))


def are_about(told_times: tuple[timedelta | None, ...], minutes: tuple[int, ...]) -> bool:
    """Say whether times are right to within what a histogram allows."""
    return [None if each is None else bucket_of(each) for each in told_times] == [
        bucket_of(timedelta(minutes=number)) for number in minutes
    ]


def test_who_decided_on_patrol_alone_has_no_time(
    history: History, services: Services, clock: FrozenClock
) -> None:
    at = services.clock.now()
    item_id = history.arrive(0, at, "花海真好")
    history.decide(item_id, at, DecisionKind.REJECT, queue=ItemState.PATROL)
    clock.move(hours=2)
    history.make_all()

    found = told(history, services)

    assert [(person.median, person.p95) for person in found.people] == [(None, None)]
    assert [(one.count, one.median, one.p95) for one in found.reasons] == [(1, None, None)]
    assert [(rule.record.rejected, rule.median, rule.p95) for rule in found.rules] == [(1, None, None)]


def test_second_looks_are_told_with_those_that_disagree(
    history: History, services: Services, clock: FrozenClock
) -> None:
    at = services.clock.now()
    for number, second in enumerate((DecisionKind.APPROVE, DecisionKind.APPROVE, DecisionKind.REJECT)):
        item_id = history.arrive(0, at, f"花海真好第{number}条")
        first = history.decide(item_id, at, DecisionKind.APPROVE, 0)
        other = history.second_item(item_id, at)
        history.decide(other, at + timedelta(minutes=1), second, 1, checks=first, queue=ItemState.SECOND_LOOK)
    clock.move(minutes=30)

    found = told(history, services)

    assert (found.agreed, found.disagreed) == (2, 1)
    assert found.decided[CHECK] == 3
    assert [(one.first_by, one.second_by) for one in found.disagreements] == [("Lin", "Wang")]
    assert told(history, services, senior=False).disagreements == []

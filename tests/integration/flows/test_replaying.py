"""Replays: what another version would make of past comments, in batches that count once whoever does them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.errors import Invalid, ReplayUnknown, RuleSetUnknown, SiteUnknown
from moderation.domain.events import EventName
from moderation.domain.policy import Mode
from moderation.domain.replay import EXAMPLES, Count, Fate, ReplayState, read_cells
from moderation.domain.review import DecisionKind
from moderation.flows import replaying, review, rulesets
from moderation.flows.replaying import Wish
from moderation.flows.review import Reviewer
from moderation.ports import Services
from moderation.rules import Action
from moderation.store import past, replays
from moderation.store.past import PastComment
from moderation.store.tables import AuditEvent, Comment, Replay, ReplayExample, RuleSetVersion
from tests.factories import a_comment, a_rule, a_site, active_rules, an_account, decisions
from tests.fakes import FrozenClock

TEXTS = ("花海开得真早", "求助楼主", "加微信领资料", "办证找我", "停车场够不够")


@pytest.fixture
def site(session: Session, services: Services) -> UUID:
    """Make a site whose active rules flag 加微信 and 求助, with ten comments of five texts."""
    site_id = a_site(session, services, mode=Mode.RULES)
    active_rules(session, services, [a_rule("加微信"), a_rule("求助")])
    for number in range(10):
        a_comment(session, services, f"{TEXTS[number % 5]}{number}")
    return site_id


@pytest.fixture
def owner(session: Session, services: Services) -> UUID:
    return an_account(session, services, "owner")


def a_version(session: Session, services: Services, site_key: str = "demo") -> int:
    """Import a version that blocks 加微信, flags 办证 and knows nothing of 求助."""
    written = [a_rule("加微信", Action.BLOCK), a_rule("办证")]
    return rulesets.import_rules(site_key, "trial", written, session=session, services=services).number


def start(session: Session, services: Services, owner: UUID, **changed: Any) -> UUID:
    wish: dict[str, Any] = {"site_key": "demo", "most": 100, **changed}
    if "number" not in wish:
        wish["number"] = a_version(session, services)
    started = replaying.start(Wish(**wish), account_id=owner, session=session, services=services)
    return started.replay_id


def finish(session: Session, services: Services) -> int:
    """Work until nothing is left; return how many batches that took."""
    batches = 0
    while replaying.work(session=session, services=services):
        batches += 1
    return batches


def counts(session: Session, replay_id: UUID) -> dict[tuple[Fate, Fate], int]:
    session.rollback()
    replay = session.get_one(Replay, replay_id, populate_existing=True)
    return {cell: count.number for cell, count in read_cells(replay.cells).items()}


EXPECTED = {
    (Fate.PUBLISHED, Fate.PUBLISHED): 4,
    (Fate.PUBLISHED, Fate.FLAGGED): 2,
    (Fate.FLAGGED, Fate.PUBLISHED): 2,
    (Fate.FLAGGED, Fate.REFUSED): 2,
}


@pytest.mark.usefixtures("site")
def test_a_replay_tells_what_would_change_and_changes_nothing(
    session: Session, services: Services, owner: UUID
) -> None:
    statuses = session.execute(select(Comment.id, Comment.status).order_by(Comment.id)).all()
    replay_id = start(session, services, owner)

    finish(session, services)

    view = replaying.see("demo", replay_id, session=session)
    assert counts(session, replay_id) == EXPECTED
    assert view.progress.state is ReplayState.DONE
    assert (view.progress.judged, view.progress.total, view.progress.percent) == (10, 10, 100)
    assert view.difference.changed == 6
    assert (view.difference.caught.number, view.difference.released.number) == (2, 2)
    changed = {rule.rule_key: (rule.gained, rule.lost) for rule in view.rules}
    assert changed == {a_rule("办证").key: (2, 0), a_rule("求助").key: (0, 2)}
    assert session.execute(select(Comment.id, Comment.status).order_by(Comment.id)).all() == statuses


def test_what_people_decided_stands_beside_what_would_change(
    session: Session, services: Services, owner: UUID
) -> None:
    site_id = a_site(session, services, mode=Mode.PRE)
    active_rules(session, services, [a_rule("求助")])
    who = Reviewer(account_id=owner, name="Owner", site_ids=(site_id,), senior_site_ids=())
    caught = [
        a_comment(session, services, f"办证{text}").comment_id for text in ("找我", "便宜", "骗人", "吗")
    ]
    released = [a_comment(session, services, f"求助{text}").comment_id for text in ("楼主", "急")]
    decisions(session, services, who, caught[:2], DecisionKind.REJECT)
    decisions(session, services, who, [caught[2], released[0]], DecisionKind.APPROVE)
    undone = decisions(session, services, who, [released[1]], DecisionKind.REJECT)
    review.undo_batch(undone, reviewer=who, session=session, services=services)

    replay_id = start(session, services, owner)
    finish(session, services)

    view = replaying.see("demo", replay_id, session=session)
    assert view.difference.caught == Count(4, approved=1, rejected=2)
    assert view.difference.released == Count(2, approved=1, rejected=0)
    by_rule = {rule.rule_key: rule for rule in view.rules}
    gained, lost = by_rule[a_rule("办证").key], by_rule[a_rule("求助").key]
    assert (gained.gained, gained.gained_approved, gained.gained_rejected) == (4, 1, 2)
    assert (lost.lost, lost.lost_approved, lost.lost_rejected) == (2, 1, 0)
    shown = {each.comment.id: each.decided for each in view.examples[Fate.WAITS, Fate.FLAGGED]}
    assert shown == dict(zip(caught, [*[DecisionKind.REJECT] * 2, DecisionKind.APPROVE, None], strict=True))


@pytest.mark.usefixtures("site")
def test_a_batch_ends_with_the_slice_in_which_its_time_is_over(
    session: Session, services: Services, owner: UUID, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "SLICE", 4)
    replay_id = start(session, services, owner)
    latest = past.latest

    def slow(*arguments: Any, **named: Any) -> list[PastComment]:
        clock.move(seconds=replaying.LONGEST.total_seconds() / 2)
        return latest(*arguments, **named)

    monkeypatch.setattr(past, "latest", slow)

    assert [replaying.work(session=session, services=services) for _ in range(3)] == [8, 2, 0]
    assert counts(session, replay_id) == EXPECTED


@pytest.mark.usefixtures("site")
def test_batches_add_up_to_the_same(
    session: Session, services: Services, owner: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "BATCH", 3)
    monkeypatch.setattr(replaying, "SLICE", 2)
    replay_id = start(session, services, owner)

    assert finish(session, services) == 4
    assert counts(session, replay_id) == EXPECTED
    assert [each.cell for each in replays.examples(session, replay_id)].count("published:flagged") == 2


@pytest.mark.usefixtures("site")
def test_a_batch_whose_lease_was_lost_counts_nothing(
    session: Session, services: Services, owner: UUID, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay_id = start(session, services, owner)
    judge = replaying._Batch.judge

    def late(batch: Any, *arguments: Any, **named: Any) -> None:
        """Be so slow that another worker does the batch meanwhile."""
        monkeypatch.setattr(replaying._Batch, "judge", judge)
        clock.move(seconds=replaying.LEASE.total_seconds() + 1)
        assert replaying.work(session=session, services=services) == 10
        judge(batch, *arguments, **named)

    monkeypatch.setattr(replaying._Batch, "judge", late)
    replaying.work(session=session, services=services)

    assert counts(session, replay_id) == EXPECTED
    assert session.get_one(Replay, replay_id).judged == 10


@pytest.mark.usefixtures("site")
def test_several_workers_at_once_judge_each_comment_once(
    session: Session,
    services: Services,
    owner: UUID,
    race: Callable[..., list[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replaying, "BATCH", 1)
    replay_id = start(session, services, owner)

    def work(own: Session) -> int:
        # A worker that meets another one's lease has spent its turn.
        return sum(replaying.work(session=own, services=services) for _ in range(20))

    done = race([work] * 4)

    assert all(isinstance(each, int) for each in done), done
    finish(session, services)
    assert counts(session, replay_id) == EXPECTED
    assert session.get_one(Replay, replay_id).judged == 10


@pytest.mark.usefixtures("site")
def test_replays_of_several_sites_are_taken_one_at_a_time(
    session: Session, services: Services, owner: UUID, clock: FrozenClock
) -> None:
    a_site(session, services, "other")
    begun = {start(session, services, owner)}
    begun.add(start(session, services, owner, site_key="other", number=a_version(session, services, "other")))

    def take() -> UUID | None:
        taken = replays.take(session, lease=uuid4(), now=clock.now(), lasting=replaying.LEASE)
        return None if taken is None else taken.id

    assert {take(), take()} == begun
    assert take() is None


@pytest.mark.usefixtures("site")
def test_a_lease_hides_a_replay_until_it_runs_out(
    session: Session, services: Services, owner: UUID, clock: FrozenClock
) -> None:
    replay_id = start(session, services, owner)
    taken = replays.take(session, lease=uuid4(), now=clock.now(), lasting=replaying.LEASE)
    session.commit()
    assert taken is not None

    assert replaying.work(session=session, services=services) == 0
    clock.move(seconds=replaying.LEASE.total_seconds())
    finish(session, services)

    assert counts(session, replay_id) == EXPECTED


@pytest.mark.usefixtures("site")
def test_a_stopped_replay_keeps_what_it_counted_and_takes_no_more(
    session: Session, services: Services, owner: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "BATCH", 4)
    replay_id = start(session, services, owner)
    replaying.work(session=session, services=services)

    replaying.cancel("demo", replay_id, account_id=owner, session=session, services=services)
    replaying.cancel("demo", replay_id, account_id=owner, session=session, services=services)

    assert replaying.work(session=session, services=services) == 0
    assert sum(counts(session, replay_id).values()) == 4
    names = session.scalars(select(AuditEvent.name).where(AuditEvent.subject_id == replay_id)).all()
    assert sorted(names) == [EventName.REPLAY_CANCELLED, EventName.REPLAY_STARTED]


@pytest.mark.usefixtures("site")
def test_a_version_activated_or_edited_meanwhile_changes_nothing_in_it(
    session: Session, services: Services, owner: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "BATCH", 4)
    number = a_version(session, services)
    replay_id = start(session, services, owner, number=number)
    replaying.work(session=session, services=services)
    rulesets.activate("demo", number, session=session, services=services)
    session.execute(update(RuleSetVersion).values(digest="0" * 64))
    session.commit()

    finish(session, services)

    assert counts(session, replay_id) == EXPECTED
    assert replaying.see("demo", replay_id, session=session).is_of_older_draft


@pytest.mark.usefixtures("site")
def test_one_replay_runs_on_a_site_at_a_time(session: Session, services: Services, owner: UUID) -> None:
    first = start(session, services, owner)
    second = start(session, services, owner)

    assert second == first
    finish(session, services)
    assert start(session, services, owner) != first


@pytest.mark.usefixtures("site")
def test_examples_are_few_drawn_evenly_and_vanish_with_their_comment(
    session: Session, services: Services, owner: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "BATCH", 7)
    for number in range(30):
        a_comment(session, services, f"办证请进{number}")
    replay_id = start(session, services, owner)
    finish(session, services)
    cell = (Fate.PUBLISHED, Fate.FLAGGED)
    shown = replaying.see("demo", replay_id, session=session).examples[cell]
    assert len(shown) == EXAMPLES
    assert [mark["rule_key"] for mark in shown[0].marks["after"]] == [a_rule("办证").key]

    erased = shown[0].comment.id
    session.execute(update(Comment).where(Comment.id == erased).values(status=Status.ERASED, is_listed=False))
    session.commit()

    left = replaying.see("demo", replay_id, session=session).examples[cell]
    assert {each.comment.id for each in left} == {each.comment.id for each in shown} - {erased}
    assert session.scalar(select(func.count()).select_from(ReplayExample)) == EXAMPLES + 4


@pytest.mark.usefixtures("site")
def test_only_the_last_comments_and_those_of_the_time_are_judged(
    session: Session, services: Services, owner: UUID, clock: FrozenClock
) -> None:
    clock.move(days=1)
    for number in range(120):
        a_comment(session, services, f"花海{number}")
    last = start(session, services, owner, most=100)
    finish(session, services)
    since = start(session, services, owner, most=1_000, since=clock.now() - timedelta(hours=1))
    finish(session, services)
    until = start(session, services, owner, most=1_000, until=clock.now() - timedelta(hours=1))
    finish(session, services)

    judged = [sum(counts(session, each).values()) for each in (last, since, until)]
    assert judged == [100, 120, 10]


@pytest.mark.usefixtures("site")
def test_a_replay_without_comments_is_done_at_once(
    session: Session, services: Services, owner: UUID, clock: FrozenClock
) -> None:
    replay_id = start(session, services, owner, until=clock.now() - timedelta(days=9))
    finish(session, services)

    progress = replaying.see_progress("demo", replay_id, session=session)
    assert (progress.state, progress.judged, progress.percent) == (ReplayState.DONE, 0, 100)


@pytest.mark.usefixtures("site")
def test_what_cannot_be_loaded_ends_the_replay(session: Session, services: Services, owner: UUID) -> None:
    replay_id = start(session, services, owner)
    session.execute(update(Replay).values(artefact=b"damaged"))
    session.commit()

    assert replaying.work(session=session, services=services) == 0

    view = replaying.see("demo", replay_id, session=session)
    assert (view.progress.state, view.row.replay.failure) == (ReplayState.FAILED, "damaged")


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("most", [99, 100_001])
def test_numbers_out_of_bounds_are_refused(
    session: Session, services: Services, owner: UUID, most: int
) -> None:
    with pytest.raises(Invalid):
        start(session, services, owner, number=1, most=most)


@pytest.mark.usefixtures("site")
def test_versions_and_replays_of_other_sites_are_unknown(
    session: Session, services: Services, owner: UUID
) -> None:
    a_site(session, services, "other")
    replay_id = start(session, services, owner)

    with pytest.raises(RuleSetUnknown):
        start(session, services, owner, site_key="other", number=1)
    with pytest.raises(ReplayUnknown):
        replaying.see("other", replay_id, session=session)
    with pytest.raises(ReplayUnknown):
        replaying.see_progress("other", replay_id, session=session)
    with pytest.raises(ReplayUnknown):
        replaying.cancel("other", replay_id, account_id=owner, session=session, services=services)
    with pytest.raises(SiteUnknown):
        replaying.list_replays("nowhere", session=session)

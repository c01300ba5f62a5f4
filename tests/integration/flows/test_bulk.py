"""Many at one stroke, on both databases: what is chosen, what is skipped, what is taken back, who waits for whom."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.domain.account import Role
from moderation.domain.comment import Status
from moderation.domain.errors import Conflict, Invalid, ItemUnknown
from moderation.domain.reasons import Reason
from moderation.domain.review import DecisionKind, ItemState
from moderation.flows import bulk, review
from moderation.flows.bulk import BulkDone, Choice
from moderation.flows.review import Reviewer, Ruling
from moderation.ports import Services
from moderation.store import lengths
from moderation.store.tables import Author, Comment, Decision, ReviewItem, Thread
from tests.conftest import Queries
from tests.factories import LEASE_TOKEN, a_claim, a_comment, a_rule, a_site, active_rules, an_account
from tests.fakes import FrozenClock

TOKEN = "mod_author_" + "a" * 43
APPROVE, REJECT = DecisionKind.APPROVE, DecisionKind.REJECT
Race = Callable[[Sequence[Callable[[Session], Any]]], list[Any]]


class Desk:
    """Moderators who decide many things at once."""

    def __init__(self, session: Session, services: Services) -> None:
        self.session, self.services = session, services

    def person(self, login: str, *site_ids: UUID, is_senior: bool = False) -> Reviewer:
        role = Role.SENIOR if is_senior else Role.MODERATOR
        account_id = an_account(self.session, self.services, login, role)
        seniors = site_ids if is_senior else ()
        return Reviewer(account_id=account_id, name=login, site_ids=site_ids, senior_site_ids=seniors)

    def decide(
        self,
        who: Reviewer,
        choice: Choice,
        kind: DecisionKind = APPROVE,
        *,
        batch_id: UUID | None = None,
        most: int = 1_000,
        session: Session | None = None,
    ) -> BulkDone:
        return bulk.decide_many(
            choice,
            kind=kind,
            reason=Reason.ADVERTISING if kind is REJECT else None,
            note=None,
            batch_id=batch_id or uuid4(),
            most=most,
            reviewer=who,
            session=session or self.session,
            services=self.services,
        )

    def count(self, who: Reviewer, choice: Choice) -> int:
        return bulk.count(choice, reviewer=who, session=self.session, services=self.services)

    def undo(self, who: Reviewer, done: BulkDone) -> int:
        return review.undo_batch(done.batch_id, reviewer=who, session=self.session, services=self.services)

    def item_of(self, comment_id: UUID) -> UUID:
        items = select(ReviewItem.id).where(ReviewItem.comment_id == comment_id)
        return self.session.scalars(items.where(ReviewItem.closed_at.is_(None))).one()

    def statuses(self) -> list[Status]:
        self.session.rollback()
        return list(self.session.scalars(select(Comment.status).order_by(Comment.created_at, Comment.id)))


@pytest.fixture
def desk(session: Session, services: Services) -> Desk:
    return Desk(session, services)


@pytest.fixture
def site(session: Session, services: Services) -> UUID:
    return a_site(session, services)


@pytest.mark.parametrize(
    "fields", [{}, {"items": (uuid4(),), "thread_id": uuid4()}, {"items": tuple(uuid4() for _ in range(501))}]
)
def test_a_choice_is_exactly_one_and_not_too_long(fields: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        Choice(**fields)


def test_each_way_to_choose_finds_what_it_says(
    session: Session, services: Services, desk: Desk, site: UUID
) -> None:
    active_rules(session, services, [a_rule("花海")])
    by_author = a_comment(session, services, "公园人多", author_token=TOKEN).comment_id
    a_comment(session, services, "停车场满了", author_token=TOKEN, thread_key="别处")
    a_comment(session, services, "看花海去")
    a_comment(session, services, "同一段话说上两遍也还是同一段话")
    copy = a_comment(session, services, "同一段话，说上两遍也还是同一段话。").comment_id
    lin = desk.person("lin", site)
    own = session.get_one(Comment, by_author)
    rule_key = session.scalars(select(ReviewItem.rule_key).where(ReviewItem.rule_key.is_not(None))).one()
    assert rule_key is not None

    assert desk.count(lin, Choice(author_id=own.author_id)) == 2
    assert desk.count(lin, Choice(thread_id=own.thread_id)) == 4
    assert desk.count(lin, Choice(rule=(site, rule_key))) == 1
    assert desk.count(lin, Choice(group_of=desk.item_of(copy))) == 2
    assert desk.count(lin, Choice(items=(desk.item_of(copy), uuid4()))) == 1

    done = desk.decide(lin, Choice(group_of=desk.item_of(copy)), REJECT)

    assert (len(done.decided), done.skipped, done.left) == (2, 0, 0)
    assert desk.statuses()[-2:] == [Status.REJECTED] * 2
    assert session.scalars(select(Decision.batch_id).distinct()).all() == [done.batch_id]


def test_everything_that_one_decision_changes_changes_for_each(
    session: Session, services: Services, desk: Desk, site: UUID
) -> None:
    lin = desk.person("lin", site)
    for number in range(5):
        a_comment(session, services, f"第{number}条", author_token=TOKEN, thread_key=str(number % 2))
    author = session.scalars(select(Author.id)).one()

    desk.decide(lin, Choice(author_id=author))

    session.rollback()
    assert desk.statuses() == [Status.PUBLISHED] * 5
    assert sorted(session.scalars(select(Thread.published_count))) == [2, 3]
    assert session.execute(select(Author.approved_count, Author.rejected_count)).one() == (5, 0)
    assert all(session.scalars(select(Comment.is_told)))
    assert lengths.queue_lengths(session, (site,))[ItemState.WAITING] == 0


def test_replies_and_their_root_are_decided_together(
    session: Session, services: Services, desk: Desk, site: UUID
) -> None:
    lin = desk.person("lin", site)
    root = a_comment(session, services, "楼主").comment_id
    desk.decide(lin, Choice(items=(desk.item_of(root),)))
    replies = [a_comment(session, services, f"回复{n}", parent_id=root).comment_id for n in range(3)]

    done = desk.decide(lin, Choice(items=tuple(desk.item_of(one) for one in replies)))
    assert session.get_one(Comment, root, populate_existing=True).published_reply_count == 3
    desk.undo(lin, done)

    session.rollback()
    assert session.get_one(Comment, root, populate_existing=True).published_reply_count == 0


def test_what_somebody_else_holds_is_skipped_and_counted(
    session: Session, services: Services, desk: Desk, site: UUID
) -> None:
    for number in range(3):
        a_comment(session, services, f"第{number}条", author_token=TOKEN)
    lin, mei = desk.person("lin", site), desk.person("mei", site)
    held = a_claim(session, services, mei)
    assert held is not None
    everything = tuple(session.scalars(select(ReviewItem.id)))
    author = session.scalars(select(Author.id)).one()

    done = desk.decide(lin, Choice(author_id=author))
    again = desk.decide(lin, Choice(items=everything), batch_id=done.batch_id)

    assert (len(done.decided), done.skipped, done.left) == (2, 1, 0)
    assert (again.decided, again.skipped, again.left) == ((), 1, 0)
    assert held.item_id not in done.decided


def test_another_sites_items_are_not_there(
    session: Session, services: Services, desk: Desk, site: UUID
) -> None:
    other = a_site(session, services, "other")
    comment = session.get_one(Comment, a_comment(session, services, author_token=TOKEN).comment_id)
    item_id = desk.item_of(comment.id)
    stranger, lin = desk.person("stranger", other), desk.person("lin", site)

    for choice in (
        Choice(items=(item_id,)),
        Choice(author_id=comment.author_id),
        Choice(thread_id=comment.thread_id),
        Choice(rule=(site, "x")),
    ):
        done = desk.decide(stranger, choice)
        assert (desk.count(stranger, choice), done.decided, done.left) == (0, (), 0)
    with pytest.raises(ItemUnknown):
        desk.decide(stranger, Choice(group_of=item_id))
    assert desk.statuses() == [Status.PENDING]
    assert desk.count(lin, Choice(items=(item_id,))) == 1


def test_what_went_up_to_a_senior_is_settled_by_seniors(
    session: Session, services: Services, desk: Desk, site: UUID
) -> None:
    a_comment(session, services, author_token=TOKEN)
    lin, wu = desk.person("lin", site), desk.person("wu", site, is_senior=True)
    held = a_claim(session, services, lin)
    assert held is not None
    ruling = Ruling(item_id=held.item_id, lease_token=LEASE_TOKEN, revision=1, kind=DecisionKind.ESCALATE)
    review.decide(ruling, reviewer=lin, session=session, services=services)
    choice = Choice(author_id=session.scalars(select(Author.id)).one())

    assert desk.decide(lin, choice).decided == ()
    assert desk.decide(wu, choice).decided == (held.item_id,)


@pytest.mark.parametrize("state", [ItemState.APPEALED, ItemState.SECOND_LOOK])
def test_what_is_about_one_decision_is_never_settled_in_bulk(
    session: Session, services: Services, desk: Desk, site: UUID, state: ItemState
) -> None:
    a_comment(session, services, author_token=TOKEN)
    session.scalars(select(ReviewItem)).one().state = state
    session.commit()
    wu = desk.person("wu", site, is_senior=True)

    assert desk.count(wu, Choice(author_id=session.scalars(select(Author.id)).one())) == 0


@pytest.mark.parametrize(
    ("kind", "reason"),
    [(REJECT, None), (APPROVE, Reason.OTHER), (DecisionKind.ESCALATE, None), (DecisionKind.UNDO, None)],
)
def test_an_unsound_stroke_is_refused(
    *, desk: Desk, site: UUID, kind: DecisionKind, reason: Reason | None
) -> None:
    lin = desk.person("lin", site)

    with pytest.raises(Invalid):
        bulk.decide_many(
            Choice(items=(uuid4(),)),
            kind=kind,
            reason=reason,
            note=None,
            batch_id=uuid4(),
            most=10,
            reviewer=lin,
            session=desk.session,
            services=desk.services,
        )


def test_many_are_decided_in_repeated_calls_and_none_twice(
    *, session: Session, services: Services, desk: Desk, site: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "BATCH", 4)
    for number in range(25):
        a_comment(session, services, f"第{number}条", author_token=TOKEN)
    lin = desk.person("lin", site)
    choice, batch_id = Choice(author_id=session.scalars(select(Author.id)).one()), uuid4()

    done = [desk.decide(lin, choice, batch_id=batch_id, most=10) for _ in range(4)]

    assert [len(one.decided) for one in done] == [10, 10, 5, 0]
    assert [one.left for one in done] == [15, 5, 0, 0]
    assert len({item for one in done for item in one.decided}) == 25


def test_a_batch_is_taken_back_as_far_as_it_can_be(
    session: Session, services: Services, desk: Desk, site: UUID, clock: FrozenClock
) -> None:
    for number in range(5):
        a_comment(session, services, f"第{number}条", author_token=TOKEN)
    lin, wu = desk.person("lin", site), desk.person("wu", site, is_senior=True)
    choice = Choice(author_id=session.scalars(select(Author.id)).one())
    done = desk.decide(lin, choice, REJECT)
    decisions = session.scalars(select(Decision.id).order_by(Decision.id)).all()
    review.undo(decisions[0], token=LEASE_TOKEN, reviewer=lin, session=session, services=services)

    assert desk.undo(wu, done) == 0
    assert desk.undo(lin, done) == 4
    assert desk.undo(lin, done) == 0
    assert desk.statuses() == [Status.PENDING] * 5
    assert session.execute(select(Author.approved_count, Author.rejected_count)).one() == (0, 0)
    assert desk.decide(lin, choice, batch_id=done.batch_id).decided == ()
    late = desk.decide(lin, choice)
    clock.move(minutes=31)
    assert desk.undo(lin, late) == 0


def test_a_stroke_of_many_costs_few_statements(
    *, session: Session, services: Services, desk: Desk, site: UUID, queries: Queries
) -> None:
    lin = desk.person("lin", site)
    for number in range(3):
        a_comment(session, services, f"第{number}条", author_token=TOKEN)
    author = session.scalars(select(Author.id)).one()
    before = len(queries)
    desk.decide(lin, Choice(author_id=author))
    few = len(queries) - before
    for number in range(30):
        a_comment(session, services, f"又{number}条", author_token=TOKEN)
    before = len(queries)

    assert len(desk.decide(lin, Choice(author_id=author)).decided) == 30
    assert len(queries) - before <= few + 2  # a sampled decision or two add an item


def test_bulk_and_single_decisions_race_without_deadlock_and_decide_each_once(
    *, session: Session, services: Services, desk: Desk, site: UUID, race: Race
) -> None:
    people = [desk.person(f"mod{number}", site) for number in range(6)]
    for number in range(120):
        token = f"mod_author_{'abc'[number % 3] * 43}"
        a_comment(session, services, f"第{number}条", author_token=token, thread_key=str(number % 5))
    authors = session.scalars(select(Author.id)).all()
    threads = session.scalars(select(Thread.id)).all()

    def strokes(who: Reviewer, choices: list[Choice]) -> Callable[[Session], list[UUID]]:
        def act(own: Session) -> list[UUID]:
            return [
                item for choice in choices for item in desk.decide(who, choice, REJECT, session=own).decided
            ]

        return act

    def one_by_one(who: Reviewer) -> Callable[[Session], list[UUID]]:
        def act(own: Session) -> list[UUID]:
            seen: list[UUID] = []
            while (held := a_claim(own, services, who, token=who.name)) is not None:
                ruling = Ruling(item_id=held.item_id, lease_token=who.name, revision=1, kind=APPROVE)
                try:
                    seen.append(review.decide(ruling, reviewer=who, session=own, services=services).item_id)
                except Conflict:
                    own.rollback()
            return seen

        return act

    results = race(
        [
            strokes(people[0], [Choice(author_id=one) for one in authors]),
            strokes(people[1], [Choice(thread_id=one) for one in threads]),
            strokes(people[2], [Choice(author_id=one) for one in reversed(authors)]),
            strokes(people[3], [Choice(thread_id=one) for one in reversed(threads)]),
            one_by_one(people[4]),
            one_by_one(people[5]),
        ]
    )

    assert not [one for one in results if isinstance(one, Exception)], results
    decided = [item for one in results for item in one]
    assert len(decided) == len(set(decided)) == 120
    session.rollback()
    assert session.scalar(select(func.count()).where(Decision.checks_id.is_(None))) == 120
    approved = func.count().filter(Comment.status == Status.PUBLISHED)
    for kept, rejected, shown, all_of_them in session.execute(
        select(Author.approved_count, Author.rejected_count, approved, func.count())
        .join(Comment, Comment.author_id == Author.id)
        .group_by(Author.id)
    ):
        assert (kept, rejected) == (shown, all_of_them - shown)
    assert sum(session.scalars(select(Thread.published_count))) == sum(
        status is Status.PUBLISHED for status in desk.statuses()
    )

"""Judgements about judgements, on both databases: second looks, disputes, appeals; and what is put aside."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.domain.account import Role
from moderation.domain.comment import Status
from moderation.domain.errors import Invalid, ItemUnknown, LeaseLost, NotPermitted, UndoTooLate
from moderation.domain.events import EventName
from moderation.domain.policy import Mode
from moderation.domain.reasons import Cause, Reason
from moderation.domain.review import LEASE, MOST_HELD, DecisionKind, ItemState
from moderation.flows import desk, review
from moderation.flows.review import Claimed, Decided, Reviewer, Ruling
from moderation.ports import Services
from moderation.store import review as store
from moderation.store.tables import AuditEvent, Author, Comment, Decision, ReviewItem, Site
from tests.conftest import Queries
from tests.factories import LEASE_TOKEN, a_claim, a_comment, a_site, an_account
from tests.fakes import FrozenClock

TOKEN = "mod_author_" + "a" * 43
APPROVE, REJECT, ESCALATE = DecisionKind.APPROVE, DecisionKind.REJECT, DecisionKind.ESCALATE
People = Callable[..., Reviewer]


class Desk:
    """Moderators who check each other."""

    def __init__(self, session: Session, services: Services, site: UUID) -> None:
        self.session, self.services, self.site = session, services, site

    def person(self, login: str, *, is_senior: bool = False) -> Reviewer:
        role = Role.SENIOR if is_senior else Role.MODERATOR
        account_id = an_account(self.session, self.services, login, role)
        seniors = (self.site,) if is_senior else ()
        return Reviewer(account_id=account_id, name=login, site_ids=(self.site,), senior_site_ids=seniors)

    def next(self, who: Reviewer, queue: ItemState = ItemState.WAITING) -> Claimed | None:
        return a_claim(self.session, self.services, who, queue)

    def rule(
        self, who: Reviewer, kind: DecisionKind = APPROVE, queue: ItemState = ItemState.WAITING
    ) -> Decided:
        held = self.next(who, queue)
        assert held is not None
        ruling = Ruling(
            item_id=held.item_id,
            lease_token=LEASE_TOKEN,
            revision=1,
            kind=kind,
            reason=Reason.INSULT if kind is REJECT else None,
        )
        return review.decide(ruling, reviewer=who, session=self.session, services=self.services)

    def undo(self, who: Reviewer, decided: Decided) -> Claimed:
        return review.undo(
            decided.decision_id,
            token=LEASE_TOKEN,
            reviewer=who,
            session=self.session,
            services=self.services,
        )

    def hold(self, who: Reviewer, item_id: UUID, token: str = LEASE_TOKEN) -> Claimed:
        return review.hold(item_id, token=token, reviewer=who, session=self.session, services=self.services)

    def claim(self, who: Reviewer, item_id: UUID) -> Claimed:
        return review.claim(
            item_id, token=LEASE_TOKEN, reviewer=who, session=self.session, services=self.services
        )

    def open(self) -> list[tuple[ItemState, list[str]]]:
        self.session.rollback()
        items = select(ReviewItem.state, ReviewItem.causes).where(ReviewItem.closed_at.is_(None))
        return [(state, causes) for state, causes in self.session.execute(items)]

    def status(self) -> Status:
        self.session.rollback()
        return self.session.scalars(select(Comment.status)).one()


@pytest.fixture
def a_desk(session: Session, services: Services) -> Desk:
    site = a_site(session, services)
    session.execute(update(Site).values(second_look_percent=100))
    session.commit()
    return Desk(session, services, site)


# Second looks ------------------------------------------------------------------------------------


def test_a_second_look_is_blind_and_for_somebody_else(a_desk: Desk) -> None:
    a_comment(a_desk.session, a_desk.services, author_token=TOKEN)
    lin, mei = a_desk.person("lin"), a_desk.person("mei")
    a_desk.rule(lin, REJECT)
    assert a_desk.open() == [(ItemState.SECOND_LOOK, [Cause.SECOND_LOOK])]
    assert a_desk.next(lin, ItemState.SECOND_LOOK) is None
    held = a_desk.next(mei, ItemState.SECOND_LOOK)
    assert held is not None
    with pytest.raises(NotPermitted):
        a_desk.claim(lin, held.item_id)

    view = desk.card_view(mei.site_ids, held.item_id, session=a_desk.session, services=a_desk.services)
    around = desk.context(mei.site_ids, held.item_id, session=a_desk.session)

    assert (view.card.status, view.earlier, view.author_decisions) == (Status.PENDING, (), ())
    assert [comment.status for comment in around.comments] == [Status.PENDING]


def test_agreement_is_noted_and_changes_nothing(a_desk: Desk) -> None:
    a_comment(a_desk.session, a_desk.services, author_token=TOKEN)
    lin, mei = a_desk.person("lin"), a_desk.person("mei")
    first = a_desk.rule(lin, REJECT)

    second = a_desk.rule(mei, REJECT, ItemState.SECOND_LOOK)

    assert a_desk.open() == []
    assert a_desk.status() is Status.REJECTED
    assert a_desk.session.get_one(Decision, second.decision_id).checks_id == first.decision_id
    event = a_desk.session.scalars(
        select(AuditEvent).where(AuditEvent.name == EventName.DECISION_CHECKED)
    ).one()
    assert (event.subject_id, event.new["is_agreed"]) == (first.decision_id, True)
    record = select(Author.approved_count, Author.rejected_count)
    assert a_desk.session.execute(record).one() == (0, 1)


def test_a_disagreement_goes_to_a_senior_who_has_the_last_word(a_desk: Desk) -> None:
    a_comment(a_desk.session, a_desk.services)
    lin, mei, wu = a_desk.person("lin"), a_desk.person("mei"), a_desk.person("wu", is_senior=True)
    a_desk.rule(lin, REJECT)
    a_desk.rule(mei, APPROVE, ItemState.SECOND_LOOK)
    assert a_desk.status() is Status.REJECTED
    assert a_desk.open() == [(ItemState.ESCALATED, [Cause.SECOND_LOOK])]

    a_desk.rule(wu, APPROVE, ItemState.ESCALATED)

    assert a_desk.status() is Status.PUBLISHED
    assert a_desk.open() == []


def test_a_second_look_does_not_go_up_by_itself(a_desk: Desk) -> None:
    a_comment(a_desk.session, a_desk.services)
    lin, mei = a_desk.person("lin"), a_desk.person("mei")
    a_desk.rule(lin)

    with pytest.raises(Invalid):
        a_desk.rule(mei, ESCALATE, ItemState.SECOND_LOOK)


def test_undoing_the_first_decision_drops_its_second_look(a_desk: Desk) -> None:
    a_comment(a_desk.session, a_desk.services)
    lin = a_desk.person("lin")
    first = a_desk.rule(lin)

    a_desk.undo(lin, first)

    assert a_desk.open() == [(ItemState.WAITING, [Cause.PRE_MODERATION, Cause.UNDONE])]


def test_an_undone_second_look_takes_its_dispute_back_until_a_senior_spoke(a_desk: Desk) -> None:
    a_comment(a_desk.session, a_desk.services)
    lin, mei, wu = a_desk.person("lin"), a_desk.person("mei"), a_desk.person("wu", is_senior=True)
    first = a_desk.rule(lin)
    second = a_desk.rule(mei, REJECT, ItemState.SECOND_LOOK)
    with pytest.raises(UndoTooLate):
        a_desk.undo(lin, first)
    a_desk.undo(mei, second)
    assert a_desk.open() == [(ItemState.SECOND_LOOK, [Cause.SECOND_LOOK, Cause.UNDONE])]
    again = a_desk.rule(mei, REJECT, ItemState.SECOND_LOOK)
    a_desk.rule(wu, REJECT, ItemState.ESCALATED)

    with pytest.raises(UndoTooLate):
        a_desk.undo(mei, again)


# Reported and appealed ---------------------------------------------------------------------------


def into(a_desk: Desk, state: ItemState, cause: Cause, not_for: UUID | None = None) -> None:
    comment = a_desk.session.scalars(select(Comment)).one()
    item = store.waiting_item(
        comment,
        state,
        [cause],
        risk=60,
        new_id=a_desk.services.ids.new(),
        now=a_desk.services.clock.now(),
    )
    item.not_for = not_for
    store.enqueue(a_desk.session, item)
    a_desk.session.commit()


@pytest.mark.parametrize(("kind", "status"), [(APPROVE, Status.PUBLISHED), (REJECT, Status.REJECTED)])
def test_a_reported_comment_is_kept_or_taken_away_and_an_undo_leads_back(
    session: Session, services: Services, kind: DecisionKind, status: Status
) -> None:
    a_desk = Desk(session, services, a_site(session, services, mode=Mode.RULES))
    a_comment(session, services)
    into(a_desk, ItemState.REPORTED, Cause.REPORTED)
    lin = a_desk.person("lin")

    decided = a_desk.rule(lin, kind, ItemState.REPORTED)
    assert a_desk.status() is status
    a_desk.undo(lin, decided)

    assert a_desk.status() is Status.PUBLISHED
    assert (ItemState.REPORTED, [Cause.REPORTED, Cause.UNDONE]) in a_desk.open()


def test_an_appeal_is_judged_by_another_senior_and_undone_to_the_same_refusal(a_desk: Desk) -> None:
    a_comment(a_desk.session, a_desk.services)
    wu, chen, lin = (
        a_desk.person("wu", is_senior=True),
        a_desk.person("chen", is_senior=True),
        a_desk.person("lin"),
    )
    a_desk.rule(wu, REJECT)
    into(a_desk, ItemState.APPEALED, Cause.APPEALED, not_for=wu.account_id)
    item_id = a_desk.session.scalars(select(ReviewItem.id).where(ReviewItem.closed_at.is_(None))).one()
    assert a_desk.next(wu, ItemState.APPEALED) is None
    assert a_desk.next(lin, ItemState.APPEALED) is None
    with pytest.raises(NotPermitted):
        a_desk.claim(wu, item_id)
    with pytest.raises(ItemUnknown):
        a_desk.claim(lin, item_id)

    decided = a_desk.rule(chen, APPROVE, ItemState.APPEALED)
    assert a_desk.status() is Status.PUBLISHED
    a_desk.undo(chen, decided)

    assert a_desk.status() is Status.REJECTED
    assert a_desk.session.scalars(select(Comment.reason)).one() is Reason.INSULT
    assert a_desk.next(wu, ItemState.APPEALED) is None


# Put aside ---------------------------------------------------------------------------------------


def test_what_is_put_aside_is_nobodys_else_for_a_day_and_taken_up_by_name(
    a_desk: Desk, clock: FrozenClock
) -> None:
    a_comment(a_desk.session, a_desk.services)
    lin, mei = a_desk.person("lin"), a_desk.person("mei")
    held = a_desk.next(lin)
    assert held is not None
    with pytest.raises(LeaseLost):
        a_desk.hold(mei, held.item_id)
    with pytest.raises(ItemUnknown):
        a_desk.hold(lin, a_desk.services.ids.new())
    a_desk.hold(lin, held.item_id)
    clock.move(hours=23)

    assert a_desk.next(lin) is None
    assert a_desk.next(mei) is None
    (row,) = desk.on_hold(lin.site_ids, lin.account_id, session=a_desk.session, services=a_desk.services)
    assert (row.card.item_id, row.card.is_held) == (held.item_id, True)
    assert desk.on_hold(mei.site_ids, mei.account_id, session=a_desk.session, services=a_desk.services) == []

    a_desk.claim(lin, held.item_id)
    review.release(reviewer=lin, session=a_desk.session)
    assert a_desk.next(mei) is not None


def test_what_is_put_aside_comes_back_by_itself(a_desk: Desk, clock: FrozenClock) -> None:
    a_comment(a_desk.session, a_desk.services)
    lin, mei = a_desk.person("lin"), a_desk.person("mei")
    held = a_desk.next(lin)
    assert held is not None
    a_desk.hold(lin, held.item_id)
    clock.move(hours=24)

    taken = a_desk.next(mei)

    assert taken is not None
    assert desk.on_hold(lin.site_ids, lin.account_id, session=a_desk.session, services=a_desk.services) == []


def test_one_puts_aside_so_much_and_no_more(a_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_HELD == 50
    monkeypatch.setattr(review, "MOST_HELD", 2)
    lin = a_desk.person("lin")
    for number in range(3):
        a_comment(a_desk.session, a_desk.services, f"第{number}条")
    for _ in range(2):
        held = a_desk.next(lin)
        assert held is not None
        a_desk.hold(lin, held.item_id)
    third = a_desk.next(lin)
    assert third is not None

    with pytest.raises(Invalid):
        a_desk.hold(lin, third.item_id)


# Several cards ahead -----------------------------------------------------------------------------


def test_cards_ahead_are_kept_renewed_and_lost_one_by_one(a_desk: Desk, clock: FrozenClock) -> None:
    for number in range(4):
        a_comment(a_desk.session, a_desk.services, f"第{number}条")
        clock.move(seconds=1)
    lin, mei = a_desk.person("lin"), a_desk.person("mei")

    def more(most: int, keep: list[UUID], who: Reviewer = lin) -> list[UUID]:
        claimed = review.claim_some(
            who,
            ItemState.WAITING,
            token=LEASE_TOKEN,
            most=most,
            keep=keep,
            session=a_desk.session,
            services=a_desk.services,
        )
        return [one.item_id for one in claimed]

    hand = more(3, [])
    clock.move(minutes=4)
    assert len(more(9, [], mei)) == 1
    assert more(0, hand[1:]) == []
    clock.move(minutes=4)

    held = review.holding(token=LEASE_TOKEN, reviewer=lin, session=a_desk.session, services=a_desk.services)
    assert [one.item_id for one in held] == hand[1:]
    assert more(9, [], mei)[0] == hand[0]
    renewed = review.renew(token=LEASE_TOKEN, reviewer=lin, session=a_desk.session, services=a_desk.services)
    assert renewed == clock.now() + LEASE
    clock.move(minutes=5)
    assert (
        review.renew(token=LEASE_TOKEN, reviewer=lin, session=a_desk.session, services=a_desk.services)
        is None
    )


def test_the_queues_of_several_sites_are_one(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    sites = tuple(a_site(session, services, key) for key in ("one", "two", "three"))
    lin = Reviewer(account_id=an_account(session, services), name="Lin", site_ids=sites, senior_site_ids=())
    posted = []
    for number in range(12):
        key = ("one", "three", "one", "two")[number % 4]
        posted.append(a_comment(session, services, f"第{number}条", site_key=key).comment_id)
        clock.move(seconds=1)
    items = dict(session.execute(select(ReviewItem.id, ReviewItem.comment_id)).all())

    claimed = review.claim_some(
        lin, ItemState.WAITING, token=LEASE_TOKEN, most=10, session=session, services=services
    )
    pages = [desk.queue_page(sites, ItemState.WAITING, most=5, session=session)]
    while pages[-1].next_cursor is not None:
        pages.append(
            desk.queue_page(sites, ItemState.WAITING, most=5, cursor=pages[-1].next_cursor, session=session)
        )
    only = desk.QueueFilter(site_id=sites[1])
    of_two = desk.queue_page(sites, ItemState.WAITING, wanted=only, session=session)

    assert [items[one.item_id] for one in claimed] == posted[:10]
    assert [row.card.comment_id for page in pages for row in page.rows] == posted
    assert [row.card.comment_id for row in of_two.rows] == posted[3::4]


def test_several_cards_cost_as_many_queries_as_one(a_desk: Desk, queries: Queries) -> None:
    root = a_comment(a_desk.session, a_desk.services, "楼主", author_token=TOKEN)
    lin = a_desk.person("lin")
    a_desk.rule(lin)
    for number in range(5):
        token = f"mod_author_{number}" + "b" * 42
        a_comment(
            a_desk.session,
            a_desk.services,
            f"第{number}条回复",
            author_token=token,
            parent_id=root.comment_id,
        )
    items = a_desk.session.scalars(select(ReviewItem.id).where(ReviewItem.state == ItemState.WAITING)).all()
    costs = []
    for some in (items[:1], items):
        before = len(queries)
        views = desk.card_views(lin.site_ids, some, session=a_desk.session, services=a_desk.services)
        costs.append(len(queries) - before)
        assert [view.card.item_id for view in views] == list(some)

    assert costs[0] == costs[1] <= 7
    assert desk.card_views((), items, session=a_desk.session, services=a_desk.services) == []

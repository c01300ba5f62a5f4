"""Review on both databases: who may hold an item, whose decision stands, what an undo gives back."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from moderation.domain.account import Role
from moderation.domain.comment import Status
from moderation.domain.errors import (
    AlreadyDecided,
    Fault,
    Invalid,
    ItemUnknown,
    LeaseLost,
    RevisionStale,
    UndoTooLate,
)
from moderation.domain.policy import Mode
from moderation.domain.reasons import Cause, Reason
from moderation.domain.review import DecisionKind, ItemState, Lease
from moderation.flows import review
from moderation.flows.review import Claimed, Decided, Reviewer, Ruling
from moderation.ports import Services
from moderation.rules import Action
from moderation.store import lengths, queue
from moderation.store.tables import Author, Comment, Decision, ReviewItem, Revision, Thread
from tests.factories import LEASE_TOKEN, a_claim, a_comment, a_rule, a_site, active_rules, an_account
from tests.fakes import FrozenClock

TOKEN = "mod_author_" + "a" * 43
APPROVE, REJECT, ESCALATE = DecisionKind.APPROVE, DecisionKind.REJECT, DecisionKind.ESCALATE

Race = Callable[[Sequence[Callable[[Session], Any]]], list[Any]]


class Desk:
    """Moderators at work, in one line each."""

    def __init__(self, session: Session, services: Services) -> None:
        self.session, self.services = session, services

    def person(self, login: str, *site_ids: UUID, is_senior: bool = False) -> Reviewer:
        role = Role.SENIOR if is_senior else Role.MODERATOR
        account_id = an_account(self.session, self.services, login, role)
        return Reviewer(
            account_id=account_id,
            name=login.title(),
            site_ids=site_ids,
            senior_site_ids=site_ids if is_senior else (),
        )

    def next(
        self,
        who: Reviewer,
        queue: ItemState = ItemState.WAITING,
        beyond: UUID | None = None,
        *,
        is_forward: bool = True,
    ) -> Claimed | None:
        return a_claim(self.session, self.services, who, queue, beyond=beyond, is_forward=is_forward)

    def must(self, who: Reviewer, queue: ItemState = ItemState.WAITING) -> Claimed:
        claimed = self.next(who, queue)
        assert claimed is not None
        return claimed

    def claim(self, who: Reviewer, item_id: UUID, token: str = LEASE_TOKEN) -> Claimed:
        return review.claim(item_id, token=token, reviewer=who, session=self.session, services=self.services)

    def decide(
        self,
        who: Reviewer,
        held: Claimed,
        kind: DecisionKind = APPROVE,
        reason: Reason | None = None,
        *,
        revision: int = 1,
        note: str | None = None,
    ) -> Decided:
        ruling = a_ruling(held, kind, reason, revision=revision, note=note)
        return review.decide(ruling, reviewer=who, session=self.session, services=self.services)

    def undo(self, who: Reviewer, decided: Decided) -> Claimed:
        return review.undo(
            decided.decision_id,
            token=LEASE_TOKEN,
            reviewer=who,
            session=self.session,
            services=self.services,
        )

    def comment(self, comment_id: UUID) -> Comment:
        self.session.rollback()
        return self.session.get_one(Comment, comment_id, populate_existing=True)

    def item(self, item_id: UUID) -> ReviewItem:
        self.session.rollback()
        return self.session.get_one(ReviewItem, item_id, populate_existing=True)

    def record(self) -> tuple[int, int]:
        self.session.rollback()
        approved, rejected = self.session.execute(select(Author.approved_count, Author.rejected_count)).one()
        return approved, rejected


def a_ruling(
    held: Claimed,
    kind: DecisionKind = APPROVE,
    reason: Reason | None = None,
    *,
    revision: int = 1,
    note: str | None = None,
) -> Ruling:
    return Ruling(
        item_id=held.item_id,
        lease_token=LEASE_TOKEN,
        revision=revision,
        kind=kind,
        reason=reason,
        note=note,
    )


@pytest.fixture
def desk(session: Session, services: Services) -> Desk:
    return Desk(session, services)


@pytest.fixture
def site(session: Session, services: Services) -> UUID:
    return a_site(session, services)


# Claims ------------------------------------------------------------------------------------------


def test_the_riskiest_item_comes_first_then_the_oldest(
    session: Session, services: Services, desk: Desk, site: UUID, clock: FrozenClock
) -> None:
    active_rules(session, services, [a_rule("花海")])
    first = a_comment(session, services, "一")
    clock.move(seconds=1)
    second = a_comment(session, services, "二")
    clock.move(seconds=1)
    grave = a_comment(session, services, "看花海去")
    lin = desk.person("lin", site)

    seen = []
    while (held := desk.next(lin)) is not None:
        seen.append(desk.decide(lin, held).comment_id)

    assert seen == [grave.comment_id, first.comment_id, second.comment_id]


def test_a_claimed_item_is_nobody_elses_until_its_lease_ends(
    session: Session, services: Services, desk: Desk, site: UUID, clock: FrozenClock
) -> None:
    a_comment(session, services)
    lin, mei = desk.person("lin", site), desk.person("mei", site)
    held = desk.must(lin)
    assert desk.next(mei) is None
    with pytest.raises(LeaseLost) as refused:
        desk.claim(mei, held.item_id)
    clock.move(minutes=5)

    taken = desk.must(mei)

    assert refused.value.holder == "Lin"
    assert taken.item_id == held.item_id


def test_a_late_decision_loses_its_lease_and_hears_who_holds_it(
    session: Session, services: Services, desk: Desk, site: UUID, clock: FrozenClock
) -> None:
    comment = a_comment(session, services)
    lin, mei = desk.person("lin", site), desk.person("mei", site)
    late = desk.must(lin)
    clock.move(minutes=5)
    desk.must(mei)

    with pytest.raises(LeaseLost) as refused:
        desk.decide(lin, late)

    assert refused.value.holder == "Mei"
    assert desk.comment(comment.comment_id).status is Status.PENDING


def test_a_lease_that_ran_out_is_lost_even_when_nobody_took_it(
    session: Session, services: Services, desk: Desk, site: UUID, clock: FrozenClock
) -> None:
    a_comment(session, services)
    lin = desk.person("lin", site)
    late = desk.must(lin)
    clock.move(minutes=5)

    with pytest.raises(LeaseLost) as refused:
        desk.decide(lin, late)

    assert refused.value.holder is None


def test_another_browser_of_the_same_person_takes_a_claim_over(
    session: Session, services: Services, desk: Desk, site: UUID
) -> None:
    a_comment(session, services)
    lin = desk.person("lin", site)
    older = desk.must(lin)
    desk.claim(lin, older.item_id, token="mod_lease_of_another_browser")

    with pytest.raises(LeaseLost) as refused:
        desk.decide(lin, older)

    assert refused.value.holder is None
    assert desk.decide(lin, desk.claim(lin, older.item_id)).kind is APPROVE


def test_claiming_the_next_gives_the_last_one_back(
    session: Session, services: Services, desk: Desk, site: UUID
) -> None:
    a_comment(session, services, "一")
    a_comment(session, services, "二")
    lin, mei = desk.person("lin", site), desk.person("mei", site)
    first = desk.must(lin)

    second = desk.next(lin, beyond=first.item_id)

    assert second is not None
    assert second.item_id != first.item_id
    assert desk.must(mei).item_id == first.item_id


def test_going_on_past_the_end_begins_again_and_going_back_returns(
    session: Session, services: Services, desk: Desk, site: UUID, clock: FrozenClock
) -> None:
    for text in ("一", "二", "三"):
        a_comment(session, services, text)
        clock.move(seconds=1)
    lin = desk.person("lin", site)
    walked = [desk.must(lin).item_id]
    for _ in range(3):
        step = desk.next(lin, beyond=walked[-1])
        assert step is not None
        walked.append(step.item_id)

    back = desk.next(lin, beyond=walked[1], is_forward=False)

    assert len(set(walked)) == 3
    assert walked[3] == walked[0]
    assert back is not None
    assert back.item_id == walked[0]


def test_released_items_are_anybodys(session: Session, services: Services, desk: Desk, site: UUID) -> None:
    a_comment(session, services)
    lin, mei = desk.person("lin", site), desk.person("mei", site)
    held = desk.must(lin)

    review.release(reviewer=lin, session=session)

    assert desk.must(mei).item_id == held.item_id


def test_another_sites_items_are_unknown(
    session: Session, services: Services, desk: Desk, site: UUID
) -> None:
    other = a_site(session, services, "other")
    a_comment(session, services)
    lin, stranger = desk.person("lin", site), desk.person("stranger", other)
    held = desk.must(lin)
    decided_by_lin = desk.decide(lin, held)

    assert desk.next(stranger) is None
    for act in (
        lambda: desk.claim(stranger, held.item_id),
        lambda: desk.claim(stranger, uuid4()),
        lambda: desk.decide(stranger, held),
        lambda: desk.undo(stranger, decided_by_lin),
    ):
        with pytest.raises(ItemUnknown):
            act()


def test_an_item_that_left_its_queue_cannot_be_claimed_from_it(
    session: Session, services: Services, desk: Desk, site: UUID
) -> None:
    a_comment(session, services)
    lin = desk.person("lin", site)
    held = desk.must(lin)
    desk.decide(lin, held, ESCALATE)

    lease = Lease(account_id=lin.account_id, token_hash=b"x" * 32, expires_at=held.expires_at)
    now = services.clock.now()

    assert not queue.claim_item(session, (site,), held.item_id, ItemState.WAITING, lease, now=now)


# Decisions ---------------------------------------------------------------------------------------


def test_an_approval_publishes_and_counts(
    session: Session, services: Services, desk: Desk, site: UUID
) -> None:
    comment = a_comment(session, services, author_token=TOKEN)
    lin = desk.person("lin", site)

    decided = desk.decide(lin, desk.must(lin), note="好")

    assert desk.comment(comment.comment_id).status is Status.PUBLISHED
    assert session.scalars(select(Thread.published_count)).one() == 1
    assert desk.record() == (1, 0)
    assert session.get_one(Decision, decided.decision_id).note == "好"


def test_a_rejection_names_its_reason_and_is_told(
    session: Session, services: Services, desk: Desk, site: UUID
) -> None:
    comment = a_comment(session, services, author_token=TOKEN)
    lin = desk.person("lin", site)

    desk.decide(lin, desk.must(lin), REJECT, Reason.ADVERTISING)

    found = desk.comment(comment.comment_id)
    assert (found.status, found.reason, found.is_told) == (Status.REJECTED, Reason.ADVERTISING, True)
    assert desk.record() == (0, 1)


@pytest.mark.parametrize(
    ("kind", "reason", "note", "fault"),
    [
        pytest.param(REJECT, None, None, Fault("/reason", "required"), id="a rejection without a reason"),
        pytest.param(APPROVE, Reason.OTHER, None, Fault("/reason", "unexpected"), id="an approval with one"),
        pytest.param(DecisionKind.UNDO, None, None, Fault("/kind", "unexpected"), id="an undo as a ruling"),
        pytest.param(APPROVE, None, "x" * 1_001, Fault("/note", "too-long", 1_000), id="a long note"),
        pytest.param(APPROVE, None, "\x00", Fault("/note", "unstorable-character"), id="NUL in a note"),
        pytest.param(APPROVE, None, "\ud800", Fault("/note", "unstorable-character"), id="half a pair"),
    ],
)
def test_an_unsound_ruling_is_refused(
    *, desk: Desk, site: UUID, kind: DecisionKind, reason: Reason | None, note: str | None, fault: Fault
) -> None:
    a_comment(desk.session, desk.services)
    lin = desk.person("lin", site)

    with pytest.raises(Invalid) as refused:
        desk.decide(lin, desk.must(lin), kind, reason, note=note)

    assert list(refused.value.faults) == [fault]


def test_deciding_twice_is_deciding_once(
    session: Session, services: Services, desk: Desk, site: UUID
) -> None:
    a_comment(session, services, author_token=TOKEN)
    lin = desk.person("lin", site)
    held = desk.must(lin)

    first, second = desk.decide(lin, held), desk.decide(lin, held)

    assert first == second
    assert desk.record() == (1, 0)


def test_deciding_otherwise_afterwards_is_too_late(
    session: Session, services: Services, desk: Desk, site: UUID
) -> None:
    a_comment(session, services)
    lin = desk.person("lin", site)
    held = desk.must(lin)
    desk.decide(lin, held)

    with pytest.raises(AlreadyDecided) as refused:
        desk.decide(lin, held, REJECT, Reason.OTHER)

    assert (refused.value.by, refused.value.kind) == ("Lin", APPROVE)


def test_who_comes_late_hears_who_was_faster(
    session: Session, services: Services, desk: Desk, site: UUID, clock: FrozenClock
) -> None:
    a_comment(session, services)
    lin, mei = desk.person("lin", site), desk.person("mei", site)
    late = desk.must(lin)
    clock.move(minutes=6)
    desk.decide(mei, desk.must(mei))

    with pytest.raises(AlreadyDecided) as by_decision:
        desk.decide(lin, late)
    with pytest.raises(AlreadyDecided) as by_claim:
        desk.claim(lin, late.item_id)

    assert by_decision.value.by == by_claim.value.by == "Mei"
    assert by_decision.value.at == clock.now()


def test_nobody_is_told_of_a_decision_that_was_undone(
    session: Session, services: Services, desk: Desk, site: UUID
) -> None:
    a_comment(session, services)
    lin, mei = desk.person("lin", site), desk.person("mei", site)
    held = desk.must(lin)
    desk.undo(lin, desk.decide(lin, held))

    with pytest.raises(LeaseLost):
        desk.decide(mei, held)


def test_a_decision_on_another_revision_is_stale(
    session: Session, services: Services, desk: Desk, site: UUID
) -> None:
    a_comment(session, services)
    lin = desk.person("lin", site)

    with pytest.raises(RevisionStale):
        desk.decide(lin, desk.must(lin), revision=2)


def test_an_escalated_item_is_for_seniors(
    session: Session, services: Services, desk: Desk, site: UUID
) -> None:
    comment = a_comment(session, services)
    lin, senior = desk.person("lin", site), desk.person("wu", site, is_senior=True)
    held = desk.must(lin)
    first = desk.decide(lin, held, ESCALATE)
    assert desk.decide(lin, held, ESCALATE) == first
    assert desk.next(lin) is None
    assert desk.next(lin, ItemState.ESCALATED) is None
    with pytest.raises(ItemUnknown):
        desk.claim(lin, held.item_id)

    desk.decide(senior, desk.must(senior, ItemState.ESCALATED))

    assert desk.comment(comment.comment_id).status is Status.PUBLISHED


# Undo --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "reason"), [(APPROVE, None), (REJECT, Reason.INSULT), (ESCALATE, None)], ids=str
)
def test_an_undone_decision_leaves_everything_as_it_was(
    *, session: Session, services: Services, desk: Desk, site: UUID, kind: DecisionKind, reason: Reason | None
) -> None:
    comment = a_comment(session, services, author_token=TOKEN)
    lin = desk.person("lin", site)
    decided = desk.decide(lin, desk.must(lin), kind, reason)

    held = desk.undo(lin, decided)

    found, item = desk.comment(comment.comment_id), desk.item(held.item_id)
    assert (found.status, found.reason) == (Status.PENDING, None)
    assert session.scalars(select(Thread.published_count)).one() == 0
    assert desk.record() == (0, 0)
    assert (item.state, item.claimed_by) == (ItemState.WAITING, lin.account_id)
    assert item.causes == [Cause.PRE_MODERATION, Cause.UNDONE]
    assert item.due_at == desk.item(decided.item_id).due_at
    assert desk.decide(lin, held).kind is APPROVE


@pytest.mark.parametrize("kind", [APPROVE, ESCALATE])
def test_what_showed_before_the_decision_shows_after_its_undo(
    session: Session, services: Services, desk: Desk, kind: DecisionKind
) -> None:
    site = a_site(session, services, mode=Mode.POST)
    active_rules(session, services, [a_rule("花海", Action.REVIEW)])
    comment = a_comment(session, services, "看花海去")
    lin = desk.person("lin", site)
    decided = desk.decide(lin, desk.must(lin), kind)

    desk.undo(lin, decided)

    assert desk.comment(comment.comment_id).status is Status.PUBLISHED


def test_an_undone_item_stands_at_the_head_of_its_queue(
    session: Session, services: Services, desk: Desk, site: UUID, clock: FrozenClock
) -> None:
    a_comment(session, services, "一")
    clock.move(hours=1)
    last = a_comment(session, services, "二")
    lin, mei = desk.person("lin", site), desk.person("mei", site)
    item_id = session.scalars(select(ReviewItem.id).where(ReviewItem.comment_id == last.comment_id)).one()
    held = desk.undo(lin, desk.decide(lin, desk.claim(lin, item_id)))
    head = desk.must(mei)
    desk.decide(mei, head)
    review.release(reviewer=lin, session=session)

    assert desk.item(held.item_id).due_at == desk.item(head.item_id).due_at
    assert desk.must(mei).item_id == held.item_id


def test_an_undo_after_half_an_hour_is_too_late(
    session: Session, services: Services, desk: Desk, site: UUID, clock: FrozenClock
) -> None:
    a_comment(session, services)
    lin = desk.person("lin", site)
    decided = desk.decide(lin, desk.must(lin))
    clock.move(minutes=30, seconds=1)

    with pytest.raises(UndoTooLate):
        desk.undo(lin, decided)


def test_a_decision_is_undone_once(session: Session, services: Services, desk: Desk, site: UUID) -> None:
    a_comment(session, services)
    lin = desk.person("lin", site)
    decided = desk.decide(lin, desk.must(lin))
    desk.undo(lin, decided)

    with pytest.raises(UndoTooLate):
        desk.undo(lin, decided)


def test_nobody_undoes_what_another_decided(
    session: Session, services: Services, desk: Desk, site: UUID
) -> None:
    a_comment(session, services)
    lin, mei = desk.person("lin", site), desk.person("mei", site)
    decided = desk.decide(lin, desk.must(lin))

    with pytest.raises(ItemUnknown):
        desk.undo(mei, decided)


def test_an_escalation_that_a_senior_has_decided_is_not_undone(
    session: Session, services: Services, desk: Desk, site: UUID
) -> None:
    comment = a_comment(session, services)
    lin, senior = desk.person("lin", site), desk.person("wu", site, is_senior=True)
    escalated = desk.decide(lin, desk.must(lin), ESCALATE)
    desk.decide(senior, desk.must(senior, ItemState.ESCALATED))

    with pytest.raises(UndoTooLate):
        desk.undo(lin, escalated)

    assert desk.comment(comment.comment_id).status is Status.PUBLISHED


# Races -------------------------------------------------------------------------------------------


def many_items(session: Session, services: Services, most: int) -> None:
    """Multiply one posted comment, its text and its item, in a statement each."""
    a_comment(session, services)
    for table in (Comment, Revision, ReviewItem):
        columns = table.__table__.columns
        row = session.execute(select(*columns)).mappings().one()
        ids = [uuid5(NAMESPACE_OID, f"{row['created_at']}{number}") for number in range(1, most)]
        names = {"id", "comment_id"} & set(row)
        plain = dict(row) | dict.fromkeys({"receipt_hash"} & set(row))
        session.execute(insert(table), [plain | dict.fromkeys(names, each) for each in ids])
    session.commit()


def test_eight_moderators_with_cards_ahead_decide_each_of_four_hundred_items_once(
    session: Session, services: Services, desk: Desk, site: UUID, race: Race
) -> None:
    many_items(session, services, 400)
    people = [desk.person(f"mod{number}", site) for number in range(8)]

    def work(who: Reviewer) -> Callable[[Session], list[UUID]]:
        def until_dry(own: Session) -> list[UUID]:
            hand: list[UUID] = []
            seen: list[UUID] = []
            while True:
                more = review.claim_some(
                    who,
                    ItemState.WAITING,
                    token=f"mod_lease_{who.name}",
                    most=3 - len(hand),
                    keep=hand,
                    session=own,
                    services=services,
                )
                hand += [claimed.item_id for claimed in more]
                if not hand:
                    return seen
                ruling = Ruling(
                    item_id=hand.pop(0),
                    lease_token=f"mod_lease_{who.name}",
                    revision=1,
                    kind=REJECT if len(seen) % 2 else APPROVE,
                    reason=Reason.OTHER if len(seen) % 2 else None,
                )
                decided = review.decide(ruling, reviewer=who, session=own, services=services)
                seen.append(decided.item_id)

        return until_dry

    seen = race([work(who) for who in people])

    assert not [each for each in seen if isinstance(each, Exception)], seen
    decided = [item_id for each in seen for item_id in each]
    assert len(decided) == len(set(decided)) == 400
    decisions = select(func.count()).select_from(Decision).where(Decision.checks_id.is_(None))
    assert session.scalar(decisions) == 400
    assert lengths.queue_lengths(session, (site,))[ItemState.WAITING] == 0


def test_of_two_who_decide_one_item_at_once_exactly_one_wins(
    *, session: Session, services: Services, desk: Desk, site: UUID, clock: FrozenClock, race: Race
) -> None:
    lin, mei = desk.person("lin", site), desk.person("mei", site)
    for round_number in range(50):
        comment = a_comment(session, services, f"第{round_number}回", author_token=TOKEN)
        item_id = session.scalars(
            select(ReviewItem.id).where(ReviewItem.comment_id == comment.comment_id)
        ).one()

        def take(who: Reviewer, kind: DecisionKind, reason: Reason | None, item: UUID) -> Any:
            def act(own: Session) -> Decided:
                held = review.claim(item, token=LEASE_TOKEN, reviewer=who, session=own, services=services)
                ruling = a_ruling(held, kind, reason)
                return review.decide(ruling, reviewer=who, session=own, services=services)

            return act

        results = race([take(lin, APPROVE, None, item_id), take(mei, REJECT, Reason.OTHER, item_id)])

        won = [result for result in results if isinstance(result, Decided)]
        assert len(won) == 1, results
        assert all(isinstance(result, Decided | LeaseLost | AlreadyDecided) for result in results), results
        clock.move(minutes=1)
    assert sum(desk.record()) == 50


def test_a_double_click_decides_once(
    session: Session, services: Services, desk: Desk, site: UUID, race: Race
) -> None:
    lin = desk.person("lin", site)
    for number in range(10):
        a_comment(session, services, f"第{number}条", author_token=TOKEN)
        ruling = a_ruling(desk.must(lin))

        def click(own: Session, ruling: Ruling = ruling) -> Decided:
            return review.decide(ruling, reviewer=lin, session=own, services=services)

        first, second = race([click, click])

        assert first == second, (first, second)
    assert desk.record() == (10, 0)


def test_an_undo_racing_a_senior_never_takes_back_the_seniors_word(
    session: Session, services: Services, desk: Desk, site: UUID, race: Race
) -> None:
    lin, senior = desk.person("lin", site), desk.person("wu", site, is_senior=True)
    for number in range(15):
        comment = a_comment(session, services, f"第{number}回")
        escalated = desk.decide(lin, desk.must(lin), ESCALATE)
        ruling = a_ruling(desk.must(senior, ItemState.ESCALATED))

        def take_back(own: Session, decided: Decided = escalated) -> Claimed:
            return review.undo(
                decided.decision_id, token=LEASE_TOKEN, reviewer=lin, session=own, services=services
            )

        def rule(own: Session, ruling: Ruling = ruling) -> Decided:
            return review.decide(ruling, reviewer=senior, session=own, services=services)

        undone, decided = race([take_back, rule])

        status = desk.comment(comment.comment_id).status
        if isinstance(decided, Decided):
            assert isinstance(undone, UndoTooLate), undone
            assert status is Status.PUBLISHED
        else:
            assert isinstance(undone, Claimed), undone
            assert isinstance(decided, LeaseLost), decided
            assert status is Status.PENDING
            desk.decide(lin, undone)

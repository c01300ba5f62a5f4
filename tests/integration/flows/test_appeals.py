"""Appeals, on both databases: once, in time, judged by somebody else; and what is told and counted of them."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.domain.account import Role
from moderation.domain.appeal import AppealState
from moderation.domain.comment import Status
from moderation.domain.errors import (
    AppealImpossible,
    Invalid,
    LeaseLost,
    ModerationError,
    NotPermitted,
    OriginNotAllowed,
    ReceiptUnknown,
    TooMany,
    UndoTooLate,
)
from moderation.domain.events import EventName
from moderation.domain.reasons import Reason
from moderation.domain.review import DecisionKind, ItemState
from moderation.flows import appeals, desk, reading, receipts, review, sites
from moderation.flows.intake import Receipt
from moderation.flows.receipts import CommentReceipt
from moderation.flows.review import Claimed, Decided, Reviewer, Ruling
from moderation.flows.sites import SiteSettings
from moderation.ports import Services
from moderation.rules import Action
from moderation.store.tables import Appeal, AuditEvent, Author, OutboxMessage, ReviewItem, Site
from tests.conftest import Queries
from tests.factories import (
    AUTHOR_TOKEN,
    LEASE_TOKEN,
    WIDE,
    a_caller,
    a_claim,
    a_comment,
    a_rule,
    a_site,
    a_writer,
    active_rules,
    an_account,
)
from tests.fakes import FrozenClock
from tests.integration.conftest import Act, Race

APPROVE, REJECT = DecisionKind.APPROVE, DecisionKind.REJECT
TEXT = "这不是骂人，请再看一遍。"


class Court:
    """A site with two seniors and a moderator, and an author who does not agree."""

    def __init__(self, session: Session, services: Services) -> None:
        self.session, self.services = session, services
        self.site = a_site(session, services)
        session.execute(update(Site).values(second_look_percent=0))
        session.commit()
        active_rules(
            session,
            services,
            [a_rule("骂人", Action.BLOCK, category="insult"), a_rule("加微信", Action.BLOCK)],
        )
        self.lin = self.person("lin", is_senior=True)
        self.wu = self.person("wu", is_senior=True)
        self.mei = self.person("mei")

    def person(self, login: str, *, is_senior: bool = False) -> Reviewer:
        account_id = an_account(
            self.session, self.services, login, Role.SENIOR if is_senior else Role.MODERATOR
        )
        seniors = (self.site,) if is_senior else ()
        return Reviewer(account_id=account_id, name=login, site_ids=(self.site,), senior_site_ids=seniors)

    def post(self, text: str = "花海开得真早") -> Receipt:
        return a_comment(self.session, self.services, text, author_token=AUTHOR_TOKEN)

    def refused(self, by: Reviewer | None = None) -> Receipt:
        posted = self.post()
        self.rule(by or self.lin, REJECT)
        return posted

    def next(self, who: Reviewer, queue: ItemState = ItemState.APPEALED) -> Claimed | None:
        return a_claim(self.session, self.services, who, queue)

    def rule(
        self,
        who: Reviewer,
        kind: DecisionKind,
        queue: ItemState = ItemState.WAITING,
        reason: Reason = Reason.INSULT,
    ) -> Decided:
        held = self.next(who, queue)
        assert held is not None
        ruling = Ruling(
            item_id=held.item_id,
            lease_token=LEASE_TOKEN,
            revision=1,
            kind=kind,
            reason=reason if kind is REJECT else None,
            note="第一次" if queue is ItemState.WAITING else None,
        )
        return review.decide(ruling, reviewer=who, session=self.session, services=self.services)

    def undo(self, who: Reviewer, made: Decided) -> None:
        review.undo(
            made.decision_id,
            token=LEASE_TOKEN,
            reviewer=who,
            session=self.session,
            services=self.services,
        )

    def appeal(self, posted: Receipt, text: str = TEXT, **changed: object) -> AppealState:
        return appeals.appeal(
            "demo",
            posted.code,
            text,
            caller=a_caller(**changed),
            session=self.session,
            services=self.services,
        )

    def receipt(self, posted: Receipt) -> CommentReceipt:
        found = receipts.look_up(
            "demo", posted.code, client="192.0.2.7", session=self.session, services=self.services
        )
        assert isinstance(found, CommentReceipt)
        return found

    def told(self) -> list[tuple[Status, str | None]]:
        own = reading.own_comments(
            "demo",
            "1553855",
            writer=a_writer(),
            session=self.session,
            services=self.services,
        )
        return [(one.status, one.appeal) for one in own.comments]

    def record(self) -> tuple[int, int]:
        self.session.rollback()
        row = self.session.execute(select(Author.approved_count, Author.rejected_count)).one()
        return row[0], row[1]

    def events(self) -> list[tuple[str, dict[str, object], dict[str, object]]]:
        self.session.rollback()
        names = (EventName.APPEAL_RECEIVED, EventName.APPEAL_SETTLED)
        rows = self.session.execute(
            select(AuditEvent.name, AuditEvent.old, AuditEvent.new)
            .where(AuditEvent.name.in_(names))
            .order_by(AuditEvent.id)
        )
        return [(name, old, new) for name, old, new in rows]


@pytest.fixture
def court(session: Session, services: Services) -> Court:
    return Court(session, services)


def test_an_appeal_waits_for_a_senior_and_never_for_whoever_refused(court: Court) -> None:
    posted = court.refused()
    assert court.told() == [(Status.REJECTED, "possible")]

    assert court.appeal(posted) is AppealState.OPEN

    assert court.told() == [(Status.REJECTED, "open")]
    assert court.next(court.lin) is None, "he refused it"
    assert court.next(court.mei) is None, "she is no senior"
    held = court.next(court.wu)
    assert held is not None
    with pytest.raises(NotPermitted):
        review.claim(
            held.item_id,
            token=LEASE_TOKEN,
            reviewer=court.lin,
            session=court.session,
            services=court.services,
        )


def test_the_card_of_an_appeal_says_what_the_author_says_and_who_refused_why(
    court: Court, queries: Queries
) -> None:
    posted = court.refused()
    court.appeal(posted)
    held = court.next(court.wu)
    assert held is not None

    view = desk.card_view(court.wu.site_ids, held.item_id, session=court.session, services=court.services)

    assert view.objection is not None
    seen = view.objection
    assert (seen.text, seen.reason, seen.by, seen.note) == (TEXT, Reason.INSULT, "Lin", "第一次")
    other = court.post("别的")
    item = court.session.scalars(select(ReviewItem.id).where(ReviewItem.comment_id == other.comment_id)).one()
    queries.statements.clear()
    desk.card_view(court.wu.site_ids, item, session=court.session, services=court.services)
    assert not [one for one in queries.statements if "appeals" in one], "other cards ask for no appeal"


def test_an_appeal_against_the_rules_may_be_judged_by_any_senior(court: Court) -> None:
    posted = court.post("骂人的话")

    court.appeal(posted)

    held = court.next(court.lin)
    assert held is not None
    view = desk.card_view(court.lin.site_ids, held.item_id, session=court.session, services=court.services)
    assert view.objection is not None
    assert (view.objection.by, view.objection.refused_at, view.objection.reason) == (
        None,
        None,
        Reason.INSULT,
    )


def test_a_granted_appeal_publishes_and_takes_the_refusal_out_of_the_record(court: Court) -> None:
    posted = court.refused()
    assert court.record() == (0, 1)
    court.appeal(posted)

    made = court.rule(court.wu, APPROVE, ItemState.APPEALED)

    assert court.told() == [(Status.PUBLISHED, "granted")]
    assert court.record() == (1, 0)
    court.undo(court.wu, made)
    assert court.told() == [(Status.REJECTED, "open")]
    assert court.record() == (0, 1)
    assert court.next(court.lin) is None
    court.rule(court.wu, APPROVE, ItemState.APPEALED)
    assert court.record() == (1, 0)


def test_a_denied_appeal_counts_the_refusal_once_and_tells_the_new_reason(court: Court) -> None:
    posted = court.refused()
    court.appeal(posted)

    made = court.rule(court.wu, REJECT, ItemState.APPEALED, Reason.PRIVACY)

    found = court.receipt(posted)
    assert found.appeal is not None
    assert (found.status, found.reason, found.appeal.state) == (
        Status.REJECTED,
        Reason.PRIVACY,
        AppealState.DENIED,
    )
    assert found.appeal.reason_before is Reason.INSULT
    assert court.record() == (0, 1)
    court.undo(court.wu, made)
    found = court.receipt(posted)
    assert found.appeal is not None
    assert (found.reason, found.appeal.state, found.appeal.settled_at) == (
        Reason.INSULT,
        AppealState.OPEN,
        None,
    )
    assert court.record() == (0, 1)


def test_of_a_refusal_by_the_rules_only_what_a_person_says_is_counted(court: Court) -> None:
    granted, denied = court.post("骂人的话"), court.post("骂人的又一句话")
    court.appeal(granted)
    court.rule(court.wu, APPROVE, ItemState.APPEALED)
    assert court.record() == (1, 0)

    court.appeal(denied, client="192.0.2.8")
    made = court.rule(court.wu, REJECT, ItemState.APPEALED)

    assert court.record() == (1, 1)
    court.undo(court.wu, made)
    assert court.record() == (1, 0)


def test_the_audit_and_the_outbox_hear_of_appeals_and_never_their_text(court: Court) -> None:
    posted = court.refused()
    court.appeal(posted)
    made = court.rule(court.wu, APPROVE, ItemState.APPEALED)
    court.undo(court.wu, made)

    assert court.events() == [
        ("appeal.received", {}, {"appeal": "open"}),
        ("appeal.settled", {"appeal": "open"}, {"appeal": "granted"}),
        ("appeal.settled", {"appeal": "granted"}, {"appeal": "open"}),
    ]
    messages = court.session.scalars(select(OutboxMessage.payload)).all()
    assert TEXT not in repr((messages, court.events()))
    assert {"comment_id": str(posted.comment_id), "appeal": "granted"} in messages


def test_the_refusal_that_is_appealed_against_can_no_longer_be_undone(court: Court) -> None:
    posted = court.post()
    made = court.rule(court.lin, REJECT)
    court.appeal(posted)

    with pytest.raises(UndoTooLate):
        court.undo(court.lin, made)


def test_one_appeal_is_heard_and_the_same_again_is_answered_as_before(court: Court) -> None:
    posted = court.refused()
    court.appeal(posted)

    assert court.appeal(posted) is AppealState.OPEN
    with pytest.raises(AppealImpossible):
        court.appeal(posted, "另一种说法")
    court.rule(court.wu, REJECT, ItemState.APPEALED)
    assert court.appeal(posted) is AppealState.DENIED
    with pytest.raises(AppealImpossible):
        court.appeal(posted, "另一种说法")


def test_only_a_refusal_that_its_author_is_told_of_can_be_appealed_against(court: Court) -> None:
    waiting, silent = court.post(), court.post("加微信领红包")

    for posted in (waiting, silent):
        with pytest.raises(AppealImpossible):
            court.appeal(posted)
        assert court.receipt(posted).appeal_until is None


def test_the_days_for_appeals_end_and_a_site_may_give_none(court: Court, clock: FrozenClock) -> None:
    late, last = court.refused(), court.refused()
    clock.move(days=14)
    court.appeal(last)
    clock.move(seconds=1)

    assert court.told()[1] == (Status.REJECTED, None)
    with pytest.raises(AppealImpossible):
        court.appeal(late)
    court.session.execute(update(Site).values(appeal_days=0))
    court.session.commit()
    fresh = court.refused(court.wu)
    with pytest.raises(AppealImpossible):
        court.appeal(fresh)


@pytest.mark.parametrize(
    ("text", "origin", "error"),
    [
        pytest.param(" \u200b", None, Invalid, id="blank"),
        pytest.param("字" * 1_001, None, Invalid, id="too long"),
        pytest.param("\x00", None, Invalid, id="unstorable"),
        pytest.param(TEXT, "https://evil.example", OriginNotAllowed, id="another page"),
    ],
)
def test_an_unsound_appeal_is_refused(
    court: Court, text: str, origin: str | None, error: type[ModerationError]
) -> None:
    posted = court.refused()

    with pytest.raises(error):
        court.appeal(posted, text, **({} if origin is None else {"origin": origin}))
    with pytest.raises(ReceiptUnknown):
        appeals.appeal("demo", "x", TEXT, caller=a_caller(), session=court.session, services=court.services)

    assert court.told() == [(Status.REJECTED, "possible")]


def test_appeals_are_limited_for_their_client(court: Court) -> None:
    sites.change(
        "demo",
        SiteSettings(limits=WIDE | {"appeal": "1/day"}),
        session=court.session,
        services=court.services,
    )
    first, second = court.refused(), court.refused()
    court.appeal(first)

    with pytest.raises(TooMany) as refused:
        court.appeal(second)

    assert refused.value.scope == "appeal"
    court.appeal(second, client="192.0.2.99")


def test_where_no_other_senior_is_the_appeal_waits(court: Court) -> None:
    posted = court.post()
    court.rule(court.wu, REJECT)
    court.appeal(posted)

    assert court.next(court.wu) is None
    assert desk.lengths((court.site,), session=court.session)[ItemState.APPEALED] == 1
    assert court.next(court.lin) is not None


# Races -------------------------------------------------------------------------------------------


def appealing(court: Court, posted: Receipt, text: str = TEXT) -> Act:
    return lambda session: appeals.appeal(
        "demo", posted.code, text, caller=a_caller(), session=session, services=court.services
    )


def test_of_two_appeals_at_once_one_is_kept(court: Court, race: Race) -> None:
    for _ in range(8):
        posted = court.refused()

        results = race([appealing(court, posted, text) for text in ("第一种", "第二种")])

        assert sorted(map(str, results)) == ["", "open"], results
        held = court.next(court.wu)
        assert held is not None
        court.rule(court.wu, REJECT, ItemState.APPEALED)


def test_a_double_click_appeals_once_and_is_answered_alike(court: Court, race: Race) -> None:
    for _ in range(8):
        posted = court.refused()

        assert race([appealing(court, posted)] * 2) == [AppealState.OPEN, AppealState.OPEN]

        court.session.rollback()
        kept = select(Appeal.id).where(Appeal.comment_id == posted.comment_id)
        assert len(court.session.scalars(kept).all()) == 1


def test_an_appeal_and_the_undoing_of_the_refusal_do_not_both_happen(court: Court, race: Race) -> None:
    for _ in range(8):
        posted = court.post()
        made = court.rule(court.lin, REJECT)

        def undo(session: Session, made: Decided = made) -> Claimed:
            return review.undo(
                made.decision_id,
                token=LEASE_TOKEN,
                reviewer=court.lin,
                session=session,
                services=court.services,
            )

        appealed, undone = race([appealing(court, posted), undo])

        status, appeal = court.told()[0]
        if isinstance(undone, Claimed):
            assert isinstance(appealed, AppealImpossible)
            assert (status, appeal) == (Status.PENDING, None)
            court.rule(court.lin, REJECT)
        else:
            assert appealed is AppealState.OPEN
            assert (status, appeal) == (Status.REJECTED, "open")
            court.rule(court.wu, REJECT, ItemState.APPEALED)


def test_two_seniors_judge_an_appeal_once(court: Court, race: Race) -> None:
    third = court.person("third", is_senior=True)
    for _ in range(8):
        posted = court.refused()
        court.appeal(posted)

        def judge(who: Reviewer, kind: DecisionKind) -> Callable[[Session], Decided | None]:
            def act(session: Session) -> Decided | None:
                held = a_claim(session, court.services, who, ItemState.APPEALED)
                if held is None:
                    return None
                ruling = Ruling(
                    item_id=held.item_id,
                    lease_token=LEASE_TOKEN,
                    revision=1,
                    kind=kind,
                    reason=Reason.INSULT if kind is REJECT else None,
                )
                return review.decide(ruling, reviewer=who, session=session, services=court.services)

            return act

        results = race([judge(court.wu, APPROVE), judge(third, REJECT)])

        assert len([one for one in results if isinstance(one, Decided)]) == 1, results
        assert not [one for one in results if isinstance(one, LeaseLost)]
        assert court.receipt(posted).appeal is not None
        found = court.receipt(posted)
        assert found.appeal is not None
        assert (found.status, found.appeal.state) in {
            (Status.PUBLISHED, AppealState.GRANTED),
            (Status.REJECTED, AppealState.DENIED),
        }

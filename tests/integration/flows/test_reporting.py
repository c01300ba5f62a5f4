"""Reports on both databases: what they weigh together, what a decision makes of them, and whoever races."""

import dataclasses
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from moderation.domain.account import Role
from moderation.domain.comment import Status
from moderation.domain.errors import CommentUnknown, SiteUnknown
from moderation.domain.events import OPERATOR, RULES, Actor, EventName
from moderation.domain.policy import Mode
from moderation.domain.reasons import Cause, Reason
from moderation.domain.receipts import ReceiptKind
from moderation.domain.report import ReportState
from moderation.domain.review import DecisionKind, ItemState
from moderation.domain.writer import Writer
from moderation.flows import bulk, reading, reporting, retention, review
from moderation.flows.bulk import Choice
from moderation.flows.reading import PageQuery
from moderation.flows.reporting import Complaint, Reported
from moderation.flows.retention import Purged
from moderation.flows.review import Decided, Reviewer, Ruling
from moderation.ports import Services
from moderation.store import changes, reports
from moderation.store import review as store
from moderation.store.tables import (
    AuditEvent,
    Comment,
    OutboxMessage,
    Report,
    ReviewItem,
    Revision,
    Site,
    Thread,
)
from moderation.store.transaction import transaction
from tests.factories import LEASE_TOKEN, ORIGIN, a_claim, a_comment, a_site, an_account
from tests.fakes import FrozenClock
from tests.integration.conftest import Race

APPROVE, REJECT, ESCALATE = DecisionKind.APPROVE, DecisionKind.REJECT, DecisionKind.ESCALATE
OPEN, UPHELD, DISMISSED = ReportState.OPEN, ReportState.UPHELD, ReportState.DISMISSED


class Room:
    """A site with one published comment, its readers, and its moderators."""

    def __init__(self, session: Session, services: Services, clock: FrozenClock) -> None:
        self.session, self.services, self.clock = session, services, clock
        self.site = a_site(session, services, mode=Mode.POST)
        self.comment = a_comment(session, services).comment_id
        self.policy(second_look_percent=0)  # drawn by lot, a second look is an item too

    # Readers

    def complaint(self, who: int | None, **changed: object) -> Complaint:
        fields: dict[str, object] = {
            "site_key": "demo",
            "comment_id": self.comment,
            "reason": "insult",
            "note": None,
            "origin": ORIGIN,
            "client": f"192.0.2.{who or 250}",
        }
        return Complaint(**(fields | changed))  # type: ignore[arg-type]  # a test names fields of Complaint

    def report(self, who: int | None, *, session: Session | None = None, **changed: object) -> Reported:
        """Let the reader of this number report, from his own client unless the test says which."""
        return reporting.report(
            self.complaint(who, **changed),
            writer=None if who is None else reader(who),
            session=session or self.session,
            services=self.services,
        )

    def let_prove(self, readers: Sequence[int], *, upheld: int = 2, dismissed: int = 0) -> None:
        """Give readers a record."""
        for number in range(upheld + dismissed):
            about = a_comment(self.session, self.services, f"旧评论{number}").comment_id
            for who in readers:
                self.session.add(
                    Report(
                        id=uuid4(),
                        site_id=self.site,
                        comment_id=about,
                        revision=1,
                        reason=Reason.INSULT,
                        note=None,
                        reporter_hash=reader(who).author_hash,
                        client_key=None,
                        weight=100,
                        is_proven=False,
                        state=UPHELD if number < upheld else DISMISSED,
                        receipt_hash=uuid4().bytes * 2,
                        created_at=self.clock.now(),
                        settled_at=self.clock.now(),
                    )
                )
            self.session.commit()

    def policy(self, **values: int) -> None:
        self.session.execute(update(Site).values(**values))
        self.session.commit()

    # Moderators

    def person(self, login: str, *, is_senior: bool = False) -> Reviewer:
        account_id = an_account(
            self.session, self.services, login, Role.SENIOR if is_senior else Role.MODERATOR
        )
        seniors = (self.site,) if is_senior else ()
        return Reviewer(account_id=account_id, name=login, site_ids=(self.site,), senior_site_ids=seniors)

    def decide(
        self,
        who: Reviewer,
        kind: DecisionKind,
        queue: ItemState = ItemState.REPORTED,
        *,
        session: Session | None = None,
    ) -> Decided:
        db = session or self.session
        held = a_claim(db, self.services, who, queue)
        assert held is not None
        revision = db.scalar(select(ReviewItem.revision).where(ReviewItem.id == held.item_id)) or 1
        ruling = Ruling(
            item_id=held.item_id,
            lease_token=LEASE_TOKEN,
            revision=revision,
            kind=kind,
            reason=Reason.INSULT if kind is REJECT else None,
        )
        return review.decide(ruling, reviewer=who, session=db, services=self.services)

    def undo(self, who: Reviewer, decided: Decided) -> None:
        review.undo(
            decided.decision_id,
            token=LEASE_TOKEN,
            reviewer=who,
            session=self.session,
            services=self.services,
        )

    def queue(self, state: ItemState, cause: Cause) -> None:
        with transaction(self.session):
            comment = self.session.get_one(Comment, self.comment)
            now, new_id = self.clock.now(), self.services.ids.new()
            item = store.waiting_item(comment, state, [cause], risk=0, new_id=new_id, now=now)
            store.enqueue(self.session, item)

    # What became of it

    def give(self, status: Status, *, actor: Actor = OPERATOR) -> None:
        with transaction(self.session):
            comment = changes.lock_comment(self.session, self.site, self.comment)
            moment = changes.Moment(now=self.services.clock.now(), new_id=self.services.ids.new)
            reason = Reason.OTHER if status is Status.REJECTED else None
            changes.apply(self.session, comment, status, reason=reason, actor=actor, moment=moment)

    def edit(self, text_after: str = "改过了", status: Status = Status.PUBLISHED) -> None:
        """Give the comment a new text, as its author would."""
        with transaction(self.session):
            comment = changes.lock_comment(self.session, self.site, self.comment)
            old = self.session.get_one(Revision, (self.comment, comment.revision))
            comment.revision += 1
            self.session.add(
                Revision(
                    comment_id=self.comment,
                    number=comment.revision,
                    nickname=old.nickname,
                    link=None,
                    text=text_after,
                    shown_nickname=None,
                    shown_text=None,
                    created_at=self.clock.now(),
                )
            )
            self.session.flush()
            moment = changes.Moment(now=self.services.clock.now(), new_id=self.services.ids.new)
            reason = Reason.ADVERTISING if status is Status.REJECTED else None
            changes.apply(self.session, comment, status, reason=reason, actor=RULES, moment=moment)

    def is_now(self, status: Status) -> bool:
        self.session.rollback()
        return self.session.scalars(select(Comment.status).where(Comment.id == self.comment)).one() is status

    @property
    def items(self) -> list[tuple[ItemState, list[str]]]:
        self.session.rollback()
        rows = self.session.execute(
            select(ReviewItem.state, ReviewItem.causes).where(
                ReviewItem.comment_id == self.comment, ReviewItem.closed_at.is_(None)
            )
        )
        return [(state, causes) for state, causes in rows]

    @property
    def states(self) -> list[ReportState]:
        self.session.rollback()
        query = select(Report.state).where(Report.comment_id == self.comment)
        return sorted(self.session.scalars(query), key=list(ReportState).index)

    def events(self, name: EventName) -> list[AuditEvent]:
        self.session.rollback()
        query = select(AuditEvent).where(AuditEvent.name == name, AuditEvent.subject_id == self.comment)
        return list(self.session.scalars(query.order_by(AuditEvent.id)))

    def told(self, name: EventName) -> list[dict[str, object]]:
        self.session.rollback()
        query = select(OutboxMessage.payload).where(
            OutboxMessage.name == name, OutboxMessage.subject_id == self.comment
        )
        return list(self.session.scalars(query.order_by(OutboxMessage.id)))

    def record(self, who: int) -> tuple[int, int]:
        self.session.rollback()
        found = reports.record_of(self.session, self.site, reader(who).author_hash)
        return found.upheld, found.dismissed


def reader(who: int) -> Writer:
    return Writer(author_hash=bytes([who]) * 32)


@pytest.fixture
def room(session: Session, services: Services, clock: FrozenClock) -> Room:
    return Room(session, services, clock)


# What reports do together ------------------------------------------------------------------------


def test_reports_bring_a_comment_back_to_the_queue_once_they_weigh_enough(room: Room) -> None:
    room.report(1)
    room.report(2)
    assert room.items == []

    room.report(3)
    room.report(4)

    assert room.items == [(ItemState.REPORTED, [Cause.REPORTED])]
    assert room.is_now(Status.PUBLISHED)
    assert room.states == [OPEN] * 4


def test_something_grave_needs_half_as_many(room: Room) -> None:
    room.report(1, reason="privacy")
    room.report(2, reason="other")

    assert room.items == [(ItemState.REPORTED, [Cause.REPORTED])]


def test_a_reported_item_is_as_pressing_as_what_is_shown_and_reported(room: Room) -> None:
    for who in (1, 2, 3):
        room.report(who)

    (item,) = room.session.scalars(select(ReviewItem))
    assert item.risk == 72
    assert item.due_at - item.created_at < timedelta(hours=2)


def test_what_waits_elsewhere_moves_to_the_reported_queue(room: Room) -> None:
    room.queue(ItemState.PATROL, Cause.PATROL)
    assert room.items == [(ItemState.PATROL, [Cause.PATROL])]

    for who in (1, 2, 3):
        room.report(who)

    assert room.items == [(ItemState.REPORTED, [Cause.PATROL, Cause.REPORTED])]


def test_many_tokens_of_one_client_are_one_voice_the_heaviest(room: Room) -> None:
    room.let_prove([9], upheld=1)
    for who in (*range(1, 9), 9, *range(10, 20)):
        room.report(who, client="192.0.2.1")
    assert room.items == []
    assert len(room.states) == 19

    room.report(20)
    assert room.items == []  # 133 of the one client, and 100
    room.report(21)
    assert room.items == [(ItemState.REPORTED, [Cause.REPORTED])]


def test_flooding_hides_nothing(room: Room) -> None:
    room.policy(report_hide_weight=1)
    room.let_prove([1, 2], upheld=9)
    for who in range(1, 40):
        room.report(who, reason="illegal")
    for who in range(40, 80):
        room.report(who, client="192.0.2.1")

    assert room.is_now(Status.PUBLISHED)


def test_proven_readers_from_one_client_hide_nothing(room: Room) -> None:
    room.policy(report_hide_weight=100)
    room.let_prove(range(1, 6))
    for who in range(1, 6):
        room.report(who, client=f"192.0.2.{who % 2 + 1}")

    assert room.is_now(Status.PUBLISHED)


def test_three_proven_readers_hide_a_comment_until_a_person_has_looked(room: Room) -> None:
    room.policy(report_hide_weight=450)
    room.let_prove([1, 2, 3])
    lin = room.person("lin")
    query = PageQuery(site_key="demo", thread_key="1553855")
    before = reading.thread_page(query, frozenset(), session=room.session)
    for who in (1, 2):
        room.report(who)
    assert room.is_now(Status.PUBLISHED)

    room.report(3)

    assert room.is_now(Status.PENDING)
    assert room.items == [(ItemState.REPORTED, [Cause.REPORTED])]
    (hidden,) = room.events(EventName.COMMENT_RETURNED)
    assert (hidden.reason, hidden.actor_kind, hidden.actor_id) == ("reported", RULES.kind, None)
    after = reading.thread_page(query, frozenset(), session=room.session)
    assert before.body is not None
    assert after.body is not None
    assert before.etag != after.etag
    assert before.body.thread.count - after.body.thread.count == 1
    with pytest.raises(CommentUnknown):
        room.report(4)
    assert not room.report(3).is_new  # who has reported it keeps his receipt

    room.decide(lin, APPROVE)
    assert room.is_now(Status.PUBLISHED)
    assert room.states == [DISMISSED] * 3


def test_where_reports_never_hide_they_only_queue(room: Room) -> None:
    room.let_prove(range(1, 10), upheld=9)
    for who in range(1, 10):
        room.report(who)

    assert room.is_now(Status.PUBLISHED)


def test_what_a_person_has_let_stay_needs_three_times_the_weight_and_is_never_hidden(room: Room) -> None:
    room.policy(report_hide_weight=300)
    room.let_prove([11, 12, 13, 14])
    lin = room.person("lin")
    for who in (1, 2, 3):
        room.report(who)
    room.decide(lin, APPROVE)

    for who in (4, 5, 6, 11, 12, 13):  # 750 now, of which 450 by proven readers
        room.report(who)
    assert room.items == []
    assert room.is_now(Status.PUBLISHED)

    room.report(14)
    assert room.items == [(ItemState.REPORTED, [Cause.REPORTED])]
    assert room.is_now(Status.PUBLISHED)


def test_an_edited_text_starts_afresh_and_its_readers_may_report_it_again(room: Room) -> None:
    lin = room.person("lin")
    first = room.report(1)
    room.report(2)
    room.edit()
    room.report(3)
    assert room.items == []

    again = room.report(1, reason="fraud", note="还是骗人")

    assert again == Reported(code=first.code, is_new=False)
    assert room.items == [(ItemState.REPORTED, [Cause.REPORTED])]
    room.decide(lin, APPROVE)
    # Whoever reported the earlier text was not wrong: it is gone.
    assert [room.record(who) for who in (1, 2, 3)] == [(0, 1), (0, 0), (0, 1)]
    assert room.states == [DISMISSED] * 3


def test_a_settled_report_is_open_again_when_its_reader_reports_the_new_text(room: Room) -> None:
    lin = room.person("lin")
    for who in (1, 2, 3):
        room.report(who)
    room.decide(lin, APPROVE)
    room.edit()

    room.policy(report_review_weight=3 * 66)  # they have been wrong once
    for who in (1, 2, 3):
        room.report(who)

    assert room.states == [OPEN] * 3
    assert room.items == [(ItemState.REPORTED, [Cause.REPORTED])]
    assert room.record(1) == (0, 0)


# Readers -----------------------------------------------------------------------------------------


def test_a_reader_without_a_token_is_known_by_his_client_and_the_day(room: Room) -> None:
    first = room.report(None)
    same = room.report(None, reason="fraud")
    another = room.report(None, client="192.0.2.8")
    room.clock.move(days=1)
    next_day = room.report(None)

    assert (same, same.code) == (Reported(code=first.code, is_new=False), first.code)
    assert len({first.code, another.code, next_day.code}) == 3
    assert another.is_new
    assert next_day.is_new


def test_a_report_keeps_what_it_weighed_when_it_came(room: Room) -> None:
    room.let_prove([1], upheld=3, dismissed=1)
    room.let_prove([2], upheld=0, dismissed=3)
    for who in (1, 2, 3):
        room.report(who)

    kept = room.session.execute(
        select(Report.weight, Report.is_proven)
        .where(Report.comment_id == room.comment)
        .order_by(Report.reporter_hash)
    ).all()
    assert [tuple(row) for row in kept] == [(133, True), (40, False), (100, False)]


def test_a_record_counts_on_its_own_site_only(room: Room, session: Session, services: Services) -> None:
    room.let_prove([1], upheld=9)
    a_site(session, services, "other", mode=Mode.POST)
    elsewhere = a_comment(session, services, site_key="other").comment_id

    room.report(1, site_key="other", comment_id=elsewhere)

    report = session.scalars(select(Report).where(Report.comment_id == elsewhere)).one()
    assert (report.weight, report.is_proven) == (100, False)


def test_a_comment_of_another_site_cannot_be_reported(
    room: Room, session: Session, services: Services
) -> None:
    a_site(session, services, "other", mode=Mode.POST)

    with pytest.raises(CommentUnknown):
        room.report(1, site_key="other")
    with pytest.raises(SiteUnknown):
        room.report(1, site_key="no\x00where")
    with pytest.raises(CommentUnknown):
        room.report(1, comment_id=uuid4())


def test_a_report_is_told_without_its_note_and_its_reader(room: Room) -> None:
    room.report(1, reason="privacy", note="他的电话写在这里")

    (event,) = room.events(EventName.REPORT_RECEIVED)
    (message,) = room.told(EventName.REPORT_RECEIVED)
    report_id = room.session.scalars(select(Report.id)).one()
    assert (event.actor_kind, event.actor_id, event.reason) == ("author", None, "privacy")
    assert event.new == {"report_id": str(report_id), "revision": 1, "weight": 100}
    assert message == {
        "comment_id": str(room.comment),
        "thread_id": str(room.session.scalars(select(Thread.id)).one()),
        "reason": "privacy",
        "report_id": str(report_id),
        "revision": 1,
    }


# Settled -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "state"), [(REJECT, UPHELD), (APPROVE, DISMISSED)])
def test_a_decision_settles_reports_and_an_undo_opens_them_again(
    room: Room, kind: DecisionKind, state: ReportState
) -> None:
    lin = room.person("lin")
    for who in (1, 2, 3):
        room.report(who)

    decided = room.decide(lin, kind)
    assert room.states == [state] * 3
    assert room.record(1) == ((1, 0) if kind is REJECT else (0, 1))

    room.undo(lin, decided)
    assert room.states == [OPEN] * 3
    assert room.record(1) == (0, 0)
    assert room.items == [(ItemState.REPORTED, [Cause.REPORTED, Cause.UNDONE])]
    assert [event.new for event in room.events(EventName.REPORT_SETTLED)] == [
        {"report_state": state, "reports": 3},
        {"report_state": OPEN, "reports": 3},
    ]
    told = room.told(EventName.REPORT_SETTLED)
    ids = sorted(str(one) for one in room.session.scalars(select(Report.id)))
    assert [(message["report_state"], message["report_ids"]) for message in told] == [
        (state, ids),
        (OPEN, ids),
    ]


def test_a_decision_for_another_cause_settles_what_few_had_reported(room: Room) -> None:
    lin = room.person("lin")
    room.queue(ItemState.PATROL, Cause.PATROL)
    room.report(1)

    room.decide(lin, REJECT, ItemState.PATROL)

    assert room.states == [UPHELD]


def test_an_escalation_settles_nothing_and_the_seniors_decision_does(room: Room) -> None:
    lin, chief = room.person("lin"), room.person("chief", is_senior=True)
    for who in (1, 2, 3):
        room.report(who)
    room.decide(lin, ESCALATE)
    assert room.states == [OPEN] * 3

    room.report(4)
    assert room.items == [(ItemState.ESCALATED, [Cause.REPORTED, Cause.ESCALATED])]
    room.decide(chief, REJECT, ItemState.ESCALATED)

    assert room.states == [UPHELD] * 4


def test_many_at_one_stroke_settle_their_reports_and_its_undo_opens_them(room: Room) -> None:
    lin = room.person("lin")
    comments = [room.comment, a_comment(room.session, room.services, "第二条").comment_id]
    for comment_id in comments:
        for who in (1, 2, 3):
            room.report(who, comment_id=comment_id)
    items = tuple(room.session.scalars(select(ReviewItem.id)))
    batch = uuid4()
    room.session.rollback()

    done = bulk.decide_many(
        Choice(items=items),
        kind=REJECT,
        reason=Reason.INSULT,
        note=None,
        batch_id=batch,
        most=10,
        reviewer=lin,
        session=room.session,
        services=room.services,
    )

    assert len(done.decided) == 2
    assert room.session.scalars(select(Report.state)).all() == [UPHELD] * 6
    assert len(room.events(EventName.REPORT_SETTLED)) == 1
    room.session.rollback()
    review.undo_batch(batch, reviewer=lin, session=room.session, services=room.services)
    assert room.session.scalars(select(Report.state)).all() == [OPEN] * 6


@pytest.mark.parametrize("status", [Status.WITHDRAWN, Status.ERASED])
def test_what_is_gone_before_anybody_judged_counts_for_and_against_nobody(room: Room, status: Status) -> None:
    first = room.report(1)
    room.give(status)

    assert room.states == [DISMISSED]
    assert room.record(1) == (0, 0)
    found = reporting.find_by_receipt("demo", first.code, session=room.session, services=room.services)
    assert found is not None
    assert (found.state, found.is_shown, found.comment_id) == (DISMISSED, False, None)


def test_what_the_rules_refuse_after_an_edit_settles_its_reports_too(room: Room) -> None:
    room.report(1)
    room.edit("加微信", Status.REJECTED)

    assert room.states == [DISMISSED]
    assert room.record(1) == (0, 0)


def test_many_withdrawn_at_once_settle_their_reports(room: Room) -> None:
    room.report(1)
    with transaction(room.session):
        found = changes.lock_comments(room.session, [room.comment])
        moment = changes.Moment(now=room.clock.now(), new_id=room.services.ids.new)
        changes.apply_many(room.session, found, Status.WITHDRAWN, actor=OPERATOR, moment=moment)

    assert room.states == [DISMISSED]


# Receipts ----------------------------------------------------------------------------------------


def test_a_receipt_leads_to_what_came_of_the_report(room: Room) -> None:
    lin = room.person("lin")
    code = room.report(1, reason="fraud").code
    room.report(2)
    room.report(3)
    find = partial(reporting.find_by_receipt, session=room.session, services=room.services)

    before = find("demo", code.upper().replace("-", " "))
    room.clock.move(hours=1)
    room.decide(lin, REJECT)
    after = find("demo", code)

    assert before is not None
    assert dataclasses.asdict(before) == {
        "kind": ReceiptKind.REPORT,
        "state": OPEN,
        "reason": Reason.FRAUD,
        "created_at": room.clock.now() - timedelta(hours=1),
        "settled_at": None,
        "comment_id": room.comment,
        "is_shown": True,
    }
    assert after == dataclasses.replace(
        before, state=UPHELD, settled_at=room.clock.now(), comment_id=None, is_shown=False
    )


@pytest.mark.parametrize("code", ["", "x", "aaaa-aaaa-aaaa-aaaa", "a\x00", "字" * 16, "a" * 10_000])
def test_a_code_that_is_nobodys_finds_nothing(room: Room, code: str) -> None:
    room.report(1)

    found = reporting.find_by_receipt("demo", code, session=room.session, services=room.services)

    assert found is None


def test_a_receipt_of_another_site_finds_nothing(room: Room, session: Session, services: Services) -> None:
    code = room.report(1).code
    a_site(session, services, "other")

    assert reporting.find_by_receipt("other", code, session=session, services=services) is None
    with pytest.raises(SiteUnknown):
        reporting.find_by_receipt("nowhere", code, session=session, services=services)


# Forgotten ---------------------------------------------------------------------------------------


def purge(room: Room) -> Purged:
    return retention.purge(session_idle=timedelta(hours=1), session=room.session, services=room.services)


def test_a_note_goes_its_days_after_the_report_was_settled(room: Room) -> None:
    lin = room.person("lin")
    for who in (1, 2, 3):
        room.report(who, note="骂人")
    room.clock.move(days=400)
    assert purge(room).report_notes == 0  # nobody has read them yet
    room.decide(lin, APPROVE)
    room.clock.move(days=180)
    assert purge(room).report_notes == 0
    room.clock.move(seconds=1)

    assert purge(room).report_notes == 3
    assert room.session.scalars(select(Report.note)).all() == [None] * 3


def test_a_note_goes_with_the_text_it_is_about(room: Room) -> None:
    room.report(1, note="骂人")
    room.give(Status.ERASED)

    assert room.session.scalars(select(Report.note)).all() == [None]


def test_clients_are_forgotten_and_stay_one_voice(room: Room) -> None:
    room.let_prove([4])
    for who in (1, 2, 3, 4, 5):
        room.report(who, client="192.0.2.1")
    room.report(None, client="192.0.2.2")
    room.clock.move(days=30, seconds=1)

    purged = purge(room)

    assert purged.client_keys == 9  # three comments have one, too
    kept = room.session.execute(select(Report.client_key, Report.weight)).all()
    mine = sorted(weight for client_key, weight in kept if client_key is None)
    assert mine == [0, 0, 0, 0, 100, 100, 100, 150]  # two of them from before, which gave the record
    room.report(6)
    assert room.items == [(ItemState.REPORTED, [Cause.REPORTED])]  # 150, 100 and 100


def test_who_was_known_by_his_client_alone_is_known_no_more(room: Room) -> None:
    code = room.report(None).code
    room.clock.move(days=31)
    purge(room)

    row = room.session.execute(select(Report.reporter_hash, Report.receipt_hash)).one()
    assert row[0] == row[1]
    found = reporting.find_by_receipt("demo", code, session=room.session, services=room.services)
    assert found is not None


# Races -------------------------------------------------------------------------------------------


def test_twenty_reporters_at_once_make_exactly_one_item(room: Room, race: Race) -> None:
    said = race([partial(lambda db, who: room.report(who, session=db), who=who) for who in range(1, 21)])

    assert [type(one) for one in said] == [Reported] * 20, said
    assert len({one.code for one in said}) == 20
    assert room.items == [(ItemState.REPORTED, [Cause.REPORTED])]
    assert len(room.states) == len(room.events(EventName.REPORT_RECEIVED)) == 20


def test_three_reporters_at_once_are_not_overlooked(room: Room, race: Race) -> None:
    for _ in range(5):
        race([partial(lambda db, who: room.report(who, session=db), who=who) for who in (1, 2, 3)])

        assert room.items == [(ItemState.REPORTED, [Cause.REPORTED])]
        room.comment = a_comment(room.session, room.services, "又一条").comment_id


def test_proven_reporters_at_once_hide_it_once(room: Room, race: Race) -> None:
    room.policy(report_hide_weight=450)
    room.let_prove(range(1, 9))

    said = race([partial(lambda db, who: room.report(who, session=db), who=who) for who in range(1, 9)])

    assert all(isinstance(one, Reported | CommentUnknown) for one in said), said
    assert sum(isinstance(one, Reported) for one in said) == len(room.states) == 3
    assert room.is_now(Status.PENDING)
    assert len(room.events(EventName.COMMENT_RETURNED)) == 1


def test_a_double_click_reports_once(room: Room, race: Race) -> None:
    said = race([lambda db: room.report(1, session=db)] * 6)

    assert len({one.code for one in said}) == 1
    assert sum(one.is_new for one in said) == 1
    assert room.states == [OPEN]
    assert len(room.events(EventName.REPORT_RECEIVED)) == 1


@pytest.mark.parametrize("kind", [APPROVE, REJECT])
def test_reports_and_a_decision_race_without_a_report_that_nobody_settles(
    room: Room, race: Race, kind: DecisionKind
) -> None:
    lin = room.person("lin")
    for one in (1, 21, 41):
        for who in range(one, one + 3):
            room.report(who)
        readers = range(one + 3, one + 8)
        said = race(
            [
                *(partial(lambda db, who: room.report(who, session=db), who=who) for who in readers),
                lambda db: room.decide(lin, kind, session=db),
            ]
        )

        assert all(isinstance(one, Reported | CommentUnknown | Decided) for one in said), said
        assert isinstance(said[-1], Decided)
        states = room.states
        if kind is REJECT:  # who came before is upheld, who came after found nothing to report
            assert room.is_now(Status.REJECTED)
            assert set(states) == {UPHELD}
        else:  # who came after the decision is heard again, by three times the weight
            assert room.is_now(Status.PUBLISHED)
            assert {UPHELD} & set(states) == set()
            assert room.items == []
        room.comment = a_comment(room.session, room.services, "又一条").comment_id


# Found by index ----------------------------------------------------------------------------------


def test_a_record_and_the_open_reports_are_found_by_their_indexes(room: Room) -> None:
    room.report(1)
    is_sqlite = room.session.get_bind().dialect.name == "sqlite"
    asked = {
        "ix_reports_reporter": "SELECT state, count(*) FROM reports WHERE site_id = :id AND reporter_hash = :hash "
        "AND state IN ('upheld', 'dismissed') GROUP BY state",
        "ix_reports_open": "SELECT 1 FROM reports WHERE comment_id = :id AND state = 'open'",
    }
    for index, query in asked.items():
        with transaction(room.session):
            if not is_sqlite:
                room.session.execute(text("SET LOCAL enable_seqscan = off"))
            explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
            value = room.comment.hex if is_sqlite else room.comment
            values = {"id": value, "hash": b"1" * 32} if ":hash" in query else {"id": value}
            plan = str(room.session.execute(text(f"{explain} {query}"), values).all())

        assert index in plan, plan

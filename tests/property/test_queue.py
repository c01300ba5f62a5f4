"""Random posts, edits, withdrawals, appeals, decisions and undos: what must hold of threads, items and the audit."""

import hashlib
import shutil
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import create_engine, func, select, text, update
from sqlalchemy.orm import Session, aliased

from moderation.adapters.ids import Uuid7
from moderation.adapters.proof_of_work import AltchaProofs
from moderation.adapters.rulesets import LoadedRuleSets
from moderation.adapters.tokens import JsonWebTokens
from moderation.domain.account import Role
from moderation.domain.appeal import AppealState
from moderation.domain.comment import Status
from moderation.domain.errors import AppealImpossible, CommentSettled, UndoTooLate
from moderation.domain.events import EventName
from moderation.domain.policy import Mode
from moderation.domain.reasons import Reason
from moderation.domain.review import OPEN_STATES, DecisionKind, ItemState, may_decide
from moderation.flows import appeals, bulk, queues, review, withdrawing
from moderation.flows.intake import Receipt
from moderation.flows.review import Decided, Reviewer, Ruling
from moderation.ports import Services
from moderation.rules import Action
from moderation.store import lengths
from moderation.store.tables import Appeal, AuditEvent, Author, Comment, Decision, ReviewItem, Site, Thread
from moderation.store.transaction import prepare_sqlite
from tests.conftest import SECRET
from tests.factories import (
    LEASE_TOKEN,
    a_caller,
    a_claim,
    a_comment,
    a_rule,
    a_site,
    active_rules,
    an_account,
    revised,
)
from tests.fakes import CountingCaptcha, CountingSounds, FrozenClock, MemoryLimits, QuickSecrets, RecordingLog

TOKEN = "mod_author_" + "a" * 43
TEXTS = {"plain": "花海", "flagged": "药 等等", "blocked": "加微信 abc", "rude": "骂人"}


def some_services(clock: FrozenClock) -> Services:
    return Services(
        clock=clock,
        captcha=CountingCaptcha(),
        sounds=CountingSounds(),
        proof_of_work=AltchaProofs(QuickSecrets(SECRET), iterations=1),
        limits=MemoryLimits(),
        rule_sets=LoadedRuleSets(),
        secrets=QuickSecrets(SECRET),
        ids=Uuid7(),
        tokens=JsonWebTokens(),
        log=RecordingLog(),
    )


class SameIds:
    """The same ids in every history: shares (second looks, patrol) are drawn by them."""

    def __init__(self) -> None:
        self.made = 0

    def new(self) -> UUID:
        self.made += 1
        digest = hashlib.sha256(str(self.made).encode()).digest()[:8]
        return UUID(int=(0x018F << 112) + (self.made << 64) + int.from_bytes(digest))


CHANGES_NO_STATUS = (
    EventName.ITEM_ESCALATED,
    EventName.COMMENT_UPHELD,
    EventName.DECISION_CHECKED,
    EventName.APPEAL_RECEIVED,
    EventName.APPEAL_SETTLED,
)


class Queue(RuleBasedStateMachine):
    """One site, two moderators of whom one is a senior, and readers who write anything."""

    template: Path
    site: UUID
    accounts: tuple[UUID, UUID]

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "queue.db"
        shutil.copyfile(self.template, path)
        self.engine = create_engine(f"sqlite:///{path}")
        prepare_sqlite(self.engine, synchronous="NORMAL")
        self.session = Session(self.engine, expire_on_commit=False)
        self.clock = FrozenClock()
        self.services = replace(some_services(self.clock), ids=SameIds())
        self.people = [
            Reviewer(account_id=account_id, name="", site_ids=(self.site,), senior_site_ids=seniors)
            for account_id, seniors in zip(self.accounts, ((), (self.site,)), strict=True)
        ]
        self.decided: list[tuple[Reviewer, Decided]] = []
        self.batches: list[tuple[Reviewer, UUID]] = []
        self.posted: list[Receipt] = []

    def teardown(self) -> None:
        self.session.close()
        self.engine.dispose()
        self.folder.cleanup()

    @rule(kind=st.sampled_from(sorted(TEXTS)), thread=st.sampled_from("12"), is_known=st.booleans())
    def post(self, *, kind: str, thread: str, is_known: bool) -> None:
        self.clock.move(seconds=1)
        token = TOKEN if is_known else None
        posted = a_comment(self.session, self.services, TEXTS[kind], thread_key=thread, author_token=token)
        if is_known:
            self.posted.append(posted)

    @precondition(lambda self: self.posted)
    @rule(choice=st.randoms(use_true_random=False), kind=st.sampled_from(sorted(TEXTS)))
    def edit(self, choice: Random, kind: str) -> None:
        posted = choice.choice(self.posted)
        number = self.session.scalars(select(Comment.revision).where(Comment.id == posted.comment_id)).one()
        self.session.rollback()
        try:
            revised(
                self.session, self.services, posted.comment_id, f"{TEXTS[kind]} {number}", revision=number
            )
        except CommentSettled:
            self.session.rollback()

    @precondition(lambda self: self.posted)
    @rule(choice=st.randoms(use_true_random=False))
    def withdraw(self, choice: Random) -> None:
        posted = choice.choice(self.posted)
        try:
            withdrawing.withdraw_by_code(
                "demo", posted.code, caller=a_caller(), session=self.session, services=self.services
            )
        except CommentSettled:
            self.session.rollback()

    @precondition(lambda self: self.posted)
    @rule(choice=st.randoms(use_true_random=False), text=st.sampled_from(["不对", "请再看"]))
    def appeal(self, choice: Random, text: str) -> None:
        posted = choice.choice(self.posted)
        try:
            appeals.appeal(
                "demo", posted.code, text, caller=a_caller(), session=self.session, services=self.services
            )
        except AppealImpossible:
            self.session.rollback()

    @rule(choice=st.randoms(use_true_random=False), kind=st.sampled_from(sorted(TEXTS)))
    def reply(self, choice: Random, kind: str) -> None:
        shown = self.session.execute(
            select(Comment.id, Thread.key)
            .join(Thread, Thread.id == Comment.thread_id)
            .where(Comment.status == Status.PUBLISHED)
            .order_by(Comment.id)
        ).all()
        if shown:
            parent_id, key = choice.choice(shown)
            a_comment(self.session, self.services, TEXTS[kind], thread_key=key, parent_id=parent_id)

    @rule(
        who=st.integers(0, 1),
        queue=st.sampled_from(
            [ItemState.WAITING, ItemState.ESCALATED, ItemState.APPEALED, ItemState.SECOND_LOOK]
        ),
        kind=st.sampled_from([DecisionKind.APPROVE, DecisionKind.REJECT, DecisionKind.ESCALATE]),
    )
    def decide(self, who: int, queue: ItemState, kind: DecisionKind) -> None:
        person = self.people[who]
        held = a_claim(self.session, self.services, person, queue)
        if held is None or not may_decide(queue, kind):
            return
        read = select(ReviewItem.revision).where(ReviewItem.id == held.item_id)
        ruling = Ruling(
            item_id=held.item_id,
            lease_token=LEASE_TOKEN,
            revision=self.session.scalars(read).one(),
            kind=kind,
            reason=Reason.OTHER if kind is DecisionKind.REJECT else None,
        )
        made = review.decide(ruling, reviewer=person, session=self.session, services=self.services)
        self.decided.append((person, made))

    @rule(
        who=st.integers(0, 1),
        thread=st.sampled_from("12"),
        kind=st.sampled_from([DecisionKind.APPROVE, DecisionKind.REJECT]),
    )
    def decide_many(self, who: int, thread: str, kind: DecisionKind) -> None:
        thread_id = self.session.scalars(select(Thread.id).where(Thread.key == thread)).one_or_none()
        self.session.rollback()
        if thread_id is None:
            return
        done = bulk.decide_many(
            bulk.Choice(thread_id=thread_id),
            kind=kind,
            reason=Reason.OTHER if kind is DecisionKind.REJECT else None,
            note=None,
            batch_id=self.services.ids.new(),
            most=3,
            reviewer=self.people[who],
            session=self.session,
            services=self.services,
        )
        self.batches.append((self.people[who], done.batch_id))

    @precondition(lambda self: self.batches)
    @rule(choice=st.randoms(use_true_random=False))
    def undo_many(self, choice: Random) -> None:
        person, batch_id = choice.choice(self.batches)
        review.undo_batch(batch_id, reviewer=person, session=self.session, services=self.services)

    @rule(who=st.integers(0, 1))
    def hold(self, who: int) -> None:
        person = self.people[who]
        held = a_claim(self.session, self.services, person)
        if held is not None:
            review.hold(
                held.item_id,
                token=LEASE_TOKEN,
                reviewer=person,
                session=self.session,
                services=self.services,
            )

    @rule()
    def fold(self) -> None:
        queues.fold(session=self.session, services=self.services)

    @precondition(lambda self: self.decided)
    @rule(choice=st.randoms(use_true_random=False))
    def undo(self, choice: Random) -> None:
        person, made = choice.choice(self.decided)
        try:
            review.undo(
                made.decision_id,
                token=LEASE_TOKEN,
                reviewer=person,
                session=self.session,
                services=self.services,
            )
        except UndoTooLate:
            self.session.rollback()

    @rule(minutes=st.integers(1, 20))
    def wait(self, minutes: int) -> None:
        self.clock.move(minutes=minutes)

    @invariant()
    def counts_are_what_they_count(self) -> None:
        shown = func.count().filter(Comment.status == Status.PUBLISHED)
        for kept, counted in self.session.execute(
            select(Thread.published_count, shown).join(Comment).group_by(Thread.id)
        ):
            assert kept == counted
        below = aliased(Comment)
        replies = func.count(below.id).filter(below.status == Status.PUBLISHED)
        for comment, counted in self.session.execute(
            select(Comment, replies).outerjoin(below, below.root_id == Comment.id).group_by(Comment.id)
        ):
            assert comment.published_reply_count == counted
            assert comment.is_listed == (comment.status is Status.PUBLISHED or counted > 0)
        self.session.rollback()

    @invariant()
    def how_much_waits_is_kept_as_it_is_counted(self) -> None:
        counted = Counter(
            self.session.scalars(select(ReviewItem.state).where(ReviewItem.closed_at.is_(None)))
        )
        kept = lengths.queue_lengths(self.session, (self.site,))
        assert kept == {state: counted[state] for state in OPEN_STATES}
        self.session.rollback()

    @invariant()
    def whatever_waits_is_in_the_queue_once(self) -> None:
        open_items = Counter(
            self.session.scalars(select(ReviewItem.comment_id).where(ReviewItem.state.in_(OPEN_STATES)))
        )
        assert all(count == 1 for count in open_items.values())
        pending = set(self.session.scalars(select(Comment.id).where(Comment.status == Status.PENDING)))
        assert pending <= set(open_items)
        waiting = select(Comment.status, Comment.revision, ReviewItem.revision).join(
            ReviewItem, (ReviewItem.comment_id == Comment.id) & ReviewItem.closed_at.is_(None)
        )
        for status, number, read in self.session.execute(waiting):
            assert status not in {Status.WITHDRAWN, Status.ERASED}, "nobody waits for what is gone"
            assert number == read, "whoever takes it up reads the latest text"
        self.session.rollback()

    @invariant()
    def every_status_is_where_its_audit_leads(self) -> None:
        statuses = dict(self.session.execute(select(Comment.id, Comment.status)).all())
        told: dict[object, object] = {}
        events = select(AuditEvent.subject_id, AuditEvent.old, AuditEvent.new).where(
            AuditEvent.subject_kind == "comment", AuditEvent.name.not_in(CHANGES_NO_STATUS)
        )
        for comment_id, old, new in self.session.execute(events.order_by(AuditEvent.id)):
            if "decision_id" in old:
                continue  # a decision was undone that had changed no status
            assert old.get("status") == told.get(comment_id), (
                "an event does not begin where the last one ended"
            )
            assert old != new
            told[comment_id] = new["status"]
        assert told == statuses
        self.session.rollback()

    @invariant()
    def an_authors_record_is_the_sum_of_what_stands(self) -> None:
        undo = aliased(Decision)
        standing = Counter(
            self.session.scalars(
                select(Decision.kind)
                .join(Comment, Comment.id == Decision.comment_id)
                .outerjoin(undo, undo.undoes_id == Decision.id)
                .where(Comment.author_id.is_not(None), undo.id.is_(None), Decision.checks_id.is_(None))
            )
        )
        # Of a person's refusal and the judgement of the appeal against it, the refusal is counted once or not at all.
        settled = select(func.count()).where(
            Appeal.state != AppealState.OPEN, Appeal.decision_id.is_not(None)
        )
        twice = self.session.scalar(settled) or 0
        for author in self.session.scalars(select(Author)):
            assert author.approved_count == standing[DecisionKind.APPROVE]
            assert author.rejected_count == standing[DecisionKind.REJECT] - twice
        self.session.rollback()

    @invariant()
    def an_appeal_is_open_while_somebody_must_judge_it(self) -> None:
        judged = select(ReviewItem.comment_id).where(ReviewItem.state == ItemState.APPEALED)
        waiting = select(Appeal.comment_id).where(Appeal.state == AppealState.OPEN)
        assert set(self.session.scalars(waiting)) == set(self.session.scalars(judged))
        refused = select(Comment.id).where(Comment.status == Status.REJECTED)
        assert set(self.session.scalars(waiting)) <= set(self.session.scalars(refused))
        self.session.rollback()


@pytest.mark.parametrize("mode", [Mode.PRE, Mode.RULES, Mode.POST])
def test_whatever_happens_the_queue_and_the_counts_stay_true(
    migrated_sqlite: Path, tmp_path: Path, mode: Mode
) -> None:
    path = tmp_path / "template.db"
    shutil.copyfile(migrated_sqlite, path)
    engine = create_engine(f"sqlite:///{path}")
    services = some_services(FrozenClock())
    with Session(engine, expire_on_commit=False) as session:
        site_id = a_site(session, services, mode=mode)
        session.execute(update(Site).values(second_look_percent=50))
        session.commit()
        active_rules(
            session,
            services,
            [a_rule("等等"), a_rule("加微信", Action.BLOCK), a_rule("骂人", Action.BLOCK, category="insult")],
        )
        account_ids = tuple(an_account(session, services, login, Role.SENIOR) for login in ("lin", "wu"))
        session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()
    machine = type("OfThisMode", (Queue,), {"template": path, "site": site_id, "accounts": account_ids})

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=8,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )

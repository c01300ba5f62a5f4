"""Own data, on both databases: a whole copy, and nothing left after erasing; also of who is big, blocked or unknown."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from moderation.domain.account import Role
from moderation.domain.appeal import AppealState
from moderation.domain.comment import Status
from moderation.domain.errors import AuthorUnknown, OriginNotAllowed, ReceiptUnknown, TooMany
from moderation.domain.events import EventName
from moderation.domain.policy import Mode
from moderation.domain.portal import author_name
from moderation.domain.reasons import Reason
from moderation.domain.writer import Writer
from moderation.flows import appeals, authors, intake, liking, own_data, reading, reporting, retention
from moderation.flows.authors import Blocking
from moderation.flows.intake import Receipt
from moderation.flows.liking import Wish
from moderation.flows.own_data import ErasedData, OwnData, Person
from moderation.flows.reading import PageQuery
from moderation.flows.reporting import Complaint
from moderation.ports import Services
from moderation.rules import Action
from moderation.store.base import Base
from moderation.store.tables import (
    Appeal,
    AuditEvent,
    Author,
    AuthorBlock,
    AuthorNote,
    Comment,
    FingerprintBand,
    IdempotencyKey,
    Like,
    OutboxMessage,
    Report,
    ReviewItem,
    Revision,
    SearchDocument,
    StoredMatch,
    Thread,
)
from tests.conftest import Queries
from tests.factories import (
    AUTHOR_TOKEN,
    ORIGIN,
    a_caller,
    a_comment,
    a_draft,
    a_rule,
    a_site,
    a_writer,
    active_rules,
    an_account,
    revised,
)
from tests.fakes import FrozenClock
from tests.integration.conftest import Race

OTHER = "mod_author_" + "o" * 43
SECRETS = ("秘密的正文", "第二个秘密", "秘密的名字", "secret-link", "秘密的申诉", "秘密的备注")
NOTHING = ErasedData(comments=0, reports=0, likes=0)


class Life:
    """What one reader leaves on a site, beside another."""

    def __init__(self, session: Session, services: Services, clock: FrozenClock) -> None:
        self.session, self.services = session, services
        self.site = a_site(session, services, mode=Mode.RULES)
        active_rules(
            session,
            services,
            [a_rule("骂人", Action.BLOCK, category="insult"), a_rule("加微信", Action.BLOCK), a_rule("等等")],
        )
        self.others = a_comment(session, services, "别人的评论", author_token=OTHER)
        self.shown = self.post(
            "秘密的正文",
            nickname="秘密的名字",
            link="https://secret-link.example/",
            idempotency_key="posting",
        )
        clock.move(minutes=1)
        revised(session, services, self.shown.comment_id, "第二个秘密", idempotency_key="edit")
        self.waiting, self.silent = self.post("秘密的正文等等"), self.post("秘密的正文加微信")
        self.refused = self.post("秘密的正文骂人")
        appeals.appeal(
            "demo", self.refused.code, "秘密的申诉", caller=a_caller(), session=session, services=services
        )
        self.reply = a_comment(
            session, services, "别人的回复", author_token=OTHER, parent_id=self.shown.comment_id
        )
        self.like(self.others, AUTHOR_TOKEN)
        self.report(self.others, a_writer())

    def post(self, text: str, **changed: object) -> Receipt:
        return a_comment(self.session, self.services, text, author_token=AUTHOR_TOKEN, **changed)

    def like(self, receipt: Receipt, token: str) -> None:
        wish = Wish(
            site_key="demo",
            comment_id=receipt.comment_id,
            is_liked=True,
            origin=ORIGIN,
            client="192.0.2.7",
        )
        liking.like(wish, writer=a_writer(token), session=self.session, services=self.services)

    def report(self, receipt: Receipt, writer: Writer | None) -> str:
        complaint = Complaint(
            site_key="demo",
            comment_id=receipt.comment_id,
            reason="insult",
            note="秘密的备注",
            origin=ORIGIN,
            client="192.0.2.7",
        )
        made = reporting.report(complaint, writer=writer, session=self.session, services=self.services)
        return made.code

    def export(self, token: str = AUTHOR_TOKEN) -> OwnData:
        return own_data.export("demo", writer=a_writer(token), session=self.session, services=self.services)

    def erase(self, token: str = AUTHOR_TOKEN) -> ErasedData:
        return own_data.erase(
            "demo", writer=a_writer(token), caller=a_caller(), session=self.session, services=self.services
        )

    def author(self) -> Author | None:
        self.session.rollback()
        return self.session.scalars(
            select(Author)
            .where(Author.token_hash == a_writer().author_hash)
            .execution_options(populate_existing=True)
        ).one_or_none()

    def rows(self, table: type[Base]) -> Sequence[Base]:
        self.session.rollback()
        return self.session.scalars(select(table).execution_options(populate_existing=True)).all()


@pytest.fixture
def life(session: Session, services: Services, clock: FrozenClock) -> Life:
    return Life(session, services, clock)


def test_a_copy_holds_everything_as_its_author_is_told_of_it(life: Life, clock: FrozenClock) -> None:
    copy = life.export()

    assert (copy.site, copy.exported_at) == ("demo", clock.now())
    assert copy.author is not None
    assert (copy.author.subject, copy.author.blocked_until) == (None, None)
    told = [(one.status, one.reason, [text.text for text in one.revisions]) for one in copy.comments]
    assert told == [
        (Status.PUBLISHED, None, ["秘密的正文", "第二个秘密"]),
        (Status.PENDING, None, ["秘密的正文等等"]),
        (Status.PENDING, None, ["秘密的正文加微信"]),
        (Status.REJECTED, Reason.INSULT, ["秘密的正文骂人"]),
    ]
    assert copy.comments[0].revisions[0].link == "https://secret-link.example/"
    objection = copy.comments[3].appeal
    assert objection is not None
    assert (objection.text, objection.state) == ("秘密的申诉", AppealState.OPEN)
    assert [(one.comment_id, one.note) for one in copy.reports] == [(life.others.comment_id, "秘密的备注")]
    assert [one.comment_id for one in copy.likes] == [life.others.comment_id]
    assert "别人" not in repr(copy)


def test_copies_are_limited_and_noted(life: Life) -> None:
    for _ in range(5):
        life.export()

    with pytest.raises(TooMany) as refused:
        life.export()

    assert refused.value.scope == "own-data"
    life.session.rollback()
    noted = select(func.count()).where(AuditEvent.name == EventName.AUTHOR_EXPORTED)
    assert life.session.scalar(noted) == 5
    assert life.export(OTHER).comments[0].revisions[0].text == "别人的评论"


def test_nothing_of_an_erased_author_is_left_and_nothing_of_others_is_touched(life: Life) -> None:
    erased = life.erase()

    assert erased == ErasedData(comments=4, reports=1, likes=1)
    everything = ""
    for table in (Revision, Appeal, IdempotencyKey, Report, AuditEvent, OutboxMessage, StoredMatch):
        everything += repr(
            [
                {column.key: getattr(row, column.key) for column in table.__table__.columns}
                for row in life.rows(table)
            ]
        )
    assert [secret for secret in SECRETS if secret in everything] == []
    assert a_writer().author_hash.hex() not in everything
    assert str(a_writer().author_hash) not in everything
    assert life.author() is None
    ids = {life.shown.comment_id, life.waiting.comment_id, life.silent.comment_id, life.refused.comment_id}
    mine = [row for row in life.rows(Comment) if isinstance(row, Comment) and row.id in ids]
    assert {(row.status, row.author_id, row.client_key, row.text_hash) for row in mine} == {
        (Status.ERASED, None, None, bytes(32))
    }
    for column in (SearchDocument.comment_id, FingerprintBand.comment_id):
        assert life.session.scalars(select(column).where(column.in_(ids))).all() == []
    assert life.rows(Appeal) == []
    assert life.rows(Like) == []
    items = [row for row in life.rows(ReviewItem) if isinstance(row, ReviewItem)]
    assert [row for row in items if row.comment_id in ids and row.closed_at is None] == []
    assert {row.author_id for row in items if row.comment_id in ids} == {None}
    page = reading.thread_page(
        PageQuery(site_key="demo", thread_key="1553855"), frozenset(), session=life.session
    ).body
    assert page is not None
    assert page.thread.count == 2
    assert sorted((one.state, one.text, one.like_count) for one in page.comments) == [
        ("published", "别人的评论", 0),
        ("removed", None, 0),
    ]
    place = next(one for one in page.comments if one.state == "removed")
    assert [reply.text for reply in place.replies] == ["别人的回复"]


def test_erasing_is_told_and_may_be_asked_for_again(life: Life) -> None:
    author = life.author()
    assert author is not None
    life.erase()

    assert life.erase() == NOTHING
    assert life.export().comments == []
    life.session.rollback()
    names = life.session.scalars(select(AuditEvent.name).where(AuditEvent.subject_id == author.id)).all()
    assert names == [EventName.AUTHOR_ERASED]
    told = select(OutboxMessage.payload).where(OutboxMessage.name == EventName.AUTHOR_ERASED)
    assert life.session.scalars(told).all() == [{"author_id": str(author.id)}]
    erased = select(func.count()).where(AuditEvent.name == EventName.COMMENT_ERASED)
    assert life.session.scalar(erased) == 4


def test_the_receipts_of_an_erased_author_say_so(life: Life) -> None:
    from moderation.flows import receipts

    report = life.report(life.others, a_writer())
    life.erase()

    for posted in (life.shown, life.refused):
        found = receipts.look_up(
            "demo", posted.code, client="192.0.2.7", session=life.session, services=life.services
        )
        assert found is not None
        assert (found.status, found.text, found.nickname, found.may_withdraw, found.appeal) == (
            Status.ERASED,
            "",
            "",
            False,
            None,
        )
    assert reporting.find_by_receipt("demo", report, session=life.session, services=life.services) is not None


def test_a_retry_of_an_erased_posting_posts_anew(life: Life) -> None:
    life.erase()

    again = life.post("秘密的正文", nickname="秘密的名字", idempotency_key="posting")

    assert again.comment_id != life.shown.comment_id


def test_who_is_blocked_stays_so_though_he_has_himself_erased(
    life: Life, session: Session, services: Services, clock: FrozenClock
) -> None:
    lin = an_account(session, services, "lin", Role.OWNER)
    author = life.author()
    assert author is not None
    author_id = author.id
    authors.note(
        author_id, "秘密的备注", account_id=lin, site_ids=[life.site], session=session, services=services
    )
    blocking = Blocking(reason=Reason.INSULT, days=7, note="秘密的备注")
    authors.block(
        author_id, blocking, account_id=lin, site_ids=[life.site], session=session, services=services
    )

    life.erase()

    kept = life.author()
    assert kept is not None
    assert (kept.id, kept.subject, kept.approved_count, kept.rejected_count) == (author_id, None, 0, 0)
    assert life.rows(AuthorNote) == []
    assert [row.note for row in life.rows(AuthorBlock) if isinstance(row, AuthorBlock)] == [None]
    assert life.post("花海开得真早").status is Status.PENDING, "the block holds"
    life.erase()
    clock.move(days=7, seconds=1)
    retention.purge(session_idle=timedelta(hours=1), session=session, services=services)
    assert life.author() is None


def test_who_is_unblocked_after_he_had_himself_erased_is_forgotten_at_once(
    life: Life, session: Session, services: Services
) -> None:
    lin = an_account(session, services, "lin", Role.OWNER)
    author = life.author()
    assert author is not None
    blocking = Blocking(reason=Reason.INSULT)
    authors.block(
        author.id, blocking, account_id=lin, site_ids=[life.site], session=session, services=services
    )
    life.erase()

    authors.unblock(author.id, account_id=lin, site_ids=[life.site], session=session, services=services)

    assert life.author() is None


def test_a_big_author_is_erased_in_many_small_transactions(
    session: Session, services: Services, queries: Queries
) -> None:
    a_site(session, services, mode=Mode.POST)
    for number in range(own_data.BATCH * 2 + 1):
        a_comment(session, services, f"第{number}条", author_token=AUTHOR_TOKEN, thread_key=str(number % 3))
    queries.statements.clear()

    erased = own_data.erase("demo", writer=a_writer(), caller=a_caller(), session=session, services=services)

    assert erased.comments == own_data.BATCH * 2 + 1
    assert len(queries) < 120, "a batch costs a handful of statements, not some for each comment"
    session.rollback()
    assert set(session.scalars(select(Thread.published_count))) == {0}


def test_another_page_may_not_erase(life: Life) -> None:
    with pytest.raises(OriginNotAllowed):
        own_data.erase(
            "demo",
            writer=a_writer(),
            caller=a_caller(origin="https://evil.example"),
            session=life.session,
            services=life.services,
        )


def test_a_stranger_to_the_site_has_nothing_to_copy_or_erase(life: Life) -> None:
    nobody = "mod_author_" + "n" * 43
    a_comment(life.session, life.services, "无名")

    copy = life.export(nobody)

    assert (copy.author, copy.comments, copy.reports, copy.likes) == (None, [], [], [])
    assert life.erase(nobody) == NOTHING
    assert life.export(OTHER).comments


# Asked by the operator ---------------------------------------------------------------------------


def test_the_operator_finds_who_asks_by_token_receipt_or_subject(life: Life) -> None:
    subject = "u-42"
    named = Writer(
        author_hash=life.services.secrets.digest(author_name(life.site, subject)),
        subject=subject,
        nickname="林",
    )
    draft = a_draft("签名的评论", writer=named)
    intake.submit(draft, session=life.session, services=life.services)

    def copy(person: Person) -> list[str]:
        found = own_data.export_for("demo", person, session=life.session, services=life.services)
        return [one.revisions[-1].text for one in found.comments]

    assert len(copy(Person(token_hash=a_writer().author_hash))) == 4
    assert len(copy(Person(receipt=life.shown.code))) == 4
    assert copy(Person(subject=subject)) == ["签名的评论"]
    for unknown, error in (
        (Person(token_hash=bytes(32)), AuthorUnknown),
        (Person(subject="nobody"), AuthorUnknown),
        (Person(receipt="abcd-efgh-ijkl-mnop"), ReceiptUnknown),
        (Person(receipt="x"), ReceiptUnknown),
    ):
        with pytest.raises(error):
            copy(unknown)


def test_a_receipt_of_who_keeps_no_token_is_for_that_comment_alone(life: Life) -> None:
    mine, others = (a_comment(life.session, life.services, text) for text in ("无名一", "无名二"))

    erased = own_data.erase_for(
        "demo", Person(receipt=mine.code), session=life.session, services=life.services
    )

    assert erased == ErasedData(comments=1, reports=0, likes=0)
    life.session.rollback()
    statuses = dict(life.session.execute(select(Comment.id, Comment.status)).all())
    assert statuses[mine.comment_id] is Status.ERASED
    assert statuses[others.comment_id] is Status.PUBLISHED
    assert statuses[life.shown.comment_id] is Status.PUBLISHED


# Races -------------------------------------------------------------------------------------------


def test_erasing_and_editing_leave_no_text_behind(life: Life, race: Race) -> None:
    for number in range(6):
        posted = life.post("秘密的正文", thread_key=f"race-{number}")

        race(
            [
                lambda session: own_data.erase(
                    "demo", writer=a_writer(), caller=a_caller(), session=session, services=life.services
                ),
                lambda session, posted=posted: revised(  # type: ignore[misc]
                    session, life.services, posted.comment_id, "第二个秘密等等"
                ),
            ]
        )

        life.erase()
        life.session.rollback()
        texts = select(Revision.text).where(Revision.comment_id == posted.comment_id)
        assert set(life.session.scalars(texts)) == {""}
        open_items = select(ReviewItem.id).where(
            ReviewItem.comment_id == posted.comment_id, ReviewItem.closed_at.is_(None)
        )
        assert life.session.scalars(open_items).all() == []


def test_two_who_erase_the_same_author_at_once_finish_both(life: Life, race: Race) -> None:
    def erase(session: Session) -> ErasedData:
        return own_data.erase(
            "demo", writer=a_writer(), caller=a_caller(), session=session, services=life.services
        )

    results = race([erase, erase])

    assert sum(one.comments for one in results) == 4, results
    life.session.rollback()
    left = life.session.scalar(
        select(func.count()).select_from(Comment).where(Comment.author_id.is_not(None))
    )
    assert left == 2, "the other's two"


def test_a_withdrawn_text_is_erased_after_its_days_as_a_refused_one(life: Life, clock: FrozenClock) -> None:
    from moderation.flows import withdrawing

    withdrawing.withdraw(
        "demo",
        life.shown.comment_id,
        writer=a_writer(),
        caller=a_caller(),
        session=life.session,
        services=life.services,
    )

    def purge() -> int:
        idle = timedelta(hours=1)
        return retention.purge(session_idle=idle, session=life.session, services=life.services).rejected

    clock.move(days=180, minutes=1)

    assert purge() == 2, "the withdrawn and the silently refused one"
    statuses = dict(life.session.execute(select(Comment.id, Comment.status)).all())
    assert statuses[life.shown.comment_id] is Status.ERASED
    assert statuses[life.refused.comment_id] is Status.REJECTED, "its author waits for an answer"
    life.session.execute(update(Appeal).values(state=AppealState.DENIED, settled_at=clock.now()))
    life.session.commit()
    assert purge() == 1

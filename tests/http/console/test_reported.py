"""What a moderator reads of reports on a card, and what that costs."""

import re
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.domain.policy import Mode
from moderation.domain.report import ReportState
from moderation.domain.review import ItemState
from moderation.domain.writer import Writer
from moderation.flows import reporting
from moderation.flows.reporting import Complaint
from moderation.ports import Services
from moderation.store.tables import Comment, Report, ReviewItem, Revision, Site
from tests.conftest import Queries
from tests.factories import ORIGIN, a_comment
from tests.fakes import FrozenClock
from tests.http.console.conftest import AtDesk


class Readers:
    """A published comment, and readers who have something against it."""

    def __init__(self, site: UUID, session: Session, services: Services, clock: FrozenClock) -> None:
        self.site, self.session, self.services, self.clock = site, session, services, clock
        self.set(mode=Mode.POST)
        self.comment = self.post("这家店的老板是骗子")

    def set(self, **values: object) -> None:
        self.session.execute(update(Site).where(Site.id == self.site).values(**values))
        self.session.commit()

    def post(self, text: str) -> UUID:
        return a_comment(self.session, self.services, text).comment_id

    def report(
        self, *readers: int, about: UUID | None = None, reason: str = "insult", note: str | None = None
    ) -> None:
        for who in readers:
            self.clock.move(minutes=1)
            complaint = Complaint(
                site_key="demo",
                comment_id=about or self.comment,
                reason=reason,
                note=note,
                origin=ORIGIN,
                client=f"192.0.2.{who}",
            )
            writer = Writer(author_hash=bytes([who]) * 32)
            reporting.report(complaint, writer=writer, session=self.session, services=self.services)

    def let_prove(self, *readers: int) -> None:
        """Let readers have been right twice."""
        for _ in range(2):
            about = self.post("旧的")
            self.report(*readers, about=about)
            settled = {"state": ReportState.UPHELD, "settled_at": self.clock.now()}
            self.session.execute(update(Report).where(Report.comment_id == about).values(settled))
            self.session.execute(
                update(ReviewItem).values(state=ItemState.DROPPED, closed_at=self.clock.now())
            )
            self.session.commit()

    def edit(self) -> None:
        """Give the comment a new text, as its author would."""
        self.session.add(
            Revision(
                comment_id=self.comment,
                number=2,
                nickname="晨曦",
                link=None,
                text="改过了",
                shown_nickname=None,
                shown_text=None,
                created_at=self.clock.now(),
            )
        )
        self.session.execute(update(Comment).where(Comment.id == self.comment).values(revision=2))
        self.session.commit()


@pytest.fixture
def readers(site: UUID, session: Session, services: Services, clock: FrozenClock) -> Readers:
    return Readers(site, session, services, clock)


def reports_of(page: str) -> str:
    """Return what the card on the table says of reports, without its marks."""
    found = re.search(r'<section class="reports".*?</section>', page, re.DOTALL)
    return "" if found is None else " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def test_a_reported_comment_is_in_its_queue_with_number_weight_reasons_and_notes(
    readers: Readers, at_desk: AtDesk
) -> None:
    readers.report(1, 2, note="骂人 <script>alert(1)</script>")
    readers.report(3, reason="fraud", note="我认识这家店")
    page = at_desk("lin").claim(queue="reported")

    said = reports_of(page)

    assert said.startswith("3 次举报 权重 300 辱骂 2 诈骗 1 我认识这家店 诈骗")
    assert "骂人 &lt;script&gt;alert(1)&lt;/script&gt;" in said
    assert "<script>alert" not in page
    assert "读者暂时看不到" not in said


def test_a_card_shows_the_ten_latest_notes(readers: Readers, at_desk: AtDesk) -> None:
    for who in range(1, 13):
        readers.report(who, note=f"备注{who}号")

    said = reports_of(at_desk("lin").claim(queue="reported"))

    assert re.findall(r"备注\d+号", said) == [f"备注{who}号" for who in range(12, 2, -1)]
    assert said.startswith("12 次举报 权重 1200")


def test_many_of_one_client_are_shown_as_they_weigh(readers: Readers, at_desk: AtDesk) -> None:
    readers.report(*range(1, 6))
    key = readers.session.scalars(select(Report.client_key).limit(1)).one()
    readers.session.execute(update(Report).values(client_key=key))
    readers.session.commit()

    assert reports_of(at_desk("lin").claim(queue="reported")).startswith("5 次举报 权重 100 辱骂 5")


def test_what_is_about_an_earlier_text_is_counted_apart(readers: Readers, at_desk: AtDesk) -> None:
    readers.report(1, note="第一版骂人")
    readers.edit()
    readers.report(2, 3, 4)

    said = reports_of(at_desk("smith").claim(queue="reported"))

    assert said.startswith("4 reports weight 300 Insult 3 1 about an earlier text 第一版骂人")


def test_a_card_that_waits_for_another_cause_shows_the_few_reports_there_are(
    readers: Readers, at_desk: AtDesk
) -> None:
    readers.set(mode=Mode.PRE)
    readers.post("没有人举报")
    desk = at_desk("lin")
    unreported = desk.claim()
    readers.report(1)
    readers.session.execute(update(ReviewItem).values(comment_id=readers.comment))
    readers.session.commit()

    assert reports_of(unreported) == ""
    assert reports_of(desk.table()).startswith("1 次举报 权重 100")


def test_what_reports_have_hidden_says_so_until_it_is_decided(readers: Readers, at_desk: AtDesk) -> None:
    readers.let_prove(1, 2, 3)
    readers.set(report_hide_weight=450)
    readers.report(1, 2, 3)
    desk = at_desk("lin")
    page = desk.claim(queue="reported")

    assert reports_of(page) == "3 次举报 权重 450 辱骂 3 读者暂时看不到，等你决定。"
    assert desk.decide(page, "approve").status_code == 303
    assert reports_of(desk.table("/console/queue/reported")) == ""


def test_reports_cost_two_queries_more_however_many_cards_have_some(
    readers: Readers, at_desk: AtDesk, queries: Queries
) -> None:
    for about in (readers.comment, *(readers.post(f"第{number}条") for number in range(3))):
        readers.report(1, 2, 3, about=about)
    desk = at_desk("lin")
    costs = []
    for most in (1, 4):
        before = len(queries)
        cards = desk.call("/console/cards", queue="reported", most=str(most)).get_json()["cards"]
        costs.append(len(queries) - before)
        assert len(cards) == most

    assert costs[0] == costs[1]


def test_the_audit_says_reports_in_words(readers: Readers, at_desk: AtDesk) -> None:
    readers.report(1, 2, 3)
    lin = at_desk("lin")
    lin.decide(lin.claim(queue="reported"), "reject:insult")

    page = at_desk("chen").table(f"/console/audit?subject={readers.comment}")

    assert "收到举报" in page
    assert "成立" in page

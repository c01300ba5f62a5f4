"""The page that reports a comment without JavaScript: what it shows, what it keeps, what it refuses."""

import re
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.events import OPERATOR
from moderation.domain.policy import Mode
from moderation.domain.reasons import Reason
from moderation.domain.report import ReportState
from moderation.embed.reporting import shown
from moderation.flows import sites
from moderation.flows.reporting import ReportReceipt
from moderation.flows.sites import SiteSettings
from moderation.ports import Services
from moderation.rules import Action
from moderation.store import changes
from moderation.store.tables import Comment, Report
from moderation.store.transaction import transaction
from tests.factories import ORIGIN, WIDE, a_comment, a_rule, a_site, active_rules
from tests.fakes import FrozenClock
from tests.http.api.answers import FRAME, assert_problem


@pytest.fixture
def reader(client: FlaskClient) -> FlaskClient:
    """Return a browser without script: its forms come from our own page."""
    client.environ_base["HTTP_ORIGIN"] = "http://localhost"
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    return client


@pytest.fixture
def comment(session: Session, services: Services) -> UUID:
    a_site(session, services, mode=Mode.POST)
    return a_comment(session, services, "花海<b>开得</b>真早", nickname="晨曦").comment_id


def page_of(comment_id: UUID) -> str:
    return f"/embed/v1/demo/comments/{comment_id}/report"


def hide(session: Session, services: Services, comment_id: UUID) -> None:
    with transaction(session):
        site_id = session.get_one(Comment, comment_id).site_id
        found = changes.lock_comment(session, site_id, comment_id)
        moment = changes.Moment(now=services.clock.now(), new_id=services.ids.new)
        changes.apply(session, found, Status.REJECTED, reason=Reason.INSULT, actor=OPERATOR, moment=moment)


def test_the_form_quotes_the_comment_and_offers_every_reason(reader: FlaskClient, comment: UUID) -> None:
    answer = reader.get(page_of(comment))

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert f"frame-ancestors 'self' {ORIGIN}" in answer.headers["Content-Security-Policy"]
    assert "花海&lt;b&gt;开得&lt;/b&gt;真早" in answer.text
    assert "晨曦" in answer.text
    values = re.findall(r'<input type="radio" name="reason" value="([a-z-]+)" required>', answer.text)
    assert set(values) == set(Reason) - {"repeat"}
    assert "只有审核员看得到" in answer.text
    assert "<script" not in answer.text


@pytest.mark.parametrize(
    ("lang", "title"), [("zh-CN", "举报评论"), ("en", "Report a comment"), ("fr", "举报评论")]
)
def test_the_page_speaks_the_readers_language(
    reader: FlaskClient, comment: UUID, lang: str, title: str
) -> None:
    page = reader.get(page_of(comment), query_string={"lang": lang}).text

    assert f"<h1>{title}</h1>" in page
    assert f"?lang={lang}" in page, "the form and the way back keep the language"


def test_a_comment_in_the_frame_leads_here_and_back(reader: FlaskClient, comment: UUID) -> None:
    frame = reader.get(FRAME, query_string={"thread": "1553855", "theme": "dark"}).text
    assert f'href="{page_of(comment)}?theme=dark"' in frame

    page = reader.get(page_of(comment)).text
    assert f'href="/embed/v1/demo/frame?thread=1553855#c-{comment}"' in page


def test_a_sent_report_leads_to_its_receipt_and_says_so(
    reader: FlaskClient, comment: UUID, session: Session
) -> None:
    sent = reader.post(
        page_of(comment), data={"reason": "insult", "note": "第一行\r\n第二行"}, query_string={"lang": "en"}
    )
    assert sent.status_code == 303
    assert sent.headers["Cache-Control"] == "no-store"

    receipt = reader.get(sent.headers["Location"])

    code = sent.headers["Location"].rpartition("receipt=")[2]
    assert re.fullmatch(r"[a-z2-7]{4}(-[a-z2-7]{4}){3}", code)
    assert f'<strong class="code">{code}</strong>' in receipt.text
    assert f'href="/embed/v1/demo/receipts/{code}"' in receipt.text
    assert "Your report was received." in receipt.text
    assert "Reported for: It insults or attacks somebody" in receipt.text
    assert receipt.headers["Cache-Control"] == "no-store"
    assert session.scalars(select(Report.note)).one() == "第一行\n第二行"


def test_sent_again_it_is_the_same_receipt(reader: FlaskClient, comment: UUID, session: Session) -> None:
    first, second = (
        reader.post(page_of(comment), data={"reason": reason, "note": ""}).headers["Location"]
        for reason in ("insult", "fraud")
    )

    assert first == second
    assert session.scalars(select(Report.reason)).all() == [Reason.INSULT]


def test_what_is_missing_is_said_at_its_field_and_the_note_stays(
    reader: FlaskClient, comment: UUID, session: Session
) -> None:
    answer = reader.post(page_of(comment), data={"note": "骂人 <script>"})

    assert answer.status_code == 422
    assert '<p class="error" id="reason-error">请选一个理由。</p>' in answer.text
    assert '<a href="#reason">请选一个理由。</a>' in answer.text
    assert "骂人 &lt;script&gt;</textarea>" in answer.text
    assert session.scalars(select(Report)).all() == []


def test_a_note_too_long_is_said_at_its_field_and_everything_stays(
    reader: FlaskClient, comment: UUID
) -> None:
    answer = reader.post(page_of(comment), data={"reason": "fraud", "note": "字" * 501})

    assert answer.status_code == 422
    assert "补充说明最多 500 个字，现在有 501 个。" in answer.text
    assert "字" * 501 in answer.text
    assert 'value="fraud" required checked' in answer.text
    assert 'aria-invalid="true" aria-describedby="note-error"' in answer.text


@pytest.mark.parametrize("reason", ["repeat", "a\x00", "because", "x" * 9_000])
def test_a_reason_that_is_none_is_refused(reader: FlaskClient, comment: UUID, reason: str) -> None:
    answer = reader.post(page_of(comment), data={"reason": reason})

    assert answer.status_code == 422
    assert "请选一个理由。" in answer.text


def test_another_page_cannot_report_in_a_readers_name(reader: FlaskClient, comment: UUID) -> None:
    for origin in ("https://evil.example", ORIGIN, "null"):
        answer = reader.post(page_of(comment), data={"reason": "fraud"}, headers={"Origin": origin})

        assert answer.status_code == 403
    assert reader.post(page_of(comment), data={"reason": "fraud"}).status_code == 303


def test_who_reports_too_often_keeps_what_he_wrote(
    reader: FlaskClient, session: Session, services: Services, comment: UUID
) -> None:
    sites.change(
        "demo", SiteSettings(limits={**WIDE, "report": "1/hour"}), session=session, services=services
    )
    another = a_comment(session, services, "又一条").comment_id
    reader.post(page_of(another), data={"reason": "fraud"})

    answer = reader.post(page_of(comment), data={"reason": "fraud", "note": "真的"})

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "秒后再试" in answer.text
    assert "真的</textarea>" in answer.text


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_comment_that_is_gone_is_not_quoted(
    reader: FlaskClient, session: Session, services: Services, comment: UUID, method: str
) -> None:
    hide(session, services, comment)

    for comment_id in (comment, uuid4()):
        answer = getattr(reader, method)(page_of(comment_id), data={"reason": "fraud", "note": "真的"})

        assert answer.status_code == 404
        assert "这条评论已经不在了" in answer.text
        assert "花海" not in answer.text
        assert "<form" not in answer.text


def test_a_masked_text_is_quoted_masked(
    reader: FlaskClient, session: Session, services: Services, comment: UUID
) -> None:
    del comment
    active_rules(session, services, [a_rule("maskedtext", Action.MASK)])
    masked = a_comment(session, services, "买maskedtext吗").comment_id

    assert "maskedtext" not in reader.get(page_of(masked)).text


def test_an_unknown_site_is_a_problem(reader: FlaskClient, comment: UUID) -> None:
    path = page_of(comment).replace("demo", "nowhere")

    for answer in (reader.get(path), reader.post(path, data={"reason": "fraud"})):
        assert_problem(answer, 404, "site-unknown")


@pytest.mark.parametrize("code", ["", "x", "aaaa-aaaa-aaaa-aaaa", "a\x00", "<script>"])
def test_a_receipt_that_is_none_leads_to_the_form(reader: FlaskClient, comment: UUID, code: str) -> None:
    page = reader.get(page_of(comment), query_string={"receipt": code})

    assert (page.status_code, "<form" in page.text, "<script" in page.text) == (200, True, False)


@pytest.mark.parametrize(
    ("state", "is_shown", "text"),
    [
        (ReportState.OPEN, True, "report_open"),
        (ReportState.OPEN, False, "report_open"),
        (ReportState.UPHELD, False, "report_upheld"),
        (ReportState.UPHELD, True, "report_upheld_back"),
        (ReportState.DISMISSED, True, "report_dismissed"),
        (ReportState.DISMISSED, False, "report_dismissed_gone"),
    ],
)
def test_a_receipt_says_what_was_decided_and_nothing_that_is_not_so(
    clock: FrozenClock, state: ReportState, is_shown: bool, text: str
) -> None:
    receipt = ReportReceipt(
        state=state,
        reason=Reason.INSULT,
        created_at=clock.now(),
        settled_at=None if state is ReportState.OPEN else clock.now(),
        comment_id=None,
        is_shown=is_shown,
    )

    assert shown(receipt).text == text

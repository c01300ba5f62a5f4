"""The pages of receipts, without JavaScript: what they say of each state, what they take, what they keep on a fault."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moderation.domain.appeal import AppealState
from moderation.domain.comment import Status
from moderation.domain.events import OPERATOR
from moderation.domain.policy import Mode
from moderation.domain.reasons import Reason
from moderation.flows import appeals, reporting
from moderation.flows.intake import Receipt
from moderation.flows.reporting import Complaint
from moderation.ports import Services
from moderation.rules import Action
from moderation.store import changes, comments
from moderation.store.tables import Appeal, Comment, Site
from moderation.store.transaction import transaction
from tests.factories import (
    AUTHOR_TOKEN,
    ORIGIN,
    a_caller,
    a_comment,
    a_rule,
    a_site,
    active_rules,
)
from tests.fakes import FrozenClock

PAGES = "/embed/v1/demo/receipts"
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def reader(client: FlaskClient) -> FlaskClient:
    """Return a browser that has only the address of a receipt."""
    client.environ_base.pop("HTTP_ORIGIN")
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    return client


@pytest.fixture(autouse=True)
def site(session: Session, services: Services) -> None:
    a_site(session, services, mode=Mode.PRE)
    active_rules(
        session, services, [a_rule("骂人", Action.BLOCK, category="insult"), a_rule("加微信", Action.BLOCK)]
    )


def posted(session: Session, services: Services, text: str = "花海开得真早", **changed: object) -> Receipt:
    return a_comment(session, services, text, author_token=AUTHOR_TOKEN, **changed)


def put(session: Session, services: Services, receipt: Receipt, status: Status) -> None:
    moment = changes.Moment(now=services.clock.now(), new_id=services.ids.new)
    with transaction(session):
        found = session.get_one(Comment, receipt.comment_id)
        comment = changes.lock_comment(session, found.site_id, found.id)
        reason = Reason.PRIVACY if status is Status.REJECTED else None
        changes.apply(session, comment, status, reason=reason, actor=OPERATOR, moment=moment)
        if status is Status.ERASED:
            comments.erase_texts(session, [comment.id])


def settle(session: Session, services: Services, state: AppealState) -> None:
    session.execute(update(Appeal).values(state=state, settled_at=services.clock.now()))
    session.commit()


def assert_quiet(answer: TestResponse) -> None:
    """Expect a page that is stored nowhere, found by no search, and tells nobody its address."""
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert "<script" not in answer.text


@pytest.mark.parametrize(
    ("status", "sentence", "lang"),
    [
        (Status.PENDING, "正在等待审核", "zh-CN"),
        (Status.PENDING, "Waiting for review", "en"),
        (Status.PENDING, "審核員看過以後才會顯示", "zh-TW"),
        (Status.PUBLISHED, "已发表。", "zh-CN"),
        (Status.REJECTED, "没有发表：透露了他人隐私。", "zh-CN"),
        (Status.WITHDRAWN, "你已撤回这条评论", "zh-CN"),
        (Status.ERASED, "这条评论的内容已删除。", "zh-CN"),
    ],
)
def test_the_page_says_what_became_of_the_comment(
    reader: FlaskClient, session: Session, services: Services, *, status: Status, sentence: str, lang: str
) -> None:
    receipt = posted(session, services, EVIL)
    if status is not Status.PENDING:
        put(session, services, receipt, status)

    answer = reader.get(f"{PAGES}/{receipt.code}?lang={lang}")

    assert answer.status_code == 200
    assert_quiet(answer)
    assert f'<html class="page" lang="{lang}"' in answer.text
    assert sentence in answer.text
    assert ("&lt;script&gt;" in answer.text) is (status is not Status.ERASED)
    is_open = status in {Status.PENDING, Status.PUBLISHED}
    assert ("/withdrawal" in answer.text) is is_open
    assert ("/appeal" in answer.text) is (status is Status.REJECTED)
    assert receipt.code in answer.text


def test_a_silently_refused_comment_has_the_page_of_a_waiting_one(
    reader: FlaskClient, session: Session, services: Services
) -> None:
    waiting, silent = posted(session, services, "甲"), posted(session, services, "加微信")

    pages = [
        reader.get(f"{PAGES}/{one.code}").text.replace(one.code, "").replace(text, "")
        for one, text in ((waiting, "甲"), (silent, "加微信"))
    ]

    assert pages[0] == pages[1]


def test_a_published_comment_is_linked_in_its_article_or_on_the_page_without_script(
    reader: FlaskClient, session: Session, services: Services
) -> None:
    at_home = posted(session, services, thread_url=f"{ORIGIN}/1553855.html#top")
    nowhere = posted(session, services, thread_key="x&y")
    for receipt in (at_home, nowhere):
        put(session, services, receipt, Status.PUBLISHED)

    links = [reader.get(f"{PAGES}/{one.code}?lang=en").text for one in (at_home, nowhere)]

    assert f'href="{ORIGIN}/1553855.html#comment-{at_home.comment_id}"' in links[0]
    assert f"frame?lang=en&amp;thread=x%26y#c-{nowhere.comment_id}" in links[1]


def test_an_appeal_is_made_on_the_page_once_and_followed_to_its_end(
    reader: FlaskClient, session: Session, services: Services
) -> None:
    receipt = posted(session, services, "骂人的话")
    page = f"{PAGES}/{receipt.code}"
    assert "2026年12月6日前申诉一次" in reader.get(page).text

    answer = reader.post(f"{page}/appeal?lang=en", data={"text": "不是骂人\r\n真的"})

    assert (answer.status_code, answer.headers["Location"]) == (303, f"{page}?lang=en")
    assert_quiet(answer)
    shown = reader.get(page).text
    assert "申诉已收到" in shown
    assert "不是骂人\n真的" in shown
    assert "<textarea" not in shown
    settle(session, services, AppealState.DENIED)
    assert "申诉没有通过：用语伤人。" in reader.get(page).text
    settle(session, services, AppealState.GRANTED)
    assert "Your appeal was granted." in reader.get(f"{page}?lang=en").text


def test_what_is_wrong_with_an_appeal_stands_at_its_field_and_the_text_stays(
    reader: FlaskClient, session: Session, services: Services
) -> None:
    receipt = posted(session, services, "骂人的话")
    path = f"{PAGES}/{receipt.code}/appeal"
    long = "字" * 1_001

    blank, too_long = (reader.post(path, data={"text": text}) for text in (" ", long))

    assert (blank.status_code, too_long.status_code) == (422, 422)
    for answer in (blank, too_long):
        assert_quiet(answer)
        assert 'aria-invalid="true" aria-describedby="text-error"' in answer.text
    assert '<p class="error" id="text-error">请写明理由。</p>' in blank.text
    assert "最多 1000 个字，现在有 1001 个。" in too_long.text
    assert long in too_long.text


def test_an_appeal_that_comes_too_late_is_told_and_its_text_stays(
    reader: FlaskClient, session: Session, services: Services, clock: FrozenClock
) -> None:
    receipt = posted(session, services, "骂人的话")
    clock.move(days=15)

    answer = reader.post(f"{PAGES}/{receipt.code}/appeal", data={"text": "来晚了的理由"})

    assert answer.status_code == 409
    assert "这条评论现在不能申诉了。" in answer.text
    assert "来晚了的理由" in answer.text
    assert "提交申诉" not in answer.text


def test_a_second_appeal_is_told_what_became_of_the_first(
    reader: FlaskClient, session: Session, services: Services
) -> None:
    receipt = posted(session, services, "骂人的话")
    appeals.appeal("demo", receipt.code, "第一次", caller=a_caller(), session=session, services=services)

    answer = reader.post(f"{PAGES}/{receipt.code}/appeal", data={"text": "第二次"})

    assert answer.status_code == 409
    assert "申诉已收到" in answer.text
    assert "第一次" in answer.text


def test_a_comment_is_withdrawn_on_the_page(
    reader: FlaskClient, session: Session, services: Services
) -> None:
    receipt = posted(session, services)
    page = f"{PAGES}/{receipt.code}"

    answers = [reader.post(f"{page}/withdrawal") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert "你已撤回这条评论" in reader.get(page).text
    refused = posted(session, services, "骂人的话")
    late = reader.post(f"{PAGES}/{refused.code}/withdrawal")
    assert late.status_code == 409
    assert "状态已经变了" in late.text


def test_a_typed_number_leads_to_its_receipt_however_it_is_typed(
    reader: FlaskClient, session: Session, services: Services
) -> None:
    receipt = posted(session, services)
    form = reader.get(f"{PAGES}?lang=en")
    assert_quiet(form)
    assert "Receipt number" in form.text

    answer = reader.post(f"{PAGES}?lang=en", data={"code": receipt.code.upper().replace("-", " ")})

    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGES}/{receipt.code}?lang=en")


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ("", 422, "请填写编号。"),
        ("x<y", 422, "没有这个编号的回执"),
        ("abcd-efgh-ijkl-mnop", 404, "没有这个编号的回执"),
        ("\x00" * 99, 422, "没有这个编号的回执"),
    ],
)
def test_a_wrong_number_is_told_at_its_field_and_stays(
    reader: FlaskClient, *, typed: str, status: int, sentence: str
) -> None:
    answer = reader.post(PAGES, data={"code": typed})

    assert answer.status_code == status
    assert_quiet(answer)
    assert f'id="code-error">{sentence}' in answer.text
    assert "x<y" not in answer.text


def test_an_address_of_no_receipt_asks_for_the_number_again(reader: FlaskClient) -> None:
    for method, path in (("get", ""), ("post", "/appeal"), ("post", "/withdrawal")):
        answer = getattr(reader, method)(f"{PAGES}/abcd-efgh-ijkl-mnop{path}", data={"text": "x"})
        assert answer.status_code == 404
        assert 'value="abcd-efgh-ijkl-mnop"' in answer.text


def test_who_tries_numbers_is_told_to_wait_even_with_a_right_one(
    reader: FlaskClient, session: Session, services: Services
) -> None:
    receipt = posted(session, services)
    for _ in range(10):
        reader.get(f"{PAGES}/abcd-efgh-ijkl-mnop")

    answer = reader.get(f"{PAGES}/{receipt.code}")

    assert answer.status_code == 429
    assert answer.headers["Retry-After"]
    assert "秒后再试" in answer.text
    assert "花海" not in answer.text


def test_the_receipt_of_a_report_has_the_same_address(
    reader: FlaskClient, session: Session, services: Services
) -> None:
    receipt = posted(session, services)
    put(session, services, receipt, Status.PUBLISHED)
    complaint = Complaint(
        site_key="demo",
        comment_id=receipt.comment_id,
        reason="insult",
        note=None,
        origin=ORIGIN,
        client="192.0.2.9",
    )
    made = reporting.report(complaint, writer=None, session=session, services=services)

    answer = reader.get(f"{PAGES}/{made.code}")
    as_json = reader.get(f"/api/v1/sites/demo/receipts/{made.code}").get_json()

    assert answer.status_code == 200
    assert_quiet(answer)
    assert "举报已收到" in answer.text
    assert "花海" not in answer.text
    assert (as_json["kind"], as_json["state"], as_json["reason"]) == ("report", "open", "insult")
    assert as_json["receipt"]["code"] == made.code
    for act in ("appeal", "withdrawal"):
        assert reader.post(f"{PAGES}/{made.code}/{act}", data={"text": "x"}).status_code == 404


def test_a_site_without_appeals_offers_none(
    reader: FlaskClient, session: Session, services: Services
) -> None:
    session.execute(update(Site).values(appeal_days=0))
    session.commit()
    receipt = posted(session, services, "骂人的话")

    assert "/appeal" not in reader.get(f"{PAGES}/{receipt.code}").text

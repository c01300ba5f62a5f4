"""The desk without script: claim, decide, undo; two people never decide the same item."""

import re
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.flows.rulesets import activate, import_rules
from moderation.ports import Services
from moderation.rules import Action, Kind, Thresholds
from moderation.store.tables import Comment, Decision
from tests.factories import a_comment, a_rule, active_rules
from tests.fakes import FrozenClock
from tests.http.console.conftest import AtDesk


def status_of(session: Session, comment_id: UUID) -> Status:
    session.rollback()
    return session.scalars(select(Comment.status).where(Comment.id == comment_id)).one()


def test_a_comment_is_claimed_and_approved_by_plain_forms(
    two_comments: list[UUID], at_desk: AtDesk, session: Session
) -> None:
    desk = at_desk("lin")
    assert "开始审核" in desk.table()
    page = desk.claim()
    assert "第一条" in page
    answer = desk.decide(page, "approve", note="没问题")

    assert answer.status_code == 303
    assert status_of(session, two_comments[0]) is Status.PUBLISHED
    assert session.scalars(select(Decision.note)).one() == "没问题"
    after = desk.table()
    assert "第二条" in after[after.index("card-body") :]
    assert "刚才：" in after


def test_a_rejection_needs_a_reason_and_says_it(
    two_comments: list[UUID], at_desk: AtDesk, session: Session
) -> None:
    desk = at_desk("lin")
    page = desk.claim()

    assert desk.decide(page, "reject").status_code == 422
    assert desk.decide(page, "reject:nonsense").status_code == 422
    assert desk.decide(page, "reject:advertising").status_code == 303
    assert status_of(session, two_comments[0]) is Status.REJECTED
    assert "拒绝（广告）" in desk.table()


def test_a_page_loaded_again_still_holds_its_claim(two_comments: list[UUID], at_desk: AtDesk) -> None:
    assert two_comments
    desk = at_desk("lin")
    desk.claim()

    assert desk.decide(desk.table(), "approve").status_code == 303


def test_next_gives_back_and_claims_the_neighbour(two_comments: list[UUID], at_desk: AtDesk) -> None:
    assert two_comments
    lin, wang = at_desk("lin"), at_desk("wang")
    first = lin.claim()
    item = lin.form(first)[0].split("/")[3]
    second = lin.claim(beyond=item, direction="next")
    back = lin.claim(beyond=lin.form(second)[0].split("/")[3], direction="previous")

    assert "第二条" in second[second.index("card-body") :]
    assert lin.form(back)[0] == lin.form(first)[0]
    assert "第二条" in wang.claim()


def test_two_moderators_get_two_comments(two_comments: list[UUID], at_desk: AtDesk) -> None:
    assert two_comments
    lin, wang = at_desk("lin"), at_desk("wang")

    assert lin.form(lin.claim())[0] != wang.form(wang.claim())[0]


def test_a_second_moderator_is_told_who_was_faster(
    two_comments: list[UUID], at_desk: AtDesk, clock: FrozenClock, session: Session
) -> None:
    lin, wang = at_desk("lin"), at_desk("wang")
    held = lin.claim()
    clock.move(minutes=6)
    wang.decide(wang.claim(), "reject:insult")
    late = lin.decide(held, "approve")

    assert late.status_code == 409
    assert "Wang 快了一步：拒绝。" in late.text
    assert "下一条评论" in late.text
    assert status_of(session, two_comments[0]) is Status.REJECTED


def test_a_claim_taken_over_names_its_holder(
    two_comments: list[UUID], at_desk: AtDesk, clock: FrozenClock
) -> None:
    assert two_comments
    lin, wang = at_desk("lin"), at_desk("wang")
    held = lin.claim()
    clock.move(minutes=6)
    wang.claim()

    assert "Wang 正在处理这条评论" in lin.decide(held, "approve").text


def test_a_claim_that_ran_out_can_be_taken_again(
    two_comments: list[UUID], at_desk: AtDesk, clock: FrozenClock
) -> None:
    assert two_comments
    desk = at_desk("lin")
    held = desk.claim()
    clock.move(minutes=6)
    late = desk.decide(held, "approve")
    again = re.search(r'action="(/console/items/[^"]+/claim)"', late.text)

    assert again is not None
    assert desk.browser.post(again[1], data={"queue": "waiting"}).status_code == 303
    assert desk.decide(desk.table(), "approve").status_code == 303


def test_an_undone_decision_is_on_the_table_again(
    two_comments: list[UUID], at_desk: AtDesk, session: Session
) -> None:
    desk = at_desk("lin")
    desk.decide(desk.claim(), "approve")
    undo = re.search(r'action="(/console/decisions/[^"]+/undo)"', desk.table())
    assert undo is not None
    answer = desk.browser.post(undo[1])

    assert answer.status_code == 303
    assert status_of(session, two_comments[0]) is Status.PENDING
    page = desk.table()
    assert "第一条" in page[page.index("card-body") :]
    assert desk.browser.post(undo[1]).status_code == 409


def test_an_escalated_item_waits_for_a_senior(two_comments: list[UUID], at_desk: AtDesk) -> None:
    assert two_comments
    lin, chen = at_desk("lin"), at_desk("chen")
    lin.decide(lin.claim(), "escalate")

    assert lin.browser.get("/console/queue/escalated").status_code == 403
    page = chen.claim(queue="escalated")
    assert "第一条" in page
    assert 'value="escalate"' not in page
    assert chen.decide(page, "approve").headers["Location"] == "/console/queue/escalated"


@pytest.mark.usefixtures("site")
def test_what_authors_write_is_never_markup(at_desk: AtDesk, session: Session, services: Services) -> None:
    active_rules(session, services, [a_rule("alert"), a_rule("<b>")])
    a_comment(
        session, services, "<script>alert(1)</script>", nickname="<b>x</b>", link="https://e.example/?<i>"
    )
    desk = at_desk("lin")
    card = desk.claim()
    item = desk.form(card)[0].removesuffix("/decide")
    pages = [card, desk.table(f"{item}/context"), desk.table("/console/list")]
    desk.decide(card, "approve")
    pages += [desk.table(), desk.table("/console/mine"), desk.table("/console/audit")]

    for page in pages:
        assert "<script>alert" not in page
        assert "<b>x" not in page
        assert "<i>" not in page
    assert "&lt;script&gt;<mark" in card


@pytest.mark.usefixtures("site")
def test_a_match_read_from_disguise_is_marked_and_explained(
    at_desk: AtDesk, session: Session, services: Services
) -> None:
    active_rules(session, services, [a_rule("加微信")])
    a_comment(session, services, "有意者加❤微❤信，先到先得")
    page = at_desk("lin").claim()

    assert '<mark class="wavy" title="广告 · 加微信">加❤微❤信</mark>' in page
    assert "去掉间隔符号后命中“加微信”" in page


@pytest.mark.usefixtures("site")
def test_what_is_no_word_is_named_by_what_it_is(
    at_desk: AtDesk, session: Session, services: Services
) -> None:
    links = replace(a_rule("*"), kind=Kind.LINK)
    shape = replace(a_rule("length>=5"), kind=Kind.SHAPE, action=Action.SCORE)
    active_rules(session, services, [links, shape])
    a_comment(session, services, "先看 https://example.com/a 吧")
    page = at_desk("lin").claim()

    assert '<mark class="wavy" title="广告 · 含链接">https://example.com/a</mark> 吧' in page
    assert "</span> · 长度不少于 5 个字符</li>" in page
    assert "<li>↳ 含链接</li>" in page


@pytest.mark.usefixtures("site")
def test_a_sum_that_decided_is_told(at_desk: AtDesk, session: Session, services: Services) -> None:
    weak = [replace(a_rule(term), action=Action.SCORE, severity=50) for term in ("花海", "草地")]
    number = import_rules(
        "demo", "x", weak, thresholds=Thresholds(review=75), session=session, services=services
    ).number
    activate("demo", number, session=session, services=services)
    a_comment(session, services, "花海和草地")
    page = at_desk("lin").claim()

    assert "<li>↳ 各项合计 75 分，达到复核线 75</li>" in page


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("path", ["claim", "decide"])
def test_an_item_that_is_not_there_is_not_found(at_desk: AtDesk, path: str) -> None:
    form = {"queue": "waiting", "ruling": "approve", "revision": "1"}
    answer = at_desk("lin").browser.post(f"/console/items/{uuid4()}/{path}", data=form)

    assert (answer.status_code, answer.mimetype) == (404, "text/html")


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    "form",
    [{"queue": "decided"}, {"queue": "nonsense"}, {"beyond": "nonsense"}],
)
def test_a_form_nobody_filled_is_refused(at_desk: AtDesk, form: dict[str, str]) -> None:
    assert at_desk("lin").browser.post("/console/claim", data=form).status_code == 422

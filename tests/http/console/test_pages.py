"""The other pages: list, mine, audit, overview, context; languages; what happens when the service fails."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from moderation.flows import desk as desk_flow
from tests.http.console.conftest import AtDesk


def test_the_list_names_who_claimed_what(two_comments: list[UUID], at_desk: AtDesk) -> None:
    assert two_comments
    at_desk("wang").claim()
    page = at_desk("lin").table("/console/list")

    assert "Wang 已领取" in page
    assert page.count("<button>审核") == 1


def test_any_item_of_the_list_can_be_claimed(two_comments: list[UUID], at_desk: AtDesk) -> None:
    assert two_comments
    desk = at_desk("lin")
    last = desk.table("/console/list").rpartition('action="/console/items/')[2].split('"')[0]
    answer = desk.browser.post(f"/console/items/{last}", data={"queue": "waiting"})

    assert answer.headers["Location"] == "/console/queue"
    page = desk.table()
    assert "第二条" in page[page.index("card-body") :]


def test_mine_lists_decisions_with_undo(two_comments: list[UUID], at_desk: AtDesk) -> None:
    assert two_comments
    lin, wang = at_desk("lin"), at_desk("wang")
    lin.decide(lin.claim(), "reject:off-topic", note="跑题")

    page = lin.table("/console/mine")
    assert "离题" in page
    assert "跑题" in page
    assert "/undo" in page
    assert "你还没有作过决定" in wang.table("/console/mine")


def test_context_shows_the_thread_with_its_own_comment_marked(
    two_comments: list[UUID], at_desk: AtDesk
) -> None:
    assert two_comments
    desk = at_desk("lin")
    address = desk.form(desk.claim())[0].replace("/decide", "/context")
    swap = desk.browser.get(address, headers={"HX-Request": "true"}).text

    assert swap.count("<li") == 2
    assert swap.count('aria-current="true"') == 1
    assert "<html" in desk.table(address)


@pytest.mark.usefixtures("site")
def test_the_language_is_kept_with_the_account(at_desk: AtDesk) -> None:
    desk = at_desk("lin")
    answer = desk.browser.post("/console/language", data={"language": "en", "next": "/console/mine"})

    assert answer.headers["Location"] == "/console/mine"
    assert '<html lang="en">' in desk.table()
    assert '<html lang="en">' in at_desk("lin").table()
    assert desk.browser.post("/console/language", data={"language": "xx"}).status_code == 422


@pytest.mark.parametrize(
    ("asked", "sentence"), [("en-GB,en;q=0.8", "Sign in"), ("zh-TW", "登录"), ("fr", "登录")]
)
def test_before_signing_in_the_browser_says_the_language(app: Flask, asked: str, sentence: str) -> None:
    page = app.test_client().get("/console/sign-in", headers={"Accept-Language": asked}).text

    assert f"<h1>{'Comment moderation' if sentence == 'Sign in' else '评论审核'}</h1>" in page
    assert sentence in page


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("error", "status"), [(OperationalError("", {}, Exception()), 503), (RuntimeError("secret"), 500)]
)
def test_a_failure_is_a_page_that_tells_nothing_inside(
    at_desk: AtDesk, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    desk = at_desk("lin")

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(desk_flow, "side", fail)
    answer = desk.browser.get("/console/queue")

    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert "secret" not in answer.text
    assert "请求编号" in answer.text

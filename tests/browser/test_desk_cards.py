"""Cards ahead, undo, groups, holds, lists, input methods: the desk in Chromium, by keyboard alone."""

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.ports import Services
from moderation.store.tables import Account, Comment, Decision
from tests.browser.conftest import World, sign_in
from tests.browser.desk_steps import CARD, all_sent, desk_of, on_table, post_comments, unsent

pytestmark = pytest.mark.browser

TEXTS = tuple(f"第{number}条评论" for number in "一二三四五六")


def statuses(session: Session) -> dict[str, int]:
    session.rollback()
    rows = session.execute(select(Comment.status, func.count()).group_by(Comment.status))
    return {str(status): number for status, number in rows}


def test_the_next_card_is_there_in_the_frame_of_the_decision(
    chromium: Browser, world: World, app: Flask, services: Services
) -> None:
    post_comments(app, services, TEXTS)
    with desk_of(chromium, world) as desk:
        on_table(desk, TEXTS[0])
        expect(desk.locator(".slim-row")).to_have_count(2)
        shown = desk.evaluate(
            """() => {
              document.body.dispatchEvent(
                new KeyboardEvent("keydown", {code: "KeyA", key: "a", bubbles: true, cancelable: true}));
              return [document.querySelector(".card[data-item]:not([hidden]) .text").textContent,
                      document.activeElement.className, document.getElementById("live").textContent];
            }"""
        )

        assert shown == [TEXTS[1], "card-body", "已通过，还剩 5 条。"]
        expect(desk.locator(".slim-row").first).to_contain_text(TEXTS[2])


def test_decisions_are_taken_back_one_after_the_other(
    chromium: Browser, world: World, app: Flask, services: Services, session: Session
) -> None:
    post_comments(app, services, TEXTS)
    with desk_of(chromium, world) as desk:
        on_table(desk, TEXTS[0])
        for key, following in (("a", TEXTS[1]), ("s", TEXTS[2]), ("e", TEXTS[3])):
            desk.keyboard.press(key)
            on_table(desk, following)
        all_sent(desk)
        for back in reversed(TEXTS[:3]):
            desk.keyboard.press("u")
            on_table(desk, back)
        all_sent(desk)
        assert statuses(session) == {"pending": 6}

        desk.keyboard.press("s")
        on_table(desk, TEXTS[1])
        all_sent(desk)
        expect(desk.locator("#notices .notice")).to_have_count(0)
        expect(desk.locator("#number-waiting")).to_have_text("5")
    assert statuses(session) == {"pending": 5, "rejected": 1}


def test_a_group_is_decided_and_undone_together(
    chromium: Browser, world: World, app: Flask, services: Services, session: Session
) -> None:
    post_comments(app, services, ["低价出租车位，电话 1380013800" + str(number) for number in range(5)])
    post_comments(app, services, TEXTS[:2])
    with desk_of(chromium, world) as desk:
        expect(desk.locator(f"{CARD} .similar")).to_contain_text("4")
        desk.keyboard.press("*")
        desk.keyboard.press("s")
        on_table(desk, TEXTS[0])
        expect(desk.locator("#notice-group")).to_contain_text("已一并决定 5 条")
        expect(desk.locator("#number-waiting")).to_have_text("2")
        assert statuses(session) == {"pending": 2, "rejected": 5}

        desk.keyboard.press("u")
        expect(desk.locator("#live")).to_have_text("已撤销 5 个决定。")
    assert statuses(session) == {"pending": 7}


def test_what_is_on_hold_is_taken_up_from_mine(
    chromium: Browser, world: World, app: Flask, services: Services
) -> None:
    post_comments(app, services, TEXTS[:2])
    with desk_of(chromium, world) as desk:
        on_table(desk, TEXTS[0])
        desk.keyboard.press("h")
        on_table(desk, TEXTS[1])
        all_sent(desk)
        desk.goto(f"{world.service}/console/mine")
        expect(desk.locator(".rows .row-text")).to_have_text(TEXTS[0])
        desk.locator(".rows button").click()

        expect(desk.locator(f"{CARD} .text")).to_have_text([TEXTS[0]])


def test_a_block_keeps_the_card(chromium: Browser, world: World, app: Flask, services: Services) -> None:
    post_comments(app, services, TEXTS[:2], author_token="mod_author_" + "a" * 43)
    with desk_of(chromium, world) as desk:
        on_table(desk, TEXTS[0])
        desk.keyboard.press("b")
        desk.keyboard.press("2")

        expect(desk.locator("#notice-block")).to_contain_text("已封禁")
        on_table(desk, TEXTS[0])


def compose(page: Page, text: str) -> None:
    """Type as an input method does: keys that compose, then what came of them."""
    keyboard = page.context.new_cdp_session(page)
    for length in range(1, len(text) + 1):
        keyboard.send(
            "Input.imeSetComposition",
            {"text": text[:length], "selectionStart": length, "selectionEnd": length},
        )
    keyboard.send("Input.insertText", {"text": text})


def test_nothing_is_decided_while_an_input_method_composes(
    chromium: Browser, world: World, app: Flask, services: Services, session: Session
) -> None:
    post_comments(app, services, TEXTS[:2])
    with desk_of(chromium, world) as desk:
        on_table(desk, TEXTS[0])
        desk.evaluate(
            """() => {
              const send = (kind, more) => document.activeElement.dispatchEvent(
                new (kind.startsWith("key") ? KeyboardEvent : CompositionEvent)(
                  kind, {code: "KeyA", key: "a", bubbles: true, cancelable: true, ...more}));
              send("keydown", {isComposing: true});
              send("keydown", {keyCode: 229});
              send("keydown", {repeat: true});
              send("compositionstart");
              send("keydown");
              send("compositionend");
            }"""
        )
        desk.keyboard.press("n")
        compose(desk, "啊 请看 as 第二段")
        expect(desk.locator(f"{CARD} textarea")).to_have_value("啊 请看 as 第二段")
        assert unsent(desk) == 0
        on_table(desk, TEXTS[0])

        desk.keyboard.press("Escape")
        desk.keyboard.press("a")
        on_table(desk, TEXTS[1])
        all_sent(desk)
    assert session.scalars(select(Decision.note)).all() == ["啊 请看 as 第二段"]


def test_keys_of_the_account_are_the_keys_that_work(
    chromium: Browser, world: World, app: Flask, services: Services, session: Session
) -> None:
    post_comments(app, services, TEXTS[:2])
    account = session.scalars(select(Account).where(Account.login == "lin")).one()
    account.keys = {"approve": "KeyY"}
    session.commit()
    with desk_of(chromium, world) as desk:
        on_table(desk, TEXTS[0])
        desk.keyboard.press("?")
        expect(desk.locator("#keys")).to_be_visible()
        expect(desk.locator("#keys dl").first).to_contain_text("y")
        desk.keyboard.press("y")  # nothing is decided behind a dialog
        desk.keyboard.press("Escape")
        desk.keyboard.press("a")
        on_table(desk, TEXTS[0])
        desk.keyboard.press("y")
        on_table(desk, TEXTS[1])


def test_a_selection_in_the_list_is_decided_together_and_undone(
    chromium: Browser, world: World, app: Flask, services: Services, session: Session
) -> None:
    post_comments(app, services, [*TEXTS[:4], "加微信领资料", "加 微信 领资料"])
    with desk_of(chromium, world) as desk:
        desk.goto(f"{world.service}/console/list")
        picked = desk.locator("#picked")
        desk.keyboard.press("j")
        desk.keyboard.press("x")
        expect(picked).to_have_text("已选 1 条")
        desk.keyboard.press("Shift+J")
        desk.keyboard.press("Shift+J")
        expect(picked).to_have_text("已选 3 条")
        desk.keyboard.press("a")
        expect(desk.locator("#outcome")).to_contain_text("已决定 3 条。")
        expect(desk.locator("#rows li[data-item]")).to_have_count(3)
        assert statuses(session) == {"pending": 3, str(Status.PUBLISHED): 3}

        with desk.expect_navigation():
            desk.keyboard.press("u")
        expect(desk.locator("#rows li[data-item]")).to_have_count(6)
        assert statuses(session) == {"pending": 6}
        for _ in range(5):
            desk.keyboard.press("j")
        desk.keyboard.press("*")
        expect(picked).to_have_text("已选 2 条")


def test_without_script_the_desk_works_by_forms(
    chromium: Browser, world: World, app: Flask, services: Services, session: Session
) -> None:
    post_comments(app, services, ["加微信领资料", "加 微信 领资料", *TEXTS[:3]])
    context = chromium.new_context(locale="zh-CN", java_script_enabled=False)
    desk = context.new_page()
    sign_in(desk, world)
    desk.goto(f"{world.service}/console/queue")
    desk.get_by_role("button", name="开始审核").click()
    desk.locator(".together input").check()
    desk.locator(".card .reasons summary").click()
    desk.locator(".card [value='reject:contact']").click()
    expect(desk.locator(".card .text")).to_have_text(TEXTS[0])
    assert statuses(session) == {"pending": 3, "rejected": 2}
    desk.locator(".card [value=approve]").click()
    desk.locator(".last button").click()
    expect(desk.locator(".card .text")).to_have_text(TEXTS[0])

    desk.goto(f"{world.service}/console/list")
    for box in desk.locator(".pick input").all():
        box.check()
    desk.locator(".selection [value=approve]").click()
    expect(desk.locator("h1")).to_have_text("已决定 3 条")
    assert statuses(session) == {"published": 3, "rejected": 2}
    context.close()

"""The main job in a real browser: a reader posts, a moderator approves by keyboard, the reader sees it stand."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.ports import Services
from moderation.rules import Action
from moderation.store.tables import Decision, ReviewItem
from tests.browser.conftest import World, answer_of, photograph, sign_in
from tests.browser.desk_steps import all_sent, open_queue
from tests.factories import a_rule, active_rules, an_account

pytestmark = pytest.mark.browser

ARTICLE = "/articles/huahai"


def box_on(page: Page, world: World) -> Locator:
    page.goto(world.portal + ARTICLE)
    return page.locator("moderation-comments")


def post(box: Locator, text: str, *, app: Flask, services: Services) -> None:
    """Write and send a comment as a reader does, with the picture answered rightly."""
    box.locator("textarea").fill(text)
    box.locator(".nickname input").fill("晨曦")
    picture = box.locator(".answer img")
    expect(picture).to_have_attribute("src", re.compile(r"\.webp$"))
    box.locator(".answer input").fill(answer_of(app, services, picture.get_attribute("src") or ""))
    box.locator(".send").click()


def test_a_comment_goes_from_the_readers_box_through_the_desk_onto_the_page(
    page: Page, world: World, app: Flask, services: Services, session: Session
) -> None:
    active_rules(session, services, [a_rule("停车场")])
    box = box_on(page, world)
    expect(box.locator("h2")).to_have_text("留言与评论（共有 0 条评论）")
    post(box, "停车场够不够？去年堵了两个小时。", app=app, services=services)
    expect(box.locator(".notice")).to_have_text("已收到，审核后显示。")
    expect(box.locator(".state")).to_have_text("你的评论 · 等待审核")
    photograph(page, f"main-1-waiting-{app.config['SQLALCHEMY_DATABASE_URI'][:6]}")

    stranger = page.context.browser.new_context(locale="zh-CN").new_page()  # type: ignore[union-attr]
    expect(box_on(stranger, world).locator("h2")).to_have_text("留言与评论（共有 0 条评论）")
    expect(stranger.locator("moderation-comments")).not_to_contain_text("停车场")

    desk = page.context.browser.new_context(locale="zh-CN").new_page()  # type: ignore[union-attr]
    sign_in(desk, world)
    desk.goto(f"{world.service}/console/queue")
    expect(desk.locator(".card .text mark")).to_have_text("停车场")
    photograph(desk, f"main-2-desk-{app.config['SQLALCHEMY_DATABASE_URI'][:6]}")
    expect(
        desk.locator("#table[data-ready]")
    ).to_be_attached()  # keys meant for the card before are not taken
    desk.keyboard.press("a")
    expect(desk.get_by_role("status").first).to_contain_text("通过")
    all_sent(desk)  # the desk shows a decision at once, the reader's page once the service has it

    page.reload()
    expect(box.locator("h2")).to_have_text("留言与评论（共有 1 条评论）")
    expect(box.locator(".list")).to_contain_text("停车场够不够？去年堵了两个小时。")
    expect(box.locator(".state")).to_have_count(0)
    stranger.goto(world.portal)
    expect(stranger.locator("[data-moderation-count]").first).to_have_text("1")
    photograph(page, f"main-3-published-{app.config['SQLALCHEMY_DATABASE_URI'][:6]}")


def test_the_page_without_javascript_takes_a_comment_too(
    page: Page, world: World, app: Flask, services: Services
) -> None:
    browser = page.context.browser
    assert browser is not None
    plain = browser.new_context(locale="zh-CN", java_script_enabled=False).new_page()
    plain.goto(f"{world.service}/embed/v1/demo/frame?thread=1553855&lang=zh-CN")
    plain.fill("[name=text]", "没有脚本也能留言")
    plain.fill("[name=nickname]", "老李")
    plain.fill("[name=answer]", "不对")
    plain.click(".send")
    expect(plain.locator(".faults")).to_contain_text("验证码不对")
    expect(plain.locator("[name=text]")).to_have_value("没有脚本也能留言")

    picture = plain.locator("form img").get_attribute("src") or ""
    plain.fill("[name=answer]", answer_of(app, services, picture))
    plain.click(".send")

    expect(plain.locator(".notice")).to_contain_text("已收到，审核后显示。")
    expect(plain.locator("h1")).to_have_text("留言与评论（共有 0 条评论）")


def test_what_a_rule_blocks_is_refused_with_its_reason_and_stays_to_be_changed(
    page: Page, world: World, app: Flask, services: Services, session: Session
) -> None:
    active_rules(session, services, [a_rule("下注", Action.BLOCK, category="gambling")])
    box = box_on(page, world)

    post(box, "快来下注，天天赢", app=app, services=services)

    expect(box.locator(".notice")).to_contain_text("涉及赌博")
    expect(box.locator("textarea")).to_have_value("快来下注，天天赢")


def test_the_second_moderator_is_told_who_was_faster(
    page: Page, world: World, app: Flask, services: Services, session: Session
) -> None:
    an_account(session, services, "wang")
    post(box_on(page, world), "周末带孩子去看看。", app=app, services=services)
    expect(page.locator("moderation-comments .notice")).to_have_text("已收到，审核后显示。")
    browser = page.context.browser
    assert browser is not None
    lin, wang = (browser.new_context(locale="zh-CN").new_page() for _ in range(2))
    sign_in(lin, world, "lin")
    open_queue(lin, world)
    expect(lin.locator(".card .text")).to_contain_text("周末带孩子")
    sign_in(wang, world, "wang")
    wang.goto(f"{world.service}/console/list")
    expect(wang.locator("main")).to_contain_text("Lin")

    # Lin's lease runs out while the card stays open, and Wang decides.
    session.execute(update(ReviewItem).values(lease_expires_at=services.clock.now() - timedelta(seconds=1)))
    session.commit()
    wang.goto(f"{world.service}/console/queue")
    expect(wang.locator("#table[data-ready] .card .text")).to_contain_text("周末带孩子")
    wang.keyboard.press("a")
    expect(wang.get_by_role("status").first).to_contain_text("通过")
    all_sent(wang)
    lin.keyboard.press("r")
    lin.keyboard.press("1")

    expect(lin.locator("main")).to_contain_text("Wang")
    assert session.scalars(select(Decision.kind)).all() == ["approve"]

"""From the reader's box to the desk and back: edited, refused, appealed, granted; reported, looked at, taken down."""

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.domain.account import Role
from moderation.ports import Services
from moderation.store.tables import Report, Revision, Site
from tests.browser.conftest import PATIENCE_MS, World, photograph
from tests.browser.desk_steps import CARD, all_sent, browser_of, desk_of, on_table, open_queue
from tests.factories import WIDE, an_account

pytestmark = pytest.mark.browser


def box_of(page: Page, world: World) -> Locator:
    """Open an article and wait for its box."""
    page.goto(f"{world.portal}/articles/huahai")
    box = page.locator("moderation-comments")
    expect(box.locator("textarea").first).to_be_visible()
    return box


def post(box: Locator, text: str) -> None:
    """Post where no challenge is asked."""
    box.locator("textarea").first.fill(text)
    box.locator(".nickname input").first.fill("晨曦")
    box.locator(".send").first.click()
    expect(box.locator(".words").filter(has_text=text)).to_be_visible()


def prepare(session: Session, **policy: object) -> None:
    """Take the challenge off, and set what the test is about."""
    session.execute(update(Site).values(challenge="off", limits=WIDE, second_look_percent=0, **policy))
    session.commit()


def test_an_author_edits_is_refused_appeals_and_is_heard_by_somebody_else(
    chromium: Browser, page: Page, world: World, session: Session, services: Services
) -> None:
    prepare(session)
    an_account(session, services, "wang", Role.SENIOR)
    box = box_of(page, world)
    post(box, "侬晓得伐")
    box.locator("[data-does=edit]").click()
    box.locator(".panel textarea").fill("侬晓得伐，花海开了")
    box.locator(".panel .send").click()
    expect(box.locator(".words").filter(has_text="花海开了")).to_be_visible()
    session.expire_all()
    assert session.scalars(select(Revision.text).order_by(Revision.number)).all() == [
        "侬晓得伐",
        "侬晓得伐，花海开了",
    ]

    with desk_of(chromium, world, "lin") as desk:
        on_table(desk, "侬晓得伐，花海开了")
        desk.keyboard.press("r")
        desk.keyboard.press("2")
        all_sent(desk)

    page.reload()
    expect(box.locator(".state.bad")).to_contain_text("未通过")
    with page.context.expect_page() as opened:
        box.get_by_role("link", name="申诉").click()
    receipt = opened.value
    receipt.set_default_timeout(PATIENCE_MS)
    receipt.fill("textarea[name=text]", "这是方言，没有骂人。")
    receipt.get_by_role("button", name="提交申诉").click()
    expect(receipt.locator("main")).to_contain_text("这是方言，没有骂人。")
    photograph(receipt, "rights-appealed")

    with desk_of(chromium, world, "wang", "queue/appealed") as desk:
        expect(desk.locator(CARD).locator(".objection .words")).to_have_text("这是方言，没有骂人。")
        desk.keyboard.press("a")
        all_sent(desk)

    receipt.reload()
    expect(receipt.locator("main")).to_contain_text("申诉通过了")
    stranger = chromium.new_context(locale="zh-CN").new_page()
    expect(box_of(stranger, world).locator(".words")).to_have_text("侬晓得伐，花海开了")
    stranger.context.close()


def test_what_readers_report_comes_before_a_moderator_and_they_see_what_came_of_it(
    chromium: Browser, page: Page, world: World, app: Flask, session: Session
) -> None:
    prepare(session, mode="post", report_review_weight=100)
    post(box_of(page, world), "你们都是傻瓜")
    context = chromium.new_context(locale="zh-CN")
    reader = context.new_page()
    reader.set_default_timeout(PATIENCE_MS)
    box = box_of(reader, world)
    box.locator("[data-does=report]").click()
    box.locator(".panel select").select_option("insult")
    box.locator(".panel textarea").fill("骂人")
    box.locator(".panel .send").click()
    link = box.locator(".open .notice a")
    expect(link).to_be_visible()
    assert app.name
    session.expire_all()
    assert session.scalars(select(Report.note)).all() == ["骂人"]

    with browser_of(chromium, world) as desk:
        open_queue(desk, world, "queue/reported")
        expect(desk.locator(CARD).locator(".reports")).to_contain_text("骂人")
        photograph(desk, "rights-reported")
        desk.keyboard.press("r")
        desk.keyboard.press("2")
        all_sent(desk)

    with context.expect_page() as opened:
        link.click()
    expect(opened.value.locator("main")).to_contain_text("已经拿下")
    expect(box_of(reader, world).locator(".words")).to_have_count(0)
    context.close()


def test_a_reader_withdraws_what_everybody_sees(
    chromium: Browser, page: Page, world: World, session: Session
) -> None:
    prepare(session, mode="post")
    box = box_of(page, world)
    post(box, "说错了")
    box.locator("[data-does=withdraw]").click()
    box.locator(".panel .send").click()
    expect(box.locator(".words")).to_have_count(0)

    stranger = chromium.new_context(locale="zh-CN").new_page()
    expect(box_of(stranger, world).locator("h2")).to_have_text("留言与评论（共有 0 条评论）")
    stranger.context.close()

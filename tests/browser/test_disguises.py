"""What the desk shows of a comment in disguise: where the words stand, what they were read as, what waits alike."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from moderation.ports import Services
from tests.browser.conftest import World, photograph, sign_in
from tests.browser.test_main_job import box_on, post
from tests.factories import a_rule, active_rules

pytestmark = pytest.mark.browser

TEXT = "停車場有便宜车位，价格好商量，+薇❤1380013{}，微-亻言同号"


def test_the_card_tells_where_a_disguise_stands_and_what_waits_alike(
    page: Page, world: World, app: Flask, services: Services, session: Session
) -> None:
    active_rules(session, services, [a_rule("停车场"), a_rule("微信")])
    for tail in ("8000", "9000"):
        post(box_on(page, world), TEXT.format(tail), app=app, services=services)
        expect(page.locator("moderation-comments .notice")).to_have_text("已收到，审核后显示。")
    database = app.config["SQLALCHEMY_DATABASE_URI"][:6]

    for language in ("zh-CN", "en"):
        desk = page.context.browser.new_context(locale=language).new_page()  # type: ignore[union-attr]
        sign_in(desk, world)
        desk.goto(f"{world.service}/console/queue")
        if language == "en":
            desk.get_by_text("English").click()
        marks = desk.locator(".card:not([hidden]) .text mark")
        expect(marks).to_have_text(["停車場", "薇❤", "微-亻言"])
        expect(desk.locator(".card:not([hidden])")).to_contain_text(
            "另有 1 条相似内容待审" if language == "zh-CN" else "1 similar one waits"
        )
        photograph(desk, f"disguise-{language}-{database}")
        desk.emulate_media(color_scheme="dark")
        desk.set_viewport_size({"width": 390, "height": 844})
        photograph(desk, f"disguise-{language}-phone-dark-{database}")

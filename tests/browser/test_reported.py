"""Reports in Chromium: the page that makes one without JavaScript, and the card that a moderator then has."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, expect
from sqlalchemy import select, update

from moderation.domain.writer import Writer
from moderation.extensions import db
from moderation.flows import reporting
from moderation.flows.reporting import Complaint
from moderation.ports import Services
from moderation.store.tables import Account, Comment, Report, Site
from tests.browser.conftest import World, photograph
from tests.browser.desk_steps import CARD, desk_of, post_comments

pytestmark = pytest.mark.browser

NOTES = (
    "指名道姓骂店主，店主是我邻居，他没有做过这种事。",
    None,
    "<b>这条</b>是同行发的，同一句话在三篇文章下面都有，请一起看看。",
    "骂人",
    None,
)
REASONS = ("insult", "insult", "advertising", "insult", "fraud")


def publish(app: Flask) -> None:
    with app.app_context():
        db.session.execute(update(Site).values(mode="post"))
        db.session.commit()
        db.session.remove()


def report_all(app: Flask, services: Services, *, language: str) -> None:
    with app.app_context():
        session = db.session()
        session.execute(update(Account).values(language=language))
        session.commit()
        comment = session.scalars(select(Comment.id)).one()
        origin = session.scalars(select(Site.origins)).one()[0]
        for who, (reason, note) in enumerate(zip(REASONS, NOTES, strict=True), start=1):
            complaint = Complaint(
                site_key="demo",
                comment_id=comment,
                reason=reason,
                note=note,
                origin=origin,
                client=f"192.0.2.{who}",
            )
            writer = Writer(author_hash=bytes([who]) * 32)
            reporting.report(complaint, writer=writer, session=session, services=services)
        db.session.remove()


@pytest.mark.parametrize("shown", [("zh-CN", "light", 1280, "5 次举报"), ("en", "dark", 390, "5 reports")])
def test_a_card_says_what_readers_report(
    chromium: Browser, world: World, app: Flask, services: Services, shown: tuple[str, str, int, str]
) -> None:
    language, scheme, width, number = shown
    with app.app_context():
        db.session.execute(update(Site).values(mode="post"))
        db.session.commit()
        db.session.remove()
    post_comments(
        app, services, ["这家店的老板是骗子，大家千万不要去，我上次在他那里买的东西全是坏的，找他他还骂人。"]
    )
    report_all(app, services, language=language)
    with desk_of(chromium, world, path="queue/reported") as desk:
        desk.set_viewport_size({"width": width, "height": 844 if width < 700 else 900})
        desk.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")

        expect(desk.locator(f"{CARD} .reports strong")).to_have_text(number)
        expect(desk.locator(f"{CARD} .reports li")).to_have_count(3)
        assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth")
        photograph(desk, f"reported-{language}-{scheme}")


@pytest.mark.parametrize("shown", [("zh-CN", "light", 1280), ("en", "dark", 390)])
def test_a_comment_is_reported_without_script(
    chromium: Browser, world: World, app: Flask, services: Services, shown: tuple[str, str, int]
) -> None:
    language, scheme, width = shown
    publish(app)
    post_comments(app, services, ["这家店的老板是骗子，大家千万不要去。"])
    context = chromium.new_context(
        locale=language,
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=False,
    )
    page = context.new_page()
    page.goto(f"{world.service}/embed/v1/demo/frame?thread=1553855&lang={language}")
    page.locator("a[href*='/report']").click()
    page.locator("textarea").fill("他骂的是我邻居。")
    page.locator("[type=radio][value=insult]").check()
    photograph(page, f"report-form-{language}-{scheme}")
    page.locator("button.send").click()

    expect(page.locator(".code")).to_have_text(re.compile(r"[a-z2-7-]{19}"))
    photograph(page, f"report-receipt-{language}-{scheme}")
    address = page.url
    context.close()
    with app.app_context():
        assert db.session.scalars(select(Report.note)).one() == "他骂的是我邻居。"
        db.session.remove()
    for path in (address, address.partition("?")[0]):
        assert violations(chromium, path, scheme) == []


def violations(chromium: Browser, address: str, scheme: str) -> list[object]:
    # axe is injected as inline script, which the page's policy rightly refuses.
    context = chromium.new_context(color_scheme="dark" if scheme == "dark" else "light", bypass_csp=True)
    page = context.new_page()
    page.goto(address)
    found: list[object] = Axe().run(page).response["violations"]
    context.close()
    return found

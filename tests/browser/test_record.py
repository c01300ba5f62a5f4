"""The dashboard and the audit in Chromium by keyboard alone: periods, a chart's table, a filter, a file; axe."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import update

from moderation.extensions import db
from moderation.flows import auditing, figures
from moderation.ports import Services
from moderation.store.tables import Site
from tests.browser.conftest import World, photograph, sign_in
from tests.factories import WIDE, a_comment, a_rule, active_rules

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(page: Page, world: World, app: Flask, services: Services) -> Iterator[Page]:
    """Sign in where some comments wait, their queue was sampled and their arrival sealed; fail on any page error."""
    with app.app_context():
        session = db.session()
        origins = session.execute(update(Site).values(challenge="off", limits=WIDE).returning(Site.origins))
        origin = origins.scalar_one()[0]
        session.commit()
        active_rules(session, services, [a_rule("停车场")])
        for text in ("花海开得真早", "停车场够不够"):
            a_comment(session, services, text, origin=origin)
        figures.sample(session=session, services=services)
        auditing.seal_all(session=session, services=services)
        db.session.remove()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    sign_in(page, world)
    yield page
    assert errors == []


def go(page: Page, letter: str, address: str) -> None:
    """Go to a page by its two keys."""
    page.locator("body").press("g")
    page.keyboard.press(letter)
    page.wait_for_url(address)


def step_to(page: Page, selector: str) -> None:
    """Move the focus by Tab until it stands on an element."""
    wanted = page.locator(selector)
    for _ in range(80):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab never came to {selector}")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_dashboard_by_keyboard(desk: Page) -> None:
    go(desk, "o", "**/console/")
    step_to(desk, ".tabs a:has-text('30')")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**period=30d*")
    expect(desk.locator(".tabs [aria-current]")).to_have_text("30 天")

    step_to(desk, ".tile >> nth=0 >> summary")
    desk.keyboard.press("Enter")

    table = desk.locator(".tile").first.locator("table")
    expect(table).to_be_visible()
    expect(table.locator("tbody tr").first.locator("td").first).to_have_text("2")
    assert Axe().run(desk).violations_count == 0
    photograph(desk, "overview-keyboard")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_audit_by_keyboard(desk: Page) -> None:
    go(desk, "a", "**/console/audit")
    step_to(desk, "select[name=event]")
    desk.locator("select[name=event]").select_option("comment.received")
    step_to(desk, ".filter button")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**event=comment.received*")
    expect(desk.locator("table tbody tr")).to_have_count(2)

    step_to(desk, ".export button >> nth=0")
    with desk.expect_download() as download:
        desk.keyboard.press("Enter")

    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 3
    assert Axe().run(desk).violations_count == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_pages_fit_a_phone_and_please_axe(desk: Page, world: World, scheme: str) -> None:
    desk.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    desk.set_viewport_size({"width": 390, "height": 844})
    for address in ("/console/?period=24h", "/console/audit"):
        desk.goto(world.service + address)

        assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert Axe().run(desk).violations_count == 0

"""Search in Chromium: by keyboard alone with an input method, through pages and rows, and filters kept and opened."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import update
from sqlalchemy.orm import Session

from moderation.extensions import db
from moderation.ports import Services
from moderation.store.tables import Site
from tests.browser.conftest import World, photograph, sign_in
from tests.factories import WIDE, a_comment, a_rule, active_rules

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(page: Page, world: World, app: Flask, services: Services) -> Iterator[Page]:
    """Open the search among forty comments; fail on any error of the page."""
    with app.app_context():
        origin = _open_site(db.session())
        active_rules(db.session(), services, [a_rule("加微信")])
        for number in range(36):
            a_comment(db.session(), services, f"今年的花海真美，第 {number} 次来看", origin=origin)
        a_comment(
            db.session(),
            services,
            "花海门口有人发传单，加微信领资料",
            origin=origin,
            nickname="晨曦",
            thread_title="泽州花海开放首日迎客两万",
            thread_key="flowers",
            author_token="mod_author_" + "t" * 43,
        )
        db.session.remove()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    sign_in(page, world)
    page.goto(f"{world.service}/console/mine")
    yield page
    assert errors == []


def _open_site(session: Session) -> str:
    origins = session.execute(
        update(Site).values(challenge="off", limits=WIDE).returning(Site.origins)
    ).scalar_one()
    session.commit()
    return str(origins[0])


def compose(page: Page, letters: str, words: str) -> None:
    """Type by an input method: the letters compose, the space that chooses belongs to it, then the words are there."""
    devtools = page.context.new_cdp_session(page)
    for end in range(1, len(letters) + 1):
        devtools.send(
            "Input.imeSetComposition", {"text": letters[:end], "selectionStart": end, "selectionEnd": end}
        )
    page.evaluate(
        """() => document.activeElement.dispatchEvent(new KeyboardEvent(
          "keydown", {code: "Enter", key: "Process", keyCode: 229, isComposing: true, bubbles: true}))"""
    )
    devtools.send("Input.insertText", {"text": words})
    devtools.detach()


def test_search_by_keyboard_alone(desk: Page) -> None:
    keys = desk.keyboard
    keys.press("/")
    expect(desk).to_have_url(re.compile("/console/search$"))
    expect(desk.locator("#q")).to_be_focused()
    compose(desk, "hua hai", "花海")
    expect(desk.locator("#q")).to_have_value("花海")
    expect(desk).to_have_url(re.compile("/console/search$"))
    keys.press("Enter")

    rows = desk.locator(".found > li")
    expect(rows).to_have_count(30)
    expect(rows.first.locator("mark.hit")).to_have_text("花海")
    expect(rows.first).to_contain_text("加微信")
    keys.press("Escape")
    keys.press("j")
    expect(rows.nth(0)).to_be_focused()
    keys.press("j")
    keys.press("j")
    keys.press("k")
    expect(rows.nth(1)).to_be_focused()

    desk.locator("a[rel=next]").focus()
    keys.press("Enter")
    expect(rows).to_have_count(7)
    expect(desk.locator("a[rel=next]")).to_have_count(0)

    desk.get_by_text("存下这个筛选").focus()
    keys.press("Enter")
    keys.press("Tab")
    compose(desk, "hua", "看花")
    keys.press("Enter")
    chip = desk.locator(".chip", has_text="看花")
    expect(chip).to_have_attribute("aria-current", "true")
    keys.press("/")
    expect(desk.locator("#q")).to_be_focused()
    keys.press("Control+a")
    keys.type("没有这个")
    keys.press("Enter")
    expect(desk.locator(".empty")).to_contain_text("没有找到")
    chip.focus()
    keys.press("Enter")
    expect(rows).to_have_count(30)
    keys.press("j")
    keys.press("Enter")
    expect(desk).to_have_url(re.compile("/console/queue"))
    expect(desk.locator(".card:not([hidden]) .text").first).to_contain_text("花海门口有人发传单")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_search(desk: Page, world: World, scheme: str) -> None:
    desk.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    found = []
    for number, address in enumerate(("", "?q=花海&status=pending", "?q=没有的", "?q=！！")):
        desk.goto(f"{world.service}/console/search{address}")
        if number == 1:
            desk.get_by_text("存下这个筛选").click()
            photograph(desk, f"search-{scheme}")
        found += [
            f"{address} {one['id']}: {one['nodes'][0]['html']}"
            for one in Axe().run(desk).response["violations"]
        ]

    assert found == []


def test_a_phone_shows_all_of_it(desk: Page, world: World) -> None:
    desk.set_viewport_size({"width": 390, "height": 844})
    desk.goto(f"{world.service}/console/search?q=花海&category=advertising")
    photograph(desk, "search-phone")

    assert desk.evaluate("document.documentElement.scrollWidth") <= 390
    for element in desk.locator("main a:visible, main button:visible, main summary:visible").all():
        box = element.bounding_box()
        assert box is not None
        assert box["height"] >= 44, element.evaluate("each => each.outerHTML")

"""The desk in Chromium: the main path by keyboard alone, silence while typing and composing, nothing axe objects to."""

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
from tests.browser.conftest import World, sign_in
from tests.factories import WIDE, a_comment, a_rule, active_rules

pytestmark = pytest.mark.browser

TEXTS = ("加❤微❤信领资料", "花海开得真早", "停车场够不够", "请问几点开门")


@pytest.fixture
def desk(page: Page, world: World, app: Flask, services: Services) -> Iterator[Page]:
    """Open the queue with four comments that wait, the first with a match; fail on any error of the page."""
    with app.app_context():
        origin = _open_site(db.session())
        active_rules(db.session(), services, [a_rule("加微信")])
        parent = a_comment(db.session(), services, "已经发布的一条", origin=origin)
        for text in TEXTS:
            a_comment(db.session(), services, text, origin=origin, thread_key=parent.thread.key)
        db.session.remove()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    sign_in(page, world)
    page.goto(f"{world.service}/console/queue")
    ready(page, TEXTS[0])
    yield page
    assert errors == []


def _open_site(session: Session) -> str:
    """Take the challenge off: these comments are posted by the test itself."""
    origins = session.execute(
        update(Site).values(challenge="off", limits=WIDE).returning(Site.origins)
    ).scalar_one()
    session.commit()
    return str(origins[0])


def ready(page: Page, text: str) -> None:
    """Wait for a card that takes decisions."""
    expect(page.locator("#table[data-ready] .card:not([hidden]) .text")).to_have_text(text)


def test_the_queue_is_worked_by_keyboard_alone(desk: Page) -> None:
    keys = desk.keyboard
    live = desk.locator("#live")
    expect(desk.locator(".card:not([hidden]) mark")).to_have_text("加❤微❤信")
    keys.press("r")
    expect(desk.locator(".card:not([hidden]) .reasons .panel")).to_be_visible()
    keys.press("1")
    expect(live).to_have_text("已拒绝（广告），还剩 4 条。")
    expect(desk.locator(".last")).to_contain_text("拒绝（广告）")
    expect(desk.locator("#number-waiting")).to_have_text("4")

    ready(desk, "已经发布的一条")
    keys.press("a")
    expect(live).to_have_text("已通过，还剩 3 条。")
    ready(desk, TEXTS[1])
    keys.press("j")
    ready(desk, TEXTS[2])
    keys.press("k")
    ready(desk, TEXTS[1])
    keys.press("e")
    expect(live).to_have_text("已升级，还剩 2 条。")
    ready(desk, TEXTS[2])
    keys.press("u")
    ready(desk, TEXTS[1])
    expect(desk.locator("#number-waiting")).to_have_text("3")

    keys.press("g")
    keys.press("m")
    expect(desk).to_have_url(re.compile("/console/mine$"))
    keys.press("g")
    keys.press("q")
    ready(desk, TEXTS[1])


def test_keys_are_silent_while_typing_and_while_an_input_method_composes(desk: Page) -> None:
    desk.keyboard.press("n")
    expect(desk.locator(".card:not([hidden]) textarea")).to_be_focused()
    desk.keyboard.type("a r1 je")
    expect(desk.locator(".card:not([hidden]) textarea")).to_have_value("a r1 je")
    desk.keyboard.press("Escape")
    expect(desk.locator(".card:not([hidden]) textarea")).not_to_be_focused()

    desk.evaluate(
        """() => {
          const press = (more) => document.body.dispatchEvent(
            new KeyboardEvent("keydown", {code: "KeyA", key: "a", bubbles: true, cancelable: true, ...more}));
          press({isComposing: true});
          press({keyCode: 229});
          for (const held of ["ctrlKey", "altKey", "metaKey", "shiftKey", "repeat"]) press({[held]: true});
        }"""
    )
    expect(desk.locator("#number-waiting")).to_have_text("5")
    ready(desk, TEXTS[0])


def test_a_second_press_does_not_decide_a_card_nobody_has_read(desk: Page) -> None:
    desk.evaluate(
        """() => {
          const press = () => document.body.dispatchEvent(
            new KeyboardEvent("keydown", {code: "KeyA", key: "a", bubbles: true, cancelable: true}));
          press();
          press();
          requestAnimationFrame(press);
        }"""
    )
    ready(desk, "已经发布的一条")
    expect(desk.locator("#number-waiting")).to_have_text("4")


def test_context_loads_beside_the_card_and_folds_on_its_key(desk: Page) -> None:
    own = desk.locator(".context:not([hidden]) .comments .own")
    expect(own).to_contain_text(TEXTS[0])
    desk.keyboard.press("c")
    expect(own).to_be_hidden()
    desk.keyboard.press("c")
    expect(own).to_be_visible()


def test_the_keys_explain_themselves(desk: Page) -> None:
    desk.keyboard.press("?")
    expect(desk.locator("#keys")).to_be_visible()
    desk.keyboard.press("Escape")
    expect(desk.locator("#keys")).to_be_hidden()


def test_a_phone_keeps_the_actions_at_the_thumb(desk: Page) -> None:
    desk.set_viewport_size({"width": 390, "height": 844})
    desk.reload()
    ready(desk, TEXTS[0])
    box = desk.locator(".card:not([hidden]) .actions").bounding_box()

    assert box is not None
    assert box["y"] + box["height"] > 800
    assert desk.evaluate("document.documentElement.scrollWidth") <= 390
    for button in desk.locator(
        ".card:not([hidden]) .actions button:visible, .card:not([hidden]) .actions summary:visible"
    ).all():
        size = button.bounding_box()
        assert size is not None
        assert size["height"] >= 44
        assert size["x"] + size["width"] <= 390


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{page.url} {one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_desk(desk: Page, world: World, scheme: str) -> None:
    desk.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    desk.keyboard.press("a")
    ready(desk, "已经发布的一条")
    desk.keyboard.press("r")
    found = violations(desk)
    for path in ("list", "mine", "audit", ""):
        desk.goto(f"{world.service}/console/{path}")
        found += violations(desk)

    assert found == []


@pytest.mark.parametrize("path", ["sign-in", "nowhere"])
def test_axe_finds_nothing_before_signing_in(page: Page, world: World, path: str) -> None:
    page.goto(f"{world.service}/console/{path}")

    assert violations(page) == []

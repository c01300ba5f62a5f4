"""The rules desk in Chromium, by keyboard alone: draft → edit → try → activate → roll back → narrow; nothing axe objects to."""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from moderation.domain.account import Role
from moderation.extensions import db
from moderation.flows import rulesets
from moderation.ports import Services
from moderation.rules import Action, Field, Verdict
from moderation.store.tables import ReviewItem, Site
from tests.browser.conftest import World, photograph, sign_in
from tests.factories import WIDE, a_comment, a_rule, active_rules, an_account

pytestmark = pytest.mark.browser

WRONGLY_HIT = "师傅外挂一幅画在墙上"


@pytest.fixture
def item(world: World, app: Flask, services: Services) -> UUID:
    """Put two rules in force, one of which hits a comment wrongly; and an owner at his desk."""
    with app.app_context():
        session = db.session()
        session.execute(update(Site).values(challenge="off", limits=WIDE))
        session.commit()
        an_account(session, services, "owner", Role.OWNER)
        rules = [a_rule("外挂"), a_rule("赌博", Action.BLOCK, category="gambling")]
        active_rules(session, services, rules)
        origin = world.portal
        a_comment(session, services, WRONGLY_HIT, origin=origin)
        found = session.scalars(select(ReviewItem.id)).one()
        db.session.remove()
    return found


@pytest.fixture
def desk(page: Page, world: World, item: UUID) -> Iterator[Page]:
    """Sign the owner in; fail on any error of the page."""
    del item
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        # A form that is refused answers 422, which Chromium calls an error.
        lambda line: errors.append(line.text) if line.type == "error" and "422" not in line.text else None,
    )
    sign_in(page, world, "owner")
    yield page
    assert errors == []


def verdict(app: Flask, services: Services, text: str) -> Verdict:
    with app.app_context():
        found = rulesets.try_text("demo", {Field.TEXT: text}, session=db.session(), services=services)
        db.session.remove()
    return found.verdict


def walk_to(page: Page, name: str) -> None:
    """Press Tab until something of this name has the focus."""
    for _ in range(150):
        focused = page.evaluate(
            "document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText ?? ''"
        )
        if focused.strip() == name:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not lead to {name!r} on {page.url}")


def test_rules_are_drafted_edited_tried_activated_and_rolled_back_by_keys_alone(
    desk: Page, app: Flask, services: Services
) -> None:
    keys = desk.keyboard
    desk.locator("body").press("g")
    keys.press("r")
    expect(desk).to_have_url(re.compile("/console/rules/demo$"))
    walk_to(desk, "版本与草稿")
    keys.press("Enter")
    expect(desk.get_by_role("heading", name="建立草稿")).to_be_visible()
    walk_to(desk, "建立草稿")
    keys.press("Enter")
    expect(desk).to_have_url(re.compile("/2/edit$"))

    walk_to(desk, "添加规则")
    keys.press("Enter")
    expect(desk.locator("#term")).to_be_focused()
    keys.insert_text("加微信")
    keys.press("Enter")
    expect(desk.get_by_role("status").first).to_have_text("“加微信”已加入草稿。")

    walk_to(desk, "试测")  # of the site's tabs; the draft's own button is behind it
    keys.press("Tab")
    walk_to(desk, "试测")
    keys.press("Enter")
    expect(desk.locator("#text")).to_be_focused()
    keys.insert_text("快来加❤微❤信领取")
    walk_to(desk, "试测")
    keys.press("Enter")
    expect(desk.locator("mark")).to_have_text("加❤微❤信")
    expect(desk.locator("#verdict")).to_have_text("等待审核")
    assert verdict(app, services, "加微信") is Verdict.ALLOW

    desk.go_back()
    desk.go_back()
    walk_to(desk, "启用")
    keys.press("Enter")
    expect(desk.locator(".added")).to_contain_text("加微信")
    expect(desk.get_by_role("button", name="启用", exact=True)).to_be_focused()
    keys.press("Enter")
    expect(desk.get_by_role("status").first).to_have_text("版本 2 已生效，共 3 条规则。")
    assert verdict(app, services, "加微信") is Verdict.REVIEW

    desk.goto(desk.url.rsplit("?")[0].rstrip("/") + "/1")
    walk_to(desk, "退回到这个版本")
    keys.press("Enter")
    expect(desk.get_by_role("button", name="启用", exact=True)).to_be_focused()
    keys.press("Enter")
    expect(desk.get_by_role("status").first).to_have_text("版本 1 已生效，共 2 条规则。")
    assert verdict(app, services, "加微信") is Verdict.ALLOW


def test_a_card_is_narrowed_in_two_keys(desk: Page, world: World, app: Flask, services: Services) -> None:
    desk.goto(f"{world.service}/console/queue")
    expect(desk.locator("#table[data-ready] .card .text").first).to_have_text(WRONGLY_HIT)
    desk.keyboard.press("w")
    expect(desk.locator(".narrow .panel").first).to_be_visible()
    desk.keyboard.press("1")
    expect(desk.locator(".narrow-said .state").first).to_contain_text("已加入草稿 2")
    photograph(desk, "narrow")
    assert verdict(app, services, WRONGLY_HIT) is Verdict.REVIEW

    with app.app_context():
        rulesets.activate("demo", 2, session=db.session(), services=services)
        db.session.remove()
    assert verdict(app, services, WRONGLY_HIT) is Verdict.ALLOW
    assert verdict(app, services, "出售外挂软件") is Verdict.REVIEW


PAGES = (
    "rules/demo",
    "rules/demo/versions",
    "rules/demo/try",
    "rules/demo/import",
    "rules/demo/2",
    "rules/demo/2/edit",
    "rules/demo/2/add",
    "rules/demo/2/settings",
    "rules/demo/2/activate",
    "rules/demo/1/retire",
    "items/{item}/narrow",
)


@pytest.fixture
def draft(item: UUID, app: Flask, services: Services) -> UUID:
    """Leave a draft with something odd in it beside the rules in force."""
    with app.app_context():
        session, rules = db.session(), [a_rule("加微信"), a_rule("的")]
        rulesets.import_rules("demo", "春节", rules, session=session, services=services)
        db.session.remove()
    return item


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_on_the_rules_desk(
    desk: Page, world: World, draft: UUID, scheme: str, width: int
) -> None:
    desk.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    desk.set_viewport_size({"width": width, "height": 900})
    found = []
    for path in PAGES:
        answer = desk.goto(f"{world.service}/console/{path.format(item=draft)}")
        assert answer is not None
        assert answer.status == 200, path
        violations = Axe().run(desk).response["violations"]
        found += [f"{path} {one['id']}: {one['nodes'][0]['html'][:160]}" for one in violations]
        if desk.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{path}: wider than the screen")

    assert found == []

"""Rules on trial in Chromium, by keyboard alone: a replay watched to its end, a shadow, a suggestion taken."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from moderation.domain.account import Role
from moderation.domain.reasons import Reason
from moderation.extensions import db
from moderation.flows import replaying, rulesets, shadow
from moderation.ports import Services
from moderation.rules import Action, Kind
from moderation.store.tables import Comment, Site, Suggestion, SuggestionExample, SuggestionList
from tests.browser.conftest import World, photograph, sign_in
from tests.factories import WIDE, a_comment, a_rule, active_rules, an_account

pytestmark = pytest.mark.browser


@pytest.fixture
def number(app: Flask, services: Services, world: World) -> int:
    """Make an owner, comments, active rules, a version on trial and a suggestion."""
    assert world.service
    with app.app_context():
        session = db.session()
        origin = str(
            session.execute(
                update(Site).values(challenge="off", mode="rules", limits=WIDE).returning(Site.origins)
            ).scalar_one()[0]
        )
        session.commit()
        an_account(session, services, "owner", Role.OWNER)
        active_rules(session, services, [a_rule("加微信"), a_rule("停车")])
        for number in range(8):
            for text in ("花海开得真早", "办证请找我", "加❤微❤信领资料", "停车场够不够"):
                a_comment(session, services, f"{text}{number}", origin=origin)
        written = [a_rule("加微信", Action.BLOCK), a_rule("办证", category="fraud")]
        made = rulesets.import_rules("demo", "试用", written, session=session, services=services)
        site_id = session.scalars(select(Site.id)).one()
        comment_id = session.scalars(select(Comment.id).limit(1)).one()
        now = services.clock.now()
        place = {"site_id": site_id, "days": 7, "position": 0}
        session.add(
            SuggestionList(
                site_id=site_id,
                days=7,
                due_at=now.replace(year=2999),
                computed_at=now,
                rejected=40,
                approved=300,
            )
        )
        session.add(
            Suggestion(
                term="刷单返利",
                kind=Kind.TERM,
                category=Reason.FRAUD,
                score=712,
                rejected=12,
                approved=0,
                clients=9,
                caught=10,
                **place,
            )
        )
        session.add(SuggestionExample(comment_id=comment_id, **place))
        session.commit()
        db.session.remove()
    return made.number


def press(page: Page, role: str, name: str) -> None:
    """Reach something as a keyboard does, by focus, and press Enter there."""
    target = page.get_by_role(role, name=name)  # type: ignore[arg-type]  # a role of ARIA
    target.focus()
    expect(target).to_be_focused()
    page.keyboard.press("Enter")


def clean(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_replay_is_started_watched_and_its_examples_are_opened(
    page: Page, world: World, app: Flask, services: Services, number: int
) -> None:
    sign_in(page, world, "owner")
    page.goto(f"{world.service}/console/rules/demo/replays?version={number}")
    clean(page)
    press(page, "button", "开始回放")
    expect(page.locator("#progress")).to_contain_text("0 / 32 条评论")
    clean(page)
    with app.app_context():
        replaying.work(session=db.session(), services=services)
        db.session.remove()
    expect(page.get_by_role("heading", name="会有什么变化")).to_be_visible()
    expect(page.locator("#progress")).to_contain_text("100 %")
    summary = page.locator("details.unfold").nth(1).locator("summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator("details.unfold").nth(1).locator("mark").first).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        clean(page)
        photograph(page, f"replay-zh-{scheme}")
    page.set_viewport_size({"width": 390, "height": 844})
    clean(page)
    page.screenshot(path="artefacts/replay-phone.png", full_page=True)


def test_a_shadow_is_started_read_and_ended(
    page: Page, world: World, app: Flask, services: Services, number: int
) -> None:
    sign_in(page, world, "owner")
    page.goto(f"{world.service}/console/rules/demo/shadow?version={number}")
    press(page, "button", "开始影子运行")
    expect(page.locator(".state.on")).to_have_text("影子运行中")
    with app.app_context():
        session = db.session()
        origin = session.scalars(select(Site.origins)).one()[0]
        for text in ("办证找谁", "花海"):
            a_comment(session, services, text, origin=origin)
        shadow.work(session=session, services=services)
        db.session.remove()
    page.reload()
    expect(page.locator(".big-figure")).to_contain_text("50 %")
    clean(page)
    photograph(page, "shadow-zh")
    press(page, "button", "结束影子")
    expect(page.locator(".state.off").first).to_have_text("已结束")


@pytest.mark.usefixtures("number")
def test_a_suggestion_leads_to_the_draft(page: Page, world: World) -> None:
    sign_in(page, world, "owner")
    page.goto(f"{world.service}/console/rules/demo/suggestions")
    clean(page)
    photograph(page, "suggestions-zh")
    link = page.locator(".suggestion-head a.button")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/add?**")
    expect(page.locator("[name=term]").first).to_have_value("刷单返利")

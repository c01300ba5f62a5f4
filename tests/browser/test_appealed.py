"""An appeal on the desk: what the author says, why it was refused and by whom; in both languages, day and night."""

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect
from sqlalchemy.orm import Session

from moderation.domain.account import Role
from moderation.domain.reasons import Reason
from moderation.domain.review import DecisionKind, ItemState
from moderation.flows import appeals, review, sites
from moderation.flows.review import Reviewer, Ruling
from moderation.ports import Services
from tests.browser.conftest import World, photograph, sign_in
from tests.browser.desk_steps import CARD, all_sent, desk_of, post_comments
from tests.factories import AUTHOR_TOKEN, LEASE_TOKEN, a_caller, a_claim, a_comment, an_account

pytestmark = pytest.mark.browser

APPEAL = "我没有骂人，<b>这是一句方言</b>，请看清楚。\n谢谢！" + "说明" * 60


def an_appeal(app: Flask, session: Session, services: Services) -> None:
    """Refuse a comment as somebody else, and object to that."""
    post_comments(app, services, [])
    site = sites.find("demo", session=session)
    origin = str(site.origins[0])
    wu = an_account(session, services, "wu", Role.SENIOR)
    who = Reviewer(account_id=wu, name="Wu", site_ids=(site.id,), senior_site_ids=(site.id,))
    posted = a_comment(session, services, "阿拉晓得侬", author_token=AUTHOR_TOKEN, origin=origin)
    held = a_claim(session, services, who, ItemState.WAITING)
    assert held is not None
    ruling = Ruling(
        item_id=held.item_id,
        lease_token=LEASE_TOKEN,
        revision=1,
        kind=DecisionKind.REJECT,
        reason=Reason.INSULT,
        note="看不懂，像骂人",
    )
    review.decide(ruling, reviewer=who, session=session, services=services)
    appeals.appeal(
        "demo", posted.code, APPEAL, caller=a_caller(origin=origin), session=session, services=services
    )


def test_a_senior_reads_the_appeal_beside_the_refusal_and_grants_it(
    chromium: Browser, world: World, app: Flask, session: Session, services: Services
) -> None:
    an_appeal(app, session, services)
    with desk_of(chromium, world, path="queue/appealed") as desk:
        card = desk.locator(CARD)
        expect(card.locator(".objection .words")).to_have_text(APPEAL)
        expect(card.locator(".objection b")).to_have_count(0)
        expect(card.locator(".objection")).to_contain_text("以“辱骂”为由拒绝： Wu")
        photograph(desk, "desk-appeal-zh")
        desk.set_viewport_size({"width": 360, "height": 800})
        assert desk.evaluate("document.documentElement.scrollWidth") <= 360
        photograph(desk, "desk-appeal-phone")
        desk.set_viewport_size({"width": 1280, "height": 900})
        desk.keyboard.press("a")
        all_sent(desk)
        expect(desk.locator("#live")).to_contain_text("已通过")


def test_the_same_in_english_by_night(
    chromium: Browser, world: World, app: Flask, session: Session, services: Services
) -> None:
    an_appeal(app, session, services)
    an_account(session, services, "kim", Role.SENIOR, language="en")
    context = chromium.new_context(
        locale="en-GB", color_scheme="dark", viewport={"width": 1280, "height": 900}
    )
    page = context.new_page()
    sign_in(page, world, "kim")
    page.goto(f"{world.service}/console/queue/appealed")

    expect(page.locator(".objection h2")).to_contain_text("The author appeals")
    expect(page.locator(".objection")).to_contain_text("by Wu")
    photograph(page, "desk-appeal-dark-en")
    context.close()

"""Every rung of the challenge in a real browser, before the real service: work, work and an image, sound, and neither."""

import re
from dataclasses import replace

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.flows import challenges
from moderation.ports import Services
from moderation.settings import Settings
from moderation.store.tables import Challenge, Comment, ReviewItem, Site, Sound
from tests.browser.conftest import World, answer_of

pytestmark = pytest.mark.browser
RECEIVED = "已收到，审核后显示。"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Return settings of an installation that speaks."""
    return replace(settings, sound_pool=2)


def box_of(page: Page, world: World, session: Session, challenge: str) -> Locator:
    """Open an article of a site that asks for this challenge."""
    session.execute(update(Site).values(challenge=challenge))
    session.commit()
    page.goto(f"{world.portal}/articles/huahai")
    box = page.locator("moderation-comments")
    expect(box.locator("textarea")).to_be_visible()
    return box


def write(box: Locator, text: str) -> None:
    """Write a comment, up to the challenge."""
    box.locator("textarea").fill(text)
    box.locator(".nickname input").fill("晨曦")


def test_the_browser_works_unseen(page: Page, world: World, session: Session) -> None:
    box = box_of(page, world, session, "pow")
    write(box, "不用看图")
    box.locator(".send").click()

    expect(box.locator(".notice")).to_have_text(RECEIVED)
    expect(box.locator(".answer")).to_be_hidden()
    assert session.scalars(select(Comment.status)).all() == ["pending"]


def test_a_link_takes_an_image_after_the_work(
    page: Page, world: World, session: Session, app: Flask, services: Services
) -> None:
    box = box_of(page, world, session, "adaptive")
    write(box, "路线图在 https://example.com/map 有")
    box.locator(".send").click()
    expect(box.locator(".notice")).to_contain_text("还需要填写验证码")
    picture = box.locator(".answer img")
    expect(picture).to_have_attribute("src", re.compile(r"\.webp$"))
    box.locator(".answer input").fill(answer_of(app, services, picture.get_attribute("src") or ""))
    box.locator(".send").click()

    expect(box.locator(".notice")).to_have_text(RECEIVED)
    expect(box.locator("textarea")).to_have_value("")


def test_an_image_is_heard_and_answered_by_what_was_heard(
    page: Page, world: World, session: Session, services: Services
) -> None:
    while challenges.refill_sounds(size=2, session=session, services=services):
        pass
    box = box_of(page, world, session, "image")
    write(box, "听着写的")
    box.get_by_role("button", name="听验证码").click()
    expect(box.locator(".answer input")).to_have_attribute("placeholder", "输入听到的数字")

    session.expire_all()
    given = session.scalars(select(Challenge.sound_id).where(Challenge.sound_id.is_not(None))).one()
    assert session.get_one(Sound, given).taken_at is not None


def test_who_uses_neither_waits_for_a_person(page: Page, world: World, session: Session) -> None:
    box = box_of(page, world, session, "image")
    session.execute(update(Site).values(mode="post"))
    session.commit()
    write(box, "看不见也听不见")
    box.get_by_role("button", name="看不了，也听不了？").click()
    box.locator(".send").click()

    expect(box.locator(".notice")).to_have_text(RECEIVED)
    assert "unchallenged" in session.scalars(select(ReviewItem.causes)).one()

"""Decisions outlive the network: cut off, loaded again, signed out, late. Nothing is lost and nothing is decided twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from moderation.ports import Services
from moderation.store.tables import AccountSession, Decision, ReviewItem
from tests.browser.conftest import World
from tests.browser.desk_steps import (
    CARD,
    all_sent,
    browser_of,
    desk_of,
    offline,
    on_table,
    open_queue,
    post_comments,
    unsent,
)
from tests.factories import an_account

pytestmark = pytest.mark.browser

COUNTS_EVERY_MS = 10_000
UNREAD_MS = 150
TEXTS = tuple(f"第{number}条评论" for number in "一二三四五六")


def decisions(session: Session) -> list[str]:
    session.rollback()
    return [str(kind) for kind in session.scalars(select(Decision.kind).order_by(Decision.id))]


def expire_leases(session: Session, services: Services) -> None:
    gone = services.clock.now() - timedelta(seconds=1)
    session.execute(
        update(ReviewItem).where(ReviewItem.claimed_by.is_not(None)).values(lease_expires_at=gone)
    )
    session.commit()


def test_decisions_made_without_a_network_are_sent_when_it_is_back(
    chromium: Browser, world: World, app: Flask, services: Services, session: Session
) -> None:
    post_comments(app, services, TEXTS)
    with desk_of(chromium, world) as desk:
        on_table(desk, TEXTS[0])
        offline(desk.context, is_offline=True)
        for following in TEXTS[1:4]:
            desk.keyboard.press("a")
            on_table(desk, following)
        expect(desk.locator("#notice-unsent")).to_contain_text("3 个决定存在本浏览器里")
        assert decisions(session) == []

        desk.keyboard.press("u")
        on_table(desk, TEXTS[2])
        assert unsent(desk) == 2
        offline(desk.context, is_offline=False)
        all_sent(desk)

        expect(desk.locator("#notice-unsent")).to_have_count(0)
        expect(desk.locator("#number-waiting")).to_have_text("4")
    assert decisions(session) == ["approve", "approve"]


def test_a_page_loaded_again_sends_what_the_last_one_could_not(
    chromium: Browser, world: World, app: Flask, services: Services, session: Session
) -> None:
    post_comments(app, services, TEXTS)
    with desk_of(chromium, world) as desk:
        on_table(desk, TEXTS[0])
        desk.route("**/decide", lambda route: route.abort())
        desk.keyboard.press("a")
        on_table(desk, TEXTS[1])
        desk.keyboard.press("s")
        on_table(desk, TEXTS[2])
        kept = desk.evaluate("Object.values(localStorage).join()")
        assert "第" not in kept  # ids and rulings, never what anybody wrote
        desk.unroute("**/decide")
        open_queue(desk, world)
        all_sent(desk)

        on_table(desk, TEXTS[2])
    assert decisions(session) == ["approve", "reject"]


def test_an_answer_that_never_came_does_not_decide_twice(
    chromium: Browser, world: World, app: Flask, services: Services, session: Session
) -> None:
    post_comments(app, services, TEXTS)
    with desk_of(chromium, world) as desk:
        on_table(desk, TEXTS[0])
        answers = []

        def lose_the_first(route: object) -> None:
            answer = route.fetch()  # type: ignore[attr-defined]
            answers.append(answer.status)
            if len(answers) == 1:
                route.abort()  # type: ignore[attr-defined]
            else:
                route.fulfill(response=answer)  # type: ignore[attr-defined]

        desk.route("**/decide", lose_the_first)
        desk.keyboard.press("a")
        all_sent(desk)

    assert answers == [200, 200]
    assert decisions(session) == ["approve"]


def test_who_is_signed_out_keeps_what_is_unsent_and_sends_it_after_signing_in(
    chromium: Browser, world: World, app: Flask, services: Services, session: Session
) -> None:
    post_comments(app, services, TEXTS)
    with desk_of(chromium, world) as desk:
        on_table(desk, TEXTS[0])
        session.execute(delete(AccountSession))
        session.commit()
        desk.keyboard.press("a")
        expect(desk.locator("#notice-unsent")).to_contain_text("登录已失效")
        desk.locator("#notice-unsent a").click()
        desk.fill("[name=login]", "lin")
        desk.fill("[name=password]", "correct horse battery")
        desk.press("[name=password]", "Enter")
        desk.wait_for_url("**/console/queue")
        all_sent(desk)

        on_table(desk, TEXTS[1])
    assert decisions(session) == ["approve"]


def test_another_account_sends_nothing_of_the_one_before(
    chromium: Browser, world: World, app: Flask, services: Services, session: Session
) -> None:
    an_account(session, services, "wang")
    post_comments(app, services, TEXTS)
    with desk_of(chromium, world) as desk:
        on_table(desk, TEXTS[0])
        desk.route("**/decide", lambda route: route.abort())
        desk.keyboard.press("a")
        on_table(desk, TEXTS[1])
        sign_out = desk.locator("[data-forgets] button")
        sign_out.click()
        expect(desk.locator("#problem")).to_contain_text("还有决定没有发出")
        sign_out.click()
        desk.wait_for_url("**/sign-in*")
        assert desk.evaluate("localStorage.length") == 0
    assert decisions(session) == []


def test_a_lease_that_ran_out_is_taken_again_without_a_word(
    chromium: Browser, world: World, app: Flask, services: Services, session: Session
) -> None:
    post_comments(app, services, TEXTS)
    with desk_of(chromium, world) as desk:
        on_table(desk, TEXTS[0])
        expire_leases(session, services)
        desk.keyboard.press("a")
        all_sent(desk)

        expect(desk.locator("#notices .notice")).to_have_count(0)
        on_table(desk, TEXTS[1])
    assert decisions(session) == ["approve"]


@contextmanager
def idle_desk(browser: Browser, world: World) -> Iterator[Page]:
    """Open a second desk, with a clock of our own, where somebody else has everything that waits."""
    with browser_of(browser, world, "wang") as page:
        page.clock.install()
        page.goto(f"{world.service}/console/queue")
        page.clock.run_for(UNREAD_MS)
        none = page.locator("#cards [data-none]:not([data-empty])")
        expect(none).to_contain_text("都有同事在看")
        yield page


def test_who_waits_for_others_gets_what_they_let_go(
    chromium: Browser, world: World, app: Flask, services: Services, session: Session
) -> None:
    an_account(session, services, "wang")
    post_comments(app, services, TEXTS[:2])
    with desk_of(chromium, world), idle_desk(chromium, world) as wang:
        expire_leases(session, services)  # which changes no number
        wang.clock.run_for(COUNTS_EVERY_MS)

        expect(wang.locator(f"{CARD} .text")).to_have_text(TEXTS[0])


def test_who_waits_for_others_is_told_when_they_are_done(
    chromium: Browser, world: World, app: Flask, services: Services, session: Session
) -> None:
    an_account(session, services, "wang")
    post_comments(app, services, TEXTS[:1])
    with desk_of(chromium, world) as lin, idle_desk(chromium, world) as wang:
        lin.keyboard.press("a")
        all_sent(lin)
        wang.clock.run_for(COUNTS_EVERY_MS)

        expect(wang.locator("#cards [data-empty]")).to_be_visible()


def test_who_was_faster_is_told_and_the_next_card_stays(
    chromium: Browser, world: World, app: Flask, services: Services, session: Session
) -> None:
    an_account(session, services, "wang")
    post_comments(app, services, TEXTS)
    with desk_of(chromium, world) as lin:
        on_table(lin, TEXTS[0])
        expire_leases(session, services)
        with desk_of(chromium, world, "wang") as wang:
            on_table(wang, TEXTS[0])
            wang.keyboard.press("s")
            all_sent(wang)
            lin.keyboard.press("a")

            expect(lin.locator("#notice-refused")).to_contain_text("Wang 快了一步：拒绝。")
            expect(lin.locator(".card:not([hidden]) .text")).to_be_visible()
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Decision)) == 1

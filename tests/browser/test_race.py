"""Two moderators in two browsers on one queue: each comment is decided once, and every decision is acknowledged."""

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.ports import Services
from moderation.store.tables import Decision
from tests.browser.conftest import World
from tests.browser.desk_steps import all_sent, browser_of, post_comments
from tests.factories import an_account

pytestmark = pytest.mark.browser

ITEMS = 400
PATIENCE_MS = 300_000
WORK = """() => {
  // Decide with the keys, as soon as a card takes decisions, until the queue is empty.
  window.made = 0;
  const press = () => {
    const card = document.querySelector("#table[data-ready] .card[data-item]:not([hidden])");
    if (!card) return;
    document.body.dispatchEvent(
      new KeyboardEvent("keydown", {code: "KeyA", key: "a", bubbles: true, cancelable: true}));
    window.made += 1;
  };
  new MutationObserver(press).observe(document.getElementById("table"), {attributes: true});
  press();
}"""


def is_done(page: Page) -> None:
    expect(page.locator("#cards [data-empty]")).to_be_visible(timeout=PATIENCE_MS)
    all_sent(page)


def test_two_moderators_race_and_each_comment_is_decided_once(
    chromium: Browser, world: World, app: Flask, services: Services, session: Session
) -> None:
    an_account(session, services, "wang")
    with browser_of(chromium, world, "lin") as lin, browser_of(chromium, world, "wang") as wang:
        # The queue fills before both: a page that is left gives back what it had claimed, and that is another test's.
        for page in (lin, wang):
            page.goto(f"{world.service}/console/queue")
            expect(page.locator("#cards [data-empty]")).to_be_visible()
            page.evaluate(WORK)
        post_comments(
            app, services, (f"第{number}条，各不相同的内容{number * number}" for number in range(ITEMS))
        )
        for page in (lin, wang):
            expect(page.locator("#cards [data-empty]")).to_have_count(0)
        for page in (lin, wang):
            is_done(page)
            expect(page.locator("#notices")).to_have_text("")
        made = [int(page.evaluate("made")) for page in (lin, wang)]

    session.rollback()
    by_account = session.execute(
        select(Decision.account_id, func.count(), func.count(Decision.comment_id.distinct())).group_by(
            Decision.account_id
        )
    ).all()
    assert sum(made) == ITEMS
    assert sorted(made) == sorted(count for _, count, _ in by_account)
    assert session.scalar(select(func.count(Decision.comment_id.distinct()))) == ITEMS
    assert min(made) > 0

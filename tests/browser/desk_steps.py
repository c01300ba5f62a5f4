"""What tests of the desk do again and again: comments that wait, a desk that is ready, a card by its text."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import update

from moderation.extensions import db
from moderation.ports import Services
from moderation.store.tables import Site
from tests.browser.conftest import PATIENCE_MS, World, sign_in
from tests.factories import WIDE, a_comment

CARD = ".card[data-item]:not([hidden])"


def post_comments(app: Flask, services: Services, texts: Iterable[str], **changed: object) -> None:
    """Post comments that wait; the challenge of the site is taken off, for the test itself posts them."""
    with app.app_context():
        session = db.session()
        origins = session.execute(
            update(Site).values(challenge="off", limits=WIDE).returning(Site.origins)
        ).scalar_one()
        session.commit()
        for text in texts:
            a_comment(session, services, text, origin=str(origins[0]), **changed)
        db.session.remove()


@contextmanager
def browser_of(browser: Browser, world: World, login: str = "lin") -> Iterator[Page]:
    """Sign in with a browser of its own."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    sign_in(page, world, login)
    yield page
    context.close()


@contextmanager
def desk_of(browser: Browser, world: World, login: str = "lin", path: str = "queue") -> Iterator[Page]:
    """Open a desk in a browser of its own, on a queue whose card can be decided."""
    with browser_of(browser, world, login) as page:
        open_queue(page, world, path)
        yield page


def open_queue(page: Page, world: World, path: str = "queue") -> None:
    """Go to a queue and wait until its card can be decided.

    And until the page has claimed it: what the page before gives back may for a moment be free.
    """
    with page.expect_response("**/console/cards"):
        page.goto(f"{world.service}/console/{path}")
    expect(page.locator(f"#table[data-ready] {CARD}")).to_be_visible()


def on_table(page: Page, text: str) -> None:
    """Wait for a card that takes decisions."""
    expect(page.locator(f"#table[data-ready] {CARD} .text")).to_have_text(text)


def unsent(page: Page) -> int:
    """Count what waits in the browser to be sent."""
    return int(page.evaluate("courier.unsent().length"))


def all_sent(page: Page) -> None:
    """Wait until the service has answered everything."""
    expect(page.locator("#table[data-unsent='0']")).to_be_attached()


def offline(context: BrowserContext, *, is_offline: bool) -> None:
    """Cut the browser off from the network, or let it back."""
    context.set_offline(is_offline)

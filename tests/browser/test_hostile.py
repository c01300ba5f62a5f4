"""Hundreds of hostile strings, stored as readers send them, shown everywhere: nothing runs, nothing leaves, nothing breaks."""

from collections.abc import Iterator
from itertools import cycle
from typing import Final
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from moderation.domain.errors import Invalid
from moderation.domain.policy import Mode
from moderation.extensions import db
from moderation.ports import Services
from moderation.store.tables import Site
from tests import hostile
from tests.browser.conftest import PATIENCE_MS, World, sign_in
from tests.factories import WIDE, a_comment

pytestmark = pytest.mark.browser
THREAD: Final = "1553855"
BELL: Final = "window.rung = 0; window.ring = () => { window.rung += 1 }; window.alert = window.ring"
MOST_WIDTH: Final = "document.documentElement.scrollWidth - innerWidth"


def fill(app: Flask, services: Services, mode: Mode) -> int:
    """Post every string as text, with hostile nicknames, links and titles around; return how many were taken."""
    with app.app_context():
        session = db.session()
        origin = str(
            session.execute(
                update(Site)
                .values(challenge="off", limits=WIDE, mode=mode, links_wait=False)
                .returning(Site.origins)
            ).scalar_one()[0]
        )
        session.commit()
        nicknames, links = cycle(hostile.NICKNAMES), cycle((*hostile.LINKS, None, None, None))
        taken, parent = 0, None
        for number, text in enumerate(hostile.TEXTS):
            about = {
                "nickname": next(nicknames),
                "link": next(links),
                "parent_id": parent if number % 3 == 1 else None,
                "thread_title": "</title><script>ring()</script>",
                "thread_key": THREAD,
                "origin": origin,
            }
            try:
                receipt = a_comment(session, services, text, **about)
            except Invalid:
                continue  # a control character: refused, which is as good
            taken += 1
            parent = receipt.comment_id if number % 3 == 0 else parent
        db.session.remove()
    return taken


@pytest.fixture
def watched(chromium: Browser, world: World) -> Iterator[tuple[Page, list[str]]]:
    """Open a browser that counts what rings, and notes what goes to any host but ours."""
    context = chromium.new_context(locale="zh-CN", viewport={"width": 1000, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(BELL)
    page = context.new_page()
    left: list[str] = []
    ours = {urlsplit(world.service).netloc, urlsplit(world.portal).netloc}
    page.on("request", lambda request: left.append(request.url) if _host(request.url) not in ours else None)
    page.on("dialog", lambda dialog: left.append(f"dialog: {dialog.message}"))
    yield page, left
    context.close()


def _host(url: str) -> str:
    parts = urlsplit(url)
    return parts.netloc if parts.scheme in {"http", "https"} else ""


def calm(page: Page, left: list[str]) -> None:
    """Nothing ran, nothing left, nothing reaches out of the page."""
    assert page.evaluate("window.rung") == 0
    assert left == []
    assert page.evaluate(MOST_WIDTH) <= 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 0, 0)"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_hostile_comments_are_only_text_for_readers(
    app: Flask, services: Services, world: World, watched: tuple[Page, list[str]]
) -> None:
    page, left = watched
    taken = fill(app, services, Mode.POST)
    assert taken > 300
    page.goto(f"{world.portal}/articles/huahai")
    box = page.locator("moderation-comments")
    expect(box.locator("h2")).to_have_text(f"留言与评论（共有 {taken} 条评论）")
    more = box.locator(".more")
    while more.is_visible():
        count = box.locator(".list > li").count()
        more.click()
        expect(box.locator(".list > li").nth(count)).to_be_attached()
    inside = page.evaluate(
        "() => [...document.querySelector('moderation-comments').shadowRoot.querySelectorAll('.words *, .name *')].length"
    )

    assert inside == 0
    assert page.evaluate(
        "() => [...document.querySelector('moderation-comments').shadowRoot.querySelectorAll('a.name')]"
        ".every((a) => ['http:', 'https:'].includes(a.protocol) && a.rel.includes('ugc'))"
    )
    calm(page, left)

    for address in pages_of(world):
        answer = page.goto(address)
        assert answer is not None
        assert answer.ok, address
        assert (
            page.locator(
                "main script:not([type='application/ld+json']), [onerror], [onload], [onfocus]"
            ).count()
            == 0
        )
        calm(page, left)


def pages_of(world: World) -> list[str]:
    """Name the service's own pages that show comments."""
    embed = f"{world.service}/embed/v1/demo"
    return [f"{embed}/frame?thread={THREAD}&sort={sort}" for sort in ("newest", "oldest")]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_hostile_comments_are_only_text_at_the_desk(
    app: Flask, services: Services, world: World, watched: tuple[Page, list[str]]
) -> None:
    page, left = watched
    fill(app, services, Mode.PRE)
    sign_in(page, world)

    for path in ("queue", "queue?view=list", "search?q=ring", "audit", ""):
        answer = page.goto(f"{world.service}/console/{path}")
        assert answer is not None
        assert answer.ok, path
        page.wait_for_load_state("networkidle")
        calm(page, left)
    page.goto(f"{world.service}/console/queue")
    for _ in range(12):
        expect(page.locator("#table[data-ready] .card[data-item]:not([hidden])")).to_be_visible()
        page.keyboard.press("a")
        calm(page, left)

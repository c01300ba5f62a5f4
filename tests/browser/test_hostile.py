"""Hundreds of hostile strings, stored as readers send them, shown everywhere: nothing runs, nothing leaves, nothing breaks."""

import json
from collections.abc import Iterator
from itertools import cycle
from typing import Final
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update

from moderation.domain.errors import Invalid
from moderation.domain.policy import Mode
from moderation.extensions import db
from moderation.ports import Services
from moderation.store.tables import Comment, Site
from tests import hostile
from tests.browser.conftest import PATIENCE_MS, World, sign_in
from tests.factories import WIDE, a_comment

pytestmark = pytest.mark.browser
THREAD: Final = "1553855"
DATA: Final = "[type='application/ld+json']"
ATOM: Final = "{http://www.w3.org/2005/Atom}"
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


def calm(page: Page, left: list[str], *, is_whole: bool = True) -> None:
    """Nothing ran, nothing left, nothing reaches out of the page; a part of a page has no width of its own."""
    assert page.evaluate("window.rung") == 0
    assert left == []
    assert not is_whole or page.evaluate(MOST_WIDTH) <= 0
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

    for address in pages_of(app, world):
        answer = page.goto(address)
        assert answer is not None
        assert answer.ok, address
        # JSON-LD runs as little as any other text; what it holds must not end it.
        assert page.locator(f"script:not({DATA}), [onerror], [onload], [onfocus]").count() == 0
        for data in page.locator(f"script{DATA}").all_text_contents():
            json.loads(data)
        calm(page, left, is_whole="/fragment" not in address)
    for name in ("site.atom", f"thread.atom?thread={THREAD}"):
        feed = page.request.get(f"{world.service}/embed/v1/demo/{name}")
        entries = ET.fromstring(feed.body()).findall(f"{ATOM}entry")
        assert len(entries) == 50
        assert {content.get("type") for entry in entries for content in entry.iter(f"{ATOM}content")} <= {
            None,
            "text",
        }


def pages_of(app: Flask, world: World) -> list[str]:
    """Name the service's own pages that show comments."""
    embed = f"{world.service}/embed/v1/demo"
    with app.app_context():
        some = db.session.scalars(select(Comment.id).order_by(Comment.id)).all()[::40]
        db.session.remove()
    return [
        *(f"{embed}/frame?thread={THREAD}&sort={sort}" for sort in ("newest", "oldest", "popular")),
        f"{embed}/fragment?thread={THREAD}",
        *(f"{embed}/comments/{one}/report" for one in some),
        *(f"{embed}/frame?thread={THREAD}&reply={one}" for one in some),
    ]


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

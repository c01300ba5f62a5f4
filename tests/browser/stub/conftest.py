"""The sample portal on one origin, the stand-in for the service on another."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from moderation.cli.demo.portal import ARTICLES, create_portal
from moderation.cli.demo.sample import load_sample
from tests.browser.embed_stub import Json, Stub, create_stub, make
from tests.served import served

FLOWERS = "/articles/huahai"
FLOWERS_THREAD = "1553855"


@pytest.fixture
def stub() -> Stub:
    """Hold the sample's comments."""
    stub = Stub(closed={article.thread for article in ARTICLES if article.is_closed})
    made: list[Json] = []
    for sample in load_sample():
        parent = made[sample.reply_to] if sample.reply_to is not None else None
        body = {"nickname": sample.nickname, "text": sample.text, "minutes_ago": sample.minutes_ago}
        made.append(make(stub, body, parent, status=sample.status.value))
        stub.comments.setdefault(sample.thread, []).append(made[-1])
    for comments in stub.comments.values():
        comments.sort(key=lambda each: str(each["created_at"]))
    return stub


@pytest.fixture
def portal(stub: Stub) -> Iterator[str]:
    """Serve both; return the portal's address."""
    with served(create_stub(stub)) as service, served(create_portal(service, "demo")) as portal:
        yield portal


def opened(page: Page, url: str) -> Locator:
    """Open a page and wait for its comments."""
    page.goto(url)
    box = page.locator("moderation-comments")
    expect(box.locator(".list > li").first).to_be_visible()
    return box


def write(form: Locator, text: str) -> None:
    """Write a comment and solve its captcha as the stub sets it."""
    form.locator("textarea").fill(text)
    form.locator(".nickname input").fill("晨曦")
    image = form.locator(".answer img")
    expect(image).to_have_attribute("src", re.compile(r"\.webp$"))
    number = int(Path(image.get_attribute("src") or "").stem)
    form.locator(".answer input").fill(str(number % 9 + 5))


def posted(box: Locator, text: str) -> Locator:
    """Write and send a comment where no challenge is asked; return its place in the list."""
    box.locator(".form textarea").first.fill(text)
    box.locator(".nickname input").first.fill("晨曦")
    box.locator(".send").first.click()
    place = box.locator("article").filter(has_text=text)
    expect(place.locator("[data-does=withdraw]")).to_be_visible()
    return place

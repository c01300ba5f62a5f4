"""Every page of the desk, found by following links: whole, in both languages, readable, nothing axe objects to.

A page that no link leads to is a fault: `APART` names what is no page, and why.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.routing import MapAdapter

from moderation import rules
from moderation.cli.demo import prepare
from moderation.cli.demo.portal import ARTICLES
from moderation.cli.demo.sample import load_sample
from moderation.domain.account import Role
from moderation.extensions import db
from moderation.ports import Services
from tests.browser.conftest import ARTEFACTS, PATIENCE_MS, World, sign_in
from tests.factories import an_account
from tests.served import served

pytestmark = pytest.mark.browser

APART: Final = {
    "console.static": "files",
    "console.nowhere": "the page of unknown addresses",
    "console.sign_in_page": "before signing in; looked at on its own",
    "console.export_rules": "a file",
    "console.counts": "figures for the menu's script",
    "console.replay_progress": "a part of the page of a replay",
    "console.thread": "a part of the card, a link only without script",
    "console.code_page": "between password and desk; looked at with the people",
    "console.invitation": "before signing in; looked at with the people",
    **dict.fromkeys(
        ("console.to_identity", "console.from_identity", "console.link_identity"),
        "the ways to another service and back",
    ),
    **dict.fromkeys(
        ("console.new_rule", "console.edit_rule", "console.draft_settings", "console.rule_activation"),
        "there is no draft here; looked at with the rules desk",
    ),
    "console.narrow": "without script, and for a rule that hit; looked at with the rules desk",
    "console.replay": "there is no replay here; looked at with the replays",
}
WIDTHS: Final = (1280, 320)
LATIN_WORDS: Final = re.compile(r"[A-Za-z]{3,}")
KNOWN_LATIN: Final = frozenset(
    {
        *("english", "csv", "json", "jsonl", "lines", "utc", "totp", "html", "https", "chrome", "linux"),
        *("data", "loading", "unloaded", "hour", "minute", "day"),
        *("example", "portal", "articles", "lin", "moderator", "owner", "demo", "harvest"),
    }
)
"""Words that a Chinese page may hold as they are: names of formats, limits as they are written, this test's names."""
DATA: Final = (
    "code, kbd, mark, time, bdi, [dir=auto], [lang=en], .data, textarea, option, input, .id, .secret"
)
"""Where what people and rules wrote stands: it keeps its own language."""


@pytest.fixture
def desk_world(app: Flask, services: Services) -> Iterator[World]:
    """Run the service with the demo's site, rules and comments, and an owner of everything."""
    with served(app) as service:
        with app.app_context():
            session = db.session()
            prepare._make_site(["https://portal.example"])
            moderator = an_account(session, services, "moderator", Role.MODERATOR, site_key=prepare.SITE)
            prepare._seed(moderator=moderator, portal="https://portal.example", on_step=lambda: None)
            an_account(session, services, "lin", Role.OWNER)
            db.session.remove()
        yield World(service, "https://portal.example")


def endpoint_of(address: str, routes: MapAdapter) -> str | None:
    """Name the page behind an address, or None for another site's."""
    path = urlsplit(address).path
    return str(routes.match(path, method="GET")[0]) if path.startswith("/console") else None


def crawl(page: Page, start: str, routes: MapAdapter) -> tuple[dict[str, str], list[str]]:
    """Follow links from a page; return one address for each page found, and the addresses that failed."""
    found: dict[str, str] = {}
    broken: list[str] = []
    waiting = [start]
    while waiting:
        address = waiting.pop(0)
        name = endpoint_of(address, routes)
        if name is None or name in found or name in APART:
            continue
        answer = page.goto(address, wait_until="commit")
        found[name] = address
        if answer is None or not answer.ok:
            broken.append(f"{address}: {answer and answer.status}")
            continue
        page.wait_for_load_state("domcontentloaded")
        hrefs = page.eval_on_selector_all(
            "a[href]:not([download])", "all => all.map(a => a.getAttribute('href'))"
        )
        waiting += [
            there
            for href in hrefs
            if (there := urljoin(address, href)).startswith(start.split("/console", maxsplit=1)[0])
        ]
    return found, broken


@cache
def words_of_data() -> frozenset[str]:
    """Return the Latin words of the demo's comments, articles and rules."""
    texts = [f"{one.nickname} {one.text}" for one in load_sample()]
    texts += [f"{article.thread} {article.slug} {article.title}" for article in ARTICLES]
    for pack in rules.packs():
        texts += [f"{rule.key} {rule.term} {rule.exceptions}" for rule in rules.pack_rules(pack.name)]
    return KNOWN_LATIN | {word.lower() for word in LATIN_WORDS.findall(" ".join(texts))}


def english_words(page: Page) -> set[str]:
    """Return Latin words that a Chinese page shows and that are no data."""
    shown = page.evaluate(
        """data => { const out = [];
            const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            for (let node = walker.nextNode(); node; node = walker.nextNode())
              if (!node.parentElement.closest(data + ', script, style')) out.push(node.textContent);
            for (const one of document.querySelectorAll('[aria-label], [title], [placeholder]'))
              if (!one.closest(data)) for (const name of ['aria-label', 'placeholder'])
                out.push(one.getAttribute(name) || '');
            return out.join(' '); }""",
        DATA,
    )
    return {word for word in LATIN_WORDS.findall(shown) if word.lower() not in words_of_data()}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("language", "scheme"), [("zh-CN", "light"), ("en", "dark")])
def test_every_page_is_whole(
    app: Flask, chromium: Browser, desk_world: World, language: str, scheme: str
) -> None:
    page = chromium.new_context(
        locale="zh-CN",
        viewport={"width": WIDTHS[0], "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    ).new_page()
    page.context.set_default_timeout(PATIENCE_MS)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    page.on(
        "console", lambda line: faults.append(f"{page.url}: {line.text}") if line.type == "error" else None
    )
    sign_in(page, desk_world)
    if language == "en":
        page.click("button[name=language][value=en]")
        page.wait_for_selector("html[lang=en]")
    found, broken = crawl(page, f"{desk_world.service}/console/", app.url_map.bind("", "/"))
    faults += broken

    (ARTEFACTS / "pages").mkdir(parents=True, exist_ok=True)
    for name, address in found.items():
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(address, wait_until="load")
            picture = f"{name.removeprefix('console.')}-{language}-{scheme}-{width}.png"
            page.screenshot(path=ARTEFACTS / "pages" / picture, full_page=True)
            page.wait_for_function("!document.querySelector('.htmx-request')")
            faults += [
                f"{name} {width} axe {one['id']}: {one['nodes'][0]['html'][:200]}"
                for one in Axe().run(page).response["violations"]
            ]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                faults.append(f"{name}: wider than {width} px")
            if language == "zh-CN" and (words := english_words(page)):
                faults.append(f"{name}: untranslated {sorted(words)}")
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("console.") and "GET" in (rule.methods or set())
    }
    assert not faults, "\n".join(sorted(set(faults)))
    assert pages - set(found) - set(APART) == set()
    page.context.close()

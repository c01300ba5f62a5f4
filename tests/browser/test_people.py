"""People in Chromium, by keyboard alone: invited, with a second factor, keys of one's own, a session ended from afar."""

import re
from collections.abc import Callable, Iterator

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update

from moderation.domain.account import Role
from moderation.extensions import db
from moderation.ports import Services
from moderation.store.tables import Site
from tests.browser.conftest import PATIENCE_MS, World, photograph, sign_in
from tests.factories import PASSWORD, WIDE, a_comment, an_account

pytestmark = pytest.mark.browser

Open = Callable[[], Page]


@pytest.fixture
def another(chromium: Browser) -> Iterator[Open]:
    """Return a function that opens a page in a browser of its own: other cookies, another person."""
    contexts = []

    def open_page() -> Page:
        context = chromium.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900})
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def owned(world: World, app: Flask, services: Services) -> World:
    """Add an owner, and let comments in without a challenge."""
    with app.app_context():
        session = db.session()
        an_account(session, services, "wang", Role.OWNER)
        session.execute(update(Site).values(challenge="off", limits=WIDE))
        session.commit()
        db.session.remove()
    return world


@pytest.fixture
def comments_arrive(app: Flask, services: Services) -> Callable[[], None]:
    """Return a function that posts two comments: before, whoever opens the queue first would hold them."""

    def post() -> None:
        with app.app_context():
            origins = db.session.scalars(select(Site.origins)).one()
            for text in ("花海开得真早", "停车场够不够"):
                a_comment(db.session(), services, text, origin=origins[0])
            db.session.remove()

    return post


def type_into(page: Page, selector: str, text: str) -> None:
    """Type into a field as the keyboard does, with what stood there replaced."""
    page.focus(selector)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def is_clean(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def invite(page: Page, name: str) -> str:
    """Make an invitation by keyboard; return its link."""
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url("**/console/people")
    is_clean(page)
    type_into(page, "form.filter [name=name]", name)
    page.keyboard.press("Enter")
    link = page.locator("p.secret").inner_text()
    is_clean(page)
    return link


def join(page: Page, link: str) -> None:
    """Open an invitation and make an account by keyboard."""
    page.goto(link)
    is_clean(page)
    type_into(page, "[name=login]", "zhao")
    type_into(page, "[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/queue*")


def set_up_second_factor(page: Page) -> pyotp.TOTP:
    """Turn on the second factor by keyboard, as an authenticator beside the desk would."""
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url("**/console/profile")
    is_clean(page)
    page.focus("#second-factor .button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/second-factor")
    is_clean(page)
    page.focus("main button.main")
    page.keyboard.press("Enter")
    expect(page.locator("p.secret")).to_be_visible()
    secret = "".join(page.locator("p.secret span").all_inner_texts())
    is_clean(page)
    totp = pyotp.TOTP(secret)
    type_into(page, "[name=code]", totp.now())
    page.keyboard.press("Enter")
    expect(page.locator("ul.codes code")).to_have_count(10)
    is_clean(page)
    return totp


def test_from_the_invitation_to_keys_of_ones_own(
    page: Page, another: Open, owned: World, services: Services, comments_arrive: Callable[[], None]
) -> None:
    sign_in(page, owned, "wang")
    link = invite(page, "小赵")
    zhao = another()
    join(zhao, link)
    totp = set_up_second_factor(zhao)

    zhao.focus("form[action$='sign-out'] button")
    zhao.keyboard.press("Enter")
    zhao.wait_for_url("**/console/sign-in*")
    type_into(zhao, "[name=login]", "zhao")
    type_into(zhao, "[name=password]", PASSWORD)
    zhao.keyboard.press("Enter")
    zhao.wait_for_url("**/console/sign-in/code")
    is_clean(zhao)
    # The next code: the one that confirmed was used, perhaps at this very moment.
    zhao.keyboard.type(totp.at(services.clock.now(), counter_offset=1))
    zhao.keyboard.press("Enter")
    zhao.wait_for_url("**/console/queue*")

    zhao.goto(f"{owned.service}/console/profile")
    zhao.focus("#key-approve")
    zhao.keyboard.press("v")
    expect(zhao.locator("#key-approve")).to_have_value("KeyV")
    zhao.focus("#keys button.main")
    zhao.keyboard.press("Enter")
    expect(zhao.locator("#keys [role=status]")).to_be_visible()
    comments_arrive()
    zhao.goto(f"{owned.service}/console/queue")
    expect(zhao.locator("#table[data-ready] .card:not([hidden])")).to_be_visible()
    first = zhao.locator("#table[data-ready] .card:not([hidden]) .text").inner_text()
    zhao.keyboard.press("a")  # no key of hers any more
    expect(zhao.locator("#table[data-ready] .card:not([hidden]) .text")).to_have_text(first)
    zhao.keyboard.press("v")
    expect(zhao.locator("#table[data-ready] .card:not([hidden]) .text")).not_to_have_text(first)

    page.goto(f"{owned.service}/console/people")
    page.focus("table a:has-text('小赵')")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/console/people/[0-9a-f-]{36}$"))
    is_clean(page)
    page.focus("form[action$='/sessions/end'] button[name=session]")
    page.keyboard.press("Enter")
    expect(page.locator("button[name=session]")).to_have_count(0)
    zhao.goto(f"{owned.service}/console/queue")
    expect(zhao).to_have_url(re.compile("/console/sign-in"))


def test_a_key_of_two_actions_is_told_at_its_field(page: Page, owned: World) -> None:
    sign_in(page, owned, "lin")
    page.goto(f"{owned.service}/console/profile")

    page.focus("#key-approve")
    page.keyboard.press("Shift+j")
    expect(page.locator("#key-approve")).to_have_class(re.compile("taken"))
    page.focus("#keys button.main")
    page.keyboard.press("Enter")

    expect(page.locator("#key-approve[aria-invalid], #key-extend-next[aria-invalid]")).to_have_count(1)
    expect(page.locator("#key-approve")).to_have_value("Shift+KeyJ")
    is_clean(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_pages_are_clean_and_fit(page: Page, owned: World, scheme: str, language: str) -> None:
    sign_in(page, owned, "wang")
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    if language == "en":
        page.get_by_role("button", name="English").click()
    paths = {
        "people": "/console/people",
        "profile": "/console/profile",
        "second-factor": "/console/profile/second-factor",
    }
    page.goto(f"{owned.service}/console/profile/second-factor")
    page.locator("main button.main").click()
    for width, kind in ((1280, "desktop"), (390, "phone")):
        page.set_viewport_size({"width": width, "height": 900})
        for name, path in paths.items():
            page.goto(f"{owned.service}{path}")
            is_clean(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
            photograph(page, f"people-{name}-{kind}-{language}-{scheme}")

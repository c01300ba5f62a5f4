"""The pages of receipts in Chromium: on a narrow phone, day and night, in three languages, without a script."""

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from moderation.flows import sites
from moderation.ports import Services
from moderation.rules import Action
from tests.browser.conftest import PATIENCE_MS, World, photograph
from tests.browser.desk_steps import post_comments
from tests.factories import AUTHOR_TOKEN, a_comment, a_rule, active_rules

pytestmark = pytest.mark.browser


def refused(app: Flask, session: Session, services: Services) -> str:
    """Have a comment refused by the rules, openly; return the code of its receipt."""
    post_comments(app, services, [])
    active_rules(session, services, [a_rule("骂人", Action.BLOCK, category="insult")])
    origin = str(sites.find("demo", session=session).origins[0])
    text = "骂人的话，" + "很长的一段" * 20
    return a_comment(session, services, text, author_token=AUTHOR_TOKEN, origin=origin).code


def narrow(chromium: Browser, *, scheme: str, locale: str) -> Page:
    context = chromium.new_context(
        locale=locale,
        color_scheme=scheme,  # type: ignore[arg-type]  # "light" or "dark"
        viewport={"width": 320, "height": 720},
        java_script_enabled=False,
    )
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


def fits(page: Page) -> bool:
    """Say whether nothing stands out beyond the width of the window (no script: by what each element measures)."""
    width = page.locator("main").bounding_box()
    return width is not None and width["x"] >= 0 and width["x"] + width["width"] <= 320


@pytest.mark.parametrize(
    ("scheme", "locale", "shown"),
    [("light", "zh-CN", "用语伤人"), ("dark", "en-GB", "hurtful words"), ("light", "zh-TW", "沒有刊出")],
)
def test_an_author_types_his_number_reads_the_refusal_and_appeals(  # noqa: PLR0917 - fixtures
    chromium: Browser,
    world: World,
    app: Flask,
    session: Session,
    services: Services,
    scheme: str,
    locale: str,
    shown: str,
) -> None:
    code = refused(app, session, services)
    page = narrow(chromium, scheme=scheme, locale=locale)
    page.goto(f"{world.service}/embed/v1/demo/receipts")
    page.fill("#code", "abcd efgh ijkl mnop")
    page.press("#code", "Enter")
    expect(page.locator("#code-error")).to_be_visible()
    expect(page.locator("#code")).to_have_value("abcd efgh ijkl mnop")
    photograph(page, f"receipt-unknown-{locale}")

    page.fill("#code", code.upper())
    page.press("#code", "Enter")
    page.wait_for_url(f"**/receipts/{code}")
    expect(page.locator(".notice")).to_contain_text(shown)
    assert fits(page)
    photograph(page, f"receipt-refused-{locale}")
    page.fill("#text", "这不是骂人。")
    page.locator("button.send").click()
    page.wait_for_url(f"**/receipts/{code}")
    expect(page.locator(".notice")).to_have_count(2)
    expect(page.locator("main")).to_contain_text("这不是骂人。")
    expect(page.locator("textarea")).to_have_count(0)
    assert fits(page)
    photograph(page, f"receipt-appealed-{locale}")
    page.context.close()


def test_an_author_withdraws_by_his_number(
    chromium: Browser, world: World, app: Flask, session: Session, services: Services
) -> None:
    post_comments(app, services, [])
    origin = str(sites.find("demo", session=session).origins[0])
    code = a_comment(session, services, origin=origin).code
    page = narrow(chromium, scheme="light", locale="zh-CN")
    page.goto(f"{world.service}/embed/v1/demo/receipts/{code}")
    expect(page.get_by_role("button", name="撤回评论")).to_have_count(0)

    page.locator("summary").click()
    photograph(page, "receipt-waiting-zh-CN")
    page.get_by_role("button", name="撤回评论").click()

    expect(page.locator(".notice")).to_contain_text("你已撤回这条评论")
    page.context.close()

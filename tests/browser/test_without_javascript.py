"""Everything a reader without JavaScript can do, in Chromium with scripts off, within a page of another origin."""

import re
from collections.abc import Iterator
from urllib.request import urlopen
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, FrameLocator, Page, expect

from moderation.domain.policy import ChallengeMode, Mode
from moderation.extensions import db
from moderation.flows import sites
from moderation.flows.sites import SiteSettings
from moderation.ports import Services
from tests.browser.conftest import PATIENCE_MS, World, answer_of, photograph
from tests.factories import a_comment
from tests.served import served

pytestmark = pytest.mark.browser

THREAD = "1553855"
"""Of the portal's article `huahai`."""
ARTICLE = "/articles/huahai"
TITLE = "沁湾花海四月开放，周末可免费乘摆渡车"


@pytest.fixture
def root(app: Flask, services: Services, world: World) -> UUID:
    """Publish one comment with twelve replies, and two dozen below it."""
    with app.app_context():
        session = db.session()

        def change(mode: Mode, challenge: ChallengeMode) -> None:
            settings = SiteSettings(mode=mode, challenge=challenge)
            sites.change("demo", settings, session=session, services=services)

        change(Mode.POST, ChallengeMode.OFF)
        told = {"origin": world.portal, "thread_title": TITLE, "thread_url": f"{world.portal}{ARTICLE}"}
        for number in range(24):
            a_comment(session, services, f"第 {number} 位读者路过。", nickname="读者", **told)
        made = a_comment(session, services, "停车场够不够？", nickname="老李", **told).comment_id
        for number in range(12):
            a_comment(session, services, f"第 {number} 条回复。", nickname="小王", parent_id=made, **told)
        change(Mode.PRE, ChallengeMode.IMAGE)
        db.session.remove()
    return made


@pytest.fixture
def plain(chromium: Browser) -> Iterator[Page]:
    """Open a page that runs no script at all, on a phone."""
    context = chromium.new_context(
        locale="zh-CN", viewport={"width": 390, "height": 844}, java_script_enabled=False
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def framed(page: Page, world: World) -> FrameLocator:
    """Go to the article; return the frame in it."""
    page.goto(f"{world.portal}{ARTICLE}")
    return page.frame_locator(".comments iframe")


def solve(frame: FrameLocator | Page, app: Flask, services: Services) -> None:
    picture = frame.locator("form img").get_attribute("src") or ""
    frame.locator("[name=answer]").fill(answer_of(app, services, picture))


@pytest.mark.usefixtures("root")
def test_a_reader_reads_sorts_and_reaches_every_reply(plain: Page, world: World) -> None:
    frame = framed(plain, world)
    expect(frame.locator("h1")).to_have_text("留言与评论（共有 37 条评论）")
    expect(frame.locator(".list > li")).to_have_count(20)
    expect(frame.get_by_text("返回文章")).to_have_count(0)

    frame.get_by_role("link", name="最早").click()
    expect(frame.locator(".list > li").first).to_contain_text("第 0 位读者路过。")
    frame.get_by_role("link", name="最新").click()
    expect(frame.locator(".list > li").first).to_contain_text("停车场够不够？")
    frame.get_by_role("link", name="查看更多评论").click()
    expect(frame.locator(".list > li")).to_have_count(5)
    frame.get_by_role("link", name="最新").click()

    frame.get_by_role("link", name="查看其余 2 条回复").click()
    expect(frame.locator("h1")).to_have_text("老李 的评论与 12 条回复")
    expect(frame.locator(".replies > li")).to_have_count(12)
    expect(frame.locator(".replies > li").last).to_contain_text("第 11 条回复。")
    frame.get_by_role("link", name="查看全部评论").click()
    expect(frame.locator("h1")).to_have_text("留言与评论（共有 37 条评论）")


@pytest.mark.usefixtures("root")
def test_a_reader_takes_another_captcha_errs_and_posts_with_his_text_kept(
    plain: Page, world: World, app: Flask, services: Services
) -> None:
    frame = framed(plain, world)
    frame.get_by_role("link", name="回复 老李").click()
    expect(frame.locator("label[for=text]")).to_have_text("回复 老李")
    frame.locator("[name=text]").fill("西边有个\n大停车场")
    frame.locator("[name=nickname]").fill("晨曦")
    first = frame.locator("form img").get_attribute("src") or ""

    frame.get_by_role("button", name="换一张验证码").click()
    expect(frame.locator(f"form img:not([src='{first}'])")).to_have_count(1)
    expect(frame.locator("[name=text]")).to_have_value("西边有个\n大停车场")
    expect(frame.locator("[name=nickname]")).to_have_value("晨曦")
    expect(frame.locator("label[for=text]")).to_have_text("回复 老李")
    expect(frame.locator(".notice")).to_have_count(0)

    frame.locator("[name=answer]").fill("不对")
    frame.locator("[name=answer]").press("Enter")
    expect(frame.locator(".faults")).to_contain_text("验证码不对")
    expect(frame.locator("[name=text]")).to_have_value("西边有个\n大停车场")

    solve(frame, app, services)
    frame.locator("[name=answer]").press("Enter")
    expect(frame.locator(".notice")).to_contain_text("已收到，审核后显示。")
    expect(frame.locator("[name=text]")).to_have_value("")


def test_a_reader_who_can_use_no_captcha_posts_and_finds_its_status(plain: Page, world: World) -> None:
    frame = framed(plain, world)
    frame.locator("[name=text]").fill("我看不见图片")
    frame.locator("[name=nickname]").fill("晨曦")

    frame.get_by_label("看不了图片，也听不了声音").check()
    frame.locator("button.send").click()

    expect(frame.locator(".notice")).to_contain_text("已收到，审核后显示。")
    frame.get_by_role("link", name=re.compile("查看处理进度（回执号 [a-z2-7-]{19}）")).click()
    expect(frame.locator("main")).to_contain_text("我看不见图片")


def test_a_reader_reports_and_finds_the_comments_own_address(plain: Page, world: World, root: UUID) -> None:
    frame = framed(plain, world)

    frame.locator(f"#c-{root}").get_by_role("link", name="举报 老李 的评论").click()
    expect(frame.locator("blockquote")).to_contain_text("停车场够不够？")
    frame.locator("[name=reason]").first.check()
    frame.locator("button.send").click()
    expect(frame.locator("main")).to_contain_text("举报已收到")

    frame = framed(plain, world)
    frame.locator(f"#c-{root} .when").click()

    # Out of the frame, to the article itself.
    plain.wait_for_url(f"{world.portal}{ARTICLE}#comment-{root}")


@pytest.mark.usefixtures("root")
def test_what_is_typed_in_a_fragment_is_posted_from_the_services_page(
    plain: Page, world: World, app: Flask, services: Services
) -> None:
    with served(including_portal(world)) as portal:
        plain.goto(f"{portal}/light/zh-CN")
        expect(plain.locator(".moderation-list > li")).to_have_count(20)
        plain.fill("#moderation-text", "在文章页写的\n两行")
        plain.click(".moderation-form button")

        expect(plain.locator("[name=text]")).to_have_value("在文章页写的\n两行")
        plain.fill("[name=nickname]", "晨曦")
        solve(plain, app, services)
        plain.click("button.send")

        expect(plain.locator(".notice")).to_contain_text("已收到，审核后显示。")
        plain.click("text=返回文章")
        plain.wait_for_url(f"{world.portal}{ARTICLE}")


def including_portal(world: World) -> Flask:
    """Make a portal that puts the fragment into its page as it is made, in a light page or a dark one."""
    app = Flask("including", static_folder=None)

    @app.get("/<scheme>/<lang>")
    def article(scheme: str, lang: str) -> str:
        address = f"{world.service}/embed/v1/demo/fragment?thread={THREAD}&lang={lang}"
        with urlopen(address) as answer:
            part = answer.read().decode()
        colours = {"light": "background:#fff;color:#222", "dark": "background:#16181c;color:#ddd"}[scheme]
        link = {"light": "#0b65c2", "dark": "#8bf"}[scheme]
        return (
            f"<!doctype html><html lang={lang}><meta charset=utf-8><meta name=viewport content='width=device-width'>"
            f"<title>{TITLE}</title><style>body{{{colours};font-family:sans-serif}}a{{color:{link}}}</style>"
            f"<main><h1>{TITLE}</h1>{part}</main></html>"
        )

    return app


@pytest.mark.usefixtures("root")
def test_a_script_puts_the_count_where_it_stands(
    page: Page, world: World, app: Flask, services: Services
) -> None:
    portal = Flask("counting", static_folder=None)
    line = f'<script src="{world.service}/count.js" data-site="demo" data-thread="{{}}" async></script>'

    @portal.get("/")
    def article() -> str:
        lines = "".join(f"<p>共有 {line.format(key)} 条评论</p>" for key in (THREAD, "nothing-yet"))
        return f"<!doctype html><html lang=zh-CN><meta charset=utf-8><title>t</title>{lines}</html>"

    with served(portal) as address:
        with app.app_context():
            settings = SiteSettings(origins=(world.portal, address))
            sites.change("demo", settings, session=db.session(), services=services)
            db.session.remove()
        page.goto(address)

        expect(page.locator("p").first).to_have_text(re.compile("^共有 37 条评论$"))
        expect(page.locator("p").last).to_have_text(re.compile("^共有 0 条评论$"))


PAGES = {
    "frame": f"/embed/v1/demo/frame?thread={THREAD}",
    "posted": f"/embed/v1/demo/frame?thread={THREAD}&posted=pending&receipt=abcd-efgh-ijkl-mnop",
    "refused": f"/embed/v1/demo/frame?thread={THREAD}&posted=rejected&reason=insult",
    "branch": f"/embed/v1/demo/frame?thread={THREAD}&root={{root}}",
    "comment": "/embed/v1/demo/comments/{alone}",
    "gone": "/embed/v1/demo/comments/00000000-0000-7000-8000-000000000000",
}


@pytest.mark.parametrize("look", ["zh-CN-light", "zh-TW-dark", "en-light", "en-dark", "zh-CN-light-rtl"])
def test_every_page_is_whole_on_a_phone_and_a_desk(
    *, chromium: Browser, world: World, app: Flask, services: Services, root: UUID, look: str
) -> None:
    lang, _, scheme = look.removesuffix("-rtl").rpartition("-")
    alone = publish_without_article(app, services, world)
    # Chromium runs axe only where scripts may run; these pages have none of their own.
    context = chromium.new_context(locale=lang, color_scheme="dark" if scheme == "dark" else "light")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    faults: list[str] = []
    with served(including_portal(world)) as portal:
        query = f"&lang={lang}" + ("&dir=rtl" if look.endswith("rtl") else "")
        addresses = {
            name: f"{world.service}{path.format(root=root, alone=alone)}{query if '?' in path else f'?{query}'}"
            for name, path in PAGES.items()
        } | {"fragment": f"{portal}/{scheme}/{lang}"}
        for name, address in addresses.items():
            for width in (320, 1280):
                page.set_viewport_size({"width": width, "height": 900})
                page.goto(address)
                photograph(page, f"plain-{name}-{look}-{width}")
                faults += [
                    f"{name} {width}: {one['id']}: {one['nodes'][0]['html'][:200]}"
                    for one in Axe().run(page).response["violations"]
                ]
                if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    faults.append(f"{name}: wider than {width} px")
                scripts = page.evaluate("[...document.scripts].map(one => one.type)")
                assert set(scripts) <= {"application/ld+json"}
    context.close()
    assert not faults, "\n".join(faults)


def publish_without_article(app: Flask, services: Services, world: World) -> UUID:
    with app.app_context():
        session = db.session()
        settings = SiteSettings(mode=Mode.POST, challenge=ChallengeMode.OFF)
        sites.change("demo", settings, session=session, services=services)
        made = a_comment(
            session, services, "没有文章地址。", thread_key="alone", thread_title=TITLE, origin=world.portal
        ).comment_id
        settings = SiteSettings(challenge=ChallengeMode.IMAGE)
        sites.change("demo", settings, session=session, services=services)
        db.session.remove()
    return made

"""The rooms of an author, a thread and the settings in Chromium: by keyboard alone, and what readers see of it."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.domain.account import Role
from moderation.ports import Services
from moderation.store.tables import Author, Comment, Site, Thread
from tests.browser.conftest import World, photograph, sign_in
from tests.factories import WIDE, a_comment, an_account

pytestmark = pytest.mark.browser

TOKEN = "mod_author_" + "a" * 43
ARTICLE = "/articles/huahai"
HOSTILE = "<b id=hostile>投稿</b>"


@pytest.fixture
def desk(page: Page, world: World, services: Services, session: Session) -> Iterator[Page]:
    """Sign an owner in on a site that shows at once, with one author's comments; fail on any error of the page."""
    session.execute(update(Site).values(challenge="off", limits=WIDE, mode="rules"))
    session.commit()
    an_account(session, services, "bao", Role.OWNER)
    posted(session, services, "泽州的花海今年开得真早，周末带孩子去看看。")
    posted(session, services, "停车场够不够？去年堵了两个小时。")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    sign_in(page, world, "bao")
    yield page
    assert [line for line in errors if "422" not in line] == []


def posted(session: Session, services: Services, text: str) -> str:
    """Post as the author does from his browser; say the comment's status."""
    origin = session.scalars(select(Site.origins)).one()[0]
    session.rollback()
    receipt = a_comment(
        session, services, text, origin=origin, author_token=TOKEN, thread_key="huahai", thread_title="花海"
    )
    return str(receipt.status)


def author_page(desk: Page, world: World, session: Session) -> None:
    session.rollback()
    desk.goto(f"{world.service}/console/authors/{session.scalars(select(Author.id)).one()}")


def thread_page(desk: Page, world: World, session: Session) -> None:
    session.rollback()
    desk.goto(f"{world.service}/console/threads/{session.scalars(select(Thread.id)).first()}")


def box(desk: Page, world: World) -> Locator:
    """Open the article on the portal's own origin, as a stranger."""
    browser = desk.context.browser
    assert browser is not None
    reader = browser.new_context(locale="zh-CN").new_page()
    reader.goto(world.portal + ARTICLE)
    return reader.locator("moderation-comments")


def test_an_author_is_blocked_by_keys_and_his_next_comment_waits(
    desk: Page, world: World, session: Session, services: Services
) -> None:
    author_page(desk, world, session)
    keys = desk.keyboard
    keys.press("b")
    expect(desk.locator("#block-reason")).to_be_focused()
    keys.press("ArrowDown")
    keys.press("Tab")
    keys.press("Tab")
    keys.type("abrno 屡次辱骂")
    keys.press("Tab")
    keys.press("Enter")

    expect(desk.locator(".blocked")).to_contain_text("封禁至")
    expect(desk.locator(".history").first).to_contain_text("屡次辱骂")
    assert posted(session, services, "又来了") == "pending"
    desk.reload()
    expect(desk.locator(".told li").first).to_contain_text("又来了")
    keys.press("r")
    keys.press("2")
    expect(desk.locator(".stroke")).to_contain_text("已处理 1 条")
    expect(desk.locator(".told li").first).to_contain_text("Bao")
    keys.press("u")
    expect(desk.locator(".blocked")).to_have_count(0)
    assert posted(session, services, "好好说话") == "published"


def test_a_note_is_kept_by_keys(desk: Page, world: World, session: Session) -> None:
    author_page(desk, world, session)
    desk.keyboard.press("n")
    expect(desk.locator("#note")).to_be_focused()
    desk.keyboard.type("bun 常客")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")

    expect(desk.locator(".history")).to_contain_text("bun 常客")


def test_a_thread_is_frozen_by_a_key_and_the_portal_shows_it_until_undone(
    desk: Page, world: World, session: Session
) -> None:
    reader = box(desk, world)
    reader.locator("textarea").fill("文章下面的第一条")
    reader.locator(".nickname input").fill("老李")
    reader.locator(".send").click()
    expect(reader.locator(".list")).to_contain_text("文章下面的第一条")
    session.rollback()
    key = session.scalars(
        select(Thread.id).join(Comment, Comment.thread_id == Thread.id).where(Thread.key != "huahai")
    ).first()
    desk.goto(f"{world.service}/console/threads/{key}")

    desk.keyboard.press("h")
    expect(desk.locator(".page-head .badge")).to_have_text("关闭")
    closed = box(desk, world)
    expect(closed.locator(".closed")).to_have_text("本文的评论已关闭。")
    expect(closed.locator(".list")).to_contain_text("文章下面的第一条")
    expect(closed.locator("textarea")).to_have_count(0)
    desk.keyboard.press("u")
    expect(desk.locator(".page-head .badge")).to_have_text("命中规则的先审")
    expect(box(desk, world).locator("textarea")).to_be_visible()


def test_settings_are_mended_at_the_field_by_keyboard(desk: Page, world: World, session: Session) -> None:
    desk.goto(f"{world.service}/console/settings/demo")
    desk.locator("#patrol_percent").focus()
    desk.keyboard.press("Control+a")
    desk.keyboard.type("120")
    desk.keyboard.press("Enter")

    expect(desk.locator("#patrol_percent-fault")).to_have_text("请填 0 到 100 之间的整数。")
    expect(desk.locator("#patrol_percent")).to_have_value("120")
    desk.locator("[role=alert] a").focus()
    desk.keyboard.press("Enter")
    expect(desk.locator("#patrol_percent")).to_be_focused()
    desk.keyboard.press("Control+a")
    desk.keyboard.type("12")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("已保存，读者即刻生效。")).to_be_visible()
    session.rollback()
    assert session.scalars(select(Site.patrol_percent)).one() == 12


def test_an_emergency_closes_the_portals_form_and_its_end_opens_it(desk: Page, world: World) -> None:
    desk.goto(f"{world.service}/console/settings/demo")
    choice = desk.locator(".emergency-choice").first
    choice.locator("summary").focus()
    desk.keyboard.press("Enter")
    desk.keyboard.press("Tab")
    desk.keyboard.type("灌水")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")

    banner = desk.locator(".emergency")
    expect(banner).to_contain_text("已冻结：不能发表评论。")
    expect(box(desk, world).locator(".closed")).to_be_visible()
    desk.goto(f"{world.service}/console/queue")
    expect(banner).to_contain_text("灌水")
    photograph(desk, "rooms-emergency-queue")
    banner.locator("button").focus()
    desk.keyboard.press("Enter")
    expect(banner).to_have_count(0)
    expect(box(desk, world).locator("textarea")).to_be_visible()


def test_a_text_of_its_own_shows_in_the_box_as_text(desk: Page, world: World) -> None:
    desk.goto(f"{world.service}/console/settings/demo/texts")
    desk.locator("[name='text.zh-CN.send']").focus()
    desk.keyboard.insert_text(HOSTILE)
    desk.locator("[name='text.zh-CN.heading']").focus()
    desk.keyboard.insert_text("读者来信 {n} 封")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("已保存，读者即刻生效。")).to_be_visible()

    reader = box(desk, world)
    expect(reader.locator(".send")).to_have_text(HOSTILE)
    expect(reader.locator("h2")).to_have_text("读者来信 0 封")
    expect(reader.locator("#hostile")).to_have_count(0)


def test_what_may_be_said_before_the_service_answers_is_taken_from_the_line(page: Page, world: World) -> None:
    page.route("**/comments?*", lambda route: route.abort())
    page.goto(world.portal + ARTICLE)
    page.evaluate(
        """() => window.Moderation.mount(document.body, {site: "demo", thread: "x", unloaded: "信使没有回来。"})"""
    )

    expect(page.locator("body > moderation-comments").last.locator(".status")).to_contain_text(
        "信使没有回来。"
    )


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{page.url} {one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]


@pytest.mark.parametrize(
    "look", [(language, scheme) for language in ("zh-CN", "en") for scheme in ("light", "dark")], ids="-".join
)
def test_axe_finds_nothing_and_nothing_sticks_out(
    desk: Page, world: World, session: Session, services: Services, look: tuple[str, str]
) -> None:
    language, scheme = look
    desk.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    if language == "en":
        desk.locator("[name=language]").click()
    author_page(desk, world, session)
    desk.keyboard.press("b")
    desk.locator("#block-note").fill("屡次辱骂其他读者")
    desk.locator(".unfold form button").click()
    posted(session, services, "等待审核的一条，内容稍长一些，看看行高与宽度是否合适，是否容易阅读。")
    desk.locator("#note").fill("去年也被封过一次，多半是同一个人。")
    desk.locator("form[action$=notes] button").click()
    found = []
    for size, name in (((1280, 900), "desk"), ((390, 844), "phone")):
        desk.set_viewport_size({"width": size[0], "height": size[1]})
        for path, opens in (
            ("author", None),
            ("thread", ".toolbar .unfold > summary"),
            ("/console/settings/demo", ".emergency-choice summary"),
            (f"/console/settings/demo/texts?language={language}", None),
        ):
            if path == "author":
                author_page(desk, world, session)
            elif path == "thread":
                thread_page(desk, world, session)
            else:
                desk.goto(world.service + path)
            if opens:
                desk.locator(opens).first.click()
            found += violations(desk)
            assert desk.evaluate("document.documentElement.scrollWidth") <= size[0], path
            short = path.split("?")[0].rpartition("/")[2]
            desk.screenshot(
                path=f"artefacts/rooms-{short}-{name}-{language}-{scheme}.png", full_page=name == "phone"
            )

    assert found == []

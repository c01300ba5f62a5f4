"""What readers do with comments that are there, and authors with their own: in a real Chromium, under a strict policy."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.embed_stub import Stub, make
from tests.browser.stub.conftest import FLOWERS, FLOWERS_THREAD, opened, posted

pytestmark = pytest.mark.browser


def test_a_like_counts_at_once_and_stays_after_a_reload(page: Page, portal: str, stub: Stub) -> None:
    box = opened(page, portal + FLOWERS)
    heart = box.locator(".like").first
    with page.expect_response("**/like"):
        heart.click()

    expect(heart).to_have_text("1")
    expect(heart).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(heart).to_have_attribute("aria-pressed", "true")
    with page.expect_response("**/like"):
        heart.click()
    expect(heart).to_have_attribute("aria-label", "赞 0")
    assert [len(tokens) for tokens in stub.likes.values()] == [0]


def test_a_like_that_the_service_refuses_turns_back(page: Page, portal: str, stub: Stub) -> None:
    stub.failures = [("too-many-requests", 429, {"retry_after_seconds": 9})]
    box = opened(page, portal + FLOWERS)
    heart = box.locator(".like").first
    heart.click()

    expect(heart).to_have_attribute("aria-pressed", "false")
    expect(heart).to_have_text("赞")
    assert stub.failures == []


def test_the_most_liked_stand_first_when_asked_for(page: Page, portal: str, stub: Stub) -> None:
    roots = [
        each
        for each in stub.comments[FLOWERS_THREAD]
        if each["root"] is None and each["status"] == "published"
    ]
    roots[0]["like_count"], roots[1]["like_count"] = 3, 7
    box = opened(page, portal + FLOWERS)
    box.get_by_role("button", name="最热").click()

    expect(box.locator(".list > li .words").first).to_have_text(roots[1]["text"])
    expect(box.locator(".list > li .like").first).to_have_text("7")


def test_a_report_needs_a_reason_and_answers_with_a_receipt(page: Page, portal: str, stub: Stub) -> None:
    box = opened(page, portal + FLOWERS)
    box.locator("[data-does=report]").first.click()
    panel = box.locator(".panel")
    panel.locator(".send").click()
    expect(panel.locator(".error").first).to_have_text("请填写这一项。")
    expect(panel.locator("select")).to_be_focused()
    panel.locator("select").select_option("insult")
    panel.locator("textarea").fill("请看第二句")
    panel.locator(".send").click()

    expect(box.locator(".open .notice")).to_contain_text("回执号：")
    expect(box.locator(".open .notice a")).to_have_text("abcd-efgh-ijkl-mnop")
    assert [(each["reason"], each["note"]) for each in stub.reports] == [("insult", "请看第二句")]


def test_a_panel_closes_by_its_button_and_gives_the_focus_back(page: Page, portal: str) -> None:
    box = opened(page, portal + FLOWERS)
    button = box.locator("[data-does=report]").nth(1)
    button.click()
    expect(box.locator(".panel")).to_have_count(1)
    box.locator("[data-does=report]").nth(2).click()
    expect(box.locator(".panel")).to_have_count(1)
    box.locator(".panel").get_by_role("button", name="取消").click()

    expect(box.locator(".panel")).to_have_count(0)
    expect(box.locator("[data-does=report]").nth(2)).to_be_focused()


def test_an_author_changes_his_waiting_comment(page: Page, portal: str, stub: Stub) -> None:
    stub.challenge = "off"
    box = opened(page, portal + FLOWERS)
    posted(box, "停车场在哪里")
    box.locator("[data-does=edit]").click()
    expect(box.locator(".panel textarea")).to_have_value("停车场在哪里")
    box.locator(".panel textarea").fill("停车场在东门")
    box.locator(".panel .send").click()

    expect(box.locator(".words").filter(has_text="停车场在东门")).to_be_visible()
    expect(box.locator(".panel")).to_have_count(0)
    expect(box.locator("[data-does=edit]")).to_be_focused()
    page.reload()
    expect(box.locator(".words").filter(has_text="停车场在东门")).to_be_visible()


def test_an_edit_that_is_refused_keeps_the_words(page: Page, portal: str, stub: Stub) -> None:
    stub.challenge = "off"
    box = opened(page, portal + FLOWERS)
    posted(box, "停车场在哪里")
    stub.failures = [("revision-stale", 409, {})]
    box.locator("[data-does=edit]").click()
    box.locator(".panel textarea").fill("改过的")
    box.locator(".panel .send").click()

    expect(box.locator(".panel .notice")).to_contain_text("评论已有变动")
    expect(box.locator(".panel textarea")).to_have_value("改过的")


def test_an_author_withdraws_after_being_asked_once_more(page: Page, portal: str, stub: Stub) -> None:
    stub.challenge = "off"
    box = opened(page, portal + FLOWERS)
    place = posted(box, "直接 说错了")
    place.locator("[data-does=withdraw]").click()
    box.locator(".panel").get_by_role("button", name="取消").click()
    expect(place).to_be_visible()
    place.locator("[data-does=withdraw]").click()
    box.locator(".panel .send").click()

    expect(place).to_have_count(0)
    expect(box.locator("h2")).to_have_text("留言与评论（共有 12 条评论）")


def test_after_the_time_for_edits_only_withdrawing_is_left(page: Page, portal: str, stub: Stub) -> None:
    stub.challenge, stub.edit_minutes = "off", 0
    box = opened(page, portal + FLOWERS)
    place = posted(box, "停车场在哪里")

    expect(place.locator("[data-does=edit]")).to_have_count(0)
    expect(place.locator("[data-does=withdraw]")).to_be_visible()


def test_a_refused_author_is_led_to_his_appeal(page: Page, portal: str, stub: Stub) -> None:
    stub.challenge = "off"
    box = opened(page, portal + FLOWERS)
    box.locator("textarea").fill("拒绝 这一条")
    box.locator(".nickname input").fill("晨曦")
    box.locator(".send").click()

    link = box.get_by_role("link", name="申诉")
    expect(link).to_have_attribute("href", re.compile(r"/embed/v1/demo/receipts/code-"))
    expect(link).to_have_attribute("rel", "noopener")


def test_a_reader_takes_everything_along_or_erases_it(page: Page, portal: str, stub: Stub) -> None:
    stub.challenge = "off"
    box = opened(page, portal + FLOWERS)
    posted(box, "直接 一条")
    with page.expect_download() as saved:
        box.get_by_role("button", name="导出我的评论").click()
    assert saved.value.suggested_filename == "demo.json"
    box.get_by_role("button", name="删除我的全部评论").click()
    expect(box.locator("h2")).to_have_text("留言与评论（共有 13 条评论）")
    box.get_by_role("button", name="全部删除").click()

    expect(box.locator(".status")).to_have_text("已全部删除。")
    expect(box.locator("h2")).to_have_text("留言与评论（共有 12 条评论）")
    assert page.evaluate("localStorage.getItem('moderation:demo:author')") is None


# Permalinks -----------------------------------------------------------------------------------------------------


def test_a_permalink_leads_to_a_comment_that_is_on_the_page(page: Page, portal: str, stub: Stub) -> None:
    oldest = stub.comments[FLOWERS_THREAD][0]
    box = opened(page, f"{portal}{FLOWERS}#comment-{oldest['id']}")

    place = box.locator("article").filter(has_text=oldest["text"])
    expect(place).to_be_focused()
    expect(place).to_have_class("linked")
    expect(place).to_be_in_viewport()


def test_a_permalink_fetches_a_comment_of_a_later_page(page: Page, portal: str, stub: Stub) -> None:
    part = stub.comments[FLOWERS_THREAD]
    for number in range(30):
        part.append(make(stub, {"nickname": f"读者{number}", "text": "早"}, None, status="published"))
    first = part[0]
    box = opened(page, f"{portal}{FLOWERS}#comment-{first['id']}")

    expect(box.locator(".list > li").first).to_contain_text(first["text"])
    expect(box.locator(".list > li")).to_have_count(21)
    box.get_by_role("button", name="查看更多评论").click()
    expect(box.locator("article").filter(has_text=first["text"])).to_have_count(1)


def test_the_time_of_a_comment_is_its_permalink(page: Page, portal: str, stub: Stub) -> None:
    box = opened(page, portal + FLOWERS)
    link = box.locator(".list > li").last.locator(".when").first
    address = link.get_attribute("href") or ""
    link.click()

    assert address.startswith(f"{portal}{FLOWERS}#comment-")
    expect(box.locator(".linked")).to_have_count(1)
    assert stub.posts == []


# Challenges -----------------------------------------------------------------------------------------------------


def test_work_that_nobody_sees_is_done_while_the_reader_writes(page: Page, portal: str, stub: Stub) -> None:
    stub.challenge = "pow"
    box = opened(page, portal + FLOWERS)
    page.evaluate(
        "window.blocked = []; new PerformanceObserver((list) => blocked.push(...list.getEntries().map((e) => e.duration)))"
        ".observe({type: 'longtask'})"
    )
    place = posted(box, "直接 不用验证码")

    expect(place).to_be_visible()
    expect(box.locator(".answer")).to_be_hidden()
    assert "challenge_proof" in stub.posts[0]
    # A key is derived off the page's thread: typing never stutters (a task of 50 ms counts as long).
    assert max(page.evaluate("blocked"), default=0) < 200


def test_who_needs_more_is_asked_for_a_picture_and_keeps_his_words(
    page: Page, portal: str, stub: Stub
) -> None:
    stub.challenge = "adaptive"
    stub.failures = [("challenge-required", 422, {"challenge": "image"})]
    box = opened(page, portal + FLOWERS)
    box.locator("textarea").fill("直接 看 example.com")
    box.locator(".nickname input").fill("晨曦")
    box.locator(".send").click()
    expect(box.locator(".notice")).to_contain_text("还需要填写验证码")
    image = box.locator(".answer img")
    expect(image).to_have_attribute("src", re.compile(r"\.webp$"))
    number = int((image.get_attribute("src") or "").rsplit("/", 1)[1].removesuffix(".webp"))
    box.locator(".answer input").fill(str(number % 9 + 5))
    box.locator(".send").click()

    expect(box.locator(".notice")).to_have_text("已发表，谢谢。")
    assert [each.get("wants") for each in stub.asked] == [None, "image", "image"]
    assert stub.posts[0]["key"] == stub.posts[1]["key"]


def test_a_picture_can_be_heard_instead(page: Page, portal: str, stub: Stub) -> None:
    stub.has_sound = True
    box = opened(page, portal + FLOWERS)
    box.locator("textarea").fill("直接 听")
    box.get_by_role("button", name="听验证码").click()

    expect(box.locator(".answer input")).to_have_attribute("placeholder", "输入听到的数字")
    expect(box.locator(".answer input")).to_be_focused()
    assert stub.heard == ["1"]


def test_who_can_neither_see_nor_hear_lets_his_browser_work(page: Page, portal: str, stub: Stub) -> None:
    box = opened(page, portal + FLOWERS)
    box.locator("textarea").fill("没有图片也能写")
    box.locator(".nickname input").fill("晨曦")
    box.get_by_role("button", name="看不了，也听不了？").click()
    expect(box.get_by_text("浏览器正在代为验证")).to_be_visible()
    box.locator(".send").first.click()

    expect(box.locator(".notice")).to_have_text("已收到，审核后显示。")
    assert "challenge_proof" in stub.posts[0]


def test_an_expired_picture_is_replaced_and_everything_typed_stays(
    page: Page, portal: str, stub: Stub
) -> None:
    stub.expires_in_seconds = 5
    box = opened(page, portal + FLOWERS)
    box.locator("textarea").fill("慢慢写")
    image = box.locator(".answer img")
    expect(image).to_have_attribute("src", re.compile(r"/1\.webp$"))
    box.locator(".answer input").fill("7")

    expect(image).to_have_attribute("src", re.compile(r"/[23]\.webp$"))
    expect(box.locator(".answer .error")).to_contain_text("验证码过期了")
    expect(box.locator("textarea")).to_have_value("慢慢写")


# Sign-in --------------------------------------------------------------------------------------------------------


def token(name: str) -> str:
    """Return what looks to the script like a portal's token."""
    import base64
    import json

    claims = base64.urlsafe_b64encode(json.dumps({"name": name}).encode()).decode().rstrip("=")
    return f"e30.{claims}.c2ln"


def test_a_signed_in_reader_writes_under_the_portals_name(page: Page, portal: str, stub: Stub) -> None:
    stub.challenge, stub.sign_in = "off", "required"
    sent: list[str | None] = []
    page.on("request", lambda request: sent.append(request.headers.get("portal-token")))
    box = opened(page, portal + FLOWERS)
    expect(box.locator(".closed")).to_have_text("登录后才能评论。")
    page.evaluate("t => document.querySelector('moderation-comments').dataset.portalToken = t", token("林晨"))
    expect(box.get_by_text("以 林晨 的名义发表")).to_be_visible()
    expect(box.locator(".nickname")).to_have_count(0)
    box.locator("textarea").fill("直接 签了名的")
    box.locator(".send").click()

    expect(box.locator(".notice")).to_have_text("已发表，谢谢。")
    assert token("林晨") in sent
    assert stub.posts[0]["nickname"] == "林晨"


def test_a_portal_can_lead_to_its_own_sign_in(page: Page, portal: str, stub: Stub) -> None:
    stub.sign_in = "required"
    box = opened(page, portal + FLOWERS)
    page.evaluate(
        "Moderation.mount(document.querySelector('.foot'), {site: 'demo', thread: '1553861', signIn: '/login'})"
    )

    expect(page.locator(".foot").get_by_role("link", name="登录后才能评论。")).to_have_attribute(
        "href", "/login"
    )
    expect(box.locator("form")).to_have_count(0)


# The page around it ---------------------------------------------------------------------------------------------


def test_the_box_takes_the_place_of_what_the_server_wrote_into_the_page(page: Page, portal: str) -> None:
    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => { const old = document.createElement('div');"
        "old.dataset.moderationFragment = ''; old.dataset.thread = '1553855'; old.textContent = 'server';"
        "document.body.append(old) })"
    )
    opened(page, portal + FLOWERS)

    expect(page.locator("[data-moderation-fragment]")).to_have_count(0)


def test_a_lost_list_comes_when_the_network_is_back(page: Page, portal: str) -> None:
    page.route("**/api/v1/**", lambda route: route.abort())
    page.goto(portal + FLOWERS)
    box = page.locator("moderation-comments")
    expect(box.locator(".status")).to_contain_text("评论暂时没有载入")
    page.unroute("**/api/v1/**")
    page.evaluate("dispatchEvent(new Event('online'))")

    expect(box.locator("h2")).to_have_text("留言与评论（共有 12 条评论）")


def test_beyond_two_levels_a_reply_quotes_what_it_answers(page: Page, portal: str, stub: Stub) -> None:
    part = stub.comments[FLOWERS_THREAD]
    parent = next(each for each in part if each["root"])
    part.append(make(stub, {"nickname": "路人", "text": "同意"}, parent, status="published"))
    box = opened(page, portal + FLOWERS)

    place = box.locator(".replies article").filter(has_text="同意")
    expect(place.locator("blockquote")).to_have_text(parent["text"])
    expect(place).to_contain_text(f"回复 {parent['nickname']}")


def test_the_whole_box_is_reached_by_the_keyboard_alone(page: Page, portal: str, stub: Stub) -> None:
    stub.challenge = "off"
    box = opened(page, portal + FLOWERS)
    box.locator(".sorts button").first.focus()
    reached = []
    for _ in range(9):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "() => { const e = document.querySelector('moderation-comments').shadowRoot.activeElement;"
                "return e.dataset.does || e.localName + '.' + (e.className.split(' ').pop()) }"
            )
        )
    page.keyboard.press("Shift+Tab")

    assert reached[:2] == ["button.plain", "button.plain"]
    assert reached[2:5] == ["textarea.", "input.", "button.send"]
    assert "report" in reached
    assert (
        page.evaluate(
            "() => getComputedStyle(document.querySelector('moderation-comments').shadowRoot.activeElement).outlineStyle"
        )
        == "solid"
    )


def test_the_back_button_brings_the_words_back(page: Page, portal: str) -> None:
    box = opened(page, portal + FLOWERS)
    box.locator("textarea").fill("写了一半")
    page.goto(portal)
    page.go_back()

    expect(box.locator("textarea")).to_have_value("写了一半")


def test_at_twice_the_size_nothing_is_lost(chromium: Browser, portal: str, stub: Stub) -> None:
    # What a desktop of 1280 px shows at 200 %: half as many CSS pixels, each twice as large.
    context = chromium.new_context(
        locale="zh-CN", viewport={"width": 640, "height": 450}, device_scale_factor=2
    )
    page = context.new_page()
    stub.has_sound = True
    box = opened(page, portal + FLOWERS)
    box.locator("textarea").fill("大字")
    expect(box.locator(".answer img")).to_have_attribute("src", re.compile(r"\.webp$"))
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    for part in (".answer input", ".send", ".sorts button", "[data-does=report]", ".like"):
        expect(box.locator(part).first).to_be_visible()
    context.close()

    assert over <= 0


def test_nothing_is_wider_than_a_narrow_screen(page: Page, portal: str, stub: Stub) -> None:
    stub.has_sound = True
    page.set_viewport_size({"width": 320, "height": 700})
    part = stub.comments[FLOWERS_THREAD]
    part.append(make(stub, {"nickname": "长" * 24, "text": "w" * 300}, part[0], status="published"))
    box = opened(page, portal + FLOWERS)
    box.locator("textarea").fill("窄")
    expect(box.locator(".answer img")).to_have_attribute("src", re.compile(r"\.webp$"))
    box.locator("[data-does=report]").first.click()

    wide = page.evaluate(
        "() => { const root = document.querySelector('moderation-comments').shadowRoot;"
        "return [...root.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1"
        " && !e.closest('.sr')).map((e) => e.className || e.localName) }"
    )
    assert wide == []
    small = page.evaluate(
        "() => [...document.querySelector('moderation-comments').shadowRoot.querySelectorAll('button, a.plain, select')]"
        ".map((e) => [e.textContent, e.getBoundingClientRect().height]).filter(([, h]) => h && h < 44)"
    )
    assert small == []


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_it_reads_in_the_direction_of_its_page(page: Page, portal: str, direction: str) -> None:
    page.add_init_script(
        f"addEventListener('DOMContentLoaded', () => {{ document.documentElement.dir = '{direction}';"
        f"document.documentElement.lang = '{'ar' if direction == 'rtl' else 'en'}' }})"
    )
    box = opened(page, portal + FLOWERS)
    name = box.locator(".list .name").first.bounding_box()
    report = box.locator("[data-does=report]").first.bounding_box()

    assert name is not None
    assert report is not None
    assert (name["x"] < report["x"]) is (direction == "ltr")
    expect(box.locator("h2")).to_have_text("留言与评论（共有 12 条评论）")


def test_nothing_moves_for_who_wants_no_motion(chromium: Browser, portal: str) -> None:
    context = chromium.new_context(reduced_motion="reduce", locale="zh-CN")
    page = context.new_page()
    opened(page, portal + FLOWERS)
    moving = page.evaluate(
        "() => [...document.querySelector('moderation-comments').shadowRoot.querySelectorAll('*')].filter((e) => {"
        "const s = getComputedStyle(e); return s.animationName !== 'none' || parseFloat(s.transitionDuration) > 0 }).length"
    )
    context.close()

    assert moving == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_axe_finds_nothing_in_what_opens(
    chromium: Browser, portal: str, stub: Stub, scheme: str, language: str
) -> None:
    stub.challenge, stub.has_sound = "off", True
    context = chromium.new_context(
        color_scheme="dark" if scheme == "dark" else "light", bypass_csp=True, locale=language
    )
    page = context.new_page()
    box = opened(page, portal + FLOWERS)
    posted(box, "直接 一条")
    box.locator(".like").nth(2).click()
    for does in ("edit", "withdraw", "report"):
        box.locator(f"[data-does={does}]").first.click()
        box.locator(".panel .send").last.click() if does == "report" else None
        violations = Axe().run(page).response["violations"]
        assert violations == [], does
    context.close()


def test_forced_colours_leave_edges_and_mark_what_is_chosen(chromium: Browser, portal: str) -> None:
    context = chromium.new_context(forced_colors="active", locale="zh-CN")
    page = context.new_page()
    box = opened(page, portal + FLOWERS)
    edge = box.locator(".send").evaluate("e => getComputedStyle(e).borderTopWidth")
    chosen, other = (
        box.locator(".sorts button").nth(place).evaluate("e => getComputedStyle(e).textDecorationLine")
        for place in (0, 1)
    )
    context.close()

    assert edge == "1px"
    assert (chosen, other) == ("underline", "none")

"""The embed in a real Chromium, on the sample portal and under its strict policy, against the stub service."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.embed_stub import Stub, make
from tests.browser.stub.conftest import FLOWERS, opened, write

pytestmark = pytest.mark.browser


def test_comments_are_counted_and_listed_under_the_strict_policy(page: Page, portal: str) -> None:
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    box = opened(page, portal + FLOWERS)

    expect(box.locator("h2")).to_have_text("留言与评论（共有 12 条评论）")
    expect(box.locator(".replies li").first).to_contain_text("回复")
    assert faults == []


def test_counts_of_a_whole_page_cost_one_request(page: Page, portal: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(portal)

    expect(page.locator("[data-moderation-count]").first).to_have_text("12")
    assert sum("/counts" in url for url in asked) == 1


def test_the_captcha_is_fetched_only_when_the_reader_writes(page: Page, portal: str, stub: Stub) -> None:
    box = opened(page, portal + FLOWERS)
    box.locator("textarea").click()
    before = stub.challenges
    box.locator("textarea").fill("写")

    expect(box.locator(".answer img")).to_have_attribute("src", re.compile(r"/1\.webp$"))
    assert (before, stub.challenges) == (0, 1)


def test_an_empty_form_names_each_missing_field_and_focuses_the_first(page: Page, portal: str) -> None:
    box = opened(page, portal + FLOWERS)
    box.locator(".send").click()

    expect(box.locator(".error:not(:empty)")).to_have_count(2)
    expect(box.locator("textarea")).to_be_focused()


def test_a_double_click_posts_once_and_the_comment_waits_in_place(
    page: Page, portal: str, stub: Stub
) -> None:
    box = opened(page, portal + FLOWERS)
    write(box.locator("form"), "周六去过了。\n第二行")
    box.locator(".send").dblclick()

    expect(box.locator(".notice")).to_have_text("已收到，审核后显示。")
    expect(box.locator(".state")).to_have_text("你的评论 · 等待审核")
    assert len(stub.posts) == 1
    assert re.fullmatch(r"mod_author_[A-Za-z0-9_-]{43}", stub.posts[0]["token"])
    page.reload()
    expect(box.locator(".state")).to_have_text("你的评论 · 等待审核")


def test_a_wrong_answer_brings_a_new_image_and_keeps_the_text(page: Page, portal: str, stub: Stub) -> None:
    box = opened(page, portal + FLOWERS)
    write(box.locator("form"), "内容还在")
    box.locator(".answer input").fill("0")
    box.locator(".send").click()

    expect(box.locator(".notice")).to_contain_text("验证码不对")
    expect(box.locator(".answer input")).to_be_focused()
    expect(box.locator("textarea")).to_have_value("内容还在")
    assert stub.challenges == 2


def test_too_fast_counts_down_and_then_sends_with_the_same_key(page: Page, portal: str, stub: Stub) -> None:
    stub.failures = [("too-many-requests", 429, {"retry_after_seconds": 1})]
    box = opened(page, portal + FLOWERS)
    write(box.locator("form"), "直接 慢慢来")
    box.locator(".send").click()
    expect(box.locator(".notice")).to_have_text("发得太快了，请 1 秒后再试。")
    expect(box.locator(".notice")).to_have_text("现在可以发送了。")
    box.locator(".send").click()

    expect(box.locator(".notice")).to_have_text("已发表，谢谢。")
    assert stub.posts[0]["key"] == stub.posts[1]["key"]


def test_a_dropped_network_keeps_the_text_for_a_retry_even_after_a_reload(
    page: Page, portal: str, stub: Stub
) -> None:
    box = opened(page, portal + FLOWERS)
    write(box.locator("form"), "直接 断网时写的")
    page.context.set_offline(offline=True)
    box.locator(".send").click()
    expect(box.locator(".notice")).to_contain_text("网络断开了")
    page.context.set_offline(offline=False)
    page.reload()
    expect(box.locator("textarea")).to_have_value("直接 断网时写的")
    write(box.locator("form"), "直接 断网时写的")
    box.locator(".send").click()

    expect(box.locator("h2")).to_have_text("留言与评论（共有 13 条评论）")
    expect(box.locator("textarea")).to_have_value("")
    assert len(stub.posts) == 1


def test_a_refused_comment_says_why_and_stays_to_be_changed(page: Page, portal: str) -> None:
    box = opened(page, portal + FLOWERS)
    write(box.locator("form"), "拒绝 这是广告")
    box.locator(".send").click()

    expect(box.locator(".notice")).to_have_text("没有发表：含有广告。可以修改后再发。")
    expect(box.locator("textarea")).to_have_value("拒绝 这是广告")


def test_a_reply_stands_under_its_root_and_takes_the_focus(page: Page, portal: str) -> None:
    box = opened(page, portal + FLOWERS)
    box.get_by_role("button", name="回复 阿宁").click()
    write(box.locator(".list form"), "直接 带它去了")
    box.locator(".list .send").click()

    reply = box.locator(".replies article").filter(has_text="带它去了")
    expect(box.locator(".list > li").filter(has_text="带它去了")).to_contain_text("阿宁")
    expect(reply.locator("blockquote")).to_have_count(0)
    expect(reply).to_be_focused()


def test_a_closed_thread_lists_without_a_form(page: Page, portal: str) -> None:
    box = opened(page, f"{portal}/articles/shequ")

    expect(box.locator(".closed")).to_have_text("本文的评论已关闭。")
    expect(box.locator("form")).to_have_count(0)


def test_more_comments_and_replies_come_by_cursor_and_stay_after_posting(
    page: Page, portal: str, stub: Stub
) -> None:
    stub.challenge = "off"
    part = stub.comments.setdefault("1553880", [])
    for number in range(24):
        part.append(make(stub, {"nickname": f"读者{number}", "text": "路滑"}, None, status="published"))
    for number in range(12):
        part.append(
            make(stub, {"nickname": f"答{number}", "text": "慢走"}, part[-1 - number], status="published")
        )
    box = opened(page, f"{portal}/articles/chuxue")
    box.get_by_role("button", name="查看更多评论").click()
    expect(box.locator(".list > li")).to_have_count(26)
    box.get_by_role("button", name="查看其余 2 条回复").click()
    expect(box.locator(".replies").first.locator("li")).to_have_count(12)
    box.locator("textarea").fill("直接 也滑倒了")
    box.locator(".nickname input").fill("晨曦")
    box.locator(".send").click()

    expect(box.locator("h2")).to_have_text("留言与评论（共有 39 条评论）")
    expect(box.locator(".list > li")).to_have_count(27)
    expect(box.locator(".replies li")).to_have_count(12)


def test_markup_in_a_comment_is_only_text(page: Page, portal: str) -> None:
    box = opened(page, portal + FLOWERS)
    write(box.locator("form"), "直接 <img src=x onerror=alert(1)>")
    box.locator(".send").click()

    expect(box.locator(".words").first).to_have_text("直接 <img src=x onerror=alert(1)>")
    expect(box.locator(".words img")).to_have_count(0)


def test_blocked_storage_does_not_stop_a_comment(page: Page, portal: str) -> None:
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('blocked') }})"
    )
    box = opened(page, portal + FLOWERS)
    write(box.locator("form"), "直接 没有存储")
    box.locator(".send").click()

    expect(box.locator(".notice")).to_have_text("已发表，谢谢。")


def test_a_single_page_site_mounts_several_threads_and_changes_them(page: Page, portal: str) -> None:
    opened(page, portal + FLOWERS)
    place = "Moderation.mount(document.querySelector('.foot'), {site: 'demo', thread: '%s', lang: 'en'})"
    page.evaluate(place % "1553861")
    expect(page.locator(".foot h2")).to_have_text("Comments (7)")
    page.evaluate(place % "1553872")

    expect(page.locator(".foot h2")).to_have_text("Comments (4)")
    expect(page.locator("moderation-comments")).to_have_count(2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", FLOWERS, "/articles/harvest-fair"])
def test_axe_finds_nothing(chromium: Browser, portal: str, scheme: str, path: str) -> None:
    # axe is injected as inline script, which the portal's policy rightly refuses.
    context = chromium.new_context(color_scheme="dark" if scheme == "dark" else "light", bypass_csp=True)
    page = context.new_page()
    page.goto(portal + path)
    if path != "/":
        page.locator("moderation-comments .send").click()
    violations = Axe().run(page).response["violations"]
    context.close()

    assert violations == []

"""The pages of docs/integrate in a real Chromium: what is printed there is pasted into a page and looked at."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.request import urlopen

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from moderation.ports import Services
from tests.integrate import npm
from tests.integrate.portal import Portal, portal_beside, say
from tests.integrate.printed import SITE, THREAD, policy, printed
from tests.integrate.tokens import a_key
from tests.portal import a_token

pytestmark = pytest.mark.browser

OTHER_THREAD: Final = "1553861"
SSI: Final = re.compile(r"<!--#.*-->")


@pytest.fixture
def portal(app: Flask, services: Services) -> Iterator[Portal]:
    with portal_beside(app, services) as portal:
        say(app, services, "花海开得真早", origin=portal.url)
        say(app, services, "菜市宽敞多了", thread=OTHER_THREAD, origin=portal.url)
        yield portal


@pytest.fixture
def faults(page: Page) -> list[str]:
    """Collect what the page throws and what its policy forbids."""
    seen: list[str] = []
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("console", lambda said: seen.extend([said.text] if said.type == "error" else []))
    return seen


# Plain HTML ---------------------------------------------------------------------------------------------------


def test_the_lines_for_any_page_show_the_comments_under_the_printed_policy(
    page: Page, portal: Portal, faults: list[str]
) -> None:
    portal.policy = policy("html", portal.service)

    page.goto(portal.article(printed("html", "html", portal.service)))

    expect(page.locator("moderation-comments")).to_contain_text("花海开得真早")
    assert faults == []


def test_the_lines_for_any_page_show_the_comments_without_javascript(
    chromium: Browser, portal: Portal
) -> None:
    portal.policy = policy("html", portal.service)
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(portal.article(printed("html", "html", portal.service)))

    frame = page.frame_locator("iframe")
    expect(frame.locator(".list")).to_contain_text("花海开得真早")
    expect(frame.locator("textarea")).to_be_visible()
    context.close()


# Single-page applications -------------------------------------------------------------------------------------

VUE_APP = """
import { createApp, h, ref } from "vue";
import Comments from "./Comments.vue";
const thread = ref("1553855");
window.go = (to) => (thread.value = to);
createApp({ render: () => thread.value && h("article", [h(Comments, { thread: thread.value })]) }).mount("#app");
"""
REACT_APP = """
import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { Comments } from "./Comments.jsx";
function App() {
  const [thread, go] = useState("1553855");
  window.go = go;
  return thread && <article><Comments thread={thread} /></article>;
}
createRoot(document.getElementById("app")).render(<StrictMode><App /></StrictMode>);
"""
COMPILE_VUE = """
const { parse, compileScript } = require("@vue/compiler-sfc");
const fs = require("fs");
const { descriptor, errors } = parse(fs.readFileSync("Comments.vue", "utf8"));
if (errors.length) throw errors[0];
fs.writeFileSync("Comments.vue", compileScript(descriptor, { id: "comments", inlineTemplate: true }).content);
"""


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return npm.install(tmp_path_factory.mktemp("npm"), "vue@3", "react@19", "react-dom@19", "esbuild@0.28")


def bundle(name: str, portal: Portal, packages: Path) -> str:
    """Build a small application around the printed component with the framework's own tools."""
    folder = packages / name
    folder.mkdir(exist_ok=True)
    component = {"vue": "Comments.vue", "react": "Comments.jsx"}[name]
    for file in ("moderation.js", component):
        (folder / file).write_text(printed(name, file, portal.service), encoding="utf-8")
    (folder / "main.jsx").write_text({"vue": VUE_APP, "react": REACT_APP}[name], encoding="utf-8")
    if name == "vue":
        npm.run(folder, "node", "-e", COMPILE_VUE)
    return npm.run(
        folder,
        "../node_modules/.bin/esbuild",
        *("main.jsx", "--bundle", "--jsx=automatic", "--loader:.vue=js", "--log-level=warning"),
        *('--define:process.env.NODE_ENV="development"', "--define:__VUE_OPTIONS_API__=true"),
        *("--define:__VUE_PROD_DEVTOOLS__=false", "--define:__VUE_PROD_HYDRATION_MISMATCH_DETAILS__=false"),
    )


def start(name: str, portal: Portal, packages: Path) -> str:
    portal.policy = policy(name, portal.service)
    portal.pages["main.js"] = bundle(name, portal, packages)
    return portal.article('<div id="app"></div><script src="/main.js"></script>')


@pytest.mark.parametrize("name", ["vue", "react"])
def test_the_component_shows_each_article_its_comments_and_leaves_nothing_behind(
    page: Page, portal: Portal, packages: Path, faults: list[str], name: str
) -> None:
    page.goto(start(name, portal, packages))
    box = page.locator("moderation-comments")
    expect(box).to_contain_text("花海开得真早")

    page.evaluate("go", OTHER_THREAD)
    expect(box).to_contain_text("菜市宽敞多了")
    expect(box).not_to_contain_text("花海开得真早")
    expect(box).to_have_count(1)

    page.evaluate("go('')")
    expect(page.locator("article, moderation-comments")).to_have_count(0)

    page.evaluate("go('1553855')")
    expect(box).to_contain_text("花海开得真早")
    expect(box).to_have_count(1)
    assert faults == []


@pytest.mark.parametrize("name", ["vue", "react"])
def test_the_component_says_when_the_service_is_away_and_tries_again(
    page: Page, portal: Portal, packages: Path, name: str
) -> None:
    page.route(f"{portal.service}/embed.js", lambda route: route.abort())
    page.goto(start(name, portal, packages))
    expect(page.locator("article")).to_contain_text("评论暂时无法加载。")

    page.unroute(f"{portal.service}/embed.js")
    page.get_by_role("button", name="重试").click()

    expect(page.locator("moderation-comments")).to_contain_text("花海开得真早")
    expect(page.get_by_text("评论暂时无法加载。")).to_have_count(0)


@pytest.fixture
def token(app: Flask, services: Services, portal: Portal) -> str:
    """Sign a reader in, as the portal's server does."""
    assert portal.service
    return a_token(a_key(app, services), services.clock.now(), iss=SITE, name="王丽")


@pytest.mark.parametrize("name", ["vue", "react"])
def test_whom_the_portals_server_has_signed_in_writes_under_his_own_name(
    page: Page, portal: Portal, packages: Path, token: str, name: str
) -> None:
    address = start(name, portal, packages)
    built = portal.pages["main.js"]
    assert "thread: String(" in built
    portal.pages["main.js"] = built.replace("thread: String(", f'portalToken: "{token}", thread: String(')

    page.goto(address)

    expect(page.locator("moderation-comments")).to_contain_text("以 王丽 的名义发表")


def test_both_pages_print_the_same_loader() -> None:
    assert printed("vue", "moderation.js", "") == printed("react", "moderation.js", "")


# A CMS whose templates count by a script tag ------------------------------------------------------------------


def template(name: str, portal: Portal) -> str:
    """Fill a printed template in as the CMS does."""
    return printed("cms", name, portal.service).replace("[!--id--]", THREAD)


def test_the_number_comes_to_stand_where_the_old_script_tag_wrote_it(
    page: Page, portal: Portal, faults: list[str]
) -> None:
    portal.policy = policy("cms", portal.service)

    page.goto(portal.article(template("counter.html", portal) + template("article.html", portal)))

    expect(page.locator(".info")).to_have_text("共有 1 条评论")
    expect(page.locator("moderation-comments h2")).to_have_text("留言与评论（共有 1 条评论）")
    expect(page.locator("moderation-comments")).to_contain_text("花海开得真早")
    assert faults == []


def test_what_is_to_be_replaced_looks_like_what_replaces_it() -> None:
    before = printed("cms", "before", "")

    assert "留言与评论（共有" in before
    assert printed("cms", "article.html", "").startswith(before.splitlines()[0])


# Comments in the HTML itself ----------------------------------------------------------------------------------


def delivered(portal: Portal) -> str:
    """Return what nginx makes of the printed lines (tests/integrate/test_nginx.py looks at nginx itself)."""
    with urlopen(f"{portal.service}/embed/v1/{SITE}/fragment?thread={THREAD}") as answer:
        fragment = answer.read().decode()
    return SSI.sub(
        lambda line: fragment if "include" in line[0] else "",
        printed("nginx", "article.html", portal.service),
    )


def test_the_box_takes_the_place_of_the_comments_in_the_html(
    page: Page, portal: Portal, faults: list[str]
) -> None:
    portal.policy = policy("nginx", portal.service)

    page.goto(portal.article(delivered(portal)))

    expect(page.locator("moderation-comments .list")).to_contain_text("花海开得真早")
    expect(page.locator("moderation-comments")).to_have_count(1)
    expect(page.locator("[data-moderation-fragment]")).to_have_count(0)
    assert faults == []


def test_without_javascript_the_comments_in_the_html_stay_and_lead_to_a_form(
    chromium: Browser, portal: Portal
) -> None:
    portal.policy = policy("nginx", portal.service)
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(portal.article(delivered(portal)))
    expect(page.locator("[data-moderation-fragment]")).to_contain_text("花海开得真早")
    page.locator("[data-moderation-fragment] textarea").fill("没有脚本也能写")
    page.locator("[data-moderation-fragment] button").click()

    expect(page).to_have_url(re.compile(re.escape(f"{portal.service}/embed/v1/{SITE}/frame")))
    expect(page.locator("textarea")).to_have_value("没有脚本也能写")
    context.close()

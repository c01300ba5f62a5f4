"""What the sizes are measured of is what a browser asks for."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import World
from tests.http.embed.downloads import CATALOGUES, COUNT, SCRIPTS, STYLES

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_a_page_with_a_box_asks_for_the_files_that_are_weighed_and_no_others(
    page: Page, world: World, locale: str
) -> None:
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url))

    page.goto(f"{world.portal}/articles/{'huahai' if locale == 'zh' else 'harvest-fair'}")
    expect(page.locator("moderation-comments textarea")).to_be_visible()

    files = {url.removeprefix(world.service) for url in asked if url.endswith((".js", ".css"))}
    ours = {url for url in files if url.startswith("/")} - {COUNT}
    assert ours == {*SCRIPTS, *STYLES, CATALOGUES[locale]}

"""The service is killed under a desk at work, and comes back: what was decided meanwhile arrives, once, in its order."""

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.ports import Services
from moderation.store.tables import Decision, Revision
from tests.browser.conftest import PATIENCE_MS, World
from tests.browser.desk_steps import all_sent, desk_of, on_table, unsent
from tests.factories import a_comment, a_site, an_account
from tests.servers.conftest import environment as environment  # noqa: PLC0414 - fixtures of real processes
from tests.servers.conftest import start as start  # noqa: PLC0414
from tests.servers.conftest import wait_for as wait_for  # noqa: PLC0414
from tests.servers.running import Start, Wait, serve

pytestmark = pytest.mark.browser

TEXTS = tuple(f"第{number}条评论" for number in "一二三四五六")


def decided(session: Session) -> list[tuple[str, str]]:
    session.rollback()
    rows = session.execute(
        select(Revision.text, Decision.kind)
        .join(Decision, Decision.comment_id == Revision.comment_id)
        .order_by(Decision.id)
    )
    found = [(text, str(kind)) for text, kind in rows]
    session.rollback()  # nothing is held while a service starts: PostgreSQL ends an idle transaction
    return found


def test_decisions_outlive_the_service(
    chromium: Browser, session: Session, services: Services, start: Start, wait_for: Wait
) -> None:
    a_site(session, services)
    an_account(session, services, "lin")
    for text in TEXTS:
        a_comment(session, services, text)
    service = serve(start, wait_for, name="first")
    with desk_of(chromium, World(f"http://127.0.0.1:{service.port}", "")) as desk:
        on_table(desk, TEXTS[0])
        desk.keyboard.press("a")
        all_sent(desk)
        service.kill()
        on_table(desk, TEXTS[1])  # a key pressed before the card can be decided is not taken

        for key, following in (("a", TEXTS[2]), ("s", TEXTS[3])):
            desk.keyboard.press(key)
            on_table(desk, following)
        expect(desk.locator("#notice-unsent")).to_contain_text("2 个决定存在本浏览器里")
        assert unsent(desk) == 2
        assert decided(session) == [(TEXTS[0], "approve")]

        serve(start, wait_for, name="second", port=service.port)
        expect(desk.locator("#table[data-unsent='0']")).to_be_attached(timeout=2 * PATIENCE_MS)
        expect(desk.locator("#notice-unsent")).to_have_count(0)
        desk.keyboard.press("a")
        all_sent(desk)
        on_table(desk, TEXTS[4])

    assert decided(session) == [
        (TEXTS[0], "approve"),
        (TEXTS[1], "approve"),
        (TEXTS[2], "reject"),
        (TEXTS[3], "approve"),
    ]

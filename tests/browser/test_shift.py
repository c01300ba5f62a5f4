"""A shift at full speed: 300 comments decided by keys, ten of them undone. Nothing is lost, and undo is exact.

The pace is printed, never asserted: it is the machine's as much as the desk's. `MODERATION_SHIFT_TEXTS` names a file
with a comment in each line, to be used instead of made-up ones.
"""

import os
import time
from collections import Counter
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.domain.review import ItemState
from moderation.ports import Services
from moderation.store.tables import Comment, Decision, ReviewItem
from tests.browser.conftest import World
from tests.browser.desk_steps import CARD, all_sent, desk_of, post_comments

pytestmark = pytest.mark.browser

SHIFT = 300
UNDONE = 10
KEYS = ("a", "s", "a", "r 2", "a", "e", "a", "r 6")
"""What the moderator presses, in turn: mostly approvals, all reasons by their digits."""
OUTCOMES = {"a": "approve", "s": "reject", "r 2": "reject", "r 6": "reject", "e": "escalate"}


def texts() -> list[str]:
    given = os.environ.get("MODERATION_SHIFT_TEXTS")
    if given is None:
        return [
            f"第{number}条：泽州的花海开到几号？{'周末带孩子去看看。' * (number % 7)}"
            for number in range(SHIFT)
        ]
    lines = Path(given).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip()][:SHIFT]


def waiting(session: Session) -> int:
    return (
        session.scalar(
            select(func.count()).select_from(ReviewItem).where(ReviewItem.state == ItemState.WAITING)
        )
        or 0
    )


def test_a_shift_at_full_speed_loses_nothing(  # noqa: PLR0917 - fixtures
    chromium: Browser,
    world: World,
    app: Flask,
    services: Services,
    session: Session,
    capsys: pytest.CaptureFixture[str],
) -> None:
    written = texts()
    post_comments(app, services, written)
    total = waiting(session)
    pressed: list[str] = []
    with desk_of(chromium, world) as desk:
        started = time.perf_counter()
        ready = desk.locator(f"#table[data-ready] {CARD}")
        for number in range(total - 1):
            ready.wait_for()
            keys = KEYS[number % len(KEYS)]
            for key in keys.split():
                desk.keyboard.press(key)
            pressed.append(OUTCOMES[keys])
        all_sent(desk)
        seconds = time.perf_counter() - started
        expect(desk.locator("#notices .notice")).to_have_count(0)
        assert made(session) == Counter(pressed)

        for _ in range(UNDONE):
            ready.wait_for()
            desk.keyboard.press("u")
        all_sent(desk)
        expect(desk.locator("#number-waiting")).to_have_text(str(1 + UNDONE))

    with capsys.disabled():
        print(  # noqa: T201 - the figure is what a run by hand is for
            f"\n{len(pressed)} decisions in {seconds:.0f} s: {60 * len(pressed) / seconds:.0f} a minute"
        )
    session.rollback()
    kept = Counter(pressed[:-UNDONE])
    assert made(session, is_standing=True) == kept
    assert waiting(session) == 1 + UNDONE
    statuses = Counter(str(status) for status in session.scalars(select(Comment.status)))
    assert statuses["published"] == kept["approve"]
    assert statuses["rejected"] == kept["reject"]
    assert statuses["pending"] == kept["escalate"] + 1 + UNDONE


def made(session: Session, *, is_standing: bool = False) -> Counter[str]:
    """Count decisions by kind; those that stand, or all but the undoing ones."""
    session.rollback()
    query = select(Decision.kind).where(Decision.undoes_id.is_(None))
    if is_standing:
        undone = select(Decision.undoes_id).where(Decision.undoes_id.is_not(None))
        query = query.where(Decision.id.not_in(undone))
    return Counter(str(kind) for kind in session.scalars(query))

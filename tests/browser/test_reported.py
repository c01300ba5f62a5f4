"""A reported comment on the desk, as it looks: in Chinese by day, in English at night on a phone."""

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect
from sqlalchemy import select, update

from moderation.domain.writer import Writer
from moderation.extensions import db
from moderation.flows import reporting
from moderation.flows.reporting import Complaint
from moderation.ports import Services
from moderation.store.tables import Account, Comment, Site
from tests.browser.conftest import World, photograph
from tests.browser.desk_steps import CARD, desk_of, post_comments

pytestmark = pytest.mark.browser

NOTES = (
    "指名道姓骂店主，店主是我邻居，他没有做过这种事。",
    None,
    "<b>这条</b>是同行发的，同一句话在三篇文章下面都有，请一起看看。",
    "骂人",
    None,
)
REASONS = ("insult", "insult", "advertising", "insult", "fraud")


def report_all(app: Flask, services: Services, *, language: str) -> None:
    with app.app_context():
        session = db.session()
        session.execute(update(Account).values(language=language))
        session.commit()
        comment = session.scalars(select(Comment.id)).one()
        origin = session.scalars(select(Site.origins)).one()[0]
        for who, (reason, note) in enumerate(zip(REASONS, NOTES, strict=True), start=1):
            complaint = Complaint(
                site_key="demo",
                comment_id=comment,
                reason=reason,
                note=note,
                origin=origin,
                client=f"192.0.2.{who}",
            )
            writer = Writer(author_hash=bytes([who]) * 32)
            reporting.report(complaint, writer=writer, session=session, services=services)
        db.session.remove()


@pytest.mark.parametrize("shown", [("zh-CN", "light", 1280, "5 次举报"), ("en", "dark", 390, "5 reports")])
def test_a_card_says_what_readers_report(
    chromium: Browser, world: World, app: Flask, services: Services, shown: tuple[str, str, int, str]
) -> None:
    language, scheme, width, number = shown
    with app.app_context():
        db.session.execute(update(Site).values(mode="post"))
        db.session.commit()
        db.session.remove()
    post_comments(
        app, services, ["这家店的老板是骗子，大家千万不要去，我上次在他那里买的东西全是坏的，找他他还骂人。"]
    )
    report_all(app, services, language=language)
    with desk_of(chromium, world, path="queue/reported") as desk:
        desk.set_viewport_size({"width": width, "height": 844 if width < 700 else 900})
        desk.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")

        expect(desk.locator(f"{CARD} .reports strong")).to_have_text(number)
        expect(desk.locator(f"{CARD} .reports li")).to_have_count(3)
        assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth")
        photograph(desk, f"reported-{language}-{scheme}")

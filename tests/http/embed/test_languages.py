"""The language of the pages: the one asked for, else the browser's, else the site's; the site's own words in each."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from moderation.domain.policy import Mode
from moderation.flows import sites
from moderation.flows.sites import SiteSettings
from moderation.ports import Services
from tests.factories import a_comment, a_site
from tests.fakes import FrozenClock
from tests.http.api.answers import FRAME
from tests.http.embed.markup import Form

PAGE = f"{FRAME}?thread=1553855"


@pytest.mark.parametrize(
    ("asked", "browser", "site", "shown"),
    [
        ("", "", "zh-CN", "zh-CN"),
        ("", "", "zh-TW", "zh-TW"),
        ("", "", "en", "en"),
        ("zh-TW", "en", "zh-CN", "zh-TW"),
        ("zh-Hant", "en", "zh-CN", "zh-TW"),
        ("", "zh-HK,zh;q=0.9,en;q=0.8", "zh-CN", "zh-TW"),
        ("", "zh-SG", "en", "zh-CN"),
        ("", "fr,en;q=0.5", "zh-CN", "en"),
        ("", "fr,de;q=0.5", "zh-TW", "zh-TW"),
        ("ar", "", "en", "en"),
        ("ar", "zh-TW", "en", "zh-TW"),
        ("", "*", "zh-TW", "zh-TW"),
        ("", "en;q=0.1, zh-TW;q=0.9", "zh-CN", "zh-TW"),
        ("", "\x00;;q=,", "zh-CN", "zh-CN"),
    ],
)
def test_a_page_speaks(
    *,
    client: FlaskClient,
    session: Session,
    services: Services,
    asked: str,
    browser: str,
    site: str,
    shown: str,
) -> None:
    a_site(session, services)
    sites.change("demo", SiteSettings(language=site), session=session, services=services)

    page = client.get(
        FRAME,
        query_string={"thread": "1553855", "lang": asked},
        headers={"Accept-Language": browser.replace("\x00", "")},
    )

    assert Form(page.text).all("html")[0]["lang"] == shown


def test_a_site_says_each_text_in_its_own_words_in_each_language(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)
    own = {"zh-TW": {"send": "我要發言", "page-write": "說點什麼"}, "en": {"send": "Say it"}}
    sites.change("demo", SiteSettings(texts=own), session=session, services=services)

    assert "我要發言" in client.get(f"{PAGE}&lang=zh-TW").text
    assert "Say it" in client.get(f"{PAGE}&lang=en").text
    assert "发表评论" in client.get(f"{PAGE}&lang=zh-CN").text


@pytest.mark.parametrize(
    ("language", "date"),
    [("zh-CN", "2026年11月22日"), ("zh-TW", "2026 年 11 月 22 日"), ("en", "22 Nov 2026")],
)
def test_a_date_is_written_as_its_readers_write_it(
    *, client: FlaskClient, session: Session, services: Services, clock: FrozenClock, language: str, date: str
) -> None:
    a_site(session, services)
    sites.change("demo", SiteSettings(mode=Mode.POST), session=session, services=services)
    a_comment(session, services)
    clock.move(days=8)

    assert f">{date}</time>" in client.get(f"{PAGE}&lang={language}").text


def test_a_page_lays_out_from_the_right_when_asked_and_only_then(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)

    pages = {given: Form(client.get(f"{PAGE}&dir={given}").text) for given in ("rtl", "ltr", "up", "")}

    assert {given: page.all("html")[0].get("dir") for given, page in pages.items()} == {
        "rtl": "rtl",
        "ltr": "ltr",
        "up": None,
        "": None,
    }
    assert "dir=rtl" in pages["rtl"].action

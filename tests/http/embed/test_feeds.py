"""Feeds of a thread and of a site: valid Atom, published comments alone, whatever readers wrote."""

from datetime import datetime
from uuid import UUID
from xml.etree.ElementTree import Element, fromstring

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.policy import Mode
from moderation.flows import sites
from moderation.flows.sites import SiteSettings
from moderation.ports import Services
from moderation.store.tables import Comment
from tests.factories import ORIGIN, a_comment, a_site
from tests.fakes import FrozenClock
from tests.http.api.answers import assert_problem
from tests.http.embed.markup import HOSTILE

SITE = "/embed/v1/demo/site.atom"
THREAD = "/embed/v1/demo/thread.atom"
ATOM = {"a": "http://www.w3.org/2005/Atom", "thr": "http://purl.org/syndication/thread/1.0"}


def read(client: FlaskClient, path: str = THREAD, **query: str) -> Element:
    """Read a feed as a strict reader does: everything RFC 4287 demands is there."""
    if path == THREAD:
        query.setdefault("thread", "1553855")
    answer = client.get(path, query_string=query)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/atom+xml"
    feed = fromstring(answer.data)
    assert feed.tag == f"{{{ATOM['a']}}}feed"
    for holder in (feed, *feed.findall("a:entry", ATOM)):
        for name in ("id", "title", "updated"):
            (one,) = holder.findall(f"a:{name}", ATOM)
            assert one.text
        UUID(said(holder, "id").removeprefix("urn:uuid:"))
        assert datetime.fromisoformat(said(holder, "updated")).tzinfo is not None
    (own,) = feed.findall("a:link[@rel='self']", ATOM)
    assert own.attrib["href"].startswith(f"http://localhost{path}")
    for entry in feed.findall("a:entry", ATOM):
        assert said(entry, "author/a:name").strip()
        assert entry.find("a:link[@rel='alternate']", ATOM) is not None
        content = entry.find("a:content", ATOM)
        assert content is not None
        assert content.get("type", "text") == "text"
        assert not list(content)
    return feed


def said(holder: Element, path: str) -> str:
    found = holder.findtext(f"a:{path}", namespaces=ATOM)
    assert found is not None
    return found


def entries(feed: Element) -> list[str]:
    return [said(entry, "content") for entry in feed.findall("a:entry", ATOM)]


def test_a_thread_s_feed_holds_its_comments_and_replies_the_latest_first(
    client: FlaskClient, session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, mode=Mode.POST)
    root = a_comment(
        session, services, "楼主说", nickname="老李", thread_title="花海", thread_url=f"{ORIGIN}/a"
    ).comment_id
    clock.move(minutes=1)
    reply = a_comment(session, services, "同感", nickname="小王", parent_id=root).comment_id
    a_comment(session, services, "别处", thread_key="other")

    feed = read(client)

    assert entries(feed) == ["同感", "楼主说"]
    assert said(feed, "title") == "花海"
    assert said(feed, "updated") == "2026-11-22T08:01:00Z"
    assert feed.find("a:link[@rel='alternate']", ATOM).attrib["href"] == f"{ORIGIN}/a"  # type: ignore[union-attr]
    first, second = feed.findall("a:entry", ATOM)
    assert said(first, "id") == f"urn:uuid:{reply}"
    assert said(first, "title") == "小王 评论《花海》"
    assert first.find("thr:in-reply-to", ATOM).attrib == {"ref": f"urn:uuid:{root}"}  # type: ignore[union-attr]
    assert second.find("thr:in-reply-to", ATOM) is None
    link = second.find("a:link", ATOM)
    assert link is not None
    assert client.get(link.attrib["href"]).status_code == 302


def test_a_site_s_feed_holds_the_latest_fifty_of_all_threads(
    client: FlaskClient, session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, mode=Mode.POST)
    for number in range(52):
        clock.move(seconds=1)
        a_comment(session, services, f"第{number}条", thread_key=f"t{number % 3}")

    feed = read(client, SITE, lang="zh-TW")

    assert entries(feed) == [f"第{number}条" for number in range(51, 1, -1)]
    assert said(feed, "title") == "最新留言 · Example News"
    assert feed.attrib["{http://www.w3.org/XML/1998/namespace}lang"] == "zh-TW"


def test_a_feed_names_itself_alike_before_and_after_its_first_comment(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.PRE)
    unknown = client.get(f"{THREAD}?thread=1553855")
    a_comment(session, services, "等待审核", thread_title="先审", thread_url=f"{ORIGIN}/a")

    waiting = client.get(f"{THREAD}?thread=1553855")

    assert waiting.data == unknown.data
    assert waiting.headers["ETag"] == unknown.headers["ETag"]
    assert entries(read(client)) == []
    ids = {said(read(client, thread=thread), "id") for thread in ("1553855", "other", "专题/1")}
    assert len(ids | {said(read(client, SITE), "id")}) == 4


@pytest.mark.parametrize("hostile", [*HOSTILE, "a\x08b\x0c\x1b[31m", "\ufffe\uffff花", "𝕏 😀 ]]> &#0;"])
def test_whatever_readers_write_is_text_in_a_feed(
    client: FlaskClient, session: Session, services: Services, hostile: str
) -> None:
    a_site(session, services, mode=Mode.POST)
    a_comment(session, services, hostile, nickname="晨曦")
    # As an import or an older version may have left them.
    session.execute(text("UPDATE revisions SET nickname = :name"), {"name": hostile[:24]})
    session.execute(text("UPDATE threads SET title = :title"), {"title": hostile})
    session.commit()

    clean = "".join(char for char in hostile if char >= " " and char not in "\ufffe\uffff")
    for path in (THREAD, SITE):
        feed = read(client, path)
        assert entries(feed) == [clean]
        assert clean in said(feed.findall("a:entry", ATOM)[0], "title")


def test_a_name_of_which_nothing_is_left_is_anonymous(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    a_comment(session, services)
    session.execute(text("UPDATE revisions SET nickname = :name"), {"name": "\x08\x0b"})
    session.commit()

    (entry,) = read(client, lang="en").findall("a:entry", ATOM)

    assert said(entry, "author/a:name") == "Anonymous"


def test_only_what_is_published_is_in_a_feed(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    for status in Status:
        a_comment(session, services, f"是{status}")
    # Straight into the column: here only the reading is asked.
    for status in Status:
        if status is not Status.PUBLISHED:
            reason = "'other'" if status is Status.REJECTED else "NULL"
            session.execute(
                text(
                    f"UPDATE comments SET status = '{status}', reason = {reason} WHERE id IN "
                    f"(SELECT comment_id FROM revisions WHERE text = '是{status}')"
                )
            )
    session.commit()

    assert entries(read(client)) == entries(read(client, SITE)) == ["是published"]
    assert session.query(Comment).count() == len(Status)


def test_a_feed_is_kept_for_a_minute_and_not_sent_twice(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    a_comment(session, services)
    for path in (SITE, f"{THREAD}?thread=1553855"):
        first = client.get(path, headers={"Accept-Language": "en"})
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert first.headers["Cache-Control"] == "public, max-age=60, s-maxage=60"
        assert first.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert (again.status_code, again.data) == (304, b"")


def test_an_unknown_site_and_a_missing_thread_are_problems(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)

    assert_problem(client.get("/embed/v1/nowhere/site.atom"), 404, "site-unknown")
    assert_problem(client.get("/embed/v1/nowhere/thread.atom?thread=1"), 404, "site-unknown")
    assert_problem(client.get(THREAD), 422, "validation-failed")
    assert_problem(client.get(THREAD, query_string={"thread": "x" * 513}), 422, "validation-failed")


def test_a_site_of_another_language_says_so_in_its_feed(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)
    sites.change("demo", SiteSettings(language="en"), session=session, services=services)

    assert said(read(client, SITE), "title") == "Latest comments · Example News"

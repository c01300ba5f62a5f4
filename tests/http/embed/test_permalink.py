"""A comment's own address leads to its article, shows it where there is none, and says so where there is no comment."""

from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from moderation.domain.policy import Mode
from moderation.flows import sites
from moderation.flows.sites import SiteSettings
from moderation.ports import Services
from tests.factories import ORIGIN, a_comment, a_site
from tests.http.api.answers import assert_problem
from tests.http.embed.markup import HOSTILE, Form

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def address(comment_id: UUID | str) -> str:
    return f"/embed/v1/demo/comments/{comment_id}"


def test_it_leads_to_the_comment_in_its_article(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    comment = a_comment(session, services, thread_url=f"{ORIGIN}/a?id=1#comments").comment_id

    answer = client.get(address(comment))

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{ORIGIN}/a?id=1#comment-{comment}"


def test_it_leads_nowhere_that_is_no_longer_the_sites(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    comment = a_comment(session, services, thread_url=f"{ORIGIN}/a").comment_id
    sites.change("demo", SiteSettings(origins=("https://new.example",)), session=session, services=services)

    answer = client.get(address(comment))

    assert answer.status_code == 200
    assert "花海" in answer.text


def test_without_an_article_it_shows_the_comment_to_readers_and_to_search_engines(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    root = a_comment(session, services, "楼主说", nickname="老李", thread_title="花海").comment_id
    reply = a_comment(session, services, "同感", nickname="小王", parent_id=root).comment_id
    a_comment(session, services, "也同感", nickname="小张", parent_id=reply)

    page = client.get(f"{address(reply)}?lang=zh-CN")

    seen = Form(page.text)
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "<title>小王 评论《花海》</title>" in page.text
    assert "同感" in page.text
    assert "楼主说" not in page.text
    assert not seen.all("meta", name="robots")
    assert "X-Robots-Tag" not in page.headers
    assert seen.all("link", rel="canonical")[0]["href"] == f"http://localhost{address(reply)}"
    (data,) = seen.comments()
    assert data["parentItem"]["@id"] == f"http://localhost{address(root)}"
    links = [str(link["href"]) for link in seen.all("a")]
    assert any(f"reply={reply}" in link for link in links)
    for link in links:
        if "/report" not in link:
            assert client.get(link).status_code == 200


def test_a_top_comment_leads_to_its_replies(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    root = a_comment(session, services).comment_id
    a_comment(session, services, "同感", parent_id=root)

    page = client.get(f"{address(root)}?lang=en")

    (rest,) = Form(page.text).all("a", class_="plain rest")
    assert "Show 1 more replies" in page.text
    assert "同感" in client.get(str(rest["href"])).text


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-CN", "没有找到这条评论"), ("zh-TW", "找不到這則留言"), ("en", "There is no such comment")],
)
def test_where_there_is_no_comment_a_person_is_told_in_his_language(
    client: FlaskClient, session: Session, services: Services, language: str, words: str
) -> None:
    a_site(session, services, mode=Mode.PRE)
    waiting = a_comment(session, services).comment_id

    for comment in (waiting, UUID(int=7)):
        page = client.get(address(comment), headers={**BROWSER, "Accept-Language": f"{language},fr;q=0.5"})
        assert (page.status_code, page.mimetype) == (404, "text/html")
        assert words in page.text
        assert Form(page.text).all("meta", name="robots")[0]["content"] == "noindex"
        assert page.headers["Cache-Control"] == "no-store"
        assert "花海" not in page.text


def test_a_machine_is_told_by_a_problem(client: FlaskClient, session: Session, services: Services) -> None:
    a_site(session, services)

    assert_problem(client.get(address(UUID(int=7))), 404, "comment-unknown")
    assert_problem(client.get(address("nonsense")), 404, "not-found")
    page = client.get(f"/embed/v1/nowhere/comments/{UUID(int=7)}", headers=BROWSER)
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "frame-ancestors 'self' 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_that_a_reader_writes_becomes_markup_of_its_page(
    client: FlaskClient, session: Session, services: Services, hostile: str
) -> None:
    a_site(session, services, mode=Mode.POST)
    comment = a_comment(
        session,
        services,
        hostile,
        nickname=hostile[:24],
        thread_title=hostile,
        link="https://x.example/?\"'<b>",
    ).comment_id

    page = client.get(address(comment))

    seen = Form(page.text)
    assert seen.scripts() == ["application/ld+json"]
    assert not {tag for tag, _ in seen.elements} & {"img", "b", "iframe"}
    assert seen.comments()[0]["text"] == hostile
    for _, given in seen.elements:
        assert not [name for name in given if name.startswith("on") or name == "style"]

"""A thread and its count as parts of somebody's page: whole, the same for everybody, nothing that runs."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from moderation.domain.policy import ChallengeMode, Mode
from moderation.flows import sites
from moderation.flows.sites import SiteSettings
from moderation.ports import Services
from tests.factories import ORIGIN, a_comment, a_site
from tests.fakes import FrozenClock
from tests.http.api.answers import FRAME, assert_problem
from tests.http.embed.markup import HOSTILE, Form

FRAGMENT = "/embed/v1/demo/fragment"
PART = f"{FRAGMENT}?thread=1553855"
COUNT = "/embed/v1/demo/count.txt"


def test_a_fragment_is_a_piece_of_a_page_with_everything_it_needs(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    root = a_comment(session, services, "花海开得真早").comment_id
    reply = a_comment(session, services, "同感", parent_id=root).comment_id

    part = client.get(PART)

    assert part.mimetype == "text/html"
    assert part.text.startswith("<section")
    assert part.text.rstrip().endswith("</section>")
    seen = Form(part.text)
    tags = {tag for tag, _ in seen.elements}
    assert not tags & {"html", "head", "body", "meta", "title", "style", "img", "iframe"}
    (section,) = seen.all("section")
    assert (section["data-site"], section["data-thread"]) == ("demo", "1553855")
    assert "data-moderation-fragment" in section
    assert "留言与评论（共有 2 条评论）" in part.text
    assert [one["id"] for one in seen.all("article")] == [f"comment-{root}", f"comment-{reply}"]
    assert {one["dir"] for one in seen.all("p", class_="moderation-text")} == {"auto"}
    assert len(seen.comments()) == 2


def test_every_class_and_id_of_a_fragment_begins_with_a_word_of_ours(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    a_comment(session, services, link="https://x.example/")

    seen = Form(client.get(PART).text)

    names = [
        name
        for _, given in seen.elements
        for key in ("class", "id")
        for name in (given.get(key) or "").split()
    ]
    assert [name for name in names if not name.startswith(("moderation-", "comment-"))] == []


def test_a_fragment_leads_to_the_service_by_whole_addresses(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    a_comment(session, services)

    seen = Form(client.get(f"{PART}&lang=en&theme=dark").text)

    addresses = [
        given.get(name) for _, given in seen.elements for name in ("href", "action") if name in given
    ]
    assert addresses
    assert [one for one in addresses if not str(one).startswith("http://localhost/embed/")] == []
    assert seen.action == f"http://localhost{FRAME}?lang=en&theme=dark&thread=1553855&sort=newest#write"


def test_what_is_typed_in_a_fragment_stands_in_the_form_of_the_threads_page(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)
    part = Form(client.get(PART).text)
    (button,) = part.all("button")

    page = client.post(
        part.action.partition("#")[0],
        data={"text": "花海", str(button["name"]): str(button["value"])},
        headers={"Origin": ORIGIN, "Accept-Language": "fr"},
    )

    assert page.status_code == 200
    assert Form(page.text).fields["text"] == "花海"
    assert Form(page.text).fields["challenge_id"]
    assert '<html class="page" lang="zh-CN"' in page.text


def test_a_fragment_holds_nothing_of_one_reader(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    a_comment(session, services)
    sites.change("demo", SiteSettings(challenge=ChallengeMode.IMAGE), session=session, services=services)

    answers = [
        client.get(PART, headers=headers)
        for headers in ({}, {"Accept-Language": "en"}, {"Origin": ORIGIN}, {"Cookie": "a=b"})
    ]

    assert {one.text for one in answers} == {answers[0].text}
    assert answers[0].headers["Cache-Control"] == "public, max-age=0, s-maxage=10"
    assert "Vary" not in answers[0].headers
    assert "Set-Cookie" not in answers[0].headers
    assert "challenge" not in answers[0].text
    assert "submission_key" not in answers[0].text


def test_a_fragment_that_says_the_same_is_not_sent_again(
    client: FlaskClient, session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, mode=Mode.POST)
    a_comment(session, services)
    tag = {"If-None-Match": client.get(PART).headers["ETag"]}

    unchanged = client.get(PART, headers=tag)
    clock.move(minutes=5)
    later = client.get(PART, headers=tag)

    assert (unchanged.status_code, unchanged.data) == (304, b"")
    # It says how long ago, and that has changed.
    assert later.status_code == 200
    assert "5 分钟前" in later.text


@pytest.mark.parametrize(
    ("query", "language", "words"),
    [
        ("", "zh-CN", "留言与评论"),
        ("&lang=zh-TW", "zh-TW", "留言與討論"),
        ("&lang=en-GB", "en", "Comments (0)"),
        ("&lang=ar&dir=rtl", "zh-CN", "留言与评论"),
    ],
)
def test_a_fragment_speaks_the_language_it_is_asked_for_else_the_sites(
    *, client: FlaskClient, session: Session, services: Services, query: str, language: str, words: str
) -> None:
    a_site(session, services)

    part = client.get(f"{PART}{query}", headers={"Accept-Language": "en"})

    (section,) = Form(part.text).all("section")
    assert section["lang"] == language
    assert section.get("dir") == ("rtl" if "rtl" in query else None)
    assert words in part.text


def test_a_site_in_taiwan_speaks_its_own_language_without_being_asked(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)
    sites.change("demo", SiteSettings(language="zh-TW"), session=session, services=services)

    assert 'lang="zh-TW"' in client.get(PART).text


def test_a_fragment_may_come_without_our_styles(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)

    (link,) = Form(client.get(PART).text).all("link")

    assert client.get(str(link["href"])).mimetype == "text/css"
    assert not Form(client.get(f"{PART}&css=0").text).all("link")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_that_a_reader_writes_becomes_markup_of_the_article(
    client: FlaskClient, session: Session, services: Services, hostile: str
) -> None:
    a_site(session, services, mode=Mode.POST)
    root = a_comment(
        session,
        services,
        hostile,
        nickname=hostile[:24],
        thread_key=hostile,
        link="https://x.example/?\"'<b>",
    ).comment_id
    a_comment(session, services, hostile, nickname=hostile[:24], thread_key=hostile, parent_id=root)

    part = client.get(FRAGMENT, query_string={"thread": hostile, "lang": hostile, "sort": hostile})

    seen = Form(part.text)
    assert part.status_code == 200
    assert seen.scripts() == ["application/ld+json"]
    assert {tag for tag, _ in seen.elements} <= {
        *("section", "link", "h2", "form", "label", "textarea", "p", "span", "button"),
        *("ol", "li", "article", "a", "bdi", "time", "script"),
    }
    for _, given in seen.elements:
        assert not [name for name in given if name.startswith("on") or name == "style"]
        assert (given.get("href") or "http://localhost/").startswith(
            ("http://localhost/", "https://x.example/")
        )
    assert {one["text"] for one in seen.comments()} == {hostile}
    assert seen.all("section")[0]["data-thread"] == hostile


def test_a_fragment_leads_to_what_it_leaves_out(
    client: FlaskClient, session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, mode=Mode.POST)
    for number in range(21):
        clock.move(seconds=1)
        root = a_comment(session, services, f"第{number}条").comment_id
    for number in range(11):
        a_comment(session, services, f"回{number}", parent_id=root)

    part = client.get(PART)

    links = [str(link["href"]) for link in Form(part.text).all("a")]
    assert "看其余 1 条回复" in part.text
    (branch,) = [link for link in links if f"root={root}" in link]
    (more,) = [link for link in links if "cursor=" in link]
    assert "回10" in client.get(branch).text
    assert "第0条" in client.get(more).text
    assert "第0条" not in part.text


def test_a_closed_thread_has_no_form(client: FlaskClient, session: Session, services: Services) -> None:
    a_site(session, services, mode=Mode.CLOSED)

    part = client.get(PART)

    assert not Form(part.text).all("form")
    assert "本文的评论已关闭" in part.text
    assert not Form(part.text).scripts()


def test_an_unknown_site_and_a_missing_thread_are_problems(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)

    assert_problem(client.get("/embed/v1/nowhere/fragment?thread=1"), 404, "site-unknown")
    assert_problem(client.get(FRAGMENT), 422, "validation-failed")
    assert_problem(client.get("/embed/v1/nowhere/count.txt?thread=1"), 404, "site-unknown")
    assert_problem(client.get(COUNT), 422, "validation-failed")


def test_a_count_is_digits_and_nothing_else(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    before = client.get(COUNT, query_string={"thread": "专题/1"})
    a_comment(session, services, thread_key="专题/1")

    after = client.get(COUNT, query_string={"thread": "专题/1"})

    assert (before.text, after.text) == ("0", "1")
    assert after.mimetype == "text/plain"
    assert after.headers["Cache-Control"] == "public, max-age=0, s-maxage=1"
    tag = {"If-None-Match": after.headers["ETag"]}
    assert client.get(COUNT, query_string={"thread": "专题/1"}, headers=tag).status_code == 304


def test_the_styles_of_a_fragment_touch_nothing_else_of_the_page(client: FlaskClient) -> None:
    css = re.sub(r"@media[^{]*", "", client.get("/embed/static/fragment.css").text)

    selectors = [one.strip() for group in re.findall(r"([^{}]+)\{", css) for one in group.split(",\n")]

    assert selectors
    assert [one for one in selectors if one and not re.match(r"a?\.moderation-", one)] == []

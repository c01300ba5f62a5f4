"""Search and saved filters as pages: what is found, what is refused, and what nobody but its owner sees."""

import re
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from moderation.console.search import cut
from moderation.domain.account import Role
from moderation.ports import Services
from moderation.rules import Action
from tests.factories import a_comment, a_rule, a_site, active_rules, an_account
from tests.fakes import FrozenClock
from tests.http.console.conftest import AtDesk, Desk

SEARCH = "/console/search"


def found(desk: Desk, **query: object) -> str:
    return desk.table(f"{SEARCH}?{urlencode(query)}")


def texts(page: str) -> list[str]:
    rows = re.findall(r'<p class="row-text"[^>]*>(.*?)</p>', page, re.DOTALL)
    return [re.sub("<[^>]+>", "", row) for row in rows]


def test_what_was_found_is_marked_with_its_way_to_author_thread_and_card(
    two_comments: list[UUID], at_desk: AtDesk
) -> None:
    desk = at_desk("lin")
    page = found(desk, q="花海")

    assert '第一条：<mark class="hit">花海</mark>开得真早' in page
    assert len(texts(page)) == len(two_comments) - 1
    assert "/console/threads/" in page
    action = re.search(r'action="(/console/items/[^"]+/claim)"', page)
    assert action is not None
    assert desk.browser.post(action[1], data={"queue": "waiting"}).status_code == 303


def test_without_words_the_latest_comments_stand_there(two_comments: list[UUID], at_desk: AtDesk) -> None:
    assert two_comments
    assert texts(found(at_desk("lin"))) == ["第二条：停车场够不够", "第一条：花海开得真早"]


@pytest.mark.usefixtures("two_comments")
@pytest.mark.parametrize(
    "words",
    ["<script>alert(1)</script>", "\"'", "\0", "a" * 200, "%_\\", "🀄" * 50, "((( OR * NEAR/2", "\ud800"],
)
def test_whatever_is_typed_is_answered_and_escaped(at_desk: AtDesk, words: str) -> None:
    answer = at_desk("lin").browser.get(SEARCH, query_string=urlencode({"q": words}, errors="surrogatepass"))

    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


@pytest.mark.usefixtures("two_comments")
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"q": "字" * 201}, 422),
        ({"q": "字" * 10_000}, 422),
        ({"q": " ".join("一二三四五六七八九十百")}, 422),
        ({"q": "！！"}, 200),
        ({"status": "nonsense"}, 422),
        ({"author": "nonsense"}, 422),
        ({"since": "2026-13-01"}, 422),
        ({"until": "9999-12-31"}, 422),
        ({"since": "0001-01-01"}, 422),
        ({"before": "x"}, 422),
        ({"before": "-5"}, 200),
        ({"before": "9" * 18}, 200),
        ({"before": "9" * 30}, 422),
        ({"rule": "x" * 65}, 422),
        ({"thread": "x" * 513}, 422),
        ({"thread": "\0"}, 200),
        ({"site": "\0"}, 200),
        ({"place": "x"}, 422),
    ],
)
def test_a_field_that_cannot_be_read_is_refused_in_words(
    at_desk: AtDesk, query: dict[str, str], status: int
) -> None:
    answer = at_desk("lin").browser.get(SEARCH, query_string=query)

    assert answer.status_code == status
    assert "评论" in answer.text


def test_pages_lead_back_in_time(site: UUID, at_desk: AtDesk, session: Session, services: Services) -> None:
    del site
    for number in range(35):
        a_comment(session, services, f"花海 {number}")
    desk = at_desk("lin")
    page = found(desk, q="花海", status="pending")
    older = re.search(r'rel="next" href="([^"]+)"', page)
    assert older is not None
    rest = desk.table(older[1].replace("&amp;", "&"))

    assert [*texts(page), *texts(rest)] == [f"花海 {number}" for number in range(34, -1, -1)]
    assert 'rel="next"' not in rest


def test_a_day_is_a_day_of_the_account(
    site: UUID, at_desk: AtDesk, session: Session, services: Services, clock: FrozenClock
) -> None:
    del site
    clock.move(hours=15, minutes=59)  # 23:59 in Shanghai
    a_comment(session, services, "今天")
    clock.move(minutes=1)
    a_comment(session, services, "明天")
    clock.move(hours=-9)
    desk = at_desk("lin")

    assert texts(found(desk, since="2026-11-23", until="2026-11-23")) in (["明天"], ["明天", "今天"])
    assert len(texts(found(desk, until="2026-11-24"))) == 2


def test_a_rule_leads_to_all_that_it_found(
    site: UUID, at_desk: AtDesk, session: Session, services: Services
) -> None:
    del site
    active_rules(session, services, [a_rule("微信", Action.REVIEW)])
    a_comment(session, services, "加微信")
    a_comment(session, services, "花海")
    desk = at_desk("lin")
    link = re.search(r'class="badge rule" href="([^"]+)"', found(desk))
    assert link is not None

    assert texts(desk.table(link[1])) == ["加微信"]


def test_a_moderator_of_another_site_finds_nothing_of_this_one(
    two_comments: list[UUID], at_desk: AtDesk, session: Session, services: Services
) -> None:
    assert two_comments
    a_site(session, services, "other")
    an_account(session, services, "zhao", Role.OWNER, site_key="other")
    desk = at_desk("zhao")

    for query in ({"q": "花海"}, {}, {"site": "demo"}, {"thread": "1553855"}):
        assert texts(found(desk, **query)) == []
    assert at_desk("lin").browser.get(SEARCH).status_code == 200


@pytest.mark.usefixtures("site")
def test_nobody_searches_without_signing_in(at_desk: AtDesk) -> None:
    at_desk("lin")
    stranger = at_desk("wang").browser.application.test_client()

    assert stranger.get(SEARCH, query_string={"q": "花海"}).status_code == 303
    assert (
        stranger.post("/console/filters", data={"place": "search", "query": "q=x", "name": "x"}).status_code
        == 303
    )


# Saved filters


def save(desk: Desk, name: str, query: str, place: str = "search") -> int:
    return desk.browser.post(
        "/console/filters", data={"place": place, "name": name, "query": query}
    ).status_code


def chips(page: str) -> dict[str, str]:
    chip = r'<a class="chip" href="([^"]+)"[^>]*><bdi>([^<]*)</bdi>'
    return {name: address.replace("&amp;", "&") for address, name in re.findall(chip, page)}


def ids(page: str) -> list[str]:
    return re.findall(r"/console/filters/([0-9a-f-]{36})/delete", page)


def test_a_filter_is_kept_opened_renamed_and_deleted(two_comments: list[UUID], at_desk: AtDesk) -> None:
    assert two_comments
    desk = at_desk("lin")
    assert save(desk, " 花 ", "q=花海&status=&before=5") == 303
    kept = chips(found(desk))
    assert list(kept) == ["花"]
    page = desk.table(kept["花"])
    assert texts(page) == ["第一条：花海开得真早"]
    assert 'aria-current="true"><bdi>花' in page
    (filter_id,) = ids(page)

    answer = desk.browser.post(
        f"/console/filters/{filter_id}/rename", data={"name": "花海", "next": "/console/search?q=x"}
    )
    assert answer.headers["Location"] == "/console/search?q=x"
    assert list(chips(found(desk))) == ["花海"]
    assert save(desk, "花海", "q=停车场") == 303
    assert texts(desk.table(chips(found(desk))["花海"])) == ["第二条：停车场够不够"]
    assert save(desk, "另一个", "q=x") == 303
    other = ids(found(desk))[1]
    assert desk.browser.post(f"/console/filters/{other}/rename", data={"name": "花海"}).status_code == 409
    answer = desk.browser.post(f"/console/filters/{filter_id}/delete", data={"next": "//evil.example/"})
    assert answer.headers["Location"].startswith("/console/")
    assert list(chips(found(desk))) == ["另一个"]


@pytest.mark.usefixtures("site")
def test_filters_are_of_one_person(at_desk: AtDesk) -> None:
    lin, wang = at_desk("lin"), at_desk("wang")
    save(lin, "花", "q=花海")
    (filter_id,) = ids(found(lin))

    assert chips(found(wang)) == {}
    for verb in ("rename", "delete"):
        foreign = wang.browser.post(f"/console/filters/{filter_id}/{verb}", data={"name": "x"})
        unknown = wang.browser.post(f"/console/filters/{uuid4()}/{verb}", data={"name": "x"})
        assert foreign.status_code == unknown.status_code == 404
    assert list(chips(found(lin))) == ["花"]


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("name", "query", "place"),
    [
        ("", "q=x", "search"),
        ("x" * 41, "q=x", "search"),
        ("a\nb", "q=x", "search"),
        ("x\0", "q=x", "search"),
        ("x", "", "search"),
        ("x", "before=5", "search"),
        ("x", "q=" + "x" * 3_000, "search"),
        ("x", "q=x", "nowhere"),
    ],
)
def test_a_filter_that_cannot_be_kept_is_refused(at_desk: AtDesk, name: str, query: str, place: str) -> None:
    desk = at_desk("lin")

    assert save(desk, name, query, place) == 422
    assert chips(found(desk)) == {}


@pytest.mark.usefixtures("site")
def test_a_filter_leads_nowhere_else(at_desk: AtDesk) -> None:
    desk = at_desk("lin")
    save(desk, "x", 'q=x&next=//evil.example&"><script>')
    (address,) = chips(found(desk)).values()

    assert address.startswith("/console/search?q=x")
    assert "<script>" not in address


@pytest.mark.usefixtures("site")
def test_thirty_filters_are_enough(at_desk: AtDesk) -> None:
    desk = at_desk("lin")
    for number in range(30):
        assert save(desk, str(number), "q=x") == 303

    assert save(desk, "30", "q=x") == 422
    assert save(desk, "29", "q=y") == 303
    assert save(desk, "30", "queue=reported", "list") == 303


# What a row shows


@pytest.mark.parametrize(
    ("text", "spans", "shown", "places"),
    [
        ("花海", [(0, 1)], "花海", [(0, 1)]),
        ("x" * 500, [], "x" * 240 + "…", []),
        ("x" * 300 + "花海" + "y" * 300, [(300, 302)], "…" + "x" * 60 + "花海" + "y" * 178 + "…", [(61, 63)]),
        ("花" + "x" * 400 + "花", [(0, 1), (401, 402)], "花" + "x" * 239 + "…", [(0, 1)]),
    ],
)
def test_a_long_text_is_cut_around_the_first_place(
    text: str, spans: list[tuple[int, int]], shown: str, places: list[tuple[int, int]]
) -> None:
    assert cut(text, spans) == (shown, places)

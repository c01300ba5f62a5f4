"""Reading: pages, replies, counts, own comments; versions and caching."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from moderation.domain.policy import Mode
from moderation.ports import Services
from moderation.rules import Action
from tests.factories import a_comment, a_rule, a_site, active_rules
from tests.fakes import FrozenClock
from tests.http.api.answers import COMMENTS, COUNTS, OWN, TOKEN, assert_problem, fault_of, post_comment

PAGE = f"{COMMENTS}?thread=1553855"
PUBLIC = "public, max-age=0, s-maxage=1"


def test_an_unknown_thread_of_a_known_site_is_an_empty_page(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)

    answer = client.get(PAGE)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == PUBLIC
    assert answer.headers["ETag"].startswith('W/"')
    assert answer.get_json() == {
        "thread": {"key": "1553855", "title": None, "url": None, "count": 0, "is_open": True},
        "form": {
            "mode": "pre",
            "challenge": "off",
            "sign_in": "anonymous",
            "max_text_chars": 1000,
            "max_nickname_chars": 24,
            "edit_minutes": 30,
            "texts": {},
        },
        "comments": [],
        "next_cursor": None,
    }


def test_a_page_holds_top_comments_with_their_first_ten_replies(
    client: FlaskClient, session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, mode=Mode.POST)
    root = a_comment(session, services, "楼主").comment_id
    for number in range(12):
        clock.move(seconds=1)
        a_comment(session, services, f"回复{number}", parent_id=root, nickname=f"读者{number}")

    page = client.get(PAGE).get_json()

    assert page["thread"]["count"] == 13
    (top,) = page["comments"]
    assert (top["id"], top["parent_id"], top["state"], top["reply_count"]) == (
        str(root),
        None,
        "published",
        12,
    )
    assert [reply["text"] for reply in top["replies"]] == [f"回复{number}" for number in range(10)]
    assert all((reply["reply_count"], reply["replies"]) == (0, []) for reply in top["replies"])
    rest = client.get(
        f"{COMMENTS}/{root}/replies", query_string={"cursor": top["next_reply_cursor"]}
    ).get_json()
    assert [reply["text"] for reply in rest["comments"]] == ["回复10", "回复11"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("sort", ["newest", "oldest", "popular"])
def test_pages_follow_each_other_without_gap_or_repetition(
    client: FlaskClient, session: Session, services: Services, clock: FrozenClock, sort: str
) -> None:
    a_site(session, services, mode=Mode.POST)
    written = []
    for number in range(11):
        clock.move(seconds=number % 2)  # several in one moment: the id decides
        written.append(str(a_comment(session, services, f"第{number}条").comment_id))

    seen: list[str] = []
    query: dict[str, str | int] | None = {"thread": "1553855", "sort": sort, "limit": 3}
    while query is not None:
        page = client.get(COMMENTS, query_string=query).get_json()
        seen += [comment["id"] for comment in page["comments"]]
        cursor = page["next_cursor"]
        query = None if cursor is None else {**query, "cursor": cursor}

    assert sorted(seen) == sorted(written)
    assert len(set(seen)) == 11


def test_a_reader_with_the_present_version_gets_304_and_no_body(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    root = a_comment(session, services).comment_id

    for path in (PAGE, f"{COMMENTS}/{root}/replies", f"{COUNTS}?thread=1553855"):
        etag = client.get(path).headers["ETag"]
        for known in (etag, etag.removeprefix("W/"), f'"other", {etag}'):
            again = client.get(path, headers={"If-None-Match": known})

            assert (again.status_code, again.data) == (304, b""), (path, known)
            assert again.headers["ETag"] == etag
            assert again.headers["Cache-Control"] == PUBLIC
            assert "Origin" in again.headers["Vary"]
            assert "Access-Control-Allow-Origin" in again.headers


def test_a_new_published_comment_makes_a_new_version(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    a_comment(session, services)
    before = {path: client.get(path).headers["ETag"] for path in (PAGE, f"{COUNTS}?thread=1553855")}

    a_comment(session, services, "又一条")

    for path, etag in before.items():
        answer = client.get(path, headers={"If-None-Match": etag})
        assert answer.status_code == 200
        assert answer.headers["ETag"] != etag


def test_every_query_of_a_page_has_a_version_of_its_own(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    a_comment(session, services)

    tags = [client.get(f"{PAGE}{more}").headers["ETag"] for more in ("", "&sort=oldest", "&limit=5")]

    assert len(set(tags)) == 3


def test_head_tells_the_same_headers_without_a_body(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)

    got, told = client.get(PAGE), client.head(PAGE)

    assert (told.status_code, told.data) == (200, b"")
    assert told.headers["ETag"] == got.headers["ETag"]


def test_counts_answer_every_asked_thread_known_or_not(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    a_comment(session, services)
    a_comment(session, services, thread_key="专题/1?a=b&c")

    answer = client.get(
        COUNTS, query_string={"thread": ["1553855", "专题/1?a=b&c", "nothing yet", "1553855"]}
    )

    assert answer.status_code == 200
    assert answer.get_json() == {"counts": {"1553855": 1, "专题/1?a=b&c": 1, "nothing yet": 0}}


def test_counts_are_for_one_to_a_hundred_threads(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)

    hundred = client.get(COUNTS, query_string={"thread": [str(number) for number in range(100)]})
    more = client.get(COUNTS, query_string={"thread": [str(number) for number in range(101)]})
    none = client.get(COUNTS)

    assert hundred.status_code == 200
    for answer in (more, none):
        assert_problem(answer, 422, "validation-failed")
        assert fault_of(answer) == ("/thread", "wrong-number")


def test_replies_below_what_is_no_listed_top_comment_are_unknown(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.PRE)
    a_site(session, services, "other", mode=Mode.POST)
    waiting = a_comment(session, services).comment_id
    elsewhere = a_comment(session, services, site_key="other").comment_id

    for comment_id in (waiting, elsewhere, "01a20439-eb70-7680-ac96-027cf45180ff"):
        assert_problem(client.get(f"{COMMENTS}/{comment_id}/replies"), 404, "comment-unknown")


def test_an_author_sees_his_own_comments_with_the_status_he_is_told(
    client: FlaskClient, session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, mode=Mode.PRE)
    active_rules(
        session, services, [a_rule("加微信", Action.BLOCK), a_rule("蠢货", Action.BLOCK, category="insult")]
    )
    for text in ("花海开得真早", "加微信领红包", "你这个蠢货吧"):
        clock.move(seconds=1)
        post_comment(client, text, headers={"Author-Token": TOKEN})

    answer = client.get(OWN, query_string={"thread": "1553855"}, headers={"Author-Token": TOKEN})

    assert answer.headers["Cache-Control"] == "no-store"
    own = answer.get_json()["comments"]
    assert [(one["text"], one["status"], one["reason"]) for one in own] == [
        ("你这个蠢货吧", "rejected", "insult"),
        ("加微信领红包", "pending", None),
        ("花海开得真早", "pending", None),
    ]
    assert set(own[0]) == {
        *("id", "parent_id", "nickname", "link", "text", "created_at", "status", "reason"),
        *("revision", "editable_until", "may_withdraw", "receipt", "appeal"),
    }
    refused, silent, waiting = own
    assert (refused["appeal"], refused["may_withdraw"], refused["editable_until"]) == (
        "possible",
        False,
        None,
    )
    told = ("appeal", "may_withdraw", "revision")
    assert [silent[name] for name in told] == [waiting[name] for name in told] == [None, True, 1]
    assert silent["editable_until"] == "2026-11-22T08:30:02Z"
    assert silent["receipt"]["url"] == f"/embed/v1/demo/receipts/{silent['receipt']['code']}"


def test_own_comments_need_a_well_formed_token(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)

    without = client.get(OWN, query_string={"thread": "1553855"})
    malformed = client.get(
        OWN, query_string={"thread": "1553855"}, headers={"Author-Token": "mod_author_short"}
    )

    assert_problem(without, 422, "validation-failed")
    assert fault_of(without) == ("/headers/Author-Token", "required")
    assert_problem(malformed, 422, "validation-failed")
    assert fault_of(malformed) == ("/headers/Author-Token", "malformed")


def test_own_comments_of_an_unknown_site_are_unknown(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)

    answer = client.get("/api/v1/sites/nosuch/own-comments?thread=1", headers={"Author-Token": TOKEN})

    assert_problem(answer, 404, "site-unknown")


@pytest.mark.parametrize("path", ["comments?thread=1", "counts?thread=1"])
@pytest.mark.parametrize("site", ["nosuch", "DEMO", "demo%00", "%E7%AB%99", "-demo", "a" * 65, "demo'--"])
def test_a_site_that_does_not_exist_is_unknown(
    client: FlaskClient, session: Session, services: Services, site: str, path: str
) -> None:
    a_site(session, services)

    assert_problem(client.get(f"/api/v1/sites/{site}/{path}"), 404, "site-unknown")


# One comment, and the latest of a site ---------------------------------------------------------------------------

RECENT = "/api/v1/sites/demo/recent"


def test_a_comment_is_found_by_its_id_with_where_it_stands(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    root = a_comment(session, services, "楼主").comment_id
    reply = a_comment(session, services, "同感", parent_id=root, nickname="小王").comment_id
    below = a_comment(session, services, "也同感", parent_id=reply).comment_id

    answers = {one: client.get(f"{COMMENTS}/{one}") for one in (root, below)}

    top, found = answers[root].get_json(), answers[below].get_json()
    assert set(found) == {"thread", "root_id", "comment"}
    assert (found["thread"], found["root_id"]) == ("1553855", str(root))
    assert (found["comment"]["text"], found["comment"]["parent_id"]) == ("也同感", str(reply))
    assert found["comment"]["reply_to"] == {"id": str(reply), "nickname": "小王"}
    assert (top["root_id"], top["comment"]["reply_count"], top["comment"]["replies"]) == (str(root), 2, [])
    assert answers[below].headers["Cache-Control"] == PUBLIC
    tag = {"If-None-Match": answers[below].headers["ETag"]}
    assert client.get(f"{COMMENTS}/{below}", headers=tag).status_code == 304


def test_a_comment_that_is_not_published_or_another_sites_is_not_found(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    a_site(session, services, "other", mode=Mode.PRE)
    elsewhere = a_comment(session, services, site_key="other").comment_id
    here = a_comment(session, services).comment_id

    assert_problem(client.get(f"{COMMENTS}/{elsewhere}"), 404, "comment-unknown")
    assert_problem(client.get(f"/api/v1/sites/other/comments/{elsewhere}"), 404, "comment-unknown")
    assert_problem(client.get(f"/api/v1/sites/other/comments/{here}"), 404, "comment-unknown")
    assert_problem(client.get(f"/api/v1/sites/nowhere/comments/{here}"), 404, "comment-unknown")
    assert_problem(client.get(f"{COMMENTS}/nonsense"), 404, "not-found")


def test_the_latest_comments_of_a_site_come_with_their_threads(
    client: FlaskClient, session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, mode=Mode.POST)
    a_site(session, services, "other", mode=Mode.POST)
    root = a_comment(session, services, "一", thread_key="a", thread_title="花海").comment_id
    clock.move(seconds=1)
    a_comment(session, services, "二", thread_key="b")
    clock.move(seconds=1)
    a_comment(session, services, "三", thread_key="a", parent_id=root)
    a_comment(session, services, "别处", site_key="other")

    answer = client.get(RECENT)

    found = answer.get_json()["comments"]
    assert [one["comment"]["text"] for one in found] == ["三", "二", "一"]
    assert (found[0]["thread"], found[0]["thread_title"], found[0]["root_id"]) == ("a", "花海", str(root))
    assert (found[1]["thread"], found[1]["thread_title"]) == ("b", None)
    assert answer.headers["Cache-Control"] == PUBLIC
    assert [one["comment"]["text"] for one in client.get(f"{RECENT}?limit=1").get_json()["comments"]] == [
        "三"
    ]
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert client.get(RECENT, headers=tag).status_code == 304


@pytest.mark.parametrize(
    ("limit", "fault"),
    [
        ("0", ("/limit", "out-of-range")),
        ("101", ("/limit", "out-of-range")),
        ("x", ("/limit", "wrong-type")),
        ("", ("/limit", "wrong-type")),
    ],
)
def test_more_than_a_hundred_of_the_latest_are_not_told(
    client: FlaskClient, session: Session, services: Services, limit: str, fault: tuple[str, str]
) -> None:
    a_site(session, services)

    answer = client.get(f"{RECENT}?limit={limit}")

    assert_problem(answer, 422, "validation-failed")
    assert fault_of(answer) == fault
    assert_problem(client.get("/api/v1/sites/nowhere/recent"), 404, "site-unknown")

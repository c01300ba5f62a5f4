"""The page without JavaScript, as a browser without JavaScript uses it: read, post, be refused, try again."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moderation.domain.policy import ChallengeMode, Mode, SignIn
from moderation.flows import intake, sites
from moderation.flows.intake import Receipt
from moderation.flows.reading import Sort
from moderation.flows.sites import SiteSettings
from moderation.ports import Services
from moderation.rules import Action
from moderation.store.tables import Comment
from tests.factories import ORIGIN, WIDE, a_comment, a_rule, a_site, active_rules
from tests.fakes import FrozenClock
from tests.http.api.answers import FRAME
from tests.http.embed.markup import HOSTILE, Form

PAGE = f"{FRAME}?thread=1553855"
FRAGMENT = "/embed/v1/demo/fragment?thread=1553855"
OWN_PAGE = {"Origin": "http://localhost"}


def post(client: FlaskClient, page: TestResponse | None = None, **fields: str) -> TestResponse:
    """Fill in the form of a page as it stands and send it."""
    form = Form((page or client.get(PAGE)).text)
    return client.post(form.action.partition("#")[0], data=form.fields | fields, headers=OWN_PAGE)


def comments_in(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Comment)) or 0


def test_posting_leads_back_to_the_page_and_says_what_became_of_it(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)

    answer = post(client, text="花海\r\n开得真早", nickname="晨曦")
    page = client.get(answer.headers["Location"].partition("#")[0])

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{FRAME}?")
    assert 'role="status"' in page.text
    assert "花海" not in page.text
    assert comments_in(session) == 1


def test_a_published_comment_stands_on_the_page_with_its_line_ends_as_typed(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)

    post(client, text="第一行\r\n第二行", nickname="晨曦")

    page = client.get(PAGE).text
    assert "第一行\n第二行" in page
    assert "\r" not in page


def test_two_sendings_of_one_form_make_one_comment(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)
    page = client.get(PAGE)

    first = post(client, page, text="花海", nickname="晨曦", answer="1")
    second = post(client, page, text="花海", nickname="晨曦", answer="1")

    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert comments_in(session) == 1


def test_a_form_changed_and_sent_again_is_not_taken_for_the_first(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)
    page = client.get(PAGE)
    post(client, page, text="花海", nickname="晨曦")

    changed = post(client, page, text="花海真美", nickname="晨曦")
    again = post(client, changed)

    assert changed.status_code == 422
    assert Form(changed.text).fields["text"] == "花海真美"
    assert again.status_code == 303
    assert comments_in(session) == 2


def test_a_wrong_answer_brings_a_new_challenge_and_keeps_what_was_typed(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)
    page = client.get(PAGE)

    wrong = post(client, page, text="花海\r\n很美", nickname="晨曦", answer="999")

    assert wrong.status_code == 422
    before, after = Form(page.text).fields, Form(wrong.text).fields
    assert (after["text"], after["nickname"], after["answer"]) == ("花海\n很美", "晨曦", "")
    assert after["challenge_id"] != before["challenge_id"]
    assert after["submission_key"] != before["submission_key"]
    assert 'role="alert"' in wrong.text
    assert 'aria-describedby="answer-error"' in wrong.text
    assert wrong.headers["Cache-Control"] == "no-store"
    assert post(client, wrong, answer="2").status_code == 303
    assert comments_in(session) == 1


def test_an_expired_challenge_and_an_empty_answer_keep_the_text_too(
    client: FlaskClient, session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)
    page = client.get(PAGE)
    clock.move(seconds=181)

    expired = post(client, page, text="花海", nickname="晨曦", answer="1")
    empty = post(client, text="花海", nickname="晨曦", answer="")

    for answer in (expired, empty):
        assert answer.status_code == 422
        assert Form(answer.text).fields["text"] == "花海"
    assert comments_in(session) == 0


@pytest.mark.parametrize(
    ("fields", "faulty"),
    [
        ({"text": "", "nickname": "晨曦"}, "text"),
        ({"text": "花海", "nickname": ""}, "nickname"),
        ({"text": "花" * 1001, "nickname": "晨曦"}, "text"),
        ({"text": "花海", "nickname": "晨" * 25}, "nickname"),
        ({"text": "花\x00海", "nickname": "晨曦"}, "text"),
    ],
)
def test_a_fault_is_shown_at_its_field_with_everything_typed(
    client: FlaskClient, session: Session, services: Services, fields: dict[str, str], faulty: str
) -> None:
    a_site(session, services)

    answer = client.post(f"{PAGE}&lang=en", data=fields, headers=OWN_PAGE)

    assert answer.status_code == 422
    assert '<html class="page" lang="en"' in answer.text
    assert f'id="{faulty}-error"' in answer.text
    kept = Form(answer.text).fields
    assert kept["nickname"] == fields["nickname"]
    assert kept["text"].replace("\ufffd", "\x00") == fields["text"]
    assert comments_in(session) == 0


def test_a_spent_limit_keeps_the_text_and_says_when(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, limits={**WIDE, "client": "1/minute"})
    post(client, text="第一条", nickname="晨曦")

    answer = post(client, text="第二条", nickname="晨曦")

    assert answer.status_code == 429
    assert Form(answer.text).fields["text"] == "第二条"
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.headers["RateLimit-Policy"].startswith('"client";q=1')
    assert answer.headers["Retry-After"] in answer.text


def test_a_thread_that_closed_meanwhile_gives_the_text_back(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    a_comment(session, services)
    page = client.get(PAGE)
    sites.set_thread_mode("demo", "1553855", Mode.CLOSED, session=session, services=services)

    answer = post(client, page, text="来晚了", nickname="晨曦")

    assert answer.status_code == 409
    assert Form(answer.text).fields["text"] == "来晚了"
    assert "<button" not in answer.text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_that_a_reader_writes_becomes_markup(
    client: FlaskClient, session: Session, services: Services, hostile: str
) -> None:
    a_site(session, services, mode=Mode.POST)
    plain = [tag for tag, _ in Form(client.get(PAGE).text).elements]
    a_comment(
        session,
        services,
        hostile,
        nickname=hostile[:24],
        link="https://x.example/?q=\"'<script>",
        thread_title=hostile,
    )

    pages = [
        client.get(PAGE),
        client.get(
            FRAME,
            query_string={
                "thread": "1553855",
                "reply": hostile,
                "lang": hostile,
                "theme": hostile,
                "sort": hostile,
            },
        ),
        client.get(FRAME, query_string={"thread": "1553855", "posted": "rejected", "reason": hostile}),
        client.get(FRAME, query_string={"thread": hostile}),
        client.post(
            PAGE, data={"text": hostile, "nickname": hostile * 5, "parent_id": hostile}, headers=OWN_PAGE
        ),
    ]

    for page in pages:
        assert page.mimetype == "text/html"
        seen = Form(page.text)
        tags = {tag for tag, _ in seen.elements}
        known = {*plain, "ol", "li", "article", "p", "a", "span", "time", "nav", "ul", "div", "img", "button"}
        assert tags <= known | {"script"}
        assert seen.scripts() in ([], ["application/ld+json"])
        for tag, attributes in seen.elements:
            assert not [name for name in attributes if name.startswith("on") or name == "style"], (
                tag,
                attributes,
            )
            for name in ("href", "src", "action"):
                assert (attributes.get(name) or "/").startswith(("/", "#", "https://x.example/")), attributes


def test_an_authors_link_opens_elsewhere_and_vouches_for_nothing(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    a_comment(session, services, link="https://x.example/")

    (link,) = [
        given
        for tag, given in Form(client.get(PAGE).text).elements
        if tag == "a" and given.get("class") == "name"
    ]

    assert link["href"] == "https://x.example/"
    assert {"nofollow", "ugc", "noopener"} <= set(str(link["rel"]).split())


def test_the_page_may_be_framed_by_the_sites_origins_alone_and_runs_nothing(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, origins=(ORIGIN, "https://m.news.example"))

    for answer in (
        client.get(PAGE),
        post(client, text="a", nickname="n"),
        post(client, text="", nickname="n"),
    ):
        policy = dict(
            part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";")
        )
        assert policy["default-src"] == "'none'"
        assert "script-src" not in policy
        assert policy["frame-ancestors"] == f"'self' https://m.news.example {ORIGIN}"
        assert (policy["form-action"], policy["base-uri"]) == ("'self'", "'none'")
        assert "X-Frame-Options" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_reply_stands_below_what_it_answers(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    root = a_comment(session, services).comment_id

    page = client.get(f"{PAGE}&reply={root}")
    answer = post(client, page, text="同感", nickname="读者")

    assert answer.status_code == 303
    shown = client.get("/api/v1/sites/demo/comments?thread=1553855").get_json()["comments"][0]
    assert [reply["text"] for reply in shown["replies"]] == ["同感"]


def test_a_reply_to_what_has_gone_gives_the_text_back(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.PRE)
    waiting = a_comment(session, services).comment_id

    answer = client.post(
        PAGE, data={"text": "同感", "nickname": "读者", "parent_id": str(waiting)}, headers=OWN_PAGE
    )

    assert answer.status_code == 422
    assert Form(answer.text).fields["text"] == "同感"
    assert comments_in(session) == 1


def test_a_page_links_to_its_next_and_keeps_thread_language_and_order(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    for number in range(21):
        a_comment(session, services, f"第{number}条", thread_key="专题/1?a&b")
    first = client.get(
        FRAME, query_string={"thread": "专题/1?a&b", "lang": "en", "sort": "oldest", "theme": "dark"}
    )

    more = next(
        str(given["href"]) for tag, given in Form(first.text).elements if given.get("class") == "more"
    )
    second = client.get(more)

    ids = [re.findall(r'id="c-([0-9a-f-]{36})"', page.text) for page in (first, second)]
    assert (len(ids[0]), len(ids[1])) == (20, 1)
    assert not set(ids[0]) & set(ids[1])
    assert 'lang="en" data-theme="dark"' in second.text


def test_an_open_refusal_names_its_category_in_words(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)
    active_rules(session, services, [a_rule("蠢货", Action.BLOCK, category="insult")])

    answer = post(client, text="你这个蠢货吧", nickname="晨曦")
    page = client.get(answer.headers["Location"].partition("#")[0])

    assert "reason=insult" in answer.headers["Location"]
    assert 'class="notice bad"' in page.text
    assert "蠢货" not in page.text


def test_a_crawler_reads_the_page_without_draining_the_challenges(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)

    pages = [client.get(PAGE) for _ in range(40)]

    assert {page.status_code for page in pages} == {200}
    assert sum('name="challenge_id"' in page.text for page in pages) == 30


def test_a_picture_on_the_page_can_be_fetched(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)

    (image,) = [given for tag, given in Form(client.get(PAGE).text).elements if tag == "img"]

    assert client.get(str(image["src"])).mimetype == "image/webp"
    assert image["alt"]


# Another challenge, with nothing posted ------------------------------------------------------------------------


def test_another_challenge_costs_nothing_that_was_typed_and_posts_nothing(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)
    page = client.get(f"{PAGE}&sort=oldest")

    again = post(client, page, text="写到\r\n一半", nickname="晨曦", waived="yes", another="yes")

    assert again.status_code == 200
    before, after = Form(page.text), Form(again.text)
    assert (after.fields["text"], after.fields["nickname"]) == ("写到\n一半", "晨曦")
    assert after.fields["challenge_id"] != before.fields["challenge_id"]
    assert "checked" in after.all("input", name="waived")[0]
    assert after.action == before.action
    assert 'role="alert"' not in again.text
    assert comments_in(session) == 0
    assert post(client, again, answer="2").status_code == 303


@pytest.mark.parametrize("origin", [ORIGIN, "null", "https://elsewhere.example"])
def test_what_was_typed_elsewhere_is_taken_over_but_not_posted(
    client: FlaskClient, session: Session, services: Services, origin: str
) -> None:
    a_site(session, services)

    answer = client.post(PAGE, data={"text": "花海", "another": "yes"}, headers={"Origin": origin})

    assert answer.status_code == 200
    assert Form(answer.text).fields["text"] == "花海"
    assert comments_in(session) == 0


def test_enter_in_a_field_posts_and_does_not_ask_for_another_challenge(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)

    buttons = Form(client.get(PAGE).text).all("button")

    # The first button of a form is what Enter presses (HTML, 4.10.22.2).
    assert [button.get("name") for button in buttons] == [None, "another", None]
    assert (buttons[0]["tabindex"], buttons[0]["aria-hidden"]) == ("-1", "true")


def test_a_fault_of_another_request_is_not_shown_with_a_new_challenge(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE)

    answer = client.post(f"{PAGE}&posted=pending", data={"text": "", "another": "yes"}, headers=OWN_PAGE)

    assert answer.status_code == 200
    assert 'class="notice' not in answer.text


# What a reader sees of the list ----------------------------------------------------------------------------------


def a_branch(session: Session, services: Services, clock: FrozenClock, replies: int) -> UUID:
    root = a_comment(session, services, "楼主", nickname="楼主").comment_id
    for number in range(replies):
        clock.move(seconds=1)
        a_comment(session, services, f"回{number}。", parent_id=root, nickname="读者")
    return root


def test_every_reply_can_be_reached(
    client: FlaskClient, session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, mode=Mode.POST)
    root = a_branch(session, services, clock, 45)
    page = client.get(f"{PAGE}&lang=zh-CN&theme=dark")
    (link,) = Form(page.text).all("a", class_="plain rest")
    assert "查看其余 35 条回复" in page.text

    seen: list[str] = []
    address: str | None = str(link["href"])
    while address:
        branch = client.get(address)
        assert 'data-theme="dark"' in branch.text
        seen += re.findall(r"回(\d+)。</p>", branch.text)
        more = Form(branch.text).all("a", class_="more")
        address = str(more[0]["href"]) if more else None

    assert seen == [str(number) for number in range(45)]
    assert f"root={root}" in str(link["href"])


def test_the_page_of_one_comment_answers_that_comment(
    client: FlaskClient, session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, mode=Mode.POST)
    root = a_branch(session, services, clock, 11)
    branch = client.get(f"{PAGE}&lang=zh-CN&root={root}")

    answer = post(client, branch, text="第十二条回复", nickname="晨曦")

    assert "楼主 的评论与 11 条回复" in branch.text
    assert Form(branch.text).fields["parent_id"] == str(root)
    assert f"root={root}" in answer.headers["Location"]
    assert client.get(answer.headers["Location"].partition("#")[0]).status_code == 200
    assert "查看全部评论" in branch.text


@pytest.mark.parametrize("root", ["0190f5a0-0000-7000-8000-000000000000", "nonsense", "", "<script>"])
def test_the_page_of_a_comment_that_is_not_there_says_so_to_a_person(
    client: FlaskClient, session: Session, services: Services, root: str
) -> None:
    a_site(session, services)

    answer = client.get(
        FRAME,
        query_string={"thread": "1553855", "root": root, "lang": "zh-TW"},
        headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"},
    )

    assert answer.status_code == (404 if root else 200)
    assert ("這則留言已經不在" in answer.text) == bool(root)
    assert answer.mimetype == "text/html"


def test_a_reply_or_another_threads_comment_has_no_page_of_its_own_there(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    root = a_comment(session, services).comment_id
    reply = a_comment(session, services, parent_id=root).comment_id

    assert client.get(f"{PAGE}&root={reply}").status_code == 404
    assert client.get(f"{FRAME}?thread=other&root={root}").status_code == 404


def test_a_reply_to_what_stands_on_a_later_page_is_a_reply(
    client: FlaskClient, session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, mode=Mode.POST)
    oldest = a_comment(session, services, "最早", nickname="老李").comment_id
    for number in range(21):
        clock.move(seconds=1)
        a_comment(session, services, f"第{number}条")

    page = client.get(f"{PAGE}&lang=zh-CN&reply={oldest}")
    post(client, page, text="同感", nickname="读者")

    assert f'id="c-{oldest}"' not in page.text
    assert Form(page.text).fields["parent_id"] == str(oldest)
    assert "回复 老李" in page.text
    assert client.get(f"/api/v1/sites/demo/comments/{oldest}/replies").get_json()["comments"]


def test_each_comment_can_be_answered_reported_and_linked_to(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    comment = a_comment(session, services).comment_id

    seen = Form(client.get(f"{PAGE}&lang=en&dir=rtl").text)

    (report,) = seen.all("a", class_="plain report")
    assert report["href"] == f"/embed/v1/demo/comments/{comment}/report?lang=en&dir=rtl"
    (when,) = seen.all("a", class_="when")
    assert when["href"] == f"/embed/v1/demo/comments/{comment}?lang=en&dir=rtl"
    assert when["target"] == "_top"
    assert any(f"reply={comment}" in str(link["href"]) for link in seen.all("a", class_="plain"))
    assert seen.all("html")[0]["dir"] == "rtl"


def test_every_order_there_is_can_be_chosen(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    for text in ("第一条", "第二条"):
        a_comment(session, services, text)

    for order in Sort:
        page = client.get(f"{PAGE}&sort={order}")
        links = [link for link in Form(page.text).all("a", class_="plain") if "sort=" in str(link["href"])]
        assert [order.value in str(link["href"]) for link in links if link.get("aria-current")] == [True]
        assert {sort for sort in Sort for link in links if f"sort={sort}" in str(link["href"])} == set(Sort)


def test_the_page_lists_itself_nowhere_and_names_the_article(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    a_comment(session, services, thread_url=f"{ORIGIN}/a/1553855.html")

    alone = Form(client.get(f"{PAGE}&lang=zh-CN").text)
    framed = client.get(f"{PAGE}&lang=zh-CN", headers={"Sec-Fetch-Dest": "iframe"}).text

    assert alone.all("meta", name="robots")[0]["content"] == "noindex, indexifembedded"
    assert alone.all("link", rel="canonical")[0]["href"] == f"{ORIGIN}/a/1553855.html"
    assert "返回文章" in alone.text
    assert "返回文章" not in framed


def test_search_engines_read_the_comments_whatever_they_hold(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    root = a_comment(
        session,
        services,
        "</script><script>alert(1)</script>\n第二行 <!-- & \u2028 '",
        nickname="<b>晨曦</b>",
        thread_url=f"{ORIGIN}/a.html",
    ).comment_id
    reply = a_comment(session, services, "同感", parent_id=root).comment_id

    page = client.get(PAGE)

    seen = Form(page.text)
    assert seen.scripts() == ["application/ld+json"]
    assert "<" not in seen.linked_data
    first, second = seen.comments()
    address = f"http://localhost/embed/v1/demo/comments/{root}"
    assert (first["@id"], first["url"]) == (address, address)
    assert first["text"] == "</script><script>alert(1)</script>\n第二行 <!-- & \u2028 '"
    assert first["author"] == {"@type": "Person", "name": "<b>晨曦</b>"}
    assert first["dateCreated"] == "2026-11-22T08:00:00Z"
    assert first["parentItem"] == {
        "@type": "CreativeWork",
        "@id": f"{ORIGIN}/a.html",
        "url": f"{ORIGIN}/a.html",
    }
    assert second["url"].endswith(str(reply))
    assert second["parentItem"] == {"@type": "Comment", "@id": address}


# After posting ---------------------------------------------------------------------------------------------------


def test_the_notice_leads_to_the_status_of_what_was_posted(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services)

    page = client.get(f"{PAGE}&lang=zh-CN&posted=pending&receipt=ABCD-efgh-ijkl-mnop")

    assert "查看处理进度（回执号 abcd-efgh-ijkl-mnop）" in page.text
    assert Form(page.text).all("a", href="/embed/v1/demo/receipts/abcd-efgh-ijkl-mnop?lang=zh-CN")
    assert page.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("code", ["", "x", "../../evil", "javascript:alert(1)", "abcd-efgh-ijkl-mno1"])
def test_what_is_no_receipt_is_not_linked_to(
    client: FlaskClient, session: Session, services: Services, code: str
) -> None:
    a_site(session, services)

    page = client.get(FRAME, query_string={"thread": "1", "posted": "pending", "receipt": code})

    assert "receipts" not in page.text


def test_a_receipt_is_handed_on_where_there_is_one(
    client: FlaskClient, session: Session, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_site(session, services)
    submit = intake.submit

    @dataclass(frozen=True, slots=True, kw_only=True)
    class WithCode(Receipt):
        code: str

    def submit_with_code(*given: Any, **named: Any) -> WithCode:
        receipt = submit(*given, **named)
        known = {name: getattr(receipt, name) for name in Receipt.__dataclass_fields__}
        return WithCode(**known | {"code": "abcd-efgh-ijkl-mnop"})

    monkeypatch.setattr(intake, "submit", submit_with_code)

    answer = post(client, text="花海", nickname="晨曦")

    assert "receipt=abcd-efgh-ijkl-mnop" in answer.headers["Location"]


def test_where_readers_must_sign_in_a_sentence_stands_instead_of_the_form(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    a_comment(session, services)
    sites.change("demo", SiteSettings(sign_in=SignIn.REQUIRED), session=session, services=services)

    page, fragment = (client.get(path) for path in (f"{PAGE}&lang=en", f"{FRAGMENT}&lang=en"))

    for shown in (page, fragment):
        assert "Sign in to comment." in shown.text
        assert not Form(shown.text).all("form")
        assert "reply=" not in shown.text
        assert "花海" in shown.text

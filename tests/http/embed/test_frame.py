"""The page without JavaScript, as a browser without JavaScript uses it: read, post, be refused, try again."""

import re
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moderation.domain.policy import ChallengeMode, Mode
from moderation.flows import sites
from moderation.ports import Services
from moderation.rules import Action
from moderation.store.tables import Comment
from tests.factories import ORIGIN, WIDE, a_comment, a_rule, a_site, active_rules
from tests.fakes import FrozenClock
from tests.http.api.answers import FRAME

PAGE = f"{FRAME}?thread=1553855"
OWN_PAGE = {"Origin": "http://localhost"}
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</textarea><script>alert(1)</script>",
    "{{ 7*7 }}{% raw %}",
    "<!--",
    "]]>",
    "&lt;b&gt;",
]


class Form(HTMLParser):
    """What a browser would send back: the page's fields with their values, and every element it saw."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.action = ""
        self._textarea: str | None = None
        # A browser reads CRLF as LF before it parses (HTML, 13.2.3.5).
        self.feed(html.replace("\r\n", "\n"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.elements.append((tag, given))
        if tag == "form":
            self.action = given.get("action") or ""
        if tag == "input" and given.get("name"):
            self.fields[str(given["name"])] = given.get("value") or ""
        if tag == "textarea":
            self._textarea = str(given["name"])
            self.fields[self._textarea] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = None

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            # A browser drops the first line end of a textarea (HTML, 4.10.11).
            self.fields[self._textarea] += data.removeprefix("\n")


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
        assert tags <= {*plain, "ol", "li", "article", "p", "a", "span", "time", "nav", "ul", "div", "img"}
        assert "script" not in tags
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

"""Path by path: what nobody has approved cannot be read by the public, whatever they ask for and however.

The addresses are generated from the application's own routes: a route that is new is asked too, and one whose
address this test cannot fill in fails it.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import AnyConverter, IntegerConverter, UUIDConverter
from werkzeug.routing import Rule as Route

from moderation.domain.account import Opened, Role, SessionLife
from moderation.domain.comment import Status
from moderation.domain.events import OPERATOR
from moderation.domain.policy import ChallengeMode, Mode
from moderation.domain.reasons import Reason
from moderation.domain.review import DecisionKind
from moderation.flows import accounts, review, sites
from moderation.flows.review import Reviewer, Ruling
from moderation.flows.sites import SiteSettings
from moderation.ports import Services
from moderation.rules import Action
from moderation.store import changes
from moderation.store.tables import Comment
from moderation.store.transaction import transaction
from tests.factories import (
    LEASE_TOKEN,
    ORIGIN,
    a_claim,
    a_comment,
    a_rule,
    a_site,
    a_writer,
    active_rules,
    an_account,
    revised,
)
from tests.http.api.answers import COMMENTS, COUNTS, FRAME

THREAD = "1553855"
TOKEN, ANOTHERS_TOKEN = "mod_author_" + "w" * 43, "mod_author_" + "x" * 43
TOKENS: tuple[dict[str, str], ...] = ({}, {"Author-Token": ANOTHERS_TOKEN})
OF_A_TOKEN = {"api.list_own_comments", "api.export_own_data"}
HIDDEN = [Status.PENDING, Status.REJECTED, Status.WITHDRAWN, Status.ERASED]
FILES = ("embed.js", "box.js", "embed.css", "frame.css", "console.css", "keys.js", "htmx.min.js")


@dataclass(frozen=True)
class Planted:
    """A comment whose every field carries a word that stands nowhere else."""

    id: UUID
    words: tuple[str, ...]


class Garden:
    """Plants comments on one site and moves them to a status."""

    def __init__(self, session: Session, services: Services) -> None:
        self.session, self.services = session, services
        self._numbers = itertools.count(100)

    def plant(
        self, status: Status, *, parent: Planted | None = None, thread: str = THREAD, text: str = ""
    ) -> Planted:
        number = next(self._numbers)
        words = (f"leaktext{number}", f"leakname{number}", f"leaklink{number}")
        receipt = a_comment(
            self.session,
            self.services,
            f"{words[0]} 花海 {text}",
            nickname=words[1],
            link=f"https://{words[2]}.example/",
            thread_key=thread,
            parent_id=None if parent is None else parent.id,
            author_token=TOKEN,
        )
        planted = Planted(receipt.comment_id, words)
        self.put(planted, status)
        return planted

    def put(self, planted: Planted, status: Status) -> None:
        moment = changes.Moment(now=self.services.clock.now(), new_id=self.services.ids.new)
        site_id = sites.find("demo", session=self.session).id
        with transaction(self.session):
            comment = changes.lock_comment(self.session, site_id, planted.id)
            reason = Reason.OTHER if status is Status.REJECTED else None
            changes.apply(self.session, comment, status, reason=reason, actor=OPERATOR, moment=moment)


@pytest.fixture
def garden(session: Session, services: Services) -> Garden:
    a_site(session, services, mode=Mode.PRE)
    return Garden(session, services)


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    made = app.test_client()
    made.environ_base["HTTP_ORIGIN"] = ORIGIN
    return made


def arguments_of(route: Route, ids: list[str], challenges: list[str]) -> Iterator[dict[str, str]]:
    """Fill in an address, in every way that could lead to a comment."""
    values = {
        "site_key": ["demo"],
        "comment_id": ids,
        "item_id": ids,
        "decision_id": ids[:1],
        "challenge_id": challenges,
        "code": ["abcd-efgh-ijkl-mnop", *ids[:1]],  # whoever holds the right one is no stranger
        "name": list(FILES),
        "slug": ["comment-unknown", "thread-closed"],
        "_rest": ["nowhere"],
        "key": ["rule-1"],
        "token": ["mod_invitation_none"],
    }
    for name, converter in route._converters.items():
        if isinstance(converter, UUIDConverter):
            values.setdefault(name, ids[:2])
        elif isinstance(converter, IntegerConverter):
            values.setdefault(name, ["1"])
        elif isinstance(converter, AnyConverter):
            values[name] = sorted(converter.items)
    unknown = set(route.arguments) - set(values)
    assert not unknown, f"say here how {route.rule} is filled in: {unknown}"
    names = sorted(route.arguments)
    for chosen in itertools.product(*(values[name] for name in names)):
        yield dict(zip(names, chosen, strict=True))


def queries_of(route: Route, ids: list[str], cursors: list[str]) -> Iterator[dict[str, object]]:
    """Ask with every parameter that a public page takes; a route that takes none ignores them."""
    yield {}
    if not {"site_key"} & set(route.arguments) or route.rule.startswith("/console/"):
        return  # the desk asks a stranger to sign in, whatever else he says
    base: dict[str, object] = {"thread": THREAD}
    yield base
    yield {"thread": [THREAD, "empty", "other"]}
    for sort, limit in itertools.product(("newest", "oldest", "popular"), (1, 100)):
        yield {**base, "sort": sort, "limit": limit}
    for cursor, sort in itertools.product(cursors, ("newest", "oldest", "popular")):
        yield {**base, "cursor": cursor, "sort": sort}
    for lang, theme in (("zh-CN", "dark"), ("zh-TW", "dark"), ("en", "light")):
        yield {**base, "lang": lang, "theme": theme}
    for comment_id in ids:
        yield {**base, "reply": comment_id, "parent_id": comment_id}
        yield {**base, "root": comment_id}
    for posted in ("published", "pending", "rejected"):
        yield {**base, "posted": posted, "reason": "insult"}
    yield {**base, "status": "pending", "all": "1", "preview": "1", "include": "pending"}


def cursors_around(session: Session) -> list[str]:
    """Make cursors that point at, before and beyond every comment there is."""
    from moderation.domain.cursor import Cursor, PopularCursor

    session.rollback()
    rows = session.query(Comment.created_at, Comment.id).all()
    session.rollback()
    return [
        *(Cursor(created_at, comment_id).encode() for created_at, comment_id in rows),
        *(PopularCursor(0, created_at, comment_id).encode() for created_at, comment_id in rows[:2]),
        PopularCursor(2**31 - 1, rows[0][0], UUID(int=2**128 - 1)).encode(),
        Cursor(rows[0][0], UUID(int=0)).encode(),
        Cursor(rows[0][0], UUID(int=2**128 - 1)).encode(),
    ]


def everything_public(
    app: Flask, stranger: FlaskClient, session: Session, ids: list[UUID]
) -> Iterator[tuple[str, str]]:
    """Walk every GET route as a stranger: with no token, with another author's, with what a browser might add."""
    names = [str(one) for one in ids]
    cursors = cursors_around(session)
    challenge = stranger.post("/api/v1/sites/demo/challenges", json={}).get_json().get("id")
    challenges = [challenge or names[0], *names]
    with app.test_request_context():
        adapter = app.create_url_adapter(None) or app.url_map.bind("localhost")
    for route in app.url_map.iter_rules():
        if "GET" not in (route.methods or ()):
            continue
        for arguments in arguments_of(route, names, challenges):
            path = adapter.build(route.endpoint, arguments) if route.arguments else route.rule
            for query in queries_of(route, names, cursors):
                for headers in TOKENS if route.endpoint in OF_A_TOKEN else TOKENS[:1]:
                    answer = stranger.get(path, query_string=query, headers=headers, buffered=True)
                    assert answer.status_code < 500, (path, query, answer.text[:300])
                    yield f"{path} {query}", f"{answer.headers}\n{answer.get_data(as_text=True)}"


def assert_nowhere(
    words: list[str], app: Flask, stranger: FlaskClient, session: Session, ids: list[UUID]
) -> None:
    asked = 0
    for where, answer in everything_public(app, stranger, session, ids):
        asked += 1
        leaked = [word for word in words if word in answer]
        assert not leaked, f"{leaked} can be read at {where}"
    assert asked > 100


def test_no_unapproved_word_can_be_read_anywhere(
    app: Flask, stranger: FlaskClient, garden: Garden, session: Session, services: Services
) -> None:
    shown = garden.plant(Status.PUBLISHED)
    shown_reply = garden.plant(Status.PUBLISHED, parent=shown)
    hidden = [garden.plant(status) for status in HIDDEN]
    hidden += [garden.plant(status, parent=shown) for status in HIDDEN]
    hidden += [garden.plant(status, parent=shown_reply) for status in HIDDEN]
    hidden += [garden.plant(status, thread="other") for status in HIDDEN]
    sites.change("demo", SiteSettings(challenge=ChallengeMode.IMAGE), session=session, services=services)

    words = [word for planted in hidden for word in planted.words]
    ids = [shown.id, shown_reply.id, hidden[0].id, hidden[4].id]

    assert_nowhere(words, app, stranger, session, ids)
    page = stranger.get(COMMENTS, query_string={"thread": THREAD}).text
    assert all(word in page for word in (*shown.words, *shown_reply.words)), (
        "the walk would see a word if it were there"
    )


@pytest.mark.parametrize("place", ["root", "reply", "reply below"])
def test_neither_the_old_nor_the_new_text_of_an_edit_that_waits_can_be_read_anywhere(
    app: Flask, stranger: FlaskClient, garden: Garden, session: Session, services: Services, *, place: str
) -> None:
    root = garden.plant(Status.PUBLISHED)
    reply = garden.plant(Status.PUBLISHED, parent=root)
    below = garden.plant(Status.PUBLISHED, parent=reply)
    edited = {"root": root, "reply": reply, "reply below": below}[place]
    others = [one for one in (root, reply, below) if one is not edited]

    answer = revised(
        session,
        services,
        edited.id,
        "editedtext 花海",
        nickname="editedname",
        writer=a_writer(TOKEN),
    )

    assert answer.status is Status.PENDING
    hidden = [*edited.words, "editedtext", "editedname"]
    assert_nowhere(hidden, app, stranger, session, [root.id, reply.id, below.id])
    page = stranger.get(COMMENTS, query_string={"thread": THREAD}).text
    assert all(other.words[0] in page for other in others)
    assert stranger.get(COUNTS, query_string={"thread": THREAD}).get_json() == {"counts": {THREAD: 2}}


def test_the_old_text_of_an_edit_that_shows_can_be_read_nowhere(
    app: Flask, stranger: FlaskClient, garden: Garden, session: Session, services: Services
) -> None:
    sites.change("demo", SiteSettings(mode=Mode.POST), session=session, services=services)
    edited = garden.plant(Status.PUBLISHED)
    before = public_versions(stranger, THREAD, edited.id)

    answer = revised(
        session,
        services,
        edited.id,
        "editedtext 花海",
        nickname="editedname",
        writer=a_writer(TOKEN),
    )

    assert answer.status is Status.PUBLISHED
    assert_nowhere(list(edited.words[:2]), app, stranger, session, [edited.id])
    shown = stranger.get(COMMENTS, query_string={"thread": THREAD}).text
    assert "editedtext" in shown
    assert "editedname" in shown
    after = public_versions(stranger, THREAD, edited.id)
    assert {path for path in before if before[path] != after[path]} == {
        path for path in before if "count" not in path
    }


def test_an_edit_of_what_waits_is_seen_by_no_stranger_and_changes_no_version(
    app: Flask, stranger: FlaskClient, garden: Garden, session: Session, services: Services
) -> None:
    garden.plant(Status.PUBLISHED)
    waiting = garden.plant(Status.PENDING)
    before = public_versions(stranger, THREAD, waiting.id)

    revised(session, services, waiting.id, "editedtext 花海", writer=a_writer(TOKEN))

    assert_nowhere([*waiting.words, "editedtext"], app, stranger, session, [waiting.id])
    assert public_versions(stranger, THREAD, waiting.id) == before


@pytest.mark.parametrize("status", HIDDEN)
def test_what_was_published_once_is_gone_with_its_name_though_replies_keep_their_place(
    app: Flask, stranger: FlaskClient, garden: Garden, session: Session, status: Status
) -> None:
    root = garden.plant(Status.PUBLISHED)
    reply = garden.plant(Status.PUBLISHED, parent=root)
    below = garden.plant(Status.PUBLISHED, parent=reply)
    garden.put(root, status)
    garden.put(reply, status)

    assert_nowhere([*root.words, *reply.words], app, stranger, session, [root.id, reply.id, below.id])
    (place,) = stranger.get(COMMENTS, query_string={"thread": THREAD}).get_json()["comments"]
    assert (place["state"], place["text"], place["nickname"], place["link"]) == ("removed", None, None, None)
    (kept,) = place["replies"]
    assert (kept["text"].split()[0], kept["reply_to"]) == (below.words[0], None)


@pytest.mark.parametrize("status", HIDDEN)
def test_who_likes_or_reports_an_unapproved_comment_learns_nothing_of_it(
    stranger: FlaskClient, garden: Garden, status: Status
) -> None:
    hidden = garden.plant(status)
    there = f"{COMMENTS}/{hidden.id}"
    nowhere = f"{COMMENTS}/{UUID(int=7)}"
    asked: list[tuple[str, dict[str, object]]] = [
        ("like", {"is_liked": True}),
        ("like", {"is_liked": False}),
        ("reports", {"reason": "fraud"}),
    ]
    for what, body in asked:
        answers = [stranger.post(f"{path}/{what}", json=body, headers=TOKENS[1]) for path in (there, nowhere)]
        told = [{**answer.get_json(), "request_id": None} for answer in answers]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert told[0] == told[1]
    own_page = f"/embed/v1/demo/comments/{hidden.id}/report"
    page = stranger.post(own_page, data={"reason": "fraud"}, headers={"Origin": "http://localhost"})
    assert page.status_code == 404
    assert not [word for word in hidden.words if word in page.text]


@pytest.mark.parametrize("status", HIDDEN)
def test_a_receipt_of_a_report_does_not_show_what_is_hidden_since(
    app: Flask, stranger: FlaskClient, garden: Garden, session: Session, status: Status
) -> None:
    planted = garden.plant(Status.PUBLISHED)
    own_page = f"/embed/v1/demo/comments/{planted.id}/report"
    sent = stranger.post(own_page, data={"reason": "fraud"}, headers={"Origin": "http://localhost"})
    garden.put(planted, status)

    receipt = stranger.get(sent.headers["Location"])

    assert receipt.status_code == 200
    assert not [word for word in planted.words if word in receipt.text]
    assert_nowhere(list(planted.words), app, stranger, session, [planted.id])


def test_an_undone_approval_takes_the_text_back(
    app: Flask, stranger: FlaskClient, garden: Garden, session: Session, services: Services
) -> None:
    an_account(session, services, "lin", Role.MODERATOR, site_key="demo")
    reviewer = a_reviewer(session, services)
    planted = garden.plant(Status.PENDING)
    claimed = a_claim(session, services, reviewer)
    assert claimed is not None
    ruling = Ruling(item_id=claimed.item_id, lease_token=LEASE_TOKEN, revision=1, kind=DecisionKind.APPROVE)
    decided = review.decide(ruling, reviewer=reviewer, session=session, services=services)
    assert planted.words[0] in stranger.get(COMMENTS, query_string={"thread": THREAD}).text

    review.undo(decided.decision_id, token=LEASE_TOKEN, reviewer=reviewer, session=session, services=services)

    assert_nowhere(list(planted.words), app, stranger, session, [planted.id])
    assert stranger.get(COUNTS, query_string={"thread": THREAD}).get_json() == {"counts": {THREAD: 0}}


def a_reviewer(session: Session, services: Services) -> Reviewer:
    from datetime import timedelta

    life = SessionLife(absolute=timedelta(hours=1), idle=timedelta(hours=1))
    entered = accounts.sign_in("lin", "correct horse battery", life=life, session=session, services=services)
    assert isinstance(entered, Opened)
    signed_in = accounts.find_signed_in(entered.token, life=life, session=session, services=services)
    assert signed_in is not None
    site_ids = (sites.find("demo", session=session).id,)
    return Reviewer(
        account_id=signed_in.account_id, name=signed_in.name, site_ids=site_ids, senior_site_ids=()
    )


def test_masked_words_are_shown_to_nobody(
    app: Flask, stranger: FlaskClient, garden: Garden, session: Session, services: Services
) -> None:
    masked = ["maskedtext", "maskedname", "maskedlink"]
    active_rules(session, services, [a_rule(word, Action.MASK) for word in masked])
    receipt = a_comment(
        session,
        services,
        "买maskedtext吗",
        nickname="我是maskedname",
        link="https://maskedlink.example/",
        author_token=TOKEN,
    )
    garden.put(Planted(receipt.comment_id, ()), Status.PUBLISHED)
    reply = garden.plant(Status.PUBLISHED, parent=Planted(receipt.comment_id, ()))
    garden.plant(Status.PUBLISHED, parent=reply)

    assert_nowhere(masked, app, stranger, session, [receipt.comment_id, reply.id])
    (shown,) = stranger.get(COMMENTS, query_string={"thread": THREAD}).get_json()["comments"]
    assert shown["text"].startswith("买")
    assert shown["link"] is None


def public_versions(
    stranger: FlaskClient, thread: str, root: UUID
) -> dict[str, tuple[int, str | None, bytes]]:
    """Ask for everything about a thread that has a version."""
    paths = [
        f"{COMMENTS}?thread={thread}",
        f"{COMMENTS}?thread={thread}&sort=oldest&limit=1",
        f"{COMMENTS}/{root}/replies",
        f"{COUNTS}?thread={thread}&thread=other",
        f"{COMMENTS}/{root}",
        "/api/v1/sites/demo/recent",
        f"/embed/v1/demo/fragment?thread={thread}",
        f"/embed/v1/demo/count.txt?thread={thread}",
        f"/embed/v1/demo/thread.atom?thread={thread}",
        "/embed/v1/demo/site.atom",
    ]
    answers = {path: stranger.get(path) for path in paths}
    return {
        # A refusal carries the id of its request, which is never the same.
        path: (got.status_code, got.headers.get("ETag"), got.data if got.status_code == 200 else b"")
        for path, got in answers.items()
    }


@pytest.mark.parametrize("status", HIDDEN)
def test_an_unapproved_comment_changes_no_version_and_no_count(
    stranger: FlaskClient, garden: Garden, status: Status
) -> None:
    root = garden.plant(Status.PUBLISHED)
    before = public_versions(stranger, THREAD, root.id)

    garden.plant(status)
    garden.plant(status, parent=root)

    assert public_versions(stranger, THREAD, root.id) == before


def test_a_first_unapproved_comment_does_not_show_that_a_thread_has_begun(
    stranger: FlaskClient, garden: Garden
) -> None:
    before = public_versions(stranger, "fresh", UUID(int=0))

    garden.plant(Status.PENDING, thread="fresh")

    assert public_versions(stranger, "fresh", UUID(int=0)) == before


@pytest.mark.usefixtures("garden")
def test_a_strangers_title_and_address_of_a_page_wait_with_his_comment(
    stranger: FlaskClient, session: Session, services: Services
) -> None:
    a_comment(
        session,
        services,
        thread_key="fresh",
        thread_title="leaktitle 加微信",
        thread_url="https://leakaddress.example/",
    )

    page = stranger.get(COMMENTS, query_string={"thread": "fresh"}).text
    frame = stranger.get(FRAME, query_string={"thread": "fresh"}).text

    assert "leaktitle" not in page + frame
    assert "leakaddress" not in page + frame

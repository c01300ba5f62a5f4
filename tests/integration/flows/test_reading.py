"""What the public reads, on both databases: published text only, whole pages, tags that change when the view does."""

import dataclasses
import itertools
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.errors import CommentUnknown, CursorInvalid, Fault, Invalid, SiteUnknown
from moderation.domain.events import OPERATOR
from moderation.domain.policy import Mode
from moderation.domain.reasons import Reason
from moderation.flows import reading, sites
from moderation.flows.reading import FIRST_REPLIES, Page, PageQuery, Replies, Sort
from moderation.flows.sites import SiteSettings
from moderation.ports import Services
from moderation.rules import Action
from moderation.store import changes
from moderation.store.tables import Comment
from moderation.store.transaction import transaction
from tests.conftest import Queries
from tests.factories import AUTHOR_TOKEN, ORIGIN, a_comment, a_rule, a_site, a_writer, active_rules
from tests.fakes import FrozenClock

QUERY = PageQuery(site_key="demo", thread_key="1553855")
TOKEN = AUTHOR_TOKEN
NONE: frozenset[str] = frozenset()


def page(session: Session, query: PageQuery = QUERY) -> Page:
    body = reading.thread_page(query, NONE, session=session).body
    assert body is not None
    return body


def etag(session: Session, query: PageQuery = QUERY) -> str:
    return reading.thread_page(query, NONE, session=session).etag


def replies(session: Session, root_id: UUID, *, cursor: str | None = None, limit: int = 20) -> Replies:
    body = reading.replies_page(
        "demo", root_id, cursor=cursor, limit=limit, known_etags=NONE, session=session
    ).body
    assert body is not None
    return body


def give(session: Session, services: Services, comment_id: UUID, status: Status) -> None:
    """Change a comment's status through the one door."""
    with transaction(session):
        found = session.get_one(Comment, comment_id)
        comment = changes.lock_comment(session, found.site_id, comment_id)
        moment = changes.Moment(now=services.clock.now(), new_id=services.ids.new)
        reason = Reason.OTHER if status is Status.REJECTED else None
        changes.apply(session, comment, status, reason=reason, actor=OPERATOR, moment=moment)


def test_an_unknown_thread_of_a_known_site_is_an_empty_one(session: Session, services: Services) -> None:
    a_site(session, services)

    found = page(session)

    assert (found.thread.count, found.comments, found.next_cursor) == (0, [], None)
    assert found.thread.is_open


@pytest.mark.parametrize("key", ["nowhere", "a\x00", "", "A B"])
def test_an_unknown_site_has_no_pages(session: Session, key: str) -> None:
    with pytest.raises(SiteUnknown):
        page(session, dataclasses.replace(QUERY, site_key=key))
    with pytest.raises(SiteUnknown):
        reading.counts(key, ["1"], session=session)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"thread_key": ""}, Fault("/thread", "blank")),
        ({"thread_key": "a\x00"}, Fault("/thread", "unstorable-character")),
        ({"limit": 0}, Fault("/limit", "out-of-range", 100)),
        ({"limit": 101}, Fault("/limit", "out-of-range", 100)),
    ],
    ids=str,
)
def test_an_unsound_query_is_refused(session: Session, changed: dict[str, object], fault: Fault) -> None:
    with pytest.raises(Invalid) as refused:
        page(session, dataclasses.replace(QUERY, **changed))  # type: ignore[arg-type]

    assert list(refused.value.faults) == [fault]


def test_a_cursor_of_somebody_else_is_refused(session: Session, services: Services) -> None:
    a_site(session, services)

    with pytest.raises(CursorInvalid):
        page(session, dataclasses.replace(QUERY, cursor="x"))


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.PUBLISHED])
def test_only_published_text_leaves(session: Session, services: Services, status: Status) -> None:
    a_site(session, services, mode=Mode.POST)
    hidden = a_comment(session, services, "秘密", link="https://secret.example")
    root = a_comment(session, services, "公开")
    below = a_comment(session, services, "秘密回复", parent_id=root.comment_id)
    for comment_id in (hidden.comment_id, below.comment_id):
        give(session, services, comment_id, status)

    found = page(session)

    assert [comment.text for comment in found.comments] == ["公开"]
    assert found.comments[0].replies == replies(session, root.comment_id).comments == []
    assert found.thread.count == 1
    assert "秘密" not in repr(found)


def test_a_removed_root_keeps_its_place_for_its_replies_and_shows_nothing_of_itself(
    session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    root = a_comment(session, services, "秘密", nickname="某人", link="https://secret.example")
    reply = a_comment(session, services, "回复", parent_id=root.comment_id)
    nested = a_comment(session, services, "再回", parent_id=reply.comment_id)
    give(session, services, root.comment_id, Status.REJECTED)

    (place,) = page(session).comments

    assert (place.state, place.text, place.nickname, place.link) == ("removed", None, None, None)
    assert [(each.id, each.text) for each in place.replies] == [
        (reply.comment_id, "回复"),
        (nested.comment_id, "再回"),
    ]
    assert place.replies[0].reply_to is None
    assert place.replies[1].reply_to == reading.ReplyTo(id=reply.comment_id, nickname="晨曦")
    give(session, services, reply.comment_id, Status.REJECTED)
    assert page(session).comments[0].replies[0].reply_to is None
    give(session, services, nested.comment_id, Status.REJECTED)
    assert page(session).comments == []


def test_the_public_reads_the_masked_text(session: Session, services: Services) -> None:
    a_site(session, services, mode=Mode.RULES)
    active_rules(session, services, [a_rule("笨蛋", Action.MASK)])
    root = a_comment(session, services, "你这笨蛋啊", nickname="笨蛋先生")
    child = a_comment(session, services, "哦", parent_id=root.comment_id)
    a_comment(session, services, "笨蛋", parent_id=child.comment_id, nickname="笨蛋")

    found = page(session)

    assert "笨蛋" not in repr(found)
    assert (found.comments[0].text, found.comments[0].nickname) == ("你这**啊", "**先生")


def test_a_title_and_an_address_show_only_once_something_was_let_through(
    session: Session, services: Services
) -> None:
    a_site(session, services)
    comment = a_comment(session, services, thread_title="买药加微信", thread_url=f"{ORIGIN}/x")

    before = page(session).thread
    give(session, services, comment.comment_id, Status.PUBLISHED)
    after = page(session).thread

    assert (before.title, before.url) == (None, None)
    assert (after.title, after.url) == ("买药加微信", f"{ORIGIN}/x")


def test_ten_replies_stand_under_a_comment_and_the_cursor_leads_to_the_rest(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, mode=Mode.POST)
    root = a_comment(session, services, "根")
    ids = []
    for number in range(FIRST_REPLIES + 3):
        clock.move(seconds=number % 2)
        ids.append(a_comment(session, services, f"第{number}条", parent_id=root.comment_id).comment_id)

    (shown,) = page(session).comments
    rest = replies(session, root.comment_id, cursor=shown.next_reply_cursor)

    assert shown.reply_count == len(ids)
    assert [each.id for each in shown.replies] + [each.id for each in rest.comments] == ids
    assert rest.next_cursor is None


def test_exactly_ten_replies_have_no_cursor(session: Session, services: Services) -> None:
    a_site(session, services, mode=Mode.POST)
    root = a_comment(session, services, "根")
    for number in range(FIRST_REPLIES):
        a_comment(session, services, f"第{number}条", parent_id=root.comment_id)

    (shown,) = page(session).comments

    assert len(shown.replies) == FIRST_REPLIES
    assert shown.next_reply_cursor is None


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("limit", [1, 3, 7, 12, 100])
def test_pages_are_whole_and_without_doubles_though_moments_are_equal(
    session: Session, services: Services, clock: FrozenClock, sort: Sort, limit: int
) -> None:
    a_site(session, services, mode=Mode.POST)
    posted: list[tuple[datetime, UUID]] = []
    for number in range(12):
        clock.move(microseconds=number // 5)
        receipt = a_comment(session, services, f"第{number}条")
        posted.append((receipt.created_at, receipt.comment_id))

    seen: list[UUID] = []
    query: PageQuery | None = dataclasses.replace(QUERY, sort=sort, limit=limit)
    while query is not None:
        found = page(session, query)
        seen += [comment.id for comment in found.comments]
        query = dataclasses.replace(query, cursor=found.next_cursor) if found.next_cursor else None

    expected = [comment_id for _, comment_id in sorted(posted, reverse=sort is not Sort.OLDEST)]
    assert seen == expected


def test_replies_pages_are_whole_as_well(session: Session, services: Services) -> None:
    a_site(session, services, mode=Mode.POST)
    root = a_comment(session, services, "根").comment_id
    ids = [a_comment(session, services, str(n), parent_id=root).comment_id for n in range(7)]

    seen: list[UUID] = []
    cursor, is_first = None, True
    while is_first or cursor is not None:
        found = replies(session, root, cursor=cursor, limit=2)
        seen, cursor, is_first = seen + [each.id for each in found.comments], found.next_cursor, False

    assert seen == sorted(ids)


@pytest.mark.parametrize("case", ["unknown", "a reply", "pending", "another site"])
def test_replies_of_what_is_no_listed_root_are_unknown(
    session: Session, services: Services, case: str
) -> None:
    a_site(session, services, mode=Mode.POST)
    a_site(session, services, "other", mode=Mode.POST)
    root = a_comment(session, services, "根")
    waiting = a_comment(session, services, "等")
    give(session, services, waiting.comment_id, Status.PENDING)
    comment_id = {
        "unknown": uuid4(),
        "a reply": a_comment(session, services, "回", parent_id=root.comment_id).comment_id,
        "pending": waiting.comment_id,
        "another site": a_comment(session, services, "别处", site_key="other").comment_id,
    }[case]

    with pytest.raises(CommentUnknown):
        replies(session, comment_id)


def test_the_tag_changes_exactly_when_the_public_view_does(session: Session, services: Services) -> None:
    a_site(session, services)
    tags = [etag(session)]
    views = [repr(page(session))]

    def note() -> None:
        tags.append(etag(session))
        views.append(repr(page(session)))

    first = a_comment(session, services, "一", thread_title="标题").comment_id
    note()
    give(session, services, first, Status.PUBLISHED)
    note()
    second = a_comment(session, services, "二").comment_id
    note()
    give(session, services, second, Status.REJECTED)
    note()
    give(session, services, first, Status.PENDING)
    note()
    sites.set_thread_mode("demo", "1553855", Mode.CLOSED, session=session, services=services)
    note()
    sites.change("demo", SiteSettings(max_text_chars=500), session=session, services=services)
    note()
    sites.change("demo", SiteSettings(max_text_chars=500), session=session, services=services)
    note()

    changed = [old != new for old, new in itertools.pairwise(tags)]
    assert changed == [old != new for old, new in itertools.pairwise(views)]
    assert changed == [False, True, False, False, True, True, True, False]


def test_each_question_has_a_tag_of_its_own(session: Session, services: Services) -> None:
    a_site(session, services)
    questions = [
        QUERY,
        dataclasses.replace(QUERY, sort=Sort.OLDEST),
        dataclasses.replace(QUERY, limit=5),
        dataclasses.replace(QUERY, thread_key="2"),
    ]

    assert len({etag(session, question) for question in questions}) == len(questions)


def test_a_reader_who_has_the_page_costs_one_query(
    session: Session, services: Services, queries: Queries
) -> None:
    a_site(session, services, mode=Mode.POST)
    a_comment(session, services)
    known = frozenset({etag(session)})
    queries.statements.clear()

    answer = reading.thread_page(QUERY, known, session=session)

    assert answer.body is None
    assert len(queries) == 1


def test_a_page_costs_three_queries_and_counts_one(
    session: Session, services: Services, queries: Queries
) -> None:
    a_site(session, services, mode=Mode.POST)
    for text in ("一", "二", "三"):
        root = a_comment(session, services, text)
        a_comment(session, services, "回复", parent_id=root.comment_id)
    queries.statements.clear()

    page(session)
    for_page = len(queries)
    reading.counts("demo", ["1553855", "2"], session=session)

    assert for_page == 3
    assert len(queries) == 4


def test_counts_are_of_published_comments_and_zero_for_the_unknown(
    session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST)
    a_site(session, services, "other", mode=Mode.POST)
    for text in ("一", "二"):
        a_comment(session, services, text)
    a_comment(session, services, "别处", site_key="other", thread_key="2")

    found = reading.counts("demo", ["1553855", "2", "1553855"], session=session).body

    assert found is not None
    assert found.counts == {"1553855": 2, "2": 0}


@pytest.mark.parametrize("keys", [[], ["x"] * 101, [""], ["a\x00"]], ids=["none", "101", "blank", "NUL"])
def test_unsound_keys_are_not_counted(session: Session, services: Services, keys: list[str]) -> None:
    a_site(session, services)

    with pytest.raises(Invalid):
        reading.counts("demo", keys, session=session)


def test_an_author_sees_his_own_as_he_was_told(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, mode=Mode.RULES)
    rules = [
        a_rule("加微信", Action.BLOCK),
        a_rule("骂人", Action.BLOCK, category="insult"),
        a_rule("等等"),
    ]
    active_rules(session, services, rules)
    for text in ("好", "加微信", "骂人", "等等"):
        a_comment(session, services, text, author_token=TOKEN)
        clock.move(seconds=1)
    a_comment(session, services, "别人的", author_token="mod_author_" + "b" * 43)
    a_comment(session, services, "无名")

    own = reading.own_comments(
        "demo", "1553855", writer=a_writer(), session=session, services=services
    ).comments

    assert [(each.text, each.status, each.reason) for each in own] == [
        ("等等", Status.PENDING, None),
        ("骂人", Status.REJECTED, Reason.INSULT),
        ("加微信", Status.PENDING, None),
        ("好", Status.PUBLISHED, None),
    ]


def test_own_comments_need_a_sound_thread_and_site(session: Session, services: Services) -> None:
    with pytest.raises(Invalid) as refused:
        reading.own_comments("demo", "", writer=a_writer(), session=session, services=services)
    for site_key in ("a b", "nowhere"):
        with pytest.raises(SiteUnknown):
            reading.own_comments(site_key, "1", writer=a_writer(), session=session, services=services)

    assert refused.value.faults == [Fault("/thread", "blank")]


def test_what_is_listed_is_what_the_columns_say(session: Session, services: Services) -> None:
    a_site(session, services, mode=Mode.POST)
    root = a_comment(session, services, "根").comment_id
    a_comment(session, services, "回", parent_id=root)
    give(session, services, root, Status.REJECTED)

    rows = session.execute(select(Comment.status, Comment.is_listed).order_by(Comment.id)).all()

    assert rows == [(Status.REJECTED, True), (Status.PUBLISHED, True)]

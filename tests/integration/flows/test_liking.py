"""Likes: once for each reader, kept as a number that is always the number of rows, whoever races."""

import dataclasses
from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.cursor import Sort
from moderation.domain.errors import CommentUnknown, CursorInvalid, OriginNotAllowed, SiteUnknown, TooMany
from moderation.domain.events import OPERATOR
from moderation.domain.policy import Mode
from moderation.domain.reasons import Reason
from moderation.domain.writer import Writer
from moderation.flows import liking, reading
from moderation.flows.liking import Liked, Wish
from moderation.flows.reading import Page, PageQuery
from moderation.ports import Services
from moderation.store import changes
from moderation.store import reading as store
from moderation.store.tables import AuditEvent, Comment, Like, OutboxMessage, Thread
from moderation.store.transaction import transaction
from tests.factories import ORIGIN, WIDE, a_comment, a_site, a_writer
from tests.fakes import FrozenClock
from tests.integration.conftest import Race

QUERY = PageQuery(site_key="demo", thread_key="1553855", sort=Sort.POPULAR)
READERS = [Writer(author_hash=bytes([number]) * 32) for number in range(1, 30)]


def a_wish(comment_id: UUID, **changed: object) -> Wish:
    fields: dict[str, object] = {
        "site_key": "demo",
        "comment_id": comment_id,
        "is_liked": True,
        "origin": ORIGIN,
        "client": "192.0.2.7",
    }
    return Wish(**(fields | changed))  # type: ignore[arg-type]  # a test names fields of Wish


def like(session: Session, services: Services, comment_id: UUID, who: int = 0, **changed: object) -> Liked:
    return liking.like(a_wish(comment_id, **changed), writer=READERS[who], session=session, services=services)


def kept(session: Session, comment_id: UUID) -> tuple[int, int]:
    """Return the number on the comment, and how many rows there are."""
    session.rollback()
    number = session.scalar(select(Comment.like_count).where(Comment.id == comment_id))
    rows = session.scalar(select(func.count()).where(Like.comment_id == comment_id))
    return number or 0, rows or 0


def page(session: Session, **changed: object) -> Page:
    query = dataclasses.replace(QUERY, **changed)  # type: ignore[arg-type]
    body = reading.thread_page(query, frozenset(), session=session).body
    assert body is not None
    return body


def give(session: Session, services: Services, comment_id: UUID, status: Status) -> None:
    with transaction(session):
        found = session.get_one(Comment, comment_id)
        comment = changes.lock_comment(session, found.site_id, comment_id)
        moment = changes.Moment(now=services.clock.now(), new_id=services.ids.new)
        reason = Reason.OTHER if status is Status.REJECTED else None
        changes.apply(session, comment, status, reason=reason, actor=OPERATOR, moment=moment)


@pytest.fixture
def comment(session: Session, services: Services) -> UUID:
    a_site(session, services, mode=Mode.POST)
    return a_comment(session, services).comment_id


def test_a_like_counts_once_and_can_be_taken_back(
    session: Session, services: Services, comment: UUID
) -> None:
    said = [
        like(session, services, comment),
        like(session, services, comment),
        like(session, services, comment, 1),
        like(session, services, comment, is_liked=False),
        like(session, services, comment, is_liked=False),
    ]

    assert said == [
        Liked(is_liked=True, like_count=1),
        Liked(is_liked=True, like_count=1),
        Liked(is_liked=True, like_count=2),
        Liked(is_liked=False, like_count=1),
        Liked(is_liked=False, like_count=1),
    ]
    assert kept(session, comment) == (1, 1)


def test_a_list_shows_likes_and_is_a_new_version_with_each(
    session: Session, services: Services, comment: UUID
) -> None:
    reply = a_comment(session, services, parent_id=comment).comment_id
    tags = [reading.thread_page(QUERY, frozenset(), session=session).etag]

    for _ in range(2):  # the second time nothing changes, and no reader has to load anything again
        like(session, services, comment)
        like(session, services, reply, 1)
        tags.append(reading.thread_page(QUERY, frozenset(), session=session).etag)

    (root,) = page(session).comments
    assert (root.like_count, root.replies[0].like_count) == (1, 1)
    assert tags[0] != tags[1] == tags[2]


def test_a_removed_place_shows_no_likes(session: Session, services: Services, comment: UUID) -> None:
    reply = a_comment(session, services, parent_id=comment).comment_id
    like(session, services, comment)
    like(session, services, reply)
    give(session, services, comment, Status.REJECTED)

    (place,) = page(session).comments

    assert (place.state, place.like_count, place.replies[0].like_count) == ("removed", 0, 1)


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.PUBLISHED])
def test_only_what_is_published_can_be_liked(
    session: Session, services: Services, comment: UUID, status: Status
) -> None:
    like(session, services, comment, 1)
    give(session, services, comment, status)

    for is_liked in (True, False):
        with pytest.raises(CommentUnknown):
            like(session, services, comment, 1, is_liked=is_liked)
    assert kept(session, comment) == (1, 1)


def test_a_comment_is_liked_on_its_own_site_and_from_its_pages(
    session: Session, services: Services, comment: UUID
) -> None:
    a_site(session, services, "other")

    with pytest.raises(CommentUnknown):
        like(session, services, uuid4())
    with pytest.raises(CommentUnknown):
        like(session, services, comment, site_key="other")
    with pytest.raises(SiteUnknown):
        like(session, services, comment, site_key="no\x00where")
    for origin in (None, "https://evil.example"):
        with pytest.raises(OriginNotAllowed):
            like(session, services, comment, origin=origin)


def test_a_client_likes_only_so_often(session: Session, services: Services) -> None:
    a_site(session, services, mode=Mode.POST, limits={**WIDE, "like": "2/hour"})
    comment = a_comment(session, services).comment_id
    like(session, services, comment, 0)
    like(session, services, comment, 1)

    with pytest.raises(TooMany) as refused:
        like(session, services, comment, 2)

    assert (refused.value.scope, refused.value.limit) == ("like", 2)
    assert like(session, services, comment, 2, client="192.0.2.8").like_count == 3


def test_a_like_leaves_no_trace_in_audit_and_outbox(
    session: Session, services: Services, comment: UUID
) -> None:
    before = [session.scalar(select(func.count(table.id))) for table in (AuditEvent, OutboxMessage)]

    like(session, services, comment)

    assert [session.scalar(select(func.count(table.id))) for table in (AuditEvent, OutboxMessage)] == before


def test_what_a_reader_likes_comes_with_his_own_comments_though_he_never_wrote(
    session: Session, services: Services, clock: FrozenClock, comment: UUID
) -> None:
    reader, another = a_writer("mod_author_" + "l" * 43), a_writer("mod_author_" + "m" * 43)
    gone = a_comment(session, services, "会被拿下").comment_id
    elsewhere = a_comment(session, services, thread_key="2").comment_id
    a_comment(session, services, "没有人喜欢")
    for one in (comment, gone, elsewhere):
        clock.move(seconds=1)
        liking.like(a_wish(one), writer=reader, session=session, services=services)
    give(session, services, gone, Status.REJECTED)

    found = reading.own_comments("demo", "1553855", writer=reader, session=session, services=services)
    of_another = reading.own_comments("demo", "1553855", writer=another, session=session, services=services)

    assert (found.comments, found.liked) == ([], [comment])
    assert of_another.liked == []


# Races -------------------------------------------------------------------------------------------


def test_many_readers_at_once_are_all_counted(
    session: Session, services: Services, comment: UUID, race: Race
) -> None:
    said = race([partial(lambda db, who: like(db, services, comment, who), who=who) for who in range(12)])

    assert sorted(one.like_count for one in said) == list(range(1, 13))
    assert kept(session, comment) == (12, 12)


def test_one_reader_who_likes_and_takes_it_back_at_once_is_counted_as_his_row_stands(
    session: Session, services: Services, comment: UUID, race: Race
) -> None:
    for _ in range(5):
        said = race(
            [
                partial(lambda db, so: like(db, services, comment, 3, is_liked=so), so=number % 2 == 0)
                for number in range(8)
            ]
        )

        assert [type(one) for one in said] == [Liked] * 8, said
        number, rows = kept(session, comment)
        assert number == rows <= 1


def test_likes_and_the_end_of_a_comment_race_without_harm(
    session: Session, services: Services, comment: UUID, race: Race
) -> None:
    acts = [partial(lambda db, who: like(db, services, comment, who), who=who) for who in range(6)]
    said = race([*acts, lambda db: give(db, services, comment, Status.REJECTED)])

    counted = sum(isinstance(one, Liked) for one in said)
    assert all(one is None or isinstance(one, Liked | CommentUnknown) for one in said), said
    assert kept(session, comment) == (counted, counted)


# The order by likes ------------------------------------------------------------------------------


def walked(session: Session, *, limit: int = 3) -> list[UUID]:
    """Walk the pages by likes; return the comments in the order in which they were shown."""
    shown, cursor = [], None
    while True:
        found = page(session, limit=limit, cursor=cursor)
        shown += [one.id for one in found.comments]
        cursor = found.next_cursor
        if cursor is None:
            return shown


def test_the_most_liked_stand_first_then_the_newest(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, mode=Mode.POST)
    ids = []
    for number in range(11):
        clock.move(seconds=number % 2)
        ids.append(a_comment(session, services, f"第{number}条").comment_id)
    for number, comment_id in enumerate(ids):
        for who in range(number % 4):
            like(session, services, comment_id, who)
    session.rollback()
    rows = session.execute(select(Comment.like_count, Comment.created_at, Comment.id)).all()

    assert walked(session) == [row[2] for row in sorted(rows, reverse=True)]


def test_a_like_between_two_pages_moves_that_comment_alone(session: Session, services: Services) -> None:
    a_site(session, services, mode=Mode.POST)
    ids = [a_comment(session, services, f"第{number}条").comment_id for number in range(6)]
    first = page(session, limit=2)
    like(session, services, ids[0])  # from the very end to the head, past the reader

    rest = page(session, limit=20, cursor=first.next_cursor)

    assert [one.id for one in (*first.comments, *rest.comments)] == ids[:0:-1]


@pytest.mark.usefixtures("comment")
@pytest.mark.parametrize(
    ("sort", "cursor"),
    [
        (Sort.NEWEST, "A" * 40),
        (Sort.POPULAR, "A" * 32),
        (Sort.POPULAR, "_" * 40),
    ],
    ids=["by likes, for the newest", "by time, for the most liked", "more likes than can be"],
)
def test_a_cursor_of_another_order_is_refused(
    session: Session, comment: UUID, sort: Sort, cursor: str
) -> None:
    assert comment is not None
    with pytest.raises(CursorInvalid):
        page(session, sort=sort, cursor=cursor)


def test_a_page_by_likes_is_read_along_its_index_without_sorting(
    session: Session, services: Services, comment: UUID
) -> None:
    thread_id = session.scalars(select(Thread.id)).one()

    for after in (None, store.After(services.clock.now(), comment, 1)):
        with transaction(session):
            if session.get_bind().dialect.name == "postgresql":
                for way in (
                    "seqscan",
                    "sort",
                    "incremental_sort",
                    "bitmapscan",
                ):  # so little is read otherwise
                    session.execute(text(f"SET LOCAL enable_{way} = off"))
            plan = explained(session, thread_id, after)

        assert "ix_comments_liked" in plan, plan
        assert not any(sign in plan for sign in ("TEMP B-TREE", "Sort Key")), plan


def explained(session: Session, thread_id: UUID, after: store.After | None) -> str:
    """Return how the database reads a page by likes."""
    from sqlalchemy import event

    asked: list[tuple[str, object]] = []

    def note(_c: object, _cur: object, statement: str, parameters: object, *_rest: object) -> None:
        asked.append((statement, parameters))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    store.roots(session, thread_id, after=after, sort=Sort.POPULAR, most=20)
    event.remove(connection, "before_cursor_execute", note)
    statement, parameters = asked[-1]
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    rows = connection.exec_driver_sql(
        f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{statement}",
        parameters,  # type: ignore[arg-type]
    )
    return "\n".join(str(row) for row in rows)

"""Threads on both databases: every comment of one, its own mode and the way back, and nobody else's moderators."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.errors import ThreadClosed, ThreadUnknown
from moderation.domain.events import Actor, ActorKind, EventName
from moderation.domain.policy import Mode
from moderation.domain.review import ItemState
from moderation.flows import reading, sites, threads
from moderation.flows.reading import PageQuery
from moderation.flows.threads import FIRST_REPLIES, PAGE, ROOTS, Asked, ThreadView
from moderation.ports import Services
from moderation.store.tables import AuditEvent, Thread
from tests.conftest import Queries
from tests.factories import a_comment, a_rule, a_site, active_rules

CHEN = Actor(ActorKind.ACCOUNT, uuid4())


@pytest.fixture
def site(session: Session, services: Services) -> UUID:
    """Make a site where what no rule flags shows at once."""
    return a_site(session, services, mode=Mode.RULES)


@pytest.fixture
def thread_id(session: Session, services: Services, site: UUID) -> UUID:  # noqa: ARG001 - it must be there
    """Make a thread with one published comment."""
    a_comment(session, services)
    return session.scalars(select(Thread.id)).one()


def view(session: Session, site: UUID, thread_id: UUID, **asked: object) -> ThreadView:
    return threads.view(thread_id, Asked(**asked), site_ids=(site,), session=session)  # type: ignore[arg-type]


def set_mode(session: Session, services: Services, site: UUID, thread_id: UUID, mode: Mode | None) -> None:
    threads.set_mode(thread_id, mode, actor=CHEN, site_ids=(site,), session=session, services=services)


def undo(session: Session, services: Services, site: UUID, thread_id: UUID) -> None:
    threads.undo_mode(thread_id, actor=CHEN, site_ids=(site,), session=session, services=services)


def etag(session: Session) -> tuple[str, bool]:
    page = reading.thread_page(PageQuery(site_key="demo", thread_key="1553855"), frozenset(), session=session)
    assert page.body is not None
    return page.etag, page.body.thread.is_open


def test_a_frozen_thread_takes_no_comments_until_undone(
    session: Session, services: Services, site: UUID, thread_id: UUID
) -> None:
    open_tag, is_open = etag(session)
    set_mode(session, services, site, thread_id, Mode.CLOSED)
    closed_tag, is_still_open = etag(session)

    with pytest.raises(ThreadClosed):
        a_comment(session, services, "第二条")
    undo(session, services, site, thread_id)
    assert a_comment(session, services, "第二条").status is Status.PUBLISHED
    assert (is_open, is_still_open) == (True, False)
    assert len({open_tag, closed_tag, etag(session)[0]}) == 3


def test_undo_leads_back_to_the_mode_that_was_before(
    session: Session, services: Services, site: UUID, thread_id: UUID
) -> None:
    set_mode(session, services, site, thread_id, Mode.PRE)
    set_mode(session, services, site, thread_id, Mode.CLOSED)
    set_mode(session, services, site, thread_id, Mode.CLOSED)
    shown = view(session, site, thread_id)
    assert shown.last_change is not None
    assert (shown.last_change.old, shown.last_change.new) == (Mode.PRE, Mode.CLOSED)

    undo(session, services, site, thread_id)
    assert view(session, site, thread_id).thread.mode is Mode.PRE
    undo(session, services, site, thread_id)
    assert view(session, site, thread_id).thread.mode is Mode.CLOSED

    events = session.scalars(select(AuditEvent).where(AuditEvent.name == EventName.THREAD_CHANGED)).all()
    assert [(event.old["mode"], event.new["mode"]) for event in events] == [
        (None, "pre"),
        ("pre", "closed"),
        ("closed", "pre"),
        ("pre", "closed"),
    ]
    assert {event.actor_id for event in events} == {CHEN.id}


def test_without_a_change_there_is_nothing_to_undo(
    session: Session, services: Services, site: UUID, thread_id: UUID
) -> None:
    undo(session, services, site, thread_id)

    assert view(session, site, thread_id).last_change is None
    assert view(session, site, thread_id).mode is Mode.RULES


def test_what_the_terminal_closed_can_be_undone_from_the_desk(
    session: Session, services: Services, site: UUID, thread_id: UUID
) -> None:
    sites.set_thread_mode("demo", "1553855", Mode.CLOSED, session=session, services=services)

    undo(session, services, site, thread_id)

    assert view(session, site, thread_id).thread.mode is None


def test_a_thread_of_another_site_is_like_one_that_does_not_exist(
    session: Session, services: Services, thread_id: UUID
) -> None:
    other = a_site(session, services, "other")

    for site, wrong_id in ((other, thread_id), (other, uuid4())):
        with pytest.raises(ThreadUnknown):
            view(session, site, wrong_id)
        with pytest.raises(ThreadUnknown):
            set_mode(session, services, site, wrong_id, Mode.CLOSED)
        with pytest.raises(ThreadUnknown):
            undo(session, services, site, wrong_id)

    session.rollback()
    assert session.scalars(select(Thread.mode)).one() is None


def test_every_status_is_shown_and_can_be_picked(
    session: Session, services: Services, site: UUID, thread_id: UUID
) -> None:
    active_rules(session, services, [a_rule("微信")])
    a_comment(session, services, "加微信")

    shown = view(session, site, thread_id)

    assert [row.comment.text for row in shown.rows] == ["加微信", "花海开得真早"]
    assert [row.waits_in for row in shown.rows] == [ItemState.WAITING, None]
    assert shown.statuses == {Status.PENDING: 1, Status.PUBLISHED: 1}
    assert [row.comment.text for row in view(session, site, thread_id, status=Status.PENDING).rows] == [
        "加微信"
    ]


def test_the_tree_keeps_replies_below_what_they_answer(
    session: Session, services: Services, site: UUID, thread_id: UUID
) -> None:
    root = a_comment(session, services, "根").comment_id
    for number in range(FIRST_REPLIES + 1):
        a_comment(session, services, f"答{number}", parent_id=root)
    a_comment(session, services, "后来的")

    rows = view(session, site, thread_id, is_tree=True).rows

    said = [(row.comment.text, row.is_reply) for row in rows]
    assert said[:3] == [("后来的", False), ("根", False), ("答0", True)]
    assert said[-1] == ("花海开得真早", False)
    assert len(rows) == 3 + FIRST_REPLIES
    assert [row.comment.text for row in rows if row.more_below] == [f"答{FIRST_REPLIES - 1}"]
    below = view(session, site, thread_id, below=root).rows
    assert [row.comment.text for row in below] == [f"答{number}" for number in range(FIRST_REPLIES + 1)]


@pytest.mark.parametrize("order", [{}, {"is_tree": True}])
def test_pages_follow_each_other_in_the_same_number_of_queries(
    session: Session, services: Services, thread_id: UUID, queries: Queries, order: dict[str, object]
) -> None:
    site = session.scalars(select(Thread.site_id)).one()
    most = ROOTS if order else PAGE
    queries.statements.clear()
    view(session, site, thread_id, **order)
    few = len(queries)
    wrote = [a_comment(session, services, f"第{number}条").comment_id for number in range(most + 3)]
    queries.statements.clear()

    first = view(session, site, thread_id, **order)
    asked = len(queries)
    second = view(session, site, thread_id, cursor=first.next_cursor, **order)

    read = [row.comment.id for row in (*first.rows, *second.rows)]
    assert read[:-1] == list(reversed(wrote))
    assert second.next_cursor is None
    assert asked == few
    assert few <= 7


def test_the_settings_name_the_threads_with_a_mode_of_their_own(
    session: Session, services: Services, site: UUID, thread_id: UUID
) -> None:
    assert sites.overrides(site, session=session) == []
    set_mode(session, services, site, thread_id, Mode.POST)

    [override] = sites.overrides(site, session=session)
    assert (override.id, override.mode) == (thread_id, Mode.POST)

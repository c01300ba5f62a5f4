"""Lists: selections and wholes decided together, what is on hold; nobody reaches into another site."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moderation.domain.comment import Status
from moderation.ports import Services
from moderation.store.tables import Comment, ReviewItem, Thread
from tests.conftest import Queries
from tests.factories import ORIGIN, a_comment, a_rule, a_site, active_rules, an_account
from tests.http.console.conftest import AtDesk, Desk


def told(answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    values: dict[str, Any] = json.loads(answer.text)
    return values


def with_status(session: Session, status: Status) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Comment).where(Comment.status == status)) or 0


@pytest.fixture
def items(site: UUID, session: Session, services: Services) -> list[UUID]:
    """Post six comments that wait, four of them in one thread; return their items."""
    del site
    active_rules(session, services, [a_rule("加微信")])
    for number in range(4):
        a_comment(session, services, f"第{number}条", thread_key="one")
    a_comment(session, services, "加微信领资料", thread_key="two")
    a_comment(session, services, "加 微信 领资料", thread_key="two")
    return list(session.scalars(select(ReviewItem.id).order_by(ReviewItem.id)))


def test_a_selection_is_decided_by_a_plain_form_and_undone(
    items: list[UUID], at_desk: AtDesk, session: Session
) -> None:
    desk = at_desk("lin")
    answer = desk.browser.post(
        "/console/bulk",
        data={"items": [str(one) for one in items[:3]], "ruling": "approve", "next": "/console/list"},
    )

    assert answer.status_code == 200
    assert "已决定 3 条" in answer.text
    assert with_status(session, Status.PUBLISHED) == 3
    undo = answer.text.partition('action="/console/batches/')[2].partition('"')[0]
    assert desk.browser.post(f"/console/batches/{undo}").status_code == 303
    assert with_status(session, Status.PENDING) == 6


def test_the_same_batch_again_decides_nothing_twice(items: list[UUID], at_desk: AtDesk) -> None:
    desk = at_desk("lin")
    form = {"items": [str(one) for one in items[:3]], "ruling": "reject:insult", "batch": str(uuid4())}
    first, again = (told(desk.call("/console/bulk", **form)) for _ in range(2))

    assert (len(first["decided"]), first["left"], first["counts"]["waiting"]) == (3, 0, 3)
    assert (again["decided"], again["left"]) == ([], 0)


def test_a_list_tells_when_it_was_read_and_takes_nothing_else_for_that(
    items: list[UUID], at_desk: AtDesk
) -> None:
    desk = at_desk("lin")
    assert 'name="read_at" value="2026-' in desk.table("/console/list")
    form: dict[str, Any] = {"items": [str(items[0])], "ruling": "approve"}

    for read_at in ("yesterday", "2026-11-22T08:00:00"):
        assert desk.call("/console/bulk", **form, read_at=read_at).status_code == 422
    assert len(told(desk.call("/console/bulk", **form, read_at="2026-11-22T08:00:00+00:00"))["decided"]) == 1


def test_what_others_hold_is_left_out_and_counted(items: list[UUID], at_desk: AtDesk) -> None:
    at_desk("wang").claim()
    done = told(at_desk("lin").call("/console/bulk", items=[str(one) for one in items], ruling="approve"))

    assert (len(done["decided"]), done["skipped"]) == (5, 1)


def test_a_list_of_one_thread_or_rule_offers_to_decide_it_whole(
    items: list[UUID], at_desk: AtDesk, session: Session
) -> None:
    assert items
    desk = at_desk("lin")
    thread_id = session.scalars(select(Thread.id).where(Thread.key == "one")).one()
    page = desk.table(f"/console/list?thread={thread_id}")
    assert page.count("<li data-item=") == 4
    assert "把这些一并决定：4 条" in page
    assert len(told(desk.call("/console/bulk", thread=thread_id, ruling="approve"))["decided"]) == 4

    by_rule = desk.table("/console/list").partition("&amp;rule=")[2].partition('"')[0]
    site_id = session.scalars(select(Thread.site_id).limit(1)).one()
    assert (
        len(told(desk.call("/console/bulk", rule=by_rule, site=site_id, ruling="reject:contact"))["decided"])
        == 2
    )


def test_a_group_on_the_table_is_decided_together(
    items: list[UUID], at_desk: AtDesk, session: Session
) -> None:
    assert items
    desk = at_desk("lin")
    page = desk.claim()
    assert 'name="group"' in page
    assert desk.decide(page, "reject:advertising", group="1").status_code == 303
    assert with_status(session, Status.REJECTED) == 2


def test_what_is_on_hold_stands_under_mine(items: list[UUID], at_desk: AtDesk) -> None:
    assert items
    desk = at_desk("lin")
    address, hidden = desk.form(desk.claim())
    assert desk.browser.post(address.replace("/decide", "/hold"), data=hidden).status_code == 303
    page = desk.table("/console/mine")

    assert address.replace("/decide", "/claim") in page
    assert "没有搁置的评论" not in page
    assert "没有搁置的评论" in at_desk("wang").table("/console/mine")


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"ruling": "approve"}, 422),
        ({"ruling": "reject", "thread": str(uuid4())}, 422),
        ({"ruling": "approve", "items": "nonsense"}, 422),
        ({"ruling": "approve", "thread": str(uuid4()), "author": str(uuid4())}, 422),
        ({"ruling": "approve", "thread": str(uuid4()), "batch": "nonsense"}, 422),
        ({"ruling": "approve", "thread": str(uuid4())}, 200),
    ],
)
@pytest.mark.usefixtures("items")
def test_a_choice_that_is_none_is_refused(at_desk: AtDesk, form: dict[str, str], status: int) -> None:
    assert at_desk("lin").call("/console/bulk", **form).status_code == status


@pytest.mark.usefixtures("items")
@pytest.mark.parametrize("query", ["queue=nonsense", "thread=nonsense", "category=nonsense"])
def test_a_filter_that_is_none_is_refused(at_desk: AtDesk, query: str) -> None:
    assert at_desk("lin").browser.get(f"/console/list?{query}").status_code == 422


@pytest.mark.usefixtures("items")
def test_the_lists_of_seniors_are_theirs(at_desk: AtDesk) -> None:
    assert at_desk("lin").browser.get("/console/list?queue=escalated").status_code == 403
    assert at_desk("chen").browser.get("/console/list?queue=escalated").status_code == 200


def test_a_longer_list_costs_no_more_queries(
    items: list[UUID], at_desk: AtDesk, session: Session, services: Services, queries: Queries
) -> None:
    assert items
    desk = at_desk("lin")
    before = len(queries)
    desk.table("/console/list")
    short = len(queries) - before
    for number in range(12):
        a_comment(session, services, f"再来第{number}条")
    before = len(queries)
    desk.table("/console/list")

    assert len(queries) - before == short


def test_a_moderator_of_another_site_sees_and_decides_nothing(
    items: list[UUID], session: Session, services: Services, sign_in: Callable[[str], FlaskClient]
) -> None:
    a_site(session, services, "other", origins=(ORIGIN,))
    an_account(session, services, "eva", site_key="other")
    eva = Desk(sign_in("eva"))
    thread_id = session.scalars(select(Thread.id).where(Thread.key == "one")).one()

    assert "<li data-item=" not in eva.table("/console/list")
    assert "<li data-item=" not in eva.table(f"/console/list?thread={thread_id}")
    for form in ({"items": [str(one) for one in items]}, {"thread": str(thread_id)}):
        assert told(eva.call("/console/bulk", ruling="approve", **form))["decided"] == []
    assert with_status(session, Status.PENDING) == 6

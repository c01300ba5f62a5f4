"""What the page's script asks: cards ahead, decisions one after the other, counts; and what it is told when it is late."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moderation.domain.comment import Status
from moderation.ports import Services
from moderation.store.tables import Comment, Decision, ReviewItem
from tests.conftest import Queries
from tests.factories import ORIGIN, a_comment, a_site, an_account
from tests.fakes import FrozenClock
from tests.http.console.conftest import AtDesk, Desk

NOBODY = UUID("00000000-0000-7000-8000-000000000000")


def told(answer: TestResponse) -> dict[str, Any]:
    """Return the values of an answer."""
    values: dict[str, Any] = json.loads(answer.text)
    return values


def fill(desk: Desk, **form: object) -> list[dict[str, str]]:
    answer = desk.call("/console/cards", queue="waiting", **form)
    assert answer.status_code == 200, answer.text
    cards: list[dict[str, str]] = told(answer)["cards"]
    return cards


def decide(desk: Desk, card: dict[str, str], ruling: str = "approve", **form: object) -> dict[str, Any]:
    answer = desk.call(
        f"/console/items/{card['id']}/decide",
        queue="waiting",
        revision=card["revision"],
        ruling=ruling,
        **form,
    )
    assert answer.status_code == 200, answer.text
    return told(answer)


@pytest.fixture
def five_comments(site: UUID, session: Session, services: Services, clock: FrozenClock) -> list[UUID]:
    """Post five comments that wait, the oldest first."""
    del site
    posted = []
    for number in "一二三四五":
        posted.append(a_comment(session, services, f"第{number}条").comment_id)
        clock.move(seconds=1)
    return posted


@pytest.mark.usefixtures("five_comments")
def test_a_page_gets_as_many_cards_as_it_can_use_whole_and_in_order(at_desk: AtDesk) -> None:
    cards = fill(at_desk("lin"), most=4)

    assert [
        text in card["html"]
        for text, card in zip(("第一条", "第二条", "第三条", "第四条"), cards, strict=True)
    ] == [True] * 4
    for card in cards:
        assert f'data-item="{card["id"]}"' in card["html"]
        assert "hidden inert" in card["html"]
    assert len(fill(at_desk("wang"), most=4)) == 1


@pytest.mark.usefixtures("five_comments")
def test_a_decision_brings_the_next_cards_and_the_numbers(at_desk: AtDesk) -> None:
    desk = at_desk("lin")
    cards = fill(desk, most=2)
    values = decide(desk, cards[0], "reject:insult", keep=cards[1]["id"], most=1)

    assert [card["id"] for card in values["cards"]] != [cards[1]["id"]]
    assert "第三条" in values["cards"][0]["html"]
    assert values["counts"]["waiting"] == 4
    assert values["today"] == 1
    assert str(UUID(values["decision"])) == values["decision"]


@pytest.mark.usefixtures("five_comments")
def test_what_is_needed_seldom_is_sent_only_then(at_desk: AtDesk) -> None:
    desk = at_desk("lin")
    cards = fill(desk, most=4)
    more = decide(desk, cards[0], "reject:insult", keep=[card["id"] for card in cards[1:]], most=1)
    all_that_is_left = [card["id"] for card in (*cards[2:], *more["cards"])]
    at_the_end = decide(desk, cards[1], keep=all_that_is_left, most=1)
    undone = told(desk.call(f"/console/decisions/{at_the_end['decision']}/undo", queue="waiting", most=0))

    assert not {"none", "last"} & more.keys()
    assert "都有同事在看" in at_the_end["none"]
    assert "last" not in at_the_end
    assert "拒绝（辱骂）" in undone["last"]


def test_a_decision_and_the_next_card_cost_as_few_queries_however_many_are_kept(
    five_comments: list[UUID], at_desk: AtDesk, queries: Queries
) -> None:
    desk = at_desk("lin")
    costs = []
    for ahead in (1, 2):
        [card, *kept] = fill(desk, most=ahead + 1)
        before = len(queries)
        decide(desk, card, keep=[one["id"] for one in kept], most=1)
        costs.append(len(queries) - before)

    assert len(five_comments) == 5
    assert costs[0] == costs[1] <= 21


@pytest.mark.usefixtures("five_comments")
def test_what_a_page_does_not_keep_goes_back_to_the_others(at_desk: AtDesk) -> None:
    lin, wang = at_desk("lin"), at_desk("wang")
    cards = fill(lin, most=4)
    fill(lin, keep=[cards[0]["id"]], most=0)

    assert [card["id"] for card in fill(wang, most=4)][:3] == [card["id"] for card in cards[1:]]


@pytest.mark.usefixtures("five_comments")
def test_a_page_that_goes_away_gives_back_what_it_names(at_desk: AtDesk, clock: FrozenClock) -> None:
    lin, wang = at_desk("lin"), at_desk("wang")
    cards = fill(lin, most=4)
    answer = lin.call(
        "/console/release", at=clock.now().isoformat(), items=[card["id"] for card in cards[1:]]
    )

    assert answer.status_code == 204
    assert [card["id"] for card in fill(wang, most=3)] == [card["id"] for card in cards[1:]]
    assert decide(lin, cards[0])["decision"]


@pytest.mark.usefixtures("five_comments")
def test_a_page_that_goes_away_late_takes_nothing_from_the_next_one(
    at_desk: AtDesk, clock: FrozenClock
) -> None:
    lin, wang = at_desk("lin"), at_desk("wang")
    cards = fill(lin, most=4)
    heard = clock.now().isoformat()
    clock.move(seconds=1)
    fill(lin, keep=[card["id"] for card in cards], most=0)
    lin.call("/console/release", at=heard, items=[card["id"] for card in cards])

    assert len(fill(wang, most=4)) == 1


@pytest.mark.usefixtures("five_comments")
def test_a_page_claims_again_what_it_shows_and_is_told_what_it_has_lost(
    at_desk: AtDesk, clock: FrozenClock
) -> None:
    lin, wang = at_desk("lin"), at_desk("wang")
    ids = [card["id"] for card in fill(lin, most=3)]
    clock.move(minutes=6)
    [taken] = fill(wang, most=1)
    answer = told(lin.call("/console/cards", queue="waiting", keep=ids, most=0))

    assert answer["lost"] == [taken["id"]] == ids[:1]
    assert not {card["id"] for card in fill(wang, keep=ids[:1], most=4)} & set(ids[1:])


@pytest.mark.usefixtures("five_comments")
def test_renewing_keeps_the_claims_of_a_page(at_desk: AtDesk, clock: FrozenClock) -> None:
    lin, wang = at_desk("lin"), at_desk("wang")
    cards = fill(lin, most=4)
    clock.move(minutes=4)
    assert lin.call("/console/renew").status_code == 204
    clock.move(minutes=4)

    assert not {card["id"] for card in fill(wang, most=4)} & {card["id"] for card in cards}
    assert decide(lin, cards[0])["decision"]


@pytest.mark.usefixtures("five_comments")
def test_sending_a_decision_twice_decides_once(at_desk: AtDesk, session: Session) -> None:
    desk = at_desk("lin")
    [card] = fill(desk, most=1)

    assert decide(desk, card)["decision"] == decide(desk, card)["decision"]
    assert len(session.scalars(select(Decision.id)).all()) == 1


def test_a_late_decision_is_told_who_was_faster(
    five_comments: list[UUID], at_desk: AtDesk, clock: FrozenClock, session: Session
) -> None:
    lin, wang = at_desk("lin"), at_desk("wang")
    [card] = fill(lin, most=1)
    clock.move(minutes=6)
    [same] = fill(wang, most=1)
    assert same["id"] == card["id"]
    decide(wang, same, "reject:insult")
    late = lin.call(f"/console/items/{card['id']}/decide", queue="waiting", revision="1", ruling="approve")

    assert late.status_code == 409
    assert told(late) == {"code": "already-decided", "notice": "Wang 快了一步：拒绝。", "again": False}
    session.rollback()
    assert (
        session.scalars(select(Comment.status).where(Comment.id == five_comments[0])).one() is Status.REJECTED
    )


@pytest.mark.usefixtures("five_comments")
def test_a_claim_that_ran_out_is_offered_again(at_desk: AtDesk, clock: FrozenClock) -> None:
    lin = at_desk("lin")
    [card] = fill(lin, most=1)
    clock.move(minutes=6)
    late = lin.call(f"/console/items/{card['id']}/decide", queue="waiting", revision="1", ruling="approve")
    assert (late.status_code, told(late)["code"], told(late)["again"]) == (409, "lease-lost", True)
    again = lin.call(f"/console/items/{card['id']}/claim", queue="waiting")

    assert [one["id"] for one in told(again)["cards"]] == [card["id"]]
    assert decide(lin, card)["decision"]


@pytest.mark.usefixtures("five_comments")
def test_an_undone_decision_brings_its_card_back_first(at_desk: AtDesk) -> None:
    desk = at_desk("lin")
    first, second = fill(desk, most=2)
    decision = decide(desk, first, keep=[second["id"]])["decision"]
    answer = desk.call(f"/console/decisions/{decision}/undo", queue="waiting", keep=[second["id"]], most=1)

    assert "第一条" in told(answer)["cards"][0]["html"]
    assert told(answer)["counts"]["waiting"] == 5
    assert decide(desk, told(answer)["cards"][0])["decision"] != decision


@pytest.mark.usefixtures("five_comments")
def test_what_is_on_hold_waits_for_its_moderator_alone(at_desk: AtDesk) -> None:
    lin, wang = at_desk("lin"), at_desk("wang")
    [card] = fill(lin, most=1)
    assert lin.call(f"/console/items/{card['id']}/hold", queue="waiting").status_code == 200
    assert card["id"] not in {one["id"] for one in fill(wang, most=4)}

    taken = lin.call(f"/console/items/{card['id']}/claim", queue="waiting")
    assert [one["id"] for one in told(taken)["cards"]] == [card["id"]]


@pytest.mark.usefixtures("five_comments")
def test_counts_cost_little_and_are_sent_only_when_they_change(at_desk: AtDesk, queries: Queries) -> None:
    desk = at_desk("lin")
    first = desk.browser.get("/console/counts")
    before = len(queries)
    same = desk.browser.get("/console/counts", headers={"If-None-Match": first.headers["ETag"]})
    asked = [one for one in queries.statements[before:] if "review_items" in one or "queue" in one]

    assert told(first)["waiting"] == 5
    assert (same.status_code, same.data) == (304, b"")
    assert len(asked) <= 2
    decide(desk, fill(desk, most=1)[0])
    assert (
        desk.browser.get("/console/counts", headers={"If-None-Match": first.headers["ETag"]}).status_code
        == 200
    )


@pytest.mark.usefixtures("site")
def test_a_session_that_ended_is_told_to_the_script(at_desk: AtDesk) -> None:
    desk = at_desk("lin")
    desk.browser.post("/console/sign-out")
    answer = desk.call("/console/cards", queue="waiting")

    assert (answer.status_code, told(answer)["code"]) == (401, "not-signed-in")


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/console/cards", {"queue": "nonsense"}, 422),
        ("/console/cards", {"most": "many"}, 422),
        ("/console/cards", {"keep": "nonsense", "most": "1"}, 422),
        ("/console/release", {"items": "nonsense"}, 422),
        ("/console/release", {"at": "2026-11-22T08:00:00"}, 422),
        (f"/console/items/{NOBODY}/decide", {"ruling": "approve", "revision": "1"}, 404),
        (f"/console/items/{NOBODY}/hold", {}, 404),
        (f"/console/decisions/{NOBODY}/undo", {}, 404),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    at_desk: AtDesk, path: str, form: dict[str, str], status: int
) -> None:
    answer = at_desk("lin").call(path, **form)

    assert answer.status_code == status
    assert told(answer)["notice"]


@pytest.mark.usefixtures("five_comments")
def test_a_moderator_of_another_site_gets_and_touches_nothing(
    at_desk: AtDesk, session: Session, services: Services, sign_in: Callable[[str], FlaskClient]
) -> None:
    a_site(session, services, "other", origins=(ORIGIN,))
    an_account(session, services, "eva", site_key="other")
    eva = Desk(sign_in("eva"))
    item = session.scalars(select(ReviewItem.id)).first()
    calls = [
        eva.call(f"/console/items/{item}/{act}", queue="waiting", ruling="approve", revision="1")
        for act in ("claim", "decide", "hold")
    ]

    assert [call.status_code for call in calls] == [404] * 3
    assert fill(eva, most=4) == []
    assert told(eva.browser.get("/console/counts"))["waiting"] == 0
    assert told(at_desk("lin").browser.get("/console/counts"))["waiting"] == 5

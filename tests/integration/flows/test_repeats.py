"""Repeats, whole: near copies are counted together, wait together and are forgotten, on both databases."""

import dataclasses
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from moderation.adapters.limits import LimitsAdapter
from moderation.domain.account import Role
from moderation.domain.comment import Status
from moderation.domain.policy import Mode
from moderation.domain.reasons import Cause, Reason
from moderation.domain.repeats import FINGERPRINT_LIFE
from moderation.domain.review import DecisionKind
from moderation.flows import desk, intake, retention, review
from moderation.flows.intake import Receipt
from moderation.flows.review import Reviewer, Ruling
from moderation.ports import Services
from moderation.store import repeats
from moderation.store.tables import Comment, FingerprintBand, ReviewItem
from tests.conftest import Queries
from tests.factories import LEASE_TOKEN, WIDE, a_claim, a_comment, a_draft, a_site, an_account
from tests.fakes import FrozenClock

ADVERT = "专业团队代办各类手续，价格实惠当天出结果，有需要的朋友联系电话13812345678"
COPIES = (
    ADVERT.replace("13812345678", "13987654321"),
    "🔥".join(ADVERT),
    ADVERT.replace("实惠", "优惠"),
    ADVERT + " xq7fz1",
    ADVERT.replace("专业团队", "專業團隊").replace("，", "…"),
)
OTHER = "昨天傍晚在河边散步，看到好多人在放风筝，孩子们跑来跑去很热闹"
TWICE = WIDE | {"same_text": "2/day"}

Race = Callable[[Sequence[Callable[[Session], Any]]], list[Any]]


def item_of(session: Session, receipt: Receipt) -> ReviewItem:
    return session.scalars(select(ReviewItem).where(ReviewItem.comment_id == receipt.comment_id)).one()


def group(session: Session, receipt: Receipt) -> bytes:
    return session.scalars(select(Comment.text_hash).where(Comment.id == receipt.comment_id)).one()


def band_count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(FingerprintBand)) or 0


def purge(session: Session, services: Services) -> int:
    return retention.purge(session_idle=timedelta(hours=1), session=session, services=services).fingerprints


def test_near_copies_are_counted_together_and_wait_above_the_limit(
    session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST, limits=TWICE)
    shown = [a_comment(session, services, text) for text in (ADVERT, COPIES[0])]

    held = [
        a_comment(session, services, text, client=f"192.0.2.{number}", thread_key=str(number))
        for number, text in enumerate(COPIES[1:])
    ]

    assert [receipt.status for receipt in shown] == [Status.PUBLISHED, Status.PUBLISHED]
    assert [receipt.status for receipt in held] == [Status.PENDING] * 4
    assert [item_of(session, receipt).causes for receipt in held] == [[Cause.SAME_TEXT]] * 4
    assert a_comment(session, services, OTHER).status is Status.PUBLISHED


def test_three_copies_a_day_are_let_through_where_nothing_is_set(
    session: Session, services: Services
) -> None:
    without = {name: grammar for name, grammar in WIDE.items() if name != "same_text"}
    a_site(session, services, mode=Mode.POST, limits=without)

    receipts = [a_comment(session, services, ADVERT) for _ in range(4)]

    assert [receipt.status for receipt in receipts] == [Status.PUBLISHED] * 3 + [Status.PENDING]


def test_small_talk_is_never_held_however_often_it_is_said(session: Session, services: Services) -> None:
    a_site(session, services, mode=Mode.POST, limits=TWICE)

    receipts = [
        a_comment(session, services, text)
        for text in ("顶", "支持", "哈哈哈哈哈哈哈哈哈哈", "写得真好！", "666666", "🎉🎉🎉")
        for _ in range(4)
    ]

    assert {receipt.status for receipt in receipts} == {Status.PUBLISHED}
    assert band_count(session) == 0


def test_equal_small_talk_is_grouped_all_the_same(session: Session, services: Services) -> None:
    a_site(session, services)
    one, other, third = (a_comment(session, services, text) for text in ("顶", "顶！", "沙发"))

    assert group(session, one) == group(session, other) != group(session, third)


def test_a_group_does_not_drift_away_from_its_first_text(session: Session, services: Services) -> None:
    a_site(session, services)
    first = a_comment(session, services, ADVERT)
    half = len(ADVERT) // 2
    between = a_comment(session, services, ADVERT[4:] + OTHER[:4])
    last = a_comment(session, services, ADVERT[half:] + OTHER[:half])

    assert group(session, between) == group(session, first)
    assert group(session, last) != group(session, first)


def test_copies_on_another_site_are_its_own_matter(session: Session, services: Services) -> None:
    a_site(session, services, mode=Mode.POST, limits=WIDE | {"same_text": "1/day"})
    a_site(session, services, "other", mode=Mode.POST, limits=WIDE | {"same_text": "1/day"})
    a_comment(session, services, ADVERT)

    assert a_comment(session, services, COPIES[2], site_key="other").status is Status.PUBLISHED
    assert a_comment(session, services, COPIES[2]).status is Status.PENDING


def test_the_same_posting_again_is_no_repeat(session: Session, services: Services) -> None:
    a_site(session, services, mode=Mode.POST, limits=WIDE | {"same_text": "1/day"})

    receipts = [a_comment(session, services, ADVERT, idempotency_key="k") for _ in range(3)]

    assert {receipt.status for receipt in receipts} == {Status.PUBLISHED}
    assert len({receipt.comment_id for receipt in receipts}) == 1


def test_of_sixteen_copies_at_once_as_many_show_as_the_limit_allows(
    session: Session, services: Services, race: Race
) -> None:
    atomic = LimitsAdapter("memory://", now=time.time, fallback_share=1.0, log=services.log)  # noqa: TID251
    counting = dataclasses.replace(services, limits=atomic)
    a_site(session, services, mode=Mode.POST, limits=WIDE | {"same_text": "3/day"})

    def posting(number: int) -> Callable[[Session], Receipt]:
        draft = a_draft(ADVERT, client=f"192.0.2.{number}")
        return lambda own: intake.submit(draft, session=own, services=counting)

    receipts = race([posting(number) for number in range(16)])

    assert sorted(receipt.status for receipt in receipts) == [Status.PENDING] * 13 + [Status.PUBLISHED] * 3
    assert len(set(session.scalars(select(Comment.text_hash)))) == 1
    session.rollback()
    later = intake.submit(a_draft(COPIES[2]), session=session, services=counting)
    assert later.status is Status.PENDING
    assert group(session, later) == group(session, receipts[0])


def test_near_copies_at_once_may_begin_groups_but_the_next_ones_join(
    session: Session, services: Services, race: Race
) -> None:
    a_site(session, services)

    def posting(text: str) -> Callable[[Session], Receipt]:
        return lambda own: intake.submit(a_draft(text), session=own, services=services)

    receipts = race([posting(text) for text in (ADVERT, *COPIES) for _ in range(2)])
    begun = {group(session, receipt) for receipt in receipts}
    bands = band_count(session)
    later = a_comment(session, services, ADVERT)

    assert group(session, later) in begun
    assert band_count(session) == bands


def test_the_desk_counts_what_waits_alike(session: Session, services: Services) -> None:
    site = a_site(session, services)
    first, *_ = [a_comment(session, services, text) for text in (ADVERT, *COPIES)]
    a_comment(session, services, OTHER)

    card = desk.card_view((site,), item_of(session, first).id, session=session, services=services)

    assert card.similar_count == 5


def test_what_is_decided_waits_no_more_among_its_copies(session: Session, services: Services) -> None:
    site = a_site(session, services)
    first, second = (a_comment(session, services, text) for text in (ADVERT, COPIES[0]))
    account_id = an_account(session, services, role=Role.SENIOR)
    person = Reviewer(account_id=account_id, name="Lin", site_ids=(site,), senior_site_ids=(site,))
    held = a_claim(session, services, person)
    assert held is not None
    ruling = Ruling(
        item_id=held.item_id,
        lease_token=LEASE_TOKEN,
        revision=1,
        kind=DecisionKind.REJECT,
        reason=Reason.REPEAT,
    )
    review.decide(ruling, reviewer=person, session=session, services=services)

    left = (
        item_of(session, second) if held.item_id != item_of(session, second).id else item_of(session, first)
    )
    card = desk.card_view((site,), left.id, session=session, services=services)
    assert card.similar_count == 0


def test_a_fingerprint_is_forgotten_after_three_days(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services)
    first = a_comment(session, services, ADVERT)
    assert band_count(session) == 8
    clock.move(seconds=FINGERPRINT_LIFE.total_seconds())
    assert purge(session, services) == 0
    clock.move(seconds=1)

    assert purge(session, services) == 8

    assert band_count(session) == 0
    assert group(session, a_comment(session, services, COPIES[2])) != group(session, first)


def test_an_exact_copy_finds_its_group_after_any_time(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services)
    first = a_comment(session, services, ADVERT)
    clock.move(days=30)
    purge(session, services)

    assert group(session, a_comment(session, services, COPIES[0])) == group(session, first)


def test_a_fingerprint_goes_with_the_text(session: Session, services: Services, clock: FrozenClock) -> None:
    a_site(session, services)
    receipt = a_comment(session, services, ADVERT)
    session.execute(
        update(Comment)
        .where(Comment.id == receipt.comment_id)
        .values(status=Status.REJECTED, reason=Reason.REPEAT, decided_at=clock.now() - timedelta(days=400))
    )
    session.commit()

    assert purge(session, services) == 0

    assert band_count(session) == 0
    assert group(session, receipt) == bytes(32)
    assert group(session, a_comment(session, services, COPIES[2])) != bytes(32)


def test_copies_cost_one_read_each_and_only_the_first_a_write(
    session: Session, services: Services, queries: Queries
) -> None:
    a_site(session, services)

    def statements(text: str) -> list[str]:
        queries.statements.clear()
        a_comment(session, services, text)
        return [statement for statement in queries.statements if "fingerprint_bands" in statement]

    first, copy, small_talk = (statements(text) for text in (ADVERT, COPIES[0], "支持"))

    assert [statement.split()[0] for statement in first] == ["SELECT", "INSERT"]
    assert [statement.split()[0] for statement in copy] == ["SELECT"]
    assert small_talk == []


def test_a_text_is_compared_with_a_bounded_number_of_others(session: Session, services: Services) -> None:
    site = a_site(session, services)
    bands = [1, 2, 3]
    for number in range(repeats.MOST_COMPARED + 4):
        receipt = a_comment(session, services, f"第{number}条")
        comment = session.get_one(Comment, receipt.comment_id)
        repeats.keep_fingerprint(session, comment, bands)
        session.commit()

    assert len(repeats.known_texts(session, site, bands)) == repeats.MOST_COMPARED

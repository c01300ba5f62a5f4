"""Leases, priorities, permissions: small arithmetic with large consequences."""

import itertools
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from moderation.domain.account import GRANTED, Permission, Role
from moderation.domain.challenge import answer_parts
from moderation.domain.reasons import Cause
from moderation.domain.review import (
    LEASE,
    OPEN_STATES,
    DecisionKind,
    ItemState,
    allowance,
    due_at,
    is_sampled,
    lease_expiry,
    may_decide,
    more_pressing,
    risk_of,
)

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def test_a_lease_ends_five_minutes_after_it_was_taken() -> None:
    assert lease_expiry(NOW) == NOW + timedelta(minutes=5) == NOW + LEASE


@pytest.mark.parametrize(
    ("risk", "hours"), [(0, 24), (100, 1), (50, 24 / 12.5)], ids=["without risk", "highest", "in between"]
)
def test_the_riskier_the_sooner_an_item_is_due(risk: int, hours: float) -> None:
    allowed = allowance(ItemState.WAITING, risk)

    assert allowed == timedelta(hours=hours)
    # The definition: age, weighted by risk, reaches a day.
    assert allowed * (100 + 23 * risk) / 100 == timedelta(hours=24)


def test_no_item_starves_however_many_riskier_ones_come_later() -> None:
    harmless = due_at(ItemState.WAITING, 0, NOW)

    assert due_at(ItemState.WAITING, 100, NOW + timedelta(hours=22)) < harmless
    assert due_at(ItemState.WAITING, 100, NOW + timedelta(hours=24)) > harmless


@pytest.mark.parametrize(
    ("state", "days"), [(ItemState.APPEALED, 3), (ItemState.PATROL, 7), (ItemState.SECOND_LOOK, 7)]
)
def test_queues_of_another_kind_have_deadlines_of_their_own(state: ItemState, days: int) -> None:
    assert allowance(state, 0) == allowance(state, 100) == timedelta(days=days)


def test_every_sign_raises_the_risk_and_none_makes_it_certain() -> None:
    signs: list[tuple[int, tuple[Cause, ...], bool]] = [
        (0, (), False),
        (50, (), False),
        (50, (Cause.SAME_TEXT,), False),
        (50, (Cause.SAME_TEXT, Cause.REPORTED), False),
        (50, (Cause.SAME_TEXT, Cause.REPORTED), True),
    ]
    risks = [risk_of(score, causes, is_shown=is_shown) for score, causes, is_shown in signs]

    assert risks == sorted(set(risks))
    assert risks[0] == 0
    assert risks[-1] < 100
    assert risk_of(40, (Cause.RULE, Cause.PRE_MODERATION)) == 40
    assert risk_of(0, (Cause.REPORTED, Cause.SAME_TEXT)) == risk_of(0, (Cause.SAME_TEXT, Cause.REPORTED))


def test_a_comment_that_belongs_into_two_queues_waits_where_it_presses_most() -> None:
    for state in OPEN_STATES:
        assert more_pressing(state, state) is state
        assert more_pressing(state, ItemState.APPEALED) is ItemState.APPEALED
        assert more_pressing(ItemState.SECOND_LOOK, state) is state


def test_only_what_has_not_gone_up_goes_up() -> None:
    up = {state for state in OPEN_STATES if may_decide(state, DecisionKind.ESCALATE)}

    assert up == {ItemState.WAITING, ItemState.REPORTED, ItemState.PATROL}
    assert all(may_decide(state, DecisionKind.APPROVE) for state in OPEN_STATES)
    assert not may_decide(ItemState.WAITING, DecisionKind.UNDO)


def test_a_share_is_as_large_as_it_says_and_grows_without_leaving_anybody_out() -> None:
    ids = [uuid4() for _ in range(20_000)]
    small, large = ({one for one in ids if is_sampled(one, percent)} for percent in (2, 30))

    assert small < large
    assert 300 < len(small) < 520
    assert not any(is_sampled(one, 0) for one in ids)
    assert all(is_sampled(one, 100) for one in ids)


def test_open_items_are_those_that_wait_for_somebody() -> None:
    assert set(ItemState) - set(OPEN_STATES) == {ItemState.DECIDED, ItemState.DROPPED}


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        (Role.MODERATOR, {Permission.REVIEW, Permission.AUDIT}, {Permission.SENIOR_REVIEW, Permission.CONFIGURE}),
        (Role.SENIOR, {Permission.REVIEW, Permission.SENIOR_REVIEW}, {Permission.CONFIGURE}),
        (Role.OWNER, set(Permission), set()),
    ],
)  # fmt: skip
def test_a_role_may_what_it_is_granted_and_no_more(
    role: Role, may: set[Permission], may_not: set[Permission]
) -> None:
    assert may <= GRANTED[role]
    assert not may_not & GRANTED[role]


def test_each_role_may_all_that_the_ones_before_it_may() -> None:
    granted = [GRANTED[role] for role in Role]

    assert all(lower < higher for lower, higher in itertools.pairwise(granted))


def test_an_answer_is_read_the_way_people_type_it() -> None:
    challenge_id = UUID(int=3)

    assert answer_parts(challenge_id, " １２ ") == answer_parts(challenge_id, "12")
    assert answer_parts(challenge_id, "12") != answer_parts(challenge_id, "21")
    assert answer_parts(challenge_id, "12") != answer_parts(UUID(int=4), "12")

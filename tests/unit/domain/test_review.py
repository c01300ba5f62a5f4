"""Leases, priorities, permissions: small arithmetic with large consequences."""

import itertools
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from moderation.domain.account import GRANTED, Permission, Role
from moderation.domain.challenge import answer_parts
from moderation.domain.reasons import Cause
from moderation.domain.review import LEASE, OPEN_STATES, ItemState, Lease, lease_expiry, priority

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def test_a_lease_ends_five_minutes_after_it_was_taken() -> None:
    assert lease_expiry(NOW) == NOW + timedelta(minutes=5) == NOW + LEASE
    assert Lease(token="secret", expires_at=lease_expiry(NOW)).expires_at > NOW


def test_the_gravest_rule_ranks_an_item() -> None:
    assert priority((Cause.RULE,), severity=90) > priority((Cause.RULE, Cause.SITE_BUSY), severity=10)


def test_an_undone_item_stands_above_every_rule() -> None:
    assert priority((Cause.UNDONE,), severity=0) > priority((Cause.RULE,), severity=100)


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

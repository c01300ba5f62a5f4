"""The bytes of an event: fixed forever, unambiguous, the same from both databases."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain import chain
from moderation.domain.chain import Recorded

EVENT = Recorded(
    id=7,
    site_id=UUID(int=1),
    name="comment.rejected",
    subject_kind="comment",
    subject_id=UUID(int=2),
    actor_kind="account",
    actor_id=None,
    reason="insult",
    old={"status": "pending"},
    new={"revision": 1, "status": "rejected", "名": "é"},
    created_at=datetime(2026, 11, 22, 8, 0, 0, 1, tzinfo=UTC),
)
FIXED = (
    b"\x01"
    b"\x00\x00\x00\x00\x00\x00\x00\x017"
    b"\x00\x00\x00\x00\x00\x00\x00\x10"
    + UUID(int=1).bytes
    + b"\x00\x00\x00\x00\x00\x00\x00\x10comment.rejected"
    b"\x00\x00\x00\x00\x00\x00\x00\x07comment"
    b"\x00\x00\x00\x00\x00\x00\x00\x10" + UUID(int=2).bytes + b"\x00\x00\x00\x00\x00\x00\x00\x07account"
    b"\xff\xff\xff\xff\xff\xff\xff\xff"
    b"\x00\x00\x00\x00\x00\x00\x00\x06insult"
    b'\x00\x00\x00\x00\x00\x00\x00\x14{"status":"pending"}'
    b'\x00\x00\x00\x00\x00\x00\x00\x34{"revision":1,"status":"rejected","\\u540d":"\\u00e9"}'
    b"\x00\x00\x00\x00\x00\x00\x00\x101795334400000001"
)


def test_the_bytes_of_an_event_are_fixed_forever() -> None:
    assert chain.bytes_of(EVENT) == FIXED
    assert chain.link(chain.START, EVENT) == hashlib.sha256(bytes(32) + FIXED).digest()


@pytest.mark.parametrize(
    "other",
    [
        replace(EVENT, id=8),
        replace(EVENT, site_id=None),
        replace(EVENT, name="comment.published"),
        replace(EVENT, subject_kind="commen"),
        replace(EVENT, subject_id=UUID(int=3)),
        replace(EVENT, actor_kind="rules"),
        replace(EVENT, actor_id=UUID(int=4)),
        replace(EVENT, reason=None),
        replace(EVENT, reason=""),
        replace(EVENT, old={}),
        replace(EVENT, new={"revision": "1", "status": "rejected", "名": "é"}),
        replace(EVENT, created_at=EVENT.created_at + timedelta(microseconds=1)),
    ],
)
def test_every_field_is_part_of_the_hash(other: Recorded) -> None:
    assert chain.link(chain.START, other) != chain.link(chain.START, EVENT)


def test_the_hash_depends_on_all_before() -> None:
    assert chain.link(bytes(31) + b"\x01", EVENT) != chain.link(chain.START, EVENT)


def test_what_a_database_may_write_otherwise_is_the_same() -> None:
    same = replace(
        EVENT,
        created_at=EVENT.created_at.astimezone(timezone(timedelta(hours=8))),
        new={"名": "é", "status": "rejected", "revision": 1.0},
    )

    assert chain.bytes_of(same) == FIXED


@given(
    st.lists(
        st.tuples(st.text(max_size=4), st.one_of(st.none(), st.text(max_size=4))), max_size=2, min_size=2
    )
)
def test_no_two_events_share_their_bytes(pairs: list[tuple[str, str | None]]) -> None:
    first, second = (replace(EVENT, subject_kind=kind, reason=reason) for kind, reason in pairs)

    assert (chain.bytes_of(first) == chain.bytes_of(second)) == (pairs[0] == pairs[1])

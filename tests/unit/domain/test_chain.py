"""The bytes of an event: fixed forever, unambiguous, the same from both databases."""

import hashlib
import json
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
    assert chain.link(chain.START, FIXED) == hashlib.sha256(bytes(32) + FIXED).digest()


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
    assert chain.bytes_of(other) != FIXED


def test_the_hash_depends_on_all_before() -> None:
    assert chain.link(bytes(31) + b"\x01", FIXED) != chain.link(chain.START, FIXED)


def test_what_a_database_may_write_otherwise_is_the_same() -> None:
    same = replace(
        EVENT,
        created_at=EVENT.created_at.astimezone(timezone(timedelta(hours=8))),
        new={"名": "é", "status": "rejected", "revision": 1.0},
    )

    assert chain.bytes_of(same) == FIXED


def stored(event: Recorded, *, is_sqlite: bool) -> chain.Stored:
    """Write an event as a database does."""
    ids = [
        None if each is None else each.hex if is_sqlite else str(each)
        for each in (event.site_id, event.subject_id, event.actor_id)
    ]
    at = str(event.created_at.replace(tzinfo=None)) if is_sqlite else event.created_at
    values = (json.dumps(event.old), json.dumps(event.new))
    return (
        event.id,
        ids[0],
        event.name,
        event.subject_kind,
        str(ids[1]),
        event.actor_kind,
        ids[2],
        event.reason,
        *values,
        at,
    )


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("is_sqlite", [True, False])
@given(
    values=st.dictionaries(st.text(max_size=4), VALUES, max_size=3),
    at=st.datetimes(timezones=st.just(UTC)),
    actor_id=st.none() | st.uuids(),
)
def test_what_is_stored_has_the_same_bytes(
    *, is_sqlite: bool, values: dict[str, object], at: datetime, actor_id: UUID | None
) -> None:
    event = replace(EVENT, new=values, created_at=at, actor_id=actor_id)

    assert chain.bytes_of_stored(stored(event, is_sqlite=is_sqlite)) == chain.bytes_of(event)


@given(
    st.lists(
        st.tuples(st.text(max_size=4), st.one_of(st.none(), st.text(max_size=4))), max_size=2, min_size=2
    )
)
def test_no_two_events_share_their_bytes(pairs: list[tuple[str, str | None]]) -> None:
    first, second = (replace(EVENT, subject_kind=kind, reason=reason) for kind, reason in pairs)

    assert (chain.bytes_of(first) == chain.bytes_of(second)) == (pairs[0] == pairs[1])

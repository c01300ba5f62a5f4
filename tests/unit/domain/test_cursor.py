"""Cursors: read back as written; refused when anybody else wrote them."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain.cursor import Cursor, PopularCursor
from moderation.domain.errors import CursorInvalid

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(MOMENTS, st.uuids())
def test_a_cursor_is_read_back_as_it_was_written(created_at: datetime, comment_id: UUID) -> None:
    cursor = Cursor(created_at, comment_id)

    assert Cursor.decode(cursor.encode()) == cursor
    assert len(cursor.encode()) == 32


@given(st.integers(0, 2**31 - 1), MOMENTS, st.uuids())
def test_a_cursor_by_likes_is_read_back_and_is_no_other(
    like_count: int, created_at: datetime, comment_id: UUID
) -> None:
    cursor = PopularCursor(like_count, created_at, comment_id)

    assert PopularCursor.decode(cursor.encode()) == cursor
    assert len(cursor.encode()) == 40
    with pytest.raises(CursorInvalid):
        Cursor.decode(cursor.encode())
    with pytest.raises(CursorInvalid):
        PopularCursor.decode(Cursor(created_at, comment_id).encode())


@given(st.one_of(st.text(max_size=40), st.text("ABCabc019-_=", min_size=30, max_size=36)))
def test_garbage_is_refused_or_read_but_never_breaks(text: str) -> None:
    try:
        Cursor.decode(text)
    except CursorInvalid:
        return
    assert len(text) == 32


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("A" * 31, id="too short"),
        pytest.param("A" * 36, id="too long"),
        pytest.param("_" * 32, id="a moment after the end of time"),
        pytest.param("键" * 32, id="not ASCII"),
        pytest.param("A" * 31 + "\n", id="a line break"),
        pytest.param("A" * 31 + "\x00", id="NUL"),
    ],
)
def test_what_this_service_did_not_write_is_refused(text: str) -> None:
    with pytest.raises(CursorInvalid):
        Cursor.decode(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("A" * 39, id="too short"),
        pytest.param("AACAAAAA" + "A" * 32, id="more likes than any comment has"),
        pytest.param("A" * 8 + "_" * 32, id="a moment after the end of time"),
        pytest.param("键" * 40, id="not ASCII"),
    ],
)
def test_what_this_service_did_not_write_is_no_cursor_by_likes(text: str) -> None:
    with pytest.raises(CursorInvalid):
        PopularCursor.decode(text)

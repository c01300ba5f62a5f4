"""Keyset cursors: where a page ended, as an opaque string. Signed by nothing, since it reveals nothing.

A keyset page begins beyond a place in the order, not after so many rows: what is written or removed meanwhile shifts
nothing. Only what itself moves across that place between two pages is met twice or not at all. Moments of writing
never move. Counts of likes do: a comment that is liked between two pages may rise past the reader and be missed in
this walk, and one whose like is taken back may sink below him and be shown again.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from moderation.domain.errors import CursorInvalid

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE_BYTES = 24
_COUNT_BYTES = 6
"""With these a cursor is a whole number of base64 characters, without padding."""
_MOST_LIKES = 2**31 - 1
"""What the column holds: a larger number in a cursor was not written here, and no database could compare it."""


class Sort(StrEnum):
    """The order of the top comments of a thread."""

    NEWEST = "newest"
    OLDEST = "oldest"
    POPULAR = "popular"
    """By likes; among those with as many, the newest first."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last comment of a page, by the two columns that order the list."""

    created_at: datetime
    id: UUID

    def encode(self) -> str:
        """Write the cursor as 32 URL-safe characters: microseconds since 1970, then the id."""
        return base64.urlsafe_b64encode(_place(self.created_at, self.id)).decode()

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        """Read a cursor back. Raises `CursorInvalid` for anything this service did not write."""
        return cls(*_read_place(_raw(text, _PLACE_BYTES)))


@dataclass(frozen=True, slots=True)
class PopularCursor:
    """The last comment of a page by likes, with how many it had when it was shown."""

    like_count: int
    created_at: datetime
    id: UUID

    def encode(self) -> str:
        """Write the cursor as 40 URL-safe characters: the likes, then what a `Cursor` holds."""
        counted = self.like_count.to_bytes(_COUNT_BYTES, "big")
        return base64.urlsafe_b64encode(counted + _place(self.created_at, self.id)).decode()

    @classmethod
    def decode(cls, text: str) -> "PopularCursor":
        """Read a cursor back. Raises `CursorInvalid`, for a cursor of another order too."""
        raw = _raw(text, _COUNT_BYTES + _PLACE_BYTES)
        like_count = int.from_bytes(raw[:_COUNT_BYTES], "big")
        if like_count > _MOST_LIKES:
            raise CursorInvalid
        return cls(like_count, *_read_place(raw[_COUNT_BYTES:]))


def _place(created_at: datetime, comment_id: UUID) -> bytes:
    microseconds = (created_at - _EPOCH) // timedelta(microseconds=1)
    return microseconds.to_bytes(8, "big") + comment_id.bytes


def _raw(text: str, length: int) -> bytes:
    try:
        raw = base64.b64decode(text, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise CursorInvalid from error
    if len(raw) != length:
        raise CursorInvalid
    return raw


def _read_place(raw: bytes) -> tuple[datetime, UUID]:
    try:
        created_at = _EPOCH + timedelta(microseconds=int.from_bytes(raw[:8], "big"))
    except OverflowError as error:
        raise CursorInvalid from error
    return created_at, UUID(bytes=raw[8:])

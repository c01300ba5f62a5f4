"""Keyset cursors: where a page ended, as an opaque string. Signed by nothing, since it reveals nothing."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from moderation.domain.errors import CursorInvalid

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BYTES = 24


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last comment of a page, by the two columns that order the list."""

    created_at: datetime
    id: UUID

    def encode(self) -> str:
        """Write the cursor as 32 URL-safe characters: microseconds since 1970, then the id."""
        microseconds = (self.created_at - _EPOCH) // timedelta(microseconds=1)
        return base64.urlsafe_b64encode(microseconds.to_bytes(8, "big") + self.id.bytes).decode()

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        """Read a cursor back. Raises `CursorInvalid` for anything this service did not write."""
        try:
            raw = base64.b64decode(text, altchars=b"-_", validate=True)
            if len(raw) != _BYTES:
                raise CursorInvalid
            created_at = _EPOCH + timedelta(microseconds=int.from_bytes(raw[:8], "big"))
        except (binascii.Error, ValueError, OverflowError) as error:
            raise CursorInvalid from error
        return cls(created_at, UUID(bytes=raw[8:]))

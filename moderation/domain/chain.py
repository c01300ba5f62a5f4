"""The audit's hash chain: an event as bytes, and the hash that binds it to all before it. No storage.

    hash(n) = SHA-256( hash(n-1) ‖ bytes of the n-th event ),  hash(0) = 32 zero bytes

An event's bytes, fixed forever (another way would be another version byte):

    0x01, then eleven fields, each as a length of 8 bytes (big-endian) and that many bytes:
    id, site_id, name, subject_kind, subject_id, actor_kind, actor_id, reason, old, new, created_at
    · a number is its decimal digits                    · an id its 16 bytes
    · a text its UTF-8                                  · a moment the microseconds since 1970 in UTC, as a number
    · a mapping is JSON: keys sorted, no spaces, ASCII only, whole floats written as integers
    · nothing (NULL) is the length 2⁶⁴ − 1 and no bytes, so that it differs from the empty text

Lengths make it unambiguous: no two events have the same bytes. The same event has the same bytes on both databases.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

START: Final = bytes(32)
"""The hash before the first event."""
_VERSION: Final = b"\x01"
_NOTHING: Final = (2**64 - 1).to_bytes(8, "big")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it stands in the audit."""

    id: int
    site_id: UUID | None
    name: str
    subject_kind: str
    subject_id: UUID
    actor_kind: str
    actor_id: UUID | None
    reason: str | None
    old: Mapping[str, object]
    new: Mapping[str, object]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Seal:
    """A place in the chain: how many events it seals, and the hash that stands for all of them."""

    position: int
    hash: bytes


def link(before: bytes, event: Recorded) -> bytes:
    """Return the hash of an event that follows one of hash `before`."""
    return hashlib.sha256(before + bytes_of(event)).digest()


def bytes_of(event: Recorded) -> bytes:
    """Write an event as bytes (see above)."""
    fields = (
        str(event.id).encode(),
        _id(event.site_id),
        event.name.encode(),
        event.subject_kind.encode(),
        event.subject_id.bytes,
        event.actor_kind.encode(),
        _id(event.actor_id),
        None if event.reason is None else event.reason.encode(),
        _json(event.old),
        _json(event.new),
        str((event.created_at - _EPOCH) // _MICROSECOND).encode(),
    )
    return _VERSION + b"".join(
        _NOTHING if field is None else len(field).to_bytes(8, "big") + field for field in fields
    )


def _id(value: UUID | None) -> bytes | None:
    return None if value is None else value.bytes


def _json(value: Mapping[str, object]) -> bytes:
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _plain(value: object) -> object:
    """Write whole floats as integers: PostgreSQL gives 1e16 back as an integer, SQLite as a float."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value

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
from functools import lru_cache
from typing import Final
from uuid import UUID

START: Final = bytes(32)
"""The hash before the first event."""
_VERSION: Final = b"\x01"
_NOTHING: Final = (2**64 - 1).to_bytes(8, "big")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_KEPT: Final = 2_048
"""Names, kinds and values repeat from event to event: so many of their fields are kept as written."""


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


Stored = tuple[int, str | None, str, str, str, str, str | None, str | None, str, str, datetime | str]
"""The same, as a database holds it: ids in hexadecimal, mappings as JSON, the moment also as text in UTC."""


@dataclass(frozen=True, slots=True)
class Seal:
    """A place in the chain: how many events it seals, and the hash that stands for all of them."""

    position: int
    hash: bytes


def link(before: bytes, event: bytes) -> bytes:
    """Return the hash of an event, given as bytes, that follows one of hash `before`."""
    return hashlib.sha256(before + event).digest()


def bytes_of(event: Recorded) -> bytes:
    """Write an event as bytes (see above)."""
    return _join(
        _number(event.id),
        _field(None if event.site_id is None else event.site_id.bytes),
        _text(event.name),
        _text(event.subject_kind),
        _field(event.subject_id.bytes),
        _text(event.actor_kind),
        _field(None if event.actor_id is None else event.actor_id.bytes),
        _text(event.reason),
        _json(_plain(event.old)),
        _json(_plain(event.new)),
        _moment(event.created_at),
    )


def bytes_of_stored(event: Stored) -> bytes:
    """Write an event as bytes from what is stored, several times faster than from a `Recorded`.

    Raises `ValueError` where it was stored otherwise than this service stores it.
    """
    number, site_id, name, subject_kind, subject_id, actor_kind, actor_id, reason, old, new, at = event
    return _join(
        _number(number),
        _id(site_id),
        _text(name),
        _text(subject_kind),
        _id(subject_id),
        _text(actor_kind),
        _id(actor_id),
        _text(reason),
        _stored_json(old),
        _stored_json(new),
        _moment(datetime.fromisoformat(at).replace(tzinfo=UTC) if isinstance(at, str) else at),
    )


def _join(*fields: bytes) -> bytes:
    return _VERSION + b"".join(fields)


def _number(value: int) -> bytes:
    return _field(b"%d" % value)


def _moment(value: datetime) -> bytes:
    return _number((value - _EPOCH) // _MICROSECOND)


def _field(value: bytes | None) -> bytes:
    return _NOTHING if value is None else len(value).to_bytes(8, "big") + value


@lru_cache(_KEPT)
def _text(value: str | None) -> bytes:
    return _field(None if value is None else value.encode())


def _id(value: str | None) -> bytes:
    return _NOTHING if value is None else _field(bytes.fromhex(value.replace("-", "")))


@lru_cache(_KEPT)
def _stored_json(value: str) -> bytes:
    return _json(_parse(value))


def _whole(digits: str) -> float:
    """Read a number with a point or an exponent; a whole one as an integer, as `_plain` has it."""
    value = float(digits)
    return int(value) if value.is_integer() else value


_parse: Final = json.JSONDecoder(parse_float=_whole).decode
_write: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode


def _json(value: object) -> bytes:
    return _field(_write(value).encode())


def _plain(value: object) -> object:
    """Write whole floats as integers: PostgreSQL gives 1e16 back as an integer, SQLite as a float."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value

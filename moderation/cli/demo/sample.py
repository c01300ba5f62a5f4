"""The sample portal's comments, written for it: what readers say, and what a filter or a moderator stops."""

from datetime import timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files

import msgspec


class SampleStatus(StrEnum):
    PUBLISHED = "published"
    PENDING = "pending"
    REJECTED = "rejected"


class SampleComment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One comment; `reply_to` is the index of an earlier one of the same thread, `reason` a code when rejected."""

    thread: str
    nickname: str
    text: str
    minutes_ago: int
    status: SampleStatus = SampleStatus.PUBLISHED
    reason: str | None = None
    reply_to: int | None = None

    @property
    def age(self) -> timedelta:
        return timedelta(minutes=self.minutes_ago)


@cache
def load_sample() -> tuple[SampleComment, ...]:
    """Read the comments in the order of the file, which `reply_to` counts by."""
    source = files(__package__).joinpath("sample.json").read_bytes()
    return msgspec.json.decode(source, type=tuple[SampleComment, ...])

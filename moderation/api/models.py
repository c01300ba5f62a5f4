"""What the API takes: one Struct per request body, strict. What it gives are the flows' own values."""

from uuid import UUID

import msgspec


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every body shares: nothing unknown passes."""


class ChallengeRequest(Body, frozen=True):
    """Ask for a challenge. It holds nothing yet; the body is there so that it can."""


class CommentRequest(Body, frozen=True):
    """Submit a comment. Lengths and characters are checked by `domain.draft`, alike for every door."""

    thread: str
    nickname: str
    text: str
    thread_title: str | None = None
    thread_url: str | None = None
    parent_id: UUID | None = None
    link: str | None = None
    challenge_id: UUID | None = None
    challenge_answer: str | None = None


class ChallengeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An issued challenge, as the embed reads it."""

    id: UUID
    kind: str
    image_url: str
    width: int
    height: int
    expires_at: str
    expires_in_seconds: int

"""What the API takes: one Struct per request body, strict. What it gives are the flows' own values."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from moderation.domain.challenge import Kind, Want


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every body shares: nothing unknown passes."""


class ChallengeRequest(Body, frozen=True):
    """Ask for a challenge: what the page can do (`accepts`), what its reader chooses (`wants`), what is done (`proof`)."""

    thread: str | None = None
    accepts: frozenset[Kind] = frozenset({Kind.IMAGE})
    wants: Want | None = None
    proof: str | None = None


class SoundRequest(Body, frozen=True):
    """Ask for the sound of a challenge, for work that was done."""

    proof: str


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
    challenge_proof: str | None = None


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A proof of work to be made: `{parameters, signature}`, as the altcha library writes it."""

    challenge: Mapping[str, object]


class SoundAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Where a challenge can be heard."""

    sound_url: str


class LikeRequest(Body, frozen=True):
    """Like a comment, or take that back."""

    is_liked: bool


class ReportRequest(Body, frozen=True):
    """Report a comment. Which reasons there are and how long a note is says `domain.report`."""

    reason: str
    note: str | None = None


class ReceiptLink(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt's code, and the page that shows what became of it."""

    code: str
    url: str


class ReportAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader gets for his report."""

    receipt: ReceiptLink


class ChallengeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An issued challenge, as the embed reads it: an image with its size, or work to do."""

    id: UUID
    kind: Kind
    image_url: str | None
    width: int | None
    height: int | None
    has_sound: bool
    """Sounds are made here: `POST challenges/<id>/sound` may give one."""
    sound_url: None = None
    """Told by that."""
    pow: Work | None
    expires_at: str
    expires_in_seconds: int

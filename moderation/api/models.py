"""What the API takes: one Struct per request body, strict. What it gives are the flows' own values."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from moderation.domain.appeal import AppealState
from moderation.domain.challenge import Kind, Want
from moderation.domain.comment import Status
from moderation.domain.reasons import Reason
from moderation.domain.report import ReportState
from moderation.flows.intake import ReceiptThread
from moderation.flows.reading import PageComment
from moderation.web.receipts import ReceiptLink


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
    text: str
    nickname: str = ""
    """Not needed of whom the portal names."""
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


class ReportAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader gets for his report."""

    receipt: ReceiptLink


class RevisionRequest(Body, frozen=True):
    """Give one's comment another text; without a nickname it keeps the one it has."""

    text: str
    revision: int
    nickname: str | None = None


class WithdrawalRequest(Body, frozen=True):
    """Take one's comment back. It holds nothing: the address names the comment, the token its author."""


class AppealRequest(Body, frozen=True):
    """Object to the refusal of one's comment."""

    text: str


class ErasureRequest(Body, frozen=True):
    """Have everything erased that one has left on a site: `confirm` must be true, for nothing brings it back."""

    confirm: bool


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


class PostingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the author of a posting is told, with the receipt that he finds it by later."""

    comment_id: UUID
    status: Status
    reason: Reason | None
    created_at: datetime
    thread: ReceiptThread
    receipt: ReceiptLink
    editable_until: datetime | None


class OwnCommentAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A comment as its author sees it."""

    id: UUID
    parent_id: UUID | None
    nickname: str
    link: str | None
    text: str
    created_at: datetime
    status: Status
    reason: Reason | None
    revision: int
    editable_until: datetime | None
    may_withdraw: bool
    receipt: ReceiptLink | None
    appeal: str | None


class OwnCommentsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What an author wrote in a thread, and what he likes there."""

    comments: list[OwnCommentAnswer]
    liked: list[UUID]


class WithdrawalAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A comment that is no longer there."""

    comment_id: UUID
    status: Status


class ReceiptThreadAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The thread that a comment stands in."""

    key: str
    title: str | None
    url: str | None


class AppealAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An appeal and what came of it."""

    state: AppealState
    text: str
    reason_before: Reason
    created_at: datetime
    settled_at: datetime | None


class AppealMadeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Where an appeal stands."""

    appeal: AppealState


class CommentReceiptAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a comment, for whoever holds its receipt."""

    kind: Literal["comment"] = "comment"
    comment_id: UUID
    receipt: ReceiptLink
    thread: ReceiptThreadAnswer
    nickname: str
    text: str
    created_at: datetime
    status: Status
    reason: Reason | None
    may_withdraw: bool
    appeal: AppealAnswer | None
    appeal_until: datetime | None


class ReportReceiptAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a report, for whoever holds its receipt."""

    kind: Literal["report"] = "report"
    receipt: ReceiptLink
    comment_id: UUID | None
    """None while the comment is not shown."""
    reason: Reason
    state: ReportState
    created_at: datetime
    settled_at: datetime | None


class CommentAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One comment, with where it stands."""

    thread: str
    root_id: UUID
    comment: PageComment

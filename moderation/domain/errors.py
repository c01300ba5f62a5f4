"""What can go wrong, by meaning. No HTTP here: `web/problems.py` is the one place that knows status codes.

    ModerationError
    ├── NotFound        SiteUnknown · ThreadUnknown · CommentUnknown · ItemUnknown · ChallengeUnknown
    │                   AccountUnknown · AuthorUnknown · RuleSetUnknown · RuleUnknown · ReplayUnknown
    │                   InvitationUnknown · FilterUnknown · SoundUnavailable · ReceiptUnknown · PortalKeyUnknown
    ├── Refused         Invalid · OriginNotAllowed · ChallengeRequired · ChallengeFailed · ChallengeExpired
    │                   CursorInvalid · IdempotencyKeyInvalid · IdempotencyKeyReused · SignInFailed · NotPermitted
    │                   RulesInvalid · CodeWrong · StepOver · IdentityRefused · PortalTokenInvalid
    │                   SignInNotOffered · SignInRequired
    ├── Conflict        ThreadClosed · ChallengeNotNeeded · LeaseLost · AlreadyDecided · RevisionStale
    │                   UndoTooLate · NameTaken · DraftChanged · SettingsChanged · NotADraft · LastOwner
    │                   CommentSettled · AppealImpossible
    ├── TooMany         retry_after_seconds
    └── Unavailable     retry_after_seconds

An error carries fields, never sentences: who shows it words it, in the language of who reads it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from moderation.rules.errors import Fault as RuleFault


class ModerationError(Exception):
    """The root: everything this service raises on purpose."""


class NotFound(ModerationError):  # noqa: N818 - the tree is named by meaning, as drawn above
    """There is no such thing, or none that the caller may know of: both are answered alike."""


class Refused(ModerationError):  # noqa: N818
    """The request will not be carried out as it stands."""


class Conflict(ModerationError):  # noqa: N818
    """The request was sound, but the thing has moved on."""


@dataclass
class TooMany(ModerationError):  # noqa: N818
    """A limit is spent."""

    retry_after_seconds: int
    limit: int = 0
    remaining: int = 0
    scope: str = "client"
    window_seconds: int | None = None


@dataclass
class Unavailable(ModerationError):  # noqa: N818
    """A part the request needs does not answer just now; nothing was stored."""

    retry_after_seconds: int = 5


class SiteUnknown(NotFound): ...


class ThreadUnknown(NotFound): ...


class CommentUnknown(NotFound): ...


class ItemUnknown(NotFound): ...


class FilterUnknown(NotFound): ...


class ChallengeUnknown(NotFound): ...


class SoundUnavailable(NotFound):
    """No sound can be given: they are off, or all that were made are given out."""


class AccountUnknown(NotFound): ...


class AuthorUnknown(NotFound): ...


class RuleSetUnknown(NotFound): ...


class RuleUnknown(NotFound): ...


class ReplayUnknown(NotFound): ...


class InvitationUnknown(NotFound):
    """No such invitation, or one that was used, revoked or has expired."""


class ReceiptUnknown(NotFound):
    """No receipt on this site has that code."""


class PortalKeyUnknown(NotFound): ...


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a request: where (an RFC 6901 pointer), which fault, and its bound if it has one."""

    pointer: str
    code: str
    bound: int | None = None


@dataclass
class Invalid(Refused):
    """Fields that do not hold what they must; every fault found is listed."""

    faults: Sequence[Fault] = field(default_factory=tuple)


class OriginNotAllowed(Refused): ...


@dataclass
class ChallengeRequired(Refused):
    """A posting without a challenge, or with less than its risk asks for. `challenge` says what it takes now."""

    challenge: str = "image"


class ChallengeFailed(Refused): ...


class ChallengeExpired(Refused): ...


class CursorInvalid(Refused): ...


class IdempotencyKeyInvalid(Refused): ...


class IdempotencyKeyReused(Refused): ...


class SignInFailed(Refused): ...


class NotPermitted(Refused): ...


class CodeWrong(Refused):
    """Not the code of this moment, or one that was used already."""


class StepOver(Refused):
    """Too long, or too many codes, after the password: the sign-in begins again."""


@dataclass
class IdentityRefused(Refused):
    """The identity provider did not vouch for anybody whom we know. `why` is a code, told to the operator's log."""

    why: str


@dataclass
class PortalTokenInvalid(Refused):
    """A token of the portal that names nobody. `why` is a stable code (`domain.portal.Why`), told to the caller."""

    why: str


class SignInNotOffered(Refused):
    """A token of the portal on a site whose authors do not sign in."""


class SignInRequired(Refused):
    """The site takes comments only of whom its portal has signed in."""


@dataclass
class RulesInvalid(Refused):
    """A rule document with faults, each with its line."""

    faults: Sequence[str] = field(default_factory=tuple)
    found: Sequence[RuleFault] = field(default_factory=tuple)
    """The same as values, where the rules themselves are faulty."""


class ThreadClosed(Conflict): ...


class ChallengeNotNeeded(Conflict): ...


@dataclass
class LeaseLost(Conflict):
    """The claim has run out or somebody else holds the item now."""

    holder: str | None = None


@dataclass
class AlreadyDecided(Conflict):
    """Somebody was faster."""

    by: str
    kind: str
    at: datetime


class RevisionStale(Conflict):
    """The comment has another text than the one that was read, by a moderator or by its author."""


class UndoTooLate(Conflict): ...


class CommentSettled(Conflict):
    """The comment is no longer its author's to change: refused, gone, or its time for edits is over."""


class AppealImpossible(Conflict):
    """There is no refusal to object to, its time is over, or an appeal was made before."""


class NameTaken(Conflict): ...


class SettingsChanged(Conflict):
    """Somebody else has changed the settings of the site since this form was opened."""


class LastOwner(Conflict):
    """Nobody would be left who owns every site."""


@dataclass
class DraftChanged(Conflict):
    """Somebody edited the draft of rules since it was read."""

    by: str | None = None


class NotADraft(Conflict):
    """The version of the rules is in force, or was: it does not change any more."""

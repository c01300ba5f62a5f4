"""A site's policy and the one truth table that turns a verdict into an outcome.

Pure: verdict, mode and standing in, outcome out. Not the rules (they yield the verdict) and not the flow.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import assert_never

from moderation.domain.comment import Status
from moderation.domain.errors import SignInRequired
from moderation.domain.reasons import SILENT_REASONS, Cause, Reason
from moderation.domain.writer import Writer
from moderation.rules import Verdict


class Mode(StrEnum):
    """How a site (or one thread of it) judges comments that no rule blocks."""

    PRE = "pre"
    """Pre-moderation, 先审后发: nothing shows before a person approves."""
    RULES = "rules"
    """What no rule flags shows at once; what a rule flags waits."""
    POST = "post"
    """Everything not blocked shows at once; what a rule flags shows and is queued as well."""
    CLOSED = "closed"
    """No new comments."""


def mode_in_force(site: Mode, thread: Mode | None, *, is_frozen: bool, is_held: bool) -> Mode:
    """Return the mode that judges a comment: the emergency's, else the closed site's, else the thread's, else the site's.

    Emergencies lie over the modes and change none of them: when one ends, what was set before (or meanwhile) holds.
    """
    if is_frozen or site is Mode.CLOSED:
        return Mode.CLOSED
    mode = thread or site
    return Mode.PRE if is_held and mode is not Mode.CLOSED else mode


class Emergency(StrEnum):
    """What lies over every mode of a site while it holds. Each ends by itself no more than it began."""

    FROZEN = "frozen"
    """No new comments, on no thread."""
    HELD = "held"
    """Everything waits for a person, on every thread that takes comments."""


class ChallengeMode(StrEnum):
    """Which challenge a site asks of a reader before a comment."""

    OFF = "off"
    POW = "pow"
    """A proof of work that the reader's browser makes unseen; an image where it cannot."""
    IMAGE = "image"
    ADAPTIVE = "adaptive"
    """Nothing, a proof of work, or an image after one: by the risk of the posting."""


class SignIn(StrEnum):
    """Whether a site's authors are those that its portal names by a signed token."""

    ANONYMOUS = "anonymous"
    """Nobody signs in: a token of the portal is not taken."""
    OPTIONAL = "optional"
    REQUIRED = "required"


def refuse_unsigned(sign_in: SignIn, writer: Writer | None) -> None:
    """Refuse who is not signed in where the site asks for it. Raises `SignInRequired`."""
    if sign_in is SignIn.REQUIRED and (writer is None or writer.subject is None):
        raise SignInRequired


class Standing(StrEnum):
    """An author's record on a site."""

    NEW = "new"
    KNOWN = "known"
    TRUSTED = "trusted"
    BANNED = "banned"


BLOCK_DAYS = (1, 7, 30, 365)
"""For how long an author may be blocked; or for good."""
FOR_GOOD = datetime(9999, 1, 1, tzinfo=UTC)
"""When a block without an end ends: after everything."""
RETAINED_DAYS = MappingProxyType(
    {
        "retain_rejected_days": (1, 1_095),
        "retain_client_days": (1, 90),
        "retain_audit_days": (365, 3_650),
    }
)
"""Least and most of each retention: what is kept too briefly cannot be accounted for, too long breaks privacy law."""
OBJECTION_BOUNDS = MappingProxyType(
    {
        "edit_minutes": (0, 1_440),
        "appeal_days": (0, 365),
        "report_review_weight": (100, 10_000),
        "report_hide_weight": (0, 10_000),
    }
)
"""Least and most of what a site sets about edits, appeals and reports."""
MAX_PERCENT = 100

KNOWN_AFTER_APPROVALS = 1
TRUSTED_AFTER_APPROVALS = 10
APPROVALS_A_REJECTION = 10
"""So many approvals outweigh one refusal."""


def standing_of(*, approved: int, rejected: int, is_banned: bool) -> Standing:
    """Derive a standing from an author's record.

    Trusted means ten approvals and at most one refusal for every ten of them: visible inputs that a moderator can check.
    """
    if is_banned:
        return Standing.BANNED
    if approved >= TRUSTED_AFTER_APPROVALS and rejected * APPROVALS_A_REJECTION <= approved:
        return Standing.TRUSTED
    if approved >= KNOWN_AFTER_APPROVALS:
        return Standing.KNOWN
    return Standing.NEW


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingLimits:
    """How many comments a key may post, in the `limits` package's grammar ("5/minute;30/hour")."""

    client: str = "5/minute;30/hour"
    client_and_thread: str = "3/minute"
    author: str = "5/minute"
    same_text: str = "3/day"
    """Of one text and its near copies, by anybody; what comes above it waits for a person."""
    site: str = "300/minute"
    """What comes above this waits for a person instead of being refused: no one reader can shut the others out."""
    like: str = "60/hour"
    """Of one client."""
    report: str = "5/hour;20/day"
    """Of one client."""
    edit: str = "10/hour"
    """Edits and withdrawals of one author."""
    appeal: str = "5/day"
    """Of one client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePolicy:
    """A site's settings for judging, with the thread's override already applied."""

    mode: Mode = Mode.PRE
    challenge: ChallengeMode = ChallengeMode.IMAGE
    limits: PostingLimits = PostingLimits()
    max_text_chars: int = 1_000
    sign_in: SignIn = SignIn.ANONYMOUS
    trusted_pass: bool = False
    """A trusted author's comment shows at once though the site is pre-moderated, unless something is against it.
    Never while everything is held: that is what holding is for."""
    links_wait: bool = True
    """A link in a new author's comment makes it wait, whatever the mode."""
    edit_minutes: int = 30
    """For how long an author may edit or withdraw his comment; 0: he may not edit, and withdraw at any time."""
    appeal_days: int = 14
    """For how long an author may appeal against a refusal; 0: he may not."""
    report_review_weight: int = 300
    """Weight of reports (100 is one unknown reader's) from where on a comment comes back to the queue."""
    report_hide_weight: int = 0
    """Weight of reports by readers who were right before from where on a comment is hidden until a person has looked;
    0: reports never hide."""
    is_honest: bool = False
    """Tell the author of every refusal; otherwise advertising and repeats are answered like a waiting comment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What becomes of a comment: its first status, whether a person must look, and why."""

    status: Status
    needs_review: bool
    causes: tuple[Cause, ...]
    reason: Reason | None
    """Set when the status is `REJECTED`: the category shown to staff, and to the author unless silent."""


def outcome(
    verdict: Verdict,
    *,
    mode: Mode,
    standing: Standing,
    reasons: Iterable[Reason] = (),
    further_causes: Iterable[Cause] = (),
    trusted_pass: bool = False,
    has_waiting_link: bool = False,
) -> Outcome:
    """Turn a verdict into an outcome, by the site's mode and the author's standing.

    `reasons` are the categories of the rules that matched, gravest first. `further_causes` come from the flow (site
    over its limit, a check that failed): any of them makes the comment wait, for nothing is public before the
    last check has ended.

    `trusted_pass`: pre-moderation lets through what a trusted author writes, if nothing else is against it.
    `has_waiting_link`: the site lets links of new authors wait, and there is one.
    """
    held = tuple(further_causes)
    if verdict is Verdict.BLOCK:
        reason = next(iter(reasons), Reason.OTHER)
        return Outcome(status=Status.REJECTED, needs_review=False, causes=(Cause.RULE,), reason=reason)
    if has_waiting_link and standing is Standing.NEW:
        held = (Cause.FIRST_LINK, *held)
    if standing is Standing.BANNED:
        held = (Cause.AUTHOR_BANNED, *held)
    flagged = (Cause.RULE,) if verdict is Verdict.REVIEW else ()
    match mode:
        case Mode.PRE if trusted_pass and standing is Standing.TRUSTED and not flagged and not held:
            is_shown = True
        case Mode.PRE | Mode.CLOSED:
            # A closed thread refuses before it judges; a comment that raced the closing waits.
            held = (Cause.PRE_MODERATION, *held)
            is_shown = False
        case Mode.RULES:
            is_shown = not flagged
        case Mode.POST:
            is_shown = True
        case _:
            assert_never(mode)
    causes = flagged + held
    return Outcome(
        status=Status.PUBLISHED if is_shown and not held else Status.PENDING,
        needs_review=bool(causes),
        causes=causes,
        reason=None,
    )


@dataclass(frozen=True, slots=True)
class Told:
    """What an author is told of a comment's status and, when refused, why."""

    status: Status
    reason: Reason | None


def told_to_author(status: Status, reason: Reason | None, *, is_honest: bool) -> Told:
    """Decide what the author of a comment hears (ADR 0009).

    Rule-blocked advertising and repeats are answered as if they waited, unless the site is set to be honest.
    """
    if status is Status.REJECTED and reason in SILENT_REASONS and not is_honest:
        return Told(Status.PENDING, None)
    return Told(status, reason if status is Status.REJECTED else None)


def status_after_edit(status: Status, judged: Outcome) -> Status:
    """Say what becomes of a comment whose author changed its text, by what a new comment with that text would be.

    An edit takes down and refuses as a posting would, and lets nothing through (ADR 0029): what waits goes on
    waiting, and what was refused without a word waits from now on, as its author has been told all along.
    """
    if judged.status is Status.REJECTED or status is Status.PUBLISHED:
        return judged.status
    return Status.PENDING

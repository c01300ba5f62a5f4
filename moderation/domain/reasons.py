"""The fixed list of reasons: why a comment was refused, or why it waits.

A reason is a stable code; surfaces show it as a sentence in the reader's or moderator's language. Rules carry one
of the refusal reasons as their category, so that a match already says what a moderator would.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why a comment was refused, by a rule or by a person. Required when rejecting."""

    ADVERTISING = "advertising"
    CONTACT = "contact"
    GAMBLING = "gambling"
    FRAUD = "fraud"
    INSULT = "insult"
    REPEAT = "repeat"
    OFF_TOPIC = "off-topic"
    ILLEGAL = "illegal"
    PRIVACY = "privacy"
    OTHER = "other"


class Cause(StrEnum):
    """Why a comment waits for a person, besides the rules that matched."""

    PRE_MODERATION = "pre-moderation"
    RULE = "rule"
    FIRST_COMMENT = "first-comment"
    FIRST_LINK = "first-link"
    """A link in the comment of an author of whom nothing has been approved yet."""
    EDITED = "edited"
    """Its author changed a text that had been let through."""
    UNCHALLENGED = "unchallenged"
    """Sent by a reader who could use no challenge: such comments always wait."""
    FAILED_OFTEN = "failed-often"
    """Sent after several wrong answers to challenges."""
    AUTHOR_BANNED = "author-banned"
    SITE_BUSY = "site-busy"
    """More comments than the site's limit: what comes above it waits instead of being refused."""
    SAME_TEXT = "same-text"
    """The same text, or a near copy of it, was posted on this site more often than its limit allows."""
    CHECK_FAILED = "check-failed"
    UNDONE = "undone"
    ESCALATED = "escalated"
    REPORTED = "reported"
    APPEALED = "appealed"
    PATROL = "patrol"
    SECOND_LOOK = "second-look"


SILENT_REASONS = frozenset({Reason.ADVERTISING, Reason.REPEAT})
"""Refusals for which the author is told "received" by default: saying more would teach senders of spam."""

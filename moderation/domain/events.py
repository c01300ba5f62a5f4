"""Every event, by its dotted name: `noun.past-verb`. The same names stand in the audit, the outbox and the logs."""

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from moderation.domain.comment import Status


class EventName(StrEnum):
    """What can have happened. `docs/glossary.md` says each in a sentence; a test keeps that complete."""

    COMMENT_RECEIVED = "comment.received"
    COMMENT_PUBLISHED = "comment.published"
    COMMENT_REJECTED = "comment.rejected"
    COMMENT_WITHDRAWN = "comment.withdrawn"
    COMMENT_ERASED = "comment.erased"
    COMMENT_RETURNED = "comment.returned"
    COMMENT_UPHELD = "comment.upheld"
    COMMENT_EDITED = "comment.edited"
    ITEM_ESCALATED = "item.escalated"
    REPORT_RECEIVED = "report.received"
    REPORT_SETTLED = "report.settled"
    APPEAL_RECEIVED = "appeal.received"
    APPEAL_SETTLED = "appeal.settled"
    AUTHOR_EXPORTED = "author.exported"
    AUTHOR_ERASED = "author.erased"
    PORTAL_KEY_ADDED = "portal-key.added"
    PORTAL_KEY_RETIRED = "portal-key.retired"
    RULE_SET_IMPORTED = "rule-set.imported"
    RULE_SET_ACTIVATED = "rule-set.activated"
    RULE_SET_RECOMPILED = "rule-set.recompiled"
    SITE_CREATED = "site.created"
    SITE_CHANGED = "site.changed"
    THREAD_CHANGED = "thread.changed"
    ACCOUNT_CREATED = "account.created"
    ACCOUNT_PASSWORD_SET = "account.password-set"  # noqa: S105 - the name of an event
    ACCOUNT_SIGNED_IN = "account.signed-in"
    ACCOUNT_SIGNED_OUT = "account.signed-out"
    DECISION_CHECKED = "decision.checked"
    AUTHOR_BLOCKED = "author.blocked"
    AUTHOR_UNBLOCKED = "author.unblocked"
    AUTHOR_NOTED = "author.noted"
    RULE_SET_EDITED = "rule-set.edited"
    RULE_SET_DRAFTED = "rule-set.drafted"
    RULE_SET_RETIRED = "rule-set.retired"
    RULE_SET_DISCARDED = "rule-set.discarded"
    RULE_SET_SHADOWED = "rule-set.shadowed"
    RULE_SET_UNSHADOWED = "rule-set.unshadowed"
    REPLAY_STARTED = "replay.started"
    REPLAY_CANCELLED = "replay.cancelled"
    ACCOUNT_CHANGED = "account.changed"
    ACCOUNT_DISABLED = "account.disabled"
    ACCOUNT_ENABLED = "account.enabled"
    ACCOUNT_SESSION_ENDED = "account.session-ended"
    ACCOUNT_TOTP_SET = "account.totp-set"
    ACCOUNT_TOTP_REMOVED = "account.totp-removed"
    ACCOUNT_IDENTITY_LINKED = "account.identity-linked"
    INVITATION_MADE = "invitation.made"
    INVITATION_ACCEPTED = "invitation.accepted"
    INVITATION_REVOKED = "invitation.revoked"
    ROLE_GRANTED = "role.granted"
    ROLE_REVOKED = "role.revoked"
    AUDIT_EXPORTED = "audit.exported"


EVENT_AFTER: Final = MappingProxyType(
    {
        Status.PUBLISHED: EventName.COMMENT_PUBLISHED,
        Status.REJECTED: EventName.COMMENT_REJECTED,
        Status.WITHDRAWN: EventName.COMMENT_WITHDRAWN,
        Status.ERASED: EventName.COMMENT_ERASED,
        Status.PENDING: EventName.COMMENT_RETURNED,
    },
)
"""Which event a change of status is. A comment's very first event is `COMMENT_RECEIVED`."""


class ActorKind(StrEnum):
    """Who acted: a reader, a person on the desk, the rules, the retention by age, or the operator at a terminal."""

    AUTHOR = "author"
    ACCOUNT = "account"
    RULES = "rules"
    RETENTION = "retention"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it. `id` is absent for the rules and the operator."""

    kind: ActorKind
    id: UUID | None = None


OPERATOR: Final = Actor(ActorKind.OPERATOR)
RULES: Final = Actor(ActorKind.RULES)
RETENTION: Final = Actor(ActorKind.RETENTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened to what, by whom and why. `old` and `new` hold codes and ids, never a comment's text."""

    name: EventName
    actor: Actor
    subject_kind: str
    subject_id: UUID
    site_id: UUID | None = None
    reason: str | None = None
    old: dict[str, object] = field(default_factory=dict)
    new: dict[str, object] = field(default_factory=dict)

"""Codes in words: reasons, causes, decisions, statuses, events, problems. English here, other languages by catalogue."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from moderation.domain.account import Role
from moderation.domain.comment import Status
from moderation.domain.errors import AlreadyDecided, Conflict, LeaseLost, RevisionStale, UndoTooLate
from moderation.domain.events import ActorKind, EventName
from moderation.domain.keys import KeyAction
from moderation.domain.policy import Standing
from moderation.domain.reasons import Cause, Reason
from moderation.domain.report import ReportState
from moderation.domain.review import DecisionKind, ItemState
from moderation.web.languages import gettext, lazy_gettext

REASONS: Final = MappingProxyType(
    {
        Reason.ADVERTISING: lazy_gettext("Advertising"),
        Reason.INSULT: lazy_gettext("Insult"),
        Reason.CONTACT: lazy_gettext("Contact details"),
        Reason.GAMBLING: lazy_gettext("Gambling"),
        Reason.FRAUD: lazy_gettext("Fraud"),
        Reason.OFF_TOPIC: lazy_gettext("Off topic"),
        Reason.REPEAT: lazy_gettext("Repeat"),
        Reason.PRIVACY: lazy_gettext("Privacy"),
        Reason.ILLEGAL: lazy_gettext("Illegal"),
        Reason.OTHER: lazy_gettext("Other"),
    },
)
"""In the order of the menu: the digit of a reason is its place here, the tenth is 0."""
REASON_DIGITS: Final = tuple(zip("1234567890", REASONS, strict=True))

BLOCK_DAYS: Final = (
    (1, lazy_gettext("for 1 day")),
    (7, lazy_gettext("for 7 days")),
    (30, lazy_gettext("for 30 days")),
    (365, lazy_gettext("for a year")),
    (None, lazy_gettext("for good")),
)
"""How long an author may be blocked, in the order of the menu."""

CAUSES: Final = MappingProxyType(
    {
        Cause.PRE_MODERATION: lazy_gettext("Pre-moderation"),
        Cause.RULE: lazy_gettext("Rule"),
        Cause.FIRST_COMMENT: lazy_gettext("First comment"),
        Cause.FIRST_LINK: lazy_gettext("Link, new author"),
        Cause.EDITED: lazy_gettext("Edited"),
        Cause.UNCHALLENGED: lazy_gettext("No challenge"),
        Cause.FAILED_OFTEN: lazy_gettext("Failed challenges"),
        Cause.AUTHOR_BANNED: lazy_gettext("Author banned"),
        Cause.SITE_BUSY: lazy_gettext("Busy site"),
        Cause.SAME_TEXT: lazy_gettext("Same text"),
        Cause.CHECK_FAILED: lazy_gettext("Check failed"),
        Cause.UNDONE: lazy_gettext("Undone"),
        Cause.ESCALATED: lazy_gettext("Escalated"),
        Cause.REPORTED: lazy_gettext("Reported"),
        Cause.APPEALED: lazy_gettext("Appeal"),
        Cause.PATROL: lazy_gettext("Patrol"),
        Cause.SECOND_LOOK: lazy_gettext("Second look"),
    },
)
DECIDED: Final = MappingProxyType(
    {
        DecisionKind.APPROVE: lazy_gettext("approved"),
        DecisionKind.REJECT: lazy_gettext("rejected"),
        DecisionKind.ESCALATE: lazy_gettext("escalated"),
        DecisionKind.UNDO: lazy_gettext("undone"),
    },
)
STATUSES: Final = MappingProxyType(
    {
        Status.PENDING: lazy_gettext("Waiting"),
        Status.PUBLISHED: lazy_gettext("Published"),
        Status.REJECTED: lazy_gettext("Rejected"),
        Status.WITHDRAWN: lazy_gettext("Withdrawn"),
        Status.ERASED: lazy_gettext("Erased"),
    },
)
REPORT_STATES: Final = MappingProxyType(
    {
        ReportState.OPEN: lazy_gettext("open"),
        ReportState.UPHELD: lazy_gettext("upheld"),
        ReportState.DISMISSED: lazy_gettext("dismissed"),
    },
)
STANDINGS: Final = MappingProxyType(
    {
        Standing.NEW: lazy_gettext("new"),
        Standing.KNOWN: lazy_gettext("known"),
        Standing.TRUSTED: lazy_gettext("trusted"),
        Standing.BANNED: lazy_gettext("banned"),
    },
)
QUEUES: Final = MappingProxyType(
    {
        ItemState.WAITING: lazy_gettext("Waiting"),
        ItemState.REPORTED: lazy_gettext("Reported"),
        ItemState.ESCALATED: lazy_gettext("Escalated"),
        ItemState.APPEALED: lazy_gettext("Appeals"),
        ItemState.PATROL: lazy_gettext("Patrol"),
        ItemState.SECOND_LOOK: lazy_gettext("Second looks"),
    },
)
ACTORS: Final = MappingProxyType(
    {
        ActorKind.AUTHOR: lazy_gettext("Author"),
        ActorKind.ACCOUNT: lazy_gettext("Account"),
        ActorKind.RULES: lazy_gettext("Rules"),
        ActorKind.RETENTION: lazy_gettext("Retention"),
        ActorKind.OPERATOR: lazy_gettext("Operator"),
    },
)
EVENTS: Final = MappingProxyType(
    {
        EventName.COMMENT_RECEIVED: lazy_gettext("Comment received"),
        EventName.COMMENT_PUBLISHED: lazy_gettext("Comment published"),
        EventName.COMMENT_REJECTED: lazy_gettext("Comment rejected"),
        EventName.COMMENT_WITHDRAWN: lazy_gettext("Comment withdrawn"),
        EventName.COMMENT_ERASED: lazy_gettext("Comment erased"),
        EventName.COMMENT_RETURNED: lazy_gettext("Comment waits again"),
        EventName.COMMENT_UPHELD: lazy_gettext("Comment left as it was"),
        EventName.COMMENT_EDITED: lazy_gettext("Comment edited"),
        EventName.REPORT_RECEIVED: lazy_gettext("Report received"),
        EventName.REPORT_SETTLED: lazy_gettext("Report settled"),
        EventName.APPEAL_RECEIVED: lazy_gettext("Appeal received"),
        EventName.APPEAL_SETTLED: lazy_gettext("Appeal settled"),
        EventName.AUTHOR_EXPORTED: lazy_gettext("Author's data exported"),
        EventName.AUTHOR_ERASED: lazy_gettext("Author's data erased"),
        EventName.PORTAL_KEY_ADDED: lazy_gettext("Sign-in key added"),
        EventName.PORTAL_KEY_RETIRED: lazy_gettext("Sign-in key retired"),
        EventName.ITEM_ESCALATED: lazy_gettext("Item escalated"),
        EventName.RULE_SET_IMPORTED: lazy_gettext("Rule set imported"),
        EventName.RULE_SET_ACTIVATED: lazy_gettext("Rule set activated"),
        EventName.RULE_SET_RECOMPILED: lazy_gettext("Rule set compiled again"),
        EventName.SITE_CREATED: lazy_gettext("Site created"),
        EventName.SITE_CHANGED: lazy_gettext("Site changed"),
        EventName.THREAD_CHANGED: lazy_gettext("Thread changed"),
        EventName.ACCOUNT_CREATED: lazy_gettext("Account created"),
        EventName.ACCOUNT_PASSWORD_SET: lazy_gettext("Password set"),
        EventName.ACCOUNT_SIGNED_IN: lazy_gettext("Sign-in"),
        EventName.ACCOUNT_SIGNED_OUT: lazy_gettext("Signed out"),
        EventName.DECISION_CHECKED: lazy_gettext("Decision checked"),
        EventName.AUTHOR_BLOCKED: lazy_gettext("Author blocked"),
        EventName.AUTHOR_UNBLOCKED: lazy_gettext("Author unblocked"),
        EventName.AUTHOR_NOTED: lazy_gettext("Note on an author"),
        EventName.RULE_SET_EDITED: lazy_gettext("Rule draft edited"),
        EventName.RULE_SET_DRAFTED: lazy_gettext("Rule draft made"),
        EventName.RULE_SET_RETIRED: lazy_gettext("Rule set retired"),
        EventName.RULE_SET_DISCARDED: lazy_gettext("Rule draft discarded"),
        EventName.RULE_SET_SHADOWED: lazy_gettext("Rule set in shadow"),
        EventName.RULE_SET_UNSHADOWED: lazy_gettext("Shadow ended"),
        EventName.REPLAY_STARTED: lazy_gettext("Replay started"),
        EventName.REPLAY_CANCELLED: lazy_gettext("Replay cancelled"),
        EventName.ACCOUNT_CHANGED: lazy_gettext("Account changed"),
        EventName.ACCOUNT_DISABLED: lazy_gettext("Account disabled"),
        EventName.ACCOUNT_ENABLED: lazy_gettext("Account enabled"),
        EventName.ACCOUNT_SESSION_ENDED: lazy_gettext("Session ended"),
        EventName.ACCOUNT_TOTP_SET: lazy_gettext("Second factor set"),
        EventName.ACCOUNT_TOTP_REMOVED: lazy_gettext("Second factor removed"),
        EventName.ACCOUNT_IDENTITY_LINKED: lazy_gettext("Identity linked"),
        EventName.INVITATION_MADE: lazy_gettext("Invitation made"),
        EventName.INVITATION_ACCEPTED: lazy_gettext("Invitation accepted"),
        EventName.INVITATION_REVOKED: lazy_gettext("Invitation revoked"),
        EventName.ROLE_GRANTED: lazy_gettext("Role granted"),
        EventName.ROLE_REVOKED: lazy_gettext("Role revoked"),
        EventName.AUDIT_EXPORTED: lazy_gettext("Audit exported"),
    },
)
NOUNS: Final = MappingProxyType(
    {
        "comment": lazy_gettext("Comments"),
        "item": lazy_gettext("Items"),
        "report": lazy_gettext("Reports"),
        "appeal": lazy_gettext("Appeals"),
        "decision": lazy_gettext("Decisions"),
        "author": lazy_gettext("Authors"),
        "thread": lazy_gettext("Threads"),
        "site": lazy_gettext("Sites"),
        "portal-key": lazy_gettext("Sign-in keys"),
        "rule-set": lazy_gettext("Rule sets"),
        "replay": lazy_gettext("Replays"),
        "account": lazy_gettext("Accounts"),
        "role": lazy_gettext("Roles"),
        "invitation": lazy_gettext("Invitations"),
        "audit": lazy_gettext("Audit"),
    },
)
"""What events are of: the first half of their names. A test keeps it complete."""
SUBJECTS: Final = MappingProxyType(
    {
        "comment": lazy_gettext("Comment"),
        "report": lazy_gettext("Report"),
        "appeal": lazy_gettext("Appeal"),
        "decision": lazy_gettext("Decision"),
        "author": lazy_gettext("Author"),
        "thread": lazy_gettext("Thread"),
        "site": lazy_gettext("Site"),
        "rule-set": lazy_gettext("Rule set"),
        "replay": lazy_gettext("Replay"),
        "account": lazy_gettext("Account"),
        "invitation": lazy_gettext("Invitation"),
    },
)
ROLES: Final = MappingProxyType(
    {
        Role.MODERATOR: lazy_gettext("Moderator"),
        Role.SENIOR: lazy_gettext("Senior"),
        Role.OWNER: lazy_gettext("Owner"),
    },
)
KEY_ACTIONS: Final = MappingProxyType(
    {
        KeyAction.APPROVE: lazy_gettext("Approve"),
        KeyAction.REJECT: lazy_gettext("Reject, with a reason"),
        KeyAction.SPAM: lazy_gettext("Reject as advertising"),
        KeyAction.ESCALATE: lazy_gettext("Escalate"),
        KeyAction.HOLD: lazy_gettext("Put aside"),
        KeyAction.BLOCK: lazy_gettext("Block the author"),
        KeyAction.NEXT: lazy_gettext("Next comment"),
        KeyAction.PREVIOUS: lazy_gettext("Previous comment"),
        KeyAction.SELECT: lazy_gettext("Select"),
        KeyAction.EXTEND_NEXT: lazy_gettext("Extend the selection downwards"),
        KeyAction.EXTEND_PREVIOUS: lazy_gettext("Extend the selection upwards"),
        KeyAction.GROUP: lazy_gettext("Select similar ones"),
        KeyAction.UNDO: lazy_gettext("Undo the last decision"),
        KeyAction.CONTEXT: lazy_gettext("Context"),
        KeyAction.AUTHOR: lazy_gettext("The author's page"),
        KeyAction.THREAD: lazy_gettext("The thread's page"),
        KeyAction.NOTE: lazy_gettext("Note"),
        KeyAction.NARROW: lazy_gettext("Narrow the rule"),
        KeyAction.SEARCH: lazy_gettext("Search"),
        KeyAction.HELP: lazy_gettext("Show the keys"),
        KeyAction.GO: lazy_gettext("Go to a page, then its letter"),
    },
)
FIELDS: Final = MappingProxyType(
    {
        "status": lazy_gettext("Status"),
        "revision": lazy_gettext("Revision"),
        "item_id": lazy_gettext("Item"),
        "mode": lazy_gettext("Mode"),
        "number": lazy_gettext("Number"),
        "comments": lazy_gettext("Comments"),
        "rules": lazy_gettext("Rules"),
        "edition": lazy_gettext("Edition"),
        "added": lazy_gettext("Added"),
        "changed": lazy_gettext("Changed"),
        "removed": lazy_gettext("Removed"),
        "reason": lazy_gettext("Reason"),
        "name": lazy_gettext("Name"),
        "role": lazy_gettext("Role"),
        "site": lazy_gettext("Site"),
        "language": lazy_gettext("Language"),
        "days": lazy_gettext("Days"),
        "format": lazy_gettext("Format"),
        "version": lazy_gettext("Version"),
        "rule_set_id": lazy_gettext("Rule set"),
        "decision_id": lazy_gettext("Decision"),
        "account_id": lazy_gettext("Account"),
        "site_id": lazy_gettext("Site"),
        "digest": lazy_gettext("Digest"),
        "maker": lazy_gettext("Made by"),
        "sessions": lazy_gettext("Sessions"),
        "banned_until": lazy_gettext("Blocked until"),
        "is_agreed": lazy_gettext("Agrees"),
        "origins": lazy_gettext("Origins"),
        "challenge": lazy_gettext("Challenge"),
        "limits": lazy_gettext("Limits"),
        "texts": lazy_gettext("Texts"),
        "title": lazy_gettext("Title"),
        "login": lazy_gettext("Login"),
        "time_zone": lazy_gettext("Time zone"),
        "keys": lazy_gettext("Keys"),
        "is_honest": lazy_gettext("Tells authors of refusals"),
        "max_text_chars": lazy_gettext("Longest text"),
        "retain_rejected_days": lazy_gettext("Rejected kept, days"),
        "retain_client_days": lazy_gettext("Clients kept, days"),
        "retain_audit_days": lazy_gettext("Audit kept, days"),
        "second_look_percent": lazy_gettext("Second looks, percent"),
        "patrol_percent": lazy_gettext("Patrol, percent"),
        "is_frozen": lazy_gettext("Frozen"),
        "events": lazy_gettext("Events"),
        "actor": lazy_gettext("Who"),
        "subject_id": lazy_gettext("Of what"),
        "since": lazy_gettext("From"),
        "until": lazy_gettext("To"),
    },
)
"""What the audit's values are of; a field not listed here stands under its own name."""
PROBLEMS: Final = MappingProxyType(
    {
        "not-found": (lazy_gettext("There is nothing at this address"), lazy_gettext("Check the address, or go back to the queue.")),
        "item-unknown": (lazy_gettext("There is no such item"), lazy_gettext("It may belong to a site you do not review.")),
        "filter-unknown": (lazy_gettext("There is no such filter"), lazy_gettext("It may have been deleted in another window.")),
        "not-permitted": (lazy_gettext("This account may not do that"), lazy_gettext("Ask the owner of the site for the role that allows it.")),
        "too-many-requests": (lazy_gettext("Too many attempts"), lazy_gettext("Wait a little, then try again.")),
        "unavailable": (lazy_gettext("The service cannot do this just now"), lazy_gettext("Nothing was changed. Try again in a moment.")),
        "validation-failed": (lazy_gettext("A field does not hold what it must"), lazy_gettext("Nothing was changed. Go back and correct the field.")),
        "internal": (lazy_gettext("Something went wrong on our side"), lazy_gettext("Tell the operator the number of this request.")),
    },
)  # fmt: skip
"""By the slug of the problem; what is not listed here is told as `OTHER_PROBLEM`."""
OTHER_PROBLEM: Final = (
    lazy_gettext("The request cannot be carried out"),
    lazy_gettext("Go back and try again."),
)

_LONG_CHARS: Final = 32
"""Ids and digests are told by their end, which is enough to tell two apart."""


def decided(kind: DecisionKind, reason: Reason | None) -> str:
    """Name a decision, with its reason where it has one."""
    if reason is None:
        return str(DECIDED[kind])
    return str(gettext("%(decision)s (%(reason)s)", decision=DECIDED[kind], reason=REASONS[reason]))


def conflict(error: Conflict) -> str:
    """Say what was in the way, and who was faster."""
    match error:
        case AlreadyDecided(by=by, kind=kind):
            decision = DECIDED[DecisionKind(kind)]
            return str(gettext("%(name)s was faster: %(decision)s.", name=by, decision=decision))
        case LeaseLost(holder=str(holder)):
            return str(gettext("%(name)s works on this comment now.", name=holder))
        case LeaseLost():
            return str(gettext("Your claim has run out. Claim the comment again, or go on to the next."))
        case RevisionStale():
            return str(
                gettext("The author has edited this comment since. Claim it again to read the new text.")
            )
        case UndoTooLate():
            return str(
                gettext(
                    "This decision can no longer be undone: half an hour has passed, or the comment has changed since."
                )
            )
        case _:
            return str(gettext("The comment has changed in the meantime."))


_CODES: Final[tuple[tuple[type[StrEnum], Mapping[Any, Any]], ...]] = (
    (Status, STATUSES),
    (Reason, REASONS),
    (Role, ROLES),
    (Cause, CAUSES),
    (ReportState, REPORT_STATES),
)


def code(value: object) -> str:
    """Say a status, reason, role or cause of the audit in words; other values stand as they are, ids and digests shortened."""
    if value is None:
        return "–"
    text = str(value)
    for codes, words in _CODES:
        if text in set(codes):
            return str(words[codes(text)])
    return f"…{text[-8:]}" if len(text) > _LONG_CHARS else text

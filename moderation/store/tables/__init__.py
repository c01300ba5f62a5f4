"""Every mapped class, imported here so that the metadata is whole wherever one of them is."""

from moderation.store.tables.account import Account, AccountSession, ApiKey, Membership
from moderation.store.tables.author import AuthorBlock, AuthorNote
from moderation.store.tables.challenge import Challenge, Sound
from moderation.store.tables.comment import (
    Author,
    Comment,
    Evaluation,
    IdempotencyKey,
    Like,
    Revision,
    StoredMatch,
    Thread,
)
from moderation.store.tables.figures import Figure, FigureHour, QueueHour
from moderation.store.tables.objection import Appeal, Report
from moderation.store.tables.outbox import AuditEvent, AuditSeal, Job, OutboxMessage, UnsealedEvent
from moderation.store.tables.repeat import FingerprintBand
from moderation.store.tables.replay import (
    Replay,
    ReplayExample,
    ReplayRule,
    Shadow,
    ShadowJudgement,
    Suggestion,
    SuggestionExample,
    SuggestionList,
)
from moderation.store.tables.review import Decision, PatrolMark, QueueChange, ReviewItem
from moderation.store.tables.ruleset import RuleSetVersion, StoredRule
from moderation.store.tables.search import SavedFilter, SearchDocument
from moderation.store.tables.sign_in import (
    Identity,
    IdentityRequest,
    Invitation,
    RecoveryCode,
    SecondFactor,
    SignInStep,
)
from moderation.store.tables.site import PortalKey, Site

__all__ = [
    "Account",
    "AccountSession",
    "ApiKey",
    "Appeal",
    "AuditEvent",
    "AuditSeal",
    "Author",
    "AuthorBlock",
    "AuthorNote",
    "Challenge",
    "Comment",
    "Decision",
    "Evaluation",
    "Figure",
    "FigureHour",
    "FingerprintBand",
    "IdempotencyKey",
    "Identity",
    "IdentityRequest",
    "Invitation",
    "Job",
    "Like",
    "Membership",
    "OutboxMessage",
    "PatrolMark",
    "PortalKey",
    "QueueChange",
    "QueueHour",
    "RecoveryCode",
    "Replay",
    "ReplayExample",
    "ReplayRule",
    "Report",
    "ReviewItem",
    "Revision",
    "RuleSetVersion",
    "SavedFilter",
    "SearchDocument",
    "SecondFactor",
    "Shadow",
    "ShadowJudgement",
    "SignInStep",
    "Site",
    "Sound",
    "StoredMatch",
    "StoredRule",
    "Suggestion",
    "SuggestionExample",
    "SuggestionList",
    "Thread",
    "UnsealedEvent",
]

"""Typed identifiers: a comment's id is not an item's id, though both are UUIDs."""

from typing import NewType
from uuid import UUID

SiteId = NewType("SiteId", UUID)
ThreadId = NewType("ThreadId", UUID)
AuthorId = NewType("AuthorId", UUID)
CommentId = NewType("CommentId", UUID)
ItemId = NewType("ItemId", UUID)
DecisionId = NewType("DecisionId", UUID)
AccountId = NewType("AccountId", UUID)
RuleSetId = NewType("RuleSetId", UUID)
ChallengeId = NewType("ChallengeId", UUID)

"""Review items: their states, leases and which decision is valid when. No storage, no clock of its own."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from moderation.domain.comment import Status
from moderation.domain.reasons import Cause

LEASE = timedelta(minutes=5)
"""How long a claim holds without being renewed: long enough for a hard case, short enough for a closed laptop."""
UNDO_WINDOW = timedelta(minutes=30)
DEADLINE = timedelta(hours=24)
"""When an item turns overdue on its card."""


class ItemState(StrEnum):
    """Where an item stands in the queue. `DECIDED` and `DROPPED` items are kept as history."""

    WAITING = "waiting"
    REPORTED = "reported"
    """Readers reported a published comment often enough."""
    ESCALATED = "escalated"
    """Handed to a senior."""
    APPEALED = "appealed"
    """The author objects to a decision; judged by another senior than the one who decided."""
    PATROL = "patrol"
    """A sample of what was published without a person having seen it."""
    SECOND_LOOK = "second-look"
    """A decided comment that a second moderator judges without knowing what the first one said."""
    DECIDED = "decided"
    DROPPED = "dropped"
    """The comment left the queue without a decision: withdrawn by its author, or erased."""


OPEN_STATES = (
    ItemState.WAITING,
    ItemState.REPORTED,
    ItemState.ESCALATED,
    ItemState.APPEALED,
    ItemState.PATROL,
    ItemState.SECOND_LOOK,
)
"""The queues, in the order of the desk's menu: an item waits in the queue that its state names."""
SENIOR_STATES = frozenset({ItemState.ESCALATED, ItemState.APPEALED})
"""Queues that only seniors work on."""


class DecisionKind(StrEnum):
    """What a person decides."""

    APPROVE = "approve"
    REJECT = "reject"
    ESCALATE = "escalate"
    UNDO = "undo"


STATUS_AFTER = MappingProxyType(
    {
        DecisionKind.APPROVE: Status.PUBLISHED,
        DecisionKind.REJECT: Status.REJECTED,
    },
)
"""An escalation leaves the comment as it is and hands it to a senior; an undo leads back to what it was before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The time-limited right to decide one item. `token` is secret: only its hash is stored."""

    token: str
    expires_at: datetime


def lease_expiry(now: datetime) -> datetime:
    """Say when a lease taken or renewed at `now` ends."""
    return now + LEASE


def priority(causes: tuple[Cause, ...], *, severity: int) -> int:
    """Rank an item, higher first: 0–100 by the gravest rule that matched, and above all others when undone.

    An undone decision stands at the top because the person who undid it is waiting for it.
    """
    return severity + (1_000 if Cause.UNDONE in causes else 0)

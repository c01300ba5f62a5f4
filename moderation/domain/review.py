"""Review items: their states, deadlines and leases, and which decision is valid when. No storage, no clock of its own."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import prod
from types import MappingProxyType
from typing import Final
from uuid import UUID

from moderation.domain.comment import Status
from moderation.domain.events import Actor, ActorKind
from moderation.domain.reasons import Cause

LEASE: Final = timedelta(minutes=5)
"""How long a claim holds without being renewed: long enough for a hard case, short enough for a closed laptop."""
HOLD: Final = timedelta(hours=24)
"""How long an item that was put aside stays with whoever put it there."""
MOST_HELD: Final = 50
"""Items that one person may have put aside: everybody else's claims pass over them."""
UNDO_WINDOW: Final = timedelta(minutes=30)
DEADLINE: Final = timedelta(hours=24)
"""How long an item without any risk may wait."""
MOST_RISK: Final = 100
MAX_NOTE_CHARS: Final = 1_000


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
SINGLE_STATES = frozenset({ItemState.APPEALED, ItemState.SECOND_LOOK})
"""Queues whose items are judged one by one: an appeal and a second look are about one decision."""
SAMPLED_STATES = frozenset({ItemState.WAITING, ItemState.REPORTED, ItemState.PATROL})
"""Queues of whose decisions a share gets a second look. What a senior said has been looked at twice already."""

TEXT_CAUSES = frozenset({Cause.RULE, Cause.FIRST_LINK, Cause.SAME_TEXT, Cause.CHECK_FAILED})
"""Causes that speak of a text: with another text they are found anew, or fall away."""

_FIXED_ALLOWANCE: Final = MappingProxyType(
    {
        ItemState.APPEALED: timedelta(hours=72),
        ItemState.PATROL: timedelta(days=7),
        ItemState.SECOND_LOOK: timedelta(days=7),
    },
)
"""Queues whose deadline does not hang on the text: a person waits for an answer, or nobody waits at all."""

_PRECEDENCE: Final = (
    ItemState.APPEALED,
    ItemState.ESCALATED,
    ItemState.REPORTED,
    ItemState.WAITING,
    ItemState.PATROL,
    ItemState.SECOND_LOOK,
)

_RISK_OF_CAUSE: Final = MappingProxyType(
    {
        Cause.AUTHOR_BANNED: 50,
        Cause.CHECK_FAILED: 50,
        Cause.REPORTED: 60,
        Cause.SAME_TEXT: 40,
    },
)
"""What a cause adds to what the rules found. A check that failed might have found anything: the middle."""
_RISK_OF_SHOWING: Final = 30
"""What it adds that readers see the comment while it waits."""


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


def may_decide(state: ItemState, kind: DecisionKind) -> bool:
    """Say whether a decision of this kind can be made in a queue; only what has not gone up yet goes up."""
    if kind is DecisionKind.ESCALATE:
        return state in SAMPLED_STATES
    return kind in STATUS_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """A signed-in person and where he may review; escalated and appealed items are for seniors."""

    account_id: UUID
    name: str
    site_ids: tuple[UUID, ...]
    senior_site_ids: tuple[UUID, ...]

    def sites_for(self, state: ItemState) -> tuple[UUID, ...]:
        """Return the sites whose queue of this state the person may work on."""
        return self.senior_site_ids if state in SENIOR_STATES else self.site_ids

    @property
    def actor(self) -> Actor:
        """Name the person in the audit."""
        return Actor(ActorKind.ACCOUNT, self.account_id)


# Deadlines ---------------------------------------------------------------------------------------


def risk_of(score: int, causes: Iterable[Cause] = (), *, is_shown: bool = False) -> int:
    """Say how much it matters that a person looks soon, 0 to 100.

    What the rules' matches weigh together (`rules.scoring`), joined with what the causes add by the same noisy-or:
    every sign raises it, none makes it a certainty. Whole numbers, so that it is the same in whatever order they come.
    """
    signs = [score, *(_RISK_OF_CAUSE.get(cause, 0) for cause in set(causes)), _RISK_OF_SHOWING * is_shown]
    every: int = 100 ** len(signs)
    return 100 * (every - prod(100 - min(max(sign, 0), MOST_RISK) for sign in signs)) // every


def allowance(state: ItemState, risk: int) -> timedelta:
    """Say how long an item may wait in a queue: until its age, weighted by its risk, is a day (ADR 0019).

    The weight grows from 1 without risk to 24 at the highest: 24 hours down to one.
    """
    return _FIXED_ALLOWANCE.get(state, DEADLINE * 100 / (100 + 23 * risk))


def due_at(state: ItemState, risk: int, since: datetime) -> datetime:
    """Say when an item is overdue that has been in its queue since a moment. Queues are ordered by this."""
    return since + allowance(state, risk)


def more_pressing(one: ItemState, other: ItemState) -> ItemState:
    """Choose the queue of a comment that belongs into two: it waits once, where it presses most."""
    return min(one, other, key=_PRECEDENCE.index)


def is_sampled(decision_id: UUID, percent: int) -> bool:
    """Say whether a thing falls into a share: always the same answer for the same thing, whoever asks when.

    By a hash: of a UUIDv7 the first half is a clock.
    """
    number = int.from_bytes(hashlib.sha256(decision_id.bytes).digest()[:4], "big")
    return number * 100 < percent << 32


# Leases ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The time-limited right to decide items: whose it is, by which secret (its hash), until when."""

    account_id: UUID
    token_hash: bytes
    expires_at: datetime


def lease_expiry(now: datetime) -> datetime:
    """Say when a lease taken or renewed at `now` ends."""
    return now + LEASE

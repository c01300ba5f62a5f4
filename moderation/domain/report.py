"""Reports: what one weighs, and what their weight does to a comment. No storage.

A report weighs what its reader's record is worth: of his settled reports on the site, how many were upheld (the
comment was refused). Two reports are added to every record, one of each kind, so that little is made of little:

    weight = 200 · (upheld + 1) / (upheld + dismissed + 2), at least 10

| upheld | dismissed | weight | proven |
|-------:|----------:|-------:|:------:|
|      0 |         0 |    100 |   no   |
|      1 |         0 |    133 |   no   |
|      2 |         0 |    150 |  yes   |
|      4 |         2 |    125 |  yes   |
|      3 |         2 |    114 |   no   |
|     18 |         0 |    190 |  yes   |
|      0 |         1 |     66 |   no   |
|      0 |         3 |     40 |   no   |
|      0 |        18 |     10 |   no   |

Proven is who was right at least twice, and in two of three. All reports from one client of a day count as one, the
heaviest: who changes his browser's token is not heard twice.

What the weights do (`effect_of`):

- Those of the text as it stands, together, bring the comment back to the queue. A grave reason counts double for that.
- Those of proven readers alone, from three clients or more, hide it until a person has looked. However many others
  there are, they never hide.
- Once a person has let the reported text stay, three times the weight brings it back, and nothing hides it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from moderation.domain.policy import SitePolicy
from moderation.domain.reasons import Reason

MAX_NOTE_CHARS: Final = 500
LEAST_WEIGHT: Final = 10
MOST_WEIGHT: Final = 200
"""Approached, never reached."""
PROVEN_UPHELD: Final = 2
HIDING_CLIENTS: Final = 3
STAYED_FACTOR: Final = 3
GRAVE_FACTOR: Final = 2

REPORT_REASONS: Final = (
    Reason.ADVERTISING,
    Reason.INSULT,
    Reason.FRAUD,
    Reason.GAMBLING,
    Reason.PRIVACY,
    Reason.CONTACT,
    Reason.ILLEGAL,
    Reason.OFF_TOPIC,
    Reason.OTHER,
)
"""Why a reader may report, as the form lists it. Not `repeat`: copies are found without his help (`domain.repeats`)."""
GRAVE_REASONS: Final = frozenset({Reason.ILLEGAL, Reason.PRIVACY, Reason.FRAUD})
"""What does harm while it stands there."""


class ReportState(StrEnum):
    """What came of a report."""

    OPEN = "open"
    UPHELD = "upheld"
    """A person refused the comment."""
    DISMISSED = "dismissed"
    """A person left it, or let it through."""


@dataclass(frozen=True, slots=True)
class Record:
    """What came of a reader's reports on a site, as far as they are settled."""

    upheld: int = 0
    dismissed: int = 0

    @property
    def weight(self) -> int:
        """Say what his next report weighs."""
        return max(LEAST_WEIGHT, MOST_WEIGHT * (self.upheld + 1) // (self.upheld + self.dismissed + 2))

    @property
    def is_proven(self) -> bool:
        """Say whether he was right at least twice, and in two of three."""
        return self.upheld >= PROVEN_UPHELD and self.upheld >= 2 * self.dismissed


UNKNOWN: Final = Record()
"""Of a reader of whom nothing was settled, or who keeps no token by which he would be known again."""


@dataclass(frozen=True, slots=True)
class Voice:
    """All open reports of one client on a text, taken as one."""

    weight: int
    """Of the heaviest."""
    grave_weight: int
    """Of the heaviest with a grave reason; 0 where none has one."""
    proven_weight: int
    """Of the heaviest by a proven reader; 0 where none is."""


def loudest(voices: Iterable[Voice]) -> Voice:
    """Take several voices of one client as one."""
    found = list(voices)
    return Voice(
        weight=max(voice.weight for voice in found),
        grave_weight=max(voice.grave_weight for voice in found),
        proven_weight=max(voice.proven_weight for voice in found),
    )


@dataclass(frozen=True, slots=True)
class Tally:
    """What the open reports on a text weigh together."""

    weight: int
    queue_weight: int
    """With grave reasons counted double."""
    proven_weight: int
    proven_clients: int


def tally(voices: Iterable[Voice]) -> Tally:
    """Add up what different clients say."""
    weight = queue_weight = proven_weight = proven_clients = 0
    for voice in voices:
        weight += voice.weight
        queue_weight += max(voice.weight, GRAVE_FACTOR * voice.grave_weight)
        proven_weight += voice.proven_weight
        proven_clients += voice.proven_weight > 0
    return Tally(weight, queue_weight, proven_weight, proven_clients)


@dataclass(frozen=True, slots=True)
class Effect:
    """What reports do to a comment."""

    needs_review: bool
    is_hidden: bool


NO_EFFECT: Final = Effect(needs_review=False, is_hidden=False)


def effect_of(tallied: Tally, policy: SitePolicy, *, has_stayed: bool) -> Effect:
    """Say what the open reports on a text do. `has_stayed`: a person has let it stay though it was reported."""
    is_hidden = (
        not has_stayed
        and 0 < policy.report_hide_weight <= tallied.proven_weight
        and tallied.proven_clients >= HIDING_CLIENTS
    )
    wanted = policy.report_review_weight * (STAYED_FACTOR if has_stayed else 1)
    return Effect(needs_review=is_hidden or tallied.queue_weight >= wanted, is_hidden=is_hidden)

"""The ladder of challenges: how sure a posting must be of a person behind it, and what shows that.

    FREE    an author whom the site knows, at a low rate           nothing
    WORK    everybody else                                         a proof of work, which the browser makes unseen
    IMAGE   a link, or many postings                               a proof of work, then an image
    HARD    twice failed within the hour                           both harder, and the comment waits for a person
    SHUT    failed too often                                       nothing is drawn, nothing is taken

Pure: signs in, level out. Counting and redeeming are the flows'. A proof of work slows down whoever posts much and
identifies nobody; an image is read by machines now and then: so each rung adds to the one below, and the last word
has a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final, Self
from uuid import UUID

from moderation import rules
from moderation.domain.policy import ChallengeMode

KNOWN_AFTER_APPROVALS: Final = 3
"""Approvals from where on an author needs no challenge."""
HARD_AFTER_FAILURES: Final = 2


class Kind(StrEnum):
    """What a reader's page is given to do."""

    POW = "pow"
    IMAGE = "image"


class Want(StrEnum):
    """Which way a reader chooses, where the site leaves a choice."""

    POW = "pow"
    IMAGE = "image"
    SOUND = "sound"
    """The proof of work that opens a sound."""
    WAIVER = "waiver"
    """A heavy proof of work in place of everything else; the comment always waits."""


class Level(IntEnum):
    """How much a posting must show, from its signs."""

    FREE = 0
    WORK = 1
    IMAGE = 2
    HARD = 3
    SHUT = 4


class Strength(StrEnum):
    """How hard a drawn question is to read."""

    NORMAL = "normal"
    HARDER = "harder"


@dataclass(frozen=True, slots=True)
class Counter:
    """A limit that is the service's own: how many, and the scope that keeps its counters apart."""

    scope: str
    grammar: str


FAILED: Final = Counter("challenge-failed", "5/hour")
"""Wrong answers of one client on one site; when it is full, the client waits until it is not."""
OFTEN: Final = Counter("challenge-pace", "3/10minutes")
"""Postings of one client on one site; when it is full, the next needs an image."""
IMAGES_UNPROVEN: Final = Counter("challenge-unproven", "20/minute")
"""Images for one client that makes no proof of work, where others must."""
WAIVED_BY_WORK: Final = (Counter("waiver", "3/hour"), Counter("waiver-site", "30/hour"))
"""Postings by the heavy proof of work: of one client, and of a whole site."""
WAIVED_BY_FORM: Final = (Counter("waived", "2/hour"), Counter("waived-site", "20/hour"))
"""Postings of the form without JavaScript that ask to be let off: of one client, and of a whole site."""
SOUNDS: Final = (Counter("sound", "5/minute"), Counter("sound-site", "30/minute"))
"""Sounds given to one client, and on a whole site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What is known of whoever asks or posts."""

    failures: int
    """Of his client, within the hour."""
    is_shut_out: bool
    """As many as there may be."""
    posts_often: bool = False
    is_known: bool = False
    has_link: bool = False


def level_of(mode: ChallengeMode, signs: Signs) -> Level:
    """Return what a site of this mode asks for at these signs.

    Whom the site knows by name pays for no neighbour of his address who fails: many readers of one carrier share it.
    """
    if mode is ChallengeMode.OFF:
        return Level.FREE
    is_adaptive = mode is ChallengeMode.ADAPTIVE
    if is_adaptive and signs.is_known and not signs.posts_often:
        return Level.FREE
    if signs.is_shut_out:
        return Level.SHUT
    if signs.failures >= HARD_AFTER_FAILURES:
        return Level.HARD
    if mode is ChallengeMode.IMAGE or (is_adaptive and (signs.posts_often or signs.has_link)):
        return Level.IMAGE
    return Level.WORK


def needed(mode: ChallengeMode, level: Level) -> Kind:
    """Return what a posting has to carry at this level. An image is always enough, where it is as hard as it must be."""
    if mode is ChallengeMode.POW or level is Level.WORK:
        return Kind.POW
    return Kind.IMAGE


def weight_of(level: Level) -> int:
    """Return how many times the ordinary work a proof must be worth."""
    return HEAVIER if level >= Level.HARD else 1


def strengths_of(level: Level) -> tuple[Strength, ...]:
    """Return which drawings are hard enough; the first is what is drawn."""
    return (Strength.HARDER,) if level >= Level.HARD else (Strength.NORMAL, Strength.HARDER)


HEAVIER: Final = 4
HEAVIEST: Final = 8
"""Of a proof that stands in for everything else: seconds of a computer, half a minute of a slow phone."""


def has_link(text: str, link: str | None) -> bool:
    """Say whether a posting leads somewhere: by the link of its nickname, or by an address in its text."""
    return link is not None or rules.has_link(text)


# Proofs of work ----------------------------------------------------------------------------------


class Use(StrEnum):
    """What a proof of work is good for."""

    CHALLENGE = "challenge"
    """A posting, an image or a sound; one of them, once."""
    WAIVER = "waiver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a piece of work was set for, as signed with it: so that the browser brings it back unchanged."""

    id: UUID
    site_id: UUID
    use: Use
    weight: int
    expires_at: datetime

    def facts(self) -> dict[str, str | int]:
        """Write it as the plain values that are signed; moments in whole seconds."""
        return {
            "id": str(self.id),
            "site": str(self.site_id),
            "use": self.use.value,
            "weight": self.weight,
            "until": int(self.expires_at.timestamp()),
        }

    @classmethod
    def read(cls, facts: Mapping[str, object]) -> Self | None:
        """Read back what `facts` wrote; None for what another version of this service signed."""
        try:
            return cls(
                id=UUID(str(facts["id"])),
                site_id=UUID(str(facts["site"])),
                use=Use(str(facts["use"])),
                weight=int(str(facts["weight"])),
                expires_at=datetime.fromtimestamp(int(str(facts["until"])), UTC),
            )
        except (KeyError, ValueError, OverflowError, OSError):
            return None


# Answers -----------------------------------------------------------------------------------------

PURPOSES: Final = MappingProxyType(
    {Strength.NORMAL: "challenge-answer", Strength.HARDER: "challenge-answer-harder"}
)
"""Name the keyed hash of an answer, apart from all other hashes under the same key. An easy drawing thus answers
nothing where a harder one is due, without a column that says which it is."""
PURPOSE: Final = PURPOSES[Strength.NORMAL]
SOUND_PURPOSE: Final = "sound-answer"


def answer_parts(challenge_id: UUID, answer: str) -> tuple[str, str]:
    """Bind an answer to its challenge, read the way people type: full-width digits, spaces, capitals."""
    return str(challenge_id), "".join(rules.normalise(answer).folded.split())

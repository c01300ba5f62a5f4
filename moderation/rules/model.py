"""The words of the rules: what a rule is, what a match is, what an evaluation says. Values only, no work."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Field(StrEnum):
    """The parts of a comment that rules read."""

    TEXT = "text"
    NICKNAME = "nickname"
    LINK = "link"


class Action(StrEnum):
    """What a rule asks for when it holds. `ALLOW` only takes other matches away, see `merge`."""

    ALLOW = "allow"
    MASK = "mask"
    REVIEW = "review"
    BLOCK = "block"


class Channel(StrEnum):
    """How far from the rule's own words the text had to be read, from nearest to farthest."""

    EXACT = "exact"
    FOLD = "fold"
    SEPARATOR = "separator"


class Verdict(StrEnum):
    """What the rules say of a comment; masking is `ALLOW` with masked spans."""

    ALLOW = "allow"
    REVIEW = "review"
    BLOCK = "block"


ALL_FIELDS: Final = frozenset(Field)

# The fixed list of reason codes that the service shows to authors and moderators.
CATEGORIES: Final = (
    "advertising",
    "contact",
    "gambling",
    "fraud",
    "insult",
    "repeat",
    "off-topic",
    "illegal",
    "privacy",
    "other",
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One term and what follows from finding it.

    `key` is the rule's stable name within its set; `channels` None means all; `thread_key` None means every
    thread; `starts_at` (first second) and `ends_at` (first second no more) are unix seconds.
    """

    key: str
    term: str
    action: Action
    category: str
    severity: int
    exceptions: tuple[str, ...] = ()
    fields: frozenset[Field] = ALL_FIELDS
    channels: frozenset[Channel] | None = None
    thread_key: str | None = None
    starts_at: int | None = None
    ends_at: int | None = None


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points of the original text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that held, and where in the original text."""

    rule_key: str
    term: str
    field: Field
    span: Span
    channel: Channel
    action: Action
    category: str
    severity: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What the flow tells the rules besides the text; rules fetch nothing themselves."""

    thread_key: str | None = None
    now: int = 0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that the rules found in one comment, and what follows.

    `matches` holds every match that counts, nested and overlapping ones included. `is_truncated` says that the
    text was longer, or fuller of candidates, than the rules are willing to read.
    """

    verdict: Verdict
    matches: tuple[Match, ...] = ()
    masks: tuple[tuple[Field, Span], ...] = ()
    is_truncated: bool = False

    @property
    def reasons(self) -> tuple[str, ...]:
        """Name the categories of the matches, the most severe first; `allow` rules give no reason."""
        severity: dict[str, int] = {}
        for match in self.matches:
            if match.action is not Action.ALLOW:
                severity[match.category] = max(severity.get(match.category, 0), match.severity)
        return tuple(sorted(severity, key=lambda category: (-severity[category], category)))

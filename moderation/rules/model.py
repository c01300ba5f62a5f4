"""The words of the rules: what a rule is, what a match is, what an evaluation says. Values only, no work."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Field(StrEnum):
    """The parts of a comment that rules read."""

    TEXT = "text"
    NICKNAME = "nickname"
    LINK = "link"


class Kind(StrEnum):
    """What a rule looks for, and thereby what its `term` says."""

    TERM = "term"
    """Words, in whatever disguise: `赌博`."""
    PATTERN = "pattern"
    """A regular expression of RE2, on the folded text: `加\\s*\\d{5,}`."""
    LINK = "link"
    """A domain with all below it, `example.com`; `*` is any link."""
    CONTACT = "contact"
    """A way to be reached: `phone`, `qq`, `wechat`, `telegram`, `email`; `*` is any of them."""
    SHAPE = "shape"
    """A measure of the text and its bound: `links>=3`."""


class Action(StrEnum):
    """What a rule asks for when it holds. `ALLOW` only takes other matches away, `SCORE` only counts: see `merge`."""

    ALLOW = "allow"
    SCORE = "score"
    MASK = "mask"
    REVIEW = "review"
    BLOCK = "block"


class Channel(StrEnum):
    """How far from the rule's own words the text had to be read, from nearest to farthest."""

    EXACT = "exact"
    FOLD = "fold"
    SEPARATOR = "separator"
    DIGIT = "digit"
    REPEAT = "repeat"
    LEET = "leet"
    SPLIT = "split"
    REVERSED = "reversed"
    EMOJI = "emoji"
    PINYIN = "pinyin"
    HOMOPHONE = "homophone"
    GLYPH = "glyph"
    INITIALS = "initials"


class Guard(StrEnum):
    """What must hold before something that looks like a term counts; a rule may do without some of them."""

    EDGES = "edges"
    """Latin words and numbers are found whole: "class" does not hold "ass"."""
    GAPS = "gaps"
    """What stands between the characters hides them; it does not keep the words of a sentence apart."""
    WORDS = "words"
    """The term is not cut out of other words: 产品和服务 does not hold 和服."""
    READINGS = "readings"
    """What only sounds or looks like the term is not itself ordinary words: 沙子 is not 傻子."""


class Verdict(StrEnum):
    """What the rules say of a comment; masking is `ALLOW` with masked spans."""

    ALLOW = "allow"
    REVIEW = "review"
    BLOCK = "block"


CONFIDENCE: Final[Mapping[Channel, int]] = MappingProxyType(
    {
        Channel.EXACT: 100,
        Channel.FOLD: 95,
        Channel.SEPARATOR: 90,
        Channel.DIGIT: 85,
        Channel.REPEAT: 85,
        Channel.LEET: 80,
        Channel.SPLIT: 80,
        Channel.REVERSED: 70,
        Channel.PINYIN: 70,
        Channel.EMOJI: 60,
        Channel.HOMOPHONE: 60,
        Channel.GLYPH: 50,
        Channel.INITIALS: 30,
    }
)
"""How sure a match is that its author meant the term, in percent. Judgement, not measurement (ADR 0016)."""

ALL_FIELDS: Final = frozenset(Field)
ALL_GUARDS: Final = frozenset(Guard)

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
    """One thing to look for and what follows from finding it.

    `key` is the rule's stable name within its set; `channels` and `guards` None mean what is sound for the term's
    length and script; `thread_key` None means every thread; `starts_at` (first second) and `ends_at` (first second
    no more) are unix seconds. Channels and guards concern rules of kind `TERM`.
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
    kind: Kind = Kind.TERM
    guards: frozenset[Guard] | None = None


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
    kind: Kind = Kind.TERM

    @property
    def confidence(self) -> int:
        """Tell how sure the match is, in percent."""
        return CONFIDENCE[self.channel]

    @property
    def score(self) -> int:
        """Weigh the rule's severity by how sure the match is: 0 to 100."""
        return self.severity * self.confidence // 100


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on scores matter, of a whole rule set; all from 1 to 100.

    A comment whose score reaches `review` or `block` is at least reviewed or blocked; with None the sum of its
    matches never does that. A rule's own action holds in full where the match's confidence reaches `certain`.
    """

    review: int | None = 60
    block: int | None = None
    certain: int = 75


@dataclass(frozen=True, slots=True)
class Facts:
    """What the flow tells the rules besides the text; rules fetch nothing themselves."""

    thread_key: str | None = None
    now: int = 0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that the rules found in one comment, and what follows.

    `matches` holds every match that counts, nested and overlapping ones included. `is_truncated` says that the
    text was longer, or fuller of candidates, than the rules are willing to read. `score` is what all matches
    weigh together, 0 to 100, and `thresholds` what it was held against.
    """

    verdict: Verdict
    matches: tuple[Match, ...] = ()
    masks: tuple[tuple[Field, Span], ...] = ()
    is_truncated: bool = False
    score: int = 0
    thresholds: Thresholds = Thresholds()

    @property
    def reasons(self) -> tuple[str, ...]:
        """Name the categories of the matches, the most severe first; `allow` rules give no reason."""
        severity: dict[str, int] = {}
        for match in self.matches:
            if match.action is not Action.ALLOW:
                severity[match.category] = max(severity.get(match.category, 0), match.severity)
        return tuple(sorted(severity, key=lambda category: (-severity[category], category)))

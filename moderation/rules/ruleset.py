"""A compiled rule set: what `compile` gives and `evaluate` takes. Immutable; processes swap one reference."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from moderation.rules.automaton import Automaton
from moderation.rules.detectors import Detectors
from moderation.rules.model import Channel, Thresholds
from moderation.rules.table import RuleTable


class Search(StrEnum):
    """What is searched for, each in its own reading of the text."""

    WHOLE = "whole"
    """In the folded text: terms that hold separators themselves."""
    JOINED = "joined"
    """In the text without separators, and in whatever disguise it was: all terms that neither begin nor end with one."""
    COLLAPSED = "collapsed"
    """In text without runs of one character: the terms that have such runs, without them."""
    NUMERAL = "numeral"
    """In text with the digits of Chinese written as digits: the terms that hold numerals, written the same way."""
    SOUND = "sound"
    """In the text as it sounds: the terms as they sound."""
    LOOK = "look"
    """In the text as it looks: the terms as they look."""
    INITIALS = "initials"
    """In the text without separators: the first letters of the syllables of terms whose rules ask for it."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """What is searched for in one reading.

    Pattern `i` of the automaton belongs to `owners[i]`: 0 and above is the place of a rule, whose term it is;
    below 0 it is `RuleSet.exceptions[-1 - owner]`. A place that costs less than `floors[i]` as ordinary writing is
    not worth verifying: a bound that is quick to see, for the readings in which honest text is full of candidates.
    """

    automaton: Automaton
    owners: Sequence[int]
    floors: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Exempt:
    """A text in which a term is innocent; `rule` is the place of the rule it belongs to, None for all rules."""

    text: str
    rule: int | None


@dataclass(frozen=True, eq=False)
class RuleSet:
    """Rules ready to read comments.

    `identify` works out the `digest` when somebody asks: small sets are made by the thousand and nobody does.
    """

    rules: RuleTable
    exceptions: Sequence[Exempt] = field(repr=False)
    searches: Mapping[Search, Patterns] = field(repr=False)
    # All disguises that some rule takes: the readings of the others need not be made.
    channels: frozenset[Channel] = field(repr=False)
    identify: Callable[["RuleSet"], str] = field(repr=False)
    thresholds: Thresholds = field(default_factory=Thresholds)
    # What is no word; made of the rules alone, so that neither `compile` nor `load` can forget it.
    detectors: Detectors = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "detectors", Detectors.of(self.rules))

    @cached_property
    def digest(self) -> str:
        """Tell the identity of the set: the sha256 (hex) in the header of the artefact that `dump` writes."""
        return self.identify(self)

    def __len__(self) -> int:
        return len(self.rules)

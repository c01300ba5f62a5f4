"""A compiled rule set: what `compile` gives and `evaluate` takes. Immutable; processes swap one reference."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from moderation.rules.automaton import Automaton
from moderation.rules.detectors import Detectors
from moderation.rules.table import RuleTable


@dataclass(frozen=True, slots=True)
class Patterns:
    """What is searched for in one stream.

    Pattern `i` of the automaton belongs to `owners[i]`: 0 and above is the place of a rule, whose term it is;
    below 0 it is `RuleSet.exceptions[-1 - owner]`.
    """

    automaton: Automaton
    owners: Sequence[int]


@dataclass(frozen=True, slots=True)
class Exempt:
    """A text in which a term is innocent; `rule` is the place of the rule it belongs to, None for all rules."""

    text: str
    rule: int | None


@dataclass(frozen=True, slots=True, eq=False)
class RuleSet:
    """Rules ready to read comments.

    `whole` is searched for in the folded text: terms that hold separators themselves. `joined` is searched for
    in the text without separators: all terms that neither begin nor end with one. `digest` is the sha256 (hex)
    of the artefact that `dump` writes, and the identity of the set.
    """

    rules: RuleTable
    exceptions: Sequence[Exempt] = field(repr=False)
    whole: Patterns = field(repr=False)
    joined: Patterns = field(repr=False)
    digest: str = ""
    # Owners of terms with separators of their own: few, and asked for at every candidate.
    spaced: frozenset[int] = field(init=False, repr=False)

    # What is no word; made of the rules alone, so that neither `compile` nor `load` can forget it.
    detectors: Detectors = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "detectors", Detectors.of(self.rules))
        object.__setattr__(self, "spaced", frozenset(self.whole.owners))

    def __len__(self) -> int:
        return len(self.rules)

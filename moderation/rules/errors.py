"""What can be wrong with rules and their files. Fields for programs; the sentence is for logs and developers.

RuleSetError
├── RuleSetDamaged   a compiled file that is cut, altered or not ours
└── FoldMismatch     a compiled file made with another fold: compile again
DocumentError        a rule list with faulty lines
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one rule; `rule_key` is empty when it concerns the whole set."""

    rule_key: str
    field: str
    code: str
    detail: str


class RuleSetError(ValueError):
    """Rules that cannot become a rule set; its own fields are those of the first fault."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0]
        self.rule_key, self.field, self.code, self.detail = (
            first.rule_key,
            first.field,
            first.code,
            first.detail,
        )
        super().__init__(f"{self.rule_key or 'rule set'}: {self.field}: {self.code}: {self.detail}")


class RuleSetDamaged(RuleSetError):  # noqa: N818 -- the name says what happened, as all errors of the house do
    """A compiled rule set that is not whole."""

    def __init__(self, detail: str) -> None:
        super().__init__([Fault("", "artefact", "damaged", detail)])


class FoldMismatch(RuleSetError):  # noqa: N818 -- as above
    """A compiled rule set whose terms were folded by another version than the one that would read the text."""

    def __init__(self, found: str, wanted: str) -> None:
        super().__init__(
            [Fault("", "fold", "fold-mismatch", f"compiled with {found}, this service folds by {wanted}")]
        )


@dataclass(frozen=True, slots=True)
class LineFault:
    """One thing wrong with one line (from 1) of a rule list."""

    line: int
    field: str
    code: str
    detail: str


class DocumentError(ValueError):
    """A rule list with faults, all of them, in the order of their lines."""

    def __init__(self, faults: Sequence[LineFault]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0]
        super().__init__(f"line {first.line}: {first.field}: {first.code}: {first.detail}")

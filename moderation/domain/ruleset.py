"""Rule set versions: their states, how their rules are listed, and compiling. No storage."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import Final, Self

from moderation import rules
from moderation.domain.errors import RulesInvalid
from moderation.domain.figures import RuleRecord
from moderation.domain.reasons import Reason
from moderation.rules import Action, Kind, Rule, RuleSet, Thresholds

FEWEST_DECISIONS: Final = 20
"""Of fewer decisions on a rule's hits no share is told."""


class RuleSetState(StrEnum):
    """Draft until activated; at most one is active per site; the one before is retired, ready for roll-back.

    What is discarded was a draft: its number stays taken, its rules are gone.
    """

    DRAFT = "draft"
    ACTIVE = "active"
    RETIRED = "retired"
    DISCARDED = "discarded"


def compiled(
    written: Sequence[Rule], *, exceptions: Sequence[str] = (), thresholds: Thresholds | None = None
) -> RuleSet:
    """Compile the rules of a version (seconds for 100,000). Raises `RulesInvalid` with every fault found.

    By their keys, as they are read back: the same rules give the same digest, here and when compiled again.
    """
    listed = sorted(written, key=attrgetter("key"))
    try:
        return rules.compile(listed, exceptions=exceptions, thresholds=thresholds or Thresholds())
    except rules.RuleSetError as error:
        raise faulty(error.faults) from error


def faulty(faults: Sequence[rules.Fault]) -> RulesInvalid:
    """Make the error that tells faults of rules."""
    return RulesInvalid([_sentence(fault) for fault in faults], tuple(faults))


def _sentence(fault: rules.Fault) -> str:
    return f"{fault.rule_key or 'rule set'}: {fault.field}: {fault.code}: {fault.detail}"


# Lists --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFilter:
    """Which rules of a version to show; None and nothing are all."""

    text: str = ""
    kind: Kind | None = None
    action: Action | None = None
    category: Reason | None = None


COLUMNS: Final = ("key", "term", "kind", "action", "category", "severity", "thread", "ends", "hits", "share")
_BY_RECORD: Final = frozenset({"hits", "share"})


@dataclass(frozen=True, slots=True)
class RuleOrder:
    """What a list of rules is sorted by: one of `COLUMNS`."""

    column: str = "key"
    is_descending: bool = False

    @property
    def is_by_record(self) -> bool:
        """Say whether the order goes by what became of the rules' hits."""
        return self.column in _BY_RECORD

    @classmethod
    def read(cls, written: str) -> Self | None:
        """Read `severity`, or `-severity` for descending."""
        column = written.removeprefix("-")
        return cls(column, written.startswith("-")) if column in COLUMNS else None

    def __str__(self) -> str:
        return f"-{self.column}" if self.is_descending else self.column


def rejected_share(record: RuleRecord) -> float | None:
    """Return the share of decided hits that people rejected; None where too few were decided to tell."""
    decided = record.approved + record.rejected
    return record.rejected / decided if decided >= FEWEST_DECISIONS else None


def rank(record: RuleRecord, column: str, key: str) -> tuple[float, int, str]:
    """Return what rules with a record are sorted by, descending; what cannot be told comes last."""
    if column == "share":
        share = rejected_share(record)
        return (1.0 if share is None else -share, -record.hits, key)
    return (-record.hits, 0, key)

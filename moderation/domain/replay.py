"""What another set of rules would make of a comment, and how much of that people agree with.

Pure: two rule sets and a text in, two fates out; fates and decisions in, counts out. Which comments are looked at, and
when, is the affair of the flows (`flows/replaying.py`, `flows/shadow.py`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from types import MappingProxyType
from typing import Final
from uuid import UUID

from moderation import rules
from moderation.domain.comment import Status
from moderation.domain.policy import Mode, Outcome, Standing, outcome
from moderation.domain.reasons import Cause, Reason
from moderation.domain.review import DecisionKind
from moderation.rules import Evaluation, Facts, Field, RuleSet, Verdict

FEWEST: Final = 100
MOST: Final = 100_000
"""How many past comments a replay may look at."""
EXAMPLES: Final = 12
"""Of each change of fate so many comments are shown."""
MOST_MARKS: Final = 12
"""Of an example so many matches are kept."""


class ReplayState(StrEnum):
    """A replay runs until it is done, stopped by a person, or cannot go on."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Fate(StrEnum):
    """What becomes of a comment if nobody but the rules has something to say."""

    PUBLISHED = "published"
    CHECKED = "checked"
    """Published at once, and a person looks at it because a rule asks (post-moderation)."""
    WAITS = "waits"
    """Waits as every comment does (pre-moderation); no rule has anything against it."""
    FLAGGED = "flagged"
    """Waits because a rule asks for a person."""
    REFUSED = "refused"


GRAVITY: Final[Mapping[Fate, int]] = MappingProxyType(
    {Fate.PUBLISHED: 0, Fate.WAITS: 0, Fate.CHECKED: 1, Fate.FLAGGED: 1, Fate.REFUSED: 2}
)
"""How much the rules have against a comment: nothing, a question, a refusal."""

_NOTHING: Final = Evaluation(verdict=Verdict.ALLOW, matches=(), masks=(), is_truncated=False)


def fate_of(judged: Outcome) -> Fate:
    """Name what an outcome of the policy means for the comment."""
    if judged.status is Status.REJECTED:
        return Fate.REFUSED
    if judged.status is Status.PUBLISHED:
        return Fate.CHECKED if judged.needs_review else Fate.PUBLISHED
    return Fate.FLAGGED if Cause.RULE in judged.causes else Fate.WAITS


@dataclass(frozen=True, slots=True)
class Judged:
    """What one set of rules makes of a comment."""

    fate: Fate
    evaluation: Evaluation

    @property
    def rule_keys(self) -> frozenset[str]:
        """Name the rules that held."""
        return frozenset(match.rule_key for match in self.evaluation.matches)


def judge(rule_set: RuleSet | None, texts: Mapping[Field, str], facts: Facts, *, mode: Mode) -> Judged:
    """Evaluate as the intake does, and ask the policy for an author without a record; None are no rules at all."""
    evaluation = _NOTHING if rule_set is None else rules.evaluate(rule_set, texts, facts)
    judged = outcome(
        evaluation.verdict,
        mode=mode,
        standing=Standing.KNOWN,
        reasons=[Reason(reason) for reason in evaluation.reasons],
        further_causes=(Cause.CHECK_FAILED,) if evaluation.is_truncated else (),
    )
    return Judged(fate_of(judged), evaluation)


@dataclass(slots=True)
class Count:
    """How many comments, and what people decided on those that came before one."""

    number: int = 0
    approved: int = 0
    rejected: int = 0

    def add(self, decided: DecisionKind | None) -> None:
        """Count one comment."""
        self.number += 1
        self.approved += decided is DecisionKind.APPROVE
        self.rejected += decided is DecisionKind.REJECT

    def __add__(self, other: "Count") -> "Count":
        return Count(
            self.number + other.number, self.approved + other.approved, self.rejected + other.rejected
        )

    @property
    def decided(self) -> int:
        """Tell how many people have decided."""
        return self.approved + self.rejected


@dataclass(slots=True)
class RuleChange:
    """What a rule finds that it did not find before, and the other way round."""

    gained: Count = field(default_factory=Count)
    lost: Count = field(default_factory=Count)


@dataclass(slots=True)
class Tally:
    """Counts of a number of comments; two of them add up to the counts of both."""

    cells: dict[tuple[Fate, Fate], Count] = field(default_factory=lambda: defaultdict(Count))
    rules: dict[str, RuleChange] = field(default_factory=lambda: defaultdict(RuleChange))

    def add(self, before: Judged, after: Judged, decided: DecisionKind | None) -> None:
        """Count one comment: its change of fate, and the rules that hold in one of the two sets alone."""
        self.cells[before.fate, after.fate].add(decided)
        held, holds = before.rule_keys, after.rule_keys
        for key in holds - held:
            self.rules[key].gained.add(decided)
        for key in held - holds:
            self.rules[key].lost.add(decided)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a whole matrix of fates says in a few figures."""

    before: Mapping[Fate, int]
    after: Mapping[Fate, int]
    caught: Count
    """Comments the former rules had nothing against, and the new ones have."""
    released: Count
    """The other way round."""
    changed: int
    judged: int


def difference(cells: Mapping[tuple[Fate, Fate], Count]) -> Difference:
    """Sum a matrix up."""
    before, after = dict.fromkeys(Fate, 0), dict.fromkeys(Fate, 0)
    caught, released = Count(), Count()
    for (former, latter), count in cells.items():
        before[former] += count.number
        after[latter] += count.number
        if GRAVITY[former] == 0 < GRAVITY[latter]:
            caught += count
        if GRAVITY[latter] == 0 < GRAVITY[former]:
            released += count
    return Difference(
        before=before,
        after=after,
        caught=caught,
        released=released,
        changed=sum(count.number for (one, other), count in cells.items() if one is not other),
        judged=sum(count.number for count in cells.values()),
    )


def share(part: int, whole: int) -> int | None:
    """Return a share in percent; None of nothing."""
    return None if whole == 0 else round(100 * part / whole)


def written_cell(before: Fate, after: Fate) -> str:
    """Write a change of fate as the store keeps it."""
    return f"{before}:{after}"


def read_cells(written: Mapping[str, object]) -> dict[tuple[Fate, Fate], Count]:
    """Read a matrix from the store."""
    cells = {}
    for name, numbers in written.items():
        before, _, after = name.partition(":")
        assert isinstance(numbers, list)  # noqa: S101 - as `write_cells` wrote it
        cells[Fate(before), Fate(after)] = Count(*numbers)
    return cells


def write_cells(cells: Mapping[tuple[Fate, Fate], Count]) -> dict[str, object]:
    """Write a matrix for the store, in the order of the fates."""
    order = list(Fate)
    return {
        written_cell(before, after): [count.number, count.approved, count.rejected]
        for (before, after), count in sorted(
            cells.items(), key=lambda cell: (order.index(cell[0][0]), order.index(cell[0][1]))
        )
    }


def add_cells(
    one: Mapping[tuple[Fate, Fate], Count], other: Mapping[tuple[Fate, Fate], Count]
) -> dict[tuple[Fate, Fate], Count]:
    """Add two matrices up."""
    return {cell: one.get(cell, Count()) + other.get(cell, Count()) for cell in [*one, *(other.keys() - one)]}


def lot(drawn_for: UUID, comment_id: UUID) -> int:
    """Draw a comment's lot: those with the least lots are a fair sample, whichever worker saw them in whatever order.

    Bottom-k sampling (Cohen and Kaplan 2007): the sample of two parts is the least of both parts' samples.
    """
    drawn = blake2b(comment_id.bytes, digest_size=8, key=drawn_for.bytes).digest()
    return int.from_bytes(drawn, "big") >> 1


def drawn(lots: Iterable[int]) -> int | None:
    """Return the lot from which on a comment is no longer drawn; None while there is room."""
    known = sorted(lots)
    return known[EXAMPLES - 1] if len(known) >= EXAMPLES else None

"""Replay: which fate a comment has under which rules, and what counts of fates add up to."""

from uuid import UUID

import pytest

from moderation import rules
from moderation.domain.policy import Mode
from moderation.domain.replay import (
    EXAMPLES,
    Count,
    Fate,
    Tally,
    add_cells,
    difference,
    drawn,
    judge,
    lot,
    read_cells,
    share,
    write_cells,
)
from moderation.domain.review import DecisionKind
from moderation.rules import Action, Facts, Field, RuleSet
from tests.factories import a_rule

APPROVE, REJECT = DecisionKind.APPROVE, DecisionKind.REJECT
TEXT = {Field.TEXT: "办证请找我"}


def a_set(action: Action) -> RuleSet:
    return rules.compile([a_rule("办证", action)])


@pytest.mark.parametrize(
    ("action", "mode", "fate"),
    [
        (None, Mode.RULES, Fate.PUBLISHED),
        (None, Mode.POST, Fate.PUBLISHED),
        (None, Mode.PRE, Fate.WAITS),
        (Action.REVIEW, Mode.RULES, Fate.FLAGGED),
        (Action.REVIEW, Mode.POST, Fate.CHECKED),
        (Action.REVIEW, Mode.PRE, Fate.FLAGGED),
        (Action.BLOCK, Mode.RULES, Fate.REFUSED),
        (Action.BLOCK, Mode.POST, Fate.REFUSED),
        (Action.BLOCK, Mode.PRE, Fate.REFUSED),
    ],
)
def test_a_fate_follows_from_the_rules_and_the_mode(action: Action | None, mode: Mode, fate: Fate) -> None:
    rule_set = None if action is None else a_set(action)

    judged = judge(rule_set, TEXT, Facts(), mode=mode)

    assert judged.fate is fate
    assert judged.rule_keys == (set() if action is None else {a_rule("办证").key})


def test_a_tally_counts_changes_of_fate_and_of_rules_with_what_people_decided() -> None:
    tally = Tally()
    none = judge(None, TEXT, Facts(), mode=Mode.RULES)
    flagged = judge(a_set(Action.REVIEW), TEXT, Facts(), mode=Mode.RULES)

    tally.add(none, flagged, REJECT)
    tally.add(none, flagged, APPROVE)
    tally.add(none, flagged, None)
    tally.add(flagged, none, APPROVE)
    tally.add(flagged, flagged, REJECT)

    assert tally.cells == {
        (Fate.PUBLISHED, Fate.FLAGGED): Count(3, 1, 1),
        (Fate.FLAGGED, Fate.PUBLISHED): Count(1, 1, 0),
        (Fate.FLAGGED, Fate.FLAGGED): Count(1, 0, 1),
    }
    (change,) = tally.rules.values()
    assert (change.gained, change.lost) == (Count(3, 1, 1), Count(1, 1, 0))


def test_a_difference_sums_up_what_is_newly_caught_and_newly_released() -> None:
    found = difference(
        {
            (Fate.PUBLISHED, Fate.PUBLISHED): Count(50, 9, 1),
            (Fate.PUBLISHED, Fate.FLAGGED): Count(6, 1, 4),
            (Fate.WAITS, Fate.REFUSED): Count(4, 0, 3),
            (Fate.REFUSED, Fate.PUBLISHED): Count(2, 2, 0),
            (Fate.FLAGGED, Fate.REFUSED): Count(5, 0, 5),
        }
    )

    assert (found.judged, found.changed) == (67, 17)
    assert found.caught == Count(10, 1, 7)
    assert found.released == Count(2, 2, 0)
    assert {fate: number for fate, number in found.before.items() if number} == {
        Fate.PUBLISHED: 56,
        Fate.WAITS: 4,
        Fate.FLAGGED: 5,
        Fate.REFUSED: 2,
    }
    assert sum(found.after.values()) == 67


def test_a_matrix_is_read_as_it_was_written_and_two_add_up() -> None:
    one = {(Fate.PUBLISHED, Fate.FLAGGED): Count(3, 1, 1), (Fate.WAITS, Fate.WAITS): Count(2)}
    other = {(Fate.PUBLISHED, Fate.FLAGGED): Count(1, 0, 1), (Fate.REFUSED, Fate.WAITS): Count(5, 2, 0)}

    assert read_cells(write_cells(one)) == one
    assert add_cells(one, other) == {
        (Fate.PUBLISHED, Fate.FLAGGED): Count(4, 1, 2),
        (Fate.WAITS, Fate.WAITS): Count(2),
        (Fate.REFUSED, Fate.WAITS): Count(5, 2, 0),
    }


def test_lots_are_the_same_for_the_same_and_others_for_another_replay() -> None:
    comments = [UUID(int=number) for number in range(100)]
    lots = [lot(UUID(int=1), comment) for comment in comments]

    assert lots == [lot(UUID(int=1), comment) for comment in comments]
    assert len(set(lots)) == len(comments)
    assert not set(lots) & {lot(UUID(int=2), comment) for comment in comments}
    assert all(0 <= each < 1 << 63 for each in lots), "they fit a signed column"


def test_nothing_is_drawn_beyond_the_least_lots() -> None:
    assert drawn(range(EXAMPLES - 1)) is None
    assert drawn(range(100, 0, -1)) == EXAMPLES


def test_a_share_of_nothing_is_none() -> None:
    assert (share(1, 3), share(0, 5), share(0, 0)) == (33, 0, None)

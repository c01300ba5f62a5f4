"""What a report weighs, and what reports do together."""

import re

import pytest

from moderation.domain import report
from moderation.domain.policy import SitePolicy
from moderation.domain.reasons import Reason
from moderation.domain.report import (
    REPORT_REASONS,
    UNKNOWN,
    Effect,
    Record,
    Tally,
    Voice,
    effect_of,
    loudest,
    tally,
)

QUIET = Effect(needs_review=False, is_hidden=False)
QUEUED = Effect(needs_review=True, is_hidden=False)
HIDDEN = Effect(needs_review=True, is_hidden=True)
STRANGER = Voice(100, 0, 0)
PROVEN = Voice(150, 0, 150)
TABLE = re.findall(r"^\| +(\d+) \| +(\d+) \| +(\d+) \| +(yes|no) +\|$", report.__doc__ or "", re.MULTILINE)
HIDES = SitePolicy(report_hide_weight=400)


@pytest.mark.parametrize("row", TABLE, ids=" ".join)
def test_a_record_weighs_what_the_table_says(row: tuple[str, str, str, str]) -> None:
    upheld, dismissed, weight, proven = row
    record = Record(upheld=int(upheld), dismissed=int(dismissed))

    assert (record.weight, record.is_proven) == (int(weight), proven == "yes")


def test_the_table_is_there() -> None:
    assert len(TABLE) == 9


def test_a_weight_keeps_its_bounds_and_grows_with_what_was_right() -> None:
    weights = [[Record(upheld, dismissed).weight for upheld in range(60)] for dismissed in range(60)]

    assert UNKNOWN.weight == 100
    assert all(10 <= weight <= 200 for row in weights for weight in row)
    assert all(row == sorted(row) for row in weights)
    assert all(list(column) == sorted(column, reverse=True) for column in zip(*weights, strict=True))


def test_a_reader_has_every_reason_but_repeats() -> None:
    assert set(REPORT_REASONS) == set(Reason) - {Reason.REPEAT}
    assert len(REPORT_REASONS) == len(set(REPORT_REASONS))


def test_a_grave_reason_counts_double_for_the_queue_alone() -> None:
    assert tally([Voice(100, 100, 0), Voice(150, 66, 150)]) == Tally(
        weight=250, queue_weight=350, proven_weight=150, proven_clients=1
    )
    assert tally([]) == Tally(0, 0, 0, 0)


def test_several_voices_of_one_client_are_as_loud_as_the_loudest() -> None:
    assert loudest([Voice(100, 100, 0), Voice(150, 0, 150), Voice(10, 0, 0)]) == Voice(150, 100, 150)


@pytest.mark.parametrize(
    ("voices", "policy", "has_stayed", "effect"),
    [
        pytest.param([], HIDES, False, QUIET, id="nobody"),
        pytest.param([STRANGER] * 2, HIDES, False, QUIET, id="two strangers"),
        pytest.param([STRANGER] * 3, HIDES, False, QUEUED, id="three strangers"),
        pytest.param([STRANGER] * 1_000, HIDES, False, QUEUED, id="a thousand strangers hide nothing"),
        pytest.param([Voice(100, 100, 0)] * 2, HIDES, False, QUEUED, id="two, of something grave"),
        pytest.param([PROVEN] * 2, HIDES, False, QUEUED, id="two proven readers"),
        pytest.param([Voice(200, 0, 200)] * 2, HIDES, False, QUEUED, id="two proven ones, however heavy"),
        pytest.param([PROVEN] * 3, HIDES, False, HIDDEN, id="three proven readers"),
        pytest.param([PROVEN] * 3, SitePolicy(), False, QUEUED, id="three, where reports never hide"),
        pytest.param(
            [PROVEN, PROVEN, *[STRANGER] * 9], HIDES, False, QUEUED, id="two proven among strangers"
        ),
        pytest.param(
            [PROVEN] * 3,
            SitePolicy(report_hide_weight=400, report_review_weight=10_000),
            False,
            HIDDEN,
            id="what is hidden waits, whatever the other threshold",
        ),
        pytest.param([STRANGER] * 8, HIDES, True, QUIET, id="eight strangers, after it was let stay"),
        pytest.param([STRANGER] * 9, HIDES, True, QUEUED, id="nine strangers, after it was let stay"),
        pytest.param([PROVEN] * 6, HIDES, True, QUEUED, id="what was let stay is never hidden"),
    ],
)
def test_what_reports_do(voices: list[Voice], policy: SitePolicy, has_stayed: bool, effect: Effect) -> None:
    assert effect_of(tally(voices), policy, has_stayed=has_stayed) == effect

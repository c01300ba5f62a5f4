"""Histograms that add up and what they tell; steps of charts on a zone's clock."""

import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain.figures import (
    EDGES,
    QUANTILE_ERROR,
    SPANS,
    Period,
    RuleRecord,
    bucket_of,
    by_span,
    histograms,
    hour_of,
    in_bucket,
    middle_of,
    quantile,
    steps_of,
    with_buckets,
)

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
SECONDS = st.floats(min_value=1, max_value=30 * 86_400)


@given(st.lists(SECONDS, min_size=1, max_size=60), st.sampled_from([0.5, 0.95]))
def test_a_quantile_is_off_by_no_more_than_its_bound(seconds: list[float], share: float) -> None:
    histogram = Counter(bucket_of(timedelta(seconds=each)) for each in seconds)
    exact = sorted(seconds)[max(1, math.ceil(round(share * len(seconds), 6))) - 1]

    told = quantile(histogram, share)

    assert told is not None
    assert abs(math.log(told.total_seconds() / exact)) <= math.log(1 + QUANTILE_ERROR) + 1e-5


@given(st.lists(SECONDS, max_size=30), st.lists(SECONDS, max_size=30))
def test_histograms_add_up(one: list[float], other: list[float]) -> None:
    first, second, both = (
        Counter(bucket_of(timedelta(seconds=each)) for each in part) for part in (one, other, one + other)
    )

    assert first + second == both


@given(
    st.dictionaries(
        st.text(alphabet="ab:-", max_size=5),
        st.dictionaries(st.integers(0, len(EDGES)), st.integers(1, 9), min_size=1),
    )
)
def test_histograms_are_kept_by_subject_and_told_apart_again(kept: dict[str, dict[int, int]]) -> None:
    counts = [
        (in_bucket(subject, bucket), count)
        for subject, histogram in kept.items()
        for bucket, count in histogram.items()
    ]

    assert histograms(counts) == kept
    assert {counted for counted, _ in counts} <= set(with_buckets(kept))


def test_the_longest_key_of_a_rule_fits_with_its_bucket() -> None:
    assert max(map(len, with_buckets(["x" * 64]))) <= 80


def test_nothing_has_no_quantile_and_less_than_a_second_is_none() -> None:
    assert quantile({}, 0.5) is None
    assert quantile({bucket_of(timedelta(milliseconds=5)): 3}, 0.95) == timedelta(0)
    assert middle_of(bucket_of(timedelta(days=400))) > timedelta(days=40)


def test_no_bucket_is_wider_than_the_bound_allows() -> None:
    assert all(math.sqrt(stop / start) - 1 <= QUANTILE_ERROR + 1e-9 for start, stop in pairwise(EDGES))


@given(st.lists(SECONDS, max_size=60))
def test_the_bars_of_a_page_are_exact(seconds: list[float]) -> None:
    histogram = Counter(bucket_of(timedelta(seconds=each)) for each in seconds)
    edges = [0, *SPANS, math.inf]

    exact = [sum(start <= each < stop for each in seconds) for start, stop in pairwise(edges)]

    assert by_span(histogram) == exact


@pytest.mark.parametrize(
    ("period", "count", "first"),
    [
        (Period.DAY, 24, datetime(2026, 11, 21, 9, tzinfo=UTC)),
        (Period.WEEK, 28, datetime(2026, 11, 15, 10, tzinfo=UTC)),
        (Period.MONTH, 30, datetime(2026, 10, 23, 16, tzinfo=UTC)),
        (Period.QUARTER, 90, datetime(2026, 8, 24, 16, tzinfo=UTC)),
    ],
)
def test_steps_begin_with_the_zones_days(period: Period, count: int, first: datetime) -> None:
    steps = steps_of(period, NOW, ZoneInfo("Asia/Shanghai"))

    assert (len(steps), steps[0]) == (count, first)
    assert steps[-1] <= NOW < steps[-1] + timedelta(days=1)
    assert steps == sorted(steps)


def test_a_day_in_which_summer_time_begins_has_23_hours() -> None:
    steps = steps_of(Period.MONTH, datetime(2026, 4, 2, 12, tzinfo=UTC), ZoneInfo("Europe/Berlin"))

    assert timedelta(hours=23) in {stop - start for start, stop in pairwise(steps)}


def test_an_hour_is_one_of_utc() -> None:
    local = NOW.astimezone(ZoneInfo("Asia/Kolkata"))

    assert hour_of(local) == datetime(2026, 11, 22, 8, tzinfo=UTC)


def test_precision_is_the_share_that_was_rejected() -> None:
    assert RuleRecord(hits=9, approved=1, rejected=3).precision == 0.75
    assert RuleRecord(hits=9).precision is None

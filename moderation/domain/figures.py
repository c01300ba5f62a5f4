"""Figures by the hour: what is counted, and what can be told from counts. No storage, no clock of its own.

Counts of hours add up, over hours and over sites, so that a page over 90 days reads a few thousand numbers. A median
does not add up; therefore times are kept as a histogram whose buckets do.
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import accumulate
from typing import Final

from moderation.domain.review import UNDO_WINDOW

HOUR: Final = timedelta(hours=1)
SETTLED: Final = UNDO_WINDOW + HOUR
"""How long after its end an hour is computed again and again: until nothing of it is undone any more."""
LONGEST: Final = timedelta(days=90)
"""The longest period a page looks back, and as far back as figures are made for a history they were not kept for."""
KEPT: Final = timedelta(days=400)
"""How long figures are kept: a year can be compared with the one before it."""


class Measure(StrEnum):
    """What is counted, and of what (the figure's `subject`)."""

    ARRIVED = "arrived"
    """Comments received; no subject."""
    DECIDED = "decided"
    """Decisions that stand, by kind; undoing is one, what it undid is none any more. Second looks count as `CHECK`."""
    REASON = "reason"
    """Rejections that stand, by reason."""
    WAITED = "waited"
    """Approvals and rejections that stand, by how long the item had waited (the number of the bucket). Not of patrol
    and second looks: there nobody waits."""
    WAITED_BY = "waited-by"
    WAITED_REASON = "waited-reason"
    WAITED_RULE = "waited-rule"
    """The same of one account, of rejections for one reason, of comments that one rule held on: the subject is that
    and the bucket (`in_bucket`)."""
    APPROVED_BY = "approved-by"
    REJECTED_BY = "rejected-by"
    ESCALATED_BY = "escalated-by"
    UNDONE_BY = "undone-by"
    """Decisions by whom (the account), as in `DECIDED`."""
    AGREED = "agreed"
    DISAGREED = "disagreed"
    """Second looks, by the account whose decision was looked at."""
    RULE_HIT = "rule-hit"
    """Comments that a rule held on, in the hour they arrived, by the rule's key."""
    RULE_APPROVED = "rule-approved"
    RULE_REJECTED = "rule-rejected"
    """Such comments that a person approved or rejected, in the hour of the decision."""


CHECK: Final = "check"
"""The subject of second looks among `Measure.DECIDED`, whatever they came to."""
_STEPS_PER_DOUBLING: Final = 4
_DOUBLINGS: Final = 22
SPANS: Final = (60, 300, 900, 3_600, 14_400, 43_200, 86_400)
"""Where the bars of a page begin, in seconds: 1, 5, 15 minutes, 1, 4, 12, 24 hours. Each is an edge of a bucket."""
EDGES: Final = tuple(
    sorted(
        {2 ** (step / _STEPS_PER_DOUBLING) for step in range(_DOUBLINGS * _STEPS_PER_DOUBLING + 1)}
        | set(SPANS)
    )
)
"""Where buckets begin, in seconds: from one second to 48 days, each at most 19 % wider than the one before."""
QUANTILE_ERROR: Final = 2 ** (1 / (2 * _STEPS_PER_DOUBLING)) - 1
"""A quantile read from a histogram is off by at most this share (9.1 %), between 1 s and 48 days: it is told as the
geometric middle of the bucket that the exact one lies in."""


def bucket_of(waited: timedelta) -> int:
    """Return the number of the bucket a time falls into; 0 for less than a second."""
    return bisect_right(EDGES, waited.total_seconds())


def in_bucket(subject: str, bucket: int) -> str:
    """Return the subject of what waited so long and is counted by another subject."""
    return f"{subject}:{bucket}"


def with_buckets(subjects: Iterable[str]) -> list[str]:
    """Return what some subjects may be counted as, in every bucket."""
    return [in_bucket(subject, bucket) for subject in subjects for bucket in range(len(EDGES) + 1)]


def histograms(counts: Iterable[tuple[str, int]]) -> dict[str, Counter[int]]:
    """Return the histogram of each subject, from counts by subject and bucket; a subject may hold colons itself."""
    found: dict[str, Counter[int]] = {}
    for counted, count in counts:
        subject, _, bucket = counted.rpartition(":")
        found.setdefault(subject, Counter())[int(bucket)] += count
    return found


def middle_of(bucket: int) -> timedelta:
    """Return what a bucket is told as: the geometric middle of its edges."""
    if bucket == 0:
        return timedelta(0)
    start = EDGES[bucket - 1]
    stop = EDGES[bucket] if bucket < len(EDGES) else start
    return timedelta(seconds=math.sqrt(start * stop))


def by_span(histogram: Mapping[int, int]) -> list[int]:
    """Return how many fall between each two of `SPANS`; the first below the first, the last above the last."""
    counts = [0] * (len(SPANS) + 1)
    for bucket, count in histogram.items():
        start = 0 if bucket == 0 else EDGES[bucket - 1]
        counts[bisect_right(SPANS, start)] += count
    return counts


def quantile(histogram: Mapping[int, int], share: float) -> timedelta | None:
    """Return the time that a share (0 to 1) of all did not exceed; None for an empty histogram.

    The nearest rank, so that it is always a time that occurred: of 20 times the 95th percentile is the 19th.
    """
    total = sum(histogram.values())
    if total == 0:
        return None
    rank = max(1, -(-total * round(share * 1_000) // 1_000))
    buckets = sorted(histogram)
    sums = accumulate(histogram[bucket] for bucket in buckets)
    return middle_of(next(bucket for bucket, up_to in zip(buckets, sums, strict=True) if up_to >= rank))


def hour_of(moment: datetime) -> datetime:
    """Return the beginning of the hour (of UTC) that a moment lies in."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


class Period(StrEnum):
    """How far back a page looks."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "90d"


_DAYS: Final = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 30, Period.QUARTER: 90}
_SIXTH: Final = 6


def steps_of(period: Period, now: datetime, zone: tzinfo) -> list[datetime]:
    """Return where the steps of a chart begin: hours of a day, quarters of the days of a week, else days.

    The last is the one that `now` lies in. Days and their quarters are those of the zone's clock: where summer time
    begins, one has 23 hours.
    """
    if period is Period.DAY:
        return [hour_of(now) - number * HOUR for number in reversed(range(24))]
    local = now.astimezone(zone)
    per_day = 4 if period is Period.WEEK else 1
    hour = local.hour // _SIXTH * _SIXTH if period is Period.WEEK else 0
    last = datetime.combine(local.date(), time(hour))
    step = timedelta(hours=24 // per_day)
    count = _DAYS[period] * per_day
    return [(last - number * step).replace(tzinfo=zone).astimezone(UTC) for number in reversed(range(count))]


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """What became of a rule's hits: comments it held on, and how many of them people approved and rejected."""

    hits: int = 0
    approved: int = 0
    rejected: int = 0

    @property
    def decided(self) -> int:
        """Return how many of them a person decided."""
        return self.approved + self.rejected

    @property
    def precision(self) -> float | None:
        """Return which share of the decided ones was rejected; None when nobody has decided any."""
        return self.rejected / self.decided if self.decided else None

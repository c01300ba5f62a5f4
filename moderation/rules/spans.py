"""Arithmetic of spans: what lies inside what, what becomes one, which of several is told."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from moderation.rules.model import Span


class Cover:
    """Spans to ask "does one of you hold this one wholly?", in logarithmic time."""

    __slots__ = ("_ends", "_starts")

    def __init__(self, spans: Iterable[Span]) -> None:
        ordered = sorted(spans)
        self._starts = [span.start for span in ordered]
        # The farthest end among all spans that start no later: one look answers for all of them.
        self._ends = list(accumulate((span.end for span in ordered), max))

    def holds(self, span: Span) -> bool:
        """Say whether one of the spans contains the given one."""
        before = bisect_right(self._starts, span.start)
        return before > 0 and self._ends[before - 1] >= span.end


def unite(spans: Iterable[Span]) -> list[Span]:
    """Merge spans that overlap or touch, in rising order."""
    united: list[Span] = []
    for span in sorted(spans):
        if united and span.start <= united[-1].end:
            united[-1] = Span(united[-1].start, max(united[-1].end, span.end))
        else:
            united.append(span)
    return united

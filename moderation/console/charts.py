"""Charts as numbers for SVG: what stands where, in shares of the plot. Pure: figures in, places out.

The plot is 1000 wide and 100 high whatever its size on the page; lines keep their width when it is stretched, and
texts stand outside it. Every bar and point says its figure in words, for the pointer; a table beside says all.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 1_000
HEIGHT: Final = 100
MOST_LABELS: Final = 7
_GAP: Final = 0.28
"""Which share of its place a bar leaves free."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar, or a part of one: its place in the plot, its kind (a class of the stylesheet), and what it says."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line with gaps where there is no figure, as an SVG path; `area` is the same closed down to zero."""

    path: str
    area: str
    kind: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A height that is named at the axis: from the top, in percent."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Label:
    """A name under the plot: from the left, in percent, and on which side of it the text stands."""

    x: float
    anchor: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart, ready to be drawn."""

    bars: list[Bar]
    lines: list[Line]
    spots: list[Bar]
    """Places that say their figure to the pointer, over the whole height; lines have no bars to point at."""
    ticks: list[Tick]
    labels: list[Label]
    limit: Tick | None = None
    """A line that should not be reached."""


def top_of(most: float) -> tuple[float, float]:
    """Return where an axis ends and how far its ticks are apart: 1, 2 or 5 times a power of ten, four at most."""
    if most <= 0:
        return 1, 1
    rough = most / 3
    power = 10 ** math.floor(math.log10(rough)) if rough >= 1 else 1
    step = next((factor * power for factor in (1, 2, 5, 10) if factor * power >= rough), 10 * power)
    return math.ceil(most / step) * step, step


def stacked(
    parts: Sequence[tuple[str, Sequence[float]]],
    *,
    lines: Sequence[tuple[str, Sequence[float | None]]] = (),
    titles: Sequence[str],
    labels: Sequence[str],
    tick: Callable[[float], str],
    limit: tuple[float, str] | None = None,
    is_edge_labelled: bool = False,
) -> Chart:
    """Place bars, parts of a whole upon each other, and lines over the same steps. One axis for all, from zero."""
    count = len(titles)
    sums = [sum(values[place] for _, values in parts) for place in range(count)]
    highest = max(
        [
            *sums,
            *(value for _, values in lines for value in values if value is not None),
            limit[0] if limit else 0,
        ],
        default=0,
    )
    top, step = top_of(highest)
    place_width = WIDTH / max(1, count)
    bars: list[Bar] = []
    for place in range(count):
        below = 0.0
        for kind, values in parts:
            if values[place] > 0:
                height = HEIGHT * values[place] / top
                below += height
                bars.append(
                    Bar(
                        round(place_width * (place + _GAP / 2), 2),
                        round(HEIGHT - below, 2),
                        round(place_width * (1 - _GAP), 2),
                        round(height, 2),
                        kind,
                        titles[place],
                    )
                )
    return Chart(
        bars=bars,
        lines=[_line(kind, values, top) for kind, values in lines],
        spots=[
            Bar(round(place_width * place, 2), 0, round(place_width, 2), HEIGHT, "spot", title)
            for place, title in enumerate(titles)
        ],
        ticks=[
            Tick(round(100 - 100 * step * number / top, 2), tick(step * number))
            for number in range(1, int(top / step) + 1)
        ],
        labels=_between(labels) if is_edge_labelled else _some(labels),
        limit=None if limit is None else Tick(round(100 - 100 * limit[0] / top, 2), limit[1]),
    )


def _line(kind: str, values: Sequence[float | None], top: float) -> Line:
    """Draw through the middle of each step; a figure that stands alone is a short dash."""
    width = WIDTH / max(1, len(values))
    path: list[str] = []
    area: list[str] = []
    run: list[tuple[float, float]] = []
    for place, value in enumerate([*values, None]):
        if value is not None:
            run.append((width * (place + 0.5), HEIGHT - HEIGHT * value / top))
            continue
        if len(run) == 1:
            x, y = run[0]
            run = [(x - width / 3, y), (x + width / 3, y)]
        if run:
            drawn = "L".join(f"{x:.1f} {y:.1f}" for x, y in run)
            path.append(f"M{drawn}")
            area.append(f"M{run[0][0]:.1f} {HEIGHT}L{drawn}L{run[-1][0]:.1f} {HEIGHT}Z")
        run = []
    return Line("".join(path), "".join(area), kind)


def _some(labels: Sequence[str]) -> list[Label]:
    """Name every n-th step that has a name, so that at most `MOST_LABELS` stand under the plot; the last is one."""
    count = len(labels)
    named = [place for place in range(count) if labels[place]]
    every = max(1, math.ceil(len(named) / MOST_LABELS))
    return [_label(place, count, labels[place]) for place in named[::-1][::every][::-1]]


def _between(labels: Sequence[str]) -> list[Label]:
    """Name the edges between steps."""
    return [
        Label(round(100 * place / (len(labels) + 1), 2), "middle", text)
        for place, text in enumerate(labels, start=1)
    ]


def _label(place: int, count: int, text: str) -> Label:
    """Centre a name under its step, unless it would stick out of the plot."""
    x = round(100 * (place + 0.5) / count, 2)
    if x < 6:
        return Label(0, "start", text)
    if x > 94:
        return Label(100, "end", text)
    return Label(x, "middle", text)

"""The dashboard: the day in figures, then a period in charts with a table beside each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from babel.dates import format_datetime, format_skeleton
from flask import Response, request
from flask_babel import get_locale

from moderation.console import blueprint, charts, pages, times
from moderation.console.charts import Chart
from moderation.domain.account import Permission
from moderation.domain.errors import Fault, Invalid, SiteUnknown
from moderation.domain.figures import SPANS, Period, steps_of
from moderation.domain.review import DEADLINE
from moderation.flows import figures
from moderation.flows.figures import Dashboard, Step
from moderation.web import auth, context
from moderation.web.auth import permission
from moderation.web.languages import gettext, lazy_gettext

PERIODS: Final = {
    Period.DAY: lazy_gettext("24 hours"),
    Period.WEEK: lazy_gettext("7 days"),
    Period.MONTH: lazy_gettext("30 days"),
    Period.QUARTER: lazy_gettext("90 days"),
}
_HOUR: Final = timedelta(hours=1)
_MINUTES_PER_HOUR: Final = 60


@blueprint.get("/")
@permission(Permission.REVIEW)
def overview() -> Response:
    """Show the figures of a period, of one site or of all."""
    period, site_keys = _period(), _site_keys()
    found = figures.dashboard(
        _sites(site_keys),
        steps=steps_of(period, times.now(), times.zone()),
        midnight=times.midnight(),
        reader_id=auth.visitor().account_id,
        senior_site_ids=auth.reviewer().senior_site_ids,
        session=context.session(),
        services=context.services(),
    )
    names = [_name(step.start, period) for step in found.steps]
    return pages.page(
        "overview.html",
        found=found,
        drawn=_draw(found, period, names),
        flow_rows=_flow_rows(found, names),
        queue_rows=_queue_rows(found, names),
        span_rows=list(zip(_spans(), map(times.figure, found.waited), strict=True)),
        period=period,
        periods=PERIODS,
        site=request.args.get("site", ""),
        site_keys=site_keys,
    )


def _period() -> Period:
    try:
        return Period(request.args.get("period") or Period.WEEK)
    except ValueError:
        raise Invalid([Fault("/period", "unknown")]) from None


def _site_keys() -> dict[str, UUID]:
    roles = auth.visitor().roles
    return {roles[site_id][0]: site_id for site_id in auth.reviewer().site_ids}


def _sites(keys: dict[str, UUID]) -> tuple[UUID, ...]:
    key = request.args.get("site", "")
    if not key:
        return tuple(keys.values())
    if key not in keys:
        raise SiteUnknown
    return (keys[key],)


# In words -----------------------------------------------------------------------------------------------------


def _name(start: datetime, period: Period) -> str:
    """Name a step by when it begins, in the account's zone."""
    local = start.astimezone(times.zone())
    day = str(format_skeleton("MMMd", local, locale=get_locale()))
    if period is Period.DAY:
        return f"{local:%H:%M}"
    return f"{day} {local:%H:%M}" if period is Period.WEEK else day


def _axis(start: datetime, period: Period) -> str:
    """Name a step under the plot, where there is little room."""
    local = start.astimezone(times.zone())
    if period is Period.DAY:
        return f"{local:%H:%M}"
    if period is Period.WEEK and local.hour:
        return ""  # of a day's four steps the first is named
    return str(format_datetime(local, "M/d", locale=get_locale()))


@blueprint.app_template_filter("duration")
def duration(passed: timedelta | None) -> str:
    """Write a length of time with the one or two units that matter."""
    if passed is None:
        return "–"
    seconds = passed.total_seconds()
    if seconds < _MINUTES_PER_HOUR:
        return str(gettext("%(number)s s", number=round(seconds)))
    minutes = round(seconds / 60)
    if minutes < _MINUTES_PER_HOUR:
        return str(gettext("%(number)s min", number=minutes))
    hours = seconds / 3_600
    if hours < 48:
        shown = times.figure(round(hours, 1) if hours < 10 else round(hours))
        return str(gettext("%(number)s h", number=shown))
    return str(gettext("%(number)s d", number=times.figure(round(hours / 24, 1))))


def _spans() -> list[str]:
    """Name the bars of the times to decision."""
    return [
        str(gettext("< 1 min")),
        str(gettext("1–5 min")),
        str(gettext("5–15 min")),
        str(gettext("15–60 min")),
        str(gettext("1–4 h")),
        str(gettext("4–12 h")),
        str(gettext("12–24 h")),
        str(gettext("> 24 h")),
    ]


def _short(seconds: int) -> str:
    """Name the edge of a bar where there is hardly any room."""
    if seconds < 3_600:
        return str(gettext("%(number)sm", number=seconds // 60))
    return str(gettext("%(number)sh", number=seconds // 3_600))


# Drawn --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The page's charts."""

    flow: Chart
    length: Chart
    age: Chart
    waited: Chart


def _draw(found: Dashboard, period: Period, names: list[str]) -> Drawn:
    steps = found.steps
    axis = [_axis(step.start, period) for step in steps]
    spans = _spans()
    return Drawn(
        flow=charts.stacked(
            [
                ("approved", [step.approved for step in steps]),
                ("rejected", [step.rejected for step in steps]),
                ("escalated", [step.escalated for step in steps]),
            ],
            lines=[("arrived", [step.arrived for step in steps])],
            titles=[f"{name} · {_flow_of(step)}" for name, step in zip(names, steps, strict=True)],
            labels=axis,
            tick=times.figure,
        ),
        length=charts.stacked(
            [],
            lines=[("waiting", [step.length for step in steps])],
            titles=[f"{name} · {_length_of(step)}" for name, step in zip(names, steps, strict=True)],
            labels=axis,
            tick=times.figure,
        ),
        age=charts.stacked(
            [],
            lines=[("age", [None if step.oldest is None else step.oldest / _HOUR for step in steps])],
            titles=[f"{name} · {duration(step.oldest)}" for name, step in zip(names, steps, strict=True)],
            labels=axis,
            tick=lambda hours: duration(hours * _HOUR),
            limit=(DEADLINE / _HOUR, str(gettext("Deadline %(hours)s", hours=duration(DEADLINE)))),
        ),
        waited=charts.stacked(
            [("waited", found.waited)],
            titles=[
                f"{name} · {times.figure(count)}" for name, count in zip(spans, found.waited, strict=True)
            ],
            labels=[_short(seconds) for seconds in SPANS],
            tick=times.figure,
            is_edge_labelled=True,
        ),
    )


def _flow_of(step: Step) -> str:
    return str(
        gettext(
            "%(arrived)s arrived, %(approved)s approved, %(rejected)s rejected",
            arrived=times.figure(step.arrived),
            approved=times.figure(step.approved),
            rejected=times.figure(step.rejected),
        )
    )


def _length_of(step: Step) -> str:
    return (
        "–" if step.length is None else str(gettext("%(number)s waiting", number=times.figure(step.length)))
    )


# Beside the charts --------------------------------------------------------------------------------------------


def _flow_rows(found: Dashboard, names: list[str]) -> list[tuple[str, ...]]:
    return [
        (name, *map(times.figure, (step.arrived, step.approved, step.rejected, step.escalated)))
        for name, step in reversed(list(zip(names, found.steps, strict=True)))
    ]


def _queue_rows(found: Dashboard, names: list[str]) -> list[tuple[str, ...]]:
    return [
        (name, "–" if step.length is None else times.figure(step.length), duration(step.oldest))
        for name, step in reversed(list(zip(names, found.steps, strict=True)))
    ]

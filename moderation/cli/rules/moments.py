"""`--now`: the moment as of which rules with a beginning or an end are read."""

import pkgutil
from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

import click

CLOCK: Final = "moderation.adapters.clock:SystemClock"
"""Named, not imported, as the application is: what runs without one still has a present."""


class Clock(Protocol):
    """The part of the port that is asked for; `ports` itself would load more than these commands need."""

    def now(self) -> datetime:
        """Return the present moment."""
        ...


class Moment(click.ParamType[int]):
    """A moment as RFC 3339 with its offset, in unix seconds."""

    name = "rfc3339"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read a moment; a time without an offset would mean another hour elsewhere."""
        if isinstance(value, int):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no moment like 2026-01-31T08:00:00Z", param, ctx)
        if moment.tzinfo is None:
            self.fail(f"{value!r} has no offset: add Z, or +08:00", param, ctx)
        return int(moment.timestamp())


now_option = click.option(
    "--now", type=Moment(), help="Read rules with a beginning or an end as of then.  [default: the present]"
)


def moment_or_present(now: int | None) -> int:
    """Give the moment that was asked for, in unix seconds, else the present."""
    if now is not None:
        return now
    clock: Callable[[], Clock] = pkgutil.resolve_name(CLOCK)
    return int(clock().now().timestamp())

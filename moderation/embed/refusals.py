"""Which page shows a refusal: pages with a form show it where it was filled in, with what was typed; others as JSON."""

from collections.abc import Callable
from typing import Final

from flask import Response

from moderation.web.problems import Problem

Shown = Callable[[Problem], Response]
PAGES: Final[dict[str, Shown]] = {}
"""By the endpoint that was asked."""


def shows_refusals_of(*endpoints: str) -> Callable[[Shown], Shown]:
    """Have a function show what these endpoints refuse. What it raises itself is answered as a problem."""

    def keep(show: Shown) -> Shown:
        PAGES.update(dict.fromkeys(endpoints, show))
        return show

    return keep

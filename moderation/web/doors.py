"""The coarse limits at the door: per client, counted before the body is read.

They also shield the challenge and the sign-in from guessing. The fine limits stand in the flow, after the challenge,
so that only people spend postings.
"""

import math
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

from flask import g
from flask_limiter import RateLimitExceeded, RequestLimit

from moderation.domain.errors import TooMany
from moderation.extensions import limiter
from moderation.web import context

View = TypeVar("View", bound=Callable[..., Any])
SCOPE: Final = "door"
SIGN_IN_SCOPE: Final = "sign-in"


def limited(view: View) -> View:
    """Count a request to this view against its client's limit, shared by every view at the door."""
    limit = limiter.shared_limit(
        lambda: context.settings().door_limit, scope=SCOPE, on_breach=lambda breached: _note(breached, SCOPE)
    )
    return cast("View", limit(view))


def limited_sign_in(view: View) -> View:
    """Count an attempt to sign in against its client's limit."""
    limit = limiter.limit(
        lambda: context.settings().sign_in_limit,
        methods=["POST"],
        on_breach=lambda breached: _note(breached, SIGN_IN_SCOPE),
    )
    return cast("View", limit(view))


def _note(breached: RequestLimit, scope: str) -> None:
    """Keep what a full counter shows. Should its storage fail here, Flask-Limiter logs it and refuses all the same."""
    now = time.time()  # noqa: TID251 - the limits package tells the reset by this very clock
    g.refused_at_door = TooMany(
        retry_after_seconds=max(1, math.ceil(breached.reset_at - now)),
        limit=breached.limit.amount,
        remaining=breached.remaining,
        scope=scope,
        window_seconds=breached.limit.get_expiry(),
    )


def refusal(error: RateLimitExceeded) -> TooMany:
    """Return a refusal at the door as the same error that a spent posting raises."""
    noted: TooMany | None = g.get("refused_at_door")
    return noted or TooMany(
        retry_after_seconds=error.limit.limit.get_expiry(), limit=error.limit.limit.amount
    )

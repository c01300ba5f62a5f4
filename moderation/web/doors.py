"""The coarse limits at the door: per client, counted before the body is read.

They also shield the challenge and the sign-in from guessing. The fine limits stand in the flow, after the challenge,
so that only people spend postings.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

from moderation.extensions import limiter
from moderation.web import context

View = TypeVar("View", bound=Callable[..., Any])
SCOPE: Final = "door"


def limited(view: View) -> View:
    """Count a request to this view against its client's limit, shared by every view at the door."""
    return cast("View", limiter.shared_limit(lambda: context.settings().door_limit, scope=SCOPE)(view))


def limited_sign_in(view: View) -> View:
    """Count an attempt to sign in against its client's limit."""
    return cast("View", limiter.limit(lambda: context.settings().sign_in_limit, methods=["POST"])(view))

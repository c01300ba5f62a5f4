"""A browser remembers that somebody has signed in here before: guesses from elsewhere then slow down others only.

The cookie opens nothing. It names a login without telling it, under the service's key, and gives this browser a
counter of attempts of its own (OWASP, "Slow down online guessing attacks with device cookies").
"""

import hmac
import re
from datetime import timedelta
from typing import Final

from flask import Response, after_this_request, request

from moderation.web import context

LIFE: Final = timedelta(days=180)
_PURPOSE: Final = "known-browser"
_COOKIE: Final = re.compile(r"([A-Za-z0-9_-]{1,80})\.([0-9a-f]{64})")


def _name() -> str:
    return "__Host-moderation-known" if context.settings().is_https else "moderation-known"


def read(login: str) -> str | None:
    """Return this browser's own mark if this person has signed in here before."""
    found = _COOKIE.fullmatch(request.cookies.get(_name(), ""))
    if found is None:
        return None
    macs = context.services().secrets.keyed_by_all(_PURPOSE, login.lower(), found[1])
    is_known = any(hmac.compare_digest(mac.hex(), found[2]) for mac in macs.values())
    return found[1] if is_known else None


def remember(login: str) -> None:
    """Mark this browser as one in which this person has signed in."""
    secrets = context.services().secrets
    mark = read(login) or secrets.token("")
    value = f"{mark}.{secrets.keyed(_PURPOSE, login.lower(), mark).hex()}"

    @after_this_request
    def keep(response: Response) -> Response:
        response.set_cookie(
            _name(),
            value,
            max_age=LIFE,
            secure=context.settings().is_https,
            httponly=True,
            samesite="Lax",
        )
        return response

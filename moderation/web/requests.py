"""One line in the log per request, and the id that joins it to the proxy's line and to a problem's `request_id`.

The line names the route, not the address: an address may hold a thread's key, and nothing that readers wrote or that
tells who they are belongs in a log.
"""

import re
import time

import structlog
from flask import Flask, Response, g, request

from moderation.web import context

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


def register(app: Flask) -> None:
    """Name and log every request of this app."""
    app.before_request(_name)
    app.after_request(_log)


def _name() -> None:
    """Take the proxy's request id when it has one, so that both logs can be joined."""
    g.began = time.perf_counter()
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else str(context.services().ids.new())
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _log(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    context.services().log.info(
        "request.done",
        method=request.method,
        route=None if request.url_rule is None else request.url_rule.rule,
        status=response.status_code,
        duration_ms=round((time.perf_counter() - g.began) * 1_000, 1),
    )
    return response

"""Headers of every response: content security policy, no-store by default, CORS for the public API."""

from typing import Final

from flask import Flask, Response, request
from sqlalchemy.exc import SQLAlchemyError

from moderation.flows import origins
from moderation.web import context

API_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ALLOWED_METHODS: Final = "GET, POST"
ALLOWED_HEADERS: Final = "Content-Type, Idempotency-Key, Author-Token, Portal-Token"
EXPOSED_HEADERS: Final = "ETag, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id"


def register(app: Flask) -> None:
    """Set the headers of every response of this app."""
    app.after_request(_finish)


def _finish(response: Response) -> Response:
    headers = response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Content-Security-Policy", API_POLICY)
    headers.setdefault("Cross-Origin-Resource-Policy", "cross-origin" if _is_public() else "same-origin")
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    if context.settings().is_https:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


def _is_public() -> bool:
    return request.blueprint in {"api", "embed"}


def allow_origin(response: Response, site_key: str) -> Response:
    """Let pages of the site's own origins read a public answer (CORS); no others, and never with credentials."""
    response.headers.add("Vary", "Origin")
    origin = request.headers.get("Origin")
    if origin is None:
        return response
    if origin in _listed(site_key):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
    return response


def _listed(site_key: str) -> frozenset[str]:
    """Return the site's origins; none when the database does not answer, for then the answer says so already."""
    try:
        context.session().rollback()  # a statement that failed leaves nothing else to be read before
        return origins.of_site(site_key, session=context.session())
    except SQLAlchemyError:
        return frozenset()


def preflight(site_key: str) -> Response:
    """Answer a browser that asks whether a page may post."""
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = ALLOWED_METHODS
    response.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
    response.headers["Access-Control-Max-Age"] = "600"
    return allow_origin(response, site_key)

"""Requests in, responses out: strict JSON decoding into Structs, query parameters, ETags, JSON encoding."""

import math
import re
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec
from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from moderation.domain.errors import Fault, Invalid

T = TypeVar("T", bound=msgspec.Struct)
_encoder = msgspec.json.Encoder(uuid_format="canonical")
PUBLIC_READ: Final = "public, max-age=0, s-maxage=1"
"""A shared cache may hold a page for a second; a browser always asks. No stale-while-revalidate: browsers heed it too,
and a reader who reloads after an approval would see the old page (the nginx sample does it for shared caches)."""
_MESSAGE = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>[^`]*)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]*)`")
_MISSING = re.compile(r"missing required field `(?P<name>[^`]*)`")


def register(app: Flask) -> None:
    """Hold every body of this app to the length it announced."""
    app.before_request(_hold_to_length)


def _hold_to_length() -> None:
    """Have a body that breaks off before its announced length refused (400), instead of taken for the whole.

    A server that ends the stream itself (`wsgi.input_terminated`, for chunks) ends it at a lost connection too.
    """
    if request.content_length is not None:
        request.environ.pop("wsgi.input_terminated", None)


def decode(kind: type[T]) -> T:
    """Read the request's JSON body as a Struct, strictly: no coercion, no unknown fields.

    Raises 415 for another media type or a compressed body (nothing here needs one, and a bomb is one), 413 for one
    that is too large, 400 for what is not JSON, `Invalid` for JSON of another shape.
    """
    if (
        request.mimetype != "application/json"
        or request.headers.get("Content-Encoding", "identity") != "identity"
    ):
        raise UnsupportedMediaType
    body = request.get_data(cache=False)
    if request.content_length is None and len(body) >= (request.max_content_length or math.inf):
        raise RequestEntityTooLarge  # a body in chunks is cut at the limit without a word
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise Invalid([_fault_of(str(error))]) from error
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise MalformedJson from error


class MalformedJson(BadRequest):
    """The body is not JSON."""


def _fault_of(message: str) -> Fault:
    """Read msgspec's sentence back into a pointer and a code; it reports one fault at a time."""
    found = _MESSAGE.match(message)
    path = "" if found is None else (found["path"] or "")
    pointer = path.replace("[...]", "/-").replace(".", "/")
    for pattern, code in ((_UNKNOWN, "unknown-field"), (_MISSING, "required")):
        named = pattern.search(message)
        if named is not None:
            name = named["name"][:64].replace("~", "~0").replace("/", "~1")  # RFC 6901, section 3
            return Fault(f"{pointer}/{name}", code)
    return Fault(pointer or "/", "malformed" if "UUID" in message else "wrong-type")


def single(name: str) -> str:
    """Return a query parameter that must be given exactly once."""
    values = request.args.getlist(name)
    if len(values) != 1:
        raise Invalid([Fault(f"/{name}", "required" if not values else "wrong-number", 1)])
    return values[0]


def whole_number(name: str, default: int) -> int:
    """Return a query parameter as a whole number; digits only, and few of them."""
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 6):
        raise Invalid([Fault(f"/{name}", "wrong-type")])
    return int(text)


def known_etags() -> frozenset[str]:
    """Return the versions the reader says it has (If-None-Match), weak or strong alike (RFC 9110, 13.1.2)."""
    return frozenset(request.if_none_match.as_set(include_weak=True))


def json(body: object, status: int = 200) -> Response:
    """Write values (dataclasses, Structs) as JSON."""
    return Response(_encoder.encode(body), status=status, mimetype="application/json")


def tagged(etag: str, body: Any | None, *, cache_control: str = PUBLIC_READ) -> Response:
    """Answer with a body under its ETag, or 304 when the reader has it."""
    response = Response(status=304) if body is None else json(body)
    # Weak: a proxy may compress the body without changing what it says.
    response.set_etag(etag, weak=True)
    response.headers["Cache-Control"] = cache_control
    return response


def timestamp(moment: datetime) -> str:
    """Write a moment as RFC 3339 with Z."""
    return moment.isoformat().replace("+00:00", "Z")

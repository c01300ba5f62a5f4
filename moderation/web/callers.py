"""Whence a public request comes, by its headers and its address."""

from flask import request

from moderation.domain.caller import Caller
from moderation.extensions import client


def caller() -> Caller:
    """Return the page and the client of the present request."""
    return Caller(origin=request.headers.get("Origin"), client=client())

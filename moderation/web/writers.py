"""Who asks, by the headers of a public request."""

from typing import Final

from flask import request

from moderation.domain.draft import is_author_token
from moderation.domain.errors import Fault, Invalid
from moderation.domain.writer import Writer
from moderation.web import context

AUTHOR_TOKEN: Final = "Author-Token"  # noqa: S105 - the name of a header


def writer(site_key: str) -> Writer | None:  # noqa: ARG001 - the site decides on more tokens than one
    """Return who asks; None when the request names nobody. Raises `Invalid` for a token that can be none."""
    token = request.headers.get(AUTHOR_TOKEN)
    if token is None:
        return None
    if not is_author_token(token):
        raise Invalid([Fault(f"/headers/{AUTHOR_TOKEN}", "malformed")])
    return Writer(author_hash=context.services().secrets.digest(token))


def known_writer(site_key: str) -> Writer:
    """Return who asks, where somebody must."""
    found = writer(site_key)
    if found is None:
        raise Invalid([Fault(f"/headers/{AUTHOR_TOKEN}", "required")])
    return found

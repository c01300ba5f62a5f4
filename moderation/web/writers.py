"""Who asks, by the headers of a public request."""

from typing import Final

from flask import request

from moderation.domain.draft import is_author_token
from moderation.domain.errors import Fault, Invalid
from moderation.domain.writer import Writer
from moderation.flows import portal_keys
from moderation.web import context

AUTHOR_TOKEN: Final = "Author-Token"  # noqa: S105 - the name of a header
PORTAL_TOKEN: Final = "Portal-Token"  # noqa: S105 - likewise


def writer(site_key: str) -> Writer | None:
    """Return who asks on a site; None when the request names nobody.

    A token of the portal outweighs that of the browser, and one that is wrong is refused: whoever believes himself
    signed in must not write under another name unawares. Raises `PortalTokenInvalid`, `SignInNotOffered`,
    `SiteUnknown`, and `Invalid` for a browser's token that can be none.
    """
    signed = request.headers.get(PORTAL_TOKEN)
    if signed is not None:
        return portal_keys.writer_of(site_key, signed, session=context.session(), services=context.services())
    token = request.headers.get(AUTHOR_TOKEN)
    if token is None:
        return None
    if not is_author_token(token):
        raise Invalid([Fault(f"/headers/{AUTHOR_TOKEN}", "malformed")])
    return Writer(author_hash=context.services().secrets.digest(token))


def known_writer(site_key: str) -> Writer:
    """Return who asks on a site, where somebody must."""
    found = writer(site_key)
    if found is None:
        raise Invalid([Fault(f"/headers/{AUTHOR_TOKEN}", "required")])
    return found

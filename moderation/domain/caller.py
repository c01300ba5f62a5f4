"""Whence a request comes, as far as the edge knows. Who asks is `writer`."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The page and the client of a request that changes something."""

    origin: str | None
    """The page's origin as the browser says it; None when the request named none."""
    client: str
    """The client's address, already cut to what counts as one client (`domain.client`)."""
    is_own_page: bool = False
    """Sent by a page of this service itself."""

    def may_ask(self, origins: Collection[str]) -> bool:
        """Say whether the page is one of the site's, or of ours."""
        return self.is_own_page or self.origin in origins

"""Origins: which pages may read and post for a site. Read at every cross-origin request, so one small query."""

from sqlalchemy.orm import Session

from moderation.domain.comment import is_site_key
from moderation.store import sites
from moderation.store.transaction import reading


def of_site(site_key: str, *, session: Session) -> frozenset[str]:
    """Return a site's origins; none for a site that does not exist."""
    if not is_site_key(site_key):
        return frozenset()
    with reading(session):
        return frozenset(sites.origins_of(session, site_key))

"""Sampling: a site's own texts, for an operator who wants to see what rules would do before they do it."""

from sqlalchemy.orm import Session

from moderation.store import samples, sites
from moderation.store.transaction import reading


def recent_texts(site_key: str, *, most: int, session: Session) -> list[str]:
    """Return the texts of a site's latest comments, the latest first."""
    with reading(session):
        site = sites.find_site(session, site_key)
        return samples.recent_texts(session, site.id, most=most)

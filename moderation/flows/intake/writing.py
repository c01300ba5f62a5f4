"""Step 1: who writes, and what he answers."""

from datetime import datetime

from sqlalchemy.orm import Session

from moderation.domain.draft import Draft, faults_of
from moderation.domain.errors import Fault, Invalid, OriginNotAllowed
from moderation.domain.policy import Standing, standing_of
from moderation.store import comments
from moderation.store.tables import Author, Comment, Site, Thread


def sound(draft: Draft, site: Site) -> Draft:
    """Return the draft as it is judged: from a page of the site, without a fault, under the portal's name for its writer."""
    if not draft.is_own_page and draft.origin not in site.origins:
        raise OriginNotAllowed
    draft = draft.signed()
    faults = faults_of(draft, max_text_chars=site.max_text_chars)
    if faults:
        raise Invalid(faults)
    return draft


def find_parent(session: Session, thread: Thread | None, draft: Draft) -> Comment | None:
    if draft.parent_id is None:
        return None
    parent = None if thread is None else comments.find_parent(session, thread.id, draft.parent_id)
    if parent is None:
        # Whether it never existed or is not published is not the caller's to learn.
        raise Invalid([Fault("/parent_id", "unknown-comment")])
    return parent


def find_author(session: Session, site: Site, draft: Draft) -> Author | None:
    if draft.writer is None:
        return None
    return comments.find_author(session, site.id, draft.writer.author_hash)


def standing_in_force(author: Author | None, now: datetime) -> Standing:
    if author is None:
        return Standing.NEW
    return standing_of(
        approved=author.approved_count,
        rejected=author.rejected_count,
        is_banned=author.banned_until is not None and author.banned_until > now,
    )

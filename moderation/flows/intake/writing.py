"""Step 1: who writes, and what he answers."""

from datetime import datetime

from sqlalchemy.orm import Session

from moderation.domain.draft import Draft
from moderation.domain.errors import Fault, Invalid
from moderation.domain.policy import Standing, standing_of
from moderation.ports import Services
from moderation.store import comments
from moderation.store.tables import Author, Comment, Site, Thread


def find_parent(session: Session, thread: Thread | None, draft: Draft) -> Comment | None:
    if draft.parent_id is None:
        return None
    parent = None if thread is None else comments.find_parent(session, thread.id, draft.parent_id)
    if parent is None:
        # Whether it never existed or is not published is not the caller's to learn.
        raise Invalid([Fault("/parent_id", "unknown-comment")])
    return parent


def find_author(session: Session, site: Site, draft: Draft, services: Services) -> Author | None:
    if draft.author_token is None:
        return None
    return comments.find_author(session, site.id, services.secrets.digest(draft.author_token))


def standing_in_force(author: Author | None, now: datetime) -> Standing:
    if author is None:
        return Standing.NEW
    return standing_of(
        approved=author.approved_count,
        rejected=author.rejected_count,
        is_banned=author.banned_until is not None and author.banned_until > now,
    )

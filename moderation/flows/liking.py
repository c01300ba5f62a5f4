"""Liking: a reader likes a published comment, or takes that back. Once for each token of a browser.

    like(wish)
      1 site and comment   known, origin allowed, published   → SiteUnknown, OriginNotAllowed, CommentUnknown
      2 limit              one like of the client is spent     → TooMany
      3 row and number     whoever adds the row counts one more, whoever takes it away one less; nobody else

Asking for what is so already changes nothing. No event is written: a like is nobody's doing that must be accounted
for, and there are many.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.client import PURPOSE, hashed_parts
from moderation.domain.errors import CommentUnknown, OriginNotAllowed
from moderation.domain.writer import Writer
from moderation.ports import Services
from moderation.store import likes, sites
from moderation.store.transaction import transaction

SCOPE: Final = "like"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a reader wants said of a comment, and where he asks from."""

    site_key: str
    comment_id: UUID
    is_liked: bool
    origin: str | None
    """The page's origin as the browser says it."""
    client: str
    """The client's address, already cut to what counts as one client (`domain.client`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Liked:
    """What is so now."""

    is_liked: bool
    like_count: int


def like(wish: Wish, *, writer: Writer, session: Session, services: Services) -> Liked:
    """Make it so that this reader likes a comment, or does not."""
    now = services.clock.now()

    # 1 Site and comment
    site = sites.find_site(session, wish.site_key)
    if wish.origin not in site.origins:
        raise OriginNotAllowed
    found = likes.find_count(session, site.id, wish.comment_id)
    if found is None:
        raise CommentUnknown
    thread_id, like_count = found

    # 2 Limit
    client = services.secrets.keyed(PURPOSE, *hashed_parts(wish.client, now)).hex()
    grammar = sites.policy_of(site, None).limits.like
    spent = services.limits.spend(f"{site.id}:{client}", limits=grammar, scope=SCOPE)
    spent.insist(SCOPE)

    # 3 Row and number
    with transaction(session):
        if wish.is_liked:
            is_changed = likes.add(session, wish.comment_id, writer.author_hash, now=now)
        else:
            is_changed = likes.remove(session, wish.comment_id, writer.author_hash)
        if is_changed:
            counted = likes.count(session, thread_id, wish.comment_id, 1 if wish.is_liked else -1)
            if counted is None:
                raise CommentUnknown  # taken down since it was looked up: the row goes with the transaction
            like_count = counted
    return Liked(is_liked=wish.is_liked, like_count=like_count)

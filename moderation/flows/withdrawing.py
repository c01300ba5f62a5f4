"""Withdrawing: an author takes his comment back, by his browser's token or by the code of its receipt.

At any time while it waits or is shown, and as often as he likes: once it is withdrawn, that is the answer. Its text
stays for staff until retention removes it, for it may be complained about after it is gone.
"""

from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.caller import Caller
from moderation.domain.comment import OPEN_TO_AUTHOR, Status
from moderation.domain.errors import (
    CommentSettled,
    CommentUnknown,
    OriginNotAllowed,
    ReceiptUnknown,
    Unavailable,
)
from moderation.domain.events import Actor, ActorKind
from moderation.domain.policy import told_to_author
from moderation.domain.receipts import normalised
from moderation.domain.writer import Writer
from moderation.ports import Services
from moderation.store import changes, comments, review, sites
from moderation.store.tables import Comment, Site
from moderation.store.transaction import transaction

MOST_TRIES: Final = 4


def withdraw(
    site_key: str,
    comment_id: UUID,
    *,
    writer: Writer,
    caller: Caller,
    session: Session,
    services: Services,
) -> None:
    """Withdraw a comment of the holder of a token. Raises `CommentUnknown` for one of somebody else."""
    site = _site(session, site_key, caller)
    comment = comments.find_own(session, site.id, comment_id, writer.author_hash)
    if comment is None or comment.status is Status.ERASED:
        raise CommentUnknown
    _withdraw(site, comment, writer.author_hash.hex(), session=session, services=services)


def withdraw_by_code(
    site_key: str, code: str, *, caller: Caller, session: Session, services: Services
) -> None:
    """Withdraw the comment that a receipt is for."""
    site = _site(session, site_key, caller)
    typed = normalised(code)
    comment = (
        None if typed is None else comments.find_by_receipt(session, site.id, services.secrets.digest(typed))
    )
    if comment is None:
        raise ReceiptUnknown
    _withdraw(site, comment, comment.id.hex, session=session, services=services)


def _site(session: Session, site_key: str, caller: Caller) -> Site:
    site = sites.find_site(session, site_key)
    if not caller.may_ask(site.origins):
        raise OriginNotAllowed
    return site


def _withdraw(site: Site, comment: Comment, who: str, *, session: Session, services: Services) -> None:
    if comment.status is Status.WITHDRAWN:
        return
    limits = sites.policy_of(site, None).limits
    spent = services.limits.spend(f"{site.id}:{who}", limits=limits.edit, scope="edit")
    spent.insist("edit")
    for _ in range(MOST_TRIES):
        if _store(site, comment, session=session, services=services):
            services.log.info("comment.withdrawn", site_id=str(site.id), comment_id=str(comment.id))
            return
    raise Unavailable


def _store(site: Site, comment: Comment, *, session: Session, services: Services) -> bool:
    """Withdraw the comment; False when somebody put it into the queue between our locking its items and it."""
    now = services.clock.now()
    moment = changes.Moment(now=now, new_id=services.ids.new)
    with transaction(session):
        item = review.lock_open_item(session, comment.id)
        if item is not None:
            review.drop(item, now)
        locked = changes.lock_comment(session, site.id, comment.id, thread_id=comment.thread_id)
        if review.open_items(session, [comment.id]):
            session.rollback()
            return False
        # As he is told: what was refused without a word looks as if it waited, and goes as if it did.
        told = told_to_author(locked.status, locked.reason, is_honest=locked.is_told)
        if told.status not in OPEN_TO_AUTHOR | {Status.WITHDRAWN}:
            raise CommentSettled
        actor = Actor(ActorKind.AUTHOR, locked.author_id)
        changes.apply(session, locked, Status.WITHDRAWN, actor=actor, moment=moment)
    return True

"""Erasing comments: their status by the one door, and with it everything that was made of their texts.

What stays is a place in the tree, the audit, the decisions, and the hash of a receipt's code: whoever holds it reads
that the comment was erased.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.events import Actor
from moderation.store import changes, comments, repeats, reports, review, search_index
from moderation.store.changes import Moment
from moderation.store.tables import Appeal, Comment, IdempotencyKey

_NO_SYNC = {"synchronize_session": False}


def erase(
    session: Session,
    comment_ids: Sequence[UUID],
    statuses: Collection[Status],
    *,
    actor: Actor,
    moment: Moment,
) -> list[UUID]:
    """Erase those of these comments that have one of these statuses; return which.

    Left for the next time is one that somebody has put into the queue between our locking its items and it.
    """
    reckoned = review.lock_items_of(session, comment_ids)
    found = changes.lock_comments(session, comment_ids)
    overtaken = review.open_beside(session, comment_ids, reckoned)
    doomed = [one for one in found if one.status in statuses and one.id not in overtaken]
    ids = [one.id for one in doomed]
    if not ids:
        return []
    review.drop_all(session, ids, now=moment.now)
    changes.apply_many(session, doomed, Status.ERASED, actor=actor, moment=moment)
    session.execute(
        update(Comment).where(Comment.id.in_(ids)).values(text_hash=bytes(32), client_key=None),
        execution_options=_NO_SYNC,
    )
    comments.erase_texts(session, ids)
    repeats.forget_fingerprints(session, ids)
    search_index.forget_texts(session, ids)
    reports.forget_notes_of(session, ids)
    for kept in (Appeal, IdempotencyKey):
        session.execute(delete(kept).where(kept.comment_id.in_(ids)), execution_options=_NO_SYNC)
    return ids

"""Review items: made, found, locked, moved from queue to queue, closed. Who holds them is `queue`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, inspect, or_, select, update
from sqlalchemy.orm import Session

from moderation.domain import review as domain
from moderation.domain.reasons import Cause, Reason
from moderation.domain.review import SENIOR_STATES, TEXT_CAUSES, ItemState, more_pressing
from moderation.rules import Action, Evaluation
from moderation.store.changes import LockedComment
from moderation.store.tables import Comment, ReviewItem
from moderation.store.upsert import insert_if_absent

_NO_SYNC = {"synchronize_session": False}
FREE: Final = {"claimed_by": None, "lease_hash": None, "lease_expires_at": None, "is_held": False}
"""What an item looks like that nobody holds."""


def waiting_item(
    comment: Comment | LockedComment,
    state: ItemState,
    causes: Sequence[Cause],
    *,
    risk: int,
    new_id: UUID,
    now: datetime,
    evaluation: Evaluation | None = None,
) -> ReviewItem:
    """Make an item of a comment that waits from now on. With what the rules found, if they were asked."""
    gravest = None
    if evaluation is not None:
        counting = (match for match in evaluation.matches if match.action is not Action.ALLOW)
        gravest = max(counting, key=lambda match: (match.score, match.rule_key), default=None)
    return ReviewItem(
        id=new_id,
        site_id=comment.site_id,
        comment_id=comment.id,
        revision=comment.revision,
        state=state,
        causes=[str(cause) for cause in causes],
        risk=risk,
        rule_key=None if gravest is None else gravest.rule_key,
        category=None if gravest is None else Reason(gravest.category),
        thread_id=comment.thread_id,
        author_id=comment.author_id,
        text_hash=comment.text_hash,
        created_at=now,
        due_at=domain.due_at(state, risk, now),
        not_for=None,
        checks_id=None,
        closed_at=None,
        **FREE,
    )


def add(session: Session, item: ReviewItem) -> None:
    """Put a comment before the moderators that cannot be there yet. The database refuses a second open item."""
    session.add(item)


def enqueue(session: Session, item: ReviewItem) -> UUID:
    """Put a comment before the moderators; if it waits already, that item moves to the more pressing queue.

    Returns the id of the item that waits. To be called before the comment is locked (`changes`: items come first).
    Whoever works on the item keeps it, unless it goes to seniors.
    """
    session.flush()
    values = {column.key: getattr(item, column.key) for column in inspect(ReviewItem).column_attrs}
    while True:
        there = lock_open_item(session, item.comment_id)
        if there is not None:
            _move(there, item)
            session.flush()
            return there.id
        if insert_if_absent(session, ReviewItem, **values):
            return item.id


def _move(there: ReviewItem, wanted: ReviewItem) -> None:
    state = more_pressing(there.state, wanted.state)
    there.causes = list(dict.fromkeys((*there.causes, *wanted.causes)))
    there.risk = max(there.risk, wanted.risk)
    there.revision = max(there.revision, wanted.revision)
    if state is there.state:
        return
    there.state = state
    there.due_at = min(there.due_at, domain.due_at(state, there.risk, wanted.created_at))
    there.not_for, there.checks_id = wanted.not_for, wanted.checks_id
    there.rule_key, there.category = there.rule_key or wanted.rule_key, there.category or wanted.category
    if state in SENIOR_STATES or there.not_for == there.claimed_by:
        for name, value in FREE.items():
            setattr(there, name, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What the rules make of a text that takes the place of another, and whether readers see it."""

    score: int
    is_shown: bool


def requeue(session: Session, item: ReviewItem, weight: Weight) -> UUID:
    """Put a comment with a new text before the moderators; where it waits already, that item follows the text.

    Returns the id of the item that waits. As `enqueue`, to be called before the comment is locked. Whoever has the old text before him keeps the item, and
    learns that it is stale when he decides (its revision has risen).
    """
    session.flush()
    values = {column.key: getattr(item, column.key) for column in inspect(ReviewItem).column_attrs}
    while True:
        there = lock_open_item(session, item.comment_id)
        if there is not None:
            _follow(there, item, weight)
            state = more_pressing(there.state, item.state)
            if state is not there.state:
                there.state, there.not_for, there.checks_id = state, None, None
                there.due_at = min(there.due_at, domain.due_at(state, there.risk, item.created_at))
            session.flush()
            return there.id
        if insert_if_absent(session, ReviewItem, **values):
            return item.id


def follow(
    session: Session, item: ReviewItem, weight: Weight, *, is_refused: bool, now: datetime
) -> UUID | None:
    """Let the item by which a comment waits follow its new text, if there is one, though the text asks for none.

    A refused text waits for nobody. Nor does a second look: it compares two judgements about the same text. Returns
    the id of the item that still waits.
    """
    there = lock_open_item(session, item.comment_id)
    if there is None:
        return None
    if is_refused or there.state is ItemState.SECOND_LOOK:
        drop(there, now)
        session.flush()
        return None
    _follow(there, item, weight)
    session.flush()
    return there.id


def _follow(there: ReviewItem, wanted: ReviewItem, weight: Weight) -> None:
    kept = (cause for cause in there.causes if cause not in TEXT_CAUSES)
    there.causes = list(dict.fromkeys((*wanted.causes, *kept)))
    there.revision, there.text_hash = wanted.revision, wanted.text_hash
    there.rule_key, there.category = wanted.rule_key, wanted.category
    causes = [Cause(cause) for cause in there.causes]
    there.risk = domain.risk_of(weight.score, causes, is_shown=weight.is_shown)
    # Never later: nobody puts off a look by writing.
    there.due_at = min(there.due_at, domain.due_at(there.state, there.risk, there.created_at))


_ITEM: Final = (
    select(ReviewItem)
    .where(ReviewItem.id == bindparam("item"), ReviewItem.site_id.in_(bindparam("sites", expanding=True)))
    .execution_options(populate_existing=True)
)


def find_item(session: Session, site_ids: Sequence[UUID], item_id: UUID) -> ReviewItem | None:
    """Return an item of these sites."""
    return session.scalars(_ITEM, {"item": item_id, "sites": site_ids}).one_or_none()


_LOCK_ITEMS: Final = (
    select(ReviewItem.id)
    .where(ReviewItem.comment_id.in_(bindparam("comments", expanding=True)))
    .order_by(ReviewItem.id)
    .with_for_update(key_share=True)
)


def lock_items_of(session: Session, comment_ids: Sequence[UUID]) -> set[UUID]:
    """Lock all items of comments, open and closed, in the order of their ids; return which."""
    return set(session.connection().scalars(_LOCK_ITEMS, {"comments": comment_ids}))


def lock_open_item(session: Session, comment_id: UUID) -> ReviewItem | None:
    """Return the item by which a comment waits, locked and fresh.

    The closed ones are locked before it: an undo holds one of them, then the comment, and then adds what takes its
    place. Without them it would wait for who adds an item meanwhile, and he for the comment.
    """
    lock_items_of(session, [comment_id])
    return session.scalars(
        select(ReviewItem)
        .where(ReviewItem.comment_id == comment_id, ReviewItem.closed_at.is_(None))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True),
    ).one_or_none()


def open_items(session: Session, comment_ids: Sequence[UUID]) -> set[UUID]:
    """Return the items by which comments wait.

    To be asked by who holds the comments: an item that was added after he had locked those there were is one that he
    has not reckoned with, and then he begins again.
    """
    return set(
        session.scalars(
            select(ReviewItem.id).where(
                ReviewItem.comment_id.in_(comment_ids), ReviewItem.closed_at.is_(None)
            )
        )
    )


def lock_items(session: Session, comment_id: UUID, item_id: UUID) -> tuple[ReviewItem, ReviewItem | None]:
    """Return an item and the one by which its comment waits now, locked and fresh: first in the lock order."""
    found = session.scalars(
        select(ReviewItem)
        .where(
            ReviewItem.comment_id == comment_id,
            or_(ReviewItem.id == item_id, ReviewItem.closed_at.is_(None)),
        )
        .order_by(ReviewItem.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True),
    ).all()
    by_id = {item.id: item for item in found}
    return by_id[item_id], next((item for item in found if item.closed_at is None), None)


_IF_HELD: Final = (
    update(ReviewItem)
    .where(
        ReviewItem.id == bindparam("item"),
        ReviewItem.closed_at.is_(None),
        ReviewItem.claimed_by == bindparam("me"),
        ReviewItem.lease_hash == bindparam("secret"),
        ReviewItem.lease_expires_at > bindparam("at"),
        ReviewItem.revision == bindparam("read"),
    )
    .returning(ReviewItem.id)
)


def close(
    session: Session,
    item_id: UUID,
    *,
    account_id: UUID,
    lease_hash: bytes,
    revision: int,
    values: dict[str, object],
    now: datetime,
) -> bool:
    """Give an item its next state if this account still holds the lease; False when it does not.

    Every condition stands in the one UPDATE, so that of two decisions exactly one finds its row.
    """
    held = {"item": item_id, "me": account_id, "secret": lease_hash, "at": now, "read": revision}
    closed = session.connection().scalars(_IF_HELD.values(FREE | values), held)
    return closed.one_or_none() is not None


def decided(now: datetime) -> dict[str, object]:
    """Say what a decided item looks like."""
    return {"state": ItemState.DECIDED, "closed_at": now}


def escalated(item: ReviewItem, now: datetime) -> dict[str, object]:
    """Say what an item looks like that goes to a senior: it waits there from now on."""
    return {
        "state": ItemState.ESCALATED,
        "causes": list(dict.fromkeys((*item.causes, str(Cause.ESCALATED)))),
        "due_at": domain.due_at(ItemState.ESCALATED, item.risk, now),
        "closed_at": None,
    }


def waiting_again(old: ReviewItem, state: ItemState, revision: int, *, new_id: UUID) -> ReviewItem:
    """Make a new item of an undone one: the closed item stays as history, the new one keeps its age and deadline."""
    causes = [cause for cause in old.causes if cause != Cause.ESCALATED or state is ItemState.ESCALATED]
    same = {
        name: getattr(old, name)
        for name in (
            "site_id",
            "comment_id",
            "risk",
            "rule_key",
            "category",
            "thread_id",
            "author_id",
            "text_hash",
            "created_at",
            "not_for",
            "checks_id",
        )
    }
    return ReviewItem(
        id=new_id,
        revision=revision,
        state=state,
        causes=list(dict.fromkeys((*causes, str(Cause.UNDONE)))),
        due_at=min(old.due_at, domain.due_at(state, old.risk, old.created_at)),
        closed_at=None,
        **FREE,
        **same,
    )


def open_beside(session: Session, comment_ids: Sequence[UUID], reckoned: Collection[UUID]) -> set[UUID]:
    """Return those of these comments that wait by another item than those reckoned with."""
    rows = session.execute(
        select(ReviewItem.comment_id, ReviewItem.id).where(
            ReviewItem.comment_id.in_(comment_ids), ReviewItem.closed_at.is_(None)
        )
    )
    return {comment_id for comment_id, item_id in rows if item_id not in reckoned}


def drop_all(session: Session, comment_ids: Sequence[UUID], *, now: datetime) -> None:
    """Take comments out of the queue without a decision. Their items are locked already."""
    session.execute(
        update(ReviewItem)
        .where(ReviewItem.comment_id.in_(comment_ids), ReviewItem.closed_at.is_(None))
        .values(state=ItemState.DROPPED, closed_at=now, **FREE),
        execution_options=_NO_SYNC,
    )


def drop(item: ReviewItem, now: datetime) -> None:
    """Take a locked item out of the queue without a decision."""
    item.state, item.closed_at = ItemState.DROPPED, now
    for name, value in FREE.items():
        setattr(item, name, value)

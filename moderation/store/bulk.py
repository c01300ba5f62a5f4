"""Many items at one stroke: chosen, closed, decided, with a handful of statements for all of them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from moderation.domain.events import Actor
from moderation.domain.reasons import Reason
from moderation.domain.review import (
    OPEN_STATES,
    SENIOR_STATES,
    SINGLE_STATES,
    STATUS_AFTER,
    DecisionKind,
    ItemState,
)
from moderation.store import changes, decisions, queue, review
from moderation.store.changes import LockedComment, Moment
from moderation.store.decisions import RECORD
from moderation.store.tables import Author, Comment, Decision, ReviewItem, Revision

MOST_COUNTED = 10_000
"""What waits beyond this is not counted: a number that nobody reads to the end may not cost more than a look."""
_STORING = timedelta(seconds=10)
"""An edit bears the moment at which it began; until it is stored, whoever reads sees the text before it."""
_TOGETHER = frozenset(OPEN_STATES) - SINGLE_STATES
_NO_SYNC = {"synchronize_session": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a person may decide together with others: where, and what nobody else holds."""

    site_ids: tuple[UUID, ...]
    senior_site_ids: tuple[UUID, ...]
    account_id: UUID
    now: datetime

    def open(self) -> ColumnElement[bool]:
        """Say of items that they wait in a queue of this person."""
        return and_(
            ReviewItem.closed_at.is_(None),
            or_(
                and_(ReviewItem.site_id.in_(self.site_ids), ReviewItem.state.in_(_TOGETHER - SENIOR_STATES)),
                and_(
                    ReviewItem.site_id.in_(self.senior_site_ids),
                    ReviewItem.state.in_(_TOGETHER & SENIOR_STATES),
                ),
            ),
        )

    def free(self) -> ColumnElement[bool]:
        """Say of items that this person may claim them."""
        return queue.claimable(self.account_id, self.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """What all decisions of a batch have in common."""

    batch_id: UUID
    account_id: UUID
    kind: DecisionKind
    reason: Reason | None
    note: str | None


def named(item_ids: Sequence[UUID], *, read_at: datetime | None) -> ColumnElement[bool]:
    """Choose items by name; of what was read at a moment, only texts that their authors have not changed since."""
    chosen = ReviewItem.id.in_(item_ids)
    if read_at is None:
        return chosen
    edited_since = exists().where(
        Revision.comment_id == ReviewItem.comment_id,
        Revision.number == ReviewItem.revision,
        Revision.number > 1,
        Revision.created_at > read_at - _STORING,
    )
    return and_(chosen, ~edited_since)


def in_group(item: ReviewItem) -> ColumnElement[bool]:
    """Choose an item with everything that says the same, or nearly."""
    return and_(ReviewItem.site_id == item.site_id, ReviewItem.text_hash == item.text_hash)


def of_author(author_id: UUID) -> ColumnElement[bool]:
    """Choose what an author wrote."""
    return ReviewItem.author_id == author_id


def of_rule(site_id: UUID, rule_key: str) -> ColumnElement[bool]:
    """Choose that in which a rule weighs most."""
    return and_(ReviewItem.site_id == site_id, ReviewItem.rule_key == rule_key)


def in_thread(thread_id: UUID) -> ColumnElement[bool]:
    """Choose what stands in a thread."""
    return ReviewItem.thread_id == thread_id


def count(session: Session, *conditions: ColumnElement[bool]) -> int:
    """Count items, up to `MOST_COUNTED`."""
    some = select(ReviewItem.id).where(*conditions).limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def not_in_batch(batch_id: UUID) -> ColumnElement[bool]:
    """Say of items that their comment was not decided by a batch: what was undone since stays as it is."""
    return ~exists().where(Decision.comment_id == ReviewItem.comment_id, Decision.batch_id == batch_id)


def count_decided(session: Session, batch_id: UUID) -> int:
    """Count the decisions of a batch."""
    return session.scalar(select(func.count()).where(Decision.batch_id == batch_id)) or 0


def lock(session: Session, *conditions: ColumnElement[bool], most: int) -> dict[UUID, tuple[UUID, ItemState]]:
    """Lock the first items of a choice that nobody else has locked: their ids and queues, by comment."""
    rows = session.execute(
        select(ReviewItem.comment_id, ReviewItem.id, ReviewItem.state)
        .where(*conditions)
        .order_by(ReviewItem.due_at, ReviewItem.id)
        .limit(most)
        .with_for_update(skip_locked=True, key_share=True, of=ReviewItem)
    )
    return {comment_id: (item_id, state) for comment_id, item_id, state in rows}


def decide(
    session: Session,
    items: dict[UUID, tuple[UUID, ItemState]],
    wanted: Stroke,
    actor: Actor,
    moment: Moment,
) -> None:
    """Close locked items and carry out the same decision on each."""
    found = changes.lock_comments(session, list(items))
    session.execute(
        update(ReviewItem)
        .where(ReviewItem.id.in_([item_id for item_id, _ in items.values()]))
        .values(review.FREE | review.decided(moment.now)),
        execution_options=_NO_SYNC,
    )
    _count(session, found, *RECORD[wanted.kind])
    made = [_decision(wanted, comment, *items[comment.id], moment) for comment in found]
    session.add_all(made)
    session.flush()
    ids = [comment.id for comment in found]
    session.execute(
        update(Comment).where(Comment.id.in_(ids)).values(is_told=True), execution_options=_NO_SYNC
    )
    status = STATUS_AFTER[wanted.kind]
    same = [comment for comment in found if comment.status is status]
    changes.uphold(session, same, reason=wanted.reason, actor=actor, moment=moment)
    changes.apply_many(session, found, status, reason=wanted.reason, actor=actor, moment=moment)
    said = decisions.REPORTS_AFTER[wanted.kind]
    changes.settle_reports(session, found, said, actor=actor, moment=moment)
    percents = decisions.second_look_percents(session, {comment.site_id for comment in found})
    own = {comment.id: comment for comment in found}
    for decision in made:
        if decisions.is_looked_at_twice(decision, percents[decision.site_id]):
            review.add(session, decisions.second_look(decision, own[decision.comment_id], moment))


def _count(session: Session, comments: Sequence[LockedComment], approved: int, rejected: int) -> None:
    """Add to the records of all authors, locked in the order of their ids."""
    authors = Counter(comment.author_id for comment in comments if comment.author_id is not None)
    if not authors:
        return
    session.execute(
        select(Author.id).where(Author.id.in_(authors)).order_by(Author.id).with_for_update(key_share=True)
    ).all()
    by_number = defaultdict(list)
    for author_id, number in authors.items():
        by_number[number].append(author_id)
    for number, author_ids in by_number.items():
        session.execute(
            update(Author)
            .where(Author.id.in_(author_ids))
            .values(
                approved_count=Author.approved_count + approved * number,
                rejected_count=Author.rejected_count + rejected * number,
            ),
            execution_options=_NO_SYNC,
        )


def _decision(
    wanted: Stroke, comment: LockedComment, item_id: UUID, state: ItemState, moment: Moment
) -> Decision:
    return Decision(
        id=moment.new_id(),
        site_id=comment.site_id,
        item_id=item_id,
        comment_id=comment.id,
        account_id=wanted.account_id,
        kind=wanted.kind,
        queue=state,
        status_before=comment.status,
        reason_before=comment.reason,
        reason=wanted.reason,
        note=wanted.note,
        undoes_id=None,
        checks_id=None,
        batch_id=wanted.batch_id,
        created_at=moment.now,
    )

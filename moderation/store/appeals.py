"""Appeals: kept, settled with the decision on their item, opened again when that is undone.

What the record of an author gains by such a decision stands here too: the refusal that he objected to is counted once,
whoever confirms it, and no more once it is overturned.
"""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.domain.appeal import AppealState
from moderation.domain.events import Actor, Event, EventName
from moderation.domain.review import DecisionKind
from moderation.store import outbox
from moderation.store.changes import Moment
from moderation.store.tables import Appeal, Comment, Decision
from moderation.store.upsert import insert_if_absent

STATE_AFTER = {DecisionKind.APPROVE: AppealState.GRANTED, DecisionKind.REJECT: AppealState.DENIED}


def find(session: Session, comment_id: UUID) -> Appeal | None:
    """Return the appeal for a comment, whatever came of it."""
    return session.scalars(
        select(Appeal).where(Appeal.comment_id == comment_id).execution_options(populate_existing=True)
    ).one_or_none()


def add(
    session: Session, comment: Comment, refusal: Decision | None, text: str, *, actor: Actor, moment: Moment
) -> bool:
    """Keep the appeal for a locked, refused comment, and tell of it; False where there has been one."""
    assert comment.reason is not None  # noqa: S101 - a refused comment has one
    is_first = insert_if_absent(
        session,
        Appeal,
        id=moment.new_id(),
        site_id=comment.site_id,
        comment_id=comment.id,
        decision_id=None if refusal is None else refusal.id,
        text=text,
        reason_before=comment.reason,
        state=AppealState.OPEN,
        created_at=moment.now,
        settled_at=None,
    )
    if is_first:
        _tell(session, _event(comment, None, AppealState.OPEN, actor), moment)
    return is_first


def settle(
    session: Session, comment: Comment, kind: DecisionKind, *, actor: Actor, moment: Moment
) -> tuple[int, int]:
    """Settle the appeal for a comment by a decision on it; return what that adds to its author's record."""
    state = STATE_AFTER[kind]
    appeal = find(session, comment.id)
    if appeal is None:
        # Its author has been erased meanwhile, and the appeal with him: an ordinary decision is left.
        return (1, 0) if state is AppealState.GRANTED else (0, 1)
    _give(session, appeal, state, moment)
    _tell(session, _event(comment, AppealState.OPEN, state, actor), moment)
    return record_of(appeal, kind)


def reopen(
    session: Session, comment: Comment, kind: DecisionKind, *, actor: Actor, moment: Moment
) -> tuple[int, int]:
    """Open the appeal for a comment again, whose decision is undone; return what that decision had added."""
    appeal = find(session, comment.id)
    if appeal is None:
        return (1, 0) if kind is DecisionKind.APPROVE else (0, 1)
    _tell(session, _event(comment, appeal.state, AppealState.OPEN, actor), moment)
    _give(session, appeal, AppealState.OPEN, moment)
    return record_of(appeal, kind)


def record_of(appeal: Appeal, kind: DecisionKind) -> tuple[int, int]:
    """Say what a decision on an appeal adds to the author's record: approvals, rejections.

    A person's refusal has been counted when it was made. The rules' has not: who confirms it makes it a person's.
    """
    was_counted = appeal.decision_id is not None
    if kind is DecisionKind.APPROVE:
        return 1, -1 if was_counted else 0
    return 0, 0 if was_counted else 1


def _give(session: Session, appeal: Appeal, state: AppealState, moment: Moment) -> None:
    session.execute(
        update(Appeal)
        .where(Appeal.id == appeal.id)
        .values(state=state, settled_at=None if state is AppealState.OPEN else moment.now),
        execution_options={"synchronize_session": False},
    )


def _event(comment: Comment, old: AppealState | None, new: AppealState, actor: Actor) -> Event:
    return Event(
        name=EventName.APPEAL_RECEIVED if old is None else EventName.APPEAL_SETTLED,
        actor=actor,
        subject_kind="comment",
        subject_id=comment.id,
        site_id=comment.site_id,
        old={} if old is None else {"appeal": old},
        new={"appeal": new},
    )


def _tell(session: Session, event: Event, moment: Moment) -> None:
    outbox.record(session, event, now=moment.now)
    payload: dict[str, object] = {"comment_id": str(event.subject_id), **event.new}
    outbox.post(session, event, payload, event_id=moment.new_id(), now=moment.now)

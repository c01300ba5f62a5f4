"""Decisions: written, found, and what follows from one.

The status by the one door, the author's record, the reports, the second look.

In this order everywhere, so that nobody waits in a circle: items, threads, comments, authors; then what is only added.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, aliased

from moderation.domain.comment import Status
from moderation.domain.events import Actor, Event, EventName
from moderation.domain.reasons import Cause
from moderation.domain.report import ReportState
from moderation.domain.review import (
    SAMPLED_STATES,
    STATUS_AFTER,
    UNDO_WINDOW,
    DecisionKind,
    ItemState,
    is_sampled,
)
from moderation.store import appeals, changes, comments, outbox, reports, review
from moderation.store.changes import LockedComment, Moment
from moderation.store.tables import Account, Comment, Decision, ReviewItem, Site

_Undo = aliased(Decision, name="undo")
"""Made once: an alias costs more than the query it stands in."""

RECORD = {DecisionKind.APPROVE: (1, 0), DecisionKind.REJECT: (0, 1), DecisionKind.ESCALATE: (0, 0)}
"""What a decision adds to its author's record: approvals, rejections."""


REPORTS_AFTER: Final = MappingProxyType(
    {DecisionKind.APPROVE: ReportState.DISMISSED, DecisionKind.REJECT: ReportState.UPHELD}
)
"""What a decision says of the reports that were open then."""
_AFTERWARDS: Final = select(
    Site.second_look_percent, reports.any_open(bindparam("comment", type_=Comment.id.type))
).where(Site.id == bindparam("site"))
"""What must be known once a decision is carried out, in one query: most comments were never reported."""


def carry_out(session: Session, decision: Decision, comment: Comment, actor: Actor, moment: Moment) -> None:
    """Make a decision true. The comment is locked and the item closed already."""
    session.add(decision)
    session.flush()
    if decision.kind is DecisionKind.ESCALATE:
        _tell_of_escalation(session, decision, actor, moment)
        return
    if decision.checks_id is not None:
        _compare(session, decision, comment, actor, moment)
        return
    approved, rejected = RECORD[decision.kind]
    if decision.queue is ItemState.APPEALED:
        approved, rejected = appeals.settle(session, comment, decision.kind, actor=actor, moment=moment)
    comments.count_decision(session, comment.author_id, approved=approved, rejected=rejected)
    comment.is_told = True
    status = STATUS_AFTER[decision.kind]
    if comment.status is status:
        changes.uphold(session, [comment], reason=decision.reason, actor=actor, moment=moment)
    changes.apply(session, comment, status, reason=decision.reason, actor=actor, moment=moment)
    percent, is_reported = session.execute(
        _AFTERWARDS, {"site": decision.site_id, "comment": comment.id}
    ).one()
    if is_reported:
        changes.settle_reports(session, [comment], REPORTS_AFTER[decision.kind], actor=actor, moment=moment)
    if is_looked_at_twice(decision, percent):
        review.add(session, second_look(decision, comment, moment))


def _tell_of_escalation(session: Session, decision: Decision, actor: Actor, moment: Moment) -> None:
    event = Event(
        name=EventName.ITEM_ESCALATED,
        actor=actor,
        subject_kind="comment",
        subject_id=decision.comment_id,
        site_id=decision.site_id,
        new={"item_id": str(decision.item_id)},
    )
    outbox.record(session, event, now=moment.now)
    payload: dict[str, object] = {"comment_id": str(decision.comment_id)}
    outbox.post(session, event, payload, event_id=moment.new_id(), now=moment.now)


def tell_of_undoing(session: Session, decision: Decision, actor: Actor, *, now: datetime) -> None:
    """Write into the audit that a decision was taken back which had changed no status."""
    is_check = decision.checks_id is not None
    event = Event(
        name=EventName.DECISION_CHECKED if is_check else EventName.COMMENT_RETURNED,
        actor=actor,
        subject_kind="decision" if is_check else "comment",
        subject_id=decision.checks_id or decision.comment_id,
        site_id=decision.site_id,
        old={"decision_id": str(decision.id)},
        new={"decision_id": None},
    )
    outbox.record(session, event, now=now)


def reopen_reports(
    session: Session, decision: Decision, comment: Comment, actor: Actor, moment: Moment
) -> None:
    """Open again the reports that a decision had settled which is taken back."""
    reopened = reports.reopen(session, comment.id, settled_at=decision.created_at)
    if reopened:
        changes.tell_of_reports(session, comment, reopened, ReportState.OPEN, actor=actor, moment=moment)


# Second looks ------------------------------------------------------------------------------------


_PERCENTS: Final = select(Site.id, Site.second_look_percent).where(
    Site.id.in_(bindparam("sites", expanding=True))
)


def second_look_percents(session: Session, site_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return of sites how large a share of decisions somebody else judges as well."""
    rows = session.connection().execute(_PERCENTS, {"sites": list(site_ids)})
    return dict(rows.all())


def is_looked_at_twice(decision: Decision, percent: int) -> bool:
    """Say whether a decision falls into that share."""
    return decision.queue in SAMPLED_STATES and is_sampled(decision.id, percent)


def second_look(decision: Decision, comment: Comment | LockedComment, moment: Moment) -> ReviewItem:
    """Make the item by which somebody else judges a decided comment, without knowing what was decided."""
    item = review.waiting_item(
        comment,
        ItemState.SECOND_LOOK,
        [Cause.SECOND_LOOK],
        risk=0,
        new_id=moment.new_id(),
        now=moment.now,
    )
    item.not_for, item.checks_id = decision.account_id, decision.id
    return item


def _compare(session: Session, decision: Decision, comment: Comment, actor: Actor, moment: Moment) -> None:
    """Compare a second look with the decision it is about; where they differ, a senior has the last word."""
    first = session.get_one(Decision, decision.checks_id)
    is_agreed = first.kind is decision.kind
    event = Event(
        name=EventName.DECISION_CHECKED,
        actor=actor,
        subject_kind="decision",
        subject_id=first.id,
        site_id=decision.site_id,
        new={"decision_id": str(decision.id), "is_agreed": is_agreed},
    )
    outbox.record(session, event, now=moment.now)
    if is_agreed:
        return
    dispute = review.waiting_item(
        comment,
        ItemState.ESCALATED,
        [Cause.SECOND_LOOK],
        risk=0,
        new_id=moment.new_id(),
        now=moment.now,
    )
    dispute.not_for, dispute.checks_id = first.account_id, first.id
    review.add(session, dispute)


def add(session: Session, decision: Decision) -> None:
    """Write a decision down, for good."""
    session.add(decision)


# Found -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MadeDecision:
    """A decision with the name of whoever made it."""

    decision: Decision
    by: str


def last_decision(session: Session, item_id: UUID) -> MadeDecision | None:
    """Return the latest decision on an item that has not been undone."""
    row = session.execute(
        select(Decision, Account.name)
        .join(Account, Account.id == Decision.account_id)
        .outerjoin(_Undo, _Undo.undoes_id == Decision.id)
        .where(Decision.item_id == item_id, Decision.kind != DecisionKind.UNDO, _Undo.id.is_(None))
        .order_by(Decision.created_at.desc(), Decision.id.desc())
        .limit(1),
    ).one_or_none()
    return None if row is None else MadeDecision(*row)


def refusal_of(session: Session, comment_id: UUID) -> Decision | None:
    """Return the person's decision by which a comment is refused; None where the rules did, or where it is not."""
    last = session.scalars(
        select(Decision)
        .outerjoin(_Undo, _Undo.undoes_id == Decision.id)
        .where(
            Decision.comment_id == comment_id,
            Decision.kind.in_((DecisionKind.APPROVE, DecisionKind.REJECT)),
            Decision.checks_id.is_(None),
            _Undo.id.is_(None),
        )
        .order_by(Decision.created_at.desc(), Decision.id.desc())
        .limit(1),
    ).one_or_none()
    return last if last is not None and last.kind is DecisionKind.REJECT else None


def find_decision(session: Session, site_ids: tuple[UUID, ...], decision_id: UUID) -> Decision | None:
    """Return a decision on these sites."""
    return session.scalars(
        select(Decision).where(Decision.id == decision_id, Decision.site_id.in_(site_ids)),
    ).one_or_none()


def undoable_of_batch(
    session: Session,
    site_ids: tuple[UUID, ...],
    batch_id: UUID,
    account_id: UUID,
    *,
    now: datetime,
    after: UUID | None,
    most: int,
) -> list[UUID]:
    """Return decisions of a batch that are not undone and not too old to be, in the order of their ids."""
    query = (
        select(Decision.id)
        .outerjoin(_Undo, _Undo.undoes_id == Decision.id)
        .where(
            Decision.batch_id == batch_id,
            Decision.account_id == account_id,
            Decision.site_id.in_(site_ids),
            Decision.kind != DecisionKind.UNDO,
            Decision.created_at >= now - UNDO_WINDOW,
            _Undo.id.is_(None),
        )
        .order_by(Decision.id)
        .limit(most)
    )
    if after is not None:
        query = query.where(Decision.id > after)
    return list(session.scalars(query))


def is_undone(session: Session, decision_id: UUID) -> bool:
    """Say whether a decision has been undone."""
    return session.scalar(select(func.count()).where(Decision.undoes_id == decision_id)) != 0


def is_overtaken(session: Session, decision: Decision) -> bool:
    """Say whether somebody has decided the same comment since, and that stands."""
    later = session.scalar(
        select(Decision.id)
        .outerjoin(_Undo, _Undo.undoes_id == Decision.id)
        .where(
            Decision.comment_id == decision.comment_id,
            Decision.id != decision.id,
            Decision.created_at >= decision.created_at,
            Decision.kind != DecisionKind.UNDO,
            Decision.checks_id.is_(None),
            _Undo.id.is_(None),
            # At one moment the ids, which rise, say what came later.
            (Decision.created_at > decision.created_at) | (Decision.id > decision.id),
        )
        .limit(1)
    )
    return later is not None


def stands(decision: Decision, status: Status, item: ReviewItem) -> bool:
    """Say whether the comment is still as the decision left it."""
    if decision.kind is DecisionKind.ESCALATE:
        return item.state is ItemState.ESCALATED
    return decision.checks_id is not None or status is STATUS_AFTER[decision.kind]


def is_recent(decision: Decision, now: datetime, window: timedelta = UNDO_WINDOW) -> bool:
    """Say whether a decision may still be undone."""
    return now - decision.created_at <= window

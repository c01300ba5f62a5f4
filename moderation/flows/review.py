"""Review: claim an item, decide it, undo a decision.

    claim_next / claim   one conditional UPDATE gives the item to exactly one moderator, for the lease
    decide               the lease, the token and the revision must still hold → the item is closed,
                         the decision written, the status changed by the one door: one transaction
    undo                 a decision of its own: the comment waits again, claimed by whoever undid it

A late decision is refused and told who was faster (`AlreadyDecided`) or who holds the item now (`LeaseLost`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.draft import faults_of_string
from moderation.domain.errors import (
    AlreadyDecided,
    Conflict,
    Fault,
    Invalid,
    ItemUnknown,
    LeaseLost,
    RevisionStale,
    UndoTooLate,
)
from moderation.domain.events import Actor, ActorKind, Event, EventName
from moderation.domain.reasons import Cause, Reason
from moderation.domain.review import (
    DEADLINE,
    SENIOR_STATES,
    STATUS_AFTER,
    UNDO_WINDOW,
    DecisionKind,
    ItemState,
    lease_expiry,
    priority,
)
from moderation.ports import Services
from moderation.store import accounts, changes, comments, outbox, review
from moderation.store.review import MadeDecision, Position
from moderation.store.tables import Comment, Decision, ReviewItem
from moderation.store.transaction import transaction

MAX_NOTE_CHARS = 1_000
_RECORD = {DecisionKind.APPROVE: (1, 0), DecisionKind.REJECT: (0, 1), DecisionKind.ESCALATE: (0, 0)}
"""What a decision adds to its author's record: approvals, rejections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """A signed-in person and where he may review; escalated items are for seniors."""

    account_id: UUID
    name: str
    site_ids: tuple[UUID, ...]
    senior_site_ids: tuple[UUID, ...]

    def sites_for(self, state: ItemState) -> tuple[UUID, ...]:
        """Return the sites whose queue of this state the person may work on."""
        return self.senior_site_ids if state in SENIOR_STATES else self.site_ids

    @property
    def actor(self) -> Actor:
        """Name the person in the audit."""
        return Actor(ActorKind.ACCOUNT, self.account_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """An item that is now the moderator's, and the secret that proves it until the lease ends."""

    item_id: UUID
    lease_token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a moderator wants done with the item he holds, and which revision he has read."""

    item_id: UUID
    lease_token: str
    revision: int
    kind: DecisionKind
    reason: Reason | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision that stands."""

    decision_id: UUID
    item_id: UUID
    comment_id: UUID
    kind: DecisionKind
    reason: Reason | None


def claim_next(
    reviewer: Reviewer,
    queue: ItemState,
    *,
    session: Session,
    services: Services,
    beyond: UUID | None = None,
    is_forward: bool = True,
) -> Claimed | None:
    """Claim the next item of a queue, and give back whatever else this person held; None when nothing waits.

    `beyond` names the item to move on from (or back from). At the end of the queue it starts again at the head.
    """
    now = services.clock.now()
    site_ids = reviewer.sites_for(queue)
    token = services.secrets.token("mod_lease_")
    lease_hash, expires_at = services.secrets.digest(token), lease_expiry(now)
    with transaction(session):
        position = _position(session, site_ids, beyond)
        item_id = None
        for start in (position, None) if position is not None else (None,):
            item_id = review.claim_next(
                session,
                site_ids,
                queue,
                account_id=reviewer.account_id,
                lease_hash=lease_hash,
                lease_expires_at=expires_at,
                now=now,
                position=start,
                is_forward=is_forward,
            )
            if item_id is not None:
                break
        review.release(session, reviewer.account_id, but=item_id)
    if item_id is None:
        return None
    return Claimed(item_id=item_id, lease_token=token, expires_at=expires_at)


def _position(session: Session, site_ids: Sequence[UUID], item_id: UUID | None) -> Position | None:
    item = None if item_id is None else review.find_item(session, site_ids, item_id)
    return None if item is None else Position(item.rank, item.created_at, item.id)


def claim(item_id: UUID, *, reviewer: Reviewer, session: Session, services: Services) -> Claimed:
    """Claim one named item (again, to renew a lease). Raises what stands in the way."""
    now = services.clock.now()
    token = services.secrets.token("mod_lease_")
    expires_at = lease_expiry(now)
    with transaction(session):
        item = review.find_item(session, reviewer.site_ids, item_id)
        if item is None or item.site_id not in reviewer.sites_for(item.state):
            raise ItemUnknown
        claimed = review.claim_item(
            session,
            reviewer.sites_for(item.state),
            item_id,
            item.state,
            account_id=reviewer.account_id,
            lease_hash=services.secrets.digest(token),
            lease_expires_at=expires_at,
            now=now,
        )
        if claimed is None:
            raise _what_stands_in_the_way(session, reviewer, item_id)
        review.release(session, reviewer.account_id, but=item_id)
    return Claimed(item_id=item_id, lease_token=token, expires_at=expires_at)


def release(*, reviewer: Reviewer, session: Session) -> None:
    """Give back everything this person holds."""
    with transaction(session):
        review.release(session, reviewer.account_id)


def decide(ruling: Ruling, *, reviewer: Reviewer, session: Session, services: Services) -> Decided:
    """Carry out a ruling. Asking again for what one has just decided returns that decision."""
    _check(ruling)
    now = services.clock.now()
    with transaction(session):
        item = review.find_item(session, reviewer.site_ids, ruling.item_id)
        if item is None:
            raise ItemUnknown
        is_closed = review.close(
            session,
            ruling.item_id,
            account_id=reviewer.account_id,
            lease_hash=services.secrets.digest(ruling.lease_token),
            revision=ruling.revision,
            state=ItemState.ESCALATED if ruling.kind is DecisionKind.ESCALATE else ItemState.DECIDED,
            now=now,
        )
        if not is_closed:
            return _same_again(session, ruling, reviewer)
        comment = changes.lock_comment(session, item.site_id, item.comment_id)
        decision = Decision(
            id=services.ids.new(),
            site_id=item.site_id,
            item_id=item.id,
            comment_id=item.comment_id,
            account_id=reviewer.account_id,
            kind=ruling.kind,
            status_before=comment.status,
            reason=ruling.reason,
            note=ruling.note,
            undoes_id=None,
            created_at=now,
        )
        review.add_decision(session, decision)
        _carry_out(
            session, decision, comment, reviewer.actor, changes.Moment(now=now, new_id=services.ids.new)
        )
    services.log.info(
        "item.decided",
        site_id=str(decision.site_id),
        comment_id=str(decision.comment_id),
        kind=decision.kind,
        account_id=str(reviewer.account_id),
    )
    return _decided(decision)


def _check(ruling: Ruling) -> None:
    faults = []
    if (ruling.kind is DecisionKind.REJECT) != (ruling.reason is not None):
        faults.append(Fault("/reason", "required" if ruling.reason is None else "unexpected"))
    if ruling.kind is DecisionKind.UNDO:
        faults.append(Fault("/kind", "unexpected"))
    if ruling.note is not None:
        faults += faults_of_string("/note", ruling.note, MAX_NOTE_CHARS)
    if faults:
        raise Invalid(faults)


def _carry_out(
    session: Session, decision: Decision, comment: Comment, actor: Actor, moment: changes.Moment
) -> None:
    """Make a decision true: the status by the one door, or the escalation's own event."""
    if decision.kind is DecisionKind.ESCALATE:
        event = Event(
            name=EventName.ITEM_ESCALATED,
            actor=actor,
            subject_kind="comment",
            subject_id=decision.comment_id,
            site_id=decision.site_id,
            new={"item_id": str(decision.item_id)},
        )
        outbox.record(session, event, now=moment.now)
        outbox.post(
            session, event, {"comment_id": str(decision.comment_id)}, event_id=moment.new_id(), now=moment.now
        )
        return
    new = STATUS_AFTER[decision.kind]
    changes.apply(session, comment, new, reason=decision.reason, actor=actor, moment=moment)
    comment.is_told = True
    approved, rejected = _RECORD[decision.kind]
    comments.count_decision(session, comment.author_id, approved=approved, rejected=rejected)


def _same_again(session: Session, ruling: Ruling, reviewer: Reviewer) -> Decided:
    """Answer a decision that found its item closed: the very same one by the same person stands, others are late."""
    made = review.last_decision(session, ruling.item_id)
    if (
        made is not None
        and made.decision.account_id == reviewer.account_id
        and made.decision.kind is ruling.kind
        and made.decision.reason is ruling.reason
    ):
        return _decided(made.decision)
    raise _what_stands_in_the_way(session, reviewer, ruling.item_id, ruling.revision)


def _what_stands_in_the_way(
    session: Session, reviewer: Reviewer, item_id: UUID, revision: int | None = None
) -> Conflict:
    item = review.find_item(session, reviewer.site_ids, item_id)
    made = review.last_decision(session, item_id)
    if made is not None and made.decision.kind in STATUS_AFTER:
        return _already_decided(made)
    if item is None or revision is None or item.revision == revision:
        return LeaseLost(holder=None if item is None else _holder(session, item, reviewer))
    return RevisionStale()


def _already_decided(made: MadeDecision) -> AlreadyDecided:
    return AlreadyDecided(by=made.by, kind=made.decision.kind, at=made.decision.created_at)


def _holder(session: Session, item: ReviewItem, reviewer: Reviewer) -> str | None:
    """Name who holds an item now, unless it is the asker (whose other window took it over)."""
    if item.claimed_by is None or item.claimed_by == reviewer.account_id:
        return None
    return accounts.name_of(session, item.claimed_by)


def _decided(decision: Decision) -> Decided:
    return Decided(
        decision_id=decision.id,
        item_id=decision.item_id,
        comment_id=decision.comment_id,
        kind=decision.kind,
        reason=decision.reason,
    )


def undo(decision_id: UUID, *, reviewer: Reviewer, session: Session, services: Services) -> Claimed:
    """Take back one's own decision: the comment is what it was before and waits again, claimed by whoever undid it.

    Refused (`UndoTooLate`) after half an hour, when it has been undone already, or when somebody else has
    changed the comment since: then another decision is the way, not an undo.
    """
    now = services.clock.now()
    moment = changes.Moment(now=now, new_id=services.ids.new)
    token = services.secrets.token("mod_lease_")
    expires_at = lease_expiry(now)
    lease_hash = services.secrets.digest(token)
    with transaction(session):
        decision = review.find_decision(session, reviewer.site_ids, decision_id)
        if (
            decision is None
            or decision.account_id != reviewer.account_id
            or decision.kind is DecisionKind.UNDO
        ):
            raise ItemUnknown
        if now - decision.created_at > UNDO_WINDOW:
            raise UndoTooLate
        old_item = review.lock_item(session, decision.item_id)
        comment = changes.lock_comment(session, decision.site_id, decision.comment_id)
        if review.is_undone(session, decision.id) or not _still_stands(decision, comment.status, old_item):
            raise UndoTooLate
        review.add_decision(
            session,
            Decision(
                id=services.ids.new(),
                site_id=decision.site_id,
                item_id=decision.item_id,
                comment_id=decision.comment_id,
                account_id=reviewer.account_id,
                kind=DecisionKind.UNDO,
                status_before=comment.status,
                reason=None,
                note=None,
                undoes_id=decision.id,
                created_at=now,
            ),
        )
        changes.apply(session, comment, decision.status_before, actor=reviewer.actor, moment=moment)
        approved, rejected = _RECORD[decision.kind]
        comments.count_decision(session, comment.author_id, approved=-approved, rejected=-rejected)
        review.release(session, reviewer.account_id)
        if decision.kind is DecisionKind.ESCALATE:
            review.drop_open_items(session, comment.id, now=now)
        item = _waiting_again(old_item, comment.revision, item_id=services.ids.new())
        item.claimed_by, item.lease_hash, item.lease_expires_at = reviewer.account_id, lease_hash, expires_at
        session.flush()
        review.enqueue(session, item)
    return Claimed(item_id=item.id, lease_token=token, expires_at=expires_at)


def _still_stands(decision: Decision, status: Status, item: ReviewItem) -> bool:
    """Say whether nothing has happened to the comment since the decision."""
    if decision.kind is DecisionKind.ESCALATE:
        return item.state is ItemState.ESCALATED
    return status is STATUS_AFTER[decision.kind]


def _waiting_again(old: ReviewItem, revision: int, *, item_id: UUID) -> ReviewItem:
    """Make a new item of an undone one: the closed item stays as history, the new one keeps its age."""
    causes = tuple(dict.fromkeys((*(Cause(cause) for cause in old.causes), Cause.UNDONE)))
    return ReviewItem(
        id=item_id,
        site_id=old.site_id,
        comment_id=old.comment_id,
        revision=revision,
        state=ItemState.WAITING,
        causes=[str(cause) for cause in causes],
        rank=-priority(causes, severity=-old.rank % 1_000),
        created_at=old.created_at,
        due_at=old.created_at + DEADLINE,
        claimed_by=None,
        lease_hash=None,
        lease_expires_at=None,
        closed_at=None,
    )

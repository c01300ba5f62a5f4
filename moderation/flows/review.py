"""Review: claim items, decide them one by one, put them aside, undo a decision. Many at one stroke are `bulk`.

    claim_some / claim   conditional UPDATEs give an item to exactly one moderator, for the lease
    decide               the lease, the token and the revision must still hold → the item is closed,
                         the decision written and carried out: one transaction
    hold                 a lease of a day: the item is put aside for whoever holds it
    undo                 a decision of its own: the comment waits again, claimed by whoever undid it

A late decision is refused and told who was faster (`AlreadyDecided`) or who holds the item now (`LeaseLost`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.draft import faults_of_string
from moderation.domain.errors import (
    AlreadyDecided,
    Conflict,
    Fault,
    Invalid,
    ItemUnknown,
    LeaseLost,
    NotPermitted,
    RevisionStale,
    UndoTooLate,
)
from moderation.domain.reasons import Reason
from moderation.domain.review import (
    HOLD,
    MAX_NOTE_CHARS,
    MOST_HELD,
    OPEN_STATES,
    STATUS_AFTER,
    DecisionKind,
    ItemState,
    Lease,
    Reviewer,
    lease_expiry,
    may_decide,
)
from moderation.ports import Services
from moderation.store import accounts, appeals, changes, comments, decisions, queue, review
from moderation.store.decisions import RECORD, MadeDecision
from moderation.store.queue import Position, Stretch
from moderation.store.tables import Decision, ReviewItem
from moderation.store.transaction import reading, transaction

UNDO_BATCH = 50

__all__ = [
    "Claimed",
    "Decided",
    "Reviewer",
    "Ruling",
    "claim",
    "claim_some",
    "decide",
    "give_back",
    "hold",
    "holding",
    "release",
    "renew",
    "undo",
    "undo_batch",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """An item that is now the moderator's, until the lease ends."""

    item_id: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a moderator wants done with an item he holds, and which revision he has read."""

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


# Claims ------------------------------------------------------------------------------------------


def claim_some(
    reviewer: Reviewer,
    queue_of: ItemState,
    *,
    token: str,
    most: int,
    keep: Sequence[UUID] = (),
    beyond: UUID | None = None,
    is_forward: bool = True,
    session: Session,
    services: Services,
) -> list[Claimed]:
    """Claim up to `most` further items of a queue, in its order; renew those to keep, give back all others.

    `beyond` names the item to move on from (or back from). At the end of the queue it starts again at the head. What
    the person has put aside (`hold`) stays his and is not claimed here.
    """
    now = services.clock.now()
    site_ids = reviewer.sites_for(queue_of)
    lease = _lease(reviewer, token, services, now)
    with transaction(session):
        queue.keep_only(session, keep, lease, now=now)
        position = None if beyond is None else queue.find_position(session, site_ids, beyond)
        stretch = Stretch(
            state=queue_of,
            account_id=reviewer.account_id,
            now=now,
            but=tuple(keep),
            beyond=position,
            is_forward=is_forward,
        )
        claimed = _claim_along(session, site_ids, stretch, lease, most)
        if len(claimed) < most and position is not None:
            got = [place.id for place in claimed]
            rest = replace(stretch, but=(*stretch.but, *got), beyond=None)
            claimed += _claim_along(session, site_ids, rest, lease, most - len(claimed))
    return [Claimed(item_id=place.id, expires_at=lease.expires_at) for place in claimed]


def _claim_along(
    session: Session, site_ids: Sequence[UUID], stretch: Stretch, lease: Lease, most: int
) -> list[Position]:
    """Claim along one queue, or along the queues of several sites as if they were one.

    Of several, the site that begins earliest gives what it has up to where the next one begins, and so on.
    """
    if len(site_ids) == 1 and most > 0:
        return queue.claim_of_site(session, site_ids[0], stretch, lease, most=most)
    claimed: list[Position] = []
    left = list(site_ids)
    while left and len(claimed) < most:
        rest = replace(stretch, but=(*stretch.but, *(place.id for place in claimed)))
        first = queue.first_of_sites(session, left, rest)
        if not first:
            break
        site_id, up_to = first[0][0], first[1][1] if len(first) > 1 else None
        wanted = most - len(claimed)
        got = queue.claim_of_site(session, site_id, rest, lease, most=wanted, up_to=up_to)
        if not got:
            # Somebody else has just taken those, or is about to: what comes after them will do.
            got = queue.claim_of_site(session, site_id, rest, lease, most=1)
        if not got:
            left.remove(site_id)
        claimed += got
    return claimed


def claim(item_id: UUID, *, token: str, reviewer: Reviewer, session: Session, services: Services) -> Claimed:
    """Claim one named item: from a list, again after its lease ran out, or one put aside.

    Raises what stands in the way, or `NotPermitted` for a judgement about his own decision. What the person holds
    besides stays his.
    """
    now = services.clock.now()
    lease = _lease(reviewer, token, services, now)
    with transaction(session):
        item = review.find_item(session, reviewer.site_ids, item_id)
        if item is None or item.site_id not in reviewer.sites_for(item.state):
            raise ItemUnknown
        if item.not_for == reviewer.account_id:
            raise NotPermitted
        sites = reviewer.sites_for(item.state)
        if not queue.claim_item(session, sites, item_id, item.state, lease, now=now):
            raise _what_stands_in_the_way(session, reviewer, item_id)
    return Claimed(item_id=item_id, expires_at=lease.expires_at)


def holding(*, token: str, reviewer: Reviewer, session: Session, services: Services) -> list[Claimed]:
    """Return what this browser session holds, in the queue's order; without what is put aside."""
    with reading(session):
        held = queue.claimed_by(
            session,
            reviewer.account_id,
            now=services.clock.now(),
            token_hash=services.secrets.digest(token),
        )
    return [Claimed(item_id=item_id, expires_at=expires_at) for item_id, expires_at in held]


def renew(*, token: str, reviewer: Reviewer, session: Session, services: Services) -> datetime | None:
    """Lengthen every lease that this browser session holds; None when it holds none any more."""
    now = services.clock.now()
    lease = _lease(reviewer, token, services, now)
    with transaction(session):
        renewed = queue.renew(session, lease, now=now)
    return lease.expires_at if renewed else None


def release(*, reviewer: Reviewer, session: Session) -> None:
    """Give back everything this person holds, except what is put aside."""
    with transaction(session):
        queue.release(session, reviewer.account_id)


def give_back(
    items: Sequence[UUID],
    *,
    as_of: datetime,
    token: str,
    reviewer: Reviewer,
    session: Session,
    services: Services,
) -> None:
    """Give back items that a page held when it heard of them last, and goes away.

    `as_of` is that moment: what the next page of the same browser has claimed since stays claimed, though this may
    arrive after it.
    """
    with transaction(session):
        queue.give_back(session, items, _lease(reviewer, token, services, as_of))


def hold(item_id: UUID, *, token: str, reviewer: Reviewer, session: Session, services: Services) -> Claimed:
    """Put an item aside for a day: nobody else gets it, and `claim` takes it up again. After that anybody may.

    Raises `Invalid` when the person has put aside as much as one may, or what stands in the way.
    """
    now = services.clock.now()
    lease = _lease(reviewer, token, services, now, lasts=HOLD)
    with transaction(session):
        if review.find_item(session, reviewer.site_ids, item_id) is None:
            raise ItemUnknown
        if queue.count_held(session, reviewer.account_id, now=now) >= MOST_HELD:
            raise Invalid([Fault("/hold", "too-many", MOST_HELD)])
        if not queue.hold(session, item_id, lease, now=now):
            raise _what_stands_in_the_way(session, reviewer, item_id)
    return Claimed(item_id=item_id, expires_at=lease.expires_at)


def _lease(
    reviewer: Reviewer, token: str, services: Services, now: datetime, lasts: timedelta | None = None
) -> Lease:
    expires_at = lease_expiry(now) if lasts is None else now + lasts
    return Lease(
        account_id=reviewer.account_id, token_hash=services.secrets.digest(token), expires_at=expires_at
    )


# Decisions ---------------------------------------------------------------------------------------


def decide(ruling: Ruling, *, reviewer: Reviewer, session: Session, services: Services) -> Decided:
    """Carry out a ruling. Asking again for what one has just decided returns that decision."""
    _check(ruling)
    now = services.clock.now()
    with transaction(session):
        item = review.find_item(session, reviewer.site_ids, ruling.item_id)
        if item is None:
            raise ItemUnknown
        is_possible = item.state not in OPEN_STATES or may_decide(item.state, ruling.kind)
        is_closed = is_possible and review.close(
            session,
            ruling.item_id,
            account_id=reviewer.account_id,
            lease_hash=services.secrets.digest(ruling.lease_token),
            revision=ruling.revision,
            values=_after(item, ruling.kind, now),
            now=now,
        )
        if not is_closed:
            return _same_again(session, ruling, reviewer, is_possible=is_possible)
        comment = changes.lock_comment(session, item.site_id, item.comment_id, thread_id=item.thread_id)
        decision = Decision(
            id=services.ids.new(),
            site_id=item.site_id,
            item_id=item.id,
            comment_id=item.comment_id,
            account_id=reviewer.account_id,
            kind=ruling.kind,
            queue=item.state,
            status_before=comment.status,
            reason_before=comment.reason,
            reason=ruling.reason,
            note=ruling.note,
            undoes_id=None,
            checks_id=item.checks_id if item.state is ItemState.SECOND_LOOK else None,
            batch_id=None,
            created_at=now,
        )
        moment = changes.Moment(now=now, new_id=services.ids.new)
        decisions.carry_out(session, decision, comment, reviewer.actor, moment)
    services.log.info(
        "item.decided",
        site_id=str(decision.site_id),
        comment_id=str(decision.comment_id),
        kind=decision.kind,
        account_id=str(reviewer.account_id),
    )
    return _decided(decision)


def _after(item: ReviewItem, kind: DecisionKind, now: datetime) -> dict[str, object]:
    return review.escalated(item, now) if kind is DecisionKind.ESCALATE else review.decided(now)


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


def _same_again(session: Session, ruling: Ruling, reviewer: Reviewer, *, is_possible: bool) -> Decided:
    """Answer a decision that found its item closed: the very same one by the same person stands, others are late."""
    made = decisions.last_decision(session, ruling.item_id)
    if (
        made is not None
        and made.decision.account_id == reviewer.account_id
        and made.decision.kind is ruling.kind
        and made.decision.reason is ruling.reason
    ):
        return _decided(made.decision)
    if not is_possible:
        raise Invalid([Fault("/kind", "unexpected")])
    raise _what_stands_in_the_way(session, reviewer, ruling.item_id, ruling.revision)


def _what_stands_in_the_way(
    session: Session, reviewer: Reviewer, item_id: UUID, revision: int | None = None
) -> Conflict:
    item = review.find_item(session, reviewer.site_ids, item_id)
    made = decisions.last_decision(session, item_id)
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


# Undo --------------------------------------------------------------------------------------------


def undo(
    decision_id: UUID, *, token: str, reviewer: Reviewer, session: Session, services: Services
) -> Claimed:
    """Take back one's own decision: the comment is what it was before and waits again, claimed by whoever undid it.

    Refused (`UndoTooLate`) after half an hour, when it has been undone already, or when somebody else has
    changed the comment since: then another decision is the way, not an undo.
    """
    now = services.clock.now()
    lease = _lease(reviewer, token, services, now)
    with transaction(session):
        item_id = _take_back(session, decision_id, reviewer, services, lease)
    return Claimed(item_id=item_id, expires_at=lease.expires_at)


def undo_batch(batch_id: UUID, *, reviewer: Reviewer, session: Session, services: Services) -> int:
    """Take back what can still be taken back of one's own decisions at one stroke; say how many that were.

    What waits again is free for anybody. Asking again goes on where it stopped.
    """
    now = services.clock.now()
    undone, last = 0, None
    while True:
        with reading(session):
            found = decisions.undoable_of_batch(
                session,
                reviewer.site_ids,
                batch_id,
                reviewer.account_id,
                now=now,
                after=last,
                most=UNDO_BATCH,
            )
        if not found:
            return undone
        for last in found:
            try:
                with transaction(session):
                    _take_back(session, last, reviewer, services, None)
                undone += 1
            except UndoTooLate:
                continue


def _take_back(
    session: Session, decision_id: UUID, reviewer: Reviewer, services: Services, lease: Lease | None
) -> UUID:
    """Undo one decision in the caller's transaction; return the new item, held by this lease or by nobody."""
    now = services.clock.now()
    decision = decisions.find_decision(session, reviewer.site_ids, decision_id)
    if decision is None or decision.account_id != reviewer.account_id or decision.kind is DecisionKind.UNDO:
        raise ItemUnknown
    if not decisions.is_recent(decision, now):
        raise UndoTooLate
    old_item, open_item = review.lock_items(session, decision.comment_id, decision.item_id)
    comment = changes.lock_comment(session, decision.site_id, decision.comment_id)
    if (
        decisions.is_undone(session, decision.id)
        or not decisions.stands(decision, comment.status, old_item)
        or decisions.is_overtaken(session, decision)
        or not _may_be_dropped(decision, open_item)
    ):
        raise UndoTooLate
    if open_item is not None:
        review.drop(open_item, now)
        session.flush()
    undoing = Decision(
        id=services.ids.new(),
        site_id=decision.site_id,
        item_id=decision.item_id,
        comment_id=decision.comment_id,
        account_id=reviewer.account_id,
        kind=DecisionKind.UNDO,
        queue=decision.queue,
        status_before=comment.status,
        reason_before=comment.reason,
        reason=None,
        note=None,
        undoes_id=decision.id,
        checks_id=decision.checks_id,
        batch_id=None,
        created_at=now,
    )
    session.add(undoing)
    if decision.checks_id is not None or comment.status is decision.status_before:
        decisions.tell_of_undoing(session, decision, reviewer.actor, now=now)
    if decision.checks_id is None:
        moment = changes.Moment(now=now, new_id=services.ids.new)
        approved, rejected = RECORD[decision.kind]
        if decision.queue is ItemState.APPEALED:
            approved, rejected = appeals.reopen(
                session, comment, decision.kind, actor=reviewer.actor, moment=moment
            )
        comments.count_decision(session, comment.author_id, approved=-approved, rejected=-rejected)
        changes.apply(
            session,
            comment,
            decision.status_before,
            reason=decision.reason_before,
            actor=reviewer.actor,
            moment=moment,
        )
        decisions.reopen_reports(session, decision, comment, reviewer.actor, moment)
    item = review.waiting_again(old_item, decision.queue, comment.revision, new_id=services.ids.new())
    # At the head of its queue: whoever undid it waits for it, and loses it to nobody further down.
    item.due_at = min(item.due_at, queue.head_due_at(session, item.site_id, item.state) or item.due_at)
    if lease is not None:
        item.claimed_by, item.lease_hash = lease.account_id, lease.token_hash
        item.lease_expires_at = lease.expires_at
    review.add(session, item)
    return item.id


def _may_be_dropped(decision: Decision, item: ReviewItem | None) -> bool:
    """Say whether the comment waits for nothing but what came of the decision itself, or of chance."""
    if item is None or item.state is ItemState.PATROL:
        return True
    if decision.kind is DecisionKind.ESCALATE:
        return item.id == decision.item_id
    if decision.checks_id is not None:
        return item.state is ItemState.ESCALATED and item.checks_id == decision.checks_id
    return item.state is ItemState.SECOND_LOOK and item.checks_id == decision.id

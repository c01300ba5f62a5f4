"""What moderators read: cards, queues, counts, the thread around a comment, the audit. Reads only.

Unlike `reading`, these show original texts of every status: only the console's flows may ask, for the sites of an
account that may review there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from moderation.domain.comment import Status
from moderation.domain.events import ActorKind, EventName
from moderation.domain.reasons import Reason
from moderation.domain.review import OPEN_STATES, DecisionKind, ItemState
from moderation.rules import Thresholds, Verdict
from moderation.store.tables import (
    Account,
    AuditEvent,
    Author,
    Comment,
    Decision,
    Evaluation,
    ReviewItem,
    Revision,
    RuleSetVersion,
    Site,
    StoredMatch,
    Thread,
)
from moderation.store.written import thresholds_of

_Claimer = aliased(Account, name="claimer")


@dataclass(frozen=True, slots=True)
class Card:
    """One item as a moderator reads it."""

    item_id: UUID
    site_id: UUID
    site_key: str
    site_name: str
    state: ItemState
    causes: list[str]
    rank: int
    created_at: datetime
    due_at: datetime
    claimed_by: UUID | None
    claimer: str | None
    lease_expires_at: datetime | None
    comment_id: UUID
    revision: int
    status: Status
    nickname: str
    link: str | None
    text: str
    written_at: datetime
    parent_id: UUID | None
    root_id: UUID | None
    text_hash: bytes
    thread_id: UUID
    thread_key: str
    thread_title: str | None
    thread_url: str | None
    author_id: UUID | None
    approved_count: int | None
    rejected_count: int | None
    banned_until: datetime | None


def _cards() -> Select[*tuple[Any, ...]]:
    return (
        select(
            ReviewItem.id,
            ReviewItem.site_id,
            Site.key,
            Site.name,
            ReviewItem.state,
            ReviewItem.causes,
            ReviewItem.rank,
            ReviewItem.created_at,
            ReviewItem.due_at,
            ReviewItem.claimed_by,
            _Claimer.name,
            ReviewItem.lease_expires_at,
            Comment.id,
            ReviewItem.revision,
            Comment.status,
            Revision.nickname,
            Revision.link,
            Revision.text,
            Comment.created_at,
            Comment.parent_id,
            Comment.root_id,
            Comment.text_hash,
            Thread.id,
            Thread.key,
            Thread.title,
            Thread.url,
            Author.id,
            Author.approved_count,
            Author.rejected_count,
            Author.banned_until,
        )
        .join(Site, Site.id == ReviewItem.site_id)
        .join(Comment, Comment.id == ReviewItem.comment_id)
        .join(Revision, and_(Revision.comment_id == Comment.id, Revision.number == ReviewItem.revision))
        .join(Thread, Thread.id == Comment.thread_id)
        .outerjoin(Author, Author.id == Comment.author_id)
        .outerjoin(_Claimer, _Claimer.id == ReviewItem.claimed_by)
    )


def card(session: Session, site_ids: Sequence[UUID], item_id: UUID) -> Card | None:
    """Return one item of these sites."""
    row = session.execute(
        _cards().where(ReviewItem.id == item_id, ReviewItem.site_id.in_(site_ids)),
    ).one_or_none()
    return None if row is None else Card(*row)


def queue(
    session: Session, site_ids: Sequence[UUID], state: ItemState, *, most: int, but: UUID | None = None
) -> list[Card]:
    """Return the head of a queue, in its order."""
    query = _cards().where(ReviewItem.site_id.in_(site_ids), ReviewItem.state == state)
    if but is not None:
        query = query.where(ReviewItem.id != but)
    query = query.order_by(ReviewItem.rank, ReviewItem.created_at, ReviewItem.id).limit(most)
    return [Card(*row) for row in session.execute(query)]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules made of a revision as a whole; the thresholds are those of the rule set that judged it."""

    verdict: Verdict
    score: int
    thresholds: Thresholds


def judged(session: Session, comment_id: UUID, revision: int) -> Judged:
    """Return what the rules last said of a revision."""
    row = session.execute(
        select(Evaluation.verdict, Evaluation.score, RuleSetVersion.thresholds)
        .outerjoin(RuleSetVersion, RuleSetVersion.id == Evaluation.rule_set_id)
        .where(Evaluation.comment_id == comment_id, Evaluation.revision == revision)
        .order_by(Evaluation.created_at.desc(), Evaluation.id.desc())
        .limit(1),
    ).one_or_none()
    if row is None:
        return Judged(Verdict.ALLOW, 0, Thresholds())
    return Judged(row.verdict, row.score, thresholds_of(row.thresholds) or Thresholds())


def matches_of(session: Session, comment_id: UUID, revision: int) -> Sequence[StoredMatch]:
    """Return the matches of a revision, by their place in the text."""
    return session.scalars(
        select(StoredMatch)
        .join(Evaluation, Evaluation.id == StoredMatch.evaluation_id)
        .where(Evaluation.comment_id == comment_id, Evaluation.revision == revision)
        .order_by(StoredMatch.field, StoredMatch.start, StoredMatch.stop.desc()),
    ).all()


def matches_of_many(session: Session, items: Sequence[Card]) -> dict[UUID, list[StoredMatch]]:
    """Return the matches of several cards in one query, by comment."""
    if not items:
        return {}
    wanted = or_(
        *(
            and_(Evaluation.comment_id == item.comment_id, Evaluation.revision == item.revision)
            for item in items
        ),
    )
    rows = session.execute(
        select(Evaluation.comment_id, StoredMatch)
        .join(StoredMatch, StoredMatch.evaluation_id == Evaluation.id)
        .where(wanted)
        .order_by(StoredMatch.field, StoredMatch.start, StoredMatch.stop.desc()),
    )
    found: dict[UUID, list[StoredMatch]] = {}
    for comment_id, match in rows:
        found.setdefault(comment_id, []).append(match)
    return found


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A comment of the same thread, as context."""

    id: UUID
    nickname: str
    text: str
    status: Status
    created_at: datetime
    parent_id: UUID | None
    root_id: UUID | None


def _neighbours() -> Select[UUID, str, str, Status, datetime, UUID | None, UUID | None]:
    return select(
        Comment.id,
        Revision.nickname,
        Revision.text,
        Comment.status,
        Comment.created_at,
        Comment.parent_id,
        Comment.root_id,
    ).join(Revision, and_(Revision.comment_id == Comment.id, Revision.number == Comment.revision))


def find_neighbour(session: Session, site_id: UUID, comment_id: UUID) -> Neighbour | None:
    """Return one comment of a site, whatever its status."""
    row = session.execute(
        _neighbours().where(Comment.id == comment_id, Comment.site_id == site_id)
    ).one_or_none()
    return None if row is None else Neighbour(*row)


def thread_around(session: Session, site_id: UUID, thread_id: UUID, *, most: int) -> list[Neighbour]:
    """Return a thread's latest comments of every status, in the order they were written."""
    rows = session.execute(
        _neighbours()
        .where(Comment.thread_id == thread_id, Comment.site_id == site_id)
        .order_by(Comment.created_at.desc(), Comment.id.desc())
        .limit(most),
    ).all()
    return [Neighbour(*row) for row in reversed(rows)]


def latest_decisions_on_author(
    session: Session, author_id: UUID, *, since: datetime, most: int
) -> list[tuple[DecisionKind, Reason | None, datetime]]:
    """Return what was decided lately on an author's comments, the latest first."""
    rows = session.execute(
        select(Decision.kind, Decision.reason, Decision.created_at)
        .join(Comment, Comment.id == Decision.comment_id)
        .where(
            Comment.author_id == author_id,
            Decision.created_at >= since,
            Decision.kind.in_((DecisionKind.APPROVE, DecisionKind.REJECT)),
        )
        .order_by(Decision.created_at.desc())
        .limit(most),
    )
    return list(rows)


def count_similar(session: Session, site_id: UUID, text_hash: bytes, *, but: UUID) -> int:
    """Count other waiting comments of the same group (`domain.repeats`)."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Comment)
            .where(
                Comment.site_id == site_id,
                Comment.text_hash == text_hash,
                Comment.status == Status.PENDING,
                Comment.id != but,
            ),
        )
        or 0
    )


def queue_lengths(session: Session, site_ids: Sequence[UUID]) -> dict[ItemState, int]:
    """Count what waits, by queue."""
    rows = session.execute(
        select(ReviewItem.state, func.count())
        .where(ReviewItem.site_id.in_(site_ids), ReviewItem.state.in_(OPEN_STATES))
        .group_by(ReviewItem.state),
    )
    found = dict(rows.all())
    return {state: found.get(state, 0) for state in OPEN_STATES}


def oldest_waiting(session: Session, site_ids: Sequence[UUID]) -> datetime | None:
    """Return since when the oldest item waits."""
    return session.scalar(
        select(func.min(ReviewItem.created_at)).where(
            ReviewItem.site_id.in_(site_ids),
            ReviewItem.state == ItemState.WAITING,
        ),
    )


def decided_since(
    session: Session, site_ids: Sequence[UUID], since: datetime, *, account_id: UUID | None = None
) -> list[tuple[DecisionKind, Reason | None, int]]:
    """Count decisions by kind and reason, of everybody or of one account."""
    query = (
        select(Decision.kind, Decision.reason, func.count())
        .where(Decision.site_id.in_(site_ids), Decision.created_at >= since)
        .group_by(Decision.kind, Decision.reason)
    )
    if account_id is not None:
        query = query.where(Decision.account_id == account_id)
    return list(session.execute(query))


def statuses_of(session: Session, site_ids: Sequence[UUID]) -> dict[Status, int]:
    """Count the comments of these sites by status."""
    rows = session.execute(
        select(Comment.status, func.count()).where(Comment.site_id.in_(site_ids)).group_by(Comment.status),
    )
    return dict(rows.all())


@dataclass(frozen=True, slots=True)
class OwnDecision:
    """A decision in the list of what an account decided."""

    id: UUID
    item_id: UUID
    comment_id: UUID
    kind: DecisionKind
    reason: Reason | None
    note: str | None
    created_at: datetime
    nickname: str
    text: str
    is_undone: bool


def decisions_by(
    session: Session, site_ids: Sequence[UUID], account_id: UUID, *, most: int
) -> list[OwnDecision]:
    """Return what an account decided, the latest first."""
    undo = aliased(Decision, name="undo")
    rows = session.execute(
        select(
            Decision.id,
            Decision.item_id,
            Decision.comment_id,
            Decision.kind,
            Decision.reason,
            Decision.note,
            Decision.created_at,
            Revision.nickname,
            Revision.text,
            undo.id.is_not(None),
        )
        .join(Comment, Comment.id == Decision.comment_id)
        .join(Revision, and_(Revision.comment_id == Comment.id, Revision.number == Comment.revision))
        .outerjoin(undo, undo.undoes_id == Decision.id)
        .where(
            Decision.site_id.in_(site_ids),
            Decision.account_id == account_id,
            Decision.kind != DecisionKind.UNDO,
        )
        .order_by(Decision.created_at.desc(), Decision.id.desc())
        .limit(most),
    )
    return [OwnDecision(*row) for row in rows]  # type: ignore[call-arg]  # SQLAlchemy's types count ten columns as more


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One line of the audit."""

    id: int
    site_key: str | None
    name: EventName
    subject_kind: str
    subject_id: UUID
    actor_kind: ActorKind
    actor: str | None
    reason: str | None
    old: dict[str, object]
    new: dict[str, object]
    created_at: datetime


def audit(
    session: Session,
    site_ids: Sequence[UUID],
    *,
    before: int | None,
    most: int,
    name: EventName | None = None,
    subject_id: UUID | None = None,
) -> list[AuditRow]:
    """Return a page of the audit of these sites, the latest first, before an event's number."""
    query = (
        select(
            AuditEvent.id,
            Site.key,
            AuditEvent.name,
            AuditEvent.subject_kind,
            AuditEvent.subject_id,
            AuditEvent.actor_kind,
            Account.name,
            AuditEvent.reason,
            AuditEvent.old,
            AuditEvent.new,
            AuditEvent.created_at,
        )
        .outerjoin(Site, Site.id == AuditEvent.site_id)
        .outerjoin(Account, Account.id == AuditEvent.actor_id)
        .where(AuditEvent.site_id.in_(site_ids))
        .order_by(AuditEvent.id.desc())
        .limit(most)
    )
    if before is not None:
        query = query.where(AuditEvent.id < before)
    if name is not None:
        query = query.where(AuditEvent.name == name)
    if subject_id is not None:
        query = query.where(AuditEvent.subject_id == subject_id)
    return [AuditRow(*row) for row in session.execute(query)]

"""What moderators read: cards, queues, counts, the thread around a comment. Reads only.

Unlike `reading`, these show original texts of every status: only the console's flows may ask, for the sites of an
account that may review there.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BindParameter, Integer, Select, and_, bindparam, func, select, union_all
from sqlalchemy.orm import Session, aliased

from moderation.domain.appeal import AppealState
from moderation.domain.comment import Status
from moderation.domain.reasons import Reason
from moderation.domain.review import SINGLE_STATES, DecisionKind, ItemState
from moderation.rules import Thresholds, Verdict
from moderation.store import reports
from moderation.store.tables import (
    Account,
    Appeal,
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
_Undo = aliased(Decision, name="undo")

# What a card asks for is asked all day: those queries are made once, for making one costs more than running it, and
# run by the connection, for the session would double their price.
_ITEMS: Final[BindParameter[UUID]] = bindparam("items", expanding=True)
_SITES: Final[BindParameter[UUID]] = bindparam("sites", expanding=True)


@dataclass(frozen=True, slots=True)
class Card:
    """One item as a moderator reads it."""

    item_id: UUID
    site_id: UUID
    site_key: str
    site_name: str
    state: ItemState
    causes: list[str]
    risk: int
    created_at: datetime
    due_at: datetime
    claimed_by: UUID | None
    claimer: str | None
    lease_expires_at: datetime | None
    is_held: bool
    """Put aside by whoever claimed it."""
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
    report_count: int
    """Of open reports."""
    is_signed_in: bool
    is_verified: bool | None
    """The portal named its author, and vouches for who he is."""


_CARDS: Final[Select[*tuple[Any, ...]]] = (
    select(
        ReviewItem.id,
        ReviewItem.site_id,
        Site.key,
        Site.name,
        ReviewItem.state,
        ReviewItem.causes,
        ReviewItem.risk,
        ReviewItem.created_at,
        ReviewItem.due_at,
        ReviewItem.claimed_by,
        _Claimer.name,
        ReviewItem.lease_expires_at,
        ReviewItem.is_held,
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
        reports.count_open(Comment.id),
        Author.subject.is_not(None),
        Author.is_verified,
    )
    .join(Site, Site.id == ReviewItem.site_id)
    .join(Comment, Comment.id == ReviewItem.comment_id)
    .join(Revision, and_(Revision.comment_id == Comment.id, Revision.number == ReviewItem.revision))
    .join(Thread, Thread.id == Comment.thread_id)
    .outerjoin(Author, Author.id == Comment.author_id)
    .outerjoin(_Claimer, _Claimer.id == ReviewItem.claimed_by)
    .where(ReviewItem.id.in_(_ITEMS), ReviewItem.site_id.in_(_SITES))
)


def card(session: Session, site_ids: Sequence[UUID], item_id: UUID) -> Card | None:
    """Return one item of these sites."""
    found = cards(session, site_ids, [item_id])
    return found[0] if found else None


def cards(session: Session, site_ids: Sequence[UUID], item_ids: Sequence[UUID]) -> list[Card]:
    """Return items of these sites in the order they are named; those that do not exist are left out."""
    if not item_ids:
        return []
    rows = session.connection().execute(_CARDS, {"items": item_ids, "sites": site_ids})
    found = {row[0]: Card(*row) for row in rows}
    return [found[item_id] for item_id in item_ids if item_id in found]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules made of a revision as a whole; the thresholds are those of the rule set that judged it."""

    verdict: Verdict
    score: int
    thresholds: Thresholds


NOT_JUDGED = Judged(Verdict.ALLOW, 0, Thresholds())
"""Of a revision that no rules have seen."""


_OF_ITEM: Final = and_(
    ReviewItem.comment_id == Evaluation.comment_id, ReviewItem.revision == Evaluation.revision
)
_JUDGED: Final = (
    select(Evaluation.comment_id, Evaluation.verdict, Evaluation.score, RuleSetVersion.thresholds)
    .join(ReviewItem, _OF_ITEM)
    .outerjoin(RuleSetVersion, RuleSetVersion.id == Evaluation.rule_set_id)
    .where(ReviewItem.id.in_(_ITEMS))
    .order_by(Evaluation.created_at, Evaluation.id)
)
_MATCHES: Final = (
    select(Evaluation.comment_id, StoredMatch)
    .join(ReviewItem, _OF_ITEM)
    .join(StoredMatch, StoredMatch.evaluation_id == Evaluation.id)
    .where(ReviewItem.id.in_(_ITEMS))
    .order_by(StoredMatch.field, StoredMatch.start, StoredMatch.stop.desc())
)


def judged_of_many(session: Session, items: Sequence[Card]) -> dict[UUID, Judged]:
    """Return what the rules last said of several cards, by comment."""
    if not items:
        return {}
    rows = session.connection().execute(_JUDGED, {"items": [item.item_id for item in items]})
    return {
        comment_id: Judged(verdict, score, thresholds_of(thresholds) or Thresholds())
        for comment_id, verdict, score, thresholds in rows
    }


def matches_of_many(session: Session, items: Sequence[Card]) -> dict[UUID, list[StoredMatch]]:
    """Return the matches of several cards in one query, by comment."""
    if not items:
        return {}
    found: dict[UUID, list[StoredMatch]] = {}
    for comment_id, match in session.execute(_MATCHES, {"items": [item.item_id for item in items]}):
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


def neighbours(session: Session, comment_ids: Sequence[UUID]) -> dict[UUID, Neighbour]:
    """Return comments, whatever their status, by id."""
    if not comment_ids:
        return {}
    rows = session.execute(_neighbours().where(Comment.id.in_(comment_ids)))
    return {row[0]: Neighbour(*row) for row in rows}


@dataclass(frozen=True, slots=True)
class Earlier:
    """A decision made before, on a comment or on its author."""

    comment_id: UUID
    author_id: UUID | None
    kind: DecisionKind
    reason: Reason | None
    note: str | None
    by: str
    created_at: datetime
    is_undone: bool


_EARLIER: Final[Select[*tuple[Any, ...]]] = (
    select(
        Decision.comment_id,
        Comment.author_id,
        Decision.kind,
        Decision.reason,
        Decision.note,
        Account.name,
        Decision.created_at,
        _Undo.id.is_not(None),
    )
    .join(Comment, Comment.id == Decision.comment_id)
    .join(Account, Account.id == Decision.account_id)
    .outerjoin(_Undo, _Undo.undoes_id == Decision.id)
    .where(Decision.kind != DecisionKind.UNDO, Decision.checks_id.is_(None))
    .order_by(Decision.created_at.desc(), Decision.id.desc())
)


@dataclass(frozen=True, slots=True)
class Objection:
    """An appeal that waits to be judged, and the refusal it is about."""

    text: str
    created_at: datetime
    reason: Reason
    by: str | None
    """None where the rules refused."""
    note: str | None
    refused_at: datetime | None


_OBJECTIONS: Final = (
    select(
        Appeal.comment_id,
        Appeal.text,
        Appeal.created_at,
        Appeal.reason_before,
        Account.name,
        Decision.note,
        Decision.created_at,
    )
    .outerjoin(Decision, Decision.id == Appeal.decision_id)
    .outerjoin(Account, Account.id == Decision.account_id)
    .where(Appeal.comment_id.in_(bindparam("comments", expanding=True)), Appeal.state == AppealState.OPEN)
)


def objections_of(session: Session, items: Sequence[Card]) -> dict[UUID, Objection]:
    """Return the appeals that cards are about, by comment; no query where there is none among them."""
    appealed = [item.comment_id for item in items if item.state is ItemState.APPEALED]
    if not appealed:
        return {}
    rows = session.connection().execute(_OBJECTIONS, {"comments": appealed})
    found: dict[UUID, Objection] = {}
    for comment_id, text, created_at, reason, by, note, refused_at in rows:
        found[comment_id] = Objection(text, created_at, reason, by, note, refused_at)
    return found


_ON_COMMENTS: Final = _EARLIER.where(Decision.comment_id.in_(bindparam("comments", expanding=True)))


def decisions_on(session: Session, comment_ids: Sequence[UUID]) -> dict[UUID, list[Earlier]]:
    """Return what was decided on comments, the latest first; second looks are nobody's business but the seniors'."""
    found: dict[UUID, list[Earlier]] = {}
    for row in session.connection().execute(_ON_COMMENTS, {"comments": comment_ids}):
        found.setdefault(row[0], []).append(Earlier(*row))
    return found


@cache
def _on_authors(number: int) -> Select[*tuple[Any, ...]]:
    """Make the query for so many authors. Each has a limit of his own, which one condition for all could not say."""
    latest = union_all(
        *(
            select(
                select(Comment.id)
                .where(Comment.author_id == bindparam(f"author_{one}"))
                .order_by(Comment.created_at.desc())
                .limit(bindparam("of_latest", type_=Integer))
                .subquery()
                .c.id
            )
            for one in range(number)
        )
    ).subquery()
    return _EARLIER.where(
        Decision.comment_id.in_(select(latest.c.id)),
        Decision.created_at >= bindparam("since"),
        Decision.kind.in_((DecisionKind.APPROVE, DecisionKind.REJECT)),
    )


def decisions_on_authors(
    session: Session, author_ids: Collection[UUID], *, since: datetime, of_latest: int
) -> dict[UUID, list[Earlier]]:
    """Return what was decided lately on the latest comments of authors and stands, the latest decision first."""
    if not author_ids:
        return {}
    named = {f"author_{one}": author_id for one, author_id in enumerate(author_ids)}
    asked = {"since": since, "of_latest": of_latest, **named}
    found: dict[UUID, list[Earlier]] = {}
    for row in session.connection().execute(_on_authors(len(author_ids)), asked):
        earlier = Earlier(*row)
        if earlier.author_id is not None and not earlier.is_undone:
            found.setdefault(earlier.author_id, []).append(earlier)
    return found


_Same = aliased(ReviewItem, name="same")
_SIMILAR: Final = select(
    ReviewItem.id,
    select(func.count())
    .select_from(
        select(_Same.id)
        .where(
            _Same.site_id == ReviewItem.site_id,
            _Same.text_hash == ReviewItem.text_hash,
            _Same.closed_at.is_(None),
            _Same.state.not_in(SINGLE_STATES),
            _Same.id != ReviewItem.id,
        )
        .limit(bindparam("at_most", type_=Integer))
        .correlate(ReviewItem)
        .subquery()
    )
    .scalar_subquery(),
).where(ReviewItem.id.in_(_ITEMS))


def count_similar(session: Session, items: Sequence[Card], *, at_most: int) -> dict[UUID, int]:
    """Count what else waits of the groups of cards (`domain.repeats`), by item."""
    if not items:
        return {}
    rows = session.connection().execute(
        _SIMILAR, {"items": [item.item_id for item in items], "at_most": at_most}
    )
    return dict(rows.all())


def oldest_waiting(session: Session, site_ids: Sequence[UUID]) -> datetime | None:
    """Return since when the oldest item waits."""
    return session.scalar(
        select(func.min(ReviewItem.created_at)).where(
            ReviewItem.site_id.in_(site_ids),
            ReviewItem.state == ItemState.WAITING,
        ),
    )


def decided_since(
    session: Session, site_ids: Sequence[UUID], since: datetime
) -> list[tuple[DecisionKind, Reason | None, int]]:
    """Count decisions by kind and reason."""
    query = (
        select(Decision.kind, Decision.reason, func.count())
        .where(Decision.site_id.in_(site_ids), Decision.created_at >= since)
        .group_by(Decision.kind, Decision.reason)
    )
    return list(session.execute(query))


_OWN: Final = select(func.count()).where(
    Decision.site_id.in_(_SITES),
    Decision.account_id == bindparam("account"),
    Decision.created_at >= bindparam("since"),
    Decision.kind != DecisionKind.UNDO,
)


def count_own(session: Session, site_ids: Sequence[UUID], since: datetime, account_id: UUID) -> int:
    """Count what an account has decided since a moment."""
    asked = {"sites": site_ids, "account": account_id, "since": since}
    return session.connection().scalars(_OWN, asked).one()


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
    batch_id: UUID | None
    """What was decided at the same stroke."""
    is_undone: bool


_BY_ACCOUNT: Final[Select[*tuple[Any, ...]]] = (
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
        Decision.batch_id,
        _Undo.id.is_not(None),
    )
    .join(Comment, Comment.id == Decision.comment_id)
    .join(Revision, and_(Revision.comment_id == Comment.id, Revision.number == Comment.revision))
    .outerjoin(_Undo, _Undo.undoes_id == Decision.id)
    .where(
        Decision.site_id.in_(_SITES),
        Decision.account_id == bindparam("account"),
        Decision.kind != DecisionKind.UNDO,
    )
    .order_by(Decision.created_at.desc(), Decision.id.desc())
)
_LAST_STANDING: Final = _BY_ACCOUNT.where(_Undo.id.is_(None)).limit(1)


def decisions_by(
    session: Session, site_ids: Sequence[UUID], account_id: UUID, *, most: int
) -> list[OwnDecision]:
    """Return what an account decided, the latest first."""
    rows = session.execute(_BY_ACCOUNT.limit(most), {"sites": site_ids, "account": account_id})
    return [OwnDecision(*row) for row in rows]


def last_standing(session: Session, site_ids: Sequence[UUID], account_id: UUID) -> OwnDecision | None:
    """Return an account's latest decision that has not been undone."""
    row = (
        session.connection().execute(_LAST_STANDING, {"sites": site_ids, "account": account_id}).one_or_none()
    )
    return None if row is None else OwnDecision(*row)

"""The desk: what a moderator reads. Cards, queues, context, the day's figures, the audit. Reads only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.errors import ItemUnknown
from moderation.domain.events import EventName
from moderation.domain.policy import Standing, standing_of
from moderation.domain.reasons import Reason
from moderation.domain.review import UNDO_WINDOW, DecisionKind, ItemState
from moderation.ports import Services
from moderation.rules import Field, Kind
from moderation.store import desk, review
from moderation.store.desk import AuditRow, Card, Judged, Neighbour, OwnDecision
from moderation.store.tables import StoredMatch
from moderation.store.transaction import reading

AUTHOR_DAYS = 30
MOST_AUTHOR_DECISIONS = 10
MOST_CONTEXT = 60
MOST_OWN_DECISIONS = 100
AUDIT_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchView:
    """A match as it is marked on a card: where it is in the original text (code points), and what held."""

    field: Field
    start: int
    end: int
    term: str
    rule_key: str
    kind: Kind
    channel: str
    action: str
    category: Reason
    severity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """A card with everything a moderator needs to decide it."""

    card: Card
    matches: tuple[MatchView, ...]
    judged: Judged
    parent: Neighbour | None
    standing: Standing
    author_decisions: tuple[tuple[DecisionKind, Reason | None, datetime], ...]
    """On this author in the last 30 days, the latest first."""
    similar_count: int
    """Other waiting comments of the same group: the same text, or nearly."""
    is_overdue: bool


def card_view(site_ids: tuple[UUID, ...], item_id: UUID, *, session: Session, services: Services) -> CardView:
    """Return one card, whole. Raises `ItemUnknown`."""
    now = services.clock.now()
    with reading(session):
        card = desk.card(session, site_ids, item_id)
        if card is None:
            raise ItemUnknown
        matches = desk.matches_of(session, card.comment_id, card.revision)
        parent = (
            None if card.parent_id is None else desk.find_neighbour(session, card.site_id, card.parent_id)
        )
        decisions = (
            []
            if card.author_id is None
            else desk.latest_decisions_on_author(
                session, card.author_id, since=now - timedelta(days=AUTHOR_DAYS), most=MOST_AUTHOR_DECISIONS
            )
        )
        similar = desk.count_similar(session, card.site_id, card.text_hash, but=card.comment_id)
        return CardView(
            card=card,
            matches=tuple(_match(match) for match in matches),
            judged=desk.judged(session, card.comment_id, card.revision),
            parent=parent,
            standing=_standing(card, now),
            author_decisions=tuple(decisions),
            similar_count=similar,
            is_overdue=card.due_at < now,
        )


def _match(match: StoredMatch) -> MatchView:
    return MatchView(
        field=match.field,
        start=match.start,
        end=match.stop,
        term=match.term,
        rule_key=match.rule_key,
        kind=match.kind,
        channel=match.channel,
        action=match.action,
        category=match.category,
        severity=match.severity,
    )


def _standing(card: Card, now: datetime) -> Standing:
    return standing_of(
        approved=card.approved_count or 0,
        rejected=card.rejected_count or 0,
        is_banned=card.banned_until is not None and card.banned_until > now,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A card in a list: the card and what matched in it."""

    card: Card
    matches: tuple[MatchView, ...]


def queue_head(
    site_ids: tuple[UUID, ...], queue: ItemState, *, most: int, but: UUID | None = None, session: Session
) -> list[Row]:
    """Return the first items of a queue, in its order, except one (the one on the table)."""
    with reading(session):
        cards = desk.queue(session, site_ids, queue, most=most, but=but)
        matches = desk.matches_of_many(session, cards)
        return [
            Row(card=card, matches=tuple(_match(match) for match in matches.get(card.comment_id, [])))
            for card in cards
        ]


def held(account_id: UUID, *, session: Session, services: Services) -> UUID | None:
    """Return the item an account holds; None when it holds none, or its lease has run out."""
    now = services.clock.now()
    with reading(session):
        return review.claimed_by(session, account_id, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What stands beside every page: how much waits, what this person has done since midnight and did last."""

    lengths: dict[ItemState, int]
    own_today: int
    last: OwnDecision | None


def side(site_ids: tuple[UUID, ...], account_id: UUID, *, since: datetime, session: Session) -> Side:
    """Count what waits and what this account decided since a moment (its midnight)."""
    with reading(session):
        own = desk.decided_since(session, site_ids, since, account_id=account_id)
        last = desk.decisions_by(session, site_ids, account_id, most=1)
        return Side(
            lengths=desk.queue_lengths(session, site_ids),
            own_today=sum(count for kind, _, count in own if kind is not DecisionKind.UNDO),
            last=last[0] if last else None,
        )


def lengths(site_ids: tuple[UUID, ...], *, session: Session) -> dict[ItemState, int]:
    """Count what waits, by queue."""
    with reading(session):
        return desk.queue_lengths(session, site_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """A thread as moderators see it: its latest comments of every status, in the order they were written."""

    card: Card
    comments: list[Neighbour]
    """Always with the item's own comment, first when it is older than the others."""


def context(site_ids: tuple[UUID, ...], item_id: UUID, *, session: Session) -> Context:
    """Return the thread around an item. Raises `ItemUnknown`."""
    with reading(session):
        card = desk.card(session, site_ids, item_id)
        if card is None:
            raise ItemUnknown
        comments = desk.thread_around(session, card.site_id, card.thread_id, most=MOST_CONTEXT)
        if card.comment_id not in {comment.id for comment in comments}:
            own = desk.find_neighbour(session, card.site_id, card.comment_id)
            comments = comments if own is None else [own, *comments]
        return Context(card=card, comments=comments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The overview's figures."""

    lengths: dict[ItemState, int]
    oldest: datetime | None
    statuses: dict[Status, int]
    decided_today: dict[DecisionKind, int]
    refused_today: dict[Reason, int]
    own_today: int


def figures(site_ids: tuple[UUID, ...], account_id: UUID, *, since: datetime, session: Session) -> Figures:
    """Count what waits and what was decided since a moment (the account's midnight)."""
    with reading(session):
        decided = desk.decided_since(session, site_ids, since)
        own = desk.decided_since(session, site_ids, since, account_id=account_id)
        kinds: dict[DecisionKind, int] = {}
        refused: dict[Reason, int] = {}
        for kind, reason, count in decided:
            kinds[kind] = kinds.get(kind, 0) + count
            if reason is not None:
                refused[reason] = refused.get(reason, 0) + count
        return Figures(
            lengths=desk.queue_lengths(session, site_ids),
            oldest=desk.oldest_waiting(session, site_ids),
            statuses=desk.statuses_of(session, site_ids),
            decided_today=kinds,
            refused_today=refused,
            own_today=sum(count for kind, _, count in own if kind is not DecisionKind.UNDO),
        )


def own_decisions(site_ids: tuple[UUID, ...], account_id: UUID, *, session: Session) -> list[OwnDecision]:
    """Return what an account decided, the latest first."""
    with reading(session):
        return desk.decisions_by(session, site_ids, account_id, most=MOST_OWN_DECISIONS)


def is_undoable(decision: OwnDecision, now: datetime) -> bool:
    """Say whether undo is worth offering; only `review.undo` knows whether the comment has changed since."""
    return not decision.is_undone and now - decision.created_at <= UNDO_WINDOW


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """A page of the audit; `next_before` names where the next one begins."""

    rows: list[AuditRow]
    next_before: int | None


def audit_page(
    site_ids: tuple[UUID, ...],
    *,
    before: int | None = None,
    name: EventName | None = None,
    subject_id: UUID | None = None,
    session: Session,
) -> AuditPage:
    """Return a page of what happened on these sites, the latest first."""
    with reading(session):
        rows = desk.audit(
            session, site_ids, before=before, most=AUDIT_PAGE + 1, name=name, subject_id=subject_id
        )
    page = rows[:AUDIT_PAGE]
    return AuditPage(rows=page, next_before=page[-1].id if len(rows) > AUDIT_PAGE else None)

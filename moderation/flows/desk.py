"""The desk: what a moderator reads. Cards, queues, context, the day's figures. Reads only."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.cursor import Cursor
from moderation.domain.errors import ItemUnknown
from moderation.domain.policy import Standing, standing_of
from moderation.domain.reasons import Cause, Reason
from moderation.domain.report import loudest, tally
from moderation.domain.review import MOST_HELD, UNDO_WINDOW, DecisionKind, ItemState
from moderation.ports import Services
from moderation.rules import Field, Kind
from moderation.store import desk, pages, reports
from moderation.store import lengths as kept
from moderation.store.desk import NOT_JUDGED, Card, Earlier, Judged, Neighbour, Objection, OwnDecision
from moderation.store.pages import QueueFilter as QueueFilter  # noqa: PLC0414 - surfaces fill it in
from moderation.store.queue import Position, claimed_by
from moderation.store.reports import Heap, Note
from moderation.store.tables import StoredMatch
from moderation.store.transaction import reading

AUTHOR_DAYS = 30
MOST_AUTHOR_DECISIONS = 10
MOST_AUTHOR_COMMENTS = 200
"""The latest of an author whose decisions are shown."""
MOST_SIMILAR = 1_000
MOST_REPORT_NOTES = 10
LIST_PAGE = 50
MOST_CONTEXT = 60
MOST_OWN_DECISIONS = 100


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
    earlier: tuple[Earlier, ...]
    """On this comment, with their notes, the latest first."""
    objection: Objection | None
    """Of an appealed item: what its author says, and the refusal he says it of."""
    similar_count: int
    """What else waits of the same group: the same text, or nearly. Up to `MOST_SIMILAR`."""
    is_overdue: bool
    reports: "ReportsView | None" = None
    """None where nobody reported it, or all reports are settled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsView:
    """What readers say against a comment, as far as nobody has judged it."""

    number: int
    weight: int
    """Of those on the text as it stands, each client counted once (`domain.report`)."""
    reasons: tuple[tuple[Reason, int], ...]
    """The most frequent first."""
    earlier_number: int
    """Of those on a text that the author has changed since; they weigh nothing."""
    notes: tuple[Note, ...]
    """The latest first, up to `MOST_REPORT_NOTES`."""
    is_hidden: bool
    """Readers do not see the comment until somebody has decided."""


def card_view(site_ids: tuple[UUID, ...], item_id: UUID, *, session: Session, services: Services) -> CardView:
    """Return one card, whole. Raises `ItemUnknown`."""
    views = card_views(site_ids, [item_id], session=session, services=services)
    if not views:
        raise ItemUnknown
    return views[0]


def card_views(
    site_ids: tuple[UUID, ...], item_ids: Sequence[UUID], *, session: Session, services: Services
) -> list[CardView]:
    """Return several cards, whole, in the order they are named, by as many queries as one takes.

    Items that do not exist, or belong to other sites, are left out.
    """
    now = services.clock.now()
    with reading(session, is_brief=True):
        cards = desk.cards(session, site_ids, item_ids)
        matches = desk.matches_of_many(session, cards)
        judged = desk.judged_of_many(session, cards)
        parents = desk.neighbours(session, [card.parent_id for card in cards if card.parent_id is not None])
        earlier = desk.decisions_on(session, [card.comment_id for card in cards])
        of_authors = desk.decisions_on_authors(
            session,
            sorted({card.author_id for card in cards if card.author_id is not None}),
            since=now - timedelta(days=AUTHOR_DAYS),
            of_latest=MOST_AUTHOR_COMMENTS,
        )
        similar = desk.count_similar(session, cards, at_most=MOST_SIMILAR)
        reported = _reports(session, [card for card in cards if card.report_count])
        objections = desk.objections_of(session, cards)
    return [
        CardView(
            card=_blind(card),
            matches=tuple(_match(match) for match in matches.get(card.comment_id, [])),
            judged=judged.get(card.comment_id, NOT_JUDGED),
            parent=None if card.parent_id is None else parents.get(card.parent_id),
            standing=_standing(card, now),
            author_decisions=_on_author(card, of_authors),
            earlier=() if _is_blind(card) else tuple(earlier.get(card.comment_id, [])),
            objection=objections.get(card.comment_id),
            similar_count=similar.get(card.item_id, 0),
            is_overdue=card.due_at < now,
            reports=reported.get(card.comment_id),
        )
        for card in cards
    ]


def _reports(session: Session, cards: Sequence[Card]) -> dict[UUID, ReportsView]:
    """Read the reports on those cards that have any: two more queries, and none where no card has."""
    if not cards:
        return {}
    comment_ids = [card.comment_id for card in cards]
    heaps = reports.heaps(session, comment_ids)
    notes = reports.notes(session, comment_ids, most=MOST_REPORT_NOTES)
    return {
        card.comment_id: _reports_view(
            card,
            [heap for heap in heaps if heap.comment_id == card.comment_id],
            tuple(note for note in notes if note.comment_id == card.comment_id),
        )
        for card in cards
    }


def _reports_view(card: Card, heaps: Sequence[Heap], notes: tuple[Note, ...]) -> ReportsView:
    present = [heap for heap in heaps if heap.is_present]
    counted = Counter[Reason]()
    by_client = defaultdict(list)
    for heap in present:
        counted[heap.reason] += heap.number
        by_client[heap.client].append(heap.voice)
    return ReportsView(
        number=card.report_count,
        weight=tally(loudest(voices) for voices in by_client.values()).weight,
        reasons=tuple(counted.most_common()),
        earlier_number=sum(heap.number for heap in heaps if not heap.is_present),
        notes=notes,
        is_hidden=card.status is Status.PENDING and not _is_blind(card) and Cause.REPORTED in card.causes,
    )


def _is_blind(card: Card) -> bool:
    return card.state is ItemState.SECOND_LOOK


def _blind(card: Card) -> Card:
    """Hide from a second look what the first one said."""
    return replace(card, status=Status.PENDING) if _is_blind(card) else card


def _on_author(
    card: Card, of_authors: dict[UUID, list[Earlier]]
) -> tuple[tuple[DecisionKind, Reason | None, datetime], ...]:
    found = [] if card.author_id is None else of_authors.get(card.author_id, [])
    shown = (one for one in found if not _is_blind(card) or one.comment_id != card.comment_id)
    return tuple((one.kind, one.reason, one.created_at) for one in islice(shown, MOST_AUTHOR_DECISIONS))


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
    site_ids: tuple[UUID, ...],
    queue: ItemState,
    *,
    most: int,
    but: UUID | Sequence[UUID] | None = None,
    session: Session,
) -> list[Row]:
    """Return the first items of a queue, in its order, except some (the one on the table)."""
    left_out = {but} if isinstance(but, UUID) else set(but or ())
    with reading(session):
        head = pages.page(session, site_ids, queue, QueueFilter(), beyond=None, most=most + len(left_out))
        shown = [item_id for item_id in head.item_ids if item_id not in left_out][:most]
        return _rows(session, site_ids, shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """A page of a queue as a list, and where the next one begins; None at the end."""

    rows: list[Row]
    next_cursor: str | None


def queue_page(
    site_ids: tuple[UUID, ...],
    queue: ItemState,
    *,
    wanted: QueueFilter | None = None,
    cursor: str | None = None,
    most: int = LIST_PAGE,
    session: Session,
) -> QueuePage:
    """Return a page of a queue, in its order. Raises `CursorInvalid`.

    With a category a page may hold less than it could, even nothing, and yet go on: it looks through so many items.
    """
    where = None if cursor is None else Cursor.decode(cursor)
    beyond = None if where is None else Position(where.created_at, where.id)
    with reading(session):
        page = pages.page(session, site_ids, queue, wanted or QueueFilter(), beyond=beyond, most=most)
        rows = _rows(session, site_ids, page.item_ids)
    last = page.last
    return QueuePage(rows=rows, next_cursor=None if last is None else Cursor(last.due_at, last.id).encode())


def on_hold(
    site_ids: tuple[UUID, ...], account_id: UUID, *, session: Session, services: Services
) -> list[Row]:
    """Return what an account has put aside, by deadline."""
    with reading(session):
        held = pages.held_by(session, account_id, now=services.clock.now(), most=MOST_HELD)
        return _rows(session, site_ids, held)


def _rows(session: Session, site_ids: tuple[UUID, ...], item_ids: Sequence[UUID]) -> list[Row]:
    cards = desk.cards(session, site_ids, item_ids)
    matches = desk.matches_of_many(session, cards)
    return [
        Row(card=_blind(card), matches=tuple(_match(match) for match in matches.get(card.comment_id, [])))
        for card in cards
    ]


def held(account_id: UUID, *, session: Session, services: Services) -> UUID | None:
    """Return the item an account holds, the most recently leased; None when it holds none any more."""
    now = services.clock.now()
    with reading(session):
        leased = claimed_by(session, account_id, now=now)
    return max(leased, key=lambda one: one[1])[0] if leased else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What stands beside every page: how much waits, what this person has done since midnight and did last."""

    lengths: dict[ItemState, int]
    own_today: int
    last: OwnDecision | None
    """The latest decision that stands: undoing it brings the one before it here. None, too, where nobody asks for it."""


def side(
    site_ids: tuple[UUID, ...],
    account_id: UUID,
    *,
    since: datetime,
    needs_last: bool = True,
    session: Session,
) -> Side:
    """Count what waits and what this account decided since a moment (its midnight)."""
    with reading(session, is_brief=True):
        last = desk.last_standing(session, site_ids, account_id) if needs_last else None
        return Side(
            lengths=kept.queue_lengths(session, site_ids),
            own_today=desk.count_own(session, site_ids, since, account_id),
            last=last,
        )


def lengths(site_ids: tuple[UUID, ...], *, session: Session) -> dict[ItemState, int]:
    """Count what waits, by queue."""
    with reading(session, is_brief=True):
        return kept.queue_lengths(session, site_ids)


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
        card = _blind(card)
        comments = desk.thread_around(session, card.site_id, card.thread_id, most=MOST_CONTEXT)
        if card.comment_id not in {comment.id for comment in comments}:
            own = desk.find_neighbour(session, card.site_id, card.comment_id)
            comments = comments if own is None else [own, *comments]
        own_status = {card.comment_id: card.status}
        comments = [
            replace(comment, status=own_status.get(comment.id, comment.status)) for comment in comments
        ]
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
        kinds: dict[DecisionKind, int] = {}
        refused: dict[Reason, int] = {}
        for kind, reason, count in decided:
            kinds[kind] = kinds.get(kind, 0) + count
            if reason is not None:
                refused[reason] = refused.get(reason, 0) + count
        return Figures(
            lengths=kept.queue_lengths(session, site_ids),
            oldest=desk.oldest_waiting(session, site_ids),
            statuses=desk.statuses_of(session, site_ids),
            decided_today=kinds,
            refused_today=refused,
            own_today=desk.count_own(session, site_ids, since, account_id),
        )


def own_decisions(site_ids: tuple[UUID, ...], account_id: UUID, *, session: Session) -> list[OwnDecision]:
    """Return what an account decided, the latest first."""
    with reading(session):
        return desk.decisions_by(session, site_ids, account_id, most=MOST_OWN_DECISIONS)


def is_undoable(decision: OwnDecision, now: datetime) -> bool:
    """Say whether undo is worth offering; only `review.undo` knows whether the comment has changed since."""
    return not decision.is_undone and now - decision.created_at <= UNDO_WINDOW

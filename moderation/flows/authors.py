"""Authors: what one wrote and what became of it; notes for colleagues; blocks with a reason and an end.

A block makes what the author posts wait for a person (`domain.policy.outcome`); he is told what his site tells of
any waiting comment. It ends by the clock, or by a person. Notes and their texts never reach the audit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.cursor import Cursor
from moderation.domain.draft import faults_of_string
from moderation.domain.errors import AuthorUnknown, Fault, Invalid
from moderation.domain.events import Actor, ActorKind, Event, EventName
from moderation.domain.policy import (
    APPROVALS_A_REJECTION,
    BLOCK_DAYS,
    FOR_GOOD,
    KNOWN_AFTER_APPROVALS,
    TRUSTED_AFTER_APPROVALS,
    Standing,
    standing_of,
)
from moderation.domain.reasons import Reason
from moderation.domain.review import DecisionKind, ItemState
from moderation.ports import Services
from moderation.store import authors, outbox, own_data, told
from moderation.store.authors import AuthorRow, Block, Note
from moderation.store.tables import Author, AuthorBlock, AuthorNote
from moderation.store.told import Made, Written
from moderation.store.transaction import reading, transaction

MAX_NOTE_CHARS = 1_000
PAGE = 30
RECENT_DAYS = 30
MOST_RECENT = 50
MOST_NAMES = 20
MOST_NOTES = 50
MOST_BLOCKS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A comment and what became of it."""

    comment: Written
    made: Made | None
    """The decision of a person that stands; None where a rule or nobody has decided."""
    waits_in: ItemState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """What a record needs for a standing, beside which the author's own figures are read."""

    for_known: int
    for_trusted: int
    rejections: int
    """As many as this author's approvals outweigh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorView:
    """An author as moderators see him."""

    author: AuthorRow
    standing: Standing
    record: Standing
    """The standing that the figures alone would give: the one he has again when the block ends."""
    needed: Needed
    blocked_until: datetime | None
    """None when no block holds; `domain.policy.FOR_GOOD` when it has no end."""
    statuses: dict[Status, int]
    nicknames: list[tuple[str, int]]
    recent: list[tuple[DecisionKind, Reason | None, str, datetime]]
    notes: list[Note]
    blocks: list[Block]
    rows: list[Told]
    next_cursor: str | None


def view(
    author_id: UUID,
    *,
    site_ids: Sequence[UUID],
    status: Status | None = None,
    cursor: str | None = None,
    session: Session,
    services: Services,
) -> AuthorView:
    """Return an author of these sites with a page of what he wrote. Raises `AuthorUnknown`."""
    now = services.clock.now()
    after = None if cursor is None else Cursor.decode(cursor)
    with reading(session):
        author = authors.find(session, site_ids, author_id)
        if author is None:
            raise AuthorUnknown
        found = told.by_author(session, author_id, status=status, after=after, most=PAGE + 1)
        page = found[:PAGE]
        ids = [comment.id for comment in page]
        made = told.decisions_on(session, ids)
        items = told.open_items(session, ids)
        is_banned = author.banned_until is not None and author.banned_until > now
        record = standing_of(approved=author.approved_count, rejected=author.rejected_count, is_banned=False)
        return AuthorView(
            author=author,
            standing=Standing.BANNED if is_banned else record,
            record=record,
            needed=Needed(
                for_known=KNOWN_AFTER_APPROVALS,
                for_trusted=TRUSTED_AFTER_APPROVALS,
                rejections=author.approved_count // APPROVALS_A_REJECTION,
            ),
            blocked_until=author.banned_until if is_banned else None,
            statuses=authors.statuses(session, author_id),
            nicknames=authors.nicknames(session, author_id, most=MOST_NAMES),
            recent=authors.decisions_since(
                session, author_id, since=now - timedelta(days=RECENT_DAYS), most=MOST_RECENT
            ),
            notes=authors.notes(session, author_id, most=MOST_NOTES),
            blocks=authors.blocks(session, author_id, most=MOST_BLOCKS),
            rows=[
                Told(
                    comment=comment,
                    made=made.get(comment.id),
                    waits_in=items[comment.id][1] if comment.id in items else None,
                )
                for comment in page
            ],
            next_cursor=Cursor(page[-1].created_at, page[-1].id).encode() if len(found) > PAGE else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocking:
    """A block to set. Without days it is for good."""

    reason: Reason
    days: int | None = None
    note: str | None = None


def block(
    author_id: UUID,
    blocking: Blocking,
    *,
    account_id: UUID,
    site_ids: Sequence[UUID],
    session: Session,
    services: Services,
) -> None:
    """Let everything an author posts wait, until the block ends. A new block takes the place of one that holds."""
    faults = [] if blocking.days is None or blocking.days in BLOCK_DAYS else [Fault("/days", "unknown")]
    if blocking.note is not None:
        faults += faults_of_string("/note", blocking.note, MAX_NOTE_CHARS)
    if faults:
        raise Invalid(faults)
    now = services.clock.now()
    until = None if blocking.days is None else now + timedelta(days=blocking.days)
    with transaction(session):
        author = _lock(session, site_ids, author_id)
        old = _until(author, now)
        authors.end_blocks(session, author_id, account_id=account_id, now=now)
        authors.add_block(
            session,
            AuthorBlock(
                id=services.ids.new(),
                author_id=author_id,
                account_id=account_id,
                reason=blocking.reason,
                note=blocking.note,
                created_at=now,
                until=until,
                ended_at=None,
                ended_by=None,
            ),
        )
        author.banned_until = until or FOR_GOOD
        event = _event(
            EventName.AUTHOR_BLOCKED,
            author,
            account_id,
            reason=blocking.reason,
            old={"banned_until": _said(old)},
            new={"banned_until": _said(author.banned_until)},
        )
        outbox.record(session, event, now=now)


def unblock(
    author_id: UUID, *, account_id: UUID, site_ids: Sequence[UUID], session: Session, services: Services
) -> None:
    """End a block before its time. Without one that holds nothing happens."""
    now = services.clock.now()
    with transaction(session):
        author = _lock(session, site_ids, author_id)
        old = _until(author, now)
        if old is None:
            return
        authors.end_blocks(session, author_id, account_id=account_id, now=now)
        author.banned_until = None
        outbox.record(
            session,
            _event(
                EventName.AUTHOR_UNBLOCKED,
                author,
                account_id,
                old={"banned_until": _said(old)},
                new={"banned_until": None},
            ),
            now=now,
        )
        if not own_data.has_comments(session, author_id):
            # He was kept for the block alone: everything else of him had been erased.
            own_data.forget_author(session, author_id, now=now)


def note(
    author_id: UUID,
    text: str,
    *,
    account_id: UUID,
    site_ids: Sequence[UUID],
    session: Session,
    services: Services,
) -> None:
    """Leave a note for colleagues, for good."""
    faults = faults_of_string("/note", text, MAX_NOTE_CHARS) if text.strip() else [Fault("/note", "blank")]
    if faults:
        raise Invalid(faults)
    now = services.clock.now()
    with transaction(session):
        author = _lock(session, site_ids, author_id)
        authors.add_note(
            session,
            AuthorNote(
                id=services.ids.new(),
                author_id=author_id,
                account_id=account_id,
                text=text.strip(),
                created_at=now,
            ),
        )
        outbox.record(session, _event(EventName.AUTHOR_NOTED, author, account_id), now=now)


def _lock(session: Session, site_ids: Sequence[UUID], author_id: UUID) -> Author:
    author = authors.lock(session, site_ids, author_id)
    if author is None:
        raise AuthorUnknown
    return author


def _until(author: Author, now: datetime) -> datetime | None:
    is_banned = author.banned_until is not None and author.banned_until > now
    return author.banned_until if is_banned else None


def _said(until: datetime | None) -> str | None:
    if until is None:
        return None
    return "for-good" if until == FOR_GOOD else f"{until:%Y-%m-%dT%H:%M}Z"


def _event(
    name: EventName,
    author: Author,
    account_id: UUID,
    *,
    reason: Reason | None = None,
    old: dict[str, object] | None = None,
    new: dict[str, object] | None = None,
) -> Event:
    return Event(
        name=name,
        actor=Actor(ActorKind.ACCOUNT, account_id),
        subject_kind="author",
        subject_id=author.id,
        site_id=author.site_id,
        reason=reason,
        old=old or {},
        new=new or {},
    )

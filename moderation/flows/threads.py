"""Threads: all comments of one, of every status, and the mode of its own that it may have.

view        the thread, its counts, a page of its comments: in the order of time, or as a tree
set_mode    a mode of its own over the site's; `closed` freezes it; None follows the site again
undo_mode   what was before the last change
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.cursor import Cursor
from moderation.domain.errors import ThreadUnknown
from moderation.domain.events import Actor, Event, EventName
from moderation.domain.policy import Mode, mode_in_force
from moderation.domain.review import ItemState
from moderation.ports import Services
from moderation.store import outbox, sites, threads, told
from moderation.store.tables import Thread
from moderation.store.threads import ModeChange, ThreadRow
from moderation.store.told import Made, Written
from moderation.store.transaction import reading, transaction

PAGE = 40
ROOTS = 20
FIRST_REPLIES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A comment in its thread, with what became of it and how deep it stands on the page."""

    comment: Written
    made: Made | None
    waits_in: ItemState | None
    is_reply: bool
    more_below: bool = False
    """After the last reply shown of a top comment: there may be more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadView:
    """A thread as moderators see it."""

    thread: ThreadRow
    mode: Mode
    """The mode in force: the emergency's, the site's or the thread's own."""
    last_change: ModeChange | None
    """The change that may be undone; None when there is none, or it has been overtaken."""
    statuses: dict[Status, int]
    rows: list[Placed]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which comments of a thread: of one status, as a tree, or below one top comment; where the page begins."""

    status: Status | None = None
    is_tree: bool = False
    below: UUID | None = None
    cursor: str | None = None


def view(thread_id: UUID, asked: Asked, *, site_ids: Sequence[UUID], session: Session) -> ThreadView:
    """Return a thread of these sites with a page of its comments. Raises `ThreadUnknown`."""
    after = None if asked.cursor is None else Cursor.decode(asked.cursor)
    with reading(session):
        thread = threads.find(session, site_ids, thread_id)
        if thread is None:
            raise ThreadUnknown
        most = ROOTS if asked.is_tree else PAGE
        if asked.is_tree:
            found = told.roots_of(session, thread_id, after=after, most=most + 1)
        elif asked.below is not None:
            found = told.below(session, thread_id, asked.below, after=after, most=most + 1)
        else:
            found = told.in_thread(session, thread_id, status=asked.status, after=after, most=most + 1)
        page = found[:most]
        replies = (
            told.first_below(session, [root.id for root in page], most=FIRST_REPLIES + 1)
            if asked.is_tree
            else []
        )
        change = threads.last_mode_change(session, thread_id)
        return ThreadView(
            thread=thread,
            mode=mode_in_force(
                thread.site_mode, thread.mode, is_frozen=thread.is_frozen, is_held=thread.is_held
            ),
            last_change=change if change is not None and change.new is thread.mode else None,
            statuses=threads.statuses(session, thread_id),
            rows=_placed(session, page, replies),
            next_cursor=Cursor(page[-1].created_at, page[-1].id).encode() if len(found) > most else None,
        )


def _placed(session: Session, page: list[Written], replies: list[Written]) -> list[Placed]:
    ids = [comment.id for comment in (*page, *replies)]
    made, items = told.decisions_on(session, ids), told.open_items(session, ids)

    def place(comment: Written, *, is_reply: bool, more_below: bool = False) -> Placed:
        item = items.get(comment.id)
        return Placed(
            comment=comment,
            made=made.get(comment.id),
            waits_in=None if item is None else item[1],
            is_reply=is_reply,
            more_below=more_below,
        )

    below: dict[UUID | None, list[Written]] = {}
    for reply in replies:
        below.setdefault(reply.root_id, []).append(reply)
    rows = []
    for comment in page:
        rows.append(place(comment, is_reply=False))
        under = below.get(comment.id, [])
        for index, reply in enumerate(under[:FIRST_REPLIES]):
            is_cut = index == FIRST_REPLIES - 1 and len(under) > FIRST_REPLIES
            rows.append(place(reply, is_reply=True, more_below=is_cut))
    return rows


def set_mode(
    thread_id: UUID,
    mode: Mode | None,
    *,
    actor: Actor,
    site_ids: Sequence[UUID],
    session: Session,
    services: Services,
) -> None:
    """Give a thread of these sites a mode of its own; None takes it away. Readers see it at once."""
    now = services.clock.now()
    with transaction(session):
        thread = _lock(session, site_ids, thread_id)
        old = thread.mode
        if old is not mode:
            thread.mode = mode
            sites.touch_thread(session, thread_id)
            outbox.record(session, _event(thread, old, mode, actor), now=now)


def undo_mode(
    thread_id: UUID,
    *,
    actor: Actor,
    site_ids: Sequence[UUID],
    session: Session,
    services: Services,
) -> None:
    """Lead a thread's mode back to what it was before the last change. One that has been overtaken stays."""
    now = services.clock.now()
    with transaction(session):
        thread = _lock(session, site_ids, thread_id)
        change = threads.last_mode_change(session, thread_id)
        if change is None or change.new is not thread.mode:
            return
        thread.mode = change.old
        sites.touch_thread(session, thread_id)
        outbox.record(session, _event(thread, change.new, change.old, actor), now=now)


def _lock(session: Session, site_ids: Sequence[UUID], thread_id: UUID) -> Thread:
    thread = threads.lock(session, site_ids, thread_id)
    if thread is None:
        raise ThreadUnknown
    return thread


def _event(thread: Thread, old: Mode | None, new: Mode | None, actor: Actor) -> Event:
    return Event(
        name=EventName.THREAD_CHANGED,
        actor=actor,
        subject_kind="thread",
        subject_id=thread.id,
        site_id=thread.site_id,
        old={"mode": old},
        new={"mode": new},
    )

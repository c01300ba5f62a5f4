"""The audit, read: pages by filter, and the hash chain that seals it. It is written by `outbox.record` alone.

Every event that is written is also noted as unsealed, by a trigger in the same transaction. The sealer takes the
notes: whenever a transaction commits, its events are found, once each, and nobody who writes waits for the chain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Text,
    and_,
    cast,
    delete,
    false,
    func,
    insert,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from moderation.domain import chain
from moderation.domain.audit import AuditRow, Filter
from moderation.domain.chain import Recorded, Seal, Stored
from moderation.domain.events import EventName
from moderation.store.tables import Account, AuditEvent, AuditSeal, Comment, Membership, Site, UnsealedEvent

# The chain ----------------------------------------------------------------------------------------------------

_EVENT: Final = (
    AuditEvent.id,
    AuditEvent.site_id,
    AuditEvent.name,
    AuditEvent.subject_kind,
    AuditEvent.subject_id,
    AuditEvent.actor_kind,
    AuditEvent.actor_id,
    AuditEvent.reason,
    AuditEvent.old,
    AuditEvent.new,
    AuditEvent.created_at,
)

# The same as it is stored (`chain.Stored`): nothing is built of it but bytes, and what somebody put in past this
# service may not be what a type expects.
_STORED: Final = (
    AuditEvent.id,
    cast(AuditEvent.site_id, String),
    type_coerce(AuditEvent.name, String),
    AuditEvent.subject_kind,
    cast(AuditEvent.subject_id, String),
    type_coerce(AuditEvent.actor_kind, String),
    cast(AuditEvent.actor_id, String),
    AuditEvent.reason,
    cast(AuditEvent.old, Text),
    cast(AuditEvent.new, Text),
    type_coerce(AuditEvent.created_at, NullType()),
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A seal beside its event as it is now; without one, the event was removed."""

    seal: Seal
    event_id: int
    event: Recorded | None


StoredLink = tuple[int, int, bytes, Stored | None]
"""A place of the chain: position, number of the event, hash, and the event as it is stored now."""


def head(session: Session) -> Seal:
    """Return the last place of the chain; position 0 where nothing is sealed yet."""
    row = session.execute(
        select(AuditSeal.position, AuditSeal.hash).order_by(AuditSeal.position.desc()).limit(1)
    ).one_or_none()
    return Seal(0, chain.START) if row is None else Seal(*row)


def seal_next(session: Session, *, most: int) -> int:
    """Append events that are not sealed yet, the oldest first; return how many.

    Two sealers at once would claim the same position: the second fails with `IntegrityError` and nothing is lost.
    """
    connection = session.connection()
    rows = connection.execute(
        select(*_STORED)
        .join(UnsealedEvent, UnsealedEvent.event_id == AuditEvent.id)
        .order_by(UnsealedEvent.event_id)
        .limit(most)
    ).all()
    if not rows:
        return 0
    last = head(session)
    before, seals = last.hash, []
    for position, row in enumerate(rows, last.position + 1):
        before = chain.link(before, chain.bytes_of_stored(tuple(row)))
        seals.append({"position": position, "event_id": row[0], "hash": before})
    # With RETURNING, many rows go in one statement; without it, PostgreSQL is sent a statement for each.
    connection.execute(insert(AuditSeal).returning(AuditSeal.position), seals)
    sealed = select(AuditSeal.event_id).where(AuditSeal.position > last.position)
    connection.execute(delete(UnsealedEvent).where(UnsealedEvent.event_id.in_(sealed)))
    return len(seals)


def seal_at(session: Session, position: int) -> Seal | None:
    """Return the seal at a position."""
    row = session.execute(
        select(AuditSeal.position, AuditSeal.hash).where(AuditSeal.position == position)
    ).one_or_none()
    return None if row is None else Seal(*row)


def stored_after(session: Session, position: int, *, most: int) -> list[StoredLink]:
    """Return the next part of the chain, in its order, with the events as they are stored now."""
    rows = session.connection().execute(_chain(_STORED, position, most))
    return [
        (place, event_id, digest, None if event[0] is None else tuple(event))
        for place, event_id, digest, *event in rows
    ]


def sealed_after(session: Session, position: int, *, most: int) -> list[Sealed]:
    """Return the next part of the chain, in its order, with the events as they are now."""
    rows = session.execute(_chain(_EVENT, position, most))
    return [
        Sealed(Seal(place, digest), event_id, None if event[0] is None else Recorded(*event))
        for place, event_id, digest, *event in rows
    ]


def _chain(event: Sequence[Any], position: int, most: int) -> Select[*tuple[Any, ...]]:
    return (
        select(AuditSeal.position, AuditSeal.event_id, AuditSeal.hash, *event)
        .outerjoin(AuditEvent, AuditEvent.id == AuditSeal.event_id)
        .where(AuditSeal.position > position)
        .order_by(AuditSeal.position)
        .limit(most)
    )


def first_outside(session: Session, *, after: int, up_to: int) -> int | None:
    """Return the first event in a range of numbers that is neither sealed nor waits to be."""
    return session.scalar(
        select(func.min(AuditEvent.id))
        .outerjoin(AuditSeal, AuditSeal.event_id == AuditEvent.id)
        .outerjoin(UnsealedEvent, UnsealedEvent.event_id == AuditEvent.id)
        .where(
            AuditEvent.id > after,
            AuditEvent.id <= up_to,
            AuditSeal.event_id.is_(None),
            UnsealedEvent.event_id.is_(None),
        )
    )


def last_event_id(session: Session) -> int:
    """Return the highest number of an event; 0 where there is none."""
    return session.scalar(select(func.max(AuditEvent.id))) or 0


def unsealed(session: Session) -> tuple[int, datetime | None]:
    """Return how many events wait to be sealed, and when the first of them happened."""
    row = session.execute(
        select(func.count(), func.min(AuditEvent.created_at))
        .select_from(UnsealedEvent)
        .outerjoin(AuditEvent, AuditEvent.id == UnsealedEvent.event_id)
    ).one()
    return row[0], row[1]


def first_missing_unsealed(session: Session) -> int | None:
    """Return the first event that waits to be sealed and is no longer there."""
    return session.scalar(
        select(func.min(UnsealedEvent.event_id))
        .outerjoin(AuditEvent, AuditEvent.id == UnsealedEvent.event_id)
        .where(AuditEvent.id.is_(None))
    )


# Pages --------------------------------------------------------------------------------------------------------


MOST_BRANCHES: Final = 200
"""SQLite joins at most 500 SELECTs by UNION; above this number of sites and events one SELECT sorts instead."""


def page(
    session: Session,
    site_ids: Sequence[UUID | None],
    wanted: Filter,
    *,
    before: tuple[datetime, int] | None,
    most: int,
) -> list[AuditRow]:
    """Return a page of the audit of these sites (None: of no site), the latest first, from before a moment and number.

    One SELECT for each site (and name), each walking an index in its order and stopping after `most`, and their
    results merged: an IN over several sites would read and sort every event of all of them.
    """
    places: list[tuple[ColumnElement[bool], ...]] = [
        (AuditEvent.site_id.is_(None) if site_id is None else AuditEvent.site_id == site_id, *names)
        for site_id in site_ids
        for names in _by_name(wanted)
    ]
    if not places:
        return []
    if len(places) > MOST_BRANCHES:
        of_sites = or_(
            AuditEvent.site_id.in_([site_id for site_id in site_ids if site_id is not None]),
            AuditEvent.site_id.is_(None) if None in site_ids else false(),
        )
        places = [(of_sites, AuditEvent.name.in_(wanted.names or tuple(EventName)))]
    conditions = [*_narrowed(wanted), *_before(before)]
    branches = [
        select(AuditEvent.id, AuditEvent.created_at)
        .where(*place, *conditions)
        .order_by(AuditEvent.created_at.desc(), AuditEvent.id.desc())
        .limit(most)
        .subquery()
        for place in places
    ]
    merged = union_all(*(select(branch.c.id, branch.c.created_at) for branch in branches)).subquery()
    chosen = (
        select(merged.c.id).order_by(merged.c.created_at.desc(), merged.c.id.desc()).limit(most).subquery()
    )
    query = _rows().where(AuditEvent.id.in_(select(chosen.c.id)))
    query = query.order_by(AuditEvent.created_at.desc(), AuditEvent.id.desc())
    return [AuditRow(*row) for row in session.execute(query)]


def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(
            AuditEvent.id,
            Site.key,
            AuditEvent.name,
            AuditEvent.subject_kind,
            AuditEvent.subject_id,
            AuditEvent.actor_kind,
            AuditEvent.actor_id,
            Account.name,
            AuditEvent.reason,
            AuditEvent.old,
            AuditEvent.new,
            AuditEvent.created_at,
            AuditSeal.position,
        )
        .outerjoin(Site, Site.id == AuditEvent.site_id)
        .outerjoin(Account, Account.id == AuditEvent.actor_id)
        .outerjoin(AuditSeal, AuditSeal.event_id == AuditEvent.id)
    )


def _by_name(wanted: Filter) -> list[tuple[ColumnElement[bool], ...]]:
    """Return the conditions on names for an index to walk: one each, unless a subject or person is asked for."""
    if not wanted.names or wanted.subject_id is not None or wanted.actor_id is not None:
        return [()]
    return [(AuditEvent.name == name,) for name in wanted.names]


def _narrowed(wanted: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    is_few = wanted.subject_id is not None or wanted.actor_id is not None
    if wanted.subject_id is not None:
        conditions.append(AuditEvent.subject_id == wanted.subject_id)
    if wanted.actor_id is not None:
        conditions.append(AuditEvent.actor_id == wanted.actor_id)
    if is_few and wanted.names:
        # As an expression, so that no planner takes the index by names for the better one.
        conditions.append(func.coalesce(AuditEvent.name, "").in_([name.value for name in wanted.names]))
    if wanted.actor_kind is not None:
        conditions.append(AuditEvent.actor_kind == wanted.actor_kind)
    if wanted.reason is not None:
        conditions.append(AuditEvent.reason == wanted.reason)
    if wanted.since is not None:
        conditions.append(AuditEvent.created_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(AuditEvent.created_at < wanted.until)
    return conditions


def _before(before: tuple[datetime, int] | None) -> list[ColumnElement[bool]]:
    if before is None:
        return []
    at, number = before
    earlier = (AuditEvent.created_at < at) | and_(AuditEvent.created_at == at, AuditEvent.id < number)
    # The first condition alone says nothing new, but it is what an index can begin at.
    return [AuditEvent.created_at <= at, earlier]


def people_of(session: Session, site_ids: Sequence[UUID]) -> list[tuple[UUID, str]]:
    """Return the accounts with a role on one of these sites, or on every site, by name."""
    rows = session.execute(
        select(Account.id, Account.name)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.site_id.in_(site_ids) | Membership.site_id.is_(None))
        .distinct()
        .order_by(Account.name, Account.id)
    )
    return [(account_id, name) for account_id, name in rows]


def places_of_comments(
    session: Session, site_ids: Sequence[UUID], comment_ids: Sequence[UUID]
) -> dict[UUID, tuple[UUID, UUID | None]]:
    """Return the thread and author of each of these comments that is still there."""
    if not comment_ids:
        return {}
    rows = session.execute(
        select(Comment.id, Comment.thread_id, Comment.author_id).where(
            Comment.id.in_(comment_ids), Comment.site_id.in_(site_ids)
        )
    )
    return {comment_id: (thread_id, author_id) for comment_id, thread_id, author_id in rows}

"""The audit: sealed into its chain, verified against it, read by page and exported.

seal      the worker appends what was written to the chain; also the end of the commands that look at it
verify    the whole chain is computed again, and what stands outside it is looked for
page      one page for the console             export    all that a filter finds, in small snapshots
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moderation.domain import chain
from moderation.domain.audit import AuditRow, Filter
from moderation.domain.chain import Seal
from moderation.domain.errors import TooMany
from moderation.domain.events import Actor, ActorKind, Event, EventName
from moderation.ports import Services
from moderation.store import audit, outbox, sites
from moderation.store.transaction import reading, transaction

SEALED_AT_ONCE: Final = 2_000
VERIFIED_AT_ONCE: Final = 4_000
READ_AT_ONCE: Final = 1_000
NUMBERS_AT_ONCE: Final = 50_000
LONG_UNSEALED: Final = timedelta(minutes=10)
"""What waits longer to be sealed is told: no worker runs, or it is kept from its work."""
PAGE: Final = 50
MOST_EXPORTED: Final = 100_000
EXPORTS: Final = "20/hour"
"""How often one account may export: each reads up to all there is."""


# The chain ----------------------------------------------------------------------------------------------------


def seal(*, session: Session, services: Services) -> int:
    """Append what is not sealed yet, one batch; return how many events. 0 also when another sealer was faster."""
    del services
    try:
        with transaction(session):
            return audit.seal_next(session, most=SEALED_AT_ONCE)
    except IntegrityError:
        return 0


def seal_all(*, session: Session, services: Services) -> int:
    """Append all that is not sealed yet."""
    total = 0
    while done := seal(session=session, services=services):
        total += done
    return total


def head(*, session: Session) -> Seal:
    """Return the last place of the chain: kept elsewhere, it is an anchor that the chain must pass through."""
    with reading(session):
        return audit.head(session)


class Breach(StrEnum):
    """How the audit departs from its chain."""

    CHANGED = "changed"
    """The event, or its seal, is not what it was when it was sealed."""
    REMOVED = "removed"
    """There is a seal (or a note that one is due), but no event."""
    SEAL_REMOVED = "seal-removed"
    """There is no seal at this position, but there are later ones."""
    INSERTED = "inserted"
    """There is an event that is neither sealed nor noted to be: it was not written by this service, or its seal is gone."""
    ANCHOR_MISSED = "anchor-missed"
    """The chain does not pass through the anchor: it was written anew, or cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The first thing that is wrong."""

    breach: Breach
    event_id: int | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What verifying found. All is well when nothing is broken."""

    verified: int
    """Events whose seals were computed again."""
    head: Seal
    unsealed: int
    """Events not yet sealed; the chain says nothing of them."""
    unsealed_since: datetime | None
    broken: Broken | None

    def is_late(self, now: datetime) -> bool:
        """Say whether events wait longer to be sealed than a working worker would let them."""
        return self.unsealed_since is not None and now - self.unsealed_since > LONG_UNSEALED


def verify(
    *,
    anchor: Seal | None = None,
    is_from_anchor: bool = False,
    on_step: Callable[[int], object] = lambda _: None,
    session: Session,
) -> Verified:
    """Compute the chain again, and look for events outside it, in short snapshots and constant memory.

    1 every seal from the first (from the anchor, if that is asked for) to the last
    2 every event has a seal, or is noted to get one
    It ends at the first thing that is wrong. `on_step` is told how many seals each step read.
    """
    last, count = Seal(0, chain.START), 0
    if anchor is not None and is_from_anchor:
        last = anchor
    with reading(session):
        numbers = audit.last_event_id(session)
    broken = None if anchor is None else _missed(anchor, session=session)
    while broken is None:
        with reading(session):
            part = audit.stored_after(session, last.position, most=VERIFIED_AT_ONCE)
        if not part:
            break
        sound, broken = _follow(last, part)
        last, count = sound, count + sound.position - last.position
        on_step(len(part))
    if broken is None:
        broken = _outside(numbers, session=session)
    with reading(session):
        waiting, since = audit.unsealed(session)
    return Verified(verified=count, head=last, unsealed=waiting, unsealed_since=since, broken=broken)


def _missed(anchor: Seal, *, session: Session) -> Broken | None:
    if anchor == Seal(0, chain.START):
        return None
    with reading(session):
        there = audit.seal_at(session, anchor.position)
    return None if there == anchor else Broken(breach=Breach.ANCHOR_MISSED, position=anchor.position)


def _follow(before: Seal, part: Sequence[audit.StoredLink]) -> tuple[Seal, Broken | None]:
    """Compute a part of the chain again; return the last seal that is as it was, and what is wrong after it."""
    position, digest = before.position, before.hash
    for place, event_id, sealed, event in part:
        breach = _breach(digest, sealed, event) if place == position + 1 else Breach.SEAL_REMOVED
        if breach is not None:
            missing = breach is Breach.SEAL_REMOVED
            broken = Broken(breach=breach, event_id=None if missing else event_id, position=position + 1)
            return Seal(position, digest), broken
        position, digest = place, sealed
    return Seal(position, digest), None


def _breach(before: bytes, sealed: bytes, event: chain.Stored | None) -> Breach | None:
    if event is None:
        return Breach.REMOVED
    try:
        is_same = chain.link(before, chain.bytes_of_stored(event)) == sealed
    except ValueError:
        # It was changed into something this service never writes.
        is_same = False
    return None if is_same else Breach.CHANGED


def _outside(last_number: int, *, session: Session) -> Broken | None:
    for start in range(0, last_number, NUMBERS_AT_ONCE):
        with reading(session):
            event_id = audit.first_outside(session, after=start, up_to=start + NUMBERS_AT_ONCE)
        if event_id is not None:
            return Broken(breach=Breach.INSERTED, event_id=event_id)
    with reading(session):
        gone = audit.first_missing_unsealed(session)
    return None if gone is None else Broken(breach=Breach.REMOVED, event_id=gone)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedEvent:
    """A seal with its event, as it is exported: enough to compute the chain elsewhere."""

    position: int
    hash: str
    event: chain.Recorded | None


def every_sealed(*, session: Session) -> Iterator[SealedEvent]:
    """Yield the whole chain with its events, in its order."""
    position = 0
    while True:
        with reading(session):
            part = audit.sealed_after(session, position, most=READ_AT_ONCE)
        if not part:
            return
        for each in part:
            yield SealedEvent(position=each.seal.position, hash=each.seal.hash.hex(), event=each.event)
        position = part[-1].seal.position


# Pages and exports --------------------------------------------------------------------------------------------

Place = tuple[datetime, int]
"""Where a page ended: the moment and number of its last event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """A page of the audit; `next_before` names where the next one begins."""

    rows: list[AuditRow]
    next_before: Place | None
    places: dict[UUID, tuple[UUID, UUID | None]]
    """Of the comments named: their thread and author, as far as they are still there."""
    people: list[tuple[UUID, str]]
    """Whom one may ask for."""
    head: Seal


def page(
    site_ids: Sequence[UUID], wanted: Filter, *, before: Place | None = None, session: Session
) -> AuditPage:
    """Return a page of what happened on these sites, the latest first."""
    with reading(session):
        rows = audit.page(session, _with_none(session, site_ids), wanted, before=before, most=PAGE + 1)
        shown = rows[:PAGE]
        comment_ids = {row.subject_id for row in shown if row.subject_kind == "comment"}
        last = shown[-1] if len(rows) > PAGE else None
        return AuditPage(
            rows=shown,
            next_before=None if last is None else (last.created_at, last.id),
            places=audit.places_of_comments(session, site_ids, list(comment_ids)),
            people=audit.people_of(session, site_ids),
            head=audit.head(session),
        )


def _with_none(session: Session, site_ids: Sequence[UUID]) -> list[UUID | None]:
    """Add what belongs to no site (accounts, sign-ins) for whoever may read every site's audit."""
    everywhere = {site.id for site in sites.all_sites(session)} <= set(site_ids)
    return [*site_ids, *([None] if everywhere else [])]


def export(
    site_ids: Sequence[UUID],
    wanted: Filter,
    *,
    kind: str,
    account_id: UUID,
    session: Session,
    services: Services,
) -> Iterator[AuditRow]:
    """Record that somebody exports, then return all that a filter finds, the latest first, up to `MOST_EXPORTED`.

    Raises `TooMany`. The rows are read while they are taken, a page at a time: memory stays the same.
    """
    spent = services.limits.spend(str(account_id), limits=EXPORTS, scope="audit-export")
    if not spent.is_allowed:
        raise TooMany(retry_after_seconds=spent.retry_after_seconds, limit=spent.limit, scope="audit-export")
    now = services.clock.now()
    with transaction(session):
        for site_id in site_ids:
            event = Event(
                name=EventName.AUDIT_EXPORTED,
                actor=Actor(ActorKind.ACCOUNT, account_id),
                subject_kind="site",
                subject_id=site_id,
                site_id=site_id,
                new={"format": kind, **_told(wanted)},
            )
            outbox.record(session, event, now=now)
    return _every(site_ids, wanted, session=session)


def _every(site_ids: Sequence[UUID], wanted: Filter, *, session: Session) -> Iterator[AuditRow]:
    before: Place | None = None
    left = MOST_EXPORTED
    while left:
        most = min(READ_AT_ONCE, left)
        with reading(session):
            rows = audit.page(session, _with_none(session, site_ids), wanted, before=before, most=most)
        yield from rows
        if len(rows) < most:
            return
        before, left = (rows[-1].created_at, rows[-1].id), left - most


def _told(wanted: Filter) -> dict[str, object]:
    """Name what the export was narrowed to, as codes and ids."""
    told: dict[str, object] = {
        "events": [name.value for name in wanted.names] or None,
        "actor": wanted.actor_id or wanted.actor_kind,
        "subject_id": wanted.subject_id,
        "reason": wanted.reason,
        "since": wanted.since,
        "until": wanted.until,
    }
    return {
        name: value if isinstance(value, list) else str(value)
        for name, value in told.items()
        if value is not None
    }

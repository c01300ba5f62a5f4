"""Emergencies of a site: freeze it, or let everything wait; and the end of either.

An emergency lies over the modes of the site and its threads and changes none of them. So its end restores exactly
what was before, and what was set meanwhile holds from then on. Both may hold at once: then the site is frozen, and
what comes after the freeze waits. Readers see it at once: the site's version rises.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.draft import faults_of_string
from moderation.domain.errors import Invalid
from moderation.domain.events import Actor, ActorKind, Event, EventName
from moderation.domain.policy import Emergency
from moderation.ports import Services
from moderation.store import outbox, sites
from moderation.store.sites import Holding
from moderation.store.transaction import reading, transaction

MAX_NOTE_CHARS = 300
REASON = "emergency"


def declare(
    site_key: str,
    kind: Emergency,
    note: str | None,
    *,
    account_id: UUID,
    site_ids: Collection[UUID],
    session: Session,
    services: Services,
) -> None:
    """Begin an emergency. One that holds already stays as it is."""
    faults = faults_of_string("/note", note, MAX_NOTE_CHARS, is_line=True)
    if faults:
        raise Invalid(faults)
    now = services.clock.now()
    with transaction(session):
        site = sites.lock_own(session, site_key, site_ids)
        if (site.frozen_at if kind is Emergency.FROZEN else site.held_at) is not None:
            return
        if kind is Emergency.FROZEN:
            site.frozen_at, site.frozen_by, site.frozen_note = now, account_id, note
        else:
            site.held_at, site.held_by, site.held_note = now, account_id, note
        sites.touch_site(session, site.id)
        outbox.record(session, _event(site.id, kind, account_id, is_on=True), now=now)


def end(
    site_key: str,
    kind: Emergency,
    *,
    account_id: UUID,
    site_ids: Collection[UUID],
    session: Session,
    services: Services,
) -> None:
    """End an emergency: the modes below it hold again. Without one nothing happens."""
    now = services.clock.now()
    with transaction(session):
        site = sites.lock_own(session, site_key, site_ids)
        if (site.frozen_at if kind is Emergency.FROZEN else site.held_at) is None:
            return
        if kind is Emergency.FROZEN:
            site.frozen_at = site.frozen_by = site.frozen_note = None
        else:
            site.held_at = site.held_by = site.held_note = None
        sites.touch_site(session, site.id)
        outbox.record(session, _event(site.id, kind, account_id, is_on=False), now=now)


def holding(site_ids: Sequence[UUID], *, session: Session) -> list[Holding]:
    """Return the emergencies of these sites that hold."""
    with reading(session):
        return sites.emergencies(session, site_ids)


def _event(site_id: UUID, kind: Emergency, account_id: UUID, *, is_on: bool) -> Event:
    return Event(
        name=EventName.SITE_CHANGED,
        actor=Actor(ActorKind.ACCOUNT, account_id),
        subject_kind="site",
        subject_id=site_id,
        site_id=site_id,
        reason=REASON,
        old={kind.value: not is_on},
        new={kind.value: is_on},
    )

"""The audit as it is asked for and read. What an event is says `events`; how it is sealed, `chain`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from moderation.domain.events import ActorKind, EventName


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which events are asked for; what is None or empty does not narrow."""

    names: tuple[EventName, ...] = ()
    actor_kind: ActorKind | None = None
    actor_id: UUID | None = None
    subject_id: UUID | None = None
    reason: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Before this moment."""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One event, with the names of whom and where."""

    id: int
    site_key: str | None
    name: EventName
    subject_kind: str
    subject_id: UUID
    actor_kind: ActorKind
    actor_id: UUID | None
    actor: str | None
    reason: str | None
    old: dict[str, object]
    new: dict[str, object]
    created_at: datetime
    position: int | None
    """Its place in the chain; None as long as it is not sealed."""

"""Audit events and outbox messages: written in the transaction that made them true, taken by workers later."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from moderation.domain.events import Event, EventName
from moderation.store.tables import AuditEvent, Job, OutboxMessage
from moderation.store.tables.outbox import MessageState
from moderation.store.upsert import insert_if_absent


def record(session: Session, event: Event, *, now: datetime) -> None:
    """Write an event into the audit."""
    session.add(AuditEvent(**_audited(event, now)))


def record_all(session: Session, events: Sequence[Event], *, now: datetime) -> None:
    """Write events into the audit, in their order, with one statement."""
    session.execute(insert(AuditEvent), [_audited(event, now) for event in events])


def _audited(event: Event, now: datetime) -> dict[str, Any]:
    return {
        "site_id": event.site_id,
        "name": event.name,
        "subject_kind": event.subject_kind,
        "subject_id": event.subject_id,
        "actor_kind": event.actor.kind,
        "actor_id": event.actor.id,
        "reason": event.reason,
        "old": event.old,
        "new": event.new,
        "created_at": now,
    }


def last_event(session: Session, name: EventName, subject_id: UUID) -> AuditEvent | None:
    """Return the latest event of a kind that concerns a subject."""
    return session.scalars(
        select(AuditEvent)
        .where(AuditEvent.name == name, AuditEvent.subject_id == subject_id)
        .order_by(AuditEvent.id.desc())
        .limit(1),
    ).one_or_none()


def post(
    session: Session, event: Event, payload: dict[str, object], *, event_id: UUID, now: datetime
) -> None:
    """Write an event into the outbox, to be told outside."""
    session.add(OutboxMessage(**_message(event, payload, event_id, now)))


def post_all(
    session: Session, messages: Sequence[tuple[Event, dict[str, object], UUID]], *, now: datetime
) -> None:
    """Write events with their payloads and ids into the outbox, in their order, with one statement."""
    session.execute(insert(OutboxMessage), [_message(*message, now) for message in messages])


def _message(event: Event, payload: dict[str, object], event_id: UUID, now: datetime) -> dict[str, Any]:
    assert event.site_id is not None  # noqa: S101 - what is told belongs to a site
    return {
        "event_id": event_id,
        "site_id": event.site_id,
        "subject_id": event.subject_id,
        "name": event.name,
        "payload": payload,
        "state": MessageState.DUE,
        "attempts": 0,
        "due_at": now,
        "created_at": now,
        "sent_at": None,
    }


def take_due(session: Session, *, now: datetime, lease: timedelta, most: int) -> Sequence[OutboxMessage]:
    """Take messages that are due, oldest first, and hide them from other workers for the lease.

    Taken by state, never by "id greater than the last": a transaction that commits late would be skipped. Another
    worker that looks at the same moment skips the rows this one has locked.
    """
    due = (
        select(OutboxMessage.id)
        .where(OutboxMessage.state == MessageState.DUE, OutboxMessage.due_at <= now)
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("due")  # run once; PostgreSQL may run an IN with a limit, and lock, once for each row
    )
    taken = session.scalars(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(select(due.c.id)), OutboxMessage.due_at <= now)
        .values(due_at=now + lease, attempts=OutboxMessage.attempts + 1)
        .returning(OutboxMessage),
        execution_options={"synchronize_session": False},
    ).all()
    return sorted(taken, key=lambda message: message.id)


def mark_sent(session: Session, message_ids: Sequence[int], *, now: datetime) -> None:
    """Close messages that were told."""
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(message_ids), OutboxMessage.state == MessageState.DUE)
        .values(state=MessageState.SENT, sent_at=now),
        execution_options={"synchronize_session": False},
    )


def purge_sent(session: Session, *, before: datetime, most: int) -> int:
    """Delete messages told before a moment; return how many."""
    told = (
        select(OutboxMessage.id).where(OutboxMessage.sent_at < before).order_by(OutboxMessage.id).limit(most)
    )
    gone = session.scalars(
        delete(OutboxMessage).where(OutboxMessage.id.in_(told)).returning(OutboxMessage.id),
        execution_options={"synchronize_session": False},
    ).all()
    return len(gone)


def take_job(session: Session, name: str, *, now: datetime, next_due: datetime) -> bool:
    """Take a periodic job if it is due, by moving it forward; say whether this worker got it."""
    insert_if_absent(session, Job, name=name, due_at=now, ran_at=None, failures=0)
    taken = session.scalars(
        update(Job)
        .where(Job.name == name, Job.due_at <= now)
        .values(due_at=next_due, ran_at=now)
        .returning(Job.name),
        execution_options={"synchronize_session": False},
    ).all()
    return bool(taken)


def postpone_job(session: Session, name: str, *, until: datetime) -> None:
    """Push a failing job forward, so that it cannot crash the loop round after round."""
    session.execute(
        update(Job).where(Job.name == name).values(due_at=until, failures=Job.failures + 1),
        execution_options={"synchronize_session": False},
    )


def all_jobs(session: Session) -> Sequence[Job]:
    """Return every job that a worker has ever taken, by name."""
    return session.scalars(select(Job).order_by(Job.name)).all()

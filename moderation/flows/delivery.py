"""Delivery: outbox messages leave the house. For now they are told to the log; webhooks come with the API issue.

At least once: a worker that dies between telling and marking tells again. Receivers know a message by `event_id`.
"""

from datetime import timedelta

from sqlalchemy.orm import Session

from moderation.ports import Services
from moderation.store import outbox
from moderation.store.transaction import transaction

LEASE = timedelta(seconds=60)
BATCH = 100


def drain(*, session: Session, services: Services) -> int:
    """Take what is due, tell it, mark it sent; return how many messages were told."""
    with transaction(session):
        messages = outbox.take_due(session, now=services.clock.now(), lease=LEASE, most=BATCH)
        told = [(message.id, message.event_id, message.name, message.site_id) for message in messages]
    for _, event_id, name, site_id in told:
        services.log.info("outbox.told", event_id=str(event_id), name=str(name), site_id=str(site_id))
    if told:
        with transaction(session):
            outbox.mark_sent(session, [message_id for message_id, *_ in told], now=services.clock.now())
    return len(told)

"""Retention: what has served its time is removed, in small transactions that keep nobody waiting."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from moderation.ports import Services
from moderation.store import accounts, challenges, comments, sites
from moderation.store.transaction import reading, transaction

RECEIPTS = timedelta(days=1)
CHALLENGE_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """How many of each were removed."""

    challenges: int
    receipts: int
    sessions: int
    client_keys: int


def purge(*, session_idle: timedelta, session: Session, services: Services) -> Purged:
    """Remove expired challenges, receipts older than a day, dead sessions, and clients' keys past their days."""
    now = services.clock.now()
    with transaction(session):
        gone_challenges = challenges.purge(session, expired_before=now, most=CHALLENGE_BATCH)
    with transaction(session):
        gone_receipts = comments.purge_receipts(session, before=now - RECEIPTS)
        gone_sessions = accounts.purge_sessions(session, now=now, idle_since=now - session_idle)
    with reading(session):
        kept_days = [(site.id, site.retain_client_days) for site in sites.all_sites(session)]
    forgotten = 0
    for site_id, days in kept_days:
        with transaction(session):
            forgotten += comments.forget_clients(session, site_id, before=now - timedelta(days=days))
    return Purged(
        challenges=gone_challenges, receipts=gone_receipts, sessions=gone_sessions, client_keys=forgotten
    )

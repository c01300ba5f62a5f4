"""Retention: what has served its time is removed, in small transactions that keep nobody waiting."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from moderation.domain.challenge import PURPOSE
from moderation.domain.comment import Status
from moderation.domain.events import RETENTION
from moderation.domain.repeats import FINGERPRINT_LIFE
from moderation.ports import Services
from moderation.store import (
    challenges,
    changes,
    comments,
    erasing,
    identities,
    outbox,
    own_data,
    repeats,
    reports,
    sessions,
    sites,
)
from moderation.store.tables import Site
from moderation.store.transaction import reading, transaction

RECEIPTS = timedelta(days=1)
SENT_MESSAGES = timedelta(days=7)
"""How long a told message can still be looked up, and told again when a receiver asks."""
GIVEN_SOUNDS = timedelta(minutes=15)
"""How long a sound outlives the moment it was given out: longer than any challenge can be answered."""
CHALLENGE_BATCH = 500
MESSAGE_BATCH = 1_000
ERASE_BATCH = 100
FINGERPRINT_BATCH = 500
REPORT_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """How many of each were removed."""

    challenges: int
    receipts: int
    sessions: int
    client_keys: int
    """Of comments and of reports."""
    rejected: int
    report_notes: int
    messages: int
    fingerprints: int


def purge(*, session_idle: timedelta, session: Session, services: Services) -> Purged:
    """Remove what has served its time: challenges, receipts, sessions, messages, fingerprints; by each site's days, clients, refused and withdrawn texts and notes of reports."""
    now = services.clock.now()
    with transaction(session):
        key_ids = services.secrets.keyed_by_all(PURPOSE).keys()
        gone_challenges = challenges.purge(session, expired_before=now, key_ids=key_ids, most=CHALLENGE_BATCH)
        challenges.purge_sounds(session, taken_before=now - GIVEN_SOUNDS, key_ids=key_ids)
    with transaction(session):
        gone_receipts = comments.purge_receipts(session, before=now - RECEIPTS)
        gone_sessions = sessions.purge_sessions(session, now=now, idle_since=now - session_idle)
        identities.purge_requests(session, now=now)
    with transaction(session):
        gone_messages = outbox.purge_sent(session, before=now - SENT_MESSAGES, most=MESSAGE_BATCH)
    with transaction(session):
        gone_fingerprints = repeats.purge_fingerprints(
            session, before=now - FINGERPRINT_LIFE, most=FINGERPRINT_BATCH
        )
    _forget_unblocked(session=session, services=services)
    with reading(session):
        found = sites.all_sites(session)
    forgotten = erased = notes = 0
    for site in found:
        with transaction(session):
            before = now - timedelta(days=site.retain_client_days)
            forgotten += comments.forget_clients(session, site.id, before=before)
        with transaction(session):
            forgotten += reports.forget_clients(session, site.id, before=before, most=REPORT_BATCH)
            before = now - timedelta(days=site.retain_rejected_days)
            notes += reports.forget_notes(session, site.id, settled_before=before, most=REPORT_BATCH)
        erased += _erase_gone(site, session=session, services=services)
    return Purged(
        challenges=gone_challenges,
        receipts=gone_receipts,
        sessions=gone_sessions,
        client_keys=forgotten,
        rejected=erased,
        report_notes=notes,
        messages=gone_messages,
        fingerprints=gone_fingerprints,
    )


def _forget_unblocked(*, session: Session, services: Services) -> None:
    """Forget who had himself erased while he was blocked, once the block has ended."""
    now = services.clock.now()
    with reading(session):
        ended = own_data.kept_for_nothing(session, now=now)
    for author_id in ended:
        with transaction(session):
            own_data.forget_author(session, author_id, now=now)


def _erase_gone(site: Site, *, session: Session, services: Services) -> int:
    """Erase comments refused or withdrawn past their days, one batch of each a call."""
    now = services.clock.now()
    moment = changes.Moment(now=now, new_id=services.ids.new)
    before = now - timedelta(days=site.retain_rejected_days)
    erased = 0
    for status in (Status.REJECTED, Status.WITHDRAWN):
        # Looked for before the transaction: nobody's writing waits while we look.
        with reading(session):
            doomed = comments.gone_before(session, site.id, status, before=before, most=ERASE_BATCH)
        if doomed:
            with transaction(session):
                erased += len(erasing.erase(session, doomed, {status}, actor=RETENTION, moment=moment))
    return erased

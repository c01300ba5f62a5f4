"""Sign-in by the portal: the keys it signs with, and whom a signed token names.

    writer_of(site_key, token)
      1 key         named by the token's header, one of the site's and not retired   → SiteUnknown, SignInNotOffered
      2 signature   under the secret that the name gives, by the service's present key or the one before it
      3 claims      of this site for this service, in force by our clock, and who    → PortalTokenInvalid

A key's secret is derived from the site, the key's name and the service's key, so that nothing secret is at rest. It is
told once, when the key is added. Two keys in force at once make a rotation without a gap.
"""

import base64
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.comment import is_site_key
from moderation.domain.errors import PortalKeyUnknown, PortalTokenInvalid, SignInNotOffered, SiteUnknown
from moderation.domain.events import OPERATOR, Actor, Event, EventName
from moderation.domain.policy import SignIn
from moderation.domain.portal import PURPOSE, Why, author_name, read_claims
from moderation.domain.writer import Writer
from moderation.ports import Services
from moderation.store import outbox, portal_keys, sites
from moderation.store.transaction import reading, transaction

_KEY_ID = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedKey:
    """A new key with its secret, which is told this once."""

    key_id: str
    secret: str


def add(
    site_key: str,
    *,
    actor: Actor = OPERATOR,
    site_ids: Collection[UUID] | None = None,
    session: Session,
    services: Services,
) -> AddedKey:
    """Add a key beside those in force. `site_ids`: where the actor may do that; None for the operator."""
    now = services.clock.now()
    key_id = services.secrets.digest(services.secrets.token("")).hex()[:8]
    with transaction(session):
        site = sites.find_own(session, site_key, site_ids)
        # A name that was retired never comes back: it would give the same secret again.
        while not portal_keys.add(session, site.id, key_id, now=now):
            key_id = services.secrets.digest(services.secrets.token("")).hex()[:8]
        outbox.record(session, _event(EventName.PORTAL_KEY_ADDED, site.id, actor, key_id), now=now)
        secret = _secret(services.secrets.keyed(PURPOSE, str(site.id), key_id))
    return AddedKey(key_id=key_id, secret=secret)


def retire(
    site_key: str,
    key_id: str,
    *,
    actor: Actor = OPERATOR,
    site_ids: Collection[UUID] | None = None,
    session: Session,
    services: Services,
) -> None:
    """Refuse a key's tokens from now on, for good. Raises `PortalKeyUnknown` for one that is not in force."""
    now = services.clock.now()
    with transaction(session):
        site = sites.find_own(session, site_key, site_ids)
        if not _KEY_ID.fullmatch(key_id) or not portal_keys.retire(session, site.id, key_id, now=now):
            raise PortalKeyUnknown
        outbox.record(session, _event(EventName.PORTAL_KEY_RETIRED, site.id, actor, key_id), now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedKey:
    """A key in a list, without its secret."""

    key_id: str
    created_at: datetime
    retired_at: datetime | None


def listed(site_key: str, *, site_ids: Collection[UUID] | None = None, session: Session) -> list[ListedKey]:
    """Return a site's keys, those in force first. Raises `SiteUnknown`."""
    with reading(session):
        site = sites.find_own(session, site_key, site_ids)
        return [
            ListedKey(key_id=key.key_id, created_at=key.created_at, retired_at=key.retired_at)
            for key in portal_keys.all_of(session, site.id)
        ]


def writer_of(site_key: str, token: str, *, session: Session, services: Services) -> Writer:
    """Return whom a token of the portal names."""
    now = services.clock.now()

    # 1 Key
    if not is_site_key(site_key):
        raise SiteUnknown
    key_id = services.tokens.key_id(token)
    with reading(session):
        # What can be no name of a key is none; and NUL must not reach PostgreSQL.
        key = portal_keys.find(session, site_key, key_id if _KEY_ID.fullmatch(key_id) else "")
    if key is None:
        raise SiteUnknown
    if key.sign_in is SignIn.ANONYMOUS:
        raise SignInNotOffered
    if key.key_id is None:
        raise PortalTokenInvalid(Why.UNKNOWN_KEY)
    if key.retired_at is not None:
        raise PortalTokenInvalid(Why.RETIRED_KEY)

    # 2 Signature
    macs = services.secrets.keyed_by_all(PURPOSE, str(key.site_id), key.key_id)
    claims = services.tokens.claims(token, map(_secret, macs.values()))

    # 3 Claims
    signed = read_claims(claims, site_key=site_key, now=now)
    return Writer(
        author_hash=services.secrets.digest(author_name(key.site_id, signed.subject)),
        subject=signed.subject,
        nickname=signed.nickname,
        is_verified=signed.is_verified,
    )


def _secret(mac: bytes) -> str:
    """Write a keyed hash as a secret that can be copied: 43 characters, and those are the key of the signature."""
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def _event(name: EventName, site_id: UUID, actor: Actor, key_id: str) -> Event:
    return Event(
        name=name,
        actor=actor,
        subject_kind="site",
        subject_id=site_id,
        site_id=site_id,
        new={"key_id": key_id},
    )

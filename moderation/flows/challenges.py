"""Challenges: drawn ahead of need, issued to a reader, shown as an image. Redeeming belongs to intake."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.challenge import PURPOSE, answer_parts
from moderation.domain.errors import ChallengeNotNeeded, ChallengeUnknown, OriginNotAllowed
from moderation.domain.policy import ChallengeMode
from moderation.ports import Services
from moderation.store import challenges, sites
from moderation.store.tables import Challenge, Site
from moderation.store.transaction import reading, transaction

OWN_PAGE_LIMIT = "30/minute"
REFILL_BATCH = 25
"""Challenges drawn per transaction: about a tenth of a second of CPU, so that a stop is never long in coming."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedChallenge:
    """What a reader's page needs: where the image is, how large, and until when it can be answered."""

    id: UUID
    width: int
    height: int
    expires_at: datetime
    expires_in_seconds: int


def issue(
    site_key: str, origin: str | None, *, seconds: int, session: Session, services: Services
) -> IssuedChallenge:
    """Issue a challenge to a page of this site, valid for `seconds`."""
    site = sites.find_site(session, site_key)
    if origin not in site.origins:
        raise OriginNotAllowed
    if site.challenge is ChallengeMode.OFF:
        raise ChallengeNotNeeded
    return _issue(site, seconds, session=session, services=services)


def issue_for_own_page(
    site_key: str, client: str, *, seconds: int, session: Session, services: Services
) -> IssuedChallenge | None:
    """Issue a challenge for this service's own page; None where none is needed, or a client asks for too many.

    The page is read far more often than it is posted from: a crawler must be able to read it without draining the
    pool, so what is above the limit reads the comments and gets no picture.
    """
    site = sites.find_site(session, site_key)
    if site.challenge is ChallengeMode.OFF:
        return None
    client_key = services.secrets.keyed("page-client", client).hex()
    if not services.limits.spend(client_key, limits=OWN_PAGE_LIMIT, scope="own-page").is_allowed:
        return None
    return _issue(site, seconds, session=session, services=services)


def _issue(site: Site, seconds: int, *, session: Session, services: Services) -> IssuedChallenge:
    now = services.clock.now()
    expires_at = now + timedelta(seconds=seconds)
    key_ids = services.secrets.keyed_by_all(PURPOSE).keys()
    with transaction(session):
        issued = challenges.issue(session, site.id, key_ids=key_ids, expires_at=expires_at)
    if issued is None:
        # Readers should not pay for a worker that is down: draw one now, and say so.
        services.log.warning("challenge.pool-dry", site_id=str(site.id))
        fresh = _draw(services, now)
        with transaction(session):
            challenges.add_to_pool(session, [fresh])
            session.flush()
            issued = challenges.issue(session, site.id, key_ids=key_ids, expires_at=expires_at)
        assert issued is not None  # noqa: S101 - one was added in the same transaction
    return IssuedChallenge(
        id=issued.id,
        width=issued.width,
        height=issued.height,
        expires_at=expires_at,
        expires_in_seconds=seconds,
    )


@dataclass(frozen=True, slots=True)
class Image:
    """A challenge's picture."""

    content: bytes
    media_type: str


def image(site_key: str, challenge_id: UUID, *, session: Session, services: Services) -> Image:
    """Return the picture of a challenge that can still be answered. Raises `ChallengeUnknown`."""
    with reading(session):
        site = sites.find_site(session, site_key)
        found = challenges.find_image(session, site.id, challenge_id, now=services.clock.now())
        if found is None:
            raise ChallengeUnknown
        return Image(found.image, found.media_type)


def refill(*, size: int, session: Session, services: Services) -> int:
    """Draw challenges until the pool holds `size`, or one batch is drawn; return how many were."""
    with reading(session):
        key_ids = services.secrets.keyed_by_all(PURPOSE).keys()
        missing = size - challenges.pool_size(session, key_ids=key_ids)
    if missing <= 0:
        return 0
    now = services.clock.now()
    drawn = [_draw(services, now) for _ in range(min(missing, REFILL_BATCH))]
    with transaction(session):
        challenges.add_to_pool(session, drawn)
    return len(drawn)


def _draw(services: Services, now: datetime) -> Challenge:
    drawing = services.captcha.draw()
    challenge_id = services.ids.new()
    return Challenge(
        id=challenge_id,
        site_id=None,
        answer_mac=services.secrets.keyed(PURPOSE, *answer_parts(challenge_id, drawing.answer)),
        key_id=services.secrets.key_id,
        image=drawing.image,
        media_type=drawing.media_type,
        width=drawing.width,
        height=drawing.height,
        created_at=now,
        expires_at=None,
        redeemed_at=None,
        redeemed_for=None,
    )

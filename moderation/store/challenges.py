"""Challenges: pooled, issued once, redeemed once. Each step is one conditional UPDATE, counted by its rows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, case, delete, func, literal, null, or_, select, update
from sqlalchemy.orm import Session, undefer

from moderation.store.tables import Challenge


def pool_size(session: Session, *, key_ids: Collection[str] | None = None) -> int:
    """Count the challenges that wait to be issued; with `key_ids`, those whose answers can still be read."""
    query = select(func.count()).select_from(Challenge).where(Challenge.site_id.is_(None))
    if key_ids is not None:
        query = query.where(Challenge.key_id.in_(key_ids))
    return session.scalar(query) or 0


def add_to_pool(session: Session, challenges: list[Challenge]) -> None:
    """Add freshly drawn challenges to the pool."""
    session.add_all(challenges)


@dataclass(frozen=True, slots=True)
class Issued:
    """What the reader's page needs to show a challenge."""

    id: UUID
    media_type: str
    width: int
    height: int


def issue(
    session: Session, site_id: UUID, *, key_ids: Collection[str], expires_at: datetime
) -> Issued | None:
    """Give the oldest pooled challenge to a site, with a deadline; None when the pool is dry.

    Only one drawn under a key still accepted: no answer to any other could ever be right.
    """
    pooled = (
        select(Challenge.id)
        .where(Challenge.site_id.is_(None), Challenge.key_id.in_(key_ids))
        .order_by(Challenge.created_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = session.execute(
        update(Challenge)
        .where(Challenge.id == pooled.scalar_subquery(), Challenge.site_id.is_(None))
        .values(site_id=site_id, expires_at=expires_at)
        .returning(Challenge.id, Challenge.media_type, Challenge.width, Challenge.height),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    return None if row is None else Issued(*row)


def find_image(session: Session, site_id: UUID, challenge_id: UUID, *, now: datetime) -> Challenge | None:
    """Return an issued, unredeemed, unexpired challenge with its image."""
    return session.scalars(
        select(Challenge)
        .options(undefer(Challenge.image))
        .where(
            Challenge.id == challenge_id,
            Challenge.site_id == site_id,
            Challenge.redeemed_at.is_(None),
            Challenge.expires_at > now,
        ),
    ).one_or_none()


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What came of redeeming: `is_fresh` when this call burnt it, `is_right` when it was answered rightly for us."""

    is_fresh: bool
    is_right: bool


def redeem(
    session: Session,
    site_id: UUID,
    challenge_id: UUID,
    *,
    answer_macs: dict[str, bytes],
    posting: bytes,
    now: datetime,
) -> Redeemed:
    """Burn a challenge with one answer, atomically: whatever the answer, nobody can use it again.

    `answer_macs` are the answer's keyed hashes by key id (two while keys rotate); `posting` names the logical
    posting. A retry of the posting that answered rightly finds its own name and passes: so a reply lost on the
    network costs the reader no second captcha, and racing twins meet at the idempotency key.
    """
    answer_is_right = case(answer_macs, value=Challenge.key_id, else_=null())
    row = session.execute(
        update(Challenge)
        .where(
            Challenge.id == challenge_id,
            Challenge.site_id == site_id,
            Challenge.redeemed_at.is_(None),
            Challenge.expires_at > now,
        )
        .values(
            redeemed_at=now,
            redeemed_for=case(
                (Challenge.answer_mac == answer_is_right, literal(posting, Challenge.redeemed_for.type)),
                else_=null(),
            ),
        )
        .returning(Challenge.redeemed_for),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    if row is not None:
        return Redeemed(is_fresh=True, is_right=row.redeemed_for is not None)
    held_for = session.scalars(
        select(Challenge.redeemed_for).where(Challenge.id == challenge_id, Challenge.site_id == site_id),
    ).one_or_none()
    return Redeemed(is_fresh=False, is_right=held_for is not None and held_for == posting)


def purge(session: Session, *, expired_before: datetime, key_ids: Collection[str], most: int) -> int:
    """Delete issued challenges past their deadline and pooled ones of a forgotten key; return how many."""
    is_dead = and_(Challenge.site_id.is_(None), Challenge.key_id.not_in(key_ids))
    doomed = select(Challenge.id).where(or_(Challenge.expires_at < expired_before, is_dead)).limit(most)
    gone = session.scalars(
        delete(Challenge).where(Challenge.id.in_(doomed)).returning(Challenge.id),
        execution_options={"synchronize_session": False},
    ).all()
    return len(gone)

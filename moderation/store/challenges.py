"""Challenges: pooled, issued once, redeemed once. Each step is one conditional UPDATE, counted by its rows.

A proof of work is told here only when it is used: then its id becomes a row, and a second row cannot be.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, delete, func, literal, null, or_, select, update
from sqlalchemy.orm import Session, undefer

from moderation.store.tables import Challenge
from moderation.store.upsert import insert_if_absent

Macs = Mapping[str, bytes]
"""One answer's keyed hashes by key id: two while keys rotate."""
PROOF_MEDIA_TYPE: Final = "application/x-proof"
KEPT_AFTER_DEADLINE: Final = timedelta(minutes=10)
"""How long a used proof stays known beyond its deadline: for hosts whose clocks differ."""


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
    """What came of redeeming: `is_fresh` when this call burnt it, `is_right` when it was answered rightly for us.

    `is_weak`: answered rightly, but by one of the hashes that are not enough.
    """

    is_fresh: bool
    is_right: bool
    is_weak: bool = False


def redeem(
    session: Session,
    site_id: UUID,
    challenge_id: UUID,
    *,
    answer_macs: Sequence[Macs],
    weak_macs: Sequence[Macs] = (),
    posting: bytes,
    now: datetime,
) -> Redeemed:
    """Burn a challenge with one answer, atomically: whatever the answer, nobody can use it again.

    `answer_macs` are the answer's hashes, one for each kind of drawing that is enough; `posting` names the logical
    posting. A retry of the posting that answered rightly finds its own name and passes: so a reply lost on the
    network costs the reader no second captcha, and racing twins meet at the idempotency key.
    """
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
                (
                    or_(*(Challenge.answer_mac == _of_key(macs) for macs in answer_macs)),
                    literal(posting, Challenge.redeemed_for.type),
                ),
                else_=null(),
            ),
        )
        .returning(Challenge.redeemed_for, Challenge.answer_mac, Challenge.key_id),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    if row is not None:
        is_weak = any(macs.get(row.key_id) == row.answer_mac for macs in weak_macs)
        return Redeemed(is_fresh=True, is_right=row.redeemed_for is not None, is_weak=is_weak)
    return Redeemed(is_fresh=False, is_right=is_redeemed_for(session, site_id, challenge_id, posting))


def _of_key(macs: Macs) -> ColumnElement[bytes]:
    """Choose the hash made under the key that the row names."""
    return case(dict(macs), value=Challenge.key_id, else_=null())


def is_redeemed_for(session: Session, site_id: UUID, challenge_id: UUID, posting: bytes) -> bool:
    """Say whether a challenge was answered rightly for this very posting."""
    held_for = session.scalars(
        select(Challenge.redeemed_for).where(Challenge.id == challenge_id, Challenge.site_id == site_id),
    ).one_or_none()
    return held_for is not None and held_for == posting


def redeem_proof(
    session: Session,
    site_id: UUID,
    proof_id: UUID,
    *,
    posting: bytes,
    key_id: str,
    expires_at: datetime,
    now: datetime,
) -> bool:
    """Use up a proof of work for a posting, atomically; say whether it was unused, or used by this very posting.

    The first to write the id has it. Another waits for him and finds the row.
    """
    if expires_at > now and insert_if_absent(
        session,
        Challenge,
        id=proof_id,
        site_id=site_id,
        answer_mac=b"",
        key_id=key_id,
        image=b"",
        media_type=PROOF_MEDIA_TYPE,
        width=0,
        height=0,
        created_at=now,
        expires_at=expires_at + KEPT_AFTER_DEADLINE,
        redeemed_at=now,
        redeemed_for=posting,
    ):
        return True
    return is_redeemed_for(session, site_id, proof_id, posting)


def purge(session: Session, *, expired_before: datetime, key_ids: Collection[str], most: int) -> int:
    """Delete issued challenges past their deadline and pooled ones of a forgotten key; return how many."""
    is_dead = and_(Challenge.site_id.is_(None), Challenge.key_id.not_in(key_ids))
    doomed = select(Challenge.id).where(or_(Challenge.expires_at < expired_before, is_dead)).limit(most)
    gone = session.scalars(
        delete(Challenge).where(Challenge.id.in_(doomed)).returning(Challenge.id),
        execution_options={"synchronize_session": False},
    ).all()
    return len(gone)

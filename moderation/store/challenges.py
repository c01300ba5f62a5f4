"""Challenges: pooled, issued once, redeemed once. Each step is one conditional UPDATE, counted by its rows.

A proof of work is told here only when it is used: then its id becomes a row, and a second row cannot be.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, delete, func, literal, null, or_, select, update
from sqlalchemy.orm import Session, undefer

from moderation.store.tables import Challenge, Sound
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
        select(Challenge).options(undefer(Challenge.image)).where(*_answerable(site_id, challenge_id, now)),
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
    sound_macs: Callable[[UUID], Macs],
    posting: bytes,
    now: datetime,
) -> Redeemed:
    """Burn a challenge with one answer, atomically: whatever the answer, nobody can use it again.

    `answer_macs` are the answer's hashes, one for each kind of drawing that is enough; `sound_macs` makes those of the
    answer as heard in a sound, for the challenge that got one: its one attempt is for both. `posting` names the logical
    posting. A retry of the posting that answered rightly finds its own name and passes: so a reply lost on the
    network costs the reader no second captcha, and racing twins meet at the idempotency key.
    """
    row = session.execute(
        update(Challenge)
        .where(*_answerable(site_id, challenge_id, now))
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
        .returning(Challenge.redeemed_for, Challenge.answer_mac, Challenge.key_id, Challenge.sound_id),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    if row is not None:
        is_right = row.redeemed_for is not None
        if not is_right and row.sound_id is not None:
            is_right = _is_heard(session, challenge_id, row.sound_id, sound_macs(row.sound_id), posting)
        is_weak = any(macs.get(row.key_id) == row.answer_mac for macs in weak_macs)
        return Redeemed(is_fresh=True, is_right=is_right, is_weak=is_weak)
    return Redeemed(is_fresh=False, is_right=is_redeemed_for(session, site_id, challenge_id, posting))


def _is_heard(session: Session, challenge_id: UUID, sound_id: UUID, macs: Macs, posting: bytes) -> bool:
    """Compare an answer with the sound's, for a challenge that this transaction has just burnt."""
    right = select(Sound.id).where(
        Sound.id == sound_id, Sound.answer_mac == case(dict(macs), value=Sound.key_id, else_=null())
    )
    heard = session.scalars(
        update(Challenge)
        .where(Challenge.id == challenge_id, right.exists())
        .values(redeemed_for=posting)
        .returning(Challenge.id),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    return heard is not None


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


# Sounds ------------------------------------------------------------------------------------------


def sounds_left(session: Session, *, key_ids: Collection[str]) -> int:
    """Count the sounds that can be given out."""
    query = select(func.count()).select_from(Sound)
    return session.scalar(query.where(Sound.taken_at.is_(None), Sound.key_id.in_(key_ids))) or 0


def add_sound(session: Session, sound: Sound) -> None:
    """Add a freshly made sound to the pool."""
    session.add(sound)


@dataclass(frozen=True, slots=True)
class Answerable:
    """A challenge that can still be answered, with its sound if it got one."""

    sound_id: UUID | None


def find_answerable(
    session: Session, site_id: UUID, challenge_id: UUID, *, now: datetime
) -> Answerable | None:
    """Return a challenge that can still be answered, without its image."""
    row = session.execute(
        select(Challenge.sound_id).where(*_answerable(site_id, challenge_id, now)),
    ).one_or_none()
    return None if row is None else Answerable(*row)


def take_sound(session: Session, *, key_ids: Collection[str], now: datetime) -> UUID | None:
    """Take the oldest sound out of the pool; None when it is empty."""
    pooled = (
        select(Sound.id)
        .where(Sound.taken_at.is_(None), Sound.key_id.in_(key_ids))
        .order_by(Sound.created_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(
        update(Sound)
        .where(Sound.id == pooled.scalar_subquery(), Sound.taken_at.is_(None))
        .values(taken_at=now)
        .returning(Sound.id),
        execution_options={"synchronize_session": False},
    ).one_or_none()


def give_sound(session: Session, site_id: UUID, challenge_id: UUID, sound_id: UUID, *, now: datetime) -> bool:
    """Give a sound to a challenge that has none and can still be answered; say whether it could be."""
    given = session.scalars(
        update(Challenge)
        .where(*_answerable(site_id, challenge_id, now), Challenge.sound_id.is_(None))
        .values(sound_id=sound_id)
        .returning(Challenge.id),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    return given is not None


def find_sound(session: Session, site_id: UUID, challenge_id: UUID, *, now: datetime) -> Sound | None:
    """Return the sound of a challenge that can still be answered, with its content."""
    return session.scalars(
        select(Sound)
        .join(Challenge, Challenge.sound_id == Sound.id)
        .options(undefer(Sound.content))
        .where(*_answerable(site_id, challenge_id, now)),
    ).one_or_none()


def purge_sounds(session: Session, *, taken_before: datetime, key_ids: Collection[str]) -> int:
    """Delete sounds that were given out and those of a forgotten key; return how many."""
    gone = session.scalars(
        delete(Sound)
        .where(
            or_(Sound.taken_at < taken_before, and_(Sound.taken_at.is_(None), Sound.key_id.not_in(key_ids)))
        )
        .returning(Sound.id),
        execution_options={"synchronize_session": False},
    ).all()
    return len(gone)


def drop_sounds(session: Session) -> int:
    """Delete every sound that waits to be given out; return how many."""
    gone = session.scalars(
        delete(Sound).where(Sound.taken_at.is_(None)).returning(Sound.id),
        execution_options={"synchronize_session": False},
    ).all()
    return len(gone)


def _answerable(site_id: UUID, challenge_id: UUID, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Challenge.id == challenge_id,
        Challenge.site_id == site_id,
        Challenge.redeemed_at.is_(None),
        Challenge.expires_at > now,
    )

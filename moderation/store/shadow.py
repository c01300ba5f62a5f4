"""Shadows: which version judges a site's new comments without effect, what it would have done, how people decided."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from moderation.domain.replay import Fate
from moderation.store.past import READABLE
from moderation.store.tables import Account, Comment, RuleSetVersion, Shadow, ShadowJudgement


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowRow:
    """A shadow with the version that judges in it."""

    shadow: Shadow
    number: int
    name: str
    present_digest: str | None
    started_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a shadow and the active rules made of one comment."""

    comment_id: UUID
    before: Fate
    after: Fate
    rule_keys: tuple[str, ...]


def open_of(session: Session, site_id: UUID, *, is_locked: bool = False) -> Shadow | None:
    """Return the shadow that judges on a site now."""
    query = select(Shadow).where(Shadow.site_id == site_id, Shadow.ended_at.is_(None))
    return session.scalars(query.with_for_update() if is_locked else query).one_or_none()


def latest(session: Session, site_id: UUID) -> ShadowRow | None:
    """Return a site's latest shadow, running or ended."""
    row = session.execute(
        select(
            Shadow,
            RuleSetVersion.number,
            RuleSetVersion.name,
            RuleSetVersion.digest,
            Account.name.label("started_by"),
        )
        .join(RuleSetVersion, RuleSetVersion.id == Shadow.rule_set_id)
        .outerjoin(Account, Account.id == Shadow.started_by)
        .where(Shadow.site_id == site_id)
        .order_by(Shadow.started_at.desc(), Shadow.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return ShadowRow(
        shadow=row.Shadow,
        number=row.number,
        name=row.name,
        present_digest=row.digest,
        started_by=row.started_by,
    )


def take(
    session: Session, *, but: Sequence[UUID], lease: UUID, now: datetime, lasting: timedelta
) -> Shadow | None:
    """Take the shadow that lags most of those nobody works on; of several workers one gets it."""
    is_free = or_(Shadow.lease_expires_at.is_(None), Shadow.lease_expires_at <= now)
    free = (
        select(Shadow.id)
        .where(Shadow.ended_at.is_(None), is_free, Shadow.id.not_in(but))
        .order_by(Shadow.watermark, Shadow.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    taken = session.scalars(
        update(Shadow)
        # `=`, not `IN`: PostgreSQL may run the latter's query again for each row, and then takes more than one.
        .where(Shadow.id == free.scalar_subquery(), Shadow.ended_at.is_(None), is_free)
        .values(lease=lease, lease_expires_at=now + lasting)
        .returning(Shadow.id),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    return None if taken is None else session.get_one(Shadow, taken, populate_existing=True)


def hold(session: Session, taken: Shadow) -> Shadow | None:
    """Lock a shadow one has taken; None when it was ended or its lease was lost."""
    return session.scalars(
        select(Shadow)
        .where(Shadow.id == taken.id, Shadow.lease == taken.lease, Shadow.ended_at.is_(None))
        .with_for_update(),
        execution_options={"populate_existing": True},
    ).one_or_none()


def artefact(session: Session, shadow_id: UUID) -> bytes:
    """Return the rules a shadow judges by, as bytes; none when it was ended."""
    return session.scalars(select(Shadow.artefact).where(Shadow.id == shadow_id)).one_or_none() or b""


def end(shadow: Shadow, *, now: datetime) -> None:
    """End a shadow; what it judged stays to be read."""
    shadow.ended_at, shadow.artefact = now, None
    shadow.lease = shadow.lease_expires_at = None


def unjudged(session: Session, shadow: Shadow, *, since: datetime, most: int) -> list[UUID]:
    """Return comments since a moment that a shadow has not judged, the oldest first.

    By what is missing, not by a number above the last: a comment that was committed late would be skipped.
    """
    is_judged = exists().where(
        ShadowJudgement.shadow_id == shadow.id, ShadowJudgement.comment_id == Comment.id
    )
    return list(
        session.scalars(
            select(Comment.id)
            .where(
                Comment.site_id == shadow.site_id,
                Comment.created_at >= since,
                Comment.status.in_(READABLE),
                ~is_judged,
            )
            .order_by(Comment.created_at, Comment.id)
            .limit(most)
        )
    )


def still_there(session: Session, ids: Iterable[UUID]) -> set[UUID]:
    """Return those of some comments that have not been removed."""
    return set(session.scalars(select(Comment.id).where(Comment.id.in_(list(ids)))))


def matrix(session: Session, shadow_id: UUID) -> dict[tuple[Fate, Fate], int]:
    """Count what a shadow judged, by the fate under the active rules and under its own."""
    rows = session.execute(
        select(ShadowJudgement.before, ShadowJudgement.after, func.count())
        .where(ShadowJudgement.shadow_id == shadow_id)
        .group_by(ShadowJudgement.before, ShadowJudgement.after)
    )
    return {(before, after): number for before, after, number in rows}


def last_judged(session: Session, shadow_id: UUID, *, most: int) -> list[Judgement]:
    """Return the latest judgements in which a rule had something to say, or the fate differs."""
    rows = session.execute(_speaking(shadow_id).order_by(ShadowJudgement.created_at.desc()).limit(most))
    return [
        Judgement(
            comment_id=row.comment_id,
            before=row.before,
            after=row.after,
            rule_keys=tuple(row.rule_keys),
        )
        for row in rows
    ]


def disagreeing(session: Session, shadow_id: UUID, *, most: int) -> list[ShadowJudgement]:
    """Return the latest judgements that differ from those of the active rules."""
    return list(
        session.scalars(
            select(ShadowJudgement)
            .where(ShadowJudgement.shadow_id == shadow_id, ShadowJudgement.before != ShadowJudgement.after)
            .order_by(ShadowJudgement.created_at.desc())
            .limit(most)
        )
    )


def purge(session: Session, *, before: datetime, most: int) -> int:
    """Delete judgements made before a moment; return how many."""
    old = (
        select(ShadowJudgement.shadow_id, ShadowJudgement.comment_id)
        .where(ShadowJudgement.created_at < before)
        .order_by(ShadowJudgement.created_at)
        .limit(most)
        .subquery()
    )
    gone: Sequence[UUID] = session.scalars(
        delete(ShadowJudgement)
        .where(
            exists().where(
                old.c.shadow_id == ShadowJudgement.shadow_id, old.c.comment_id == ShadowJudgement.comment_id
            )
        )
        .returning(ShadowJudgement.comment_id),
        execution_options={"synchronize_session": False},
    ).all()
    return len(gone)


def _speaking(shadow_id: UUID) -> Select[UUID, Fate, Fate, list[str]]:
    quiet = (Fate.PUBLISHED, Fate.WAITS)
    return select(
        ShadowJudgement.comment_id,
        ShadowJudgement.before,
        ShadowJudgement.after,
        ShadowJudgement.rule_keys,
    ).where(
        ShadowJudgement.shadow_id == shadow_id,
        or_(
            ShadowJudgement.before.not_in(quiet),
            ShadowJudgement.after.not_in(quiet),
        ),
    )

"""Rule set versions: stored, found, activated."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from moderation.domain.ruleset import RuleSetState
from moderation.store.tables import RuleSetVersion, StoredRule


def next_number(session: Session, site_id: UUID) -> int:
    """Return the number of a site's next rule set version."""
    last = session.scalar(select(func.max(RuleSetVersion.number)).where(RuleSetVersion.site_id == site_id))
    return (last or 0) + 1


def add(session: Session, version: RuleSetVersion, rules: Iterable[StoredRule]) -> None:
    """Add a version with its rules."""
    session.add(version)
    session.flush()
    # In bulk: a hundred thousand rules would otherwise hold SQLite's one write lock past its busy timeout.
    session.bulk_save_objects(rules)


def find(session: Session, site_id: UUID, number: int) -> RuleSetVersion | None:
    """Return a site's version by its number."""
    return session.scalars(
        select(RuleSetVersion).where(RuleSetVersion.site_id == site_id, RuleSetVersion.number == number),
    ).one_or_none()


def all_versions(session: Session, site_id: UUID) -> Sequence[RuleSetVersion]:
    """Return a site's versions, the latest first."""
    return session.scalars(
        select(RuleSetVersion)
        .where(RuleSetVersion.site_id == site_id)
        .order_by(RuleSetVersion.number.desc()),
    ).all()


def artefact(session: Session, rule_set_id: UUID) -> bytes:
    """Return the compiled set as bytes."""
    return session.scalars(select(RuleSetVersion.artefact).where(RuleSetVersion.id == rule_set_id)).one()


def rules_of(session: Session, rule_set_id: UUID) -> Sequence[StoredRule]:
    """Return the rules as they were written."""
    return session.scalars(
        select(StoredRule).where(StoredRule.rule_set_id == rule_set_id).order_by(StoredRule.key),
    ).all()


def active_id(session: Session, site_id: UUID) -> UUID | None:
    """Return the id of a site's active version, if it has one."""
    return session.scalars(
        select(RuleSetVersion.id).where(
            RuleSetVersion.site_id == site_id,
            RuleSetVersion.state == RuleSetState.ACTIVE,
        ),
    ).one_or_none()


def activate(session: Session, version: RuleSetVersion, *, now: datetime) -> UUID | None:
    """Make a version the site's active one in one step; return the one it replaces. Callers hold the site's lock."""
    replaced = active_id(session, version.site_id)
    session.execute(
        update(RuleSetVersion).where(RuleSetVersion.id == replaced).values(state=RuleSetState.RETIRED),
    )
    session.execute(
        update(RuleSetVersion)
        .where(RuleSetVersion.id == version.id)
        .values(state=RuleSetState.ACTIVE, activated_at=now),
    )
    return replaced

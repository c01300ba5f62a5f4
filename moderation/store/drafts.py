"""Drafts of rules: edited row by row, so that one edit of 100,000 rules touches two rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Table, delete, insert, literal, select, update
from sqlalchemy.orm import Session

from moderation.domain.events import Actor, Event, EventName
from moderation.domain.ruleset import RuleSetState
from moderation.rules import Rule
from moderation.store import outbox
from moderation.store.rulesets import next_number
from moderation.store.tables import RuleSetVersion, StoredRule
from moderation.store.written import columns_of, rule_of

_RULES: Final[Table] = StoredRule.metadata.tables[StoredRule.__tablename__]
_OTHERS: Final = [column.name for column in _RULES.columns if column.name != "rule_set_id"]


def new(
    session: Session,
    site_id: UUID,
    version_id: UUID,
    name: str,
    *,
    source: RuleSetVersion | None,
    by: UUID | None,
    now: datetime,
) -> RuleSetVersion:
    """Make the row of a draft, without rules yet; what holds for all rules is that of its source, if it has one."""
    return RuleSetVersion(
        id=version_id,
        site_id=site_id,
        number=next_number(session, site_id),
        state=RuleSetState.DRAFT,
        name=name[:120],
        rule_count=0,
        digest=None,
        exceptions=None if source is None else source.exceptions,
        thresholds=None if source is None else source.thresholds,
        artefact=None,
        edition=0,
        is_correction=False,
        based_on_id=None if source is None else source.id,
        created_at=now,
        created_by=by,
        activated_at=None,
    )


def open_correction(
    session: Session,
    active: RuleSetVersion,
    version_id: UUID,
    name: str,
    *,
    actor: Actor,
    now: datetime,
) -> RuleSetVersion:
    """Return the open draft of corrections to the active version, made now if there is none.

    Callers hold the site's lock, so that two who correct at once make one draft.
    """
    found = _correction(session, active.site_id, active.id)
    if found is not None:
        return found
    draft = new(session, active.site_id, version_id, name, source=active, by=actor.id, now=now)
    draft.is_correction = True
    draft.rule_count = active.rule_count
    session.add(draft)
    session.flush()
    copy_rules(session, active.id, draft.id)
    record(session, EventName.RULE_SET_DRAFTED, draft, {"rules": draft.rule_count}, actor=actor, now=now)
    return draft


def record(
    session: Session,
    name: EventName,
    draft: RuleSetVersion,
    told: dict[str, object],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Write into the audit what was done to a draft: keys and numbers, never what a rule looks for."""
    event = Event(
        name=name,
        actor=actor,
        subject_kind="rule-set",
        subject_id=draft.id,
        site_id=draft.site_id,
        new={"number": draft.number, **told},
    )
    outbox.record(session, event, now=now)


def take_edition(
    session: Session, version_id: UUID, *, seen: int, by: UUID | None, now: datetime, **values: object
) -> bool:
    """Begin an edit: of several who saw the same edition one gets it. What was compiled is that of other rules now."""
    taken = session.execute(
        update(RuleSetVersion)
        .where(
            RuleSetVersion.id == version_id,
            RuleSetVersion.state == RuleSetState.DRAFT,
            RuleSetVersion.edition == seen,
        )
        .values(edition=seen + 1, artefact=None, digest=None, edited_at=now, edited_by=by, **values)
        .returning(RuleSetVersion.id),
    ).one_or_none()
    return taken is not None


def keep_artefact(session: Session, version_id: UUID, *, edition: int, artefact: bytes, digest: str) -> bool:
    """Keep what a draft was compiled to, unless it was edited since."""
    kept = session.execute(
        update(RuleSetVersion)
        .where(RuleSetVersion.id == version_id, RuleSetVersion.edition == edition)
        .values(artefact=artefact, digest=digest)
        .returning(RuleSetVersion.id),
    ).one_or_none()
    return kept is not None


def copy_rules(session: Session, from_id: UUID, to_id: UUID) -> None:
    """Copy all rules of a version into another, in the database."""
    columns = [_RULES.c[name] for name in _OTHERS]
    copied = select(literal(to_id, _RULES.c.rule_set_id.type), *columns).where(
        _RULES.c.rule_set_id == from_id
    )
    session.execute(insert(_RULES).from_select(["rule_set_id", *_OTHERS], copied))


def find_rule(session: Session, version_id: UUID, key: str) -> Rule | None:
    """Return a rule of a version by its key."""
    if "\0" in key:
        return None  # from an address; PostgreSQL takes none
    own = (_RULES.c.rule_set_id == version_id) & (_RULES.c.key == key)
    row = session.execute(select(_RULES).where(own)).one_or_none()
    return None if row is None else rule_of(row)


def add_rule(session: Session, version_id: UUID, rule: Rule) -> None:
    """Add a rule whose key is new."""
    session.execute(insert(_RULES).values(rule_set_id=version_id, **columns_of(rule)))
    _count(session, version_id, 1)


def change_rule(session: Session, version_id: UUID, rule: Rule) -> None:
    """Write another rule under the same key."""
    own = (_RULES.c.rule_set_id == version_id) & (_RULES.c.key == rule.key)
    session.execute(update(_RULES).where(own).values(**columns_of(rule)))


def remove_rules(session: Session, version_id: UUID, keys: Sequence[str]) -> int:
    """Remove rules by their keys; return how many there were."""
    sound = [key for key in keys if "\0" not in key]  # as above
    own = (_RULES.c.rule_set_id == version_id) & _RULES.c.key.in_(sound)
    removed = len(session.execute(delete(_RULES).where(own).returning(_RULES.c.key)).all())
    _count(session, version_id, -removed)
    return removed


def remove_all(session: Session, version_id: UUID) -> None:
    """Remove all rules of a version."""
    session.execute(delete(_RULES).where(_RULES.c.rule_set_id == version_id))
    set_count(session, version_id, 0)


def set_count(session: Session, version_id: UUID, rule_count: int) -> None:
    """Say how many rules a version has."""
    session.execute(
        update(RuleSetVersion).where(RuleSetVersion.id == version_id).values(rule_count=rule_count)
    )


def discard(session: Session, version: RuleSetVersion) -> None:
    """Remove a draft's rules; its row stays, so that its number is never another's."""
    remove_all(session, version.id)
    session.execute(
        update(RuleSetVersion)
        .where(RuleSetVersion.id == version.id)
        .values(state=RuleSetState.DISCARDED, artefact=None, digest=None),
    )


def _correction(session: Session, site_id: UUID, based_on_id: UUID) -> RuleSetVersion | None:
    """Return the open draft that collects exceptions from cards to a version, the latest if there are several."""
    return session.scalars(
        select(RuleSetVersion)
        .where(
            RuleSetVersion.site_id == site_id,
            RuleSetVersion.state == RuleSetState.DRAFT,
            RuleSetVersion.is_correction,
            RuleSetVersion.based_on_id == based_on_id,
        )
        .order_by(RuleSetVersion.number.desc())
        .limit(1),
    ).one_or_none()


def _count(session: Session, version_id: UUID, by: int) -> None:
    session.execute(
        update(RuleSetVersion)
        .where(RuleSetVersion.id == version_id)
        .values(rule_count=RuleSetVersion.rule_count + by),
    )

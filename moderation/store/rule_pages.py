"""What the rules desk reads: versions with who made them, rules page by page, what differs between two versions.

A set may have 100,000 rules: a page reads its own rows, and the databases sort, filter and compare.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, aliased

from moderation.domain.figures import RuleRecord
from moderation.domain.ruleset import RuleFilter, RuleOrder, RuleSetState, rank
from moderation.rules import Action, Rule
from moderation.store.tables import Account, RuleSetVersion, StoredRule
from moderation.store.written import rule_of

_RULES: Final[Table] = StoredRule.metadata.tables[StoredRule.__tablename__]
_KEYS: Final = ("rule_set_id", "key")
_STRICTNESS: Final = {action: place for place, action in enumerate(Action)}


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """A version as the desk shows it."""

    id: UUID
    number: int
    name: str
    state: RuleSetState
    rule_count: int
    digest: str | None
    exceptions: tuple[str, ...]
    thresholds: Mapping[str, Any] | None
    edition: int
    is_correction: bool
    based_on_id: UUID | None
    based_on: int | None
    created_at: datetime
    created_by: str | None
    edited_at: datetime | None
    edited_by: str | None
    activated_at: datetime | None
    activated_by: str | None


def versions(session: Session, site_id: UUID, *, most: int, before: int | None = None) -> list[VersionRow]:
    """Return a site's versions but the discarded ones, the latest first, without their artefacts."""
    query = _versions().where(
        RuleSetVersion.site_id == site_id, RuleSetVersion.state != RuleSetState.DISCARDED
    )
    if before is not None:
        query = query.where(RuleSetVersion.number < before)
    rows = session.execute(query.order_by(RuleSetVersion.number.desc()).limit(most))
    return [_version(row) for row in rows]


def version(session: Session, site_id: UUID, number: int) -> VersionRow | None:
    """Return one version."""
    query = _versions().where(RuleSetVersion.site_id == site_id, RuleSetVersion.number == number)
    row = session.execute(query).one_or_none()
    return None if row is None else _version(row)


def versions_in(session: Session, site_id: UUID, states: Sequence[RuleSetState]) -> list[VersionRow]:
    """Return a site's versions of some states, the latest first."""
    query = _versions().where(RuleSetVersion.site_id == site_id, RuleSetVersion.state.in_(states))
    return [_version(row) for row in session.execute(query.order_by(RuleSetVersion.number.desc()))]


def _versions() -> Select[*tuple[Any, ...]]:
    maker, editor, activator = aliased(Account), aliased(Account), aliased(Account)
    base = aliased(RuleSetVersion)
    return (
        select(
            *(
                getattr(RuleSetVersion, name)
                for name in VersionRow.__dataclass_fields__
                if name not in {"created_by", "edited_by", "activated_by", "based_on"}
            ),
            base.number.label("based_on"),
            maker.name.label("created_by"),
            editor.name.label("edited_by"),
            activator.name.label("activated_by"),
        )
        .outerjoin(base, base.id == RuleSetVersion.based_on_id)
        .outerjoin(maker, maker.id == RuleSetVersion.created_by)
        .outerjoin(editor, editor.id == RuleSetVersion.edited_by)
        .outerjoin(activator, activator.id == RuleSetVersion.activated_by)
    )


def _version(row: Any) -> VersionRow:
    values = dict(row._mapping)  # noqa: SLF001 - the documented way to a row's names
    return VersionRow(**values | {"exceptions": tuple(values["exceptions"] or ())})


# Rules, page by page ------------------------------------------------------------------------------------------


def count(session: Session, version_id: UUID, wanted: RuleFilter) -> int:
    """Count the rules that a filter lets through."""
    return session.scalar(select(func.count()).select_from(_RULES).where(_matching(version_id, wanted))) or 0


def page(
    session: Session,
    version_id: UUID,
    wanted: RuleFilter,
    order: RuleOrder,
    records: Mapping[str, RuleRecord],
    *,
    most: int,
    offset: int,
) -> list[Rule]:
    """Return a page of rules in an order; `records` are what the orders by hits go by."""
    if order.is_by_record:
        return _page_by_record(session, version_id, wanted, order, records, most=most, offset=offset)
    column = _ORDERS[order.column]
    placed = column.desc() if order.is_descending else column.asc()
    if order.column in _NULLABLE:
        placed = placed.nulls_last()
    return _rules(
        session,
        select(_RULES)
        .where(_matching(version_id, wanted))
        .order_by(placed, _RULES.c.key)
        .limit(most)
        .offset(offset),
    )


def _page_by_record(
    session: Session,
    version_id: UUID,
    wanted: RuleFilter,
    order: RuleOrder,
    records: Mapping[str, RuleRecord],
    *,
    most: int,
    offset: int,
) -> list[Rule]:
    """Put the rules with a record in order here, since few have one; all others follow or go before, by their keys."""
    matching = _matching(version_id, wanted)
    recorded = _listed(session, list(records))
    there = session.scalars(select(_RULES.c.key).where(matching, _RULES.c.key.in_(recorded)))
    ranked = sorted(there, key=lambda key: rank(records[key], order.column, key))
    if not order.is_descending:
        ranked.reverse()
    others = 0 if order.is_descending else count(session, version_id, wanted) - len(ranked)
    keys = ranked[max(0, offset - others) : max(0, offset - others + most)]
    by_key = {
        rule.key: rule
        for rule in _rules(
            session, select(_RULES).where(_RULES.c.rule_set_id == version_id, _RULES.c.key.in_(keys))
        )
    }
    found = [by_key[key] for key in keys]
    if len(found) == most:
        return found
    first = max(0, offset - len(ranked)) if order.is_descending else offset
    rest = _rules(
        session,
        select(_RULES)
        .where(matching, _RULES.c.key.not_in(recorded))
        .order_by(_RULES.c.key)
        .limit(most - len(found))
        .offset(first),
    )
    return [*found, *rest] if order.is_descending else [*rest, *found]


_ORDERS: Final[Mapping[str, ColumnElement[Any]]] = {
    "key": _RULES.c.key,
    "term": _RULES.c.term,
    "kind": _RULES.c.kind,
    "action": case(*((_RULES.c.action == action, place) for action, place in _STRICTNESS.items()), else_=-1),
    "category": _RULES.c.category,
    "severity": _RULES.c.severity,
    "thread": _RULES.c.thread_key,
    "ends": _RULES.c.ends_at,
}
_NULLABLE: Final = frozenset({"thread", "ends"})


def _matching(version_id: UUID, wanted: RuleFilter) -> ColumnElement[bool]:
    conditions = [_RULES.c.rule_set_id == version_id]
    if wanted.kind is not None:
        conditions.append(_RULES.c.kind == wanted.kind)
    if wanted.action is not None:
        conditions.append(_RULES.c.action == wanted.action)
    if wanted.category is not None:
        conditions.append(_RULES.c.category == wanted.category)
    if wanted.text:
        conditions.append(
            or_(
                _RULES.c.term.icontains(wanted.text, autoescape=True),
                _RULES.c.key.icontains(wanted.text, autoescape=True),
            )
        )
    return and_(*conditions)


def _listed(session: Session, values: list[str]) -> Select[Any]:
    """Say a list of any length to the database as one parameter: both take only so many of them."""
    if session.get_bind().dialect.name == "postgresql":
        array = cast(bindparam(None, json.dumps(values), type_=Text), JSONB)
        return select(func.jsonb_array_elements_text(array).column_valued("listed"))
    table = func.json_each(bindparam(None, json.dumps(values), type_=Text)).table_valued("value")
    return select(table.c.value)


def _rules(session: Session, query: Select[*tuple[Any, ...]]) -> list[Rule]:
    return [rule_of(row) for row in session.execute(query)]


# What differs -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rules one version has more, fewer and other than another."""

    added: int
    removed: int
    changed: int


def differing(session: Session, old_id: UUID | None, new_id: UUID) -> Counts:
    """Count what differs from an older version; without one, everything is added."""
    if old_id is None:
        return Counts(count(session, new_id, RuleFilter()), 0, 0)
    return Counts(
        added=_count(session, _only_in(new_id, old_id)),
        removed=_count(session, _only_in(old_id, new_id)),
        changed=session.scalar(_changed(old_id, new_id, func.count())) or 0,
    )


def only_in(
    session: Session, version_id: UUID, other_id: UUID | None, *, most: int, offset: int
) -> list[Rule]:
    """Return rules of a version whose keys another does not have."""
    query = select(_RULES).where(_RULES.c.rule_set_id == version_id)
    if other_id is not None:
        query = _only_in(version_id, other_id)
    return _rules(session, query.order_by(_RULES.c.key).limit(most).offset(offset))


def changed(
    session: Session, old_id: UUID, new_id: UUID, *, most: int, offset: int
) -> list[tuple[Rule, Rule]]:
    """Return rules that both versions have, but not alike, as they were and as they are."""
    keys = list(
        session.scalars(
            _changed(old_id, new_id, _RULES.c.key).order_by(_RULES.c.key).limit(most).offset(offset)
        )
    )

    def of(version_id: UUID) -> dict[str, Rule]:
        own = _RULES.c.rule_set_id == version_id
        return {rule.key: rule for rule in _rules(session, select(_RULES).where(own, _RULES.c.key.in_(keys)))}

    old, new = of(old_id), of(new_id)
    return [(old[key], new[key]) for key in keys]


def _only_in(version_id: UUID, other_id: UUID) -> Select[*tuple[Any, ...]]:
    other = _RULES.alias()
    is_there = (
        select(other.c.key).where(other.c.rule_set_id == other_id, other.c.key == _RULES.c.key).exists()
    )
    return select(_RULES).where(_RULES.c.rule_set_id == version_id, ~is_there)


def _changed(old_id: UUID, new_id: UUID, wanted: ColumnElement[Any]) -> Select[Any]:
    old = _RULES.alias()
    return (
        select(wanted)
        .select_from(_RULES.join(old, old.c.key == _RULES.c.key))
        .where(_RULES.c.rule_set_id == new_id, old.c.rule_set_id == old_id)
        .where(
            or_(
                *(
                    _comparable(column).is_distinct_from(_comparable(old.c[column.name]))
                    for column in _RULES.columns
                    if column.name not in _KEYS
                )
            )
        )
    )


def _comparable(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Make lists comparable, as their text; that a rule says nothing of them is stored in two ways."""
    if column.type.python_type is not dict and not hasattr(column.type, "none_as_null"):
        return column
    return func.coalesce(cast(column, Text), "null")


def _count(session: Session, query: Select[*tuple[Any, ...]]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0

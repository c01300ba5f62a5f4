"""What the rules desk shows: rules with what became of their hits, versions, what differs, what the linter finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from moderation.domain.errors import RuleSetUnknown, RuleUnknown
from moderation.domain.figures import RuleRecord
from moderation.domain.ruleset import FEWEST_DECISIONS, RuleFilter, RuleOrder, RuleSetState
from moderation.ports import Services
from moderation.rules import Rule
from moderation.rules.columns import COLUMNS, row_of
from moderation.rules.lint import Finding, lint
from moderation.rules.vocabulary import chinese_words
from moderation.store import drafts, figures, rule_pages, rulesets, sites
from moderation.store.rule_pages import Counts, VersionRow
from moderation.store.tables import Site
from moderation.store.transaction import reading

__all__ = [
    "Change",
    "Counts",
    "Difference",
    "RulePage",
    "RuleRow",
    "VersionRow",
    "Versions",
    "difference",
    "rule",
    "rule_page",
    "usable",
    "version",
    "versions",
]

RECORD_DAYS: Final = 30
ROWS: Final = 50
VERSIONS: Final = 50
MOST_LINTED_AT_ONCE: Final = 2_000
"""A longer list is looked at by the linter only when somebody asks: it takes seconds then."""


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule in a list, with what became of its hits in the last 30 days."""

    rule: Rule
    record: RuleRecord

    @property
    def is_telling(self) -> bool:
        """Say whether enough was decided for the share to mean something."""
        return self.record.decided >= FEWEST_DECISIONS


@dataclass(frozen=True, slots=True)
class RulePage:
    """A page of the rules of a version; `total` are those that the filter lets through."""

    site_name: str
    version: VersionRow | None
    """None where the site has no active rules."""
    rows: Sequence[RuleRow] = ()
    total: int = 0
    number: int = 1

    @property
    def last(self) -> int:
        """Return the number of the last page."""
        return max(1, -(-self.total // ROWS))


def rule_page(
    site_key: str,
    number: int | None,
    wanted: RuleFilter,
    order: RuleOrder,
    *,
    page: int,
    session: Session,
    services: Services,
) -> RulePage:
    """Return a page of the rules of a version, of the active one without a number."""
    since = services.clock.now() - timedelta(days=RECORD_DAYS)
    with reading(session):
        site = sites.find_site(session, site_key)
        version = _chosen(session, site, number)
        if version is None:
            return RulePage(site.name, None)
        is_all = wanted == RuleFilter()
        total = version.rule_count if is_all else rule_pages.count(session, version.id, wanted)
        number_of_page = min(page, max(1, -(-total // ROWS)))
        records = figures.rule_records(session, site.id, since=since) if order.is_by_record else {}
        found = rule_pages.page(
            session, version.id, wanted, order, records, most=ROWS, offset=(number_of_page - 1) * ROWS
        )
        if not order.is_by_record:
            records = figures.rule_records(
                session, site.id, since=since, rule_keys=[rule.key for rule in found]
            )
    rows = [RuleRow(rule, records.get(rule.key, RuleRecord())) for rule in found]
    return RulePage(site.name, version, rows, total, number_of_page)


def rule(site_key: str, number: int, key: str, *, session: Session) -> tuple[VersionRow, Rule]:
    """Return one rule with its version. Raises `RuleUnknown`."""
    with reading(session):
        site = sites.find_site(session, site_key)
        version = _version(session, site, number)
        found = drafts.find_rule(session, version.id, key)
    if found is None:
        raise RuleUnknown
    return version, found


def version(site_key: str, number: int, *, session: Session) -> VersionRow:
    """Return a version. Raises `RuleSetUnknown`."""
    with reading(session):
        return _version(session, sites.find_site(session, site_key), number)


@dataclass(frozen=True, slots=True)
class Versions:
    """A site's versions, the latest first; `next_before` names where the next page begins."""

    rows: Sequence[VersionRow]
    next_before: int | None
    has_active: bool


def versions(site_key: str, *, before: int | None = None, session: Session) -> Versions:
    """Return a page of a site's versions."""
    with reading(session):
        site = sites.find_site(session, site_key)
        found = rule_pages.versions(session, site.id, most=VERSIONS + 1, before=before)
        has_active = rulesets.active_id(session, site.id) is not None
    rows = found[:VERSIONS]
    return Versions(rows, rows[-1].number if len(found) > VERSIONS else None, has_active)


def usable(site_key: str, *, session: Session) -> list[VersionRow]:
    """Return the active version and the drafts of a site, the active one first."""
    with reading(session):
        site = sites.find_site(session, site_key)
        found = rule_pages.versions_in(session, site.id, [RuleSetState.ACTIVE, RuleSetState.DRAFT])
    return sorted(found, key=lambda row: row.state is not RuleSetState.ACTIVE)


@dataclass(frozen=True, slots=True)
class Change:
    """A rule that two versions have, but not alike: what of it changed, as name, old and new cell."""

    rule: Rule
    cells: Sequence[tuple[str, object, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a version has other than the active one: counts of all, and a page of each."""

    version: VersionRow
    active: VersionRow | None
    counts: Counts
    added: Sequence[Rule] = ()
    removed: Sequence[Rule] = ()
    changed: Sequence[Change] = ()
    added_exceptions: Sequence[str] = ()
    removed_exceptions: Sequence[str] = ()
    thresholds: tuple[Mapping[str, object] | None, Mapping[str, object] | None] = (None, None)
    findings: Sequence[Finding] | None = field(default=None)
    """None where the list is long and nobody asked."""

    @property
    def has_settings(self) -> bool:
        """Say whether what holds for all rules differs."""
        was, becomes = self.thresholds
        return bool(self.added_exceptions or self.removed_exceptions) or was != becomes

    @property
    def is_none(self) -> bool:
        """Say whether nothing differs."""
        counts = self.counts
        return not (counts.added or counts.removed or counts.changed or self.has_settings)


def difference(
    site_key: str,
    number: int,
    *,
    page: int = 1,
    is_linted: bool = False,
    session: Session,
    services: Services,
) -> Difference:
    """Hold a version against the active one, and show it to the linter if it is short or somebody asks."""
    offset = (page - 1) * ROWS
    now = services.clock.now()
    with reading(session):
        site = sites.find_site(session, site_key)
        new = _version(session, site, number)
        old = _chosen(session, site, None)
        old_id = None if old is None else old.id
        is_same = old_id == new.id
        counts = Counts(0, 0, 0) if is_same else rule_pages.differing(session, old_id, new.id)
        added, removed, changed = [], [], []
        if counts.added:
            added = rule_pages.only_in(session, new.id, old_id, most=ROWS, offset=offset)
        if old_id is not None and counts.removed:
            removed = rule_pages.only_in(session, old_id, new.id, most=ROWS, offset=offset)
        if old_id is not None and counts.changed:
            changed = rule_pages.changed(session, old_id, new.id, most=ROWS, offset=offset)
        is_shown = is_linted or new.rule_count <= MOST_LINTED_AT_ONCE
        listed = rulesets.rules_of(session, new.id) if is_shown else None
    before, after = () if old is None else old.exceptions, new.exceptions
    return Difference(
        version=new,
        active=old,
        counts=counts,
        added=added,
        removed=removed,
        changed=[_change(one, other) for one, other in changed],
        added_exceptions=[text for text in after if text not in set(before)],
        removed_exceptions=[text for text in before if text not in set(after)],
        thresholds=(None if old is None else old.thresholds, new.thresholds),
        findings=None if listed is None else _findings(listed, new, now),
    )


def _findings(listed: Sequence[Rule], of: VersionRow, now: datetime) -> list[Finding]:
    """Let the linter look; the gravest findings first."""
    found = lint(
        listed,
        exceptions=of.exceptions,
        now=int(now.timestamp()),
        word_costs=chinese_words(),
    )
    gravity = list(type(found[0].severity)) if found else []
    return sorted(found, key=lambda finding: gravity.index(finding.severity))


def _change(old: Rule, new: Rule) -> Change:
    was, becomes = row_of(old), row_of(new)
    return Change(
        new,
        [(name, was.get(name), becomes.get(name)) for name in COLUMNS if was.get(name) != becomes.get(name)],
    )


def _chosen(session: Session, site: Site, number: int | None) -> VersionRow | None:
    if number is not None:
        return _version(session, site, number)
    active = rule_pages.versions_in(session, site.id, [RuleSetState.ACTIVE])
    return active[0] if active else None


def _version(session: Session, site: Site, number: int) -> VersionRow:
    found = rule_pages.version(session, site.id, number)
    if found is None or found.state is RuleSetState.DISCARDED:
        raise RuleSetUnknown
    return found

"""Rule sets: imported as a new version, activated or rolled back in one step, live in every process at once.

Compiling happens here, in the caller's process, never on a reader's request. A version's rules and its compiled
artefact are written together; a request that finds a new active id loads the artefact once per process.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from sqlalchemy.orm import Session

from moderation import rules
from moderation.domain.errors import RuleSetUnknown, RulesInvalid
from moderation.domain.events import OPERATOR, Event, EventName
from moderation.domain.ruleset import RuleSetState
from moderation.ports import Services
from moderation.rules import Document, Evaluation, Facts, Field, Rule, Thresholds
from moderation.store import outbox, rulesets, sites
from moderation.store.tables import RuleSetVersion
from moderation.store.transaction import reading, transaction
from moderation.store.written import columns_of_thresholds, thresholds_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedVersion:
    """A rule set version in a list."""

    number: int
    name: str
    state: RuleSetState
    rule_count: int
    digest: str
    created_at: datetime
    activated_at: datetime | None


def import_rules(
    site_key: str,
    name: str,
    written: Sequence[Rule],
    *,
    exceptions: Sequence[str] = (),
    thresholds: Thresholds | None = None,
    session: Session,
    services: Services,
) -> ListedVersion:
    """Compile rules into a new draft version of a site. Raises `RulesInvalid` with every fault found.

    `exceptions` are those of all rules; `thresholds` None are the usual ones, also when those change some day.
    """
    # By their keys, as they are read back: the same rules give the same digest, here and when compiled again.
    listed = sorted(written, key=attrgetter("key"))
    try:
        compiled = rules.compile(listed, exceptions=exceptions, thresholds=thresholds or Thresholds())
    except rules.RuleSetError as error:
        raise RulesInvalid([_sentence(fault) for fault in error.faults]) from error
    now = services.clock.now()
    version_id = services.ids.new()
    # Made before the transaction: readers' comments wait while it holds the database's write lock.
    artefact = rules.dump(compiled)
    prepared = rulesets.prepare(session, version_id, listed)
    with transaction(session):
        site = sites.find_site(session, site_key)
        sites.lock_site(session, site.id)
        version = RuleSetVersion(
            id=version_id,
            site_id=site.id,
            number=rulesets.next_number(session, site.id),
            state=RuleSetState.DRAFT,
            name=name[:120],
            rule_count=len(listed),
            digest=compiled.digest,
            exceptions=list(exceptions) or None,
            thresholds=columns_of_thresholds(thresholds),
            artefact=artefact,
            created_at=now,
            activated_at=None,
        )
        rulesets.add(session, version, prepared)
        _record(session, EventName.RULE_SET_IMPORTED, version, {}, now)
        return _listed(version)


def activate(site_key: str, number: int, *, session: Session, services: Services) -> ListedVersion:
    """Make a version the active one; the one before it is retired and can be activated again (roll-back)."""
    now = services.clock.now()
    with transaction(session):
        site = sites.find_site(session, site_key)
        # First, so that of two activations at once the later one sees what the earlier one did.
        sites.lock_site(session, site.id)
        version = rulesets.find(session, site.id, number)
        if version is None:
            raise RuleSetUnknown
        if version.state is RuleSetState.ACTIVE:
            return _listed(version)
        replaced = rulesets.activate(session, version, now=now)
        old: dict[str, object] = {"rule_set_id": None if replaced is None else str(replaced)}
        _record(session, EventName.RULE_SET_ACTIVATED, version, old, now)
        session.flush()
        session.refresh(version)
        return _listed(version)


def list_versions(site_key: str, *, session: Session) -> list[ListedVersion]:
    """Return a site's versions, the latest first."""
    with reading(session):
        site = sites.find_site(session, site_key)
        return [_listed(version) for version in rulesets.all_versions(session, site.id)]


def export_rules(site_key: str, number: int, *, session: Session) -> Document:
    """Return a version as it was written."""
    with reading(session):
        site = sites.find_site(session, site_key)
        version = rulesets.find(session, site.id, number)
        if version is None:
            raise RuleSetUnknown
        return Document(
            rules=tuple(rulesets.rules_of(session, version.id)),
            exceptions=tuple(version.exceptions or ()),
            thresholds=thresholds_of(version.thresholds),
        )


def try_text(site_key: str, texts: dict[Field, str], *, session: Session, services: Services) -> Evaluation:
    """Say what a site's active rules make of a text; nothing is stored. Raises `RuleSetUnknown` without rules."""
    with reading(session):
        site = sites.find_site(session, site_key)
        rule_set_id = rulesets.active_id(session, site.id)
        if rule_set_id is None:
            raise RuleSetUnknown
        rule_set = services.rule_sets.get(rule_set_id, lambda: rulesets.artefact(session, rule_set_id))
    return rules.evaluate(rule_set, texts, Facts(now=int(services.clock.now().timestamp())))


def _sentence(fault: rules.Fault) -> str:
    return f"{fault.rule_key or 'rule set'}: {fault.field}: {fault.code}: {fault.detail}"


def _listed(version: RuleSetVersion) -> ListedVersion:
    return ListedVersion(
        number=version.number,
        name=version.name,
        state=version.state,
        rule_count=version.rule_count,
        digest=version.digest,
        created_at=version.created_at,
        activated_at=version.activated_at,
    )


def _record(
    session: Session, name: EventName, version: RuleSetVersion, old: dict[str, object], now: datetime
) -> None:
    event = Event(
        name=name,
        actor=OPERATOR,
        subject_kind="rule-set",
        subject_id=version.id,
        site_id=version.site_id,
        old=old,
        new={"number": version.number, "digest": version.digest, "rules": version.rule_count},
    )
    outbox.record(session, event, now=now)

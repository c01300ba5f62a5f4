"""Rule sets: imported as a new version, activated or rolled back in one step, live in every process at once.

Compiling happens here, in the caller's process, outside of transactions, never on a reader's request: when rules are
imported at a terminal, when a draft is tried or activated. A request that finds a new active id loads the artefact
once per process. Drafts are edited by `flows/drafts`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from sqlalchemy.orm import Session

from moderation import rules
from moderation.domain.errors import DraftChanged, NotADraft, RuleSetUnknown
from moderation.domain.events import OPERATOR, Actor, Event, EventName
from moderation.domain.ruleset import RuleSetState, compiled
from moderation.ports import Services
from moderation.rules import Document, Evaluation, Facts, Field, Rule, RuleSet, Thresholds
from moderation.store import drafts, outbox, rulesets, sites
from moderation.store.tables import RuleSetVersion, Site
from moderation.store.transaction import reading, transaction
from moderation.store.written import columns_of_thresholds, thresholds_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedVersion:
    """A rule set version in a list."""

    number: int
    name: str
    state: RuleSetState
    rule_count: int
    digest: str | None
    """None while a draft is not compiled."""
    created_at: datetime
    activated_at: datetime | None


def import_rules(
    site_key: str,
    name: str,
    written: Sequence[Rule],
    *,
    exceptions: Sequence[str] = (),
    thresholds: Thresholds | None = None,
    actor: Actor = OPERATOR,
    session: Session,
    services: Services,
) -> ListedVersion:
    """Compile rules into a new draft version of a site. Raises `RulesInvalid` with every fault found.

    `exceptions` are those of all rules; `thresholds` None are the usual ones, also when those change some day.
    """
    listed = sorted(written, key=attrgetter("key"))
    made = compiled(listed, exceptions=exceptions, thresholds=thresholds)
    now = services.clock.now()
    version_id = services.ids.new()
    # Made before the transaction: readers' comments wait while it holds the database's write lock.
    artefact = rules.dump(made)
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
            digest=made.digest,
            exceptions=list(exceptions) or None,
            thresholds=columns_of_thresholds(thresholds),
            artefact=artefact,
            edition=0,
            is_correction=False,
            created_at=now,
            created_by=actor.id,
            activated_at=None,
        )
        rulesets.add(session, version, prepared)
        _record(session, EventName.RULE_SET_IMPORTED, version, {}, actor=actor, now=now)
        return _listed(version)


def activate(
    site_key: str,
    number: int,
    *,
    edition: int | None = None,
    actor: Actor = OPERATOR,
    session: Session,
    services: Services,
) -> ListedVersion:
    """Make a version the active one; the one before it is retired and can be activated again (roll-back).

    1 compile a draft that is not, before anything is locked      2 make it the active one, if nobody edited it since

    `edition` is what was looked at before: of another one nothing is put in force. Raises `RulesInvalid`,
    `DraftChanged`, and `NotADraft` for what was discarded.
    """
    with reading(session):
        site = sites.find_site(session, site_key)
        seen = _known(session, site, number)
    if edition is not None and seen.edition != edition:
        raise DraftChanged
    _ensure_compiled(seen, session=session)
    now = services.clock.now()
    with transaction(session):
        # First, so that of two activations at once the later one sees what the earlier one did.
        sites.lock_site(session, site.id)
        version = _known(session, site, number)
        if version.state is RuleSetState.ACTIVE:
            return _listed(version)
        if version.edition != seen.edition or version.digest is None:
            raise DraftChanged
        replaced = rulesets.activate(session, version, by=actor.id, now=now)
        old: dict[str, object] = {"rule_set_id": None if replaced is None else str(replaced)}
        _record(session, EventName.RULE_SET_ACTIVATED, version, old, actor=actor, now=now)
        session.flush()
        session.refresh(version)
        return _listed(version)


def retire(
    site_key: str, number: int, *, actor: Actor = OPERATOR, session: Session, services: Services
) -> ListedVersion:
    """Take the active version out of force: the site has no rules then. Again, it changes nothing."""
    now = services.clock.now()
    with transaction(session):
        site = sites.find_site(session, site_key)
        sites.lock_site(session, site.id)
        version = _known(session, site, number)
        if version.state is RuleSetState.ACTIVE:
            rulesets.retire(session, version.id)
            old: dict[str, object] = {"rule_set_id": str(version.id)}
            _record(session, EventName.RULE_SET_RETIRED, version, old, actor=actor, now=now)
            session.flush()
            session.refresh(version)
        return _listed(version)


def discard(
    site_key: str, number: int, *, actor: Actor = OPERATOR, session: Session, services: Services
) -> None:
    """Throw a draft away: its rules go, its number stays taken. Raises `NotADraft` for what is or was in force."""
    now = services.clock.now()
    with transaction(session):
        site = sites.find_site(session, site_key)
        sites.lock_site(session, site.id)
        version = _known(session, site, number)
        if version.state is not RuleSetState.DRAFT:
            raise NotADraft
        _record(session, EventName.RULE_SET_DISCARDED, version, {}, actor=actor, now=now)
        drafts.discard(session, version)


def list_versions(site_key: str, *, session: Session) -> list[ListedVersion]:
    """Return a site's versions but the discarded ones, the latest first."""
    with reading(session):
        site = sites.find_site(session, site_key)
        listed = rulesets.all_versions(session, site.id)
        return [_listed(version) for version in listed if version.state is not RuleSetState.DISCARDED]


def export_rules(site_key: str, number: int, *, session: Session) -> Document:
    """Return a version as it was written."""
    with reading(session):
        site = sites.find_site(session, site_key)
        version = _known(session, site, number)
        return Document(
            rules=tuple(rulesets.rules_of(session, version.id)),
            exceptions=tuple(version.exceptions or ()),
            thresholds=thresholds_of(version.thresholds),
        )


def try_text(
    site_key: str,
    texts: dict[Field, str],
    *,
    number: int | None = None,
    session: Session,
    services: Services,
) -> Evaluation:
    """Say what a site's active rules, or those of a version, make of a text; nothing of it is stored.

    Raises `RuleSetUnknown` without rules, `RulesInvalid` for a draft that cannot be compiled.
    """
    with reading(session):
        site = sites.find_site(session, site_key)
        rule_set_id = rulesets.active_id(session, site.id)
        version = None if number is None else _known(session, site, number)
    if version is not None and version.state is RuleSetState.DRAFT:
        rule_set = _draft_set(version, session=session, services=services)
    else:
        chosen = rule_set_id if version is None else version.id
        if chosen is None:
            raise RuleSetUnknown
        with reading(session):
            rule_set = services.rule_sets.get(chosen, lambda: rulesets.artefact(session, chosen))
    return rules.evaluate(rule_set, texts, Facts(now=int(services.clock.now().timestamp())))


def ensure_compiled(site_key: str, number: int, *, session: Session) -> None:
    """Compile a draft that has been edited since, so that a replay or a shadow can judge by it.

    Raises `RuleSetUnknown`, or `RulesInvalid` with every fault found.
    """
    with reading(session):
        site = sites.find_site(session, site_key)
        version = _known(session, site, number)
    _ensure_compiled(version, session=session)


def _draft_set(version: RuleSetVersion, *, session: Session, services: Services) -> RuleSet:
    """Return a draft's rules ready to match.

    Loaded sets are kept by id and never looked at again, hence this one by its digest: an edited draft is another set.
    """
    made = _ensure_compiled(version, session=session)
    if made is not None:
        return made
    assert version.digest is not None  # noqa: S101 - else it would have been compiled one line up
    with reading(session):
        artefact = rulesets.artefact_if_there(session, version.id)
    if artefact is None:
        raise DraftChanged  # between two lines
    return services.rule_sets.get(UUID(version.digest[:32]), lambda: artefact)


def _ensure_compiled(version: RuleSetVersion, *, session: Session) -> RuleSet | None:
    """Compile a draft that is not, keep what comes of it with the draft, and return it; None for what is compiled."""
    if version.state is not RuleSetState.DRAFT or version.digest is not None:
        return None
    with reading(session):
        written = rulesets.rules_of(session, version.id)
    made = compiled(
        written, exceptions=version.exceptions or (), thresholds=thresholds_of(version.thresholds)
    )
    artefact = rules.dump(made)
    with transaction(session):
        drafts.keep_artefact(
            session, version.id, edition=version.edition, artefact=artefact, digest=made.digest
        )
    return made


def _known(session: Session, site: Site, number: int) -> RuleSetVersion:
    version = rulesets.find(session, site.id, number)
    if version is None or version.state is RuleSetState.DISCARDED:
        raise RuleSetUnknown
    return version


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
    session: Session,
    name: EventName,
    version: RuleSetVersion,
    old: dict[str, object],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    event = Event(
        name=name,
        actor=actor,
        subject_kind="rule-set",
        subject_id=version.id,
        site_id=version.site_id,
        old=old,
        new={"number": version.number, "digest": version.digest, "rules": version.rule_count},
    )
    outbox.record(session, event, now=now)

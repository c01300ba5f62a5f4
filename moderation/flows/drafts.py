"""Drafts of rules: made, edited rule by rule, replaced by an imported list. Nothing is compiled here.

Several people may edit one draft: each edit says which edition of it was seen, and of two that saw the same one the
later is told who was faster (`DraftChanged`). An edit touches the rule and the version's row, however many rules
there are; the rules are compiled when the draft is tried or activated (`flows/rulesets`).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from operator import attrgetter
from uuid import UUID

from sqlalchemy.orm import Session

from moderation import rules
from moderation.domain.errors import DraftChanged, NotADraft, RuleSetUnknown, RuleUnknown
from moderation.domain.events import Actor, EventName
from moderation.domain.ruleset import RuleSetState, faulty
from moderation.ports import Services
from moderation.rules import Document, Fault, Rule, Thresholds
from moderation.rules.check import faults_of, term_fault, threshold_faults
from moderation.rules.columns import key_of
from moderation.store import accounts, drafts, rulesets, sites
from moderation.store.tables import RuleSetVersion
from moderation.store.transaction import reading, transaction
from moderation.store.written import columns_of_thresholds


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Which draft somebody edits, and the edition of it that he saw."""

    site_key: str
    number: int
    edition: int


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for all rules of a draft, and what it is called."""

    name: str
    exceptions: tuple[str, ...]
    thresholds: Thresholds | None


def start(
    site_key: str,
    name: str,
    *,
    of_number: int | None = None,
    pack: str | None = None,
    actor: Actor,
    session: Session,
    services: Services,
) -> int:
    """Make a draft of another version, of a starter pack or, with neither, an empty one; return its number."""
    now = services.clock.now()
    version_id = services.ids.new()
    listed = [] if pack is None else sorted(_pack_rules(pack), key=attrgetter("key"))
    prepared = rulesets.prepare(session, version_id, listed)
    with transaction(session):
        site = sites.find_site(session, site_key)
        sites.lock_site(session, site.id)
        source = None if of_number is None else _found(session, site.id, of_number)
        draft = drafts.new(session, site.id, version_id, name, source=source, by=actor.id, now=now)
        draft.rule_count = len(listed) if source is None else source.rule_count
        rulesets.add(session, draft, prepared)
        if source is not None:
            drafts.copy_rules(session, source.id, draft.id)
        drafts.record(
            session, EventName.RULE_SET_DRAFTED, draft, {"rules": draft.rule_count}, actor=actor, now=now
        )
        return draft.number


def take_in(
    site_key: str, name: str, document: Document, *, actor: Actor, session: Session, services: Services
) -> int:
    """Make a draft of an imported list; return its number."""
    now = services.clock.now()
    version_id = services.ids.new()
    prepared = rulesets.prepare(session, version_id, document.rules)
    with transaction(session):
        site = sites.find_site(session, site_key)
        sites.lock_site(session, site.id)
        draft = drafts.new(session, site.id, version_id, name, source=None, by=actor.id, now=now)
        draft.rule_count = len(document.rules)
        draft.exceptions = list(document.exceptions) or None
        draft.thresholds = columns_of_thresholds(document.thresholds)
        rulesets.add(session, draft, prepared)
        new: dict[str, object] = {"rules": draft.rule_count}
        drafts.record(session, EventName.RULE_SET_IMPORTED, draft, new, actor=actor, now=now)
        return draft.number


def put_in_place(
    seen: Seen, document: Document, *, actor: Actor, session: Session, services: Services
) -> None:
    """Replace all rules and settings of a draft by those of an imported list."""
    with reading(session):
        site = sites.find_site(session, seen.site_key)
        version_id = _found(session, site.id, seen.number).id
    prepared = rulesets.prepare(session, version_id, document.rules)
    settings = {
        "exceptions": list(document.exceptions) or None,
        "thresholds": columns_of_thresholds(document.thresholds),
    }
    with _editing(seen, actor=actor, session=session, services=services, **settings) as edit:
        drafts.remove_all(session, version_id)
        rulesets.add_rules(session, prepared)
        drafts.set_count(session, version_id, len(document.rules))
        edit.new["rules"] = len(document.rules)


def add_rule(seen: Seen, rule: Rule, *, actor: Actor, session: Session, services: Services) -> str:
    """Add a rule; without a key it gets one of its term. Return the key. Raises `RulesInvalid`."""
    rule = rule if rule.key else replace(rule, key=key_of(rule.term, rule.kind))
    _check(rule)
    with _editing(seen, actor=actor, session=session, services=services) as edit:
        if drafts.find_rule(session, edit.version_id, rule.key) is not None:
            raise faulty([Fault(rule.key, "key", "duplicate", "another rule of the draft has this key")])
        drafts.add_rule(session, edit.version_id, rule)
        edit.new["added"] = rule.key
    return rule.key


def change_rule(seen: Seen, rule: Rule, *, actor: Actor, session: Session, services: Services) -> None:
    """Write a rule anew under its key. Raises `RulesInvalid`, or `RuleUnknown` if it was removed."""
    _check(rule)
    with _editing(seen, actor=actor, session=session, services=services) as edit:
        if drafts.find_rule(session, edit.version_id, rule.key) is None:
            raise RuleUnknown
        drafts.change_rule(session, edit.version_id, rule)
        edit.new["changed"] = rule.key


def remove_rules(
    seen: Seen, keys: Sequence[str], *, actor: Actor, session: Session, services: Services
) -> int:
    """Remove rules by their keys; return how many there were."""
    with _editing(seen, actor=actor, session=session, services=services) as edit:
        removed = drafts.remove_rules(session, edit.version_id, keys)
        edit.new["removed"] = keys[0] if len(keys) == 1 else removed
    return removed


def change_settings(
    seen: Seen, settings: Settings, *, actor: Actor, session: Session, services: Services
) -> None:
    """Say what holds for all rules of a draft, and what it is called. Raises `RulesInvalid`."""
    faults = [
        Fault("", "exceptions", code, f"“{text}”: {detail}")
        for text in settings.exceptions
        for code, detail in [term_fault(text) or ("", "")]
        if code
    ]
    if settings.thresholds is not None:
        faults += (Fault("", *fault) for fault in threshold_faults(settings.thresholds))
    if not settings.name:
        faults.append(Fault("", "name", "empty", "a draft needs a name"))
    if faults:
        raise faulty(faults)
    values = {
        "name": settings.name[:120],
        "exceptions": list(settings.exceptions) or None,
        "thresholds": columns_of_thresholds(settings.thresholds),
    }
    with _editing(seen, actor=actor, session=session, services=services, **values) as edit:
        edit.new["settings"] = True


@dataclass(frozen=True, slots=True)
class _Edit:
    version_id: UUID
    new: dict[str, object]
    """What the audit says of it; filled while the edit runs."""


@contextmanager
def _editing(
    seen: Seen, *, actor: Actor, session: Session, services: Services, **values: object
) -> Iterator[_Edit]:
    """Run one edit: take the next edition (or tell who was faster), let it be done, write the event."""
    now = services.clock.now()
    with transaction(session):
        site = sites.find_site(session, seen.site_key)
        draft = _found(session, site.id, seen.number)
        if draft.state is not RuleSetState.DRAFT:
            raise NotADraft
        if not drafts.take_edition(session, draft.id, seen=seen.edition, by=actor.id, now=now, **values):
            session.refresh(draft)
            raise DraftChanged(
                None if draft.edited_by is None else accounts.name_of(session, draft.edited_by)
            )
        edit = _Edit(draft.id, {"edition": seen.edition + 1})
        yield edit
        drafts.record(session, EventName.RULE_SET_EDITED, draft, edit.new, actor=actor, now=now)


def _check(rule: Rule) -> None:
    if faults := faults_of(rule):
        raise faulty(faults)


def _pack_rules(name: str) -> list[Rule]:
    try:
        return rules.pack_rules(name)
    except KeyError:
        raise RuleSetUnknown from None


def _found(session: Session, site_id: UUID, number: int) -> RuleSetVersion:
    version = rulesets.find(session, site_id, number)
    if version is None or version.state is RuleSetState.DISCARDED:
        raise RuleSetUnknown
    return version


def correct(
    site_key: str,
    name: str,
    *,
    without: str | None = None,
    actor: Actor,
    session: Session,
    services: Services,
) -> int:
    """Open the draft that collects corrections to the active version, without a rule on request; return its number."""
    now = services.clock.now()
    version_id = services.ids.new()
    with transaction(session):
        site = sites.find_site(session, site_key)
        sites.lock_site(session, site.id)
        active = rulesets.find_active(session, site.id)
        if active is None:
            raise RuleSetUnknown
        draft = drafts.open_correction(session, active, version_id, name, actor=actor, now=now)
        if without is not None and drafts.find_rule(session, draft.id, without) is not None:
            if not drafts.take_edition(session, draft.id, seen=draft.edition, by=actor.id, now=now):
                raise DraftChanged
            drafts.remove_rules(session, draft.id, [without])
            told: dict[str, object] = {"removed": without}
            drafts.record(session, EventName.RULE_SET_EDITED, draft, told, actor=actor, now=now)
        return draft.number

"""Rule sets compiled again from their stored rules: after an upgrade that folds or writes otherwise, after damage.

A new version of the service may refuse what an old one compiled (`FoldMismatch`, another format), and a disk may
spoil a row. Nothing of that is mended on a reader's request: `moderation migrate` looks at every version, the worker
now and then at those in force. Rules, number and state of a version stay; only its artefact is written anew.

Old and new processes may run side by side. Each keeps what it has loaded. A worker only goes forward: an artefact
that another version of the service made in place of one like its own is not its to undo, else an old and a new
worker would take turns. `moderation migrate` is an order, hence goes back too when an upgrade is taken back.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from moderation import rules
from moderation.domain.events import OPERATOR, RULES, Actor, Event, EventName
from moderation.domain.ruleset import RuleSetState
from moderation.ports import Services
from moderation.store import outbox, rulesets, sites
from moderation.store.transaction import reading, transaction
from moderation.store.written import thresholds_of

_HEADER_BYTES: Final = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsound:
    """A version whose artefact this process cannot load, and why (`damaged`, `fold-mismatch`)."""

    rule_set_id: UUID
    site_id: UUID
    site_key: str
    number: int
    is_active: bool
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recompiled:
    """How many versions were compiled again, and how many could not be: their rules are no longer sound."""

    done: int
    failed: int


def unsound(*, is_active_only: bool, session: Session) -> Iterator[Unsound]:
    """Load each version's artefact and yield those that fail, the active ones first."""
    with reading(session):
        listed = rulesets.every_version(session)
        site_keys = {site.id: site.key for site in sites.all_sites(session)}
    for version in sorted(listed, key=lambda each: each.state is not RuleSetState.ACTIVE):
        is_active = version.state is RuleSetState.ACTIVE
        if is_active_only and not is_active:
            return
        with reading(session):
            artefact = rulesets.artefact_if_there(session, version.id)
        if artefact is None:
            continue  # removed since it was listed
        code = _fault(artefact)
        if code is not None:
            yield Unsound(
                rule_set_id=version.id,
                site_id=version.site_id,
                site_key=site_keys[version.site_id],
                number=version.number,
                is_active=is_active,
                code=code,
            )


def recompile_all(*, session: Session, services: Services) -> Recompiled:
    """Compile every version again that this process cannot load: after a migration, by the operator's order."""
    results = [
        _recompile(each, actor=OPERATOR, session=session, services=services)
        for each in unsound(is_active_only=False, session=session)
    ]
    return Recompiled(done=results.count(True), failed=results.count(False))


def recompile_active(*, session: Session, services: Services) -> int:
    """Compile one active version again that cannot be loaded; say whether there was one. The worker's job."""
    for each in unsound(is_active_only=True, session=session):
        if _is_replaced_by_another(each, session=session):
            services.log.warning(
                "rule-set.of-another-release", site_id=str(each.site_id), rule_set_id=str(each.rule_set_id)
            )
        elif _recompile(each, actor=RULES, session=session, services=services):
            return 1
    return 0


def _recompile(each: Unsound, *, actor: Actor, session: Session, services: Services) -> bool | None:
    """Write a version's artefact anew; False when its rules do not compile, None when another was faster.

    The compiling (seconds at 100,000 rules) is done before the transaction: comments wait while that is open.
    """
    with reading(session):
        version = rulesets.find_by_id(session, each.rule_set_id)
        found = rulesets.artefact_if_there(session, each.rule_set_id)
        written = rulesets.rules_of(session, each.rule_set_id)
    if version is None or found is None or _fault(found) is None:
        return None
    try:
        compiled = rules.compile(
            written,
            exceptions=version.exceptions or (),
            thresholds=thresholds_of(version.thresholds) or rules.Thresholds(),
        )
    except rules.RuleSetError as error:
        services.log.warning(
            "rule-set.failed",
            site_id=str(each.site_id),
            rule_set_id=str(each.rule_set_id),
            # Not the error's own words: those name the rule.
            error=f"{type(error).__name__}: {len(error.faults)} faults, the first: {error.code}",
        )
        return False
    artefact = rules.dump(compiled)
    event = Event(
        name=EventName.RULE_SET_RECOMPILED,
        actor=actor,
        subject_kind="rule-set",
        subject_id=version.id,
        site_id=version.site_id,
        reason=each.code,
        old={"digest": version.digest, "maker": _maker(found)},
        new={"number": version.number, "digest": compiled.digest, "maker": _maker(artefact)},
    )
    with transaction(session):
        if rulesets.artefact_if_there(session, version.id, is_locked=True) != found:
            return None
        rulesets.rewrite(session, version.id, artefact=artefact, digest=compiled.digest)
        outbox.record(session, event, now=services.clock.now())
    services.log.info(
        "rule-set.recompiled",
        site_id=str(version.site_id),
        rule_set_id=str(version.id),
        rules=len(written),
        code=each.code,
    )
    return True


def _fault(artefact: bytes) -> str | None:
    try:
        rules.load(artefact)
    except rules.RuleSetError as error:
        return error.code
    return None


def _is_replaced_by_another(each: Unsound, *, session: Session) -> bool:
    """Say whether the artefact stands in place of one that a process like this had made."""
    with reading(session):
        last = outbox.last_event(session, EventName.RULE_SET_RECOMPILED, each.rule_set_id)
        found = rulesets.artefact_if_there(session, each.rule_set_id)
    if last is None or found is None:
        return False
    ours = _maker(rules.dump(rules.compile([])))
    return last.old.get("maker") == ours and last.new.get("maker") == _maker(found) != ours


def _maker(artefact: bytes) -> dict[str, object] | None:
    """Read what an artefact says of its making (format, fold); None when it cannot be read."""
    try:
        header: Any = json.loads(artefact[:_HEADER_BYTES].split(b"\n", 1)[0])
        return {name: header[name] for name in sorted(header) if name not in {"sha256", "sizes"}}
    except (ValueError, TypeError, KeyError, RecursionError):
        return None

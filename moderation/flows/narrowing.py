"""A rule hit wrongly: add an exception to it, in the draft that collects such corrections. No effect before activation."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from moderation import rules
from moderation.domain.errors import DraftChanged, ItemUnknown, RuleSetUnknown, RuleUnknown
from moderation.domain.events import Actor, EventName
from moderation.domain.ruleset import faulty
from moderation.ports import Services
from moderation.rules import Facts, Fault, Field, Kind, Rule
from moderation.rules.check import term_fault
from moderation.rules.lint import Code, lint
from moderation.store import desk, drafts, rulesets, sites
from moderation.store.desk import Card
from moderation.store.tables import RuleSetVersion
from moderation.store.transaction import reading, transaction

_USELESS = {Code.NEVER_HITS: "never-hits", Code.EXCEPTION_IDLE: "idle"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """Which rule, wrongly hit on which item, shall leave which words alone."""

    item_id: UUID
    rule_key: str
    exception: str
    draft_name: str
    """What to call the draft if one has to be made."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Where the exception is now."""

    site_key: str
    number: int
    exception: str
    is_new: bool
    """False when it was there already."""


def narrow(
    wanted: Narrowing,
    *,
    site_ids: tuple[UUID, ...],
    actor: Actor,
    session: Session,
    services: Services,
) -> Narrowed:
    """Add an exception to a rule. The same again changes nothing.

    1 find the item and the rule      2 refuse what would be of no use      3 put it into the open draft of corrections
    to the active version, made now if there is none

    Raises `ItemUnknown`, `RuleSetUnknown`, `RuleUnknown` for a rule no longer in force, `RulesInvalid`.
    """
    now = services.clock.now()
    with reading(session):
        card = desk.card(session, site_ids, wanted.item_id)
        if card is None:
            raise ItemUnknown
        active_id = rulesets.active_id(session, card.site_id)
        rule = None if active_id is None else drafts.find_rule(session, active_id, wanted.rule_key)
    if rule is None:
        raise RuleUnknown
    _check(rule, wanted.exception, card, now)
    version_id = services.ids.new()
    with transaction(session):
        # First, so that two moderators who narrow at once make one draft.
        sites.lock_site(session, card.site_id)
        active = rulesets.find_active(session, card.site_id)
        if active is None:
            raise RuleSetUnknown
        draft = drafts.open_correction(session, active, version_id, wanted.draft_name, actor=actor, now=now)
        is_new = _put(session, draft, wanted, actor=actor, now=now)
        return Narrowed(card.site_key, draft.number, wanted.exception, is_new)


def _check(rule: Rule, exception: str, card: Card, now: datetime) -> None:
    """Refuse an exception that cannot be read, that ends the rule, or that does not help this comment."""
    narrowed = replace(rule, exceptions=(*rule.exceptions, exception))

    def refusal(code: str, detail: str) -> Exception:
        return faulty([Fault(rule.key, "exceptions", code, detail)])

    if rule.kind is not Kind.TERM:
        raise refusal("not-for-kind", f"a rule of kind {rule.kind} has none")
    if fault := term_fault(exception):
        raise refusal(*fault)
    for finding in lint([narrowed]):
        if finding.code in _USELESS and finding.other == exception:
            raise refusal(_USELESS[finding.code], "the exception would be of no use")
    # With its other exceptions, so that an exception given twice is not taken for one that does not help.
    before, after = _hits(replace(rule, exceptions=()), card, now), _hits(narrowed, card, now)
    if before and after >= before:
        raise refusal("idle-here", "the rule would still hit this comment in the same places")


def _hits(rule: Rule, card: Card, now: datetime) -> int:
    """Count where a rule hits a comment."""
    texts = {Field.TEXT: card.text, Field.NICKNAME: card.nickname, Field.LINK: card.link or ""}
    facts = Facts(thread_key=card.thread_key, now=int(now.timestamp()))
    return len(rules.evaluate(rules.compile([rule]), texts, facts).matches)


def _put(session: Session, draft: RuleSetVersion, wanted: Narrowing, *, actor: Actor, now: datetime) -> bool:
    """Put the exception to its rule in the draft; say whether it was not there yet."""
    rule = drafts.find_rule(session, draft.id, wanted.rule_key)
    if rule is None:
        raise RuleUnknown
    if wanted.exception in rule.exceptions:
        return False
    seen = draft.edition
    if not drafts.take_edition(session, draft.id, seen=seen, by=actor.id, now=now):
        raise DraftChanged  # edited at this very moment: the same again will do
    drafts.change_rule(session, draft.id, replace(rule, exceptions=(*rule.exceptions, wanted.exception)))
    new: dict[str, object] = {"edition": seen + 1, "changed": rule.key}
    drafts.record(session, EventName.RULE_SET_EDITED, draft, new, actor=actor, now=now)
    return True

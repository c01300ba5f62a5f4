"""Step 4: all rules of the active rule set read the text, the nickname, the link, and the page's title."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from moderation import rules
from moderation.domain.draft import Draft
from moderation.domain.reasons import Cause
from moderation.ports import Services
from moderation.rules import Evaluation, Facts, Field, Verdict
from moderation.store import rulesets
from moderation.store.tables import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the rules found in a draft; `title` is the page's title, unless a rule has something against it.

    `rule_set_id` is the version that judged: the active one, or the last good one while that cannot be loaded.
    """

    evaluation: Evaluation
    rule_set_id: UUID | None = None
    causes: tuple[Cause, ...] = ()
    title: str | None = None


def evaluate(
    draft: Draft,
    site: Site,
    rule_set_id: UUID | None,
    *,
    session: Session,
    services: Services,
    now: datetime,
) -> Found:
    """Run the active rules, or the last good ones while those cannot be loaded; without any a person decides."""
    nothing = Evaluation(verdict=Verdict.ALLOW, matches=(), masks=(), is_truncated=False)
    if rule_set_id is None:
        return Found(evaluation=nothing, title=draft.thread_title)
    texts = {Field.TEXT: draft.text, Field.NICKNAME: draft.nickname}
    if draft.link is not None:
        texts[Field.LINK] = draft.link
    held = services.rule_sets.in_force(site.id, rule_set_id, lambda: rulesets.artefact(session, rule_set_id))
    if held.failure is not None:
        services.log.warning(
            "rule-set.failed",
            site_id=str(site.id),
            rule_set_id=str(rule_set_id),
            error=repr(held.failure),
            judged_by=None if held.rule_set_id is None else str(held.rule_set_id),
        )
    if held.rule_set is None:
        return Found(evaluation=nothing, rule_set_id=rule_set_id, causes=(Cause.CHECK_FAILED,))
    facts = Facts(thread_key=draft.thread_key, now=int(now.timestamp()))
    evaluation = rules.evaluate(held.rule_set, texts, facts)
    # The title comes from whoever comments first, and stands above what everybody writes after him.
    of_title = rules.evaluate(held.rule_set, {Field.TEXT: draft.thread_title or ""}, facts)
    # Who crowds a text with terms until the rules stop reading must not thereby hide what comes last.
    causes = (Cause.CHECK_FAILED,) if evaluation.is_truncated else ()
    is_clean = of_title.verdict is Verdict.ALLOW and not of_title.masks
    return Found(
        evaluation=evaluation,
        rule_set_id=held.rule_set_id,
        causes=causes,
        title=draft.thread_title if is_clean else None,
    )

"""Figures by the hour: made from comments and decisions, summed for pages. What they mean says `domain.figures`."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from moderation.domain.figures import Measure, RuleRecord, hour_of
from moderation.store.tables import Figure

_RULES = (Measure.RULE_HIT, Measure.RULE_APPROVED, Measure.RULE_REJECTED)


def rule_records(
    session: Session, site_id: UUID, *, since: datetime, rule_keys: Iterable[str] | None = None
) -> dict[str, RuleRecord]:
    """Return what became of each rule's hits since a moment (the hour it lies in), by the rule's key.

    A rule without any is not named. At most five minutes old, and without the present hour.
    """
    query = (
        select(
            Figure.subject,
            *(func.sum(case((Figure.measure == measure, Figure.count), else_=0)) for measure in _RULES),
        )
        .where(Figure.site_id == site_id, Figure.measure.in_(_RULES), Figure.hour >= hour_of(since))
        .group_by(Figure.subject)
    )
    if rule_keys is not None:
        query = query.where(Figure.subject.in_(list(rule_keys)))
    return {
        key: RuleRecord(int(hits), int(approved), int(rejected))
        for key, hits, approved, rejected in session.execute(query)
    }

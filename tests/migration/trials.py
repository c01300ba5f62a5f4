"""A row of each table of rules on trial."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.reasons import Reason
from moderation.domain.replay import Fate, ReplayState
from moderation.ports import Services
from moderation.rules import Kind, Verdict
from moderation.store.tables import (
    Comment,
    Replay,
    ReplayExample,
    ReplayRule,
    RuleSetVersion,
    Shadow,
    ShadowJudgement,
    Suggestion,
    SuggestionExample,
    SuggestionList,
)


def fill_trials(session: Session, services: Services, site_id: UUID) -> None:
    """Leave a replay, a shadow and a suggestion, each with an example."""
    now = services.clock.now()
    rule_set_id = session.scalars(select(RuleSetVersion.id).limit(1)).one()
    comment_id = session.scalars(select(Comment.id).limit(1)).one()
    replay_id, shadow_id = services.ids.new(), services.ids.new()
    own = {"site_id": site_id, "rule_set_id": rule_set_id, "digest": "d", "artefact": b"a"}
    session.add_all(
        [
            Replay(
                id=replay_id,
                against_id=rule_set_id,
                state=ReplayState.RUNNING,
                most=100,
                until=now,
                total=1,
                judged=0,
                busy_ms=0,
                cells={},
                started_at=now,
                **own,
            ),
            Shadow(id=shadow_id, watermark=now, started_at=now, **own),
            SuggestionList(site_id=site_id, days=7, due_at=now, computed_at=now, rejected=1, approved=1),
        ]
    )
    session.flush()
    counts = dict.fromkeys(
        ("gained", "gained_approved", "gained_rejected", "lost", "lost_approved", "lost_rejected"), 0
    )
    place = {"site_id": site_id, "days": 7, "position": 0}
    session.add_all(
        [
            ReplayRule(replay_id=replay_id, rule_key="r", **counts),
            ReplayExample(replay_id=replay_id, comment_id=comment_id, cell="c", lot=1, revision=1, marks={}),
            ShadowJudgement(
                shadow_id=shadow_id,
                comment_id=comment_id,
                revision=1,
                verdict=Verdict.ALLOW,
                score=0,
                before=Fate.WAITS,
                after=Fate.WAITS,
                rule_keys=[],
                created_at=now,
            ),
            Suggestion(
                term="x",
                kind=Kind.TERM,
                category=Reason.OTHER,
                score=1,
                rejected=1,
                approved=0,
                clients=1,
                caught=0,
                **place,
            ),
            SuggestionExample(comment_id=comment_id, **place),
        ]
    )

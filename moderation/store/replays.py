"""Replays: started, taken by one worker at a time, moved forward by whoever holds the lease, read.

Counts, examples and the place reached are written together and only under the lease: a batch counts once, whoever
dies when. Nothing is written per comment.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from moderation.domain.replay import (
    EXAMPLES,
    Fate,
    ReplayState,
    RuleChange,
    Tally,
    add_cells,
    read_cells,
    write_cells,
    written_cell,
)
from moderation.rules import Evaluation, Kind, Match
from moderation.store.tables import Account, Replay, ReplayExample, ReplayRule, RuleSetVersion, StoredRule
from moderation.store.tables.comment import Comment


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRow:
    """A replay with the version it judged by, as a list or a page shows it."""

    replay: Replay
    number: int
    name: str
    present_digest: str | None
    """What the version would be compiled to now; None while a draft was edited and not compiled since."""
    against: int | None
    started_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExample:
    """A comment to keep as an example of a change of fate."""

    comment_id: UUID
    revision: int
    before: Fate
    after: Fate
    lot: int
    marks: dict[str, object]


def running(session: Session, site_id: UUID) -> UUID | None:
    """Return the replay that runs on a site."""
    return session.scalars(
        select(Replay.id).where(Replay.site_id == site_id, Replay.state == ReplayState.RUNNING)
    ).one_or_none()


def all_of(session: Session, site_id: UUID, *, most: int) -> list[ReplayRow]:
    """Return a site's replays, the latest first."""
    return _rows(session, site_id, most=most)


def find(session: Session, site_id: UUID, replay_id: UUID) -> ReplayRow | None:
    """Return one replay of a site."""
    rows = _rows(session, site_id, most=1, replay_id=replay_id)
    return rows[0] if rows else None


def take(session: Session, *, lease: UUID, now: datetime, lasting: timedelta) -> Replay | None:
    """Take the oldest running replay that nobody works on; of several workers one gets it."""
    is_free = or_(Replay.lease_expires_at.is_(None), Replay.lease_expires_at <= now)
    free = (
        select(Replay.id)
        .where(Replay.state == ReplayState.RUNNING, is_free)
        .order_by(Replay.started_at, Replay.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    taken = session.scalars(
        update(Replay)
        # `=`, not `IN`: PostgreSQL may run the latter's query again for each row, and then takes more than one.
        .where(Replay.id == free.scalar_subquery(), Replay.state == ReplayState.RUNNING, is_free)
        .values(lease=lease, lease_expires_at=now + lasting)
        .returning(Replay.id),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    return None if taken is None else session.get_one(Replay, taken, populate_existing=True)


def artefact(session: Session, replay_id: UUID) -> bytes:
    """Return the rules a replay judges by, as bytes; none when it was stopped."""
    return session.scalars(select(Replay.artefact).where(Replay.id == replay_id)).one_or_none() or b""


def lots(session: Session, replay_id: UUID) -> dict[str, list[int]]:
    """Return the lots of the examples kept so far, by their change of fate."""
    found: dict[str, list[int]] = {}
    for cell, lot in session.execute(
        select(ReplayExample.cell, ReplayExample.lot).where(ReplayExample.replay_id == replay_id)
    ):
        found.setdefault(cell, []).append(lot)
    return found


def advance(
    session: Session,
    taken: Replay,
    tally: Tally,
    examples: Sequence[NewExample],
    *,
    judged: int,
    busy: timedelta,
    to: tuple[datetime, UUID] | None,
    is_last: bool,
    now: datetime,
) -> bool:
    """Add a batch to a replay and give it back; nothing is added when the lease was lost or somebody stopped it."""
    locked = session.scalars(
        select(Replay)
        .where(Replay.id == taken.id, Replay.lease == taken.lease, Replay.state == ReplayState.RUNNING)
        .with_for_update(),
        execution_options={"populate_existing": True},
    ).one_or_none()
    if locked is None:
        return False
    locked.judged += judged
    locked.busy_ms += round(busy.total_seconds() * 1e3)
    locked.cells = write_cells(add_cells(read_cells(locked.cells), tally.cells))
    if to is not None:
        locked.cursor_at, locked.cursor_id = to
    locked.lease = locked.lease_expires_at = None
    if is_last:
        _end(locked, ReplayState.DONE, now=now)
    session.flush()
    _add_rules(session, taken.id, tally.rules)
    _keep_examples(session, taken.id, examples)
    return True


def end(
    session: Session, replay_id: UUID, state: ReplayState, *, now: datetime, failure: str | None = None
) -> bool:
    """End a running replay before its time; say whether it ran."""
    ended = session.scalars(
        select(Replay).where(Replay.id == replay_id, Replay.state == ReplayState.RUNNING).with_for_update(),
        execution_options={"populate_existing": True},
    ).one_or_none()
    if ended is None:
        return False
    _end(ended, state, now=now)
    ended.failure = failure
    session.flush()
    return True


def forget_old(session: Session, site_id: UUID, *, keep: int) -> None:
    """Delete a site's ended replays but the latest."""
    kept = (
        select(Replay.id)
        .where(Replay.site_id == site_id)
        .order_by(Replay.started_at.desc(), Replay.id.desc())
        .limit(keep)
    )
    session.execute(
        delete(Replay).where(
            Replay.site_id == site_id, Replay.state != ReplayState.RUNNING, Replay.id.not_in(kept)
        ),
        execution_options={"synchronize_session": False},
    )


def rules(session: Session, replay_id: UUID, *, most: int) -> list[ReplayRule]:
    """Return the rules that find something else, those with the most of it first."""
    return list(
        session.scalars(
            select(ReplayRule)
            .where(ReplayRule.replay_id == replay_id)
            .order_by((ReplayRule.gained + ReplayRule.lost).desc(), ReplayRule.rule_key)
            .limit(most)
        )
    )


def sought(
    session: Session, version_ids: Sequence[UUID], keys: Collection[str]
) -> dict[str, tuple[Kind, str]]:
    """Return what rules look for, by their keys, as the first version that knows a key has it."""
    rows = session.execute(
        select(StoredRule.rule_set_id, StoredRule.key, StoredRule.kind, StoredRule.term).where(
            StoredRule.rule_set_id.in_(version_ids), StoredRule.key.in_(keys)
        )
    ).all()
    found: dict[str, tuple[Kind, str]] = {}
    for row in sorted(rows, key=lambda row: version_ids.index(row.rule_set_id)):
        found.setdefault(row.key, (row.kind, row.term))
    return found


def count_rules(session: Session, replay_id: UUID) -> int:
    """Count the rules that find something else."""
    return session.scalar(select(func.count()).where(ReplayRule.replay_id == replay_id)) or 0


def examples(session: Session, replay_id: UUID) -> list[ReplayExample]:
    """Return the examples, by their change of fate."""
    return list(
        session.scalars(
            select(ReplayExample)
            .where(ReplayExample.replay_id == replay_id)
            .order_by(ReplayExample.cell, ReplayExample.lot)
        )
    )


def written_marks(before: Evaluation, after: Evaluation, *, most: int) -> dict[str, object]:
    """Write the places that matched under both sets of rules: rules and numbers, no text of the comment."""
    return {
        "before": [_mark(match) for match in before.matches[:most]],
        "after": [_mark(match) for match in after.matches[:most]],
    }


def _mark(match: Match) -> dict[str, object]:
    return {
        "rule_key": match.rule_key,
        "term": match.term,
        "field": match.field.value,
        "start": match.span.start,
        "end": match.span.end,
        "kind": match.kind.value,
        "channel": match.channel.value,
        "action": match.action.value,
        "category": match.category,
        "severity": match.severity,
    }


def _end(replay: Replay, state: ReplayState, *, now: datetime) -> None:
    replay.state, replay.ended_at, replay.artefact = state, now, None
    replay.lease = replay.lease_expires_at = None


def _rows(session: Session, site_id: UUID, *, most: int, replay_id: UUID | None = None) -> list[ReplayRow]:
    against = RuleSetVersion.__table__.alias("against")
    query = (
        select(
            Replay,
            RuleSetVersion.number,
            RuleSetVersion.name,
            RuleSetVersion.digest,
            against.c.number.label("against"),
            Account.name.label("started_by"),
        )
        .join(RuleSetVersion, RuleSetVersion.id == Replay.rule_set_id)
        .outerjoin(against, against.c.id == Replay.against_id)
        .outerjoin(Account, Account.id == Replay.started_by)
        .where(Replay.site_id == site_id)
        .order_by(Replay.started_at.desc(), Replay.id.desc())
        .limit(most)
    )
    if replay_id is not None:
        query = query.where(Replay.id == replay_id)
    return [
        ReplayRow(
            replay=row.Replay,
            number=row.number,
            name=row.name,
            present_digest=row.digest,
            against=row.against,
            started_by=row.started_by,
        )
        for row in session.execute(query)
    ]


def _add_rules(session: Session, replay_id: UUID, changes: dict[str, RuleChange]) -> None:
    """Add to the counts of rules, one statement for all of them."""
    if not changes:
        return
    rows: list[dict[str, Any]] = [
        {
            "replay_id": replay_id,
            "rule_key": key,
            "gained": change.gained.number,
            "gained_approved": change.gained.approved,
            "gained_rejected": change.gained.rejected,
            "lost": change.lost.number,
            "lost_approved": change.lost.approved,
            "lost_rejected": change.lost.rejected,
        }
        for key, change in sorted(changes.items())
    ]
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert(ReplayRule) if dialect == "postgresql" else sqlite.insert(ReplayRule)
    counted = {
        name: ReplayRule.__table__.c[name] + insert.excluded[name]
        for name in rows[0]
        if name not in {"replay_id", "rule_key"}
    }
    adding = insert.on_conflict_do_update(index_elements=["replay_id", "rule_key"], set_=counted)
    session.connection().execute(adding, rows)


def _keep_examples(session: Session, replay_id: UUID, drawn: Sequence[NewExample]) -> None:
    """Keep new examples whose comment is still there, then let go of those above the number to be shown."""
    if not drawn:
        return
    present = set(
        session.scalars(select(Comment.id).where(Comment.id.in_([each.comment_id for each in drawn])))
    )
    session.add_all(
        ReplayExample(
            replay_id=replay_id,
            comment_id=each.comment_id,
            cell=written_cell(each.before, each.after),
            lot=each.lot,
            revision=each.revision,
            marks=each.marks,
        )
        for each in drawn
        if each.comment_id in present
    )
    session.flush()
    place = func.row_number().over(partition_by=ReplayExample.cell, order_by=ReplayExample.lot)
    placed = (
        select(ReplayExample.comment_id, place.label("place"))
        .where(ReplayExample.replay_id == replay_id)
        .subquery()
    )
    above = select(placed.c.comment_id).where(placed.c.place > EXAMPLES)
    session.execute(
        delete(ReplayExample).where(
            ReplayExample.replay_id == replay_id, ReplayExample.comment_id.in_(above)
        ),
        execution_options={"synchronize_session": False},
    )

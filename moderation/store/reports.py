"""Reports: kept, weighed together, settled, and forgotten by age. What they do to a comment says `domain.report`.

A report is written, moved or settled only by who holds its comment's lock, so that what was added up still holds when
something is done about it. Retention alone changes reports without: it skips what is locked and waits for nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    and_,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from moderation.domain.comment import Status
from moderation.domain.reasons import Reason
from moderation.domain.report import GRAVE_REASONS, Record, ReportState, Voice
from moderation.store.tables import Comment, Evaluation, Report, Revision, Thread

_NO_SYNC = {"synchronize_session": False}
IS_OPEN: Final[ColumnElement[bool]] = Report.state == literal_column(f"'{ReportState.OPEN}'")
"""Written out, not bound: only so can SQLite use the partial index of open reports."""


@dataclass(frozen=True, slots=True)
class Reportable:
    """A comment as far as a report must know it."""

    id: UUID
    thread_id: UUID
    revision: int
    is_published: bool


def find_comment(session: Session, site_id: UUID, comment_id: UUID) -> Reportable | None:
    """Return a comment of this site, whatever its status."""
    row = session.execute(
        select(Comment.id, Comment.thread_id, Comment.revision, Comment.status == Status.PUBLISHED).where(
            Comment.id == comment_id, Comment.site_id == site_id
        )
    ).one_or_none()
    return None if row is None else Reportable(*row)


@dataclass(frozen=True, slots=True)
class Quoted:
    """A published comment as the public reads it, and where it stands."""

    nickname: str
    text: str
    thread_key: str


def quote(session: Session, site_id: UUID, comment_id: UUID) -> Quoted | None:
    """Return the words of a published comment, as the public reads them."""
    row = session.execute(
        select(
            func.coalesce(Revision.shown_nickname, Revision.nickname),
            func.coalesce(Revision.shown_text, Revision.text),
            Thread.key,
        )
        .join(Comment, and_(Comment.id == Revision.comment_id, Comment.revision == Revision.number))
        .join(Thread, Thread.id == Comment.thread_id)
        .where(Comment.id == comment_id, Comment.site_id == site_id, Comment.status == Status.PUBLISHED)
    ).one_or_none()
    return None if row is None else Quoted(*row)


def score_of(session: Session, comment_id: UUID, revision: int) -> int:
    """Return what the rules' matches in a text weigh together; 0 where no rules have read it."""
    return (
        session.scalar(
            select(Evaluation.score)
            .where(Evaluation.comment_id == comment_id, Evaluation.revision == revision)
            .order_by(Evaluation.created_at.desc(), Evaluation.id.desc())
            .limit(1)
        )
        or 0
    )


def find_own(session: Session, comment_id: UUID, reporter_hash: bytes) -> Report | None:
    """Return the report that a reader has made of a comment."""
    return session.scalars(
        select(Report).where(Report.comment_id == comment_id, Report.reporter_hash == reporter_hash)
    ).one_or_none()


def add(session: Session, report: Report) -> None:
    """Keep a report. The database refuses a reader's second one of the same comment."""
    session.add(report)
    session.flush()


def record_of(session: Session, site_id: UUID, reporter_hash: bytes) -> Record:
    """Count what came of a reader's reports on a site, without reading one: the index holds all that is asked."""
    rows = session.execute(
        select(Report.state, func.count())
        .where(
            Report.site_id == site_id,
            Report.reporter_hash == reporter_hash,
            Report.state.in_((ReportState.UPHELD, ReportState.DISMISSED)),
        )
        .group_by(Report.state)
    )
    counted = dict(rows.all())
    return Record(upheld=counted.get(ReportState.UPHELD, 0), dismissed=counted.get(ReportState.DISMISSED, 0))


# Weighed together --------------------------------------------------------------------------------


def _voice_columns() -> tuple[ColumnElement[int], ColumnElement[int], ColumnElement[int]]:
    """Return what is asked of all reports of one client: the fields of a `Voice`."""
    is_grave = Report.reason.in_(GRAVE_REASONS)
    return (
        func.max(Report.weight),
        func.max(case((is_grave, Report.weight), else_=0)),
        func.max(case((Report.is_proven, Report.weight), else_=0)),
    )


CLIENT: Final = func.coalesce(Report.client_key, Report.reporter_hash)
"""By what reports are taken as one; where the client is forgotten, each stands for itself (`forget_clients`)."""


def voices(session: Session, comment_id: UUID, revision: int) -> list[Voice]:
    """Return what each client says of a text, by its open reports."""
    rows = session.execute(
        select(*_voice_columns())
        .where(Report.comment_id == comment_id, IS_OPEN, Report.revision == revision)
        .group_by(CLIENT)
    )
    return [Voice(*row) for row in rows]


def has_stayed(session: Session, comment_id: UUID, revision: int) -> bool:
    """Say whether a person has let a text stay, or come back, though it was reported."""
    settled = exists().where(
        Report.comment_id == comment_id,
        Report.revision == revision,
        Report.state.in_((ReportState.UPHELD, ReportState.DISMISSED)),
    )
    return bool(session.scalar(select(settled)))


@dataclass(frozen=True, slots=True)
class Heap:
    """The open reports on a comment by one client, for one reason."""

    comment_id: UUID
    reason: Reason
    is_present: bool
    """About the text as it stands now."""
    number: int
    client: bytes
    voice: Voice


def heaps(session: Session, comment_ids: Sequence[UUID]) -> list[Heap]:
    """Return the open reports on comments, counted and weighed."""
    is_present = (Report.revision == Comment.revision).label("is_present")
    rows = session.execute(
        select(Report.comment_id, Report.reason, is_present, func.count(), CLIENT, *_voice_columns())
        .join(Comment, Comment.id == Report.comment_id)
        .where(Report.comment_id.in_(comment_ids), IS_OPEN)
        .group_by(Report.comment_id, Report.reason, is_present, CLIENT)
    )
    return [Heap(*row[:5], Voice(*row[5:])) for row in rows]


@dataclass(frozen=True, slots=True)
class Note:
    """What a reader wrote to his report."""

    comment_id: UUID
    reason: Reason
    text: str
    created_at: datetime


def notes(session: Session, comment_ids: Sequence[UUID], *, most: int) -> list[Note]:
    """Return the latest notes to the open reports on each of several comments, the latest first."""
    place = func.row_number().over(
        partition_by=Report.comment_id, order_by=(Report.created_at.desc(), Report.id.desc())
    )
    ranked = (
        select(Report.comment_id, Report.reason, Report.note, Report.created_at, place.label("place"))
        .where(Report.comment_id.in_(comment_ids), IS_OPEN, Report.note.is_not(None))
        .subquery()
    )
    rows = session.execute(
        select(ranked.c.comment_id, ranked.c.reason, ranked.c.note, ranked.c.created_at)
        .where(ranked.c.place <= most)
        .order_by(ranked.c.comment_id, ranked.c.place)
    )
    return [Note(*row) for row in rows]


def count_open(comment: InstrumentedAttribute[UUID]) -> ScalarSelect[int]:
    """Count, within another query, a comment's open reports: by the partial index, next to nothing where none are."""
    return select(func.count()).where(Report.comment_id == comment, IS_OPEN).scalar_subquery()


# Settled -----------------------------------------------------------------------------------------


def any_open(comment: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Ask, within another query, whether a comment has open reports."""
    return exists().where(Report.comment_id == comment, IS_OPEN)


_RevisionNow = aliased(Comment, name="now")
_PRESENT: Final[ScalarSelect[int]] = (
    select(_RevisionNow.revision)
    .where(_RevisionNow.id == Report.comment_id)
    .correlate(Report)
    .scalar_subquery()
)


def settle(
    session: Session, comment_ids: Sequence[UUID], state: ReportState, *, on_record: bool, now: datetime
) -> list[tuple[UUID, UUID]]:
    """Settle the open reports of comments; return them, each with its comment.

    Who was wrong about a text that is no longer there was not wrong: such a report is taken off its reader's record
    by no longer naming him. So are all of them where nobody has judged (`on_record` false).
    """
    is_off: ColumnElement[bool] = literal(value=not on_record)
    if on_record and state is ReportState.DISMISSED:
        is_off = Report.revision != _PRESENT
    rows = session.execute(
        update(Report)
        .where(Report.comment_id.in_(comment_ids), IS_OPEN)
        .values(
            state=state,
            settled_at=now,
            reporter_hash=case((is_off, Report.receipt_hash), else_=Report.reporter_hash),
        )
        .returning(Report.id, Report.comment_id),
        execution_options=_NO_SYNC,
    )
    return [(report_id, comment_id) for report_id, comment_id in rows]


def reopen(session: Session, comment_id: UUID, *, settled_at: datetime) -> list[UUID]:
    """Open again what was settled together with a decision that is taken back; return those reports."""
    return list(
        session.scalars(
            update(Report)
            .where(Report.comment_id == comment_id, Report.settled_at == settled_at)
            .values(state=ReportState.OPEN, settled_at=None)
            .returning(Report.id),
            execution_options=_NO_SYNC,
        )
    )


# Found by receipt --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Received:
    """A report as whoever holds its receipt may see it."""

    state: ReportState
    reason: Reason
    created_at: datetime
    settled_at: datetime | None
    comment_id: UUID
    is_shown: bool


def find_by_receipt(session: Session, site_id: UUID, receipt_hash: bytes) -> Received | None:
    """Return a report of this site by the hash of its receipt's code."""
    row = session.execute(
        select(
            Report.state,
            Report.reason,
            Report.created_at,
            Report.settled_at,
            Report.comment_id,
            Comment.status == Status.PUBLISHED,
        )
        .join(Comment, Comment.id == Report.comment_id)
        .where(Report.receipt_hash == receipt_hash, Report.site_id == site_id)
    ).one_or_none()
    return None if row is None else Received(*row)


# Forgotten ---------------------------------------------------------------------------------------


def forget_notes(session: Session, site_id: UUID, *, settled_before: datetime, most: int) -> int:
    """Remove the notes of reports that were settled before a moment; return how many."""
    doomed = _unlocked(
        session,
        Report.site_id == site_id,
        Report.note.is_not(None),
        Report.settled_at < settled_before,
        most=most,
    )
    session.execute(update(Report).where(Report.id.in_(doomed)).values(note=None), execution_options=_NO_SYNC)
    return len(doomed)


def forget_notes_of(session: Session, comment_ids: Sequence[UUID]) -> None:
    """Remove the notes to all reports on comments: what is said of a text goes with the text."""
    session.execute(
        update(Report).where(Report.comment_id.in_(comment_ids), Report.note.is_not(None)).values(note=None),
        execution_options=_NO_SYNC,
    )


_Twin = aliased(Report, name="twin")


def forget_clients(session: Session, site_id: UUID, *, before: datetime, most: int) -> int:
    """Remove the hashes of clients from older reports, and with them readers who are known by nothing else.

    What they were needed for is settled first: of one client's open reports on a text all but the heaviest weigh
    nothing from then on, so that they are still one voice when nobody can tell any more that they were one client's.
    """
    doomed = _unlocked(
        session,
        Report.site_id == site_id,
        Report.client_key.is_not(None),
        Report.created_at < before,
        most=most,
    )
    if not doomed:
        return 0
    clients = select(_Twin.client_key).where(_Twin.id.in_(doomed))
    outweighed = exists().where(
        _Twin.comment_id == Report.comment_id,
        _Twin.revision == Report.revision,
        _Twin.client_key == Report.client_key,
        or_(_Twin.weight > Report.weight, and_(_Twin.weight == Report.weight, _Twin.id < Report.id)),
    )
    lighter = _unlocked(
        session, Report.site_id == site_id, IS_OPEN, Report.client_key.in_(clients), outweighed
    )
    session.execute(update(Report).where(Report.id.in_(lighter)).values(weight=0), execution_options=_NO_SYNC)
    session.execute(
        update(Report)
        .where(Report.id.in_(doomed))
        .values(
            client_key=None,
            reporter_hash=case(
                (Report.reporter_hash == Report.client_key, Report.receipt_hash), else_=Report.reporter_hash
            ),
        ),
        execution_options=_NO_SYNC,
    )
    return len(doomed)


def _unlocked(session: Session, *conditions: ColumnElement[bool], most: int | None = None) -> Sequence[UUID]:
    """Lock reports that nobody else has locked. Nobody waits for retention, and it for nobody."""
    return session.scalars(
        select(Report.id).where(*conditions).limit(most).with_for_update(skip_locked=True, of=Report)
    ).all()

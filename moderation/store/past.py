"""Past comments as the rules read them, in small steps, and what people decided on them. Reads only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from moderation.domain.comment import Status
from moderation.domain.policy import Mode
from moderation.domain.reasons import Reason
from moderation.domain.review import DecisionKind
from moderation.rules import Field
from moderation.store import sites
from moderation.store.tables import Comment, Decision, Revision, Site, Thread

READABLE = (Status.PENDING, Status.PUBLISHED, Status.REJECTED)
"""What was taken back by its author or erased is judged no more, and shown no more."""
FINAL = (DecisionKind.APPROVE, DecisionKind.REJECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastComment:
    """A comment with its present text, and the mode it would be judged under."""

    id: UUID
    created_at: datetime
    revision: int
    nickname: str
    link: str | None
    text: str
    thread_id: UUID
    thread_key: str
    mode: Mode

    @property
    def texts(self) -> dict[Field, str]:
        """What the rules read, as the intake hands it to them."""
        texts = {Field.TEXT: self.text, Field.NICKNAME: self.nickname}
        if self.link is not None:
            texts[Field.LINK] = self.link
        return texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Which of a site's comments are meant, by their time; both ends belong to it."""

    since: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk through comments stands."""

    at: datetime
    id: UUID


def site_of(session: Session, site_id: UUID) -> Site:
    """Return a site that something of its own refers to."""
    return session.get_one(Site, site_id)


def count(session: Session, site_id: UUID, stretch: Stretch, *, most: int) -> int:
    """Count a site's readable comments of a stretch, but not beyond `most`."""
    within = select(Comment.id).where(*_within(site_id, stretch)).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(within)) or 0


def latest(
    session: Session, site: Site, stretch: Stretch, *, before: Place | None, most: int
) -> list[PastComment]:
    """Return comments of a stretch from the latest to the oldest, from a place on."""
    query = _comments().where(*_within(site.id, stretch))
    if before is not None:
        query = query.where(tuple_(Comment.created_at, Comment.id) < tuple_(before.at, before.id))
    return _read(session, site, query.order_by(Comment.created_at.desc(), Comment.id.desc()).limit(most))


def by_ids(session: Session, site: Site, ids: Sequence[UUID]) -> list[PastComment]:
    """Return those of some comments that can still be read, in no order."""
    query = _comments().where(Comment.site_id == site.id, Comment.id.in_(ids), Comment.status.in_(READABLE))
    return _read(session, site, query)


def decided(session: Session, site_id: UUID, ids: Iterable[UUID]) -> dict[UUID, DecisionKind]:
    """Return what people last decided on comments, where they did; what was undone does not count."""
    undoing = aliased(Decision)
    rows = session.execute(
        select(Decision.comment_id, Decision.kind)
        .where(
            Decision.site_id == site_id,
            Decision.comment_id.in_(list(ids)),
            Decision.kind.in_(FINAL),
            # A second look judges a decision, not the comment.
            Decision.checks_id.is_(None),
            ~exists().where(undoing.undoes_id == Decision.id),
        )
        .order_by(Decision.created_at, Decision.id)
    )
    return {row.comment_id: row.kind for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedComment:
    """A comment that a person decided: its text, who wrote it, and the group of near copies it belongs to."""

    id: UUID
    group: bytes
    writer: bytes | None
    client: bytes | None
    is_rejected: bool
    reason: Reason | None
    text: str
    link: str | None


def latest_decided(
    session: Session,
    site_id: UUID,
    stretch: Stretch,
    *,
    kind: DecisionKind,
    before: Place | None,
    most: int,
    chars: int,
) -> tuple[list[DecidedComment], Place | None]:
    """Return the beginnings of comments people decided so, the latest decision first, and where to go on."""
    undoing = aliased(Decision)
    query = (
        select(
            Decision.id.label("decision_id"),
            Decision.created_at.label("decided_at"),
            Decision.reason,
            Comment.id,
            Comment.text_hash,
            Comment.author_id,
            Comment.client_key,
            func.substr(Revision.text, 1, chars).label("text"),
            Revision.link,
        )
        .join(Comment, Comment.id == Decision.comment_id)
        .join(Revision, (Revision.comment_id == Comment.id) & (Revision.number == Comment.revision))
        .where(
            Decision.site_id == site_id,
            Decision.kind == kind,
            Decision.checks_id.is_(None),
            Decision.created_at <= stretch.until,
            Comment.status == (Status.REJECTED if kind is DecisionKind.REJECT else Status.PUBLISHED),
            ~exists().where(undoing.undoes_id == Decision.id),
        )
        .order_by(Decision.created_at.desc(), Decision.id.desc())
        .limit(most)
    )
    if stretch.since is not None:
        query = query.where(Decision.created_at >= stretch.since)
    if before is not None:
        query = query.where(tuple_(Decision.created_at, Decision.id) < tuple_(before.at, before.id))
    rows = session.execute(query).all()
    found = [
        DecidedComment(
            id=row.id,
            group=row.text_hash,
            writer=None if row.author_id is None else row.author_id.bytes,
            client=row.client_key,
            is_rejected=kind is DecisionKind.REJECT,
            reason=row.reason,
            text=row.text,
            link=row.link,
        )
        for row in rows
    ]
    return found, Place(rows[-1].decided_at, rows[-1].decision_id) if len(rows) == most else None


def _comments() -> Select[UUID, datetime, int, str, str | None, str, Thread]:
    return (
        select(
            Comment.id,
            Comment.created_at,
            Comment.revision,
            Revision.nickname,
            Revision.link,
            Revision.text,
            Thread,
        )
        .join(Revision, (Revision.comment_id == Comment.id) & (Revision.number == Comment.revision))
        .join(Thread, Thread.id == Comment.thread_id)
    )


def _within(site_id: UUID, stretch: Stretch) -> list[ColumnElement[bool]]:
    conditions = [
        Comment.site_id == site_id,
        Comment.created_at <= stretch.until,
        Comment.status.in_(READABLE),
    ]
    return conditions if stretch.since is None else [*conditions, Comment.created_at >= stretch.since]


def _read(
    session: Session, site: Site, query: Select[UUID, datetime, int, str, str | None, str, Thread]
) -> list[PastComment]:
    return [
        PastComment(
            id=row.id,
            created_at=row.created_at,
            revision=row.revision,
            nickname=row.nickname,
            link=row.link,
            text=row.text,
            thread_id=row.Thread.id,
            thread_key=row.Thread.key,
            mode=sites.policy_of(site, row.Thread).mode,
        )
        for row in session.execute(query)
    ]

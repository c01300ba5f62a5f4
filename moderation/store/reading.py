"""What the public reads: versions, pages of comments, counts. Explicit columns, no entities, published text only.

The condition that keeps unapproved text inside stands in one place, `_columns`: a row that is listed but not
published is an empty place that keeps its replies in their tree, and yields no text, no name, no link.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from moderation.domain.appeal import AppealState
from moderation.domain.comment import Status
from moderation.domain.cursor import Sort
from moderation.domain.policy import ChallengeMode, Mode, SignIn
from moderation.domain.reasons import Reason
from moderation.store.sites import hash_thread_key
from moderation.store.tables import Appeal, Author, Comment, Revision, Site, Thread


@dataclass(frozen=True, slots=True)
class ThreadFacts:
    """What one indexed read tells of a thread: enough to answer 304, or to know which page to build."""

    site_id: UUID
    site_version: int
    site_mode: Mode
    challenge: ChallengeMode
    sign_in: SignIn
    max_text_chars: int
    is_frozen: bool
    is_held: bool
    edit_minutes: int
    texts: dict[str, dict[str, str]]
    thread_id: UUID | None
    version: int | None
    mode: Mode | None
    count: int | None
    title: str | None
    url: str | None


def thread_facts(session: Session, site_key: str, thread_key: str) -> ThreadFacts | None:
    """Return a thread's version and settings; None when there is no such site."""
    row = session.execute(
        select(
            Site.id,
            Site.version,
            Site.mode,
            Site.challenge,
            Site.sign_in,
            Site.max_text_chars,
            Site.frozen_at.is_not(None),
            Site.held_at.is_not(None),
            Site.edit_minutes,
            Site.texts,
            Thread.id,
            Thread.version,
            Thread.mode,
            Thread.published_count,
            Thread.title,
            Thread.url,
        )
        .outerjoin(Thread, and_(Thread.site_id == Site.id, Thread.key_hash == hash_thread_key(thread_key)))
        .where(Site.key == site_key),
    ).one_or_none()
    return None if row is None else ThreadFacts(*row)  # type: ignore[call-arg]  # more columns than SQLAlchemy types


def has_site(session: Session, site_key: str) -> bool:
    """Say whether there is a site with this key."""
    return session.scalar(select(Site.id).where(Site.key == site_key)) is not None


def words(session: Session, site_key: str) -> tuple[str, dict[str, dict[str, str]]] | None:
    """Return a site's language and the texts that it says in its own words; None when there is no such site."""
    row = session.execute(select(Site.language, Site.texts).where(Site.key == site_key)).one_or_none()
    return None if row is None else (row[0], row[1])


def counts(session: Session, site_key: str, thread_keys: Sequence[str]) -> dict[str, int] | None:
    """Count published comments of many threads in one query; None when there is no such site."""
    hashes = {hash_thread_key(key): key for key in thread_keys}
    rows = session.execute(
        select(Site.id, Thread.key_hash, Thread.published_count)
        .outerjoin(Thread, and_(Thread.site_id == Site.id, Thread.key_hash.in_(list(hashes))))
        .where(Site.key == site_key),
    ).all()
    if not rows:
        return None
    found = {hashes[key_hash]: count for _, key_hash, count in rows if key_hash in hashes}
    return {key: found.get(key, 0) for key in thread_keys}


@dataclass(frozen=True, slots=True)
class ShownComment:
    """One place in the public list."""

    id: UUID
    parent_id: UUID | None
    root_id: UUID | None
    created_at: datetime
    is_published: bool
    reply_count: int
    like_count: int
    """Orders the list, whatever the status; shown only of what is published."""
    nickname: str | None
    link: str | None
    text: str | None
    parent_nickname: str | None
    edited_at: datetime | None
    is_verified: bool
    """The portal vouches for its author."""


_Parent = aliased(Comment, name="parent")
_ParentRevision = aliased(Revision, name="parent_revision")


def _if_published(column: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    return case((Comment.status == Status.PUBLISHED, column), else_=null())


def _columns() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Comment.id,
            Comment.parent_id,
            Comment.root_id,
            Comment.created_at,
            (Comment.status == Status.PUBLISHED).label("is_published"),
            Comment.published_reply_count,
            Comment.like_count,
            _if_published(func.coalesce(Revision.shown_nickname, Revision.nickname)).label("nickname"),
            _if_published(Revision.link).label("link"),
            _if_published(func.coalesce(Revision.shown_text, Revision.text)).label("text"),
            func.coalesce(_ParentRevision.shown_nickname, _ParentRevision.nickname).label("parent_nickname"),
            case(
                (and_(Comment.status == Status.PUBLISHED, Comment.revision > 1), Revision.created_at),
                else_=null(),
            ).label("edited_at"),
            func.coalesce(_if_published(Author.is_verified), false()).label("is_verified"),
        )
        .join(Revision, and_(Revision.comment_id == Comment.id, Revision.number == Comment.revision))
        .outerjoin(Author, Author.id == Comment.author_id)
        .outerjoin(_Parent, and_(_Parent.id == Comment.parent_id, _Parent.status == Status.PUBLISHED))
        .outerjoin(
            _ParentRevision,
            and_(_ParentRevision.comment_id == _Parent.id, _ParentRevision.number == _Parent.revision),
        )
    )


def _row(row: Row[*tuple[Any, ...]]) -> ShownComment:
    return ShownComment(*tuple(row)[: len(ShownComment.__slots__)])


@dataclass(frozen=True, slots=True)
class After:
    """Where a page ended: the next begins beyond this comment."""

    created_at: datetime
    id: UUID
    like_count: int = 0
    """Where the order asks for it."""


_KEYS: Final[Mapping[Sort, tuple[str, ...]]] = MappingProxyType(
    {
        Sort.NEWEST: ("created_at", "id"),
        Sort.OLDEST: ("created_at", "id"),
        Sort.POPULAR: ("like_count", "created_at", "id"),
    }
)
"""What each order compares, as an index has it; all but the oldest first go downwards."""


def _beyond(after: After, sort: Sort) -> ColumnElement[bool]:
    columns = [getattr(Comment, key) for key in _KEYS[sort]]
    here = tuple_(*columns)
    there = tuple_(
        *(literal(getattr(after, key), column.type) for key, column in zip(_KEYS[sort], columns, strict=True))
    )
    return here > there if sort is Sort.OLDEST else here < there


def roots(
    session: Session, thread_id: UUID, *, after: After | None, sort: Sort, most: int
) -> list[ShownComment]:
    """Return a page of a thread's top comments."""
    query = _columns().where(
        Comment.thread_id == thread_id, Comment.is_listed.is_(True), Comment.root_id.is_(None)
    )
    if after is not None:
        query = query.where(_beyond(after, sort))
    keys = [getattr(Comment, key) for key in _KEYS[sort]]
    if sort is Sort.POPULAR:
        # None has a root: named only so that PostgreSQL, to which "is null" is no constant, sees that the index is in
        # this order. Not for the others: with it, their order is that of another index, too, over all threads.
        keys.insert(0, Comment.root_id)
    query = query.order_by(*keys if sort is Sort.OLDEST else (key.desc() for key in keys))
    return [_row(row) for row in session.execute(query.limit(most))]


def replies(
    session: Session, thread_id: UUID, root_id: UUID, *, after: After | None, most: int
) -> list[ShownComment]:
    """Return a page of the replies below one top comment, the oldest first."""
    query = _columns().where(
        Comment.thread_id == thread_id, Comment.root_id == root_id, Comment.is_listed.is_(True)
    )
    if after is not None:
        query = query.where(_beyond(after, Sort.OLDEST))
    query = query.order_by(Comment.created_at, Comment.id).limit(most)
    return [_row(row) for row in session.execute(query)]


def first_replies(session: Session, root_ids: Sequence[UUID], *, most: int) -> list[ShownComment]:
    """Return the first replies below each of several top comments, in one query."""
    if not root_ids:
        return []
    place = (
        func.row_number()
        .over(partition_by=Comment.root_id, order_by=(Comment.created_at, Comment.id))
        .label("place")
    )
    ranked = (
        _columns()
        .add_columns(place)
        .where(Comment.root_id.in_(root_ids), Comment.is_listed.is_(True))
        .subquery()
    )
    query = select(ranked).where(ranked.c.place <= most).order_by(ranked.c.root_id, ranked.c.place)
    return [_row(row) for row in session.execute(query)]


def find_root(session: Session, site_key: str, comment_id: UUID) -> tuple[UUID, int] | None:
    """Return the thread of a listed top comment and that thread's version."""
    row = session.execute(
        select(Comment.thread_id, Thread.version)
        .join(Thread, Thread.id == Comment.thread_id)
        .join(Site, Site.id == Comment.site_id)
        .where(
            Site.key == site_key,
            Comment.id == comment_id,
            Comment.root_id.is_(None),
            Comment.is_listed.is_(True),
        ),
    ).one_or_none()
    return None if row is None else row


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a comment stands: its thread's key, the top comment it stands under (itself, if it is one)."""

    thread_key: str
    thread_id: UUID
    root_id: UUID


def find_spot(session: Session, site_key: str, comment_id: UUID) -> Spot | None:
    """Return where a published comment stands; None for any other."""
    row = session.execute(
        select(Thread.key, Thread.id, func.coalesce(Comment.root_id, Comment.id))
        .join(Thread, Thread.id == Comment.thread_id)
        .join(Site, Site.id == Comment.site_id)
        .where(Site.key == site_key, Comment.id == comment_id, Comment.status == Status.PUBLISHED),
    ).one_or_none()
    return None if row is None else Spot(*row)


def one(session: Session, thread_id: UUID, comment_id: UUID) -> ShownComment | None:
    """Return one listed comment of a thread."""
    query = _columns().where(
        Comment.id == comment_id, Comment.thread_id == thread_id, Comment.is_listed.is_(True)
    )
    row = session.execute(query).one_or_none()
    return None if row is None else _row(row)


@dataclass(frozen=True, slots=True)
class LatestComment:
    """A published comment with the thread it stands in."""

    shown: ShownComment
    thread_key: str
    thread_title: str | None
    thread_url: str | None


_IS_PUBLISHED = Comment.status == literal_column(f"'{Status.PUBLISHED}'")
"""Written out: SQLite uses a partial index only where it reads the index's own condition in the statement."""


def latest(
    session: Session, site_id: UUID, *, thread_id: UUID | None = None, most: int
) -> list[LatestComment]:
    """Return the latest published comments of a site, or of one thread, replies among them."""
    # Either the site or the thread, and picked before anything is joined: so each finds the index that is made for it.
    held_by = Comment.site_id == site_id if thread_id is None else Comment.thread_id == thread_id
    latest_first = (Comment.created_at.desc(), Comment.id.desc())
    picked = select(Comment.id).where(held_by, _IS_PUBLISHED).order_by(*latest_first).limit(most).subquery()
    query = (
        _columns()
        .add_columns(Thread.key, Thread.title, Thread.url)
        .join(Thread, Thread.id == Comment.thread_id)
        .where(Comment.id.in_(select(picked.c.id)), _IS_PUBLISHED)
        .order_by(*latest_first)
    )
    return [LatestComment(_row(row), *tuple(row)[-3:]) for row in session.execute(query)]


def site_name(session: Session, site_key: str) -> tuple[UUID, str] | None:
    """Return a site's id and name; None when there is no such site."""
    row = session.execute(select(Site.id, Site.name).where(Site.key == site_key)).one_or_none()
    return None if row is None else (row[0], row[1])


@dataclass(frozen=True, slots=True)
class OwnComment:
    """A comment as its author may see it: with its status."""

    id: UUID
    parent_id: UUID | None
    nickname: str
    link: str | None
    text: str
    created_at: datetime
    status: Status
    reason: Reason | None
    is_told: bool
    revision: int
    decided_at: datetime | None
    receipt_hash: bytes | None
    edit_minutes: int
    appeal_days: int
    appeal: AppealState | None


def own_comments(
    session: Session, site_key: str, thread_key: str, token_hash: bytes, *, most: int
) -> list[OwnComment]:
    """Return what an author wrote in a thread, by the hash of his token, the latest first."""
    rows = session.execute(
        select(
            Comment.id,
            Comment.parent_id,
            Revision.nickname,
            Revision.link,
            Revision.text,
            Comment.created_at,
            Comment.status,
            Comment.reason,
            Comment.is_told,
            Comment.revision,
            Comment.decided_at,
            Comment.receipt_hash,
            Site.edit_minutes,
            Site.appeal_days,
            Appeal.state,
        )
        .join(Revision, and_(Revision.comment_id == Comment.id, Revision.number == Comment.revision))
        .join(Author, Author.id == Comment.author_id)
        .join(Site, Site.id == Author.site_id)
        .join(Thread, Thread.id == Comment.thread_id)
        .outerjoin(Appeal, Appeal.comment_id == Comment.id)
        .where(
            Site.key == site_key,
            Author.token_hash == token_hash,
            Thread.key_hash == hash_thread_key(thread_key),
            or_(
                Comment.status == Status.PENDING,
                Comment.status == Status.PUBLISHED,
                Comment.status == Status.REJECTED,
            ),
        )
        .order_by(Comment.created_at.desc(), Comment.id.desc())
        .limit(most),
    )
    return [OwnComment(*tuple(row)) for row in rows]

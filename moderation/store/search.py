"""The index of search looked up: windows of it read, the latest first, and what a page of results shows.

The index is read in *windows* of documents, never as a whole: a frequent word fills a page from the first window,
a rare one costs next to nothing in any, and between two windows the flow looks at the clock. SQLite walks FTS5 by
rowid and stops at the page's end. PostgreSQL's GIN knows no order: there the windows' numbers are tokens themselves
(`#b12`), so that it reads only what lies in the window. How texts come into the index is `search_index`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, cast, column, func, literal_column, or_, select, table
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session, aliased

from moderation.domain.comment import Status
from moderation.domain.reasons import Reason
from moderation.domain.review import OPEN_STATES, ItemState
from moderation.domain.search import Clauses
from moderation.store.search_index import BLOCK, block_of, is_postgres
from moderation.store.tables import (
    Account,
    Comment,
    Evaluation,
    ReviewItem,
    Revision,
    SearchDocument,
    Site,
    StoredMatch,
    Thread,
)

MOST_BLOCKS: Final = 64
"""Of one window."""
AT_ONCE: Final = 500
"""Documents that may stand in another order than their comments were written."""
SEEN_STATES: Final = tuple(state for state in OPEN_STATES if state is not ItemState.SECOND_LOOK)
"""Queues that a result may name. A second look is blind: who finds the comment here has seen the first decision."""

_WORDS: Final = table("search_words", column("rowid"), column("search_words"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the database is asked for, on these sites."""

    site_ids: tuple[UUID, ...]
    clauses: Clauses = ()
    author_id: UUID | None = None
    status: Status | None = None
    reason: Reason | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Exclusive."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The documents to look through, from the latest down; both ends belong to them."""

    low: int
    high: int

    def window(self, blocks: int) -> "Bounds":
        """Return the upper part of them that lies in so many blocks, the last begun one included."""
        low = (block_of(self.high) - min(blocks, MOST_BLOCKS) + 1) * BLOCK
        return Bounds(max(low, self.low), self.high)


@dataclass(frozen=True, slots=True)
class SiteName:
    """A site that can be chosen."""

    id: UUID
    key: str
    name: str


def site_names(session: Session, site_ids: Sequence[UUID]) -> tuple[SiteName, ...]:
    """Return the names of sites, by key."""
    rows = session.execute(
        select(Site.id, Site.key, Site.name).where(Site.id.in_(site_ids)).order_by(Site.key)
    )
    return tuple(SiteName(*row) for row in rows)


def prepare(session: Session) -> None:
    """Keep PostgreSQL's planner to the plans that the windows are made for, until the end of this transaction."""
    if is_postgres(session):
        session.execute(
            select(
                func.set_config("enable_seqscan", "off", literal_column("true")),
                func.set_config("jit", "off", literal_column("true")),
            )
        )


def has_other_sites(session: Session, site_ids: Sequence[UUID]) -> bool:
    """Say whether there are sites besides these: only then the index need be asked for sites."""
    return session.scalar(select(Site.id).where(Site.id.not_in(site_ids)).limit(1)) is not None


def bounds(session: Session, *, since: datetime | None, until: datetime | None) -> Bounds | None:
    """Return among which documents a range of time lies; None when there are none in it.

    Documents rise with time, but for what several processes write at the same moment: hence some more on both sides.
    """
    in_time = select(SearchDocument.id).limit(1)
    if since is not None:
        in_time = in_time.where(SearchDocument.created_at >= since)
    if until is not None:
        in_time = in_time.where(SearchDocument.created_at < until)
    order = (SearchDocument.created_at, SearchDocument.id)
    if since is until is None:
        order = (SearchDocument.id,)  # type: ignore[assignment]  # one column is a tuple of columns too
    low = session.scalar(in_time.order_by(*order))
    high = session.scalar(in_time.order_by(*(key.desc() for key in order)))
    if low is None or high is None:
        return None
    return Bounds(
        low if since is None else low - AT_ONCE,
        high if until is None else high + AT_ONCE,
    )


def matching(session: Session, asked: Asked, window: Bounds, *, most: int) -> list[tuple[int, UUID]]:
    """Return documents of a window that the index says match, with their comments, the latest first."""
    query = _in_gin(asked, window) if is_postgres(session) else _in_fts(asked, window)
    query = query.where(SearchDocument.site_id.in_(asked.site_ids))
    if asked.author_id is not None or asked.status is not None or asked.reason is not None:
        query = query.join(Comment, Comment.id == SearchDocument.comment_id)
    if asked.author_id is not None:
        query = query.where(Comment.author_id == asked.author_id)
    if asked.status is not None:
        query = query.where(Comment.status == asked.status)
    if asked.reason is not None:
        query = query.where(Comment.reason == asked.reason)
    if asked.since is not None:
        query = query.where(SearchDocument.created_at >= asked.since)
    if asked.until is not None:
        query = query.where(SearchDocument.created_at < asked.until)
    return [(row[0], row[1]) for row in session.execute(query.limit(most))]


def _in_fts(asked: Asked, window: Bounds) -> Select[int, UUID]:
    query = select(SearchDocument.id, SearchDocument.comment_id)
    place: Any = SearchDocument.id
    if asked.clauses:
        place = _WORDS.c.rowid
        query = (
            query.select_from(_WORDS)
            .join(SearchDocument, SearchDocument.id == _WORDS.c.rowid)
            .where(_WORDS.c.search_words.op("MATCH")(_expression(asked.clauses, "AND", "OR", '"')))
        )
    return query.where(place.between(window.low, window.high)).order_by(place.desc())


def _in_gin(asked: Asked, window: Bounds) -> Select[int, UUID]:
    query = select(SearchDocument.id, SearchDocument.comment_id)
    if not asked.clauses:
        return query.where(SearchDocument.id.between(window.low, window.high)).order_by(
            SearchDocument.id.desc()
        )
    blocks = range(block_of(window.low), block_of(window.high) + 1)
    clauses = (*asked.clauses, tuple((f"#b{block}",) for block in blocks))
    wanted = cast(_expression(clauses, "&", "|", "'"), TSQUERY)
    # Not by the primary key: it would read every document of the window to find the few that match.
    place = SearchDocument.id + literal_column("0")
    return query.where(
        SearchDocument.words.op("@@")(wanted), place.between(window.low, window.high)
    ).order_by(place.desc())


def _expression(clauses: Clauses, every: str, one: str, quote: str) -> str:
    """Write clauses in a database's language. Tokens are letters, digits and our own marks: nothing to escape."""
    return f" {every} ".join(
        "("
        + f" {one} ".join(
            "(" + f" {every} ".join(f"{quote}{token}{quote}" for token in alternative) + ")"
            for alternative in clause
        )
        + ")"
        for clause in clauses
    )


def written_at(session: Session, document_id: int) -> datetime | None:
    """Return when the first comment from a document on was written."""
    return session.scalar(
        select(SearchDocument.created_at)
        .where(SearchDocument.id >= document_id)
        .order_by(SearchDocument.id)
        .limit(1)
    )


def texts_of(session: Session, comment_ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    """Return text and nickname of comments as they are now."""
    rows = session.execute(
        select(Comment.id, Revision.text, Revision.nickname)
        .join(Revision, and_(Revision.comment_id == Comment.id, Revision.number == Comment.revision))
        .where(Comment.id.in_(comment_ids))
    )
    return {comment_id: (said, nickname) for comment_id, said, nickname in rows}


@dataclass(frozen=True, slots=True)
class Hit:
    """A comment that was found."""

    comment_id: UUID
    revision: int
    status: Status
    reason: Reason | None
    nickname: str
    text: str
    written_at: datetime
    author_id: UUID | None
    thread_id: UUID
    thread_key: str
    thread_title: str | None
    site_key: str
    site_name: str
    item_id: UUID | None
    """The item it waits under, if it waits."""
    queue: ItemState | None
    causes: list[str] | None
    claimer_id: UUID | None
    claimer: str | None
    lease_expires_at: datetime | None


def hits(session: Session, site_ids: Sequence[UUID], comment_ids: Sequence[UUID]) -> dict[UUID, Hit]:
    """Return what a page of results shows of its comments."""
    claimer = aliased(Account, name="claimer")
    rows = session.execute(
        select(
            Comment.id,
            Comment.revision,
            Comment.status,
            Comment.reason,
            Revision.nickname,
            Revision.text,
            Comment.created_at,
            Comment.author_id,
            Thread.id,
            Thread.key,
            Thread.title,
            Site.key,
            Site.name,
            ReviewItem.id,
            ReviewItem.state,
            ReviewItem.causes,
            ReviewItem.claimed_by,
            claimer.name,
            ReviewItem.lease_expires_at,
        )
        .join(Revision, and_(Revision.comment_id == Comment.id, Revision.number == Comment.revision))
        .join(Thread, Thread.id == Comment.thread_id)
        .join(Site, Site.id == Comment.site_id)
        .outerjoin(ReviewItem, and_(ReviewItem.comment_id == Comment.id, ReviewItem.state.in_(OPEN_STATES)))
        .outerjoin(claimer, claimer.id == ReviewItem.claimed_by)
        .where(Comment.id.in_(comment_ids), Comment.site_id.in_(site_ids))
    )
    return {row[0]: Hit(*row) for row in rows}  # type: ignore[call-arg]  # SQLAlchemy's types count so many columns as one


def matches_of(session: Session, found: Sequence[Hit]) -> dict[UUID, list[StoredMatch]]:
    """Return what the rules found in comments, by comment."""
    rows = session.execute(
        select(Evaluation.comment_id, StoredMatch)
        .join(StoredMatch, StoredMatch.evaluation_id == Evaluation.id)
        .join(Comment, and_(Comment.id == Evaluation.comment_id, Comment.revision == Evaluation.revision))
        .where(Evaluation.comment_id.in_([hit.comment_id for hit in found]))
        .order_by(StoredMatch.field, StoredMatch.start)
    )
    by_comment: dict[UUID, list[StoredMatch]] = {}
    for comment_id, match in rows:
        by_comment.setdefault(comment_id, []).append(match)
    return by_comment


def threads_named(session: Session, site_ids: Sequence[UUID], name: str, *, most: int) -> list[UUID]:
    """Return threads by their key, or by part of their title, the latest first; none for no name."""
    if not name:
        return []
    return list(
        session.scalars(
            select(Thread.id)
            .where(
                Thread.site_id.in_(site_ids),
                or_(Thread.key == name, Thread.title.icontains(name, autoescape=True)),
            )
            .order_by(Thread.id.desc())
            .limit(most)
        )
    )

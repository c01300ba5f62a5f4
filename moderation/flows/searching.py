"""Search: find comments of every status by what they say, who wrote them, where, when, and what became of them.

    search(wanted)
      1 read the query              tokens for the index, terms to compare with       (`domain.search`)
      2 walk back through the index window by window, the latest first, comparing what it offers with the texts
      3 stop at a full page, at the end, or when patience is spent: then the page says how far it has come

Other than the queues it orders by nothing but time, so that every page costs about the same, also the hundredth.
For the console only: it shows texts that nobody has approved.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.comment import Status, is_site_key
from moderation.domain.reasons import Reason
from moderation.domain.search import Clauses, Fact, Place, Query, fact, hits, parse
from moderation.ports import Services
from moderation.store import search as store
from moderation.store import search_index as index
from moderation.store.search import Asked, Bounds, Hit, SiteName
from moderation.store.tables import StoredMatch
from moderation.store.transaction import reading, transaction

PAGE: Final = 30
PATIENCE: Final = timedelta(milliseconds=150)
"""After which no further window is begun. One window takes a few milliseconds, in bad cases some tens."""
MOST_THREADS: Final = 40
"""Threads that one name may stand for; of more, the latest."""
MOST_OFFERED: Final = 480
"""Documents that are compared at once."""
_QUICK: Final = 0.03
"""Seconds: after a window that was quicker, the next is four times as wide."""
INDEX_BATCH: Final = 500
MERGE_PAGES: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody looks for. What is empty is not asked."""

    words: str = ""
    place: Place | None = None
    thread: str = ""
    """A thread's key, or part of its title."""
    author_id: UUID | None = None
    rule: str = ""
    category: Reason | None = None
    """Of a rule that matched."""
    status: Status | None = None
    reason: Reason | None = None
    """For which it was rejected."""
    since: datetime | None = None
    until: datetime | None = None
    site: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A comment that was found, with the places that were looked for (spans of the text and of the nickname)."""

    hit: Hit
    matches: tuple[StoredMatch, ...]
    in_text: tuple[tuple[int, int], ...]
    in_nickname: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of results."""

    query: Query
    sites: tuple[SiteName, ...]
    """Those that can be chosen from."""
    rows: tuple[Row, ...] = ()
    before: int | None = None
    """Where the next page begins; None at the end."""
    searched_back_to: datetime | None = None
    """Set when patience was spent before the page was full: there may be more before this moment."""
    indexed_back_to: datetime | None = None
    """Set while older comments are not in the index yet."""
    is_cut: bool = False
    """More threads have this name than were looked through."""


def search(
    wanted: Wanted,
    *,
    site_ids: tuple[UUID, ...],
    before: int | None = None,
    patience: timedelta = PATIENCE,
    session: Session,
) -> Found:
    """Return a page of the comments of these sites that are wanted, the latest first."""
    ends_at = time.monotonic() + patience.total_seconds()
    query = parse(wanted.words, place=wanted.place)
    with reading(session):
        names = store.site_names(session, site_ids)
        nothing = Found(query=query, sites=names)
        chosen = tuple(each.id for each in names if wanted.site in {"", each.key})
        if query.fault is not None or not chosen or not _is_askable(wanted):
            return nothing
        store.prepare(session)
        nothing = replace(nothing, indexed_back_to=index.reaches_back_to(session))
        threads = store.threads_named(session, chosen, wanted.thread, most=MOST_THREADS + 1)
        if wanted.thread and not threads:
            return nothing
        nothing = replace(nothing, is_cut=len(threads) > MOST_THREADS)
        bounds = store.bounds(session, since=wanted.since, until=wanted.until)
        if bounds is None:
            return nothing
        if before is not None:
            bounds = Bounds(bounds.low, min(bounds.high, before - 1))
        asked = Asked(
            site_ids=chosen,
            clauses=(
                *query.clauses(),
                *_facts(wanted, threads[:MOST_THREADS]),
                *_sites(session, chosen),
            ),
            author_id=wanted.author_id,
            status=wanted.status,
            reason=wanted.reason,
            since=wanted.since,
            until=wanted.until,
        )
        walk = _Walk(bounds)
        found = list(walk.take(session, asked, query, is_spent=lambda: time.monotonic() >= ends_at))
        rows = _rows(session, query, chosen, [comment_id for _, comment_id in found[:PAGE]])
        if len(found) > PAGE:
            return replace(nothing, rows=rows, before=found[PAGE - 1][0])
        if walk.is_at_end:
            return replace(nothing, rows=rows)
        reached = store.written_at(session, walk.high + 1)
        return replace(nothing, rows=rows, before=walk.high + 1, searched_back_to=reached)


def _is_askable(wanted: Wanted) -> bool:
    """Say whether a database can be asked at all: a NUL stands in no title, and PostgreSQL would not take it."""
    return "\0" not in wanted.thread and (not wanted.site or is_site_key(wanted.site))


def _facts(wanted: Wanted, threads: list[UUID]) -> Iterator[tuple[tuple[str, ...], ...]]:
    if wanted.thread:
        yield tuple((fact(Fact.THREAD, thread_id),) for thread_id in threads)
    if wanted.author_id is not None:
        yield ((fact(Fact.AUTHOR, wanted.author_id),),)
    if wanted.rule:
        yield ((fact(Fact.RULE, wanted.rule),),)
    if wanted.category is not None:
        yield ((fact(Fact.CATEGORY, wanted.category),),)


def _sites(session: Session, site_ids: tuple[UUID, ...]) -> Clauses:
    """Ask the index for sites only where there are others: on most installations there are none."""
    if not store.has_other_sites(session, site_ids):
        return ()
    return (tuple((fact(Fact.SITE, site_id),) for site_id in site_ids),)


class _Walk:
    """The way back through the index; `high` is the next document to look at."""

    def __init__(self, bounds: Bounds) -> None:
        self._low = bounds.low
        self.high = bounds.high

    @property
    def is_at_end(self) -> bool:
        return self.high < self._low

    def take(
        self, session: Session, asked: Asked, query: Query, *, is_spent: Callable[[], bool]
    ) -> Iterator[tuple[int, UUID]]:
        """Yield one document more than a page holds, or as many as there are before patience is spent."""
        left, offered, blocks = PAGE + 1, PAGE + 1, 1
        while left > 0 and not self.is_at_end:
            window = Bounds(self._low, self.high).window(blocks)
            began = time.monotonic()
            batch = store.matching(session, asked, window, most=offered)
            taken = _compared(session, query, batch)[:left]
            yield from taken
            left -= len(taken)
            if len(batch) == offered:
                self.high = batch[-1][0] - 1
                offered = min(offered * 2, MOST_OFFERED)
            else:
                self.high = window.low - 1
                blocks *= 4 if time.monotonic() - began < _QUICK else 1
            if is_spent():
                return


def _compared(session: Session, query: Query, batch: list[tuple[int, UUID]]) -> list[tuple[int, UUID]]:
    """Keep of what the index offers what holds the query indeed."""
    if not query.terms or not batch:
        return batch
    texts = store.texts_of(session, [comment_id for _, comment_id in batch])
    return [
        (document_id, comment_id)
        for document_id, comment_id in batch
        if (read := texts.get(comment_id)) is not None and query.holds(text=read[0], nickname=read[1])
    ]


def _rows(
    session: Session, query: Query, site_ids: tuple[UUID, ...], comment_ids: list[UUID]
) -> tuple[Row, ...]:
    found = store.hits(session, site_ids, comment_ids)
    shown = [found[comment_id] for comment_id in comment_ids if comment_id in found]
    matches = store.matches_of(session, shown)
    return tuple(
        Row(
            hit=hit,
            matches=tuple(matches.get(hit.comment_id, ())),
            in_text=() if query.place is Place.NICKNAME else tuple(hits(query, hit.text)),
            in_nickname=() if query.place is Place.TEXT else tuple(hits(query, hit.nickname)),
        )
        for hit in shown
    )


# The index kept ----------------------------------------------------------------------------------------------


def index_older(*, session: Session) -> int:
    """Index a batch of the comments from before search; return how many. The worker's job."""
    with transaction(session):
        return index.index_older(session, most=INDEX_BATCH)


def merge(*, session: Session, services: Services) -> int:
    """Let SQLite write part of its index anew, so that erased texts leave the file; 0 when nothing is left to do."""
    today = services.clock.now().date()
    with transaction(session):
        return int(index.merge(session, pages=MERGE_PAGES, today=today))


def indexed_back_to(*, session: Session) -> datetime | None:
    """Return since when comments are indexed, while older ones are not; None when the index is whole."""
    with reading(session):
        return index.reaches_back_to(session)

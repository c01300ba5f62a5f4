"""The index of search kept: texts put in and taken out, those from before search put in by and by.

What a comment is found by is one row of tokens (`domain.search`). SQLite's triggers tell FTS5 of each change;
PostgreSQL has a GIN index on the row. Looking up is `search`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, Text, and_, bindparam, delete, func, insert, literal, select, text, update
from sqlalchemy.orm import Session

from moderation import rules
from moderation.domain.comment import Status
from moderation.domain.reasons import Reason
from moderation.domain.search import Fact, fact, in_nickname, tokens
from moderation.store.tables import Comment, Evaluation, Revision, SearchDocument, StoredMatch
from moderation.store.tables.search import as_words

BLOCK_BITS: Final = 13
BLOCK: Final = 1 << BLOCK_BITS
"""Documents of one block: the smallest window of a search."""
MOST_RULES: Final = 50
"""Rules of one comment that it can be found by."""

_NO_SYNC: Final = {"synchronize_session": False}


def block_of(document_id: int) -> int:
    """Return the number of the block that a document lies in."""
    return document_id >> BLOCK_BITS


def is_postgres(session: Session) -> bool:
    """Say which of the two indexes there is."""
    return session.get_bind().dialect.name == "postgresql"


# Putting in, taking out ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What the index learns of a comment."""

    comment_id: UUID
    site_id: UUID
    thread_id: UUID
    author_id: UUID | None
    created_at: datetime
    nickname: str
    text: str
    rules: frozenset[tuple[str, Reason]]
    """The keys of the rules that held, each with its category."""


def written(comment: Comment, revision: Revision, evaluation: rules.Evaluation) -> Written:
    """Gather what the index learns of a comment and its latest text."""
    return _written(comment, revision, ((match.rule_key, match.category) for match in evaluation.matches))


def _written(comment: Comment, revision: Revision, held: Iterable[tuple[str, str]]) -> Written:
    return Written(
        comment_id=comment.id,
        site_id=comment.site_id,
        thread_id=comment.thread_id,
        author_id=comment.author_id,
        created_at=comment.created_at,
        nickname=revision.nickname,
        text=revision.text,
        rules=frozenset((key, Reason(category)) for key, category in held),
    )


def _words(one: Written) -> str:
    found = tokens(one.text) | set(map(in_nickname, tokens(one.nickname)))
    found |= {fact(Fact.SITE, one.site_id), fact(Fact.THREAD, one.thread_id)}
    if one.author_id is not None:
        found.add(fact(Fact.AUTHOR, one.author_id))
    found |= {fact(Fact.CATEGORY, category) for _, category in one.rules}
    found |= {fact(Fact.RULE, key) for key, _ in sorted(one.rules)[:MOST_RULES]}
    return " ".join(sorted(found))


def index_text(session: Session, one: Written) -> None:
    """Put a new comment into the index, in the transaction that stores it."""
    values = {"comment_id": one.comment_id, "site_id": one.site_id, "created_at": one.created_at}
    if not is_postgres(session):
        session.execute(insert(SearchDocument).values(words=_words(one), **values))
        return
    taken = select(func.nextval("search_documents_id_seq").label("id")).cte("taken")
    block = func.concat(f"{_words(one)} #b", taken.c.id.op(">>")(BLOCK_BITS))
    row = select(
        taken.c.id,
        *(literal(value, SearchDocument.__table__.c[name].type) for name, value in values.items()),
        as_words(block),
    )
    session.execute(insert(SearchDocument).from_select(["id", *values, "words"], row))


def reindex_text(session: Session, one: Written) -> None:
    """Replace what the index holds of a comment whose text has changed; it keeps its place."""
    document_id = session.scalar(
        select(SearchDocument.id).where(SearchDocument.comment_id == one.comment_id).with_for_update()
    )
    if document_id is None:
        index_text(session, one)
        return
    words: Any = _words(one)
    if is_postgres(session):
        words = as_words(literal(f"{words} #b{block_of(document_id)}"))
    session.execute(
        update(SearchDocument).where(SearchDocument.id == document_id).values(words=words),
        execution_options=_NO_SYNC,
    )


def forget_texts(session: Session, comment_ids: Sequence[UUID]) -> None:
    """Take comments out of the index: what is made of a text goes with the text."""
    session.execute(
        delete(SearchDocument).where(SearchDocument.comment_id.in_(comment_ids)), execution_options=_NO_SYNC
    )


# What was there before search ---------------------------------------------------------------------------------


def _reached(session: Session) -> tuple[int, UUID] | None:
    """Return the oldest document and its comment: nothing older is indexed."""
    row = session.execute(
        select(SearchDocument.id, SearchDocument.comment_id).order_by(SearchDocument.id).limit(1)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def _unindexed(reached: UUID | None) -> Select[*tuple[Any, ...]]:
    # Identifiers rise with time (ADR 0004), so their order is that of the comments.
    query = select(Comment).where(Comment.status != Status.ERASED).order_by(Comment.id.desc())
    return query if reached is None else query.where(Comment.id < reached)


def reaches_back_to(session: Session) -> datetime | None:
    """Return since when comments are indexed, while there are older ones; None when the index is whole."""
    at = _reached(session)
    oldest: Comment | None = session.scalars(_unindexed(None if at is None else at[1]).limit(1)).one_or_none()
    if oldest is None:
        return None
    if at is None:
        return oldest.created_at
    return session.scalar(select(SearchDocument.created_at).where(SearchDocument.id == at[0]))


def index_older(session: Session, *, most: int) -> int:
    """Index comments from before the oldest document, downwards; return how many. One worker at a time."""
    at = _reached(session)
    query = _unindexed(None if at is None else at[1]).limit(most)
    # Held against being erased until they are in the index. What somebody else holds is not waited for, for he may
    # wait for us; nor passed over, for nobody would come back: the batch ends there.
    expected = session.scalars(query.with_only_columns(Comment.id)).all()
    locked = {
        comment.id: comment
        for comment in session.scalars(
            select(Comment)
            .where(Comment.id.in_(expected), Comment.status != Status.ERASED)
            .with_for_update(read=True, skip_locked=True)
            .execution_options(populate_existing=True)
        )
    }
    batch: list[Comment] = []
    for comment_id in expected:
        if comment_id not in locked:
            break
        batch.append(locked[comment_id])
    if batch:
        _add_below(session, 0 if at is None else min(at[0], 0), batch)
    return len(batch)


def _add_below(session: Session, lowest: int, batch: Sequence[Comment]) -> None:
    ids = [comment.id for comment in batch]
    revisions = {
        revision.comment_id: revision
        for revision in session.scalars(
            select(Revision)
            .join(Comment, and_(Comment.id == Revision.comment_id, Comment.revision == Revision.number))
            .where(Revision.comment_id.in_(ids))
        )
    }
    held: dict[UUID, set[tuple[str, str]]] = {}
    for comment_id, key, category in session.execute(
        select(Evaluation.comment_id, StoredMatch.rule_key, StoredMatch.category)
        .join(StoredMatch, StoredMatch.evaluation_id == Evaluation.id)
        .join(Comment, and_(Comment.id == Evaluation.comment_id, Comment.revision == Evaluation.revision))
        .where(Evaluation.comment_id.in_(ids))
    ):
        held.setdefault(comment_id, set()).add((key, category))
    is_gin = is_postgres(session)
    rows: list[dict[str, object]] = []
    for place, comment in enumerate(batch):
        document_id = lowest - 1 - place
        words = _words(_written(comment, revisions[comment.id], held.get(comment.id, ())))
        rows.append(
            {
                "id": document_id,
                "comment_id": comment.id,
                "site_id": comment.site_id,
                "created_at": comment.created_at,
                "tokens": f"{words} #b{block_of(document_id)}" if is_gin else words,
            }
        )
    asked = bindparam("tokens", type_=Text())
    session.connection().execute(
        insert(SearchDocument.__table__).values(  # type: ignore[arg-type]  # a mapped class's table is a Table
            id=bindparam("id"),
            comment_id=bindparam("comment_id"),
            site_id=bindparam("site_id"),
            created_at=bindparam("created_at"),
            words=as_words(asked) if is_gin else asked,
        ),
        rows,
    )


def merge(session: Session, *, pages: int, today: date) -> bool:
    """Rewrite part of SQLite's index, so that what was taken out is gone from the file too; say whether it was due.

    FTS5 only marks a text's tokens as removed until the segments they lie in are merged. Merging writes the whole
    index, hence at most once a day. PostgreSQL's VACUUM does this by itself.
    """
    if is_postgres(session):
        return False
    due = text("SELECT 1 FROM search_words_merging WHERE is_due = 1 AND finished_on < :today")
    if session.scalar(due, {"today": today.isoformat()}) is None:
        return False
    before: int = session.execute(text("SELECT total_changes()")).scalar_one()
    session.execute(
        text("INSERT INTO search_words (search_words, rank) VALUES ('merge', :pages)"), {"pages": -pages}
    )
    # As FTS5 documents it: a step that changes fewer than two rows had nothing to do.
    if session.execute(text("SELECT total_changes()")).scalar_one() - before < 2:
        session.execute(
            text("UPDATE search_words_merging SET is_due = 0, finished_on = :today"),
            {"today": today.isoformat()},
        )
    return True

"""Comments, their authors, revisions and evaluations, and the receipts of postings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Integer, bindparam, delete, exists, literal_column, select, update
from sqlalchemy.orm import Session

from moderation.domain.appeal import AppealState
from moderation.domain.comment import Status
from moderation.domain.writer import Writer
from moderation.rules import Evaluation
from moderation.store import tables
from moderation.store.tables import Appeal, Author, Comment, IdempotencyKey, Revision, StoredMatch, Thread
from moderation.store.upsert import insert_if_absent

MAX_STORED_MATCHES = 200
"""Of one evaluation. A text that repeats a term a thousand times is told by the first two hundred."""


def find_author(session: Session, site_id: UUID, author_hash: bytes) -> Author | None:
    """Return a site's author by the hash that finds him (`domain.writer.Writer`)."""
    return session.scalars(
        select(Author).where(Author.site_id == site_id, Author.token_hash == author_hash),
    ).one_or_none()


def ensure_author(session: Session, site_id: UUID, writer: Writer, *, new_id: UUID, now: datetime) -> Author:
    """Return the author, made if need be; two racing first comments get the same one."""
    author = find_author(session, site_id, writer.author_hash)
    if author is None:
        insert_if_absent(
            session,
            Author,
            id=new_id,
            site_id=site_id,
            token_hash=writer.author_hash,
            subject=writer.subject,
            is_verified=writer.is_verified,
            approved_count=0,
            rejected_count=0,
            banned_until=None,
            created_at=now,
        )
        author = find_author(session, site_id, writer.author_hash)
        assert author is not None  # noqa: S101 - it was inserted by us or by whom we waited for
    return author


def note_verified(session: Session, author_id: UUID, *, is_verified: bool) -> None:
    """Keep what the portal says now of an author, and raise the versions of the threads where readers see it."""
    threads = select(Comment.thread_id).where(
        Comment.author_id == author_id, Comment.status == Status.PUBLISHED
    )
    # Threads before the author, and in the order of their ids: as everybody locks them (`store/changes.py`).
    session.execute(
        select(Thread.id)
        .where(Thread.id.in_(threads))
        .order_by(Thread.id)
        .with_for_update(key_share=True, of=Thread)
    ).all()
    session.execute(update(Author).where(Author.id == author_id).values(is_verified=is_verified))
    session.execute(
        update(Thread).where(Thread.id.in_(threads)).values(version=Thread.version + 1),
        execution_options={"synchronize_session": False},
    )


_COUNT_DECISION: Final = (
    update(Author)
    .where(Author.id == bindparam("author"))
    .values(
        approved_count=Author.approved_count + bindparam("approved", type_=Integer),
        rejected_count=Author.rejected_count + bindparam("rejected", type_=Integer),
    )
)


def count_decision(session: Session, author_id: UUID | None, *, approved: int, rejected: int) -> None:
    """Add a person's decision to an author's record, or take it back with -1."""
    if author_id is None or approved == rejected == 0:
        return
    added = {"author": author_id, "approved": approved, "rejected": rejected}
    session.connection().execute(_COUNT_DECISION, added)


def find_parent(session: Session, thread_id: UUID, parent_id: UUID) -> Comment | None:
    """Return a published comment of this thread, to reply to."""
    return session.scalars(
        select(Comment).where(
            Comment.id == parent_id,
            Comment.thread_id == thread_id,
            Comment.status == Status.PUBLISHED,
        ),
    ).one_or_none()


def find_own(session: Session, site_id: UUID, comment_id: UUID, author_hash: bytes) -> Comment | None:
    """Return a comment of this site if it was written by the holder of a token, whatever its status."""
    return session.scalars(
        select(Comment)
        .join(Author, Author.id == Comment.author_id)
        .where(Comment.id == comment_id, Comment.site_id == site_id, Author.token_hash == author_hash)
        .execution_options(populate_existing=True),
    ).one_or_none()


def find_by_receipt(session: Session, site_id: UUID, receipt_hash: bytes) -> Comment | None:
    """Return the comment of this site that a receipt's code is for, by the code's hash."""
    return session.scalars(
        select(Comment)
        .where(Comment.receipt_hash == receipt_hash, Comment.site_id == site_id)
        .execution_options(populate_existing=True),
    ).one_or_none()


def revision_of(session: Session, comment: Comment, number: int | None = None) -> Revision:
    """Return the text that a comment has, or one that it had."""
    return session.get_one(Revision, (comment.id, number or comment.revision), populate_existing=True)


def add_revision(session: Session, revision: Revision) -> None:
    """Add a text that a comment has had."""
    session.add(revision)


def add_evaluation(
    session: Session,
    comment: Comment,
    evaluation: Evaluation,
    *,
    rule_set_id: UUID | None,
    new_id: UUID,
    now: datetime,
) -> None:
    """Keep what the rules said of a comment's current revision."""
    session.add(
        tables.Evaluation(
            id=new_id,
            site_id=comment.site_id,
            comment_id=comment.id,
            revision=comment.revision,
            rule_set_id=rule_set_id,
            verdict=evaluation.verdict,
            score=evaluation.score,
            created_at=now,
        ),
    )
    session.add_all(
        StoredMatch(
            evaluation_id=new_id,
            position=position,
            rule_key=match.rule_key,
            kind=match.kind,
            term=match.term,
            field=match.field,
            start=match.span.start,
            stop=match.span.end,
            channel=match.channel,
            action=match.action,
            category=match.category,
            severity=match.severity,
        )
        for position, match in enumerate(evaluation.matches[:MAX_STORED_MATCHES])
    )


def find_receipt(session: Session, site_id: UUID, key_hash: bytes) -> IdempotencyKey | None:
    """Return what a posting with this key was answered, if there was one."""
    return session.get(IdempotencyKey, (site_id, key_hash), populate_existing=True)


def keep_receipt(
    session: Session,
    site_id: UUID,
    key_hash: bytes,
    *,
    body_hash: bytes,
    comment_id: UUID | None,
    receipt: dict[str, object],
    now: datetime,
) -> bool:
    """Keep a posting's receipt; False when a twin with the same key was faster (then nothing may be stored).

    An edit's names no comment: that place belongs to the posting which the comment came with.
    """
    return insert_if_absent(
        session,
        IdempotencyKey,
        site_id=site_id,
        key_hash=key_hash,
        body_hash=body_hash,
        comment_id=comment_id,
        receipt=receipt,
        created_at=now,
    )


def purge_receipts(session: Session, *, before: datetime) -> int:
    """Forget postings' keys older than a day."""
    gone = session.scalars(
        delete(IdempotencyKey).where(IdempotencyKey.created_at < before).returning(IdempotencyKey.key_hash),
        execution_options={"synchronize_session": False},
    ).all()
    return len(gone)


def gone_before(
    session: Session, site_id: UUID, status: Status, *, before: datetime, most: int
) -> list[UUID]:
    """Return comments of a site that were refused, or withdrawn, before a moment, the longest ago first.

    Not those whose author waits for an answer to his appeal.
    """
    return list(
        session.scalars(
            select(Comment.id)
            .where(
                Comment.site_id == site_id,
                # Written out, not bound: only so can SQLite use the partial index of rejected comments.
                Comment.status == literal_column(f"'{status}'"),
                Comment.decided_at < before,
                ~exists().where(Appeal.comment_id == Comment.id, Appeal.state == AppealState.OPEN),
            )
            .order_by(Comment.decided_at)
            .limit(most),
        ),
    )


def erase_texts(session: Session, comment_ids: Sequence[UUID]) -> None:
    """Remove every text, name and link that comments have had; their places in the tree and their audit stay."""
    session.execute(
        update(Revision)
        .where(Revision.comment_id.in_(comment_ids))
        .values(nickname="", link=None, text="", shown_nickname=None, shown_text=None),
        execution_options={"synchronize_session": False},
    )
    evaluations = select(tables.Evaluation.id).where(tables.Evaluation.comment_id.in_(comment_ids))
    session.execute(
        delete(StoredMatch).where(StoredMatch.evaluation_id.in_(evaluations)),
        execution_options={"synchronize_session": False},
    )


def forget_clients(session: Session, site_id: UUID, *, before: datetime) -> int:
    """Remove the keyed hash of the client's address from a site's older comments (retention)."""
    gone = session.scalars(
        update(Comment)
        .where(Comment.site_id == site_id, Comment.client_key.is_not(None), Comment.created_at < before)
        .values(client_key=None)
        .returning(Comment.id),
        execution_options={"synchronize_session": False},
    ).all()
    return len(gone)

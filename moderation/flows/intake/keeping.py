"""Step 6: what is stored of a draft that has been judged."""

from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from moderation import rules
from moderation.domain.comment import Status
from moderation.domain.draft import Draft
from moderation.domain.policy import Outcome
from moderation.domain.review import ItemState, risk_of
from moderation.ports import Services
from moderation.rules import Evaluation, Field
from moderation.store import comments, review, search_index
from moderation.store.tables import Author, Comment, ReviewItem, Revision, Site
from moderation.store.transaction import transaction


def own_url(draft: Draft, site: Site) -> str | None:
    """Return the page's address if it is one of the site's: whoever comments first must not lead readers away."""
    if draft.thread_url is None:
        return None
    parts = urlsplit(draft.thread_url)
    return draft.thread_url if f"{parts.scheme}://{parts.netloc.lower()}" in site.origins else None


def vouch(session: Session, author: Author | None, draft: Draft) -> None:
    """Keep what the portal says now of an author whom it named before, in a transaction of its own.

    It is true whatever becomes of the comment, and locks threads, which the comment's own transaction must not.
    """
    writer = draft.writer
    if author is None or writer is None or writer.subject is None or author.is_verified is writer.is_verified:
        return
    with transaction(session):
        comments.note_verified(session, author.id, is_verified=writer.is_verified)


def ensure_author(
    session: Session, site: Site, draft: Draft, services: Services, now: datetime
) -> Author | None:
    if draft.writer is None:
        return None
    return comments.ensure_author(session, site.id, draft.writer, new_id=services.ids.new(), now=now)


def keep_text(
    session: Session, comment: Comment, draft: Draft, evaluation: Evaluation, now: datetime
) -> None:
    """Store the text, and what search finds it by."""
    revision = _revision(comment, draft, evaluation, now)
    comments.add_revision(session, revision)
    search_index.index_text(session, search_index.written(comment, revision, evaluation))


def keep_new_text(
    session: Session, comment: Comment, draft: Draft, evaluation: Evaluation, now: datetime
) -> None:
    """Store a text that takes the place of another: that one stays, but search finds the comment by the new one."""
    revision = _revision(comment, draft, evaluation, now)
    comments.add_revision(session, revision)
    search_index.reindex_text(session, search_index.written(comment, revision, evaluation))


def _revision(comment: Comment, draft: Draft, evaluation: Evaluation, now: datetime) -> Revision:
    masked = {field: [span for at, span in evaluation.masks if at is field] for field in Field}
    return Revision(
        comment_id=comment.id,
        number=comment.revision,
        nickname=draft.nickname.strip(),
        link=None if masked[Field.LINK] else draft.link,
        text=draft.text,
        shown_nickname=rules.mask(draft.nickname, masked[Field.NICKNAME]).strip()
        if masked[Field.NICKNAME]
        else None,
        shown_text=rules.mask(draft.text, masked[Field.TEXT]) if masked[Field.TEXT] else None,
        created_at=now,
    )


def item_of(
    comment: Comment, judged: Outcome, evaluation: Evaluation, services: Services, now: datetime
) -> ReviewItem:
    return review.waiting_item(
        comment,
        ItemState.WAITING,
        judged.causes,
        risk=risk_of(evaluation.score, judged.causes, is_shown=judged.status is Status.PUBLISHED),
        new_id=services.ids.new(),
        now=now,
        evaluation=evaluation,
    )

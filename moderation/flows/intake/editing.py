"""An author changes the text of his comment: it passes every check again, as if it were posted now.

    revise(edit)
      1 site and comment   known, his own, origin allowed, text sound    → CommentUnknown, OriginNotAllowed, Invalid …
        (an edit already answered gets its first answer again)
        open to edits, and the text he has read is the latest            → CommentSettled, ThreadClosed, RevisionStale
      2 limits             one edit of the author is spent               → TooMany
      3 normalise and evaluate
      4 judge              as a posting, and then as an edit (`domain.policy.status_after_edit`)
      5 store              item, status by the one door, revision, evaluation, index: one transaction

What steps 1 to 4 have read may have changed when step 5 holds the comment: then nothing is stored and they are gone
through again. So the item can be locked before the comment, as everywhere, though the comment's status says whether
there must be one.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.comment import OPEN_TO_AUTHOR, Status, edit_end
from moderation.domain.draft import Draft, faults_of
from moderation.domain.edit import Edit
from moderation.domain.errors import (
    CommentSettled,
    CommentUnknown,
    Conflict,
    Invalid,
    OriginNotAllowed,
    RevisionStale,
    ThreadClosed,
    Unavailable,
)
from moderation.domain.events import Actor, ActorKind
from moderation.domain.judgement import Words, judge
from moderation.domain.policy import (
    Mode,
    Outcome,
    SitePolicy,
    Told,
    status_after_edit,
    told_to_author,
)
from moderation.domain.reasons import Cause, Reason
from moderation.domain.review import ItemState, risk_of
from moderation.flows.intake.judging import Found, evaluate
from moderation.flows.intake.keeping import keep_new_text
from moderation.flows.intake.receipts import first_answer, posting_of
from moderation.flows.intake.spending import Repeat, find_repeat, hold, spend_edit
from moderation.flows.intake.writing import standing_in_force
from moderation.ports import Services
from moderation.store import changes, comments, repeats, review, rulesets, sites
from moderation.store.changes import LockedComment, NewText
from moderation.store.review import Weight
from moderation.store.tables import Author, Comment, Revision, Site, Thread
from moderation.store.transaction import transaction

MOST_TRIES: Final = 4
"""How often an edit begins again because somebody decided, withdrew or reported meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """What the author of an edit is told. A repeated edit is told the same."""

    comment_id: UUID
    status: Status
    reason: Reason | None
    revision: int
    text: str
    editable_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """A comment that may be edited, as it was read before it was locked."""

    comment: Comment
    text: Revision
    author: Author
    policy: SitePolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What the checks found in the new text."""

    draft: Draft
    posting: bytes | None
    repeat: Repeat
    held: tuple[Cause, ...]
    found: Found


def revise(edit: Edit, *, session: Session, services: Services) -> Revised:
    """Take an edit through every check, and store what becomes of the comment."""
    now = services.clock.now()

    # 1 Site and comment
    site = sites.find_site(session, edit.site_key)
    if not edit.caller.may_ask(site.origins):
        raise OriginNotAllowed
    own = comments.find_own(session, site.id, edit.comment_id, edit.writer.author_hash)
    if own is None or own.status is Status.ERASED:
        raise CommentUnknown
    draft = _draft(edit, session.get_one(Thread, own.thread_id), comments.revision_of(session, own))
    faults = faults_of(draft, max_text_chars=site.max_text_chars)
    if faults:
        raise Invalid(faults)
    posting = posting_of(edit, site, services)
    may_edit = _answered_or_open(session, site, posting, edit, now)
    if isinstance(may_edit, Revised):
        return may_edit
    if (draft.text, draft.nickname.strip()) == (may_edit.text.text, may_edit.text.nickname):
        return _unchanged(may_edit)

    # 2 Limits
    spend_edit(edit.writer.author_hash, site, may_edit.policy, services=services)
    repeat = find_repeat(draft, site, session=session, services=services)
    # Who words his own text anew repeats nobody.
    is_own = repeat.group == own.text_hash
    held = hold(
        replace(repeat, is_telling=repeat.is_telling and not is_own),
        site,
        may_edit.policy,
        services=services,
    )

    # 3 Normalise and evaluate
    rule_set_id = rulesets.active_id(session, site.id)
    found = evaluate(draft, site, rule_set_id, session=session, services=services, now=now)
    read = _Read(draft=draft, posting=posting, repeat=repeat, held=held, found=found)

    # 4 Judge, 5 Store
    for _ in range(MOST_TRIES):
        revised = _judge_and_store(edit, site, may_edit, read, session=session, services=services, now=now)
        if revised is not None:
            return revised
        may_edit = _open(session, site, edit, now)
    raise Unavailable


def _draft(edit: Edit, thread: Thread, text: Revision) -> Draft:
    """Make of an edit the draft that every check knows; its link stays, and so does its name unless it gives one."""
    return Draft(
        site_key=edit.site_key,
        origin=edit.caller.origin,
        is_own_page=edit.caller.is_own_page,
        client=edit.caller.client,
        thread_key=thread.key,
        text=edit.text,
        nickname=edit.writer.nickname or (text.nickname if edit.nickname is None else edit.nickname),
        link=text.link,
    )


def _answered_or_open(
    session: Session, site: Site, posting: bytes | None, edit: Edit, now: datetime
) -> Revised | _Open:
    """Return what the very same edit was answered before, or the comment that may be edited."""
    answered = None if posting is None else _first(session, site, posting, edit)
    if answered is not None:
        return answered
    try:
        return _open(session, site, edit, now)
    except Conflict:
        # Sent twice at once: the twin may have been stored since we asked.
        answered = None if posting is None else _first(session, site, posting, edit)
        if answered is None:
            raise
        return answered


def _open(session: Session, site: Site, edit: Edit, now: datetime) -> _Open:
    """Read the comment as it is now. Raises what keeps it from being edited."""
    comment = comments.find_own(session, site.id, edit.comment_id, edit.writer.author_hash)
    if comment is None:
        raise CommentUnknown
    thread = session.get_one(Thread, comment.thread_id)
    policy = sites.policy_of(site, thread)
    end = edit_end(comment.created_at, policy.edit_minutes)
    if _told(comment).status not in OPEN_TO_AUTHOR or end is None or now > end:
        raise CommentSettled
    if policy.mode is Mode.CLOSED:
        raise ThreadClosed
    if comment.revision != edit.revision:
        raise RevisionStale
    return _Open(
        comment=comment,
        text=comments.revision_of(session, comment),
        author=session.get_one(Author, comment.author_id),
        policy=policy,
    )


def _told(comment: Comment) -> Told:
    return told_to_author(comment.status, comment.reason, is_honest=comment.is_told)


def _unchanged(may_edit: _Open) -> Revised:
    """Answer who sent the text that is there: nothing is judged anew, least of all taken down."""
    comment, told = may_edit.comment, _told(may_edit.comment)
    return Revised(
        comment_id=comment.id,
        status=told.status,
        reason=told.reason,
        revision=comment.revision,
        text=may_edit.text.text,
        editable_until=edit_end(comment.created_at, may_edit.policy.edit_minutes),
    )


def _judge_and_store(
    edit: Edit,
    site: Site,
    may_edit: _Open,
    read: _Read,
    *,
    session: Session,
    services: Services,
    now: datetime,
) -> Revised | None:
    """Store the edit; None when the comment is no longer what it was when it was judged."""
    was, policy, evaluation = may_edit.comment, may_edit.policy, read.found.evaluation

    # 4 Judge
    judged = judge(
        Words(text=read.draft.text, nickname=read.draft.nickname, link=read.draft.link),
        evaluation,
        policy=policy,
        standing=standing_in_force(may_edit.author, now),
        further_causes=read.held + read.found.causes,
    )
    status = status_after_edit(was.status, judged)
    told = told_to_author(status, judged.reason, is_honest=policy.is_honest)
    revised = Revised(
        comment_id=was.id,
        status=told.status,
        reason=told.reason,
        revision=was.revision + 1,
        text=read.draft.text,
        editable_until=edit_end(was.created_at, policy.edit_minutes)
        if told.status in OPEN_TO_AUTHOR
        else None,
    )

    # 5 Store
    actor = Actor(ActorKind.AUTHOR, was.author_id)
    moment = changes.Moment(now=now, new_id=services.ids.new)
    with transaction(session):
        if read.posting is not None and not comments.keep_receipt(
            session,
            site.id,
            read.posting,
            body_hash=edit.body_hash(),
            comment_id=None,
            receipt=_to_json(revised, was),
            now=now,
        ):
            # A twin of this very edit was faster: nothing of ours is stored, and both are told the same.
            session.rollback()
            return _first(session, site, read.posting, edit)
        waits = _queue(session, was, status, judged, read, services=services, now=now)
        comment = changes.lock_comment(session, site.id, was.id, thread_id=was.thread_id)
        if (comment.status, comment.reason, comment.revision, comment.is_told) != (
            was.status,
            was.reason,
            was.revision,
            was.is_told,
        ) or review.open_items(session, [was.id]) != ({waits} - {None}):
            session.rollback()
            return None
        new = NewText(
            status=status,
            reason=judged.reason,
            is_told=told.status is status,
            text_hash=read.repeat.group,
        )
        changes.revise(session, comment, new, actor=actor, moment=moment)
        if read.repeat.group != was.text_hash:
            repeats.forget_fingerprints(session, [comment.id])
            repeats.keep_fingerprint(session, comment, read.repeat.new_bands)
        keep_new_text(session, comment, read.draft, evaluation, now)
        comments.add_evaluation(
            session,
            comment,
            evaluation,
            rule_set_id=read.found.rule_set_id,
            new_id=services.ids.new(),
            now=now,
        )
    services.log.info(
        "comment.edited",
        site_id=str(site.id),
        comment_id=str(was.id),
        revision=revised.revision,
        status=status,
        verdict=evaluation.verdict,
        causes=[str(cause) for cause in judged.causes],
    )
    return revised


def _queue(
    session: Session,
    was: Comment,
    status: Status,
    judged: Outcome,
    read: _Read,
    *,
    services: Services,
    now: datetime,
) -> UUID | None:
    """Put the new text before a person where one must look, and let an item that is there follow it; return it."""
    evaluation, is_shown = read.found.evaluation, status is Status.PUBLISHED
    causes = judged.causes
    if was.status is not Status.PENDING or not causes:
        causes = (*causes, Cause.EDITED)
    item = review.waiting_item(
        LockedComment(
            id=was.id,
            site_id=was.site_id,
            thread_id=was.thread_id,
            root_id=was.root_id,
            author_id=was.author_id,
            status=status,
            reason=judged.reason,
            revision=was.revision + 1,
            text_hash=read.repeat.group,
        ),
        ItemState.WAITING,
        causes,
        risk=risk_of(evaluation.score, causes, is_shown=is_shown),
        new_id=services.ids.new(),
        now=now,
        evaluation=evaluation,
    )
    weight = Weight(score=evaluation.score, is_shown=is_shown)
    if status is Status.PENDING or (is_shown and judged.needs_review):
        return review.requeue(session, item, weight)
    return review.follow(session, item, weight, is_refused=status is Status.REJECTED, now=now)


def _first(session: Session, site: Site, posting: bytes, edit: Edit) -> Revised | None:
    """Answer an edit as it was answered before. The text comes from the comment: what was kept holds none."""
    kept = first_answer(session, site, posting, edit)
    if kept is None:
        return None
    reason, until, number = kept["reason"], kept["editable_until"], int(str(kept["revision"]))
    comment = session.get_one(Comment, edit.comment_id)
    return Revised(
        comment_id=edit.comment_id,
        status=Status(str(kept["status"])),
        reason=None if reason is None else Reason(str(reason)),
        revision=number,
        text=comments.revision_of(session, comment, number).text,
        editable_until=None if until is None else datetime.fromisoformat(str(until)),
    )


def _to_json(revised: Revised, comment: Comment) -> dict[str, object]:
    return {
        "comment_id": str(revised.comment_id),
        "author_id": str(comment.author_id),
        "status": revised.status.value,
        "reason": None if revised.reason is None else revised.reason.value,
        "revision": revised.revision,
        "editable_until": None if revised.editable_until is None else revised.editable_until.isoformat(),
    }

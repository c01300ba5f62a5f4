"""THE ONE DOOR. Every change of a comment's status passes here, and everything that must change with it does.

In the caller's transaction: the status, the audit event, the outbox message, the thread's version and count, and
the root's count of replies; and where a comment is gone that nobody judged, its reports. A comment whose status
changed while one of these did not cannot exist.

Lock order, everywhere: review item, thread, comment, root, author, report. Callers that hold a comment got it by
`lock_comment`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Integer, bindparam, literal, select, update
from sqlalchemy.orm import Session

from moderation.domain.comment import Status, may_become
from moderation.domain.errors import CommentUnknown
from moderation.domain.events import EVENT_AFTER, RULES, Actor, ActorKind, Event, EventName
from moderation.domain.reasons import Cause, Reason
from moderation.domain.report import ReportState
from moderation.store import outbox, reports
from moderation.store.tables import Comment, Thread

_NO_SYNC = {"synchronize_session": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When a change happens and where its ids come from: passed on, never read twice."""

    now: datetime
    new_id: Callable[[], UUID]


# A decision runs these: made once, for making them costs more than running them.
_THREAD_OF: Final = select(Comment.thread_id).where(
    Comment.id == bindparam("comment"), Comment.site_id == bindparam("site")
)
_LOCK_THREAD: Final = (
    select(Thread.id).where(Thread.id == bindparam("thread")).with_for_update(key_share=True)
)
_LOCK_COMMENT: Final = (
    select(Comment)
    .where(Comment.id == bindparam("comment"))
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)


def lock_comment(
    session: Session, site_id: UUID, comment_id: UUID, *, thread_id: UUID | None = None
) -> Comment:
    """Return a comment of this site, locked together with its thread. Raises `CommentUnknown`.

    `thread_id` spares a look-up where an item of the comment has told it: a comment never moves.
    """
    if thread_id is None:
        found = session.execute(_THREAD_OF, {"comment": comment_id, "site": site_id}).one_or_none()
        if found is None:
            raise CommentUnknown
        thread_id = found[0]
    session.connection().execute(_LOCK_THREAD, {"thread": thread_id})
    return session.scalars(_LOCK_COMMENT, {"comment": comment_id}).one()


@dataclass(frozen=True, slots=True)
class LockedComment:
    """What must be known of a comment to give it a new status together with others."""

    id: UUID
    site_id: UUID
    thread_id: UUID
    root_id: UUID | None
    author_id: UUID | None
    status: Status
    reason: Reason | None
    revision: int
    text_hash: bytes


def lock_comments(session: Session, comment_ids: Sequence[UUID]) -> list[LockedComment]:
    """Return comments, locked together with their threads, each kind in the order of its ids.

    So two who lock many never wait for each other in a circle; who holds a thread is alone with its comments.
    """
    thread_ids = select(Comment.thread_id).where(Comment.id.in_(comment_ids))
    session.execute(
        select(Thread.id)
        .where(Thread.id.in_(thread_ids))
        .order_by(Thread.id)
        .with_for_update(key_share=True, of=Thread),
    ).all()
    rows = session.execute(
        select(
            Comment.id,
            Comment.site_id,
            Comment.thread_id,
            Comment.root_id,
            Comment.author_id,
            Comment.status,
            Comment.reason,
            Comment.revision,
            Comment.text_hash,
        )
        .where(Comment.id.in_(comment_ids))
        .order_by(Comment.id)
        .with_for_update(key_share=True),
    )
    return [LockedComment(*row) for row in rows]


def receive(session: Session, comment: Comment, *, actor: Actor, moment: Moment) -> None:
    """Add a new comment, as pending. What becomes of it is the next `apply`."""
    session.add(comment)
    event = Event(
        name=EventName.COMMENT_RECEIVED,
        actor=actor,
        subject_kind="comment",
        subject_id=comment.id,
        site_id=comment.site_id,
        new={"status": Status.PENDING, "revision": comment.revision},
    )
    _tell(session, comment, event, moment)


def apply(
    session: Session,
    comment: Comment,
    new: Status,
    *,
    reason: Reason | None = None,
    cause: Cause | None = None,
    actor: Actor,
    moment: Moment,
) -> None:
    """Give a comment a new status, and make everything that follows from it true.

    Asking for the status it has is no change and leaves no trace, but for a refusal with another reason: that is
    kept, and told by the event of whoever refuses again. `cause` is told of a comment that has to wait again, as
    `reason` is of one that is refused. Raises `ValueError` for a transition that does not exist: callers check their
    request first, so this would be a fault of ours.
    """
    old = comment.status
    if old is new:
        if new is Status.REJECTED and reason is not None:
            comment.reason = reason
        return
    if not may_become(old, new):
        raise ValueError(f"a comment that is {old} cannot become {new}")
    delta = (new is Status.PUBLISHED) - (old is Status.PUBLISHED)
    comment.status = new
    comment.reason = reason if new is Status.REJECTED else None
    comment.is_listed = new is Status.PUBLISHED or comment.published_reply_count > 0
    comment.decided_at = None if new is Status.PENDING else moment.now
    session.flush()
    if delta:
        _update_threads(session, [comment.thread_id], delta)
        if comment.root_id is not None:
            _update_roots(session, [comment.root_id], delta)
    _tell(session, comment, _changed(comment, old, new, reason or cause, actor), moment)
    if new is Status.ERASED:
        reports.forget_notes_of(session, [comment.id])
    if _is_gone_unjudged(comment, new, actor):
        settle_reports(session, [comment], ReportState.DISMISSED, on_record=False, actor=actor, moment=moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewText:
    """What a comment's new text makes of it, once the rules have judged it."""

    status: Status
    reason: Reason | None
    is_told: bool
    text_hash: bytes


def revise(session: Session, comment: Comment, new: NewText, *, actor: Actor, moment: Moment) -> None:
    """Count a new text of a comment, to be stored by the caller, and give it the status that the text earns.

    Who reads the thread is shown a new version where the comment was shown, or is.
    """
    number = comment.revision
    comment.revision, comment.text_hash, comment.is_told = number + 1, new.text_hash, new.is_told
    is_still_shown = comment.status is new.status is Status.PUBLISHED
    apply(session, comment, new.status, reason=new.reason, actor=RULES, moment=moment)
    session.flush()
    if is_still_shown:
        _update_threads(session, [comment.thread_id], 0)
    event = Event(
        name=EventName.COMMENT_EDITED,
        actor=actor,
        subject_kind="comment",
        subject_id=comment.id,
        site_id=comment.site_id,
        reason=comment.reason,
        old={"status": comment.status, "revision": number},
        new={"status": comment.status, "revision": comment.revision},
    )
    _tell(session, comment, event, moment)


def apply_many(
    session: Session,
    comments: Sequence[LockedComment],
    new: Status,
    *,
    reason: Reason | None = None,
    actor: Actor,
    moment: Moment,
) -> None:
    """Give many comments the same new status, as `apply` does for one, with few statements for all of them.

    For those that have it already, nothing changes. Every comment has its own audit event and outbox message.
    """
    changing = [comment for comment in comments if comment.status is not new]
    for comment in changing:
        if not may_become(comment.status, new):
            raise ValueError(f"a comment that is {comment.status} cannot become {new}")
    refused = [comment.id for comment in comments if comment.status is Status.REJECTED is new]
    if refused and reason is not None:
        again = update(Comment).where(Comment.id.in_(refused)).values(reason=reason)
        session.execute(again, execution_options=_NO_SYNC)
    if not changing:
        return
    is_shown = new is Status.PUBLISHED
    session.execute(
        update(Comment)
        .where(Comment.id.in_([comment.id for comment in changing]))
        .values(
            status=new,
            reason=reason if new is Status.REJECTED else None,
            is_listed=literal(value=True) if is_shown else Comment.published_reply_count > 0,
            decided_at=None if new is Status.PENDING else moment.now,
        ),
        execution_options=_NO_SYNC,
    )
    threads: Counter[UUID] = Counter()
    roots: Counter[UUID] = Counter()
    for comment in changing:
        delta = is_shown - (comment.status is Status.PUBLISHED)
        threads[comment.thread_id] += delta
        if comment.root_id is not None:
            roots[comment.root_id] += delta
    for delta, ids in _by_delta(threads).items():
        _update_threads(session, ids, delta)
    for delta, ids in _by_delta(roots).items():
        _update_roots(session, ids, delta)
    events = [_changed(comment, comment.status, new, reason, actor) for comment in changing]
    outbox.record_all(session, events, now=moment.now)
    messages = [
        (event, _payload(comment, event), moment.new_id())
        for comment, event in zip(changing, events, strict=True)
    ]
    outbox.post_all(session, messages, now=moment.now)
    if new is Status.ERASED:
        reports.forget_notes_of(session, [comment.id for comment in changing])
    gone = [comment for comment in changing if _is_gone_unjudged(comment, new, actor)]
    settle_reports(session, gone, ReportState.DISMISSED, on_record=False, actor=actor, moment=moment)


def _is_gone_unjudged(comment: Comment | LockedComment, new: Status, actor: Actor) -> bool:
    """Say whether no person will judge what was reported: taken back, erased, or refused by the rules after an edit."""
    if new is Status.REJECTED:
        return actor.kind is ActorKind.RULES and comment.revision > 1
    return new in {Status.WITHDRAWN, Status.ERASED}


def settle_reports(
    session: Session,
    comments: Sequence[Comment | LockedComment],
    state: ReportState,
    *,
    on_record: bool = True,
    actor: Actor,
    moment: Moment,
) -> None:
    """Settle the open reports of locked comments, and tell it, once for each comment that had any."""
    if not comments:
        return
    by_id = {comment.id: comment for comment in comments}
    settled = defaultdict(list)
    for report_id, comment_id in reports.settle(
        session, list(by_id), state, on_record=on_record, now=moment.now
    ):
        settled[comment_id].append(report_id)
    for comment_id, report_ids in settled.items():
        tell_of_reports(session, by_id[comment_id], report_ids, state, actor=actor, moment=moment)


def tell_of_reports(
    session: Session,
    comment: Comment | LockedComment,
    report_ids: Sequence[UUID],
    state: ReportState,
    *,
    actor: Actor,
    moment: Moment,
) -> None:
    """Tell what came of reports on a comment: upheld, dismissed, or open again. Outside, which ones they were."""
    event = Event(
        name=EventName.REPORT_SETTLED,
        actor=actor,
        subject_kind="comment",
        subject_id=comment.id,
        site_id=comment.site_id,
        new={"report_state": state, "reports": len(report_ids)},
    )
    outbox.record(session, event, now=moment.now)
    told = {"report_state": state, "report_ids": sorted(str(one) for one in report_ids)}
    outbox.post(session, event, _payload(comment, event) | told, event_id=moment.new_id(), now=moment.now)


def uphold(
    session: Session,
    comments: Sequence[Comment | LockedComment],
    *,
    reason: Reason | None,
    actor: Actor,
    moment: Moment,
) -> None:
    """Note that somebody looked at comments and left them as they are; nobody outside is told.

    `reason` is why he refuses what was refused: it may be another than the first.
    """
    if not comments:
        return
    events = [
        Event(
            name=EventName.COMMENT_UPHELD,
            actor=actor,
            subject_kind="comment",
            subject_id=comment.id,
            site_id=comment.site_id,
            reason=reason or comment.reason,
            old={"status": comment.status},
            new={"status": comment.status, "revision": comment.revision},
        )
        for comment in comments
    ]
    outbox.record_all(session, events, now=moment.now)


def _by_delta(changed: Counter[UUID]) -> dict[int, list[UUID]]:
    found = defaultdict(list)
    for changed_id, delta in changed.items():
        if delta:
            found[delta].append(changed_id)
    return found


def _changed(
    comment: Comment | LockedComment,
    old: Status,
    new: Status,
    reason: Reason | Cause | None,
    actor: Actor,
) -> Event:
    return Event(
        name=EVENT_AFTER[new],
        actor=actor,
        subject_kind="comment",
        subject_id=comment.id,
        site_id=comment.site_id,
        reason=reason,
        old={"status": old},
        new={"status": new, "revision": comment.revision},
    )


_UPDATE_THREADS: Final = (
    update(Thread)
    .where(Thread.id.in_(bindparam("threads", expanding=True)))
    .values(
        version=Thread.version + 1,
        published_count=Thread.published_count + bindparam("delta", type_=Integer),
    )
)


def _update_threads(session: Session, thread_ids: Sequence[UUID], delta: int) -> None:
    session.connection().execute(_UPDATE_THREADS, {"threads": thread_ids, "delta": delta})


def _update_roots(session: Session, comment_ids: Sequence[UUID], delta: int) -> None:
    replies = Comment.published_reply_count + delta
    session.execute(
        update(Comment)
        .where(Comment.id.in_(comment_ids))
        .values(
            published_reply_count=replies,
            is_listed=(Comment.status == Status.PUBLISHED) | (replies > 0),
        ),
    )


def _tell(session: Session, comment: Comment, event: Event, moment: Moment) -> None:
    outbox.record(session, event, now=moment.now)
    outbox.post(session, event, _payload(comment, event), event_id=moment.new_id(), now=moment.now)


def _payload(comment: Comment | LockedComment, event: Event) -> dict[str, object]:
    return {
        "comment_id": str(comment.id),
        "thread_id": str(comment.thread_id),
        "reason": event.reason,
        **{key: value for key, value in event.new.items() if key in {"status", "revision"}},
    }

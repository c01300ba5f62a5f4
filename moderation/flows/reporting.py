"""Reporting: a reader complains of a published comment, and sees later what came of it.

    report(complaint)
      1 site and comment   known, origin allowed, published      → SiteUnknown, OriginNotAllowed, CommentUnknown
        (who has reported this text before gets his first receipt again)
      2 limit              one report of the client is spent      → TooMany
      3 weight             by what came of the reader's earlier reports on this site
      4 store              report, audit event, outbox message; the item and the hiding, where their weight together
                           says so (`domain.report`): one transaction
      5 receipt

One report for each reader and comment. When its author has changed the comment, the same reader's next report moves
his first one to the new text: it is open again, and its receipt stays. A reader is known by his token; without one,
by his client and the day.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.client import PURPOSE as CLIENT
from moderation.domain.client import hashed_parts
from moderation.domain.comment import Status, is_blank
from moderation.domain.draft import faults_of_string
from moderation.domain.errors import (
    CommentUnknown,
    Fault,
    Invalid,
    OriginNotAllowed,
    Unavailable,
)
from moderation.domain.events import RULES, Actor, ActorKind, Event, EventName
from moderation.domain.policy import SitePolicy
from moderation.domain.reasons import Cause, Reason
from moderation.domain.receipts import PURPOSE, ReceiptKind, code_of, code_of_kept, normalised
from moderation.domain.report import (
    MAX_NOTE_CHARS,
    NO_EFFECT,
    REPORT_REASONS,
    UNKNOWN,
    Effect,
    Record,
    ReportState,
    effect_of,
    tally,
)
from moderation.domain.review import ItemState, risk_of
from moderation.domain.writer import Writer
from moderation.ports import Services
from moderation.store import changes, outbox, reports, review, sites
from moderation.store.reports import Quoted
from moderation.store.tables import Comment, Report, Site
from moderation.store.transaction import reading, transaction

SCOPE: Final = "report"
READER: Final = Actor(ActorKind.AUTHOR)
"""Whoever reports stays unnamed: the audit is for what became of the comment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What a reader says of a comment, and where he says it."""

    site_key: str
    comment_id: UUID
    reason: str
    note: str | None
    origin: str | None
    """The page's origin as the browser says it."""
    is_own_page: bool = False
    """Sent by this service's own page."""
    client: str
    """The client's address, already cut to what counts as one client (`domain.client`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """The receipt of a report."""

    code: str
    is_new: bool
    """False where this reader had reported the comment before."""


def report(complaint: Complaint, *, writer: Writer | None, session: Session, services: Services) -> Reported:
    """Take a report, and do to the comment what all its reports together weigh."""
    now = services.clock.now()

    # 1 Site and comment
    site = sites.find_site(session, complaint.site_key)
    if not complaint.is_own_page and complaint.origin not in site.origins:
        raise OriginNotAllowed
    reason, note = _checked(complaint)
    found = reports.find_comment(session, site.id, complaint.comment_id)
    if found is None:
        raise CommentUnknown
    client_key = services.secrets.keyed(CLIENT, *hashed_parts(complaint.client, now))
    # Without a token he is known by nothing but what retention takes away (`store.reports.forget_clients`).
    reporter_hash = client_key if writer is None else writer.author_hash
    own = reports.find_own(session, found.id, reporter_hash)
    if own is not None and (own.revision == found.revision or not found.is_published):
        return Reported(code=_code(own, services), is_new=False)
    if not found.is_published:
        raise CommentUnknown

    # 2 Limit
    policy = sites.policy_of(site, None)
    _spend(site, client_key, policy, services)

    # 3 Weight
    record = UNKNOWN if writer is None else reports.record_of(session, site.id, reporter_hash)

    # 4 Store
    new = _New(
        reason=reason,
        note=note,
        reporter_hash=reporter_hash,
        client_key=client_key,
        record=record,
        policy=policy,
    )
    moment = changes.Moment(now=now, new_id=services.ids.new)
    stored = _store(new, site, found.id, session=session, services=services, moment=moment)

    # 5 Receipt
    services.log.info(
        "report.received",
        site_id=str(site.id),
        comment_id=str(found.id),
        reason=reason,
        needs_review=stored.effect.needs_review,
        is_hidden=stored.effect.is_hidden,
    )
    return Reported(code=_code(stored.report, services), is_new=stored.is_new)


def _checked(complaint: Complaint) -> tuple[Reason, str | None]:
    faults = []
    if complaint.reason not in REPORT_REASONS:
        faults.append(Fault("/reason", "unknown" if complaint.reason else "required"))
    note = complaint.note
    if note is not None:
        faults += faults_of_string("/note", note, MAX_NOTE_CHARS)
    if faults:
        raise Invalid(faults)
    return Reason(complaint.reason), None if note is None or is_blank(note) else note


def _spend(site: Site, client_key: bytes, policy: SitePolicy, services: Services) -> None:
    grammar = policy.limits.report
    spent = services.limits.spend(f"{site.id}:{client_key.hex()}", limits=grammar, scope=SCOPE)
    spent.insist(SCOPE)


# Stored ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _New:
    """A report that is about to be stored."""

    reason: Reason
    note: str | None
    reporter_hash: bytes
    client_key: bytes
    record: Record
    policy: SitePolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """What has become of it."""

    report: Report
    is_new: bool
    effect: Effect


class _OtherwiseError(Exception):
    """With its comment locked a report does something else than was thought: it is stored anew, from the beginning."""


def _store(
    new: _New, site: Site, comment_id: UUID, *, session: Session, services: Services, moment: changes.Moment
) -> _Stored:
    """Store a report with all that follows from it.

    What follows is known only once the comment is locked, yet its item has to be locked, or made, before
    (`store.changes`). So it is stored as if nothing followed; where something does, that is rolled back and done
    again with the item first.
    """
    for has_item in (False, True) * 3:
        try:
            with transaction(session):
                if has_item:
                    _enqueue(session, comment_id, services, moment.now)
                comment = changes.lock_comment(session, site.id, comment_id)
                stored = _keep(session, comment, new, services, moment)
                _hold_to(has_item, stored)
                if stored.effect.is_hidden:
                    changes.apply(
                        session, comment, Status.PENDING, cause=Cause.REPORTED, actor=RULES, moment=moment
                    )
        except _OtherwiseError:
            continue
        return stored
    raise Unavailable


def _hold_to(has_item: bool, stored: _Stored) -> None:
    if stored.effect.needs_review is not has_item:
        raise _OtherwiseError


def _enqueue(session: Session, comment_id: UUID, services: Services, now: datetime) -> None:
    comment = session.get_one(Comment, comment_id)
    causes = [Cause.REPORTED]
    risk = risk_of(reports.score_of(session, comment.id, comment.revision), causes, is_shown=True)
    item = review.waiting_item(
        comment, ItemState.REPORTED, causes, risk=risk, new_id=services.ids.new(), now=now
    )
    review.enqueue(session, item)


def _keep(
    session: Session, comment: Comment, new: _New, services: Services, moment: changes.Moment
) -> _Stored:
    """Keep a report of a locked comment: as a new one, or by moving what this reader made of an earlier text."""
    if comment.status is not Status.PUBLISHED:
        raise CommentUnknown
    there = reports.find_own(session, comment.id, new.reporter_hash)
    if there is not None and there.revision == comment.revision:
        return _Stored(
            report=there, is_new=False, effect=NO_EFFECT
        )  # the same sent twice, and the other was faster
    kept = there or _fresh(comment, new.reporter_hash, services)
    kept.revision = comment.revision
    kept.reason, kept.note = new.reason, new.note
    kept.client_key = new.client_key
    kept.weight, kept.is_proven = new.record.weight, new.record.is_proven
    kept.state, kept.created_at, kept.settled_at = ReportState.OPEN, moment.now, None
    reports.add(session, kept)
    _tell(session, comment, kept, moment)
    together = tally(reports.voices(session, comment.id, comment.revision))
    has_stayed = reports.has_stayed(session, comment.id, comment.revision)
    effect = effect_of(together, new.policy, has_stayed=has_stayed)
    return _Stored(report=kept, is_new=there is None, effect=effect)


def _fresh(comment: Comment, reporter_hash: bytes, services: Services) -> Report:
    report_id = services.ids.new()
    code = code_of(services.secrets.keyed(PURPOSE, ReceiptKind.REPORT, str(report_id)))
    return Report(
        id=report_id,
        site_id=comment.site_id,
        comment_id=comment.id,
        reporter_hash=reporter_hash,
        receipt_hash=services.secrets.digest(code),
    )


def _tell(session: Session, comment: Comment, stored: Report, moment: changes.Moment) -> None:
    told: dict[str, object] = {"report_id": str(stored.id), "revision": stored.revision}
    event = Event(
        name=EventName.REPORT_RECEIVED,
        actor=READER,
        subject_kind="comment",
        subject_id=comment.id,
        site_id=comment.site_id,
        reason=stored.reason,
        new=told | {"weight": stored.weight},
    )
    outbox.record(session, event, now=moment.now)
    payload = {
        "comment_id": str(comment.id),
        "thread_id": str(comment.thread_id),
        "reason": stored.reason,
        **told,
    }
    outbox.post(session, event, payload, event_id=moment.new_id(), now=moment.now)


# Receipts ----------------------------------------------------------------------------------------


def _code(stored: Report, services: Services) -> str:
    """Return the code that a report was given, though the service's key has changed since."""
    macs = services.secrets.keyed_by_all(PURPOSE, ReceiptKind.REPORT, str(stored.id))
    given = code_of_kept(macs.values(), stored.receipt_hash, services.secrets.digest)
    return given or code_of(macs[services.secrets.key_id])


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportReceipt:
    """What whoever holds a report's receipt may know."""

    kind: ReceiptKind = ReceiptKind.REPORT
    state: ReportState
    reason: Reason
    created_at: datetime
    settled_at: datetime | None
    comment_id: UUID | None
    """None while the comment is not shown: what is not public has no address either."""
    is_shown: bool


def find_by_receipt(
    site_key: str, code: str, *, session: Session, services: Services
) -> ReportReceipt | None:
    """Return what came of a report by its receipt's code; None for a code that is no report's of this site."""
    plain = normalised(code)
    with reading(session):
        site = sites.find_site(session, site_key)
        if plain is None:
            return None
        found = reports.find_by_receipt(session, site.id, services.secrets.digest(plain))
    if found is None:
        return None
    return ReportReceipt(
        state=found.state,
        reason=found.reason,
        created_at=found.created_at,
        settled_at=found.settled_at,
        comment_id=found.comment_id if found.is_shown else None,
        is_shown=found.is_shown,
    )


def quoted(site_key: str, comment_id: UUID, *, session: Session) -> Quoted | None:
    """Return the words of a published comment, for the form that reports it."""
    with reading(session):
        site = sites.find_site(session, site_key)
        return reports.quote(session, site.id, comment_id)

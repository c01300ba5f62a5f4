"""Own data: everything a person has left on a site, as a copy for him, and erased at his word.

A reader asks with his browser's token, or signed in by the portal; the operator for who asks by letter. Whoever wrote
without a token is known by the code of a receipt: then it is about that one comment.

    export    what he wrote with every text it has had, told as he is told of it; his appeals, reports and likes
    erase     comments in small transactions, by the one door; likes; what his reports say; then his place as an author
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, false
from sqlalchemy.orm import Session

from moderation.domain.appeal import AppealState
from moderation.domain.caller import Caller
from moderation.domain.comment import Status
from moderation.domain.errors import AuthorUnknown, OriginNotAllowed, ReceiptUnknown, Unavailable
from moderation.domain.events import OPERATOR, Actor, ActorKind, Event, EventName
from moderation.domain.policy import told_to_author
from moderation.domain.portal import author_name
from moderation.domain.reasons import Reason
from moderation.domain.receipts import normalised
from moderation.domain.report import ReportState
from moderation.domain.writer import Writer
from moderation.ports import Services
from moderation.store import changes, comments, erasing, outbox, own_data, sites
from moderation.store.tables import Appeal, Author, Comment, Revision, Site
from moderation.store.transaction import reading, transaction

EXPORTS: Final = "5/hour"
SCOPE: Final = "own-data"
BATCH: Final = 50
"""Comments of one transaction: on SQLite nobody else writes while it lasts."""
MOST_TRIES: Final = 20
"""Batches in a row of which nothing could be erased, because others were at those comments."""
_ERASABLE: Final = frozenset(Status) - {Status.ERASED}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRevision:
    """A text that a comment has, or had."""

    number: int
    nickname: str
    link: str | None
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAppeal:
    """An objection to a refusal."""

    text: str
    reason_before: Reason
    state: AppealState
    created_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnThread:
    """Where a comment stands."""

    key: str
    title: str | None
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnComment:
    """A comment with everything its author gave, and what he is told of it."""

    id: UUID
    thread: OwnThread
    parent_id: UUID | None
    created_at: datetime
    status: Status
    reason: Reason | None
    like_count: int
    revisions: list[OwnRevision]
    appeal: OwnAppeal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReport:
    """A complaint about somebody's comment."""

    comment_id: UUID
    reason: Reason
    note: str | None
    state: ReportState
    created_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLike:
    """A comment that he likes."""

    comment_id: UUID
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAuthor:
    """His place as an author."""

    created_at: datetime
    subject: str | None
    is_verified: bool
    blocked_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnData:
    """Everything of one person on one site."""

    site: str
    exported_at: datetime
    author: OwnAuthor | None
    comments: list[OwnComment]
    reports: list[OwnReport]
    likes: list[OwnLike]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedData:
    """How much of each was erased."""

    comments: int
    reports: int
    likes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Of whom the operator is asked: by exactly one of these."""

    token_hash: bytes | None = None
    """The SHA-256 of his browser's token."""
    receipt: str | None = None
    subject: str | None = None
    """The portal's name for him."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Somebody on a site, and who asks for his data."""

    site: Site
    author: Author | None
    reader_hash: bytes | None
    whose: ColumnElement[bool]
    """Says of comments that they are his."""
    actor: Actor


# Asked by himself, or by the operator for him ----------------------------------------------------


def export(site_key: str, *, writer: Writer, session: Session, services: Services) -> OwnData:
    """Return everything that the holder of a token has left on a site. Raises `TooMany`."""
    with reading(session):
        found = _himself(session, site_key, writer)
    spent = services.limits.spend(f"{found.site.id}:{writer.author_hash.hex()}", limits=EXPORTS, scope=SCOPE)
    spent.insist(SCOPE)
    return _export(found, session=session, services=services)


def erase(
    site_key: str, *, writer: Writer, caller: Caller, session: Session, services: Services
) -> ErasedData:
    """Erase everything that the holder of a token has left on a site."""
    with reading(session):
        found = _himself(session, site_key, writer)
    if not caller.may_ask(found.site.origins):
        raise OriginNotAllowed
    return _erase(found, session=session, services=services)


def export_for(site_key: str, person: Person, *, session: Session, services: Services) -> OwnData:
    """Return everything that somebody has left on a site, for the operator to hand on."""
    return _export(_somebody(site_key, person, session, services), session=session, services=services)


def erase_for(site_key: str, person: Person, *, session: Session, services: Services) -> ErasedData:
    """Erase everything that somebody has left on a site, for the operator who was asked to."""
    return _erase(_somebody(site_key, person, session, services), session=session, services=services)


def _himself(session: Session, site_key: str, writer: Writer) -> _Found:
    site = sites.find_site(session, site_key)
    author = comments.find_author(session, site.id, writer.author_hash)
    actor = Actor(ActorKind.AUTHOR, None if author is None else author.id)
    return _found(site, author, writer.author_hash, actor)


def _found(site: Site, author: Author | None, reader_hash: bytes | None, actor: Actor) -> _Found:
    whose = false() if author is None else Comment.author_id == author.id
    return _Found(site=site, author=author, reader_hash=reader_hash, whose=whose, actor=actor)


def _somebody(site_key: str, person: Person, session: Session, services: Services) -> _Found:
    """Find who is meant. Raises `AuthorUnknown`, or `ReceiptUnknown`."""
    with reading(session):
        site = sites.find_site(session, site_key)
        if person.receipt is not None:
            return _by_receipt(session, site, person.receipt, services)
        reader_hash = person.token_hash
        if person.subject is not None:
            reader_hash = services.secrets.digest(author_name(site.id, person.subject))
        author = None if reader_hash is None else comments.find_author(session, site.id, reader_hash)
        found = _found(site, author, reader_hash, OPERATOR)
        if author is None and reader_hash is not None and not _has_read(session, site, reader_hash):
            raise AuthorUnknown
        return found


def _by_receipt(session: Session, site: Site, code: str, services: Services) -> _Found:
    typed = normalised(code)
    hashed = None if typed is None else services.secrets.digest(typed)
    comment = None if hashed is None else comments.find_by_receipt(session, site.id, hashed)
    if comment is None:
        raise ReceiptUnknown
    if comment.author_id is not None:
        author = session.get_one(Author, comment.author_id)
        return _found(site, author, author.token_hash, OPERATOR)
    return _Found(site=site, author=None, reader_hash=None, whose=Comment.id == comment.id, actor=OPERATOR)


def _has_read(session: Session, site: Site, reader_hash: bytes) -> bool:
    return bool(
        own_data.reports_by(session, site.id, reader_hash)
        or own_data.likes_by(session, site.id, reader_hash, most=1)
    )


# Copied ------------------------------------------------------------------------------------------


def _export(found: _Found, *, session: Session, services: Services) -> OwnData:
    now = services.clock.now()
    with reading(session):
        texts = own_data.revisions_where(session, found.whose)
        objections = own_data.appeals_where(session, found.whose)
        copy = OwnData(
            site=found.site.key,
            exported_at=now,
            author=None if found.author is None else _author(found.author, now),
            comments=[
                _comment(comment, texts.get(comment.id, []), objections.get(comment.id))
                for comment in own_data.comments_where(session, found.whose)
            ],
            reports=[] if found.reader_hash is None else _reports(session, found.site, found.reader_hash),
            likes=[] if found.reader_hash is None else _likes(session, found.site, found.reader_hash),
        )
    if found.author is not None:
        event = _event(EventName.AUTHOR_EXPORTED, found, found.author.id, len(copy.comments))
        with transaction(session):
            outbox.record(session, event, now=now)
    services.log.info("author.exported", site_id=str(found.site.id), comments=len(copy.comments))
    return copy


def _author(author: Author, now: datetime) -> OwnAuthor:
    is_blocked = author.banned_until is not None and author.banned_until > now
    return OwnAuthor(
        created_at=author.created_at,
        subject=author.subject,
        is_verified=author.is_verified,
        blocked_until=author.banned_until if is_blocked else None,
    )


def _comment(comment: own_data.KeptComment, texts: Sequence[Revision], appeal: Appeal | None) -> OwnComment:
    told = told_to_author(comment.status, comment.reason, is_honest=comment.is_told)
    is_seen = comment.thread_count > 0
    return OwnComment(
        id=comment.id,
        thread=OwnThread(
            key=comment.thread_key,
            title=comment.thread_title if is_seen else None,
            url=comment.thread_url if is_seen else None,
        ),
        parent_id=comment.parent_id,
        created_at=comment.created_at,
        status=told.status,
        reason=told.reason,
        like_count=comment.like_count,
        revisions=[
            OwnRevision(
                number=text.number,
                nickname=text.nickname,
                link=text.link,
                text=text.text,
                created_at=text.created_at,
            )
            for text in texts
        ],
        appeal=None
        if appeal is None
        else OwnAppeal(
            text=appeal.text,
            reason_before=appeal.reason_before,
            state=appeal.state,
            created_at=appeal.created_at,
            settled_at=appeal.settled_at,
        ),
    )


def _reports(session: Session, site: Site, reader_hash: bytes) -> list[OwnReport]:
    return [
        OwnReport(
            comment_id=report.comment_id,
            reason=report.reason,
            note=report.note,
            state=report.state,
            created_at=report.created_at,
            settled_at=report.settled_at,
        )
        for report in own_data.reports_by(session, site.id, reader_hash)
    ]


def _likes(session: Session, site: Site, reader_hash: bytes) -> list[OwnLike]:
    given = own_data.likes_by(session, site.id, reader_hash)
    return [OwnLike(comment_id=like.comment_id, created_at=like.created_at) for like in given]


# Erased ------------------------------------------------------------------------------------------


def _erase(found: _Found, *, session: Session, services: Services) -> ErasedData:
    now = services.clock.now()
    gone_comments = _erase_comments(found, session=session, services=services)
    gone_likes = gone_reports = 0
    if found.reader_hash is not None:
        gone_likes = _take_likes_back(found.site, found.reader_hash, session=session)
        with transaction(session):
            gone_reports = own_data.forget_reporter(session, found.site.id, found.reader_hash)
    if found.author is not None:
        event = _event(EventName.AUTHOR_ERASED, found, found.author.id, gone_comments)
        with transaction(session):
            if not own_data.forget_author(session, found.author.id, now=now):
                raise Unavailable  # he writes while he has himself erased; asking again goes on
            outbox.record(session, event, now=now)
            payload: dict[str, object] = {"author_id": str(found.author.id)}
            outbox.post(session, event, payload, event_id=services.ids.new(), now=now)
    services.log.info("author.erased", site_id=str(found.site.id), comments=gone_comments, likes=gone_likes)
    return ErasedData(comments=gone_comments, reports=gone_reports, likes=gone_likes)


def _erase_comments(found: _Found, *, session: Session, services: Services) -> int:
    """Erase his comments batch by batch: a big author takes longer, and nobody waits longer for the database."""
    erased, tries = 0, 0
    while True:
        with reading(session):
            ids = own_data.unerased(session, found.whose, most=BATCH)
        if not ids:
            return erased
        moment = changes.Moment(now=services.clock.now(), new_id=services.ids.new)
        with transaction(session):
            gone = erasing.erase(session, ids, _ERASABLE, actor=found.actor, moment=moment)
            own_data.cut_off(session, gone)
        erased += len(gone)
        tries = 0 if gone else tries + 1
        if tries > MOST_TRIES:
            raise Unavailable


def _take_likes_back(site: Site, reader_hash: bytes, *, session: Session) -> int:
    gone = 0
    while True:
        with reading(session):
            given = own_data.likes_by(session, site.id, reader_hash, most=BATCH)
        if not given:
            return gone
        with transaction(session):
            own_data.remove_likes(session, given)
        gone += len(given)


def _event(name: EventName, found: _Found, author_id: UUID, number: int) -> Event:
    return Event(
        name=name,
        actor=found.actor,
        subject_kind="author",
        subject_id=author_id,
        site_id=found.site.id,
        new={"comments": number},
    )

"""Reading: what the public sees. A version, then a page; no domain objects, no entities.

    thread_page(query)
      1 facts       one indexed read: the thread's version and the site's settings → SiteUnknown
      2 etag        the same version and query: nothing more is read
      3 page        the top comments, then the first replies below them: two queries

Only published text leaves; the store sees to that in one place (`store/reading.py`).
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from moderation.domain.appeal import may_appeal
from moderation.domain.comment import MAX_NICKNAME_CHARS, OPEN_TO_AUTHOR, Status, edit_end, is_site_key
from moderation.domain.cursor import Cursor, PopularCursor
from moderation.domain.cursor import Sort as Sort  # noqa: PLC0414 - surfaces choose it
from moderation.domain.draft import faults_of_thread_key
from moderation.domain.errors import CommentUnknown, Fault, Invalid, SiteUnknown
from moderation.domain.policy import ChallengeMode, Mode, SignIn, Told, mode_in_force, told_to_author
from moderation.domain.reasons import Reason
from moderation.domain.receipts import PURPOSE, ReceiptKind, code_of_kept
from moderation.domain.texts import LANGUAGES, Overrides, box_texts
from moderation.domain.writer import Writer
from moderation.ports import Services
from moderation.store import likes, reading
from moderation.store.reading import After, ShownComment, ThreadFacts
from moderation.store.transaction import reading as reading_transaction

T = TypeVar("T")

FORMAT = "3"
"""Part of every ETag: raised when a page of the same data would look different."""
MAX_PAGE = 100
MAX_COUNT_KEYS = 100
FIRST_REPLIES = 10
FIRST_VERSION = 1
MOST_OWN_COMMENTS = 50
MOST_LIKED = 1_000
MOST_IN_FEED = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PageQuery:
    """Which page of which thread."""

    site_key: str
    thread_key: str
    sort: Sort = Sort.NEWEST
    cursor: str | None = None
    limit: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PageThread:
    """The thread as the public sees it."""

    key: str
    title: str | None
    url: str | None
    count: int
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PageForm:
    """What the comment form must know."""

    mode: Mode
    challenge: ChallengeMode
    sign_in: SignIn
    """Whether a token of the portal is taken, or asked for."""
    max_text_chars: int
    max_nickname_chars: int
    edit_minutes: int
    """For how long an author may edit what he posts; 0: not at all."""
    texts: dict[str, dict[str, str]]
    """The site's own texts of the box, by language; what is not here is said as the script has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTo:
    """Whom a reply answers, when that is not the top comment it stands under."""

    id: UUID
    nickname: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageComment:
    """A comment as the public sees it; `state` "removed" is an empty place that keeps replies in their tree."""

    id: UUID
    parent_id: UUID | None
    reply_to: ReplyTo | None
    nickname: str | None
    is_verified: bool
    """The portal vouches for who its author is."""
    link: str | None
    text: str | None
    created_at: datetime
    edited_at: datetime | None
    """When it was given the text that is shown; None while that is the first."""
    state: str
    like_count: int
    reply_count: int
    replies: list["PageComment"]
    next_reply_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a thread, and the settings of its form."""

    thread: PageThread
    form: PageForm
    comments: list[PageComment]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """One page of the replies below a top comment."""

    comments: list[PageComment]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Tagged(Generic[T]):
    """Something readable with its ETag; `body` is None when the reader has this version already."""

    etag: str
    body: T | None


def thread_page(query: PageQuery, known_etags: frozenset[str], *, session: Session) -> Tagged[Page]:
    """Return a page of a thread, or only its ETag when the reader has it. Unknown threads are empty ones."""
    _check_query(query)
    after = None if query.cursor is None else _after(query.cursor, query.sort)

    with reading_transaction(session):
        # 1 Facts
        facts = reading.thread_facts(session, query.site_key, query.thread_key)
        if facts is None:
            raise SiteUnknown

        # 2 ETag
        # A thread that nobody has seen anything of is like one that does not exist yet.
        version = f"{facts.site_version}.{facts.version or FIRST_VERSION}"
        etag = _etag(version, query.thread_key, query.sort, query.cursor, query.limit)
        if etag in known_etags:
            return Tagged(etag, None)

        # 3 Page
        roots, is_last = _roots(session, facts, query, after)
        root_ids = [root.id for root in roots if root.reply_count]
        replies = reading.first_replies(session, root_ids, most=FIRST_REPLIES)
    return Tagged(etag, _page(facts, query, roots, replies, is_last=is_last))


def _roots(
    session: Session, facts: ThreadFacts, query: PageQuery, after: After | None
) -> tuple[list[ShownComment], bool]:
    if facts.thread_id is None:
        return [], True
    found = reading.roots(
        session,
        facts.thread_id,
        after=after,
        sort=query.sort,
        # One more than asked tells whether another page follows.
        most=query.limit + 1,
    )
    return found[: query.limit], len(found) <= query.limit


def _page(
    facts: ThreadFacts,
    query: PageQuery,
    roots: list[ShownComment],
    replies: list[ShownComment],
    *,
    is_last: bool,
) -> Page:
    below: dict[UUID | None, list[ShownComment]] = {}
    for reply in replies:
        below.setdefault(reply.root_id, []).append(reply)
    mode = mode_in_force(facts.site_mode, facts.mode, is_frozen=facts.is_frozen, is_held=facts.is_held)
    # Title and address come with the first comment: like its text they show once something was let through.
    is_seen = bool(facts.count)
    return Page(
        thread=PageThread(
            key=query.thread_key,
            title=facts.title if is_seen else None,
            url=facts.url if is_seen else None,
            count=facts.count or 0,
            is_open=mode is not Mode.CLOSED,
        ),
        form=PageForm(
            mode=mode,
            challenge=facts.challenge,
            sign_in=facts.sign_in,
            max_text_chars=facts.max_text_chars,
            max_nickname_chars=MAX_NICKNAME_CHARS,
            edit_minutes=facts.edit_minutes,
            texts=box_texts(facts.texts),
        ),
        comments=[_comment(root, below.get(root.id, [])) for root in roots],
        next_cursor=None if is_last else _cursor(roots[-1], query.sort),
    )


def _comment(shown: ShownComment, replies: list[ShownComment]) -> PageComment:
    is_reply_to_root = shown.parent_id == shown.root_id
    reply_to = None
    if shown.parent_id is not None and not is_reply_to_root and shown.parent_nickname is not None:
        reply_to = ReplyTo(id=shown.parent_id, nickname=shown.parent_nickname)
    return PageComment(
        id=shown.id,
        parent_id=shown.parent_id,
        reply_to=reply_to,
        nickname=shown.nickname,
        is_verified=shown.is_verified,
        link=shown.link,
        text=shown.text,
        created_at=shown.created_at,
        edited_at=shown.edited_at,
        state="published" if shown.is_published else "removed",
        like_count=shown.like_count if shown.is_published else 0,
        reply_count=shown.reply_count,
        replies=[_comment(reply, []) for reply in replies],
        next_reply_cursor=_cursor(replies[-1]) if replies and shown.reply_count > len(replies) else None,
    )


def replies_page(
    site_key: str,
    root_id: UUID,
    *,
    cursor: str | None,
    limit: int,
    known_etags: frozenset[str],
    session: Session,
) -> Tagged[Replies]:
    """Return a page of the replies below a top comment, the oldest first."""
    _check_limit(limit)
    after = None if cursor is None else _after(cursor)
    with reading_transaction(session):
        found = reading.find_root(session, site_key, root_id) if is_site_key(site_key) else None
        if found is None:
            raise CommentUnknown
        thread_id, version = found
        etag = _etag(f"{root_id}.{version}", cursor, limit)
        if etag in known_etags:
            return Tagged(etag, None)
        shown = reading.replies(session, thread_id, root_id, after=after, most=limit + 1)
    page = shown[:limit]
    return Tagged(
        etag,
        Replies(
            comments=[_comment(reply, []) for reply in page],
            next_cursor=_cursor(page[-1]) if len(shown) > limit else None,
        ),
    )


def branch_page(query: PageQuery, root_id: UUID, *, session: Session) -> Page:
    """Return a thread's page that holds one top comment alone, with a page of its replies; `next_cursor` leads on there.

    Raises `CommentUnknown` where the thread lists no such top comment.
    """
    _check_query(query)
    after = None if query.cursor is None else _after(query.cursor)
    with reading_transaction(session):
        facts = reading.thread_facts(session, query.site_key, query.thread_key)
        if facts is None:
            raise SiteUnknown
        root = None if facts.thread_id is None else reading.one(session, facts.thread_id, root_id)
        if root is None or root.root_id is not None or facts.thread_id is None:
            raise CommentUnknown
        replies = reading.replies(session, facts.thread_id, root_id, after=after, most=query.limit + 1)
    shown = replies[: query.limit]
    page = _page(facts, query, [root], shown, is_last=True)
    is_last = len(replies) <= query.limit
    return replace(page, next_cursor=None if is_last else _cursor(shown[-1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentPage:
    """One published comment by itself, in its thread's page, and the top comment it stands under."""

    root_id: UUID
    page: Page

    @property
    def comment(self) -> PageComment:
        """The comment itself, without its replies."""
        return self.page.comments[0]


def comment_page(
    site_key: str, comment_id: UUID, known_etags: frozenset[str], *, session: Session
) -> Tagged[CommentPage]:
    """Return a published comment with where it stands. Raises `CommentUnknown` for any other."""
    with reading_transaction(session):
        spot = reading.find_spot(session, site_key, comment_id) if is_site_key(site_key) else None
        facts = None if spot is None else reading.thread_facts(session, site_key, spot.thread_key)
        if spot is None or facts is None:
            raise CommentUnknown
        etag = _etag(f"{facts.site_version}.{facts.version}", comment_id)
        if etag in known_etags:
            return Tagged(etag, None)
        shown = reading.one(session, spot.thread_id, comment_id)
    if shown is None:
        raise CommentUnknown  # taken back between two statements
    query = PageQuery(site_key=site_key, thread_key=spot.thread_key)
    return Tagged(
        etag, CommentPage(root_id=spot.root_id, page=_page(facts, query, [shown], [], is_last=True))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentComment:
    """A comment among the latest of its site, with the thread it stands in."""

    thread: str
    thread_title: str | None
    thread_url: str | None
    root_id: UUID
    comment: PageComment


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """The latest published comments of a site or a thread, the latest first."""

    comments: list[RecentComment]


def recent(site_key: str, limit: int, known_etags: frozenset[str], *, session: Session) -> Tagged[Recent]:
    """Return the latest published comments of a site. Their ETag is made of what they say: a site has no version."""
    _check_limit(limit)
    with reading_transaction(session):
        site = reading.site_name(session, site_key) if is_site_key(site_key) else None
        if site is None:
            raise SiteUnknown
        found = [_recent(one) for one in reading.latest(session, site[0], most=limit)]
    etag = _etag(found)
    return Tagged(etag, None if etag in known_etags else Recent(comments=found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The latest published comments of a site or of one thread, with what names the feed."""

    id: UUID
    """Always the same for the same feed, whether or not there is anything in it yet."""
    site_name: str
    thread_title: str | None
    thread_url: str | None
    comments: list[RecentComment]


def feed(site_key: str, thread_key: str | None, *, session: Session) -> Feed:
    """Return what a feed of a site, or of one of its threads, holds. Unknown threads are empty ones."""
    faults = [] if thread_key is None else faults_of_thread_key(thread_key)
    if faults:
        raise Invalid(faults)
    with reading_transaction(session):
        site = reading.site_name(session, site_key) if is_site_key(site_key) else None
        if site is None:
            raise SiteUnknown
        site_id, name = site
        if thread_key is None:
            latest = reading.latest(session, site_id, most=MOST_IN_FEED)
            return Feed(
                id=site_id,
                site_name=name,
                thread_title=None,
                thread_url=None,
                comments=[_recent(one) for one in latest],
            )
        facts = reading.thread_facts(session, site_key, thread_key)
        # Title and address wait for the first published comment, as they do in the list.
        seen = facts if facts is not None and facts.count else None
        latest = (
            []
            if seen is None
            else reading.latest(session, site_id, thread_id=seen.thread_id, most=MOST_IN_FEED)
        )
    return Feed(
        id=uuid5(site_id, thread_key),
        site_name=name,
        thread_title=None if seen is None else seen.title,
        thread_url=None if seen is None else seen.url,
        comments=[_recent(one) for one in latest],
    )


def _recent(latest: reading.LatestComment) -> RecentComment:
    return RecentComment(
        thread=latest.thread_key,
        thread_title=latest.thread_title,
        thread_url=latest.thread_url,
        root_id=latest.shown.root_id or latest.shown.id,
        comment=_comment(latest.shown, []),
    )


@dataclass(frozen=True, slots=True)
class SiteWords:
    """A site's language, and the texts that it says in its own words."""

    language: str
    texts: Overrides


def words(site_key: str, *, session: Session) -> SiteWords:
    """Return what a page of a site says; the defaults for a site that does not exist."""
    with reading_transaction(session):
        found = reading.words(session, site_key) if is_site_key(site_key) else None
    return SiteWords(*(found or (LANGUAGES[0], {})))


@dataclass(frozen=True, slots=True)
class Counts:
    """How many published comments each thread has."""

    counts: dict[str, int]


def counts(site_key: str, thread_keys: list[str], *, session: Session) -> Tagged[Counts]:
    """Count published comments of up to 100 threads, in one query."""
    faults = [fault for key in thread_keys for fault in faults_of_thread_key(key)]
    if not thread_keys or len(thread_keys) > MAX_COUNT_KEYS:
        faults.append(Fault("/thread", "wrong-number", MAX_COUNT_KEYS))
    if faults:
        raise Invalid(faults[:1])
    with reading_transaction(session):
        found = reading.counts(session, site_key, thread_keys) if is_site_key(site_key) else None
    if found is None:
        raise SiteUnknown
    return Tagged(_etag(repr(sorted(found.items()))), Counts(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnComment:
    """A comment as its author sees it."""

    id: UUID
    parent_id: UUID | None
    nickname: str
    link: str | None
    text: str
    created_at: datetime
    status: Status
    reason: Reason | None
    revision: int
    editable_until: datetime | None
    """None when it cannot be edited, or no more."""
    may_withdraw: bool
    code: str | None
    """Of its receipt; None for one from before there were receipts."""
    appeal: str | None
    """"possible" where he may object to its refusal, or what came of his objection."""


@dataclass(frozen=True, slots=True)
class OwnComments:
    """What an author wrote in a thread, and what he likes there."""

    comments: list[OwnComment]
    liked: list[UUID]
    """Published comments that he likes. A reader who never wrote may have some."""


def own_comments(
    site_key: str, thread_key: str, *, writer: Writer, session: Session, services: Services
) -> OwnComments:
    """Return what an author wrote in a thread, each with the status he is told and what he may do about it."""
    faults = faults_of_thread_key(thread_key)
    if faults:
        raise Invalid(faults)
    if not is_site_key(site_key):
        raise SiteUnknown
    now = services.clock.now()
    with reading_transaction(session):
        found = reading.own_comments(
            session, site_key, thread_key, writer.author_hash, most=MOST_OWN_COMMENTS
        )
        if not found and not reading.has_site(session, site_key):
            raise SiteUnknown
        liked = likes.liked_in_thread(session, site_key, thread_key, writer.author_hash, most=MOST_LIKED)
    return OwnComments([_own(comment, now, services) for comment in found], list(liked))


def _own(comment: reading.OwnComment, now: datetime, services: Services) -> OwnComment:
    told = told_to_author(comment.status, comment.reason, is_honest=comment.is_told)
    is_open = told.status in OPEN_TO_AUTHOR
    end = edit_end(comment.created_at, comment.edit_minutes) if is_open else None
    macs = services.secrets.keyed_by_all(PURPOSE, ReceiptKind.COMMENT, str(comment.id)).values()
    return OwnComment(
        id=comment.id,
        parent_id=comment.parent_id,
        nickname=comment.nickname,
        link=comment.link,
        text=comment.text,
        created_at=comment.created_at,
        status=told.status,
        reason=told.reason,
        revision=comment.revision,
        editable_until=end if end is not None and now <= end else None,
        may_withdraw=is_open,
        code=code_of_kept(macs, comment.receipt_hash, services.secrets.digest),
        appeal=_appeal(comment, told, now),
    )


def _appeal(comment: reading.OwnComment, told: Told, now: datetime) -> str | None:
    if comment.appeal is not None:
        return comment.appeal
    return "possible" if may_appeal(told, comment.decided_at, comment.appeal_days, now) else None


def _check_query(query: PageQuery) -> None:
    if not is_site_key(query.site_key):
        raise SiteUnknown
    faults = faults_of_thread_key(query.thread_key)
    if faults:
        raise Invalid(faults)
    _check_limit(query.limit)


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= MAX_PAGE:
        raise Invalid([Fault("/limit", "out-of-range", MAX_PAGE)])


def _after(cursor: str, sort: Sort = Sort.OLDEST) -> After:
    if sort is Sort.POPULAR:
        popular = PopularCursor.decode(cursor)
        return After(popular.created_at, popular.id, popular.like_count)
    decoded = Cursor.decode(cursor)
    return After(decoded.created_at, decoded.id)


def _cursor(comment: ShownComment, sort: Sort = Sort.OLDEST) -> str:
    if sort is Sort.POPULAR:
        return PopularCursor(comment.like_count, comment.created_at, comment.id).encode()
    return Cursor(comment.created_at, comment.id).encode()


def _etag(*parts: object) -> str:
    """Name a version in 22 characters. Hashed, so that no thread key must be made fit for a header."""
    return hashlib.blake2b(repr((FORMAT, *parts)).encode(), digest_size=11).hexdigest()

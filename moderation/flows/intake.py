"""Intake: how a draft becomes a comment.

    submit(draft)
      1 site and thread   known and open, origin allowed, draft sound     → SiteUnknown, OriginNotAllowed, Invalid …
        (a posting already answered gets its first receipt again)
      2 challenge         redeemed: single use, burnt even if later steps fail      → ChallengeFailed …
      3 limits            one posting of client, client and thread, author is spent  → TooMany
        (too much for the site, or a text repeated too often, waits)
      4 normalise and evaluate   all rules of the active rule set → matches, verdict
      5 judge             verdict, policy, standing → status, causes, reason
      6 store             comment, revision, evaluation, queue item, status by the one door, receipt: one transaction
      7 receipt           what the author is told

Nothing is public before the last check has ended; a check that cannot run makes the comment wait for a person.
Steps 1–5 write nothing but the burnt challenge and the counters.
"""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.orm import Session

from moderation import rules
from moderation.domain.challenge import PURPOSE, answer_parts
from moderation.domain.comment import Status
from moderation.domain.draft import Draft, faults_of, is_idempotency_key
from moderation.domain.errors import (
    ChallengeExpired,
    ChallengeFailed,
    ChallengeRequired,
    Fault,
    IdempotencyKeyInvalid,
    IdempotencyKeyReused,
    Invalid,
    OriginNotAllowed,
    ThreadClosed,
    TooMany,
)
from moderation.domain.events import RULES, Actor, ActorKind
from moderation.domain.policy import (
    ChallengeMode,
    Mode,
    Outcome,
    SitePolicy,
    Standing,
    outcome,
    standing_of,
    told_to_author,
)
from moderation.domain.reasons import Cause, Reason
from moderation.domain.repeats import FINGERPRINT, GROUP, group_of
from moderation.domain.review import ItemState, risk_of
from moderation.ports import Services
from moderation.rules import Evaluation, Facts, Field, Verdict, fingerprint
from moderation.store import challenges, changes, comments, repeats, review, rulesets, search_index, sites
from moderation.store.tables import Author, Comment, ReviewItem, Revision, Site, Thread
from moderation.store.transaction import transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptThread:
    """The thread as the receipt names it."""

    key: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the author of a posting is told. A repeated posting is told the same."""

    comment_id: UUID
    status: Status
    reason: Reason | None
    created_at: datetime
    thread: ReceiptThread


def submit(draft: Draft, *, session: Session, services: Services) -> Receipt:
    """Take a draft through every check and store what becomes of it."""
    now = services.clock.now()

    # 1 Site and thread
    site = sites.find_site(session, draft.site_key)
    if not draft.is_own_page and draft.origin not in site.origins:
        raise OriginNotAllowed
    faults = faults_of(draft, max_text_chars=site.max_text_chars)
    if faults:
        raise Invalid(faults)
    posting = _posting(draft, site, services)
    if posting is not None:
        answered = _first_receipt(session, site, posting, draft)
        if answered is not None:
            return answered
    thread = sites.find_thread(session, site.id, draft.thread_key)
    policy = sites.policy_of(site, thread)
    if policy.mode is Mode.CLOSED:
        raise ThreadClosed
    parent = _find_parent(session, thread, draft)
    author = _find_author(session, site, draft, services)
    standing = _standing(author, now)

    # 2 Challenge
    if policy.challenge is ChallengeMode.IMAGE:
        _redeem(draft, site, posting, session=session, services=services, now=now)

    # 3 Limits
    _spend(draft, site, policy, services=services, now=now)
    repeat = _find_repeat(draft, site, session=session, services=services)
    held = _hold(repeat, site, policy, services=services)

    # 4 Normalise and evaluate
    rule_set_id = rulesets.active_id(session, site.id)
    found = _evaluate(draft, site, rule_set_id, session=session, services=services, now=now)
    evaluation = found.evaluation

    # 5 Judge
    judged = outcome(
        evaluation.verdict,
        mode=policy.mode,
        standing=standing,
        reasons=[Reason(reason) for reason in evaluation.reasons],
        further_causes=held + found.causes,
    )

    # 6 Store
    told = told_to_author(judged.status, judged.reason, is_honest=policy.is_honest)
    moment = changes.Moment(now=now, new_id=services.ids.new)
    comment_id = services.ids.new()
    with transaction(session):
        thread = sites.ensure_thread(
            session,
            site.id,
            key=draft.thread_key,
            title=found.title,
            url=_own_url(draft, site),
            new_id=services.ids.new(),
            now=now,
        )
        is_shown = judged.status is Status.PUBLISHED
        receipt = Receipt(
            comment_id=comment_id,
            status=told.status,
            reason=told.reason,
            created_at=now,
            thread=ReceiptThread(key=thread.key, count=thread.published_count + is_shown),
        )
        if posting is not None and not comments.keep_receipt(
            session,
            site.id,
            posting,
            body_hash=draft.body_hash(),
            comment_id=comment_id,
            receipt=_receipt_to_json(receipt),
            now=now,
        ):
            # A twin of this very posting was faster: nothing of ours is stored, and both are told the same.
            session.rollback()
            answered = _first_receipt(session, site, posting, draft)
            assert answered is not None  # noqa: S101 - the key that stopped us is committed
            return answered
        writer = _ensure_author(session, site, draft, services, now)
        comment = Comment(
            id=comment_id,
            site_id=site.id,
            thread_id=thread.id,
            author_id=None if writer is None else writer.id,
            parent_id=None if parent is None else parent.id,
            root_id=None if parent is None else parent.root_id or parent.id,
            status=Status.PENDING,
            reason=None,
            is_told=told.status is judged.status,
            revision=1,
            is_listed=False,
            published_reply_count=0,
            client_key=_client_key(draft, services, now),
            text_hash=repeat.group,
            created_at=now,
            decided_at=None,
        )
        changes.receive(
            session,
            comment,
            actor=Actor(ActorKind.AUTHOR, None if writer is None else writer.id),
            moment=moment,
        )
        changes.apply(session, comment, judged.status, reason=judged.reason, actor=RULES, moment=moment)
        session.flush()
        repeats.keep_fingerprint(session, comment, repeat.new_bands)
        _keep_text(session, comment, draft, evaluation, now)
        comments.add_evaluation(
            session,
            comment,
            evaluation,
            rule_set_id=found.rule_set_id,
            new_id=services.ids.new(),
            now=now,
        )
        if judged.needs_review:
            review.add(session, _item(comment, judged, evaluation, services, now))

    # 7 Receipt
    services.log.info(
        "comment.received",
        site_id=str(site.id),
        comment_id=str(comment_id),
        status=judged.status,
        verdict=evaluation.verdict,
        causes=[str(cause) for cause in judged.causes],
    )
    return receipt


# 1 Site and thread --------------------------------------------------------------------------------------------


def _posting(draft: Draft, site: Site, services: Services) -> bytes | None:
    """Name the logical posting: the hash of its Idempotency-Key, on this site."""
    if draft.idempotency_key is None:
        return None
    if not is_idempotency_key(draft.idempotency_key):
        raise IdempotencyKeyInvalid
    return services.secrets.digest(f"{site.id}:{draft.idempotency_key}")


def _first_receipt(session: Session, site: Site, posting: bytes, draft: Draft) -> Receipt | None:
    kept = comments.find_receipt(session, site.id, posting)
    if kept is None:
        return None
    if kept.body_hash != draft.body_hash():
        raise IdempotencyKeyReused
    return _receipt_from_json(kept.receipt)


def _find_parent(session: Session, thread: Thread | None, draft: Draft) -> Comment | None:
    if draft.parent_id is None:
        return None
    parent = None if thread is None else comments.find_parent(session, thread.id, draft.parent_id)
    if parent is None:
        # Whether it never existed or is not published is not the caller's to learn.
        raise Invalid([Fault("/parent_id", "unknown-comment")])
    return parent


def _find_author(session: Session, site: Site, draft: Draft, services: Services) -> Author | None:
    if draft.author_token is None:
        return None
    return comments.find_author(session, site.id, services.secrets.digest(draft.author_token))


def _standing(author: Author | None, now: datetime) -> Standing:
    if author is None:
        return Standing.NEW
    return standing_of(
        approved=author.approved_count,
        rejected=author.rejected_count,
        is_banned=author.banned_until is not None and author.banned_until > now,
    )


# 2 Challenge --------------------------------------------------------------------------------------------------


def _redeem(
    draft: Draft, site: Site, posting: bytes | None, *, session: Session, services: Services, now: datetime
) -> None:
    """Burn the challenge in a transaction of its own: whatever fails later, it cannot be tried again."""
    if draft.challenge_id is None or draft.challenge_answer is None:
        raise ChallengeRequired
    answer = answer_parts(draft.challenge_id, draft.challenge_answer)
    with transaction(session):
        redeemed = challenges.redeem(
            session,
            site.id,
            draft.challenge_id,
            answer_macs=services.secrets.keyed_by_all(PURPOSE, *answer),
            # Without an Idempotency-Key no retry can be recognised, so no name may match.
            posting=posting or services.secrets.digest(str(services.ids.new())),
            now=now,
        )
    if redeemed.is_right:
        return
    if redeemed.is_fresh:
        raise ChallengeFailed
    raise ChallengeExpired


# 3 Limits -----------------------------------------------------------------------------------------------------


def _spend(draft: Draft, site: Site, policy: SitePolicy, *, services: Services, now: datetime) -> None:
    """Spend one posting of whoever posts; refuse who posts too fast."""
    limits = policy.limits
    client = _client_key(draft, services, now).hex()
    thread = services.secrets.digest(draft.thread_key).hex()[:16]
    refusing = [
        ("client", client, limits.client),
        ("client-thread", f"{client}:{thread}", limits.client_and_thread),
    ]
    if draft.author_token is not None:
        refusing.append(("author", services.secrets.digest(draft.author_token).hex(), limits.author))
    for scope, key, grammar in refusing:
        spent = services.limits.spend(f"{site.id}:{key}", limits=grammar, scope=scope)
        if not spent.is_allowed:
            raise TooMany(
                retry_after_seconds=spent.retry_after_seconds,
                limit=spent.limit,
                remaining=spent.remaining,
                scope=scope,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Repeat:
    """What a draft repeats: its group of copies, and its fingerprint if it is the first of a group."""

    group: bytes
    is_telling: bool
    new_bands: tuple[int, ...] = ()


def _find_repeat(draft: Draft, site: Site, *, session: Session, services: Services) -> _Repeat:
    """Find the group of the text: that of the text it copies, else its own, the same for each exact repeat."""
    essence = fingerprint.essence(draft.text)
    own_group = services.secrets.keyed(GROUP, essence.text)
    if not essence.is_telling:
        return _Repeat(group=own_group, is_telling=False)
    bands = fingerprint.bands(essence, key=services.secrets.keyed(FINGERPRINT))
    copied = group_of(essence, repeats.known_texts(session, site.id, bands))
    if copied is not None:
        return _Repeat(group=copied, is_telling=True)
    return _Repeat(group=own_group, is_telling=True, new_bands=bands)


def _hold(repeat: _Repeat, site: Site, policy: SitePolicy, *, services: Services) -> tuple[Cause, ...]:
    """Let wait what is too much for the site, and what repeats a text too often."""
    holding = [(Cause.SITE_BUSY, "site", "all", policy.limits.site)]
    if repeat.is_telling:
        holding.append((Cause.SAME_TEXT, "same-text", repeat.group.hex(), policy.limits.same_text))
    return tuple(
        cause
        for cause, scope, key, grammar in holding
        if not services.limits.spend(f"{site.id}:{key}", limits=grammar, scope=scope).is_allowed
    )


def _client_key(draft: Draft, services: Services, now: datetime) -> bytes:
    """Hash the client's address under the key and the day: nobody is followed from one day to the next."""
    return services.secrets.keyed("client", now.date().isoformat(), draft.client)


# 4 Normalise and evaluate -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What the rules found in a draft; `title` is the page's title, unless a rule has something against it.

    `rule_set_id` is the version that judged: the active one, or the last good one while that cannot be loaded.
    """

    evaluation: Evaluation
    rule_set_id: UUID | None = None
    causes: tuple[Cause, ...] = ()
    title: str | None = None


def _evaluate(
    draft: Draft,
    site: Site,
    rule_set_id: UUID | None,
    *,
    session: Session,
    services: Services,
    now: datetime,
) -> _Found:
    """Run the active rules, or the last good ones while those cannot be loaded; without any a person decides."""
    nothing = Evaluation(verdict=Verdict.ALLOW, matches=(), masks=(), is_truncated=False)
    if rule_set_id is None:
        return _Found(evaluation=nothing, title=draft.thread_title)
    texts = {Field.TEXT: draft.text, Field.NICKNAME: draft.nickname}
    if draft.link is not None:
        texts[Field.LINK] = draft.link
    held = services.rule_sets.in_force(site.id, rule_set_id, lambda: rulesets.artefact(session, rule_set_id))
    if held.failure is not None:
        services.log.warning(
            "rule-set.failed",
            site_id=str(site.id),
            rule_set_id=str(rule_set_id),
            error=repr(held.failure),
            judged_by=None if held.rule_set_id is None else str(held.rule_set_id),
        )
    if held.rule_set is None:
        return _Found(evaluation=nothing, rule_set_id=rule_set_id, causes=(Cause.CHECK_FAILED,))
    facts = Facts(thread_key=draft.thread_key, now=int(now.timestamp()))
    evaluation = rules.evaluate(held.rule_set, texts, facts)
    # The title comes from whoever comments first, and stands above what everybody writes after him.
    of_title = rules.evaluate(held.rule_set, {Field.TEXT: draft.thread_title or ""}, facts)
    # Who crowds a text with terms until the rules stop reading must not thereby hide what comes last.
    causes = (Cause.CHECK_FAILED,) if evaluation.is_truncated else ()
    is_clean = of_title.verdict is Verdict.ALLOW and not of_title.masks
    return _Found(
        evaluation=evaluation,
        rule_set_id=held.rule_set_id,
        causes=causes,
        title=draft.thread_title if is_clean else None,
    )


# 6 Store ------------------------------------------------------------------------------------------------------


def _own_url(draft: Draft, site: Site) -> str | None:
    """Return the page's address if it is one of the site's: whoever comments first must not lead readers away."""
    if draft.thread_url is None:
        return None
    parts = urlsplit(draft.thread_url)
    return draft.thread_url if f"{parts.scheme}://{parts.netloc.lower()}" in site.origins else None


def _ensure_author(
    session: Session, site: Site, draft: Draft, services: Services, now: datetime
) -> Author | None:
    if draft.author_token is None:
        return None
    return comments.ensure_author(
        session,
        site.id,
        services.secrets.digest(draft.author_token),
        new_id=services.ids.new(),
        now=now,
    )


def _keep_text(
    session: Session, comment: Comment, draft: Draft, evaluation: Evaluation, now: datetime
) -> None:
    """Store the text, and what search finds it by."""
    revision = _revision(comment, draft, evaluation, now)
    comments.add_revision(session, revision)
    search_index.index_text(session, search_index.written(comment, revision, evaluation))


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


def _item(
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


# 7 Receipt ----------------------------------------------------------------------------------------------------


def _receipt_to_json(receipt: Receipt) -> dict[str, object]:
    return {
        "comment_id": str(receipt.comment_id),
        "status": receipt.status.value,
        "reason": None if receipt.reason is None else receipt.reason.value,
        "created_at": receipt.created_at.isoformat(),
        "thread_key": receipt.thread.key,
        "count": receipt.thread.count,
    }


def _receipt_from_json(kept: dict[str, object]) -> Receipt:
    reason, count = kept["reason"], kept["count"]
    return Receipt(
        comment_id=UUID(str(kept["comment_id"])),
        status=Status(str(kept["status"])),
        reason=None if reason is None else Reason(str(reason)),
        created_at=datetime.fromisoformat(str(kept["created_at"])),
        thread=ReceiptThread(key=str(kept["thread_key"]), count=int(str(count))),
    )

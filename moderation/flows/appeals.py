"""Appeals: an author objects to the refusal of his comment, once, and somebody else judges it.

    appeal(text)
      1 receipt      known, origin allowed, text sound      → ReceiptUnknown, OriginNotAllowed, Invalid
        (the very same text again is answered as before)
        a refusal that its author is told of, in its days   → AppealImpossible
      2 limit        one appeal of the client is spent      → TooMany
      3 store        item for seniors, never for whoever refused; appeal, audit event, message: one transaction

What comes of it is the decision on that item (`store.decisions.carry_out`).
"""

from sqlalchemy.orm import Session

from moderation.domain.appeal import AppealState, faults_of_appeal, may_appeal
from moderation.domain.caller import Caller
from moderation.domain.client import PURPOSE as CLIENT
from moderation.domain.client import hashed_parts
from moderation.domain.errors import AppealImpossible, Invalid, OriginNotAllowed, ReceiptUnknown
from moderation.domain.events import Actor, ActorKind
from moderation.domain.policy import told_to_author
from moderation.domain.reasons import Cause
from moderation.domain.receipts import normalised
from moderation.domain.review import ItemState
from moderation.ports import Services
from moderation.store import appeals, changes, comments, decisions, review, sites
from moderation.store.tables import Comment, Site
from moderation.store.transaction import transaction

SCOPE = "appeal"


def appeal(
    site_key: str, code: str, text: str, *, caller: Caller, session: Session, services: Services
) -> AppealState:
    """Object to the refusal of the comment that a receipt is for; return where the appeal stands."""
    # 1 Receipt
    site = sites.find_site(session, site_key)
    if not caller.may_ask(site.origins):
        raise OriginNotAllowed
    typed = normalised(code)
    hashed = None if typed is None else services.secrets.digest(typed)
    comment = None if hashed is None else comments.find_by_receipt(session, site.id, hashed)
    if comment is None:
        raise ReceiptUnknown
    faults = faults_of_appeal(text)
    if faults:
        raise Invalid(faults)
    made = _made(session, comment, text)
    if made is not None:
        return made
    if not _is_possible(comment, site, services):
        raise AppealImpossible

    # 2 Limit
    _spend(site, caller, services)

    # 3 Store
    try:
        _store(session, site, comment, text, services)
    except AppealImpossible:
        # Sent twice at once: the twin was faster, and both are told the same.
        made = _made(session, comment, text)
        if made is None:
            raise
        return made
    services.log.info("appeal.received", site_id=str(site.id), comment_id=str(comment.id))
    return AppealState.OPEN


def _made(session: Session, comment: Comment, text: str) -> AppealState | None:
    """Return where the very same appeal stands. Raises `AppealImpossible` where there was another."""
    made = appeals.find(session, comment.id)
    if made is None:
        return None
    if made.text != text:
        raise AppealImpossible
    return made.state


def _store(session: Session, site: Site, comment: Comment, text: str, services: Services) -> None:
    now = services.clock.now()
    moment = changes.Moment(now=now, new_id=services.ids.new)
    with transaction(session):
        refusal = decisions.refusal_of(session, comment.id)
        item = review.waiting_item(
            comment, ItemState.APPEALED, [Cause.APPEALED], risk=0, new_id=services.ids.new(), now=now
        )
        item.not_for = None if refusal is None else refusal.account_id
        review.enqueue(session, item)
        locked = changes.lock_comment(session, site.id, comment.id, thread_id=comment.thread_id)
        author = Actor(ActorKind.AUTHOR, locked.author_id)
        if (
            not _is_possible(locked, site, services)
            or decisions.refusal_of(session, comment.id) is not refusal
            or not appeals.add(session, locked, refusal, text, actor=author, moment=moment)
        ):
            # Undone, decided anew, or appealed for, since we looked.
            raise AppealImpossible


def _is_possible(comment: Comment, site: Site, services: Services) -> bool:
    told = told_to_author(comment.status, comment.reason, is_honest=comment.is_told)
    return may_appeal(told, comment.decided_at, site.appeal_days, services.clock.now())


def _spend(site: Site, caller: Caller, services: Services) -> None:
    client = services.secrets.keyed(CLIENT, *hashed_parts(caller.client, services.clock.now())).hex()
    limits = sites.policy_of(site, None).limits
    spent = services.limits.spend(f"{site.id}:{client}", limits=limits.appeal, scope=SCOPE)
    spent.insist(SCOPE)

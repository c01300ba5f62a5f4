"""Receipts: whoever holds the code that a posting was answered with reads what became of it.

He is told what the author is told (`domain.policy.told_to_author`), and sees his own text. The codes of reports are
known here too, for one address shows both and tries of either are counted together.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.appeal import AppealState, appeal_end, may_appeal
from moderation.domain.client import PURPOSE as CLIENT
from moderation.domain.client import hashed_parts
from moderation.domain.comment import OPEN_TO_AUTHOR, Status
from moderation.domain.errors import ReceiptUnknown
from moderation.domain.policy import Told, told_to_author
from moderation.domain.reasons import Reason
from moderation.domain.receipts import normalised
from moderation.ports import Services
from moderation.store import receipts, reports, sites
from moderation.store.receipts import KeptComment
from moderation.store.transaction import reading

SCOPE: Final = "receipt"
WRONG_CODES: Final = "10/minute"
"""Of one client. Who has typed so many hears nothing for a while, not even of a right one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealReceipt:
    """What became of an appeal, as far as its author is told."""

    state: AppealState
    text: str
    reason_before: Reason
    """Why the comment had been refused when he objected."""
    created_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentReceipt:
    """What became of a comment, as its author is told."""

    comment_id: UUID
    code: str
    thread_key: str
    thread_title: str | None
    thread_url: str | None
    """None until something was let through in its thread, as for every reader."""
    nickname: str
    text: str
    """Empty once the comment is erased."""
    created_at: datetime
    status: Status
    reason: Reason | None
    may_withdraw: bool
    appeal: AppealReceipt | None
    appeal_until: datetime | None
    """Until when he may object; None where he may not."""


def look_up(
    site_key: str, code: str, *, client: str, session: Session, services: Services
) -> CommentReceipt | None:
    """Return the comment that a receipt's code is for; None for a report's, of which `reporting` tells more.

    Raises `ReceiptUnknown`, and `TooMany` for who tries codes.
    """
    now = services.clock.now()
    with reading(session):
        site = sites.find_site(session, site_key)
        key = f"{site.id}:{services.secrets.keyed(CLIENT, *hashed_parts(client, now)).hex()}"
        looked = services.limits.peek(key, limits=WRONG_CODES, scope=SCOPE)
        looked.insist(SCOPE)
        typed = normalised(code)
        if typed is not None:
            hashed = services.secrets.digest(typed)
            kept = receipts.comment_of(session, site.id, hashed)
            if kept is not None:
                return _of_comment(kept, typed, now)
            if reports.find_by_receipt(session, site.id, hashed) is not None:
                return None
    services.limits.spend(key, limits=WRONG_CODES, scope=SCOPE)
    raise ReceiptUnknown


def _of_comment(kept: KeptComment, code: str, now: datetime) -> CommentReceipt:
    told = told_to_author(kept.status, kept.reason, is_honest=kept.is_told)
    return CommentReceipt(
        comment_id=kept.id,
        code=code,
        thread_key=kept.thread_key,
        thread_title=kept.thread_title if kept.count else None,
        thread_url=kept.thread_url if kept.count else None,
        nickname=kept.nickname,
        text=kept.text,
        created_at=kept.created_at,
        status=told.status,
        reason=told.reason,
        may_withdraw=told.status in OPEN_TO_AUTHOR,
        appeal=_appeal(kept),
        appeal_until=_appeal_until(kept, told, now),
    )


def _appeal(kept: KeptComment) -> AppealReceipt | None:
    appeal = kept.appeal
    if appeal is None:
        return None
    return AppealReceipt(
        state=appeal.state,
        text=appeal.text,
        reason_before=appeal.reason_before,
        created_at=appeal.created_at,
        settled_at=appeal.settled_at,
    )


def _appeal_until(kept: KeptComment, told: Told, now: datetime) -> datetime | None:
    is_possible = kept.appeal is None and may_appeal(told, kept.decided_at, kept.appeal_days, now)
    if not is_possible or kept.decided_at is None:
        return None
    return appeal_end(kept.decided_at, kept.appeal_days)

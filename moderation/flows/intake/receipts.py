"""What the author of a posting is told, and the same again for a posting that was answered before."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.draft import Draft, is_idempotency_key
from moderation.domain.errors import IdempotencyKeyInvalid, IdempotencyKeyReused
from moderation.domain.reasons import Reason
from moderation.ports import Services
from moderation.store import comments
from moderation.store.tables import Site


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


def posting_of(draft: Draft, site: Site, services: Services) -> bytes | None:
    """Name the logical posting: the hash of its Idempotency-Key, on this site."""
    if draft.idempotency_key is None:
        return None
    if not is_idempotency_key(draft.idempotency_key):
        raise IdempotencyKeyInvalid
    return services.secrets.digest(f"{site.id}:{draft.idempotency_key}")


def first_receipt(session: Session, site: Site, posting: bytes, draft: Draft) -> Receipt | None:
    kept = comments.find_receipt(session, site.id, posting)
    if kept is None:
        return None
    if kept.body_hash != draft.body_hash():
        raise IdempotencyKeyReused
    return receipt_from_json(kept.receipt)


def receipt_to_json(receipt: Receipt) -> dict[str, object]:
    return {
        "comment_id": str(receipt.comment_id),
        "status": receipt.status.value,
        "reason": None if receipt.reason is None else receipt.reason.value,
        "created_at": receipt.created_at.isoformat(),
        "thread_key": receipt.thread.key,
        "count": receipt.thread.count,
    }


def receipt_from_json(kept: dict[str, object]) -> Receipt:
    reason, count = kept["reason"], kept["count"]
    return Receipt(
        comment_id=UUID(str(kept["comment_id"])),
        status=Status(str(kept["status"])),
        reason=None if reason is None else Reason(str(reason)),
        created_at=datetime.fromisoformat(str(kept["created_at"])),
        thread=ReceiptThread(key=str(kept["thread_key"]), count=int(str(count))),
    )

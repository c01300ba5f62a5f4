"""What the author of a posting is told, and the same again for a posting that was answered before."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.comment import OPEN_TO_AUTHOR, Status, edit_end
from moderation.domain.draft import Draft, is_idempotency_key
from moderation.domain.edit import Edit
from moderation.domain.errors import IdempotencyKeyInvalid, IdempotencyKeyReused
from moderation.domain.policy import SitePolicy, Told
from moderation.domain.reasons import Reason
from moderation.domain.receipts import PURPOSE, ReceiptKind, code_of, code_of_kept
from moderation.ports import Services
from moderation.store import comments
from moderation.store.tables import Comment, Site


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
    code: str
    """By which its author finds later what became of it (`domain.receipts`)."""
    editable_until: datetime | None
    """None where its author cannot edit it: he keeps no token, or the site lets nobody."""


def receipt_code(comment_id: UUID, services: Services) -> str:
    """Make the code of a comment's receipt: always the same for the same comment, while the key holds."""
    return code_of(services.secrets.keyed(PURPOSE, ReceiptKind.COMMENT, str(comment_id)))


def editable_until(draft: Draft, told: Told, policy: SitePolicy, now: datetime) -> datetime | None:
    """Say until when a posting may be edited: by whoever keeps its token, if he is told that it waits or shows."""
    if draft.writer is None or told.status not in OPEN_TO_AUTHOR:
        return None
    return edit_end(now, policy.edit_minutes)


def posting_of(draft: Draft | Edit, site: Site, services: Services) -> bytes | None:
    """Name the logical posting, or edit: the hash of its Idempotency-Key, on this site."""
    if draft.idempotency_key is None:
        return None
    if not is_idempotency_key(draft.idempotency_key):
        raise IdempotencyKeyInvalid
    return services.secrets.digest(f"{site.id}:{draft.idempotency_key}")


def first_answer(
    session: Session, site: Site, posting: bytes, draft: Draft | Edit
) -> dict[str, object] | None:
    kept = comments.find_receipt(session, site.id, posting)
    if kept is None:
        return None
    if kept.body_hash != draft.body_hash():
        raise IdempotencyKeyReused
    return kept.receipt


def first_receipt(
    session: Session, site: Site, posting: bytes, draft: Draft, services: Services
) -> Receipt | None:
    kept = first_answer(session, site, posting, draft)
    if kept is None:
        return None
    comment_id = UUID(str(kept["comment_id"]))
    comment = session.get(Comment, comment_id)
    macs = services.secrets.keyed_by_all(PURPOSE, ReceiptKind.COMMENT, str(comment_id)).values()
    hashed = None if comment is None else comment.receipt_hash
    code = code_of_kept(macs, hashed, services.secrets.digest)
    return receipt_from_json(kept, code or receipt_code(comment_id, services))


def receipt_to_json(receipt: Receipt) -> dict[str, object]:
    return {
        "comment_id": str(receipt.comment_id),
        "status": receipt.status.value,
        "reason": None if receipt.reason is None else receipt.reason.value,
        "created_at": receipt.created_at.isoformat(),
        "thread_key": receipt.thread.key,
        "count": receipt.thread.count,
        "editable_until": None if receipt.editable_until is None else receipt.editable_until.isoformat(),
    }


def receipt_from_json(kept: dict[str, object], code: str) -> Receipt:
    """Read what was kept: never the code, which whoever reads the table must not learn."""
    reason, count, until = kept["reason"], kept["count"], kept.get("editable_until")
    return Receipt(
        comment_id=UUID(str(kept["comment_id"])),
        status=Status(str(kept["status"])),
        reason=None if reason is None else Reason(str(reason)),
        created_at=datetime.fromisoformat(str(kept["created_at"])),
        thread=ReceiptThread(key=str(kept["thread_key"]), count=int(str(count))),
        code=code,
        editable_until=None if until is None else datetime.fromisoformat(str(until)),
    )

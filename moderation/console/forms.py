"""Forms in: each field decoded to a value of the domain, or refused."""

from enum import StrEnum
from typing import Final, TypeVar
from uuid import UUID

from flask import request

from moderation.domain.errors import Fault, Invalid
from moderation.domain.reasons import Reason
from moderation.domain.review import OPEN_STATES, DecisionKind, ItemState
from moderation.flows.review import Ruling
from moderation.web import context

MOST_KEPT: Final = 50
"""More than a page ever has, unsent decisions included; what is beyond loses its claim, not its decision."""

MOST_ITEMS: Final = 200

E = TypeVar("E", bound=StrEnum)


def ruling(item_id: UUID, *, token: str) -> Ruling:
    """Read a decision. The pressed button says it whole: `approve`, `escalate` or `reject:<reason>`."""
    kind, _, reason = request.form.get("ruling", "").partition(":")
    return Ruling(
        item_id=item_id,
        lease_token=token,
        revision=_number(request.form.get("revision", ""), "revision"),
        kind=_member(DecisionKind, kind, "ruling"),
        reason=_member(Reason, reason, "reason") if reason else None,
        note=request.form.get("note", "").strip() or None,
    )


def queue() -> ItemState:
    """Read which queue a form was on."""
    state = _member(ItemState, request.form.get("queue", ItemState.WAITING), "queue")
    if state not in OPEN_STATES:
        raise Invalid([Fault("/queue", "unknown")])
    return state


def beyond() -> UUID | None:
    """Read which item to move on from."""
    return _id(request.form.get("beyond"), "beyond")


def kept() -> list[UUID]:
    """Read which items a page has and keeps."""
    return [
        one for text in request.form.getlist("keep")[:MOST_KEPT] if (one := _id(text, "keep")) is not None
    ]


def items() -> list[UUID]:
    """Read several items."""
    return [
        one for text in request.form.getlist("items")[:MOST_ITEMS] if (one := _id(text, "items")) is not None
    ]


def most(at_most: int) -> int | None:
    """Read how many more items a page can use; None for one that has no table."""
    text = request.form.get("most")
    return None if text is None else min(_number(text, "most"), at_most)


def is_group() -> bool:
    """Say whether a decision is for all that are like the item on the table."""
    return request.form.get("group") == "1"


def batch_id() -> UUID:
    """Read which batch goes on; a new one has a new id."""
    return _id(request.form.get("batch"), "batch") or context.services().ids.new()


def is_forward() -> bool:
    """Read which way to move."""
    return request.form.get("direction") != "previous"


def _member(kind: type[E], text: str, name: str) -> E:
    try:
        return kind(text)
    except ValueError:
        raise Invalid([Fault(f"/{name}", "unknown")]) from None


def _id(text: str | None, name: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid([Fault(f"/{name}", "malformed")]) from None


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise Invalid([Fault(f"/{name}", "wrong-type")])
    return int(text)

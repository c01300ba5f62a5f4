"""Forms in: each field decoded to a value of the domain, or refused."""

from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar
from uuid import UUID

from flask import request

from moderation.domain.errors import Fault, Invalid
from moderation.domain.reasons import Reason
from moderation.domain.review import OPEN_STATES, DecisionKind, ItemState
from moderation.flows.bulk import Choice
from moderation.flows.desk import QueueFilter
from moderation.flows.review import Ruling
from moderation.web import context

MOST_KEPT: Final = 50
"""More than a page ever has, unsent decisions included; what is beyond loses its claim, not its decision."""

MOST_ITEMS: Final = 200

E = TypeVar("E", bound=StrEnum)


def ruling(item_id: UUID, *, token: str) -> Ruling:
    """Read a decision."""
    kind, reason = verdict()
    return Ruling(
        item_id=item_id,
        lease_token=token,
        revision=_number(request.form.get("revision", ""), "revision"),
        kind=kind,
        reason=reason,
        note=note(),
    )


def verdict() -> tuple[DecisionKind, Reason | None]:
    """Read what shall be done. The pressed button says it whole: `approve`, `escalate` or `reject:<reason>`."""
    kind, _, reason = request.form.get("ruling", "").partition(":")
    return _member(DecisionKind, kind, "ruling"), _member(Reason, reason, "reason") if reason else None


def note() -> str | None:
    """Read what colleagues shall know."""
    return request.form.get("note", "").strip() or None


def choice() -> Choice:
    """Read what shall be decided together."""
    rule_key, read_at = request.form.get("rule"), request.form.get("read_at")
    site_id = _id(request.form.get("site"), "site")
    return Choice(
        items=tuple(items()) or None,
        author_id=_id(request.form.get("author"), "author"),
        rule=(site_id, rule_key) if rule_key and site_id else None,
        thread_id=_id(request.form.get("thread"), "thread"),
        read_at=_moment(read_at, "read_at") if read_at else None,
    )


def queue_filter() -> QueueFilter:
    """Read what a list shall hold."""
    category = request.args.get("category")
    return QueueFilter(
        site_id=_id(request.args.get("site"), "site"),
        category=_member(Reason, category, "category") if category else None,
        rule_key=request.args.get("rule") or None,
        thread_id=_id(request.args.get("thread"), "thread"),
        author_id=_id(request.args.get("author"), "author"),
    )


def whole(wanted: QueueFilter) -> Choice | None:
    """Return what a list can decide whole, beyond what it shows: all of an author, a thread, or a site's rule."""
    if wanted.author_id is not None:
        return Choice(author_id=wanted.author_id)
    if wanted.thread_id is not None:
        return Choice(thread_id=wanted.thread_id)
    if wanted.rule_key is not None and wanted.site_id is not None:
        return Choice(rule=(wanted.site_id, wanted.rule_key))
    return None


def queue() -> ItemState:
    """Read which queue a form was on."""
    state = _member(ItemState, request.values.get("queue", ItemState.WAITING), "queue")
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


def as_of() -> datetime:
    """Read when a page heard from here last."""
    return _moment(request.form.get("at", ""), "at")


def _moment(text: str, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid([Fault(f"/{name}", "malformed")]) from None
    if moment.tzinfo is None:
        raise Invalid([Fault(f"/{name}", "malformed")])
    return moment


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

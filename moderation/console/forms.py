"""Forms in: each field decoded to a value of the domain, or refused."""

from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from flask import request

from moderation.domain.errors import Fault, Invalid
from moderation.domain.events import EventName
from moderation.domain.reasons import Reason
from moderation.domain.review import OPEN_STATES, DecisionKind, ItemState
from moderation.flows.review import Ruling

E = TypeVar("E", bound=StrEnum)


def ruling(item_id: UUID) -> Ruling:
    """Read a decision. The pressed button says it whole: `approve`, `escalate` or `reject:<reason>`."""
    kind, _, reason = request.form.get("ruling", "").partition(":")
    return Ruling(
        item_id=item_id,
        lease_token=request.form.get("lease", ""),
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


def is_forward() -> bool:
    """Read which way to move."""
    return request.form.get("direction") != "previous"


def subject() -> UUID | None:
    """Read whose events the audit shall show."""
    return _id(request.args.get("comment", "").strip(), "comment")


def event_name() -> EventName | None:
    """Read which events the audit shall show."""
    name = request.args.get("event")
    return _member(EventName, name, "event") if name else None


def before() -> int | None:
    """Read where a page of the audit begins."""
    number = request.args.get("before")
    return _number(number, "before") if number else None


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

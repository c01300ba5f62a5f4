"""Search: find comments by what they say, who wrote them, where, when and what became of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar
from uuid import UUID

from flask import Response, request, url_for

from moderation.console import blueprint, pages, times
from moderation.domain.account import Permission
from moderation.domain.comment import MAX_THREAD_KEY_CHARS, Status
from moderation.domain.errors import Fault, Invalid
from moderation.domain.reasons import Reason
from moderation.domain.search import Place, QueryFault
from moderation.flows import searching
from moderation.flows.searching import Wanted
from moderation.web import auth, context
from moderation.web.auth import permission

E = TypeVar("E", bound=StrEnum)
MAX_RULE_CHARS: Final = 64
FIELDS: Final = (
    "q",
    "place",
    "thread",
    "author",
    "rule",
    "category",
    "status",
    "reason",
    "since",
    "until",
    "site",
)
_SHOWN_CHARS: Final = 240
"""Of a text in a row; a longer one is cut around the first place that was found."""
_BEFORE_CHARS: Final = 60


@blueprint.get("/search")
@permission(Permission.REVIEW)
def search() -> Response:
    """Show a page of what was found, or the empty form."""
    found = searching.search(
        _wanted(), site_ids=auth.reviewer().site_ids, before=_before(), session=context.session()
    )
    status = 200 if found.query.fault in {None, QueryFault.NOTHING} else 422
    asked = {name: value for name in FIELDS if (value := request.args.get(name, "").strip())}
    return pages.page("search.html", status=status, found=found, asked=asked, is_asked=bool(asked), cut=cut)


@dataclass(frozen=True, slots=True)
class Bit:
    """A run of text, looked for or not."""

    text: str
    is_hit: bool = False


@blueprint.app_template_global("hit_bits")
def bits(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[Bit]:
    """Cut a text at the places that were found."""
    end = 0
    for start, stop in spans:
        if start > end:
            yield Bit(text[end:start])
        yield Bit(text[start:stop], is_hit=True)
        end = stop
    if end < len(text):
        yield Bit(text[end:])


def cut(text: str, spans: Sequence[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    """Return the part of a text that a row shows, with the places in it: from a little before the first one."""
    if len(text) <= _SHOWN_CHARS:
        return text, list(spans)
    first = spans[0][0] if spans else 0
    start = first - _BEFORE_CHARS if first > _SHOWN_CHARS - _BEFORE_CHARS else 0
    shown = text[start : start + _SHOWN_CHARS]
    lead = "…" if start else ""
    tail = "…" if start + _SHOWN_CHARS < len(text) else ""
    moved = len(lead) - start
    inside = [(a + moved, min(b + moved, len(lead) + len(shown))) for a, b in spans if a < start + len(shown)]
    return f"{lead}{shown}{tail}", inside


@blueprint.app_template_global("search_address")
def address(**wanted: object) -> str:
    """Return the address of a search; `none` leaves a field out."""
    return url_for("console.search", **wanted)  # type: ignore[arg-type]  # whatever can stand in an address


# The form in ---------------------------------------------------------------------------------------------------


def _wanted() -> Wanted:
    until = _day("until")
    return Wanted(
        words=request.args.get("q", ""),
        place=_member(Place, "place"),
        thread=_line("thread", MAX_THREAD_KEY_CHARS),
        author_id=_id("author"),
        rule=_line("rule", MAX_RULE_CHARS),
        category=_member(Reason, "category"),
        status=_member(Status, "status"),
        reason=_member(Reason, "reason"),
        since=None if (since := _day("since")) is None else _begins(since, "since"),
        until=None if until is None else _begins(until, "until", further=1),
        site=request.args.get("site", "").strip(),
    )


def _before() -> int | None:
    number = request.args.get("before", "")
    if not number:
        return None
    digits = number.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 18):
        raise Invalid([Fault("/before", "wrong-type")])
    return int(number)


def _line(name: str, most: int) -> str:
    text = request.args.get(name, "").strip()
    if len(text) > most:
        raise Invalid([Fault(f"/{name}", "too-long", most)])
    return text


def _member(kind: type[E], name: str) -> E | None:
    text = request.args.get(name, "").strip()
    try:
        return kind(text) if text else None
    except ValueError:
        raise Invalid([Fault(f"/{name}", "unknown")]) from None


def _id(name: str) -> UUID | None:
    text = request.args.get(name, "").strip()
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid([Fault(f"/{name}", "malformed")]) from None


def _day(name: str) -> date | None:
    text = request.args.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid([Fault(f"/{name}", "malformed")]) from None


def _begins(day: date, name: str, *, further: int = 0) -> datetime:
    try:
        return times.midnight_of(day + timedelta(days=further))
    except OverflowError:
        raise Invalid([Fault(f"/{name}", "malformed")]) from None

"""The audit: who did what to what, when and why; by filter, and as a file."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from flask import Response, request, stream_with_context
from werkzeug.datastructures import MultiDict

from moderation.console import blueprint, pages, site_wording, times, wording
from moderation.domain.account import Permission
from moderation.domain.audit import AuditRow, Filter
from moderation.domain.errors import Fault, Invalid, SiteUnknown
from moderation.domain.events import ActorKind, EventName
from moderation.domain.policy import Mode
from moderation.flows import auditing
from moderation.flows.auditing import Place
from moderation.web import auth, context
from moderation.web.auth import permission

NOUNS: Final = tuple(dict.fromkeys(name.value.partition(".")[0] for name in EventName))
FIELDS: Final = ("site", "event", "who", "subject", "reason", "since", "until")
FORMATS: Final = {"csv": "text/csv", "jsonl": "application/jsonl"}
COLUMNS: Final = (
    "number",
    "position",
    "at",
    "site",
    "event",
    "actor_kind",
    "actor_id",
    "actor",
    "subject_kind",
    "subject_id",
    "reason",
    "old",
    "new",
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
MOST_REASON_CHARS: Final = 64

Asked = MultiDict[str, str]


@blueprint.get("/audit")
@permission(Permission.AUDIT)
def audit() -> Response:
    """Show a page of events, the latest first."""
    asked = request.args
    found = auditing.page(_sites(asked), _filter(asked), before=_before(asked), session=context.session())
    kept = {field: asked[field] for field in FIELDS if asked.get(field)}
    following = None if found.next_before is None else {**kept, "before": _cursor(found.next_before)}
    return pages.page(
        "audit.html",
        found=found,
        asked=asked,
        kept=kept,
        following=following,
        site_keys=_site_keys(),
        most=auditing.MOST_EXPORTED,
        nouns=NOUNS,
    )


@blueprint.post("/audit/export")
@permission(Permission.AUDIT)
def audit_export() -> Response:
    """Send all that a filter finds as a file, written while it is read."""
    asked = request.form
    kind = asked.get("format", "")
    if kind not in FORMATS:
        raise Invalid([Fault("/format", "unknown")])
    rows = auditing.export(
        _sites(asked),
        _filter(asked),
        kind=kind,
        account_id=auth.visitor().account_id,
        session=context.session(),
        services=context.services(),
    )
    written = _csv(rows) if kind == "csv" else _json_lines(rows)
    name = f"audit-{times.now():%Y%m%d-%H%M%S}.{kind}"
    return Response(
        stream_with_context(written),
        mimetype=FORMATS[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


# Asked for ----------------------------------------------------------------------------------------------------


def _site_keys() -> dict[str, UUID]:
    roles = auth.visitor().roles
    return {roles[site_id][0]: site_id for site_id in auth.visitor().sites_with(Permission.AUDIT)}


def _sites(asked: Asked) -> tuple[UUID, ...]:
    """Return the sites asked for: one by its key, or all that this account may see."""
    keys = _site_keys()
    key = asked.get("site", "")
    if not key:
        return tuple(keys.values())
    if key not in keys:
        raise SiteUnknown
    return (keys[key],)


def _filter(asked: Asked) -> Filter:
    kind, actor_id = _who(asked.get("who", ""))
    reason = asked.get("reason", "").strip()
    if len(reason) > MOST_REASON_CHARS or not reason.isprintable():
        raise Invalid([Fault("/reason", "unknown")])
    until = _day(asked, "until")
    return Filter(
        names=_names(asked.get("event", "")),
        actor_kind=kind,
        actor_id=actor_id,
        subject_id=_id(asked.get("subject", "").strip(), "subject"),
        reason=reason or None,
        since=times.midnight_of(day) if (day := _day(asked, "since")) else None,
        until=times.midnight_of(until + timedelta(days=1)) if until else None,
    )


def _names(asked: str) -> tuple[EventName, ...]:
    """Read one event by its name, or all events of a noun."""
    if not asked:
        return ()
    names = tuple(name for name in EventName if name == asked or name.startswith(f"{asked}."))
    if not names:
        raise Invalid([Fault("/event", "unknown")])
    return names


def _who(asked: str) -> tuple[ActorKind | None, UUID | None]:
    """Read an account by its number, or a kind of actor by its name."""
    if asked in set(ActorKind):
        return ActorKind(asked), None
    return None, _id(asked, "who")


def _id(text: str, name: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid([Fault(f"/{name}", "malformed")]) from None


def _day(asked: Asked, name: str) -> date | None:
    text = asked.get(name, "")
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid([Fault(f"/{name}", "malformed")]) from None
    if day is not None and not date(1970, 1, 2) < day < date(9990, 1, 1):
        raise Invalid([Fault(f"/{name}", "malformed")])
    return day


def _before(asked: Asked) -> Place | None:
    text = asked.get("before", "")
    if not text:
        return None
    at, _, number = text.partition("-")
    if not all(part.isascii() and part.isdecimal() and len(part) <= 18 for part in (at, number)):
        raise Invalid([Fault("/before", "malformed")])
    try:
        return _EPOCH + int(at) * _MICROSECOND, int(number)
    except OverflowError:
        raise Invalid([Fault("/before", "malformed")]) from None


def _cursor(place: Place) -> str:
    at, number = place
    return f"{(at - _EPOCH) // _MICROSECOND}-{number}"


@blueprint.app_template_global("audit_fields")
def fields_of(old: dict[str, object], new: dict[str, object]) -> list[tuple[str, str | None, str | None]]:
    """Return what an event says of each field, in words: before and after; None where it says nothing."""
    return [
        (
            wording.FIELDS.get(name, name),
            _value(old[name], name) if name in old else None,
            _value(new[name], name) if name in new else None,
        )
        for name in dict.fromkeys([*old, *new])
        if old.get(name) is not None or new.get(name) is not None
    ]


def _value(value: object, of: str = "") -> str:
    """Write a value in words, and what holds others as its parts."""
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_value(inner)}" for name, inner in value.items()) or "–"
    if isinstance(value, list):
        return ", ".join(map(_value, value)) or "–"
    if of == "mode" and value in set(Mode):
        return str(site_wording.MODES[Mode(str(value))][0])
    return wording.code(value)


# Files --------------------------------------------------------------------------------------------------------


def _cells(row: AuditRow) -> tuple[object, ...]:
    return (
        row.id,
        row.position,
        row.created_at,
        row.site_key,
        row.name,
        row.actor_kind,
        row.actor_id,
        row.actor,
        row.subject_kind,
        row.subject_id,
        row.reason,
        row.old,
        row.new,
    )


def _json_lines(rows: Iterator[AuditRow]) -> Iterator[bytes]:
    for row in rows:
        yield msgspec.json.encode(dict(zip(COLUMNS, _cells(row), strict=True))) + b"\n"


def _csv(rows: Iterator[AuditRow]) -> Iterator[str]:
    """Write lines a spreadsheet reads as text: UTF-8 said by its mark, and nothing that it would calculate."""
    line = io.StringIO()
    writer = csv.writer(line)
    writer.writerow(COLUMNS)
    yield "\ufeff" + line.getvalue()
    for row in rows:
        line.seek(0)
        line.truncate()
        writer.writerow([_cell(value) for value in _cells(row)])
        yield line.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    text = msgspec.json.encode(value).decode() if isinstance(value, dict) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text

"""Forms of the rooms of authors, threads and settings: each field decoded to a value of the domain, or refused."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar
from uuid import UUID

from flask import request

from moderation.domain.comment import Status
from moderation.domain.errors import Fault, Invalid
from moderation.domain.policy import ChallengeMode, Mode, PostingLimits, SignIn
from moderation.domain.reasons import Reason
from moderation.domain.review import DecisionKind
from moderation.domain.texts import BY_KEY
from moderation.flows.authors import Blocking
from moderation.flows.sites import ListedSite, SiteSettings
from moderation.flows.threads import Asked

E = TypeVar("E", bound=StrEnum)
NUMBERS: Final = (
    "max_text_chars",
    "second_look_percent",
    "patrol_percent",
    "retain_rejected_days",
    "retain_client_days",
    "retain_audit_days",
    "edit_minutes",
    "appeal_days",
    "report_review_weight",
    "report_hide_weight",
)
CHOICES: Final = ("is_honest", "trusted_pass", "links_wait")
_MOST_DIGITS: Final = 9


def status() -> Status | None:
    """Read which comments are wanted."""
    wanted = request.args.get("status", "")
    return _member(Status, wanted, "status") if wanted else None


def cursor() -> str | None:
    """Read where a page begins."""
    return request.args.get("cursor") or None


def asked() -> Asked:
    """Read which comments of a thread are wanted."""
    below = request.args.get("below")
    return Asked(
        status=status(),
        is_tree=request.args.get("order") == "tree",
        below=_id(below, "below") if below else None,
        cursor=cursor(),
    )


def blocking() -> Blocking:
    """Read a block: its reason, its days (none: for good), a note."""
    days = request.form.get("days", "").strip()
    return Blocking(
        reason=_member(Reason, request.form.get("reason", ""), "reason"),
        days=_number(days, "days") if days else None,
        note=_lines("note") or None,
    )


def stroke() -> tuple[DecisionKind, Reason | None]:
    """Read what shall be done with all of them: `approve` or `reject:<reason>`, as on a card."""
    kind, _, reason = request.form.get("ruling", "").partition(":")
    return _member(DecisionKind, kind, "ruling"), _member(Reason, reason, "reason") if reason else None


def batch() -> UUID:
    """Read the number of a stroke: the same one sent again decides nothing twice."""
    return _id(request.form.get("batch", ""), "batch")


@dataclass(frozen=True, slots=True)
class Stroke:
    """What the page is told of the stroke just done."""

    batch_id: UUID
    decided: int
    skipped: int
    left: int


def last_stroke() -> Stroke | None:
    """Read what the redirect after a stroke tells."""
    if "batch" not in request.args:
        return None
    numbers = (_number(request.args.get(name, "0"), name) for name in ("decided", "skipped", "left"))
    return Stroke(_id(request.args["batch"], "batch"), *numbers)


def note() -> str:
    """Read a note, with the line ends that browsers send made one."""
    return _lines("note")


def mode() -> Mode | None:
    """Read a thread's mode; empty follows the site."""
    wanted = request.form.get("mode", "")
    return _member(Mode, wanted, "mode") if wanted else None


def _lines(name: str) -> str:
    return request.form.get(name, "").replace("\r\n", "\n").strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Settings as they were sent: the values as typed, what they say, and what is wrong with their form."""

    values: dict[str, str]
    settings: SiteSettings
    version: int
    faults: tuple[Fault, ...]


def typed(site: ListedSite) -> dict[str, str]:
    """Write a site's settings as its form has them."""
    limits = {f"limits.{name}": str(limit) for name, limit in site.limits.items()}
    return {
        "name": site.name,
        "language": site.language,
        "origins": "\n".join(site.origins),
        "mode": site.mode.value,
        "challenge": site.challenge.value,
        "sign_in": site.sign_in.value,
        **{name: "yes" if getattr(site, name) else "" for name in CHOICES},
        **{f"limits.{name}": "" for name in PostingLimits.__dataclass_fields__},
        **limits,
        **{name: str(getattr(site, name)) for name in NUMBERS},
    }


def settings(site: ListedSite) -> Sent:
    """Read the form of a site's settings."""
    values = {name: _lines(name) for name in typed(site)}
    numbers = {name: _whole(values[name]) for name in NUMBERS}
    faults = [Fault(f"/{name}", "wrong-type") for name, number in numbers.items() if number is None]
    limits = {
        name.removeprefix("limits."): value
        for name, value in values.items()
        if name.startswith("limits.") and value
    }
    return Sent(
        values=values,
        version=_number(request.form.get("version", ""), "version"),
        faults=tuple(faults),
        settings=SiteSettings(
            name=values["name"],
            language=values["language"],
            origins=tuple(values["origins"].split()),
            mode=_member(Mode, values["mode"], "mode"),
            challenge=_member(ChallengeMode, values["challenge"], "challenge"),
            sign_in=_member(SignIn, values["sign_in"], "sign_in"),
            limits=limits,
            **{name: bool(values[name]) for name in CHOICES},  # type: ignore[arg-type]  # named as the fields are
            **numbers,  # type: ignore[arg-type]
        ),
    )


def texts(language: str) -> dict[str, str]:
    """Read the texts of one language; only those that the form knows."""
    return {
        key: request.form[f"text.{language}.{key}"].strip()
        for key in BY_KEY
        if f"text.{language}.{key}" in request.form
    }


def version() -> int:
    """Read which version of the site the form was made from."""
    return _number(request.form.get("version", ""), "version")


def _whole(text: str) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return int(text) if is_number else None


def _member(kind: type[E], text: str, name: str) -> E:
    try:
        return kind(text)
    except ValueError:
        raise Invalid([Fault(f"/{name}", "unknown")]) from None


def _id(text: str, name: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid([Fault(f"/{name}", "malformed")]) from None


def _number(text: str, name: str) -> int:
    number = _whole(text)
    if number is None:
        raise Invalid([Fault(f"/{name}", "wrong-type")])
    return number

"""Forms of people in: accounts, invitations, roles, keys; each field decoded to a value of the domain, or refused."""

from functools import cache
from typing import Final
from uuid import UUID
from zoneinfo import available_timezones

from flask import request

from moderation.domain.account import Details, Role
from moderation.domain.errors import Fault, Invalid
from moderation.domain.keys import KeyAction
from moderation.flows.invitations import Joining, NewInvitation

EVERYWHERE: Final = "everywhere"
NO_ROLE: Final = "none"
_LETTERS: Final = tuple(f"Key{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DIGITS: Final = tuple(f"Digit{digit}" for digit in range(10))
_MARKS: Final = (
    "Slash", "Period", "Comma", "Semicolon", "Quote", "Minus", "Equal", "BracketLeft", "BracketRight",
    "Backslash", "Backquote", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Backspace", "Delete",
)  # fmt: skip
_PLAIN: Final = (*_LETTERS, *_DIGITS, *_MARKS)
KEY_CODES: Final = (*_PLAIN, *(f"Shift+{code}" for code in _PLAIN))
"""What can be chosen without script; enter and space stay with whatever has the focus."""


def login() -> str:
    """Read a login to be."""
    return request.form.get("login", "").strip()


def details() -> Details:
    """Read what a person says of himself."""
    return Details(
        name=request.form.get("name", "").strip(),
        language=request.form.get("language", ""),
        time_zone=request.form.get("time_zone", ""),
    )


def joining() -> Joining:
    """Read what an invited person enters."""
    return Joining(login=login(), password=request.form.get("password", ""), details=details())


def invitation() -> NewInvitation:
    """Read whom to invite."""
    site = request.form.get("site", "")
    wanted = role()
    if not site or wanted is None:
        raise Invalid([Fault("/site" if not site else "/role", "unknown")])
    return NewInvitation(
        name=request.form.get("name", "").strip(),
        role=wanted,
        site_key=None if site == EVERYWHERE else site,
    )


def role() -> Role | None:
    """Read a role; `none` takes it."""
    text = request.form.get("role", "")
    if text == NO_ROLE:
        return None
    try:
        return Role(text)
    except ValueError:
        raise Invalid([Fault("/role", "unknown")]) from None


def site_id() -> UUID | None:
    """Read where a role holds; `everywhere` is None."""
    text = request.form.get("site", "")
    return None if text == EVERYWHERE else _id(text, "site")


def session_id() -> UUID | None:
    """Read which session to end; none named: all."""
    text = request.form.get("session", "")
    return _id(text, "session") if text else None


def keys() -> dict[str, str]:
    """Read the keys of a form, by action; a field that the form does not hold stays as it is."""
    given = {str(action): request.form.get(f"key-{action}", "").strip() for action in KeyAction}
    return {action: key for action, key in given.items() if key}


def typed(*names: str) -> dict[str, str]:
    """Return what was typed into a form, to show it again; never a password."""
    return {name: request.form.get(name, "") for name in names}


@cache
def zones() -> tuple[str, ...]:
    """Return the time zones that can be chosen: the named places, and UTC."""
    places = (name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    return ("UTC", *sorted(places))


def _id(text: str, name: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid([Fault(f"/{name}", "malformed")]) from None

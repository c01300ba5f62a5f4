"""Accounts: roles and what each may do, what a sign-in is, and which names and passwords are taken. No storage."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from moderation.domain.errors import Fault


class Role(StrEnum):
    """Each role may do all that the ones before it may."""

    MODERATOR = "moderator"
    SENIOR = "senior"
    OWNER = "owner"


class Permission(StrEnum):
    """What a route may ask of whoever calls it. A test holds that every route declares one."""

    PUBLIC = "public"
    """Anybody: readers, portals, load balancers."""
    SIGNED_IN = "signed-in"
    REVIEW = "review"
    SENIOR_REVIEW = "senior-review"
    AUDIT = "audit"
    FREEZE = "freeze"
    """Freeze a thread or a site, switch to pre-moderation, and undo both."""
    NARROW = "narrow"
    """Add an exception to a draft of the rules, from a card that a rule hit wrongly."""
    CONFIGURE = "configure"
    """Policy, texts and rules of a site."""
    PEOPLE = "people"
    """Roles, invitations, other people's sessions."""


_MODERATOR = frozenset({Permission.PUBLIC, Permission.SIGNED_IN, Permission.REVIEW, Permission.AUDIT})
_SENIOR = _MODERATOR | {Permission.SENIOR_REVIEW, Permission.FREEZE, Permission.NARROW}

GRANTED = MappingProxyType(
    {
        Role.MODERATOR: _MODERATOR,
        Role.SENIOR: _SENIOR,
        Role.OWNER: _SENIOR | {Permission.CONFIGURE, Permission.PEOPLE},
    },
)
MIN_PASSWORD_CHARS = 12
MAX_PASSWORD_CHARS = 200
MAX_LOGIN_CHARS = 64
MAX_NAME_CHARS = 64
INVITATION_DAYS = 7
RECOVERY_CODES = 10
STEP_MINUTES = 5
"""How long a right password waits for its code."""
STEP_ATTEMPTS = 5
LANGUAGES = ("zh-CN", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLife:
    """How long a sign-in lasts: at most, and without use."""

    absolute: timedelta
    idle: timedelta


@dataclass(frozen=True, slots=True)
class Opened:
    """Somebody is in: the token of the session, a secret for the cookie."""

    token: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The password was right and a code is still asked for: the token of the step, a secret for the cookie."""

    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What a person says of himself."""

    name: str
    language: str
    time_zone: str


def is_login(text: str) -> bool:
    """Say whether this can be a login: letters, digits, dots and dashes."""
    return (
        text.isascii() and text.replace("-", "").replace(".", "").isalnum() and len(text) <= MAX_LOGIN_CHARS
    )


def faults_of_details(details: Details) -> list[Fault]:
    """Say what is wrong with a name, a language, a time zone."""
    faults = []
    is_line = details.name.isprintable() and bool(details.name.strip())
    if not is_line or len(details.name) > MAX_NAME_CHARS:
        faults.append(Fault("/name", "malformed", MAX_NAME_CHARS))
    if details.language not in LANGUAGES:
        faults.append(Fault("/language", "unknown"))
    if not _is_time_zone(details.time_zone):
        faults.append(Fault("/time_zone", "unknown"))
    return faults


def faults_of_login(login: str) -> list[Fault]:
    """Say what is wrong with a login to be."""
    return [] if is_login(login) else [Fault("/login", "malformed", MAX_LOGIN_CHARS)]


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # unknown, or no name of a zone at all
        return False
    return True


def faults_of_password(password: str, *, field: str = "password") -> list[Fault]:
    """Say what is wrong with a password to be."""
    if len(password) < MIN_PASSWORD_CHARS:
        return [Fault(f"/{field}", "too-short", MIN_PASSWORD_CHARS)]
    if len(password) > MAX_PASSWORD_CHARS:
        return [Fault(f"/{field}", "too-long", MAX_PASSWORD_CHARS)]
    return []

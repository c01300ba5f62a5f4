"""Roles of an account on a site and what each may do. Not how it signs in."""

from enum import StrEnum
from types import MappingProxyType


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

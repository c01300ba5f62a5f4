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
    CONFIGURE = "configure"


_MODERATOR = frozenset({Permission.PUBLIC, Permission.SIGNED_IN, Permission.REVIEW, Permission.AUDIT})
_SENIOR = _MODERATOR | {Permission.SENIOR_REVIEW}

GRANTED = MappingProxyType(
    {
        Role.MODERATOR: _MODERATOR,
        Role.SENIOR: _SENIOR,
        Role.OWNER: _SENIOR | {Permission.CONFIGURE},
    },
)
MIN_PASSWORD_CHARS = 12
MAX_PASSWORD_CHARS = 200

"""A comment's status and what it may become. Not the policy that chooses one (that is `policy`)."""

import re
import unicodedata
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

MAX_THREAD_KEY_CHARS = 512
MAX_TITLE_CHARS = 300
MAX_URL_CHARS = 2_000
MAX_LINK_CHARS = 500
MAX_NICKNAME_CHARS = 24
MAX_TEXT_CHARS = 5_000
"""The highest limit a site may set; a site's own default is 1,000."""


_SITE_KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


def is_site_key(key: str) -> bool:
    """Say whether a string may name a site: 1–64 of a–z, 0–9 and inner hyphens, fit for an address."""
    return _SITE_KEY.fullmatch(key) is not None


class Status(StrEnum):
    """Where a comment stands. Only `PUBLISHED` is ever shown to the public."""

    PENDING = "pending"
    PUBLISHED = "published"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"


TRANSITIONS = MappingProxyType(
    {
        Status.PENDING: frozenset(
            {Status.PUBLISHED, Status.REJECTED, Status.WITHDRAWN, Status.ERASED},
        ),
        Status.PUBLISHED: frozenset(
            {Status.PENDING, Status.REJECTED, Status.WITHDRAWN, Status.ERASED},
        ),
        Status.REJECTED: frozenset(
            {Status.PENDING, Status.PUBLISHED, Status.WITHDRAWN, Status.ERASED},
        ),
        Status.WITHDRAWN: frozenset({Status.ERASED}),
        Status.ERASED: frozenset(),
    },
)
"""An undone decision leads back to `PENDING`; what the author withdrew or the law erased never returns."""


def may_become(status: Status, new: Status) -> bool:
    """Say whether a comment in `status` may be given the status `new`."""
    return new in TRANSITIONS[status]


OPEN_TO_AUTHOR = frozenset({Status.PENDING, Status.PUBLISHED})
"""What an author may still edit, in its time, and withdraw, at any time: by the status that he is told."""


def edit_end(created_at: datetime, edit_minutes: int) -> datetime | None:
    """Say until when a comment may be edited; None on a site that lets nobody edit."""
    return created_at + timedelta(minutes=edit_minutes) if edit_minutes else None


def is_blank(text: str) -> bool:
    """Say whether a text shows nothing: only spaces, controls, invisible formatting, marks without a letter."""
    return not any(
        unicodedata.category(character) not in _UNSEEN and not _IGNORABLE.match(character)
        for character in text
    )


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"})
"""Categories that draw nothing of their own. Not `str.isprintable`: it would call every emoji that is younger than
this Python's Unicode tables blank."""
_IGNORABLE = re.compile("[\u115f\u1160\u2800\u3164\uffa0\U0001d159\u2065\ufff0-\ufff8\U000e0000-\U000e0fff]")
"""Drawn as nothing whatever their category: fillers, the blank Braille cell, the null notehead, and code points set
aside for invisible ones (Unicode's Default_Ignorable_Code_Point)."""

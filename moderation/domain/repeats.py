"""Repeats: which text of a site a new one copies. A group is a first text and its copies, known by one keyed hash."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from moderation.rules.fingerprint import ALIKE, Essence, essence, likeness

GROUP = "repeat-group"
FINGERPRINT = "fingerprint"
"""Name what is hashed under the service's key, apart from all other hashes under it."""

FINGERPRINT_LIFE = timedelta(days=3)
"""How long a text is remembered for near copies of it: a long weekend, and more than the limit's day."""


@dataclass(frozen=True, slots=True)
class KnownText:
    """A text that stands at the head of a group."""

    group: bytes
    text: str


def group_of(new: Essence, known: Iterable[KnownText]) -> bytes | None:
    """Return the group whose first text is most like the new one; None when none is like enough.

    Compared with the first text only, never with copies of it: so a group cannot drift, copy by copy, to a text that
    has nothing in common with its beginning.
    """
    found = [(likeness(new, essence(one.text)), one.group) for one in known]
    best = max(found, default=(0.0, b""))
    return best[1] if best[0] >= ALIKE else None

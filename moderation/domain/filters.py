"""Saved filters: which pages have them, and what of an address is kept. No storage."""

from enum import StrEnum
from typing import Final
from urllib.parse import parse_qsl, urlencode

from moderation.domain.errors import Fault

MAX_NAME_CHARS: Final = 40
MAX_QUERY_CHARS: Final = 2_000
MOST_FILTERS: Final = 30
"""Of one account on one page: more are no help to anybody."""
_NOT_KEPT: Final = frozenset({"before"})
"""Where a page begins is no filter."""


class SavedPlace(StrEnum):
    """The page that a filter belongs to."""

    SEARCH = "search"
    LIST = "list"


def kept_query(query: str) -> str:
    """Return the parameters of an address as they are kept: written one way, without what is empty or a place."""
    pairs = parse_qsl(query[: MAX_QUERY_CHARS + 1].removeprefix("?"), max_num_fields=None)
    return urlencode([(name, value) for name, value in pairs if value and name not in _NOT_KEPT])


def faults_of_filter(name: str, query: str) -> list[Fault]:
    """Say what is wrong with a filter that shall be kept."""
    faults = []
    if not name or not name.isprintable():
        faults.append(Fault("/name", "blank"))
    if len(name) > MAX_NAME_CHARS:
        faults.append(Fault("/name", "too-long", MAX_NAME_CHARS))
    if not query:
        faults.append(Fault("/query", "blank"))
    if len(query) > MAX_QUERY_CHARS:
        faults.append(Fault("/query", "too-long", MAX_QUERY_CHARS))
    return faults

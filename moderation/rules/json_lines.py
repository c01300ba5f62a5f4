"""Where in a JSON text a value stands. `json` tells values without their places, and people repair lines.

Only asked once something is wrong: the walk reads the text again, member by member, by the decoder of the library.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

Path = tuple[str | int, ...]
"""How to get to a value from the top: names of members and places in lists."""

_DECODER: Final = json.JSONDecoder()
_SPACE: Final = re.compile(r"[ \t\n\r]*")


def lines_of(source: str, *, depth: int) -> Mapping[Path, int]:
    """Map each value of a sound JSON text, so many levels deep, to the line (from 1) on which it begins.

    Of several members of one name the last one counts, as it does for `json`.
    """
    lines: dict[Path, int] = {}
    line, before = 1, 0
    for path, place in _walk(source, _skip(source, 0), (), depth):
        line, before = line + source.count("\n", before, place), place
        lines[path] = line
    return lines


def _walk(source: str, place: int, path: Path, depth: int) -> Iterator[tuple[Path, int]]:
    """Yield the path and the place of a value and of what is in it, in the order of the text."""
    yield path, place
    if depth == 0 or source[place] not in "[{":
        return
    is_object, number = source[place] == "{", 0
    place = _skip(source, place + 1)
    while source[place] not in "]}":
        name: str | int = number
        if is_object:
            name, place = _DECODER.raw_decode(source, place)
            place = _skip(source, _skip(source, place) + 1)  # past the colon
        yield from _walk(source, place, (*path, name), depth - 1)
        place = _end(source, place)
        if source[place] == ",":
            place = _skip(source, place + 1)
        number += 1


def _end(source: str, place: int) -> int:
    """Return the place of what follows a value and the white space behind it."""
    _, end = _DECODER.raw_decode(source, place)
    return _skip(source, end)


def _skip(source: str, place: int) -> int:
    space = _SPACE.match(source, place)
    return place if space is None else space.end()

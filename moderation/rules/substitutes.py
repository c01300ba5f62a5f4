"""Characters that stand for others: leet (sh1t, $cam) and pictures by their names."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Final

from moderation.rules.model import Channel
from moderation.rules.streams import MOST_REPLACED, Replacement, Stream, rewritten
from moderation.rules.tables import passing

# What a digit or symbol stands for beside letters; those with a second meaning have it in the second reading.
_LEET: Final[tuple[Mapping[str, str], ...]] = tuple(
    dict(zip("0134578@$!|+", letters, strict=True)) for letters in ("oieastbasilt", "oleastbasllt")
)
_SIGNS: Final = frozenset(_LEET[0])
_HAS_LEET: Final = re.compile(r"[a-z][0134578@$!|+]|[0134578@$!|+][a-z]")
_TOKEN: Final = re.compile(r"[a-z0-9@$!|+]*[0134578@$!|+][a-z0-9@$!|+]*")
_LETTER: Final = re.compile("[a-z]")

# Marks at the end of a token are marks: "sale!!!" is no "salei".
_TAIL_MARKS: Final = "!|+"

# "c-4-s-1": spelled out, one by one.
_SPELLED: Final = re.compile(r"(?<![a-z0-9@$])[a-z0-9@$](?:[^a-z0-9@$\n]{1,3}[a-z0-9@$](?![a-z0-9@$])){2,}")


def rewrite(folded: str) -> list[tuple[Stream, str]]:
    """Join the text with pictures read by their names and leet by its letters, in every way.

    Each reading comes with the text whose edges count: the folded one with leet read as letters. None when there is
    nothing to read otherwise.
    """
    leet = (
        [*islice(_leet(folded), MOST_REPLACED + 1)]
        if not _SIGNS.isdisjoint(folded) and (_HAS_LEET.search(folded) or _SPELLED.search(folded))
        else []
    )
    tables = _pictures()
    # Not by a regular expression: a class of six hundred characters is slow to search with.
    pictures = (
        []
        if tables[0].keys().isdisjoint(folded)
        else [*islice((place for place, each in enumerate(folded) if each in tables[0]), MOST_REPLACED + 1)]
    )
    if not leet and not pictures:
        return []
    places = range(len(folded))
    source = Stream(folded, places, places)
    readings: dict[str, tuple[Stream, str]] = {}
    for letters in _LEET if leet else _LEET[:1]:
        read = {place: letters[folded[place]] for place in leet}
        written = _with(folded, read)
        for names in tables if pictures else tables[:1]:
            replacements = [
                *(Replacement(place, place + 1, letter, Channel.LEET) for place, letter in read.items()),
                *(Replacement(place, place + 1, names[folded[place]], Channel.EMOJI) for place in pictures),
            ]
            stream = rewritten(source, sorted(replacements))
            readings.setdefault(stream.text, (stream, written))
    return list(readings.values())


def _with(folded: str, read: Mapping[int, str]) -> str:
    characters = list(folded)
    for place, letter in read.items():
        characters[place] = letter
    return "".join(characters)


def _leet(folded: str) -> Iterator[int]:
    """Yield the places of digits and symbols that stand for letters: those in tokens that have a letter."""
    done = -1
    for match in _TOKEN.finditer(folded):
        kept = match.group().rstrip(_TAIL_MARKS)
        if _LETTER.search(kept):
            for place in range(match.start(), match.start() + len(kept)):
                if folded[place] in _LEET[0]:
                    yield place
            done = match.end()
    for match in _SPELLED.finditer(folded):
        if match.start() > done and _LETTER.search(match.group()):
            yield from (p for p in range(*match.span()) if folded[p] in "0134578@$")


@cache
def _pictures() -> Sequence[Mapping[str, str]]:
    names: dict[str, list[str]] = {}
    for picture, name in passing("emoji_table").NAMES:
        names.setdefault(picture, []).append(name)
    most = max(map(len, names.values()))
    return [
        {picture: each[min(way, len(each) - 1)] for picture, each in names.items()} for way in range(most)
    ]

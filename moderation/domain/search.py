"""The language of search: how a text becomes tokens, what a query asks for, and whether a text holds it. No storage.

Text and query are folded alike (`rules.normalise`: width, case, accents, traditional forms) and brought to a
*canonical* form: letters stay, all between them is one space. Scripts that are written without spaces are *solid*:
they are looked for anywhere, by pairs of characters. Words of other scripts are looked for from their beginning.

The tokens only say where to look. What is found is compared with the canonical text (`holds`), so that there are
no false hits, and both databases answer the same.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from itertools import pairwise
from typing import Final
from uuid import UUID

from moderation import rules

MAX_QUERY_CHARS: Final = 200
MAX_TERMS: Final = 10
MAX_TOKENS: Final = 24
"""Of one term, asked of the index; a longer term is told apart by comparing."""
MAX_TOKEN_CHARS: Final = 64
STEMS: Final = (3, 5, 8, 12)
"""Lengths of the beginnings of words that are tokens of their own: finding by a beginning costs no more than by a
word. A word of one or two letters is looked for as a whole."""

_SOLID: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035"
    "\u3038-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, Han, kana, bopomofo, Hangul. Of these a reader does not know where a word begins."""
_GAP: Final = " "
_RUN: Final = re.compile("[^ ]+")
_ASKED: Final = re.compile('(?P<minus>[-－]?)(?:["“”＂](?P<exact>[^"“”＂]*)["“”＂]?|(?P<word>[^\\s"“”＂]+))')


class Place(StrEnum):
    """Where in a comment a query looks."""

    TEXT = "text"
    NICKNAME = "nickname"


class _Kinds(dict[int, str]):
    """Of each character what it is in the canonical form, found when first asked for."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        is_kept = category[0] in "LNM" or category == "So"
        self[code] = kept = character if is_kept else _GAP
        return kept


_KINDS: Final = _Kinds()


def canonical(text: str) -> str:
    """Return the form in which texts and queries are compared: folded, one space for all that is no letter."""
    return " ".join(rules.normalise(text).folded.translate(_KINDS).split())


def _is_solid(character: str) -> bool:
    return _SOLID.match(character) is not None or unicodedata.category(character) == "So"


def _is_word(character: str) -> bool:
    return character != _GAP and not _is_solid(character)


def _parts(run: str) -> Iterator[tuple[bool, str]]:
    """Cut a run of letters into its solid parts and its words."""
    start = 0
    is_solid = _is_solid(run[0])
    for place in range(1, len(run)):
        if _is_solid(run[place]) != is_solid:
            yield is_solid, run[start:place]
            start, is_solid = place, not is_solid
    yield is_solid, run[start:]


def tokens(text: str) -> set[str]:
    """Return what the index holds of a text: characters, pairs, words and their beginnings."""
    found: set[str] = set()
    for run in _RUN.findall(canonical(text)):
        for is_solid, part in _parts(run):
            if is_solid:
                found.update(part)
                found.update(one + other for one, other in pairwise(part))
            else:
                found.add(part[:MAX_TOKEN_CHARS])
                found.update(_stem(part[:length]) for length in STEMS if length <= len(part))
    return found


def _stem(beginning: str) -> str:
    return f"~{beginning}"


def in_nickname(token: str) -> str:
    """Return a token as it stands in the index when it is of the nickname."""
    return f"@{token}"


class Fact(StrEnum):
    """What the index holds of a comment besides its words; none of it ever changes."""

    SITE = "s"
    THREAD = "t"
    AUTHOR = "a"
    RULE = "r"
    CATEGORY = "c"


def fact(kind: Fact, value: UUID | str) -> str:
    """Return the token of a fact. Two values may share one: who asks compares the value itself as well."""
    if isinstance(value, UUID):
        return f"#{kind}{value.hex[-12:]}"  # the end: the beginning of a UUIDv7 is the time
    return f"#{kind}{blake2b(value.encode(), digest_size=6).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that a query asks for, in canonical form."""

    text: str
    is_exact: bool = False
    """Whole words only: it stood in quotation marks."""
    is_excluded: bool = False

    def tokens(self) -> tuple[str, ...]:
        """Return tokens that every text which holds the term has."""
        found: dict[str, None] = {}
        for run in _RUN.finditer(self.text):
            place = run.start()
            for is_solid, part in _parts(run[0]):
                place += len(part)
                is_open = place == len(self.text) and not self._ends_whole()
                found.update(dict.fromkeys(_needed(part, is_solid=is_solid, is_open=is_open)))
        return tuple(found)[:MAX_TOKENS]

    def _ends_whole(self) -> bool:
        """Say whether the last word may not go on."""
        if self.is_exact:
            return True
        *_, (_, last) = _parts(_RUN.findall(self.text)[-1])
        return len(last) < STEMS[0]

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where a canonical text holds the term."""
        is_bound = _is_word(self.text[0])
        is_whole = _is_word(self.text[-1]) and self._ends_whole()
        start = text.find(self.text)
        while start >= 0:
            end = start + len(self.text)
            cuts = is_bound and start > 0 and _is_word(text[start - 1])
            goes_on = is_whole and end < len(text) and _is_word(text[end])
            if not cuts and not goes_on:
                yield start, end
            start = text.find(self.text, start + 1)

    def is_in(self, text: str) -> bool:
        """Say whether a canonical text holds the term."""
        return next(self.spans(text), None) is not None


def _needed(part: str, *, is_solid: bool, is_open: bool) -> Iterator[str]:
    if not is_solid:
        stem = max((length for length in STEMS if length <= len(part)), default=0)
        yield _stem(part[:stem]) if is_open else part[:MAX_TOKEN_CHARS]
    elif len(part) == 1:
        yield part
    else:
        yield from (one + other for one, other in pairwise(part))


class QueryFault(StrEnum):
    """Why a query cannot be asked."""

    TOO_LONG = "too-long"
    TOO_MANY = "too-many"
    NOTHING = "nothing"
    """Only marks and spaces: no letter, digit or picture to look for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked for: every term, none of the excluded ones."""

    terms: tuple[Term, ...] = ()
    place: Place | None = None
    """Only there; None: in the text or in the nickname."""
    fault: QueryFault | None = None

    @property
    def wanted(self) -> tuple[Term, ...]:
        """The terms that a comment must hold."""
        return tuple(term for term in self.terms if not term.is_excluded)

    def holds(self, *, text: str, nickname: str) -> bool:
        """Say whether a comment is what the query asks for."""
        looked_at = {Place.TEXT: text, Place.NICKNAME: nickname}
        read = [canonical(looked_at[place]) for place in ([self.place] if self.place else Place)]
        return all(any(term.is_in(one) for one in read) != term.is_excluded for term in self.terms)

    def clauses(self) -> "Clauses":
        """Return what the index can say of the query."""
        return tuple(tuple(self._alternatives(term)) for term in self.wanted)

    def _alternatives(self, term: Term) -> Iterator[tuple[str, ...]]:
        if self.place is not Place.NICKNAME:
            yield term.tokens()
        if self.place is not Place.TEXT:
            yield tuple(map(in_nickname, term.tokens()))


Clauses = tuple[tuple[tuple[str, ...], ...], ...]
"""Every clause must hold; of a clause one alternative; of an alternative every token."""


def parse(asked: str, *, place: Place | None = None) -> Query:
    """Read a query: words and `"phrases"`, `-` before what must not be there. Anything that can be typed is read."""
    if len(asked) > MAX_QUERY_CHARS:
        return Query(fault=QueryFault.TOO_LONG)
    terms: dict[Term, None] = {}
    for found in _ASKED.finditer(asked):
        text = canonical(found["exact"] if found["exact"] is not None else found["word"])
        if text:
            terms[Term(text, is_exact=found["exact"] is not None, is_excluded=bool(found["minus"]))] = None
    if len(terms) > MAX_TERMS:
        return Query(fault=QueryFault.TOO_MANY)
    if not terms and asked.strip():
        return Query(fault=QueryFault.NOTHING)
    return Query(terms=tuple(terms), place=place)


def hits(query: Query, text: str) -> list[tuple[int, int]]:
    """Return where an original text holds what is wanted: spans of code points, in order, none overlapping."""
    normalised = rules.normalise(text)
    spread = normalised.folded.translate(_KINDS)
    # The canonical text has one space where the spread one has several: keep the place of every character.
    kept = [
        place
        for place, character in enumerate(spread)
        if character != _GAP or (place > 0 and spread[place - 1] != _GAP)
    ]
    read = "".join(spread[place] for place in kept)
    found = sorted(
        (normalised.starts[kept[start]], normalised.ends[kept[end - 1]])
        for term in query.wanted
        for start, end in term.spans(read)
    )
    merged: list[tuple[int, int]] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged

r"""Patterns that authors write: regular expressions of RE2, read on the folded text (half width, lower case, simplified).

RE2 has no look-around and no back references, and therefore takes time linear in the text, whatever the pattern
and the text: `(a+)+$` is no weapon here. What can still grow is the program that a pattern compiles to, hence its cap.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Self

import re2

from moderation.rules.errors import Fault, RuleSetError
from moderation.rules.found import Found
from moderation.rules.model import Channel, Span
from moderation.rules.normalise import fold

MAX_PATTERN_CHARS: Final = 500

# In instructions: `\p{Han}{1,30}` has 2,400. A text made for the purpose costs about 0.05 µs × its characters × the
# states alive at once, so that a program of 8,000 held 20,000 characters for 0.5 s (measured), and most of 3,000 0.1.
MAX_PROGRAM: Final = 3_000

# More than a comment honestly has; each further place costs another search.
MAX_SPANS_PER_RULE: Final = 20
MAX_SPANS: Final = 200

# For one set of patterns, in bytes, the states it meets while reading included.
SET_BYTES: Final = 8 << 20

# One set of 1,000 was five times slower than sixteen of these: too many states for its memory (measured).
PATTERNS_PER_SET: Final = 64

# A pattern that matches nothing at all in one of these would match everywhere.
_SAMPLES: Final = ("", "a", "1", "中 a1。\n")

_Regex = Any  # the package has no type information


def term_fault(term: str) -> tuple[str, str] | None:
    """Tell what is wrong with a pattern, as code and detail."""
    if len(term) > MAX_PATTERN_CHARS:
        return "too-long", f"{len(term)} characters, at most {MAX_PATTERN_CHARS}"
    if any("\ud800" <= character <= "\udfff" for character in term):
        return "malformed", "half of a character"
    try:
        regex = _regex(term)
    except re2.error as error:
        return "malformed", _sentence(error)
    if regex.programsize > MAX_PROGRAM:
        return "too-large", f"compiles to {regex.programsize} instructions, at most {MAX_PROGRAM}"
    if any(match.start() == match.end() for text in _SAMPLES for match in regex.finditer(text)):
        return "empty", "the pattern matches where nothing stands, that is everywhere"
    return None


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some patterns and the set that tells which of them are worth a search; `places` are those of their rules."""

    union: _Regex
    places: Sequence[int]
    terms: Sequence[str]

    def probe(self, data: bytes) -> Iterator[tuple[int, str]]:
        """Name the patterns that match somewhere: by rule, and the term itself."""
        numbers: Iterable[int] = self.union.Match(data) or ()
        # The set's pattern 0 always matches. Where it does not, the set ran out of memory and says so no other way.
        hits = sorted(numbers) or range(len(self.terms) + 1)
        return ((self.places[number - 1], self.terms[number - 1]) for number in hits if number)


@dataclass(frozen=True, slots=True)
class Patterns:
    """All patterns of a rule set."""

    batches: Sequence[_Batch]

    @classmethod
    def of(cls, owned: Sequence[tuple[int, str]], *, set_bytes: int = SET_BYTES) -> Self:
        """Take rules as (place, term); raises RuleSetError when a pattern is none."""
        cut = range(0, len(owned), PATTERNS_PER_SET)
        return cls([b for i in cut for b in _batches(owned[i : i + PATTERNS_PER_SET], set_bytes)])

    def find(self, folded: str) -> tuple[list[Found], bool]:
        """Find the patterns in a folded text, and say whether there were more places than the caps."""
        # A lone surrogate cannot be encoded; its stand-in is one character too.
        data = folded.encode("utf-8", "replace")
        found: list[Found] = []
        is_cut = False
        for batch in self.batches:
            for place, term in batch.probe(data):
                room = min(MAX_SPANS_PER_RULE, MAX_SPANS - len(found))
                spans, is_more = _spans(_regex(term), data, room)
                found += (Found(place, span, Channel.EXACT) for span in spans)
                is_cut = is_cut or is_more
        return found, is_cut


def _batches(owned: Sequence[tuple[int, str]], set_bytes: int) -> Iterator[_Batch]:
    """Make one set of all, or of each half where one would be too large."""
    union = re2.Set.SearchSet(_options(set_bytes))
    try:
        union.Add("")
        for _, term in owned:
            union.Add(_source(term))
        union.Compile()
    except re2.error as error:
        if len(owned) == 1:
            raise RuleSetError([Fault("", "term", "malformed", _sentence(error))]) from error
        half = len(owned) // 2
        yield from _batches(owned[:half], set_bytes)
        yield from _batches(owned[half:], set_bytes)
        return
    yield _Batch(union, [place for place, _ in owned], [term for _, term in owned])


def _spans(regex: _Regex, data: bytes, room: int) -> tuple[list[Span], bool]:
    """List where a pattern matches, in characters, and whether it goes on beyond the room there is."""
    spans: list[Span] = []
    done_bytes = done_chars = 0
    for match in regex.finditer(data):
        start = done_chars + _count(data[done_bytes : match.start()])
        end = start + _count(data[match.start() : match.end()])
        done_bytes, done_chars = match.end(), end
        if start == end:
            continue
        if len(spans) >= room:
            return spans, True
        spans.append(Span(start, end))
    return spans, False


def _count(data: bytes) -> int:
    r"""Count characters; RE2's `\C` may have cut one in two."""
    return len(data.decode("utf-8", "ignore"))


@lru_cache(maxsize=1_024)
def _regex(term: str) -> _Regex:
    # Only patterns that were seen to match are compiled alone: taking over 1,000 of them is a matter of sets.
    return re2.compile(_source(term), _options(SET_BYTES))


def _options(max_bytes: int) -> Any:
    options = re2.Options()
    options.max_mem = max_bytes
    options.log_errors = False  # to standard error, with the author's pattern in it
    options.case_sensitive = False
    options.never_capture = True
    return options


def _source(term: str) -> bytes:
    """Fold the literal characters of a pattern, so that an author may write them as they are used to.

    ASCII is syntax and left alone (case is of no account anyway), as are ends of ranges, whose order would break.
    """
    folded = [_literal(term, place) for place in range(len(term))]
    return "".join(folded).encode("utf-8", "surrogatepass")


def _literal(term: str, place: int) -> str:
    character = term[place]
    if character.isascii() or "-" in {term[place - 1 : place], term[place + 1 : place + 2]}:
        return character
    new = fold(character)
    if len(new) != 1:
        return character
    return f"\\x{ord(new):02x}" if new.isascii() and not new.isalnum() else new


def _sentence(error: Exception) -> str:
    """Say what RE2 says; its messages are bytes, those of its sets are not."""
    message = error.args[0]
    return message.decode("utf-8", "replace") if isinstance(message, bytes) else str(message)

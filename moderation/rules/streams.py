"""Readings of a folded text beside the text itself, each undoing some disguise.

A stream is a string to search plus the way back to the folded text. `joined` is needed for every comment; the others
(`substitutes`, `components`, `runs`) are built only where a cheap probe asks for them, and only around what they
rewrite: the rest of the text was searched already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple

from moderation.rules.characters import SEPARATORS
from moderation.rules.model import Channel

# How much is kept on both sides of what was rewritten: disguised terms are found up to this length.
REACH: Final = 12

# No honest text has more to be rewritten; what comes after it in a text is not rewritten, and the text is cut.
MOST_REPLACED: Final = 500

# Stands where something was left out of a stream: no term has it, as joined terms have no separators.
BREAK: Final = "\n"

_WITHOUT_SEPARATORS: Final = dict.fromkeys(map(ord, SEPARATORS))
_NO_MARKS: Final[Mapping[int, Channel]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Stream:
    """A reading: its character `i` was written by the folded characters from `firsts[i]` to `lasts[i]`, inclusive.

    `marks` names the channel of each character that is not simply the one written there. `is_cut` says that there was
    more to rewrite than anybody is willing to read.
    """

    text: str
    firsts: Sequence[int]
    lasts: Sequence[int]
    marks: Mapping[int, Channel] = field(default_factory=lambda: _NO_MARKS)
    is_cut: bool = False

    def changes(self, start: int, end: int) -> tuple[Channel, ...]:
        """Name the channels of what was rewritten from `start` to before `end`."""
        marks = self.marks
        return tuple(marks[place] for place in range(start, end) if place in marks) if marks else ()


class Replacement(NamedTuple):
    """What is read as `text` instead of the characters from `begin` to before `end`."""

    begin: int
    end: int
    text: str
    channel: Channel


def join(folded: str) -> str:
    """Take the separators out, so that "赌-博" reads "赌博"."""
    return folded.translate(_WITHOUT_SEPARATORS)


def join_places(folded: str) -> list[int]:
    """Give the place in the folded text of each character of `join(folded)`."""
    return [place for place, character in enumerate(folded) if character not in SEPARATORS]


def joined(folded: str) -> Stream:
    """Give the joined text with its way back."""
    places = join_places(folded)
    return Stream(join(folded), places, places)


def rewritten(stream: Stream, replacements: Sequence[Replacement]) -> Stream:
    """Read the replacements (rising, apart) instead of what they replace; keep what is in reach of one."""
    writer = _Writer(stream)
    done: int | None = None
    for begin, end, text, channel in replacements[:MOST_REPLACED]:
        if done is not None and begin - done > 2 * REACH:
            writer.copy(done, done + REACH)
            writer.leave_out()
            done = None
        writer.copy(max(0, begin - REACH) if done is None else done, begin)
        writer.replace(begin, end, text, channel)
        done = end
    if done is not None:
        writer.copy(done, min(done + REACH, len(stream.text)))
    return writer.stream(is_cut=stream.is_cut or len(replacements) > MOST_REPLACED)


class _Writer:
    """Writes a stream from pieces of another, leaving out separators."""

    def __init__(self, source: Stream) -> None:
        self._source = source
        # Only the folded text itself, in which every character has its own place, has any.
        self._has_separators = isinstance(source.firsts, range)
        self._text: list[str] = []
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        self._marks: dict[int, Channel] = {}

    def copy(self, begin: int, end: int) -> None:
        source = self._source
        if self._has_separators:
            for place in range(begin, end):
                if source.text[place] not in SEPARATORS:
                    self._append(source.text[place], source.firsts[place], source.lasts[place])
            return
        offset = len(self._firsts) - begin
        if source.marks:
            self._marks.update(
                (place + offset, source.marks[place]) for place in range(begin, end) if place in source.marks
            )
        self._text.append(source.text[begin:end])
        self._firsts += source.firsts[begin:end]
        self._lasts += source.lasts[begin:end]

    def replace(self, begin: int, end: int, text: str, channel: Channel) -> None:
        for character in text:
            self._marks[len(self._firsts)] = channel
            self._append(character, self._source.firsts[begin], self._source.lasts[end - 1])

    def leave_out(self) -> None:
        self._append(BREAK, self._lasts[-1], self._lasts[-1])

    def _append(self, character: str, first: int, last: int) -> None:
        self._text.append(character)
        self._firsts.append(first)
        self._lasts.append(last)

    def stream(self, *, is_cut: bool) -> Stream:
        return Stream("".join(self._text), self._firsts, self._lasts, self._marks, is_cut)

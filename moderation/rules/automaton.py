"""The one door to the matching engine: all occurrences of all patterns, overlapping ones included.

Daachorse keeps 100,000 Chinese terms in a few megabytes, finds in 3 µs a comment, counts in code points and
serialises; nothing outside this file knows its name, so that another engine can take its place.
"""

from collections.abc import Sequence
from typing import Final, Self

from daachorse import CharwiseDoubleArrayAhoCorasick

# Text is searched in pieces, so that a text made of nothing but hits stops soon after the limit.
_PIECE_CHARS: Final = 2_000

Occurrence = tuple[int, int, int]  # start, end, number of the pattern


class Automaton:
    """An immutable set of patterns to search for at once; may be empty."""

    __slots__ = ("_engine", "_overlap")

    def __init__(self, engine: CharwiseDoubleArrayAhoCorasick | None, *, longest: int) -> None:
        self._engine = engine
        self._overlap = longest - 1

    @classmethod
    def build(cls, patterns: Sequence[str], *, has_rare_hits: bool = True) -> Self:
        """Build from patterns, none of them empty; equal ones are all reported.

        Where hits are rare the engine skips ahead to what may begin one; where they are not, that costs a fifth.
        """
        if not patterns:
            return cls(None, longest=1)
        engine = CharwiseDoubleArrayAhoCorasick(list(patterns), use_prefilter=has_rare_hits)
        return cls(engine, longest=max(map(len, patterns)))

    @classmethod
    def deserialise(cls, blob: bytes, *, longest: int) -> Self:
        """Restore what `serialise` gave; raises ValueError when the engine refuses it."""
        if not blob:
            return cls(None, longest=1)
        return cls(CharwiseDoubleArrayAhoCorasick.deserialize(blob), longest=longest)

    @property
    def longest(self) -> int:
        """The length of the longest pattern, which `deserialise` asks for."""
        return self._overlap + 1

    def serialise(self) -> bytes:
        """Write the automaton down; an empty one is empty."""
        return self._engine.serialize() if self._engine else b""

    def find(self, text: str, *, limit: int) -> tuple[list[Occurrence], bool]:
        """Find occurrences by rising end, at most `limit`, and say whether there were more."""
        found: list[Occurrence] = []
        if self._engine is None:
            return found, False
        for begin in range(0, len(text), _PIECE_CHARS):
            offset = max(0, begin - self._overlap)
            piece = self._engine.find_overlapping(text[offset : begin + _PIECE_CHARS])
            # What ends before `begin` was found in the piece before.
            found += (
                [
                    (start + offset, end + offset, number)
                    for start, end, number in piece
                    if end + offset > begin
                ]
                if begin
                else piece
            )
            if len(found) > limit:
                return found[:limit], True
        return found, False

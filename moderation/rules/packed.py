"""Long columns of short values, held and written down in one piece.

A hundred thousand terms as strings of their own are 8 MB and as many allocations at every load, numbers beside them
as much again; as one string and one array they are 1 MB and a copy. What a comment touches of them is made then.
"""

import sys
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, Self, overload

# Two or four bytes, whichever the numbers need; little-endian in the file whatever the machine.
_SHORT: Final = "h"
_INT: Final = "i"


@dataclass(frozen=True, slots=True)
class Texts(Sequence[str]):
    """A sequence of texts; text `i` ends at `ends[i]` of what they make together."""

    together: str
    ends: Sequence[int]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """Put texts together."""
        listed = list(texts)
        return cls("".join(listed), array(_INT, accumulate(map(len, listed))))

    def __len__(self) -> int:
        return len(self.ends)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        place = range(len(self.ends))[index]
        return self.together[self.ends[place - 1] if place else 0 : self.ends[place]]

    def to_bytes(self) -> tuple[bytes, bytes]:
        """Write the texts down, and where they end; they may hold half a surrogate pair."""
        return self.together.encode(errors="surrogatepass"), numbers_to_bytes(self.ends)

    @classmethod
    def from_bytes(cls, together: memoryview, ends: memoryview) -> Self:
        """Read what `to_bytes` wrote."""
        return cls(str(together, "utf-8", "surrogatepass"), numbers_from_bytes(ends))


def numbers_to_bytes(numbers: Sequence[int]) -> bytes:
    """Write whole numbers of 32 bits down, those of 16 bits in half the space."""
    is_short = not numbers or (min(numbers) >= -(2**15) and max(numbers) < 2**15)
    kind = _SHORT if is_short else _INT
    return kind.encode() + _swapped(array(kind, numbers)).tobytes()


def numbers_from_bytes(stored: memoryview) -> Sequence[int]:
    """Read what `numbers_to_bytes` wrote."""
    numbers = array(chr(stored[0]))
    numbers.frombytes(stored[1:])
    return _swapped(numbers)


def _swapped(numbers: "array[int]") -> "array[int]":
    if sys.byteorder == "big":  # pragma: no cover -- no such machine at hand
        numbers.byteswap()
    return numbers

"""Long columns of short values, held and written down in one piece.

A hundred thousand terms as strings of their own are 8 MB and as many allocations at every load, numbers beside them
as much again; as one string and one array they are 1 MB and a copy. What a comment touches of them is made then.
"""

import sys
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final, Self, overload

# Four bytes, little-endian in the file whatever the machine: places of rules and below 0 of exceptions.
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

    def to_json(self) -> dict[str, object]:
        """Write the texts as JSON values."""
        return {"together": self.together, "ends": numbers_to_json(self.ends)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        return cls(stored["together"], numbers_from_json(stored["ends"]))


def numbers_to_json(numbers: Iterable[int]) -> str:
    """Write whole numbers of 32 bits as one JSON string."""
    return b64encode(_swapped(array(_INT, numbers)).tobytes()).decode("ascii")


def numbers_from_json(stored: str) -> Sequence[int]:
    """Read what `numbers_to_json` wrote."""
    numbers = array(_INT)
    numbers.frombytes(b64decode(stored))
    return _swapped(numbers)


def _swapped(numbers: "array[int]") -> "array[int]":
    if sys.byteorder == "big":  # pragma: no cover -- no such machine at hand
        numbers.byteswap()
    return numbers

"""A progress bar for work that happens in a flow: the flow reads a sequence, the bar sees how far it has come."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar, overload

import click

T = TypeVar("T")
PASSES = 2
"""An import reads its rules twice: to compile them and to store them."""
STEP = 500


class Bar(Protocol):
    """The part of click's progress bar that is used here."""

    def update(self, n_steps: int) -> None:
        """Go on by some steps."""
        ...


class Watched(Sequence[T]):
    """A sequence that tells a bar when it is read through."""

    def __init__(self, items: Sequence[T], bar: Bar) -> None:
        self._items, self._bar = items, bar

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...

    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        return self._items[index]

    def __iter__(self) -> Iterator[T]:
        for start in range(0, len(self._items), STEP):
            chunk = self._items[start : start + STEP]
            yield from chunk
            self._bar.update(len(chunk))


@contextmanager
def watched(items: Sequence[T], label: str) -> Iterator[Sequence[T]]:
    """Show a bar on stderr while a flow reads `items`; nothing where stderr is no terminal."""
    with click.progressbar(
        length=len(items) * PASSES, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        yield Watched(items, bar)

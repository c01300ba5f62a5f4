"""Numbers in a folded text, whatever their digits look like and whatever signs stand between them.

The fold makes ①, １, ❶ and 𝟏 a 1. It must leave 一 and 壹 alone, since they are parts of words; here, where five or more
of them stand together, they are digits.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple, Self

from moderation.rules.model import Channel

# For each digit, the characters of Chinese that stand for it.
_WRITTEN: Final = ("〇零○", "一壹幺弌", "二贰两弍", "三叁弎", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")

_DISGUISES: Final = {ord(each): str(digit) for digit, written in enumerate(_WRITTEN) for each in written}
_DISGUISED: Final = "0-9" + "".join(map(chr, _DISGUISES))

# One to three signs between two digits belong to the number, a line break does not. A ring is a zero among digits.
_ANY_RUN: Final = re.compile(rf"[{_DISGUISED}](?:[^\w\n{_DISGUISED}]{{0,3}}[{_DISGUISED}o]){{4,}}")
_PLAIN_RUN: Final = re.compile(r"[0-9](?:[^\w\n]{0,3}[0-9]){4,}")
_GROUP: Final = re.compile(r"[0-9]+")


# Far more than any number; what follows is left unread, and `is_cut` says so.
MAX_RUN_CHARS: Final = 1_000


class Number(NamedTuple):
    """Digits in groups (start, end, digits), and the signs between the groups."""

    groups: list[tuple[int, int, str]]
    gaps: list[str]
    is_disguised: bool
    is_cut: bool = False

    @classmethod
    def of(cls, view: str, start: int, *, is_disguised: bool) -> Self:
        """Cut a run of digits and signs, which begins at `start` of its text, into groups."""
        read = _GROUP.finditer(view, 0, MAX_RUN_CHARS)
        groups = [(start + each.start(), start + each.end(), each[0]) for each in read]
        gaps = [view[before[1] - start : behind[0] - start] for before, behind in pairwise(groups)]
        return cls(groups, gaps, is_disguised, len(view) > MAX_RUN_CHARS)

    def digits(self, first: int, behind: int) -> str:
        """Give the digits of the groups from `first` on, `behind` left out."""
        return "".join(digits for _, _, digits in self.groups[first:behind])

    def channel(self, written: Channel) -> Channel:
        """Say how the number was written: digits in disguise tell more than the signs between them."""
        return Channel.DIGIT if self.is_disguised else written


def plain_digits(folded: str) -> str:
    """Write disguised digits as digits, character by character, whatever they stand for."""
    return folded.translate(_DISGUISES)


def find_numbers(folded: str) -> Iterator[Number]:
    """Find all runs of five digits and more.

    Behind a run with disguised digits come its plain parts: in 12345一起, 一 is no digit.
    """
    for run in _ANY_RUN.finditer(folded):
        view = plain_digits(run[0])
        if "o" in view:
            view = view.replace("o", "0")
        is_disguised = view != run[0]
        yield Number.of(view, run.start(), is_disguised=is_disguised)
        if is_disguised:
            for plain in _PLAIN_RUN.finditer(run[0]):
                yield Number.of(plain[0], run.start() + plain.start(), is_disguised=False)

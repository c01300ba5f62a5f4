"""Repeated characters: 赌赌博, scaaam."""

import re
from collections.abc import Mapping
from itertools import groupby
from typing import Final, NamedTuple

from moderation.rules.characters import STOPS
from moderation.rules.model import Channel
from moderation.rules.streams import Replacement, Stream, rewritten

_RUN: Final = re.compile(r"([^\n])\1+")


class Collapsed(NamedTuple):
    """A stream without runs: how often the character at a place stood in a row, and what was undone there before."""

    stream: Stream
    lengths: Mapping[int, int]
    before: Mapping[int, Channel]


def collapse(stream: Stream, folded: str) -> Collapsed | None:
    """Make each run of one character a single one that covers it; None without a run.

    What a sentence ends and the next begins with is no run: "赌，赌博" stays.
    """
    runs = [
        match.span()
        for match in _RUN.finditer(stream.text)
        if STOPS.isdisjoint(folded[stream.firsts[match.start()] : stream.lasts[match.end() - 1]])
    ]
    if not runs:
        return None
    single = rewritten(
        stream, [Replacement(begin, end, stream.text[begin], Channel.REPEAT) for begin, end in runs]
    )
    places = sorted(place for place, channel in single.marks.items() if channel is Channel.REPEAT)
    # Of more runs than anybody reads, the rest was left out.
    known = list(zip(places, runs, strict=False))
    return Collapsed(
        single,
        {place: end - begin for place, (begin, end) in known},
        {place: before[0] for place, (begin, end) in known if (before := stream.changes(begin, end))},
    )


def collapsed(text: str) -> str:
    """Collapse a term the same way."""
    return _RUN.sub(r"\1", text)


def run_lengths(text: str) -> list[int]:
    """Tell how often each character of the collapsed text stood in a row."""
    return [len(list(run)) for _, run in groupby(text)]

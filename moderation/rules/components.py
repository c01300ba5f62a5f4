"""Characters written as their components: 马扁子 for 骗子, 氵胡南 for 湖南."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Final

from moderation.rules.automaton import Automaton, Occurrence
from moderation.rules.model import Channel
from moderation.rules.streams import Replacement, Stream, rewritten
from moderation.rules.tables import passing
from moderation.rules.vocabulary import UNLISTED_COST, chinese_words

MOST_COMPOSED: Final = 2_000

# A component dearer than this hardly stands alone in ordinary writing.
STRANGE_COST: Final = 1_050


@cache
def _components() -> tuple[Automaton, str]:
    words = chinese_words()
    # 女子 and 上下 are words; whoever writes them means them.
    entries = [entry for entry in passing("split_table").SPLITS.split(" ") if entry[1:] not in words]
    return Automaton.build([entry[1:] for entry in entries]), "".join(entry[0] for entry in entries)


def compose(stream: Stream) -> list[Stream]:
    """Put components together, in up to three ways: from the left, from the right, and only the strange ones.

    Where components overlap (贝戋人一: 贱 and 大, or 贱人) no single way is right.
    """
    automaton, wholes = _components()
    found, is_cut = automaton.find(stream.text, limit=MOST_COMPOSED)
    if not found:
        return []
    by_start = sorted(found, key=_from_left)
    ways: list[list[Occurrence]] = [_apart(by_start)]
    if len(found) > 1:
        ways.append(sorted(_apart(sorted(found, key=_from_right))))
        ways.append(_apart(each for each in by_start if _is_strange(stream.text, each)))
    streams: dict[str, Stream] = {}
    for way in ways:
        if way:
            composed = rewritten(
                stream, [Replacement(begin, end, wholes[number], Channel.SPLIT) for begin, end, number in way]
            )
            streams.setdefault(composed.text, replace(composed, is_cut=True) if is_cut else composed)
    return list(streams.values())


def _from_left(found: Occurrence) -> tuple[int, int]:
    return found[0], -found[1]


def _from_right(found: Occurrence) -> tuple[int, int]:
    return -found[1], found[0]


def _is_strange(text: str, found: Occurrence) -> bool:
    costs = chinese_words()
    return any(costs.get(character, UNLISTED_COST) > STRANGE_COST for character in text[found[0] : found[1]])


def _apart(found: Iterable[Occurrence]) -> list[Occurrence]:
    """Keep each that does not overlap the one kept before it; they come from one side to the other."""
    kept: list[Occurrence] = []
    for each in found:
        if not kept or each[0] >= kept[-1][1] or each[1] <= kept[-1][0]:
            kept.append(each)
    return kept

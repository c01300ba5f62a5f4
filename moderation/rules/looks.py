"""How Han characters look: classes of characters that are easily taken for one another.

A disguise by looks swaps a component or adds one (徽信, 祼聊). Likeness is no equality, but a class is what an
automaton can search for; the classes are kept small, nearest pairs first, and the verification does the rest.
"""

from functools import cache
from typing import Final

from moderation.rules.tables import passing

# Larger classes make terms of two characters meet by chance.
MOST_IN_CLASS: Final = 12


@cache
def _classes() -> dict[int, str]:
    members: dict[str, list[str]] = {}
    entries = passing("glyph_table").LOOKS.split(" ")
    pairs = (
        (entry[0], entry[rank])
        for rank in range(1, max(map(len, entries)))
        for entry in entries
        if rank < len(entry)
    )
    for one, other in pairs:
        first, second = members.setdefault(one, [one]), members.setdefault(other, [other])
        if first is not second and len(first) + len(second) <= MOST_IN_CLASS:
            first += second
            members.update(dict.fromkeys(second, first))
    return {ord(character): together[0] for character, together in members.items() if len(together) > 1}


def look(text: str) -> str:
    """Give a folded text as it looks, one character for one."""
    return text.translate(_classes())

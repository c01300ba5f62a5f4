"""How common each character is: by the frequency of the words it is part of."""

from collections import Counter
from collections.abc import Callable
from functools import cache

from moderation.rules.tables.generating import sources


@cache
def _ranked(fold: Callable[[str], str]) -> list[str]:
    counts: Counter[str] = Counter()
    for word, count, _ in sources.dictionary():
        for character in fold(word):
            counts[character] += count
    return sorted(filter(sources.is_han, counts), key=lambda character: (-counts[character], character))


def commonest(fold: Callable[[str], str], limit: int) -> list[str]:
    """List the commonest folded Han characters, commonest first."""
    return _ranked(fold)[:limit]

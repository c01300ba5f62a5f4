"""How common each character is: by the frequency of the words it is part of."""

from collections import Counter
from collections.abc import Callable

from moderation.rules.tables.generating import sources


def commonest(fold: Callable[[str], str], limit: int) -> list[str]:
    """List the commonest folded Han characters, commonest first."""
    counts: Counter[str] = Counter()
    for word, count, _ in sources.dictionary():
        for character in fold(word):
            counts[character] += count
    ranked = sorted(filter(sources.is_han, counts), key=lambda character: (-counts[character], character))
    return ranked[:limit]

"""What is ordinary to write: Chinese words with their costs, English words, how characters sound.

Read from the baked tables when the first text or term asks for them, not at import: a process that only looks at
the package need not carry a dictionary. A *cost* is -100 · ln(share of the word in running text): rare is dear.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

LONGEST_WORD: Final = 5

# A character of no word list: dearer than the rarest that is listed.
UNLISTED_COST: Final = 1_800


@dataclass(frozen=True, slots=True)
class Words:
    """Costs of words of one to five Han characters; `extended` holds the pairs with which longer words begin."""

    costs: Mapping[str, int]
    extended: frozenset[str]


@cache
def chinese_words() -> Words:
    """Give the words of Chinese: some 110,000, made once per process."""
    from moderation.rules.tables.word_table import WORDS  # noqa: PLC0415 -- 1 MB of source, see the module

    costs = {word: cost for cost, words in WORDS for word in words.split(" ")}
    return Words(costs, frozenset(word[:2] for word in costs if len(word) > 2))


@cache
def english_words() -> frozenset[str]:
    """Give the common words of English: neither pinyin, nor other words backwards, nor pieces of one."""
    from moderation.rules.tables.english_table import WORDS  # noqa: PLC0415 -- as above

    return frozenset(WORDS.split(" "))

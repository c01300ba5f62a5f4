"""The words of ordinary language with what each costs: the less frequent, the dearer.

They decide whether 沙子 is a word (and hence no disguise of another) and whether 和服 in 产品和服务 crosses one. From
jieba's dictionary the frequent words stay; names of persons only where they are so frequent that they are words or
known to all, since the dictionary has tens of thousands of figures of novels.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from moderation.rules.tables.generating import sources
from moderation.rules.tables.generating.writing import header, listed

LONGEST_WORD: Final = 5

# Costs are -100 ln(frequency), in steps of this width: half a step is 13 % of a frequency.
COST_STEP: Final = 25

NAMES: Final = frozenset({"nr", "nrt", "nrfg"})
NUMERALS: Final = frozenset({"m"})

# Least counts in the dictionary, whose total is 60 million. Below them are mostly slips of an automatic count.
ANY_WORD: Final = 5
KNOWN_PHRASE: Final = 4
LONG_WORD: Final = 15
LONG_NUMERAL: Final = 60  # 二百六十名 is put together anew each time
SHORT_NAME: Final = 60  # 熊猫 and 红茶 are tagged as names too
LONG_NAME: Final = 300


# In the dictionary, but only known as disguises.
DISGUISES: Final = frozenset({"草泥马", "尼玛", "沙比", "煞笔"})


def newer_words() -> dict[str, int]:
    """Read the words that are younger than the dictionary, with the counts they would have there."""
    counts: dict[str, int] = {}
    count = 0
    for line in (Path(__file__).parent / "newer_words.txt").read_text("utf-8").splitlines():
        if line.isdecimal():
            count = int(line)
        elif not line.startswith("#"):
            counts.update((word, count) for word in line.split() if word not in counts)
    return counts


def least_count(word: str, kinds: Iterable[str], phrases: set[str]) -> int:
    """Return how often a word must occur to stay."""
    if word in phrases:
        return KNOWN_PHRASE
    if NAMES.issuperset(kinds):
        return SHORT_NAME if len(word) == 2 else LONG_NAME
    if NUMERALS.issuperset(kinds) and len(word) > 2:
        return LONG_NUMERAL
    return LONG_WORD if len(word) == LONGEST_WORD else ANY_WORD


def ordinary_words(fold: Callable[[str], str]) -> dict[str, int]:
    """Map each word that stays, folded, to its cost."""
    counts: Counter[str] = Counter()
    kinds: dict[str, set[str]] = defaultdict(set)
    for word, count, kind in sources.dictionary():
        counts[fold(word)] += count
        kinds[fold(word)].add(kind)
    total = counts.total()
    phrases = set(map(fold, sources.phrase_readings()))
    kept = {
        word: count
        for word, count in counts.items()
        if len(word) <= LONGEST_WORD
        and word not in DISGUISES
        and sources.is_han(word)
        and count >= least_count(word, kinds[word], phrases)
    }
    for word, count in newer_words().items():
        if len(word) <= LONGEST_WORD and sources.is_han(word):
            kept[word] = max(count, kept.get(word, 0))
    return {word: COST_STEP * round(-100 * math.log(n / total) / COST_STEP) for word, n in kept.items()}


def word_module(fold: Callable[[str], str]) -> str:
    """Write `word_table.py`."""
    by_cost: dict[int, list[str]] = defaultdict(list)
    for word, cost in ordinary_words(fold).items():
        by_cost[cost].append(word)
    return "\n\n".join(
        [
            header(
                "Ordinary words of one to five characters by cost, -100 ln(share of all words), in steps.",
                [sources.JIEBA, f"{sources.PYPINYIN}, which phrases are idioms", sources.FOLD],
            ),
            listed("WORDS", ((cost, " ".join(sorted(by_cost[cost]))) for cost in sorted(by_cost))),
        ]
    )

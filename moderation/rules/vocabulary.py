"""What is ordinary to write: Chinese words with their costs, English words.

Read from the baked tables when the first text or term asks for them, not at import: a process that only looks at
the package need not carry a dictionary. A *cost* is -100 · ln(share of the word in running text): rare is dear.

No word is kept as a string of its own: 110,000 of those with their dictionary are 17 MB in every process, as an
automaton they are 5, and all words of a text come out of one search. It takes 0.4 s to build, once.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from itertools import chain, repeat
from typing import Final

from moderation.rules.automaton import Automaton, Occurrence
from moderation.rules.tables import passing

LONGEST_WORD: Final = 5

# A character of no word list: dearer than the rarest that is listed.
UNLISTED_COST: Final = 1_800

# English words are looked up among those that begin alike: one string for each beginning.
_BEGINNING_CHARS: Final = 3


class Words(Mapping[str, int]):
    """Costs of words of one to five Han characters: of one word, or of all that a text holds."""

    def __init__(self, levels: Sequence[tuple[int, str]]) -> None:
        """Take the words of each cost, between spaces."""
        # The few that are kept first, lest they hold the memory of the many that are not.
        self.singles: Mapping[str, int] = {
            word: cost for cost, together in levels for word in together.split(" ") if len(word) == 1
        }
        longer = [word for _, together in levels for word in together.split(" ") if len(word) > 1]
        self._automaton = Automaton.build(longer, has_rare_hits=False)
        self._costs = array("H")
        for cost, together in levels:
            self._costs.extend(repeat(cost, sum(len(word) > 1 for word in together.split(" "))))

    def find(self, text: str) -> list[Occurrence]:
        """Find all words of two and more characters by rising end; in place of a number the cost."""
        costs = self._costs
        found, _ = self._automaton.find(text, limit=LONGEST_WORD * len(text))
        return [(start, end, costs[number]) for start, end, number in found]

    def __getitem__(self, word: str) -> int:
        if len(word) == 1:
            return self.singles[word]
        found, _ = self._automaton.find(word, limit=LONGEST_WORD * len(word))
        # By rising end: those that end where this one does come last, in whatever order.
        for start, end, number in reversed(found):
            if end < len(word):
                break
            if start == 0:
                return self._costs[number]
        raise KeyError(word)

    def __iter__(self) -> Iterator[str]:
        # Seldom asked for, hence read from the table again.
        return chain.from_iterable(together.split(" ") for _, together in passing("word_table").WORDS)

    def __len__(self) -> int:
        return len(self.singles) + len(self._costs)


class EnglishWords(AbstractSet[str]):
    """Words of Latin letters, as few long strings."""

    def __init__(self, words: Sequence[str]) -> None:
        beginnings: dict[str, list[str]] = defaultdict(list)
        for word in words:
            beginnings[word[:_BEGINNING_CHARS]].append(word)
        self._size = len(words)
        self._beginnings = {begin: f" {' '.join(alike)} " for begin, alike in beginnings.items()}

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and f" {word} " in self._beginnings.get(word[:_BEGINNING_CHARS], "")

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(map(str.split, self._beginnings.values()))

    def __len__(self) -> int:
        return self._size


@cache
def chinese_words() -> Words:
    """Give the words of Chinese: some 110,000, made once per process."""
    return Words(passing("word_table").WORDS)


@cache
def english_words() -> AbstractSet[str]:
    """Give the common words of English: neither pinyin, nor other words backwards, nor pieces of one."""
    return EnglishWords(passing("english_table").WORDS.split(" "))

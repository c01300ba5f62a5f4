"""Characters by their toneless Mandarin syllable, weighed by what the words of the language really use.

A list of heteronyms alone gives 大 the readings dai and tai, which nobody types. Hence each word of the dictionary
votes, by its frequency, for the readings of its characters: those of the phrase, where there is one, else the first.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cache
from typing import Final

from moderation.rules.tables.generating import sources
from moderation.rules.tables.generating.writing import header, listed

# A further reading is common when it has this share of the votes of words of two and more characters. The second
# limit is for readings of one single word, which is often an archaism or a slip in the data.
COMMON_SHARE: Final = 0.004
LONE_WORD_SHARE: Final = 0.02

# Readings of daily speech that words alone do not show: particles, and what people say rather than write.
SPOKEN: Final = {
    "地": "de",
    "谁": "shei",
    "得": "dei",
    "色": "shai",
    "那": "nei",
    "这": "zhei",
    "熟": "shou",
    "嗯": "en",
    "哦": "o",
}

# Interjections written with consonants alone; nobody types them as pinyin.
NO_SYLLABLES: Final = frozenset({"m", "n", "ng", "hm", "hng", "ê"})

# How else a syllable is typed: ü as u, v or yu. Folding makes "lü" into "lu", which is a syllable of its own.
SPELLINGS: Final = (
    ("lue", "lve"), ("nue", "nve"), ("lyu", "lv"), ("nyu", "nv"), ("lyue", "lve"), ("nyue", "nve"),
    ("jv", "ju"), ("qv", "qu"), ("xv", "xu"), ("yv", "yu"), ("jve", "jue"), ("qve", "que"), ("xve", "xue"),
    ("yve", "yue"), ("jvan", "juan"), ("qvan", "quan"), ("xvan", "xuan"), ("yvan", "yuan"), ("jvn", "jun"),
    ("qvn", "qun"), ("xvn", "xun"), ("yvn", "yun"),
)  # fmt: skip


@cache
def toneless(reading: str) -> str:
    """Take the tone from a syllable and write ü as v: lǜ → lv."""
    marked = unicodedata.normalize("NFD", reading).replace("u\u0308", "v").replace("e\u0302", "ê")
    return "".join(c for c in marked if not unicodedata.combining(c))


def votes(fold: Callable[[str], str]) -> tuple[dict[str, Counter[str]], dict[str, Counter[str]]]:
    """Count, by folded character, its readings in all words (by frequency) and in how many longer words."""
    weights: dict[str, Counter[str]] = defaultdict(Counter)
    longer: dict[str, Counter[str]] = defaultdict(Counter)
    single, phrases = sources.readings(), sources.phrase_readings()
    for word, count, _ in sources.dictionary():
        if not all(character in single for character in word):
            continue
        marked = phrases.get(word, [])
        if len(marked) != len(word):
            marked = [single[character][0] for character in word]
        for character, reading in zip(fold(word), map(toneless, marked), strict=True):
            weights[character][reading] += count
            if len(word) > 1:
                longer[character][reading] += 1
    return weights, longer


def further(
    character: str, main: str, known: list[str], weights: Counter[str], longer: Counter[str]
) -> list[str]:
    """List the readings of a character, besides the main one, that daily words use."""
    total = weights.total() or 1
    found = []
    for reading in dict.fromkeys(known):
        share = weights[reading] / total
        is_common = longer[reading] > 1 and share >= COMMON_SHARE
        if is_common or share >= LONE_WORD_SHARE or SPOKEN.get(character) == reading:
            found.append(reading)
    return [reading for reading in found if reading != main]


def sound_module(fold: Callable[[str], str]) -> str:
    """Write `sound_table.py`."""
    weights, longer = votes(fold)
    main: dict[str, list[str]] = defaultdict(list)
    other: dict[str, list[str]] = defaultdict(list)
    written = [c for c in sources.readings() if sources.is_han(c) and fold(c) == c]
    for character in sorted(written, key=lambda c: (-weights[c].total(), c)):
        known = [r for r in map(toneless, sources.readings()[character]) if r not in NO_SYLLABLES]
        known += [SPOKEN[character]] if character in SPOKEN else []
        # Words that fold to the character may bring a reading of another form of it: 乾 qian is written 干 as well.
        known += sorted(weights[character].keys() - set(known) - NO_SYLLABLES)
        if not known:
            continue
        commonest = max(known, key=lambda reading: (weights[character][reading], -known.index(reading)))
        main[commonest].append(character)
        for reading in further(character, commonest, known, weights[character], longer[character]):
            other[reading].append(character)
    syllables = sorted(main | other)
    return "\n\n".join(
        [
            header(
                "Characters by toneless syllable, commonest first; `MAIN` and `OTHER` are parallel to `SYLLABLES`.",
                [sources.PYPINYIN, sources.JIEBA, sources.FOLD],
            ),
            listed("SYLLABLES", syllables),
            "# What people type instead, and the syllable they mean.",
            listed("SPELLINGS", SPELLINGS),
            "# Characters of which it is the commonest reading.",
            listed("MAIN", ("".join(main[syllable]) for syllable in syllables)),
            "# Characters of which it is a further reading in daily use.",
            listed("OTHER", ("".join(other[syllable]) for syllable in syllables)),
        ]
    )

"""English words that are to be known as such: neither pinyin, nor another word backwards, nor pieces of one.

From the frequency list that SymSpell ships (Google Books n-grams met with SCOWL): its common words. Of the short ones
only the commonest, since the list holds abbreviations and bits of other languages that are syllables of pinyin.
"""

from typing import Final

from moderation.rules.tables.generating import sources
from moderation.rules.tables.generating.writing import header, wrapped

COMMON: Final = 30_000
COMMON_SHORT: Final = 6_000

# Pinyin, names and abbreviations rather than English words.
NOT_ENGLISH: Final = frozenset(
    (
        *(
            "ali",
            "ben",
            "bio",
            "chi",
            "dan",
            "de",
            "dee",
            "gen",
            "geo",
            "ha",
            "ken",
            "la",
            "lee",
            "lou",
            "mae",
            "mai",
        ),
        *("mia", "min", "na", "que", "rio", "san", "sen", "tai", "wan"),
        *("jan", "mar", "jun", "sep", "mon", "tue", "wed", "thu", "sat", "fri"),
    )
)


def english_words() -> list[str]:
    """List the words, in the order of the alphabet."""
    listed = sources.english()
    return sorted(
        word
        for rank, word in enumerate(listed[:COMMON])
        if word.isascii()
        and word.isalpha()
        and len(word) >= 2
        and (len(word) > 3 or rank < COMMON_SHORT)
        and word not in NOT_ENGLISH
    )


def english_module() -> str:
    """Write `english_table.py`."""
    return "\n\n".join(
        [
            header("Common words of English, between spaces.", [sources.SYMSPELL]),
            wrapped("WORDS", " ".join(english_words())),
        ]
    )

"""The fold, as a table: what each character becomes, taken to a fixed point so that folding is idempotent.

The data come from the Unicode character database of the running Python, from OpenCC and from Unicode's confusables.
"""

import unicodedata
from collections.abc import Iterator
from importlib import metadata

from moderation.rules.tables.generating import sources
from moderation.rules.tables.generating.han import simplified, whole_form
from moderation.rules.tables.generating.letters import plain_letter, plain_number, unbracketed
from moderation.rules.tables.generating.writing import header, listed, ranges, spread, wrapped

# Raise this when the *recipe* below changes: compiled rule sets refuse a fold other than their own.
RECIPE = 2

# Two Arabic ligatures stand for whole phrases of up to 18 characters. Nobody hides a word in them, and a text of
# them would make 18 times the work.
LONGEST_FOLD = 6

LAST_CODE_POINT = 0x3FFFF  # nothing is assigned between the tertiary ideographs and the tags at U+E0000
TAGS_AND_SELECTORS = range(0xE0000, 0xE1000)  # default ignorable as a block, assigned or not

LINE_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")

# Visible as nothing although their category is "letter" (the four Hangul fillers), "mark" (two Khmer inherent
# vowels), "symbol" (the empty Braille cell, the musical null note) or "unassigned" (reserved for ignorable
# characters); the Arabic tatweel only stretches a word.
BLANKS = frozenset(
    "\u2800\U0001d159\u115f\u1160\u3164\uffa0\u17b4\u17b5\u2065\ufff0\ufff1\ufff2\ufff3\ufff4\ufff5\ufff6\ufff7\ufff8\u0640"
)

# Kana sound marks and nothing else of their kind are letters' own parts: か and が are different words.
KANA_MARKS = frozenset("\u3099\u309a")

# Marks that decorate. Vowel signs of Indic and Thai scripts are marks as well, but they spell.
DECORATING_MARKS = (
    "COMBINING", "VARIATION SELECTOR", "MONGOLIAN FREE VARIATION", "ARABIC", "HEBREW", "SYRIAC", "IDEOGRAPHIC",
    "MUSICAL SYMBOL COMBINING",
)  # fmt: skip


def code_points() -> Iterator[str]:
    """Yield every character the tables speak about."""
    yield from map(chr, range(LAST_CODE_POINT + 1))
    yield from map(chr, TAGS_AND_SELECTORS)


def is_dropped(character: str) -> bool:
    """Say whether a character is invisible or mere decoration, so that nothing is lost without it."""
    if character in BLANKS or ord(character) in TAGS_AND_SELECTORS:
        return True
    # The iota below is a letter that is written small: case folding makes one of it.
    if character in KANA_MARKS or character == "\u0345" or character.isspace():
        return False
    category = unicodedata.category(character)
    # Lone surrogates cannot be encoded and hence not be matched: they go the way of control characters.
    if category in {"Cc", "Cf", "Cs", "Me"}:
        return True
    return category == "Mn" and unicodedata.name(character, "").startswith(DECORATING_MARKS)


def fold_once(text: str, to_simplified: dict[str, str]) -> str:
    """Fold text by the libraries, the slow way: compatibility, case, accents, disguises, white space, Han."""
    text = unicodedata.normalize("NFKC", "".join(map(unbracketed, text))).casefold()
    text = "".join(c for c in unicodedata.normalize("NFD", text) if not is_dropped(c))
    return "".join(fold_visible(c, to_simplified) for c in unicodedata.normalize("NFC", text))


def fold_visible(character: str, to_simplified: dict[str, str]) -> str:
    """Fold what the Unicode normal forms leave alone."""
    if character in LINE_BREAKS:
        return "\n"
    if character.isspace():
        return " "
    if unicodedata.category(character) == "Nd":
        return str(unicodedata.decimal(character))
    plain = plain_letter(character) or plain_number(character) or whole_form(character)
    return plain or to_simplified.get(character, character)


def fold_table() -> dict[str, str]:
    """Map each character that folding changes to its fold, run to a fixed point so that folding is idempotent."""
    to_simplified = simplified(code_points())
    table = {}
    for character in code_points():
        if is_dropped(character):
            table[character] = ""
            continue
        folded, previous = fold_once(character, to_simplified), character
        while folded != previous:
            folded, previous = fold_once(folded, to_simplified), folded
        if folded != character and len(folded) <= LONGEST_FOLD:
            table[character] = folded
    return table


def fold_version() -> str:
    """Name the recipe and the data; compiled rule sets remember it."""
    opencc, confusables = metadata.version("opencc"), metadata.version("confusable-homoglyphs")
    return f"{RECIPE}-unicode{unicodedata.unidata_version}-opencc{opencc}-confusables{confusables}"


def fold_module(table: dict[str, str]) -> str:
    """Write `fold_table.py`."""
    one = {old: new for old, new in table.items() if len(new) == 1}
    return "\n\n".join(
        [
            header(
                "What each character folds to: one for one, one for many, or nothing.",
                [sources.UNICODE, sources.OPENCC, sources.CONFUSABLES],
            ),
            f'FOLD_VERSION = "{fold_version()}"',
            spread("DROPPED", ranges(old for old, new in table.items() if not new)),
            wrapped("ONE_FROM", "".join(one)),
            wrapped("ONE_TO", "".join(one.values())),
            listed("MANY", ((old, new) for old, new in table.items() if len(new) > 1)),
        ]
    )

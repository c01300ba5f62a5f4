"""Generate the baked tables of this folder: `python -m moderation.rules.tables.generate`.

What for: folding at run time is one `str.translate` with a table that needs no library. The data come from the
Unicode character database of the running Python and from OpenCC (a development dependency only).
Not imported by the service; a test regenerates both files and compares, so that they are never edited by hand.
"""

import sys
import unicodedata
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from opencc import OpenCC

FOLDER = Path(__file__).parent

# Raise this when the *recipe* below changes: compiled rule sets refuse a fold other than their own.
RECIPE = 1

# Two Arabic ligatures stand for whole phrases of up to 18 characters. Nobody hides a word in them, and a text of
# them would make 18 times the work.
LONGEST_FOLD = 6

LAST_CODE_POINT = 0x3FFFF  # nothing is assigned between the tertiary ideographs and the tags at U+E0000
TAGS_AND_SELECTORS = range(0xE0000, 0xE1000)  # default ignorable as a block, assigned or not

LINE_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")

# Visible as nothing although their category is "letter" (the four Hangul fillers), "mark" (two Khmer inherent
# vowels) or "unassigned" (reserved for ignorable characters); the Arabic tatweel only stretches a word.
BLANKS = frozenset(
    "\u115f\u1160\u3164\uffa0\u17b4\u17b5\u2065\ufff0\ufff1\ufff2\ufff3\ufff4\ufff5\ufff6\ufff7\ufff8\u0640"
)

# Kana sound marks and nothing else of their kind are letters' own parts: か and が are different words.
KANA_MARKS = frozenset("\u3099\u309a")

# Marks that decorate. Vowel signs of Indic and Thai scripts are marks as well, but they spell.
DECORATING_MARKS = (
    "COMBINING", "VARIATION SELECTOR", "MONGOLIAN FREE VARIATION", "ARABIC", "HEBREW", "SYRIAC", "IDEOGRAPHIC",
)  # fmt: skip

# Scripts that put spaces between words: a term must not begin or end inside a run of their letters. Hangul is
# absent on purpose: its particles are glued to the word.
SPACED_SCRIPTS = (
    "LATIN", "GREEK", "COPTIC", "CYRILLIC", "ARMENIAN", "HEBREW", "ARABIC", "SYRIAC", "GEORGIAN", "DEVANAGARI",
    "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "ETHIOPIC",
    "CHEROKEE", "MONGOLIAN",
)  # fmt: skip

# Unassigned code points of these blocks become pictures with every Unicode version.
PICTURES = (range(0x2000, 0x2C00), range(0x1F000, 0x1FB00))


def code_points() -> Iterator[str]:
    """Yield every character the tables speak about."""
    yield from map(chr, range(LAST_CODE_POINT + 1))
    yield from map(chr, TAGS_AND_SELECTORS)


def is_dropped(character: str) -> bool:
    """Say whether a character is invisible or mere decoration, so that nothing is lost without it."""
    if character in BLANKS or ord(character) in TAGS_AND_SELECTORS:
        return True
    if character in KANA_MARKS or character.isspace():
        return False
    category = unicodedata.category(character)
    # Lone surrogates cannot be encoded and hence not be matched: they go the way of control characters.
    if category in {"Cc", "Cf", "Cs", "Me"}:
        return True
    return category == "Mn" and unicodedata.name(character, "").startswith(DECORATING_MARKS)


def simplified() -> dict[str, str]:
    """Map each traditional character to its simplified form, where that is one character."""
    han = [c for c in code_points() if unicodedata.name(c, "").startswith("CJK ")]
    # A line break between them keeps OpenCC from seeing phrases; one call instead of ninety thousand.
    converted = OpenCC("t2s").convert("\n".join(han)).split("\n")
    return {old: new for old, new in zip(han, converted, strict=True) if len(new) == 1}


def fold_once(text: str, to_simplified: dict[str, str]) -> str:
    """Fold text by the libraries, the slow way: compatibility, case, accents, digits, white space, Han."""
    text = unicodedata.normalize("NFKC", text).casefold()
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
    return to_simplified.get(character, character)


def fold_table() -> dict[str, str]:
    """Map each character that folding changes to its fold, run to a fixed point so that folding is idempotent."""
    to_simplified = simplified()
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


def is_separator(character: str) -> bool:
    """Say whether a character is one that people put *between* letters: space, punctuation, symbol, picture."""
    category = unicodedata.category(character)
    if category == "Cn":
        return any(ord(character) in block for block in PICTURES)
    return category[0] in "PSZ" or category == "Co" or character.isspace()


def is_spaced_letter(character: str) -> bool:
    """Say whether a character belongs to the words of a script that puts spaces between them."""
    is_letter = unicodedata.category(character)[0] in "LM"
    return is_letter and unicodedata.name(character, "").startswith(SPACED_SCRIPTS)


def ranges(characters: Iterable[str]) -> list[tuple[int, int]]:
    """Gather ascending characters into closed ranges of code points."""
    found: list[tuple[int, int]] = []
    for code in map(ord, characters):
        if found and found[-1][1] == code - 1:
            found[-1] = (found[-1][0], code)
        else:
            found.append((code, code))
    return found


def wrapped(name: str, text: str) -> str:
    """Write a long string as a constant of many short lines."""
    lines = [f"    {text[i : i + 64]!r}" for i in range(0, len(text), 64)]
    return "\n".join([f"{name} = (", *lines, ")"])


def listed(name: str, values: Iterable[object]) -> str:
    """Write a tuple as a constant, one value a line."""
    return "\n".join([f"{name} = (", *(f"    {value!r}," for value in values), ")"])


def spread(name: str, pairs: list[tuple[int, int]]) -> str:
    """Write closed ranges of code points as a constant, eight a line."""
    lines = [
        "    " + " ".join(f"({first:#x}, {last:#x})," for first, last in pairs[i : i + 8])
        for i in range(0, len(pairs), 8)
    ]
    return "\n".join([f"{name} = (", *lines, ")"])


def header(purpose: str) -> str:
    """Tell where the file came from and under which licences."""
    return (
        f'"""{purpose}\n\n'
        "Generated by moderation/rules/tables/generate.py: do not edit.\n"
        f"Sources: Unicode Character Database {unicodedata.unidata_version} (Unicode License v3),\n"
        f'OpenCC {metadata.version("opencc")}, configuration t2s (Apache License 2.0).\n"""\n'
    )


def fold_module(table: dict[str, str]) -> str:
    """Write `fold_table.py`."""
    one = {old: new for old, new in table.items() if len(new) == 1}
    return "\n\n".join(
        [
            header("What each character folds to: one for one, one for many, or nothing."),
            f'FOLD_VERSION = "{RECIPE}-unicode{unicodedata.unidata_version}-opencc{metadata.version("opencc")}"',
            spread("DROPPED", ranges(old for old, new in table.items() if not new)),
            wrapped("ONE_FROM", "".join(one)),
            wrapped("ONE_TO", "".join(one.values())),
            listed("MANY", ((old, new) for old, new in table.items() if len(new) > 1)),
        ]
    )


def kind_module(table: dict[str, str]) -> str:
    """Write `kind_table.py`: kinds of the characters that folded text can hold."""
    kept = [c for c in code_points() if c not in table]
    return "\n\n".join(
        [
            header("Kinds of folded characters, as closed ranges of code points."),
            spread("SEPARATORS", ranges(filter(is_separator, kept))),
            spread("SPACED_LETTERS", ranges(filter(is_spaced_letter, kept))),
        ]
    )


def generate() -> dict[str, str]:
    """Return the text of each generated file by its name."""
    table = fold_table()
    return {"fold_table.py": fold_module(table) + "\n", "kind_table.py": kind_module(table) + "\n"}


def main() -> None:
    """Write the files beside this one."""
    for name, text in generate().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{name}: {len(text):,} characters\n")


if __name__ == "__main__":  # pragma: no cover -- the tests call `main`
    main()

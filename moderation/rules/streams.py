"""Readings of a folded text beside the text itself, each undoing some disguise.

A stream is a string to search plus the way back to the folded text. `join` is needed for every comment; the others
are built only where a cheap probe asks for them, and most comments pass every probe.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import groupby
from types import MappingProxyType
from typing import Final

from moderation.rules.automaton import Automaton
from moderation.rules.characters import SENTENCE_MARKS, SEPARATORS
from moderation.rules.model import Channel
from moderation.rules.vocabulary import UNLISTED_COST, chinese_words

_WITHOUT_SEPARATORS: Final = dict.fromkeys(map(ord, SEPARATORS))
_NO_MARKS: Final[Mapping[int, Channel]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Stream:
    """A reading: its character `i` was written by the folded characters from `firsts[i]` to `lasts[i]`, inclusive.

    `marks` names the channel of each character that is not simply the one written there.
    """

    text: str
    firsts: Sequence[int]
    lasts: Sequence[int]
    marks: Mapping[int, Channel] = field(default_factory=lambda: _NO_MARKS)


def join(folded: str) -> str:
    """Take the separators out, so that "赌-博" reads "赌博"."""
    return folded.translate(_WITHOUT_SEPARATORS)


def join_places(folded: str) -> list[int]:
    """Give the place in the folded text of each character of `join(folded)`."""
    return [place for place, character in enumerate(folded) if character not in SEPARATORS]


def joined(folded: str) -> Stream:
    """Give the joined text with its way back."""
    places = join_places(folded)
    return Stream(join(folded), places, places)


# --- leet and emoji: single characters that stand for others

# What a digit or symbol stands for beside letters; those with a second meaning have it in `_LEET_ELSE`.
_LEET: Final = str.maketrans("0134578@$!|+", "oieastbasilt")
_LEET_ELSE: Final = str.maketrans("1!|", "lli")
_LEET_WAYS: Final[tuple[Mapping[int, int | str], ...]] = (_LEET, {**_LEET, **_LEET_ELSE})
_LEET_TOKEN: Final = re.compile(r"[a-z0-9@$!|+]*[0134578@$!|+][a-z0-9@$!|+]*")
_LETTER: Final = re.compile("[a-z]")
_HAS_LEET: Final = re.compile("[a-z][0134578@$!|+]|[0134578@$!|+][a-z]")
_TAIL_MARKS: Final = "!|+"

# "c-4-s-1": spelled out, one by one.
_SPELLED: Final = re.compile(r"(?<![a-z0-9@$])[a-z0-9@$](?:[^a-z0-9@$\n]{1,3}[a-z0-9@$](?![a-z0-9@$])){2,}")


def leet(folded: str) -> list[str]:
    """Read digits and symbols as letters in tokens that have a letter; no, one or two readings of the folded text.

    One character for one, hence places stay. Marks at the end of a token are marks: "sale!!!" is no "salei".
    """
    if not _HAS_LEET.search(folded) and not _SPELLED.search(folded):
        return []
    readings = []
    for table in _LEET_WAYS:
        pieces: list[str] = []
        done = 0
        for match in _LEET_TOKEN.finditer(folded):
            token = match.group()
            if _LETTER.search(token):
                kept = token.rstrip(_TAIL_MARKS)
                pieces += (folded[done : match.start()], kept.translate(table), token[len(kept) :])
                done = match.end()
        reading = _SPELLED.sub(partial(_leet_spelled, table), "".join([*pieces, folded[done:]]))
        if reading != folded and reading not in readings:
            readings.append(reading)
    return readings


def _leet_spelled(table: Mapping[int, int | str], spelled: re.Match[str]) -> str:
    text = spelled.group()
    return (
        text.translate({code: to for code, to in table.items() if chr(code) in "0134578@$"})
        if _LETTER.search(text)
        else text
    )


@cache
def _emoji() -> tuple[re.Pattern[str], Sequence[Mapping[str, str]]]:
    from moderation.rules.tables.emoji_table import NAMES  # noqa: PLC0415 -- read when first asked for

    names: dict[str, list[str]] = {}
    for emoji, name in NAMES:
        if len(emoji) == 1:
            names.setdefault(emoji, []).append(name)
    most = max(map(len, names.values()))
    tables = [{emoji: each[min(way, len(each) - 1)] for emoji, each in names.items()} for way in range(most)]
    return re.compile(f"[{''.join(map(re.escape, names))}]"), tables


def rewrite(folded: str) -> list[tuple[Stream, str]]:
    """Join the text with emoji read by their names and leet by its letters, every way; each with the text leet gives."""
    pattern, tables = _emoji()
    leeted = leet(folded) or [folded]
    if not pattern.search(folded):
        return [(_rewritten(folded, written, {}), written) for written in leeted if written != folded]
    ways: dict[str, tuple[Stream, str]] = {}
    for names in tables:
        for written in leeted:
            stream = _rewritten(folded, written, names)
            ways.setdefault(stream.text, (stream, written))
    return list(ways.values())


def _rewritten(folded: str, written: str, names: Mapping[str, str]) -> Stream:
    text: list[str] = []
    places: list[int] = []
    marks: dict[int, Channel] = {}
    for place, character in enumerate(written):
        if name := names.get(character):
            marks.update(dict.fromkeys(range(len(text), len(text) + len(name)), Channel.EMOJI))
            text += name
            places += [place] * len(name)
        elif character not in SEPARATORS:
            if character != folded[place]:
                marks[len(text)] = Channel.LEET
            text.append(character)
            places.append(place)
    return Stream("".join(text), places, places, marks)


# --- characters written as their components


@cache
def _components() -> tuple[Automaton, Sequence[str]]:
    from moderation.rules.tables.split_table import SPLITS  # noqa: PLC0415 -- large

    return Automaton.build([entry[1:] for entry in SPLITS]), [entry[0] for entry in SPLITS]


MOST_COMPOSED: Final = 2_000
STRANGE_COST: Final = 1_050


def compose(stream: Stream) -> list[Stream]:
    """Put components together to characters, leftmost longest first, and the other way round where that differs."""
    automaton, wholes = _components()
    found, _ = automaton.find(stream.text, limit=MOST_COMPOSED)
    if not found:
        return []
    chosen = _without_overlap(sorted(found, key=lambda each: (each[0], -each[1])))
    streams = [_composed(stream, chosen, wholes)]
    backwards = _without_overlap(sorted(found, key=lambda each: (-each[1], each[0])))
    strange = _without_overlap(
        each
        for each in sorted(found, key=lambda each: (each[0], -each[1]))
        if _is_strange(stream.text, *each)
    )
    seen = [chosen]
    for other in (sorted(backwards), strange):
        if other and other not in seen:
            seen.append(other)
            streams.append(_composed(stream, other, wholes))
    return streams


def _is_strange(text: str, begin: int, end: int, _number: int) -> bool:
    """Say whether components are such as hardly stand alone in ordinary writing."""
    costs = chinese_words().costs
    return any(costs.get(character, UNLISTED_COST) > STRANGE_COST for character in text[begin:end])


def _without_overlap(found: Iterable[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Keep each occurrence that does not overlap the one kept before it; they come from one side to the other."""
    kept: list[tuple[int, int, int]] = []
    for each in found:
        if not kept or each[0] >= kept[-1][1] or each[1] <= kept[-1][0]:
            kept.append(each)
    return kept


def _composed(stream: Stream, chosen: Sequence[tuple[int, int, int]], wholes: Sequence[str]) -> Stream:
    text: list[str] = []
    firsts: list[int] = []
    lasts: list[int] = []
    marks: dict[int, Channel] = {}

    def copy(begin: int, end: int) -> None:
        for place in range(begin, end):
            if place in stream.marks:
                marks[len(firsts) + place - begin] = stream.marks[place]
        text.append(stream.text[begin:end])
        firsts.extend(stream.firsts[begin:end])
        lasts.extend(stream.lasts[begin:end])

    done = 0
    for begin, end, number in chosen:
        copy(done, begin)
        marks[len(firsts)] = Channel.SPLIT
        text.append(wholes[number])
        firsts.append(stream.firsts[begin])
        lasts.append(stream.lasts[end - 1])
        done = end
    copy(done, len(stream.text))
    return Stream("".join(text), firsts, lasts, marks)


# --- repeated characters

_RUN: Final = re.compile(r"(.)\1+", re.DOTALL)


def collapse(stream: Stream, folded: str) -> tuple[Stream, list[int]] | None:
    """Make each run of one character a single one that covers it, and give their lengths; None without a run."""
    if not _RUN.search(stream.text):
        return None
    text: list[str] = []
    lengths: list[int] = []
    firsts: list[int] = []
    lasts: list[int] = []
    marks: dict[int, Channel] = {}
    for place, character in enumerate(stream.text):
        if (
            text
            and text[-1] == character
            and SENTENCE_MARKS.isdisjoint(folded[lasts[-1] : stream.firsts[place]])
        ):
            lasts[-1] = stream.lasts[place]
            lengths[-1] += 1
            marks.setdefault(len(text) - 1, Channel.REPEAT)
            continue
        if place in stream.marks:
            marks[len(text)] = stream.marks[place]
        text.append(character)
        firsts.append(stream.firsts[place])
        lasts.append(stream.lasts[place])
        lengths.append(1)
    return Stream("".join(text), firsts, lasts, marks), lengths


def collapsed(text: str) -> str:
    """Collapse a term the same way."""
    return _RUN.sub(r"\1", text)


def run_lengths(text: str) -> list[int]:
    """Tell how often each character of the collapsed text stood in a row."""
    return [len(list(run)) for _, run in groupby(text)]


def reverse(stream: Stream) -> Stream:
    """Read a stream from its end; places fall then."""
    size = len(stream.text)
    marks = {size - 1 - place: channel for place, channel in stream.marks.items()}
    return Stream(stream.text[::-1], stream.firsts[::-1], stream.lasts[::-1], marks)


# --- numbers

_NUMERALS: Final = str.maketrans("零〇一二两三四五六七八九壹贰叁肆伍陆柒捌玖幺", "0012234567891234567891")
_TEEN: Final = re.compile("十(?=[一二三四五六七八九])")
_HAS_NUMERAL: Final = re.compile("[0-9零〇一二两三四五六七八九壹贰叁肆伍陆柒捌玖幺]")


def has_numerals(text: str) -> bool:
    """Say whether a folded text has a digit or a Chinese one."""
    return _HAS_NUMERAL.search(text) is not None


def numerals(text: str) -> str:
    """Write the digits of Chinese as digits, one for one: 六合彩 and 6合彩 become the same."""
    return _TEEN.sub("1", text).translate(_NUMERALS)

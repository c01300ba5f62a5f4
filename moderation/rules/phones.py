"""Which numbers are phone numbers: the shapes of mobile phones, landlines and hotlines of China, and + of all the world.

Shape is nearly all there is to go by, as the eleven digits of a mobile phone come without a word of explanation.
Hence nothing that goes on to either side (an order, a card, a decimal), no list of prices (1399 1499 899), no money.
"""

import re
from collections.abc import Iterator
from typing import Final

from moderation.rules.model import Channel
from moderation.rules.numbers import Number

_MOBILE: Final = re.compile(r"1[3-9]\d{9}")
_COUNTRY: Final = ("86", "0086")
# The first two digits of all of them.
_OPENINGS: Final = frozenset("13 14 15 16 17 18 19 86 00 01 02 03 04 05 06 07 08 09 40 80".split())  # noqa: SIM905
_LEAST_PHONE_DIGITS: Final = 9
_MOST_PHONE_DIGITS: Final = 15
_MOST_GROUPS: Final = 15
_USUAL_GAPS: Final = frozenset((" ", "-", ".", "·", "—", "–", " - ", ")", ") ", ")-"))
# Signs that make one thing of what they join: 2024-13800138000 is an order, 0.13800138000 a share.
_TIGHT: Final = frozenset("-._/*:=")
_WORD: Final = re.compile(r"[\w+]")
# How people group the eleven digits; 138 0013 8000 is the usual way.
_MOBILE_SHAPES: Final = frozenset({(3, 4, 4), (3, 8), (7, 4)})
_HYPHENED_SHAPES: Final = frozenset({(4, 4, 3), (4, 3, 4), (3, 3, 5), (5, 6)})
_LANDLINE: Final = re.compile(r"0(?:10|2\d|[3-9]\d\d)[2-8]\d{6,7}")
_HOTLINE: Final = re.compile(r"[48]00\d{7}")
# How far before a number its cue may begin.
_CUE_CHARS: Final = 24
_PHONE_CUE: Final = re.compile(
    r"(?:电\W?话|手\W?机|热\W?线|致\W?电|来\W?电|联\W?系|拨\W?打|咨\W?询|微\W?信|☎|📞|📱|(?<![a-z])(?:tel|phone|call|mobile|vx?|wx))"
    r"(?:\W|号码?|方式|是|为|我|请|加){0,6}\+?$"
)

_AMOUNT: Final = r"\s?(?:[元块円圆刀]|美[元金]|日元|[$¥€%℃]|rmb|usd"
_MONEY: Final = re.compile(_AMOUNT + ")")
_UNIT: Final = re.compile(_AMOUNT + r"|[年月日号人名位个万亿次分秒天度倍岁票米斤吨册条辆户字节级]|k?m\b)")


def find_phones(folded: str, number: Number) -> Iterator[tuple[int, int, Channel]]:
    """Find the phone numbers in a run of digits: some of its groups, that are no part of something longer."""
    first = 0
    while first < len(number.groups):
        last = _phone_at(folded, number, first)
        if last is None:
            first += 1
            continue
        behind, channel = last
        start = number.groups[first][0]
        start -= folded[start - 1 : start] == "+"
        yield start, number.groups[behind - 1][1], number.channel(channel)
        first = behind


def _phone_at(folded: str, number: Number, first: int) -> tuple[int, Channel] | None:
    """Tell behind which group a phone number ends that begins with group `first`, and how it was written."""
    before = number.gaps[first - 1] if first else ""
    if before in _TIGHT:
        return None
    opening = "".join(digits[:2] for _, _, digits in number.groups[first : first + 2])[:2]
    is_international = _is_international(folded, number, first)
    if not (is_international or opening in _OPENINGS) or not _begins_free(folded, number, first):
        return None
    most = min(first + _MOST_GROUPS, len(number.groups))
    size = 0
    for behind in range(first + 1, most + 1):
        size += len(number.groups[behind - 1][2])
        # What joins its groups joined the first of them to another number: it is longer than that.
        if size > _MOST_PHONE_DIGITS or before in number.gaps[first : behind - 1]:
            return None
        if size < _LEAST_PHONE_DIGITS or not _ends_free(folded, number, first, behind):
            continue
        if is_international and (behind == len(number.groups) or number.digits(first, first + 1) == "86"):
            return behind, Channel.EXACT
        if channel := _shape_of(folded, number, first, behind):
            return behind, channel
    return None


def _begins_free(folded: str, number: Number, first: int) -> bool:
    """Say whether no letter stands before a number, as in SF13800138000, unless it is a cue: tel13800138000."""
    before = folded[max(0, number.groups[first][0] - 1) : number.groups[first][0]]
    return not (before.isascii() and before.isalpha()) or _is_after_cue(folded, number, first)


def _is_international(folded: str, number: Number, first: int) -> bool:
    start = number.groups[first][0]
    if folded[start - 1 : start] != "+" or _WORD.match(folded[max(0, start - 2) : max(0, start - 1)]):
        return False
    opening = number.groups[first : first + 3]
    return opening[0][2][0] != "0" and max(len(digits) for _, _, digits in opening) >= 3


def _ends_free(folded: str, number: Number, first: int, behind: int) -> bool:
    """Say whether a number is not continued by the sign that joins its own groups, nor by a letter."""
    after = number.gaps[behind - 1] if behind <= len(number.gaps) else ""
    if after in _TIGHT or after in number.gaps[first : behind - 1]:
        return False
    letter = folded[number.groups[behind - 1][1] : number.groups[behind - 1][1] + 1]
    return not (letter.isascii() and (letter.isalpha() or letter == "_"))


def _shape_of(folded: str, number: Number, first: int, behind: int) -> Channel | None:
    """Say how groups of digits are written as a phone number of China, None when they are none."""
    digits = number.digits(first, behind)
    for country in _COUNTRY:
        if len(digits) == 11 + len(country) and digits.startswith(country):
            digits = digits[len(country) :]
    sizes = [end - start for start, end, _ in number.groups[first:behind]]
    if sizes[0] in {2, 4} and len(digits) + sizes[0] == sum(sizes):
        first, sizes = first + 1, sizes[1:]
    gaps = set(number.gaps[first : behind - 1])
    has_cue = _is_after_cue(folded, number, first)
    if _MOBILE.fullmatch(digits):
        if _MONEY.match(folded, number.groups[behind - 1][1]):
            return None
        shape = tuple(sizes)
        if len(shape) == 1 or (shape in _MOBILE_SHAPES and len(gaps) == 1 and gaps <= _USUAL_GAPS):
            return Channel.EXACT
        if shape in _HYPHENED_SHAPES and gaps == {"-"}:
            return Channel.EXACT
        is_spelled = max(sizes) <= 2 or number.is_disguised or has_cue
        return Channel.SEPARATOR if is_spelled else None
    if _LANDLINE.fullmatch(digits):
        is_usual = len(sizes) > 1 and sizes[0] in {3, 4} and gaps <= _USUAL_GAPS
    else:
        is_usual = sizes[:2] in ([3, 3], [3, 4], [3, 7]) and gaps == {"-"}
        has_cue = has_cue and not is_amount(folded, number.groups[behind - 1][1])
        if not _HOTLINE.fullmatch(digits):
            return None
    return Channel.EXACT if is_usual or has_cue else None


def is_amount(folded: str, place: int) -> bool:
    """Say whether what follows makes a number an amount: 10000 元, 12345 人."""
    return _UNIT.match(folded, place) is not None


def _is_after_cue(folded: str, number: Number, first: int) -> bool:
    start = number.groups[first][0]
    return _PHONE_CUE.search(folded, max(0, start - _CUE_CHARS), start) is not None

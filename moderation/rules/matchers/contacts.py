r"""Ways to be reached elsewhere: phone, QQ, WeChat, Telegram, e-mail; in digits of any disguise.

A number alone says little: five to eleven digits are a price, a year, a score. Hence a phone number must have the
shape of one, and all other numbers and names a *cue* beside them (`qq`, 扣扣, 微信, `vx`). Innocent texts have the
cue without the number (微信支付, QQ音乐) or the number without the cue (12345 热线, 110).

Numbers and names are looked for first; cues only in the few characters around them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Final, NamedTuple, Self

from moderation.rules.addresses import Address
from moderation.rules.found import Found
from moderation.rules.model import Channel, Span
from moderation.rules.spans import Cover

ANY: Final = "*"
PHONE, QQ, WECHAT, TELEGRAM, EMAIL = "phone", "qq", "wechat", "telegram", "email"
KINDS: Final = (PHONE, QQ, WECHAT, TELEGRAM, EMAIL)

# More than any honest comment has of numbers and names; each may have a cue beside it.
MAX_CANDIDATES: Final = 1_000

# How far before a number or a name its cue may begin.
_CUE_CHARS: Final = 24

# Digits ----------------------------------------------------------------------------------------------------


def _disguises() -> dict[int, str]:
    """Read as digits what the fold leaves alone: it must not turn 一 into 1 in other words."""
    table = {}
    for digit, written in enumerate(
        ("〇零○", "一壹幺弌", "二贰两弍", "三叁弎", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
    ):
        table.update(dict.fromkeys(map(ord, written), str(digit)))
    # Circled in black, sans-serif and double; their first is the digit 1.
    for first in (0x2776, 0x2780, 0x278A, 0x24F5):
        table.update((first + i, str(i + 1)) for i in range(9))
    return {**table, 0x24FF: "0", 0x1F10B: "0", 0x1F10C: "0"}


_DISGUISES: Final = _disguises()
_OH: Final = re.compile(r"(?<=\d)o+(?=\d|\b)")

# One to three signs between two digits belong to the number, a line break does not.
_RUN: Final = re.compile(r"\d(?:[^\w\n]{0,3}\d){4,}")
_GROUP: Final = re.compile(r"\d+")

# Behind these a number is an amount.
_AMOUNT: Final = r"\s?(?:[元块円圆刀]|美[元金]|日元|[$¥€%℃]|rmb|usd"
_MONEY: Final = re.compile(_AMOUNT + ")")
_UNIT: Final = re.compile(_AMOUNT + r"|[年月日号人名位个万亿次分秒天度倍岁票米斤吨册条辆户字节级]|k?m\b)")


class Contact(NamedTuple):
    """A way to be reached, cue included, in the folded text."""

    kind: str
    start: int
    end: int
    channel: Channel


class _Number(NamedTuple):
    """Digits in groups (start, end, digits) and the signs between the groups."""

    groups: list[tuple[int, int, str]]
    gaps: list[str]
    is_disguised: bool

    @classmethod
    def of(cls, folded: str, view: str, run: re.Match[str]) -> Self:
        groups = [(group.start(), group.end(), group[0]) for group in _GROUP.finditer(view, *run.span())]
        gaps = [view[before[1] : behind[0]] for before, behind in pairwise(groups)]
        return cls(groups, gaps, folded[run.start() : run.end()] != run[0])

    def digits(self, first: int, behind: int) -> str:
        return "".join(digits for _, _, digits in self.groups[first:behind])

    def channel(self, written: Channel) -> Channel:
        return Channel.DIGIT if self.is_disguised else written

    def is_after_cue(self, folded: str, first: int) -> bool:
        start = self.groups[first][0]
        return _PHONE_CUE.search(folded, max(0, start - _CUE_CHARS), start) is not None


# Phones ----------------------------------------------------------------------------------------------------

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
_PHONE_CUE: Final = re.compile(
    r"(?:电\W?话|手\W?机|热\W?线|致\W?电|来\W?电|联\W?系|拨\W?打|咨\W?询|微\W?信|☎|📞|📱|(?<![a-z])(?:tel|phone|call|mobile|vx?|wx))"
    r"(?:\W|号码?|方式|是|为|我|请|加){0,6}\+?$"
)

# Cues ------------------------------------------------------------------------------------------------------

_QQ_CUE: Final = re.compile(
    r"(?:(?<![a-z0-9@])q\W{0,2}q|扣\W{0,2}扣|抠\W{0,2}抠|企\W{0,2}鹅|秋\W{0,2}秋|球\W{0,2}球|蔻\W{0,2}蔻|🐧"
    r"|(?<![a-z0-9])q\W{0,2}[群裙]|[加进入]\W{0,2}[群裙]|[群裙]\W{0,2}号|(?:[加进我扣+➕]|联系)\W{0,2}q)"
    r"(?:\W|号码?|码|[群裙]|是|为|加|我|的|:|联系|搜|找|hao|qun){0,6}$"
)
# Behind a number: 12345678 是我的qq; and not QQ币, qq音乐.
_QQ_BEHIND: Final = re.compile(
    r"[^\w@]{0,2}(?:是?我的?|加)?[^\w@]{0,2}(?:q\W{0,2}q|扣\W{0,2}扣)(?=号|群|\W|$)"
)
_WECHAT_CUE: Final = re.compile(
    r"(?:微\W{0,2}信|薇\W{0,2}信|[徽溦微薇]\W?芯|徽信|溦信|微\W?❤|(?<![a-z0-9])v\W{0,2}(?:信|芯|❤)|(?P<weak>[威维围]信|卫星)"
    r"|(?P<firm>(?<![a-z0-9])(?:v\W?x|w\W?x|w\W?e\W?i\W?x\W?i\W?n|we\W?chat|vxin)"
    r"|[加+➕]\W{0,2}我?\W{0,2}(?:v(?!ip)|w|微|薇|威|维|卫星|威信|维信|围信|喂)|(?<![\w])[微薇v]\W?[:：]))"
    r"(?P<link>(?:\W|号码?|[群号]|是|为|加|我|的|同号?|搜|找|id){0,6})$"
)
_WECHAT_GLUED: Final = re.compile(r"(?P<cue>vx|wx|weixin|wechat|v)(?P<name>[a-z][-_a-z0-9]{5,19})")
_ADD: Final = re.compile(r"[加+➕]\W{0,2}$")
_FIGURE: Final = re.compile(r"[-_0-9]")
_MARKED: Final = re.compile(r"[:：=]|号|id|加")
_TELEGRAM_CUE: Final = re.compile(
    r"(?:(?<![a-z0-9])(?:telegram|tele|tg)|电\W{0,2}报|(?P<weak>纸?飞\W{0,2}机|✈))(?P<link>(?:\W|号|群|频道|是|为|加|我|的|搜|找|id){0,6})$"
)
_NAME: Final = re.compile(r"(?<![-_a-z0-9])[a-z][-_a-z0-9]{4,31}(?![-_a-z0-9])")
_FLIGHT: Final = re.compile(r"[a-z]{1,2}\d{1,4}")
# Names of products that follow a cue in honest texts.
_PRODUCT: Final = re.compile(
    r"(?:iphone|ipad|android|windows?|win|macos|mac|harmony|version|mini|update|beta|ios|tencent|weixin|wechat|galaxy|xiaomi|huawei|python|widgets)"
    r"(?![a-z]{3}).*"
)

# E-mail ----------------------------------------------------------------------------------------------------

# Read backwards, from the host to the left: what stands for @, then the name.
_AT_NAME_BACKWARDS: Final = re.compile(
    r"(?P<at>\ ?@\ ?|\ ?[\])}>】]\ ?(?:ta|@|特艾)\ ?[\[({<【]\ ?|\ ?特[艾爱]\ ?|\ ?a圈\ ?|(?P<weak>\ #\ |\ ?#\ ?|\ ta\ |\ ?🐵\ ?))"
    r"(?P<name>[a-z0-9_][a-z0-9_.+%-]{0,63})"
)
_PROVIDERS: Final = frozenset(
    "qq 163 126 139 189 gmail outlook hotmail foxmail sina sohu yahoo icloud live aliyun yeah proton protonmail".split()  # noqa: SIM905
)

_HOSTS: Final = {
    ("t", "me"): TELEGRAM,
    ("telegram", "me"): TELEGRAM,
    ("telegram", "dog"): TELEGRAM,
    ("qm", "qq", "com"): QQ,
    ("jq", "qq", "com"): QQ,
    ("wpa", "qq", "com"): QQ,
    ("u", "wechat", "com"): WECHAT,
    ("wa", "me"): PHONE,
}


def term_fault(term: str) -> tuple[str, str] | None:
    """Tell what is wrong with the name of a kind of contact, as code and detail."""
    if term == ANY or term in KINDS:
        return None
    return "unknown", f"{term!r} is none of {', '.join((*KINDS, ANY))}"


@dataclass(frozen=True, slots=True)
class Contacts:
    """The rules of a set that ask for contacts, by kind."""

    places: Mapping[str, Sequence[int]]

    @classmethod
    def of(cls, owned: Sequence[tuple[int, str]]) -> Self:
        """Take rules as (place, term)."""
        return cls({kind: [place for place, term in owned if term in {kind, ANY}] for kind in KINDS})

    def find(self, folded: str, addresses: Sequence[Address]) -> tuple[list[Found], bool]:
        """Find contacts in a folded text, and say whether there were more candidates than the cap."""
        contacts, is_cut = find_contacts(folded, addresses)
        return [
            Found(place, Span(start, end), channel)
            for kind, start, end, channel in contacts
            for place in self.places[kind]
        ], is_cut


def find_contacts(folded: str, addresses: Sequence[Address]) -> tuple[list[Contact], bool]:
    """Find contacts of every kind: by address, by number, by name."""
    view = folded.translate(_DISGUISES)
    if "o" in view:
        view = _OH.sub(lambda ohs: "0" * len(ohs[0]), view)
    contacts = [contact for address in addresses for contact in _by_address(view, address)]
    contacts += _by_numbers(folded, view)
    names = _NAME.finditer(folded)
    for name in islice(names, MAX_CANDIDATES):
        contacts += _by_name(folded, name)
    return contacts, len(contacts) >= MAX_CANDIDATES or next(names, None) is not None


# By number -------------------------------------------------------------------------------------------------


def _by_numbers(folded: str, view: str) -> list[Contact]:
    """Read numbers with disguised digits first, then plain ones: in 12345一起, 一 is no digit."""
    contacts: list[Contact] = []
    for run in islice(_RUN.finditer(view), MAX_CANDIDATES):
        contacts += _by_number(folded, _Number.of(folded, view, run))
    if view != folded:
        done = Cover(Span(each.start, each.end) for each in contacts)
        for run in islice(_RUN.finditer(folded), MAX_CANDIDATES):
            plain = _by_number(folded, _Number.of(folded, folded, run))
            contacts += (each for each in plain if not done.holds(Span(each.start, each.end)))
    return contacts


def _by_number(folded: str, number: _Number) -> Iterator[Contact]:
    yield from _phones(folded, number)
    start, end = number.groups[0][0], number.groups[-1][1]
    if _is_loose_account(number):
        channel = number.channel(Channel.SEPARATOR)
    elif 5 <= len(number.digits(0, 1)) <= 11:
        end, channel = number.groups[0][1], number.channel(Channel.EXACT)
    else:
        return
    if _UNIT.match(folded, end) or number.digits(0, 1).startswith("0"):
        return
    from_ = max(0, start - _CUE_CHARS)
    if cue := _QQ_CUE.search(folded, from_, start):
        yield Contact(QQ, cue.start(), end, channel)
    elif behind := _QQ_BEHIND.match(folded, end):
        yield Contact(QQ, start, behind.end(), channel)
    if (cue := _WECHAT_CUE.search(folded, from_, start)) and (
        cue["firm"] or _MARKED.search(cue["link"]) or (end - start >= 7 and not cue["weak"])
    ):
        yield Contact(WECHAT, cue.start(), end, channel)


def _is_loose_account(number: _Number) -> bool:
    """Say whether single digits or pairs with signs between them are one number, rather than a date or a version."""
    sizes = [end - start for start, end, _ in number.groups]
    if not 6 <= sum(sizes) <= 11 or len(sizes) < 3 or max(sizes) > 4:
        return False
    if any(mark in gap for gap in number.gaps for mark in ":/,、"):
        return False
    return max(sizes) == 1 or (len(set(sizes[:-1])) == 1 and not any("." in gap for gap in number.gaps))


def _phones(folded: str, number: _Number) -> Iterator[Contact]:
    """Find the phone numbers in a run of digits: some of its groups, that are no part of something longer."""
    first = 0
    while first < len(number.groups):
        last = _phone_at(folded, number, first)
        if last is None:
            first += 1
            continue
        behind, channel = last
        start = number.groups[first][0]
        yield Contact(
            PHONE,
            start - 1 if folded[start - 1 : start] == "+" else start,
            number.groups[behind - 1][1],
            number.channel(channel),
        )
        first = behind


def _phone_at(folded: str, number: _Number, first: int) -> tuple[int, Channel] | None:
    """Tell behind which group a phone number ends that begins with group `first`, and how it was written."""
    start = number.groups[first][0]
    opening = number.digits(first, first + 2)[:2]
    is_international = folded[start - 1 : start] == "+" and not _WORD.match(folded[start - 2 : start - 1])
    if not is_international and opening not in _OPENINGS:
        return None
    if (
        folded[start - 1 : start].isalnum()
        and folded[start - 1].isascii()
        and not number.is_after_cue(folded, first)
    ):
        return None
    digits = ""
    for behind in range(first + 1, min(first + _MOST_GROUPS, len(number.groups)) + 1):
        digits += number.groups[behind - 1][2]
        if len(digits) > _MOST_PHONE_DIGITS:
            return None
        if len(digits) < _LEAST_PHONE_DIGITS or not _ends_free(folded, number, first, behind):
            continue
        if (
            is_international
            and digits[0] != "0"
            and (behind == len(number.groups) or digits.startswith("86"))
        ):
            if max(end - start for start, end, _ in number.groups[first:behind]) >= 3:
                return behind, Channel.EXACT
        elif channel := _shape_of(folded, number, first, behind):
            return behind, channel
    return None


def _ends_free(folded: str, number: _Number, first: int, behind: int) -> bool:
    """Say whether a run of groups is not continued, on either side, by the sign that joins its own groups."""
    inner = set(number.gaps[first : behind - 1])
    outer = number.gaps[max(0, first - 1) : first] + number.gaps[behind - 1 : behind]
    if any(gap in inner or gap in _TIGHT for gap in outer):
        return False
    after = folded[number.groups[behind - 1][1] :][:1]
    return not (after.isascii() and (after.isalpha() or after == "_"))


def _shape_of(folded: str, number: _Number, first: int, behind: int) -> Channel | None:
    """Say how groups of digits are written as a phone number of China, None when they are none."""
    digits = number.digits(first, behind)
    for country in _COUNTRY:
        if len(digits) == 11 + len(country) and digits.startswith(country):
            digits = digits[len(country) :]
    sizes = [end - start for start, end, _ in number.groups[first:behind]]
    if sizes[0] in {2, 4} and len(digits) + sizes[0] == sum(sizes):
        first, sizes = first + 1, sizes[1:]
    gaps = set(number.gaps[first : behind - 1])
    has_cue = number.is_after_cue(folded, first)
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
        has_cue = has_cue and not _UNIT.match(folded, number.groups[behind - 1][1])
        if not _HOTLINE.fullmatch(digits):
            return None
    return Channel.EXACT if is_usual or has_cue else None


# By name and by address ------------------------------------------------------------------------------------


def _by_name(folded: str, name: re.Match[str]) -> Iterator[Contact]:
    """Find the cue before a name."""
    start, end = name.span()
    has_figure = _FIGURE.search(name[0]) is not None
    from_ = max(0, start - _CUE_CHARS)
    if _is_wechat_name(name[0]):
        cue = _WECHAT_CUE.search(folded, from_, start)
        if cue and (cue["firm"] or _MARKED.search(cue["link"]) or (has_figure and not cue["weak"])):
            yield Contact(WECHAT, cue.start(), end, Channel.EXACT)
            return
    glued = _WECHAT_GLUED.fullmatch(name[0])
    if (
        glued
        and (len(glued["cue"]) > 1 or _ADD.search(folded, from_, start))
        and _is_wechat_name(glued["name"])
        and _FIGURE.search(glued["name"])
    ):
        yield Contact(WECHAT, start, end, Channel.EXACT)
        return
    cue = _TELEGRAM_CUE.search(folded, from_, start)
    if cue and not _FLIGHT.fullmatch(name[0]) and not _PRODUCT.fullmatch(name[0]):
        is_firm = "@" in cue["link"] or _MARKED.search(cue["link"])
        if is_firm or (has_figure and not cue["weak"]):
            yield Contact(TELEGRAM, cue.start(), end, Channel.EXACT)


def _is_wechat_name(name: str) -> bool:
    return 6 <= len(name) <= 20 and not _PRODUCT.fullmatch(name)


def _by_address(view: str, address: Address) -> Iterator[Contact]:
    """Find the hosts that stand for a contact, and the name before an e-mail host."""
    labels = address.labels
    kind = _HOSTS.get(labels[-2:]) or _HOSTS.get(labels[-3:])
    if kind and len(address.path) > 4:
        yield Contact(kind, address.start, address.end, address.channel)
    before = view[max(0, address.host_start - 80) : address.host_start]
    at = _AT_NAME_BACKWARDS.match(before[::-1])
    if at is None or (at["weak"] and labels[-2] not in _PROVIDERS and at["weak"] != " # "):
        return
    channel = address.channel if at["at"] == "@" else Channel.SEPARATOR
    yield Contact(EMAIL, address.host_start - at.end(), address.host_end, channel)

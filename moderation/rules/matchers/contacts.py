r"""Ways to be reached elsewhere: phone, QQ, WeChat, Telegram, e-mail; in digits of any disguise.

A number alone says little: five to eleven digits are a price, a year, a score. Hence a phone number must have the
shape of one, and all other numbers and names a *cue* beside them (`qq`, 扣扣, 微信, `vx`). Innocent texts have the
cue without the number (微信支付, QQ音乐) or the number without the cue (12345 热线, 110).

Numbers and names are looked for first; cues only in the few characters around them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple, Self

from moderation.rules.addresses import Address
from moderation.rules.found import Found
from moderation.rules.model import Channel, Span
from moderation.rules.numbers import Number, find_numbers, plain_digits
from moderation.rules.phones import find_phones, is_amount

ANY: Final = "*"
PHONE, QQ, WECHAT, TELEGRAM, EMAIL = "phone", "qq", "wechat", "telegram", "email"
KINDS: Final = (PHONE, QQ, WECHAT, TELEGRAM, EMAIL)

# More than any honest comment has of numbers and names; each may have a cue beside it.
MAX_CANDIDATES: Final = 500

# Of digits, in all numbers of a text together.
MAX_GROUPS: Final = 2_000

# How far before a number or a name its cue may begin.
_CUE_CHARS: Final = 24


class Contact(NamedTuple):
    """A way to be reached, cue included, in the folded text."""

    kind: str
    start: int
    end: int
    channel: Channel


# Cues ------------------------------------------------------------------------------------------------------

_QQ_CUE: Final = re.compile(
    r"(?:(?<![a-z0-9@])q\W{0,2}q|扣\W{0,2}扣|抠\W{0,2}抠|企\W{0,2}鹅|秋\W{0,2}秋|球\W{0,2}球|蔻\W{0,2}蔻|🐧"
    r"|(?<![a-z0-9])q\W{0,2}[群裙]|[加进入]\W{0,2}[群裙]|[群裙]\W{0,2}号|(?:[加进我扣+➕]|联系)\W{0,2}q|(?P<weak>扣|圈圈|(?<![a-z0-9])q(?=\W?:)))"
    r"(?:\W|号码?|码|[群裙]|是|为|加|我|的|联系|搜|找|hao|qun){0,6}$"
)
# What is said of points and questions too (扣 5 分, Q: …) is a cue before a number as long as most accounts.
_LONG_ACCOUNT: Final = 8
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
_FLIGHT: Final = re.compile(r"[a-z]{1,2}\d{1,5}")
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
    contacts = [contact for address in addresses for contact in _by_address(folded, address)]
    numbers, names = find_numbers(folded), _NAME.finditer(folded)
    is_cut = False
    room = MAX_GROUPS
    whole = 0  # where the last number ends that was taken with its disguised digits
    for number in islice(numbers, MAX_CANDIDATES):
        room -= len(number.groups)
        is_cut = is_cut or number.is_cut or room < 0
        if room < 0:
            break
        if number.groups[0][0] >= whole:
            read = list(_by_number(folded, number))
            contacts += read
            whole = number.groups[-1][1] if read else whole
    for name in islice(names, MAX_CANDIDATES):
        contacts += _by_name(folded, name)
    is_cut = is_cut or next(numbers, None) is not None or next(names, None) is not None
    return contacts, is_cut


# By number -------------------------------------------------------------------------------------------------


def _by_number(folded: str, number: Number) -> Iterator[Contact]:
    for start, end, channel in find_phones(folded, number):
        yield Contact(PHONE, start, end, channel)
    start, end = number.groups[0][0], number.groups[-1][1]
    if _is_loose_account(number):
        channel = number.channel(Channel.SEPARATOR)
    elif 5 <= len(number.digits(0, 1)) <= 11:
        end, channel = number.groups[0][1], number.channel(Channel.EXACT)
    else:
        return
    if is_amount(folded, end) or number.digits(0, 1).startswith("0"):
        return
    from_ = max(0, start - _CUE_CHARS)
    cue = _QQ_CUE.search(folded, from_, start)
    if cue and (not cue["weak"] or len(number.digits(0, len(number.groups))) >= _LONG_ACCOUNT):
        yield Contact(QQ, cue.start(), end, channel)
    elif behind := _QQ_BEHIND.match(folded, end):
        yield Contact(QQ, start, behind.end(), channel)
    if (cue := _WECHAT_CUE.search(folded, from_, start)) and (
        cue["firm"] or _MARKED.search(cue["link"]) or (end - start >= 7 and not cue["weak"])
    ):
        yield Contact(WECHAT, cue.start(), end, channel)


def _is_loose_account(number: Number) -> bool:
    """Say whether single digits or pairs with signs between them are one number, rather than a date or a version."""
    sizes = [end - start for start, end, _ in number.groups]
    if not 6 <= sum(sizes) <= 11 or len(sizes) < 3 or max(sizes) > 4:
        return False
    if any(mark in gap for gap in number.gaps for mark in ":/,、"):
        return False
    return max(sizes) == 1 or (len(set(sizes[:-1])) == 1 and not any("." in gap for gap in number.gaps))


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


def _by_address(folded: str, address: Address) -> Iterator[Contact]:
    """Find the hosts that stand for a contact, and the name before an e-mail host."""
    labels = address.labels
    kind = _HOSTS.get(labels[-2:]) or _HOSTS.get(labels[-3:])
    if kind and len(address.path) >= 4:
        yield Contact(kind, address.start, address.end, address.channel)
    if address.start != address.host_start:
        return
    before = plain_digits(folded[max(0, address.host_start - 80) : address.host_start])
    at = _AT_NAME_BACKWARDS.match(before[::-1])
    if at is None or (at["weak"] and labels[-2] not in _PROVIDERS and at["weak"] != " # "):
        return
    channel = address.channel if at["at"] == "@" else Channel.SEPARATOR
    yield Contact(EMAIL, address.host_start - at.end(), address.host_end, channel)

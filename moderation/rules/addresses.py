"""Internet addresses in a folded text, as people write and hide them: `example.com`, `example[.]com`, `example 点 com`.

A dot between two labels is looked for first, since most comments have none; then the labels to both sides of it.
Each address says how sure it is. "Any link" asks for sure ones only; a rule that names its domain, or an e-mail
address around it, is evidence enough for the rest:

sure      `https://…`, `www.…`, an address with port or path, a common domain (`example.com`), one with disguised dots
          and one of the few most common domains
not sure  `readme.md`, `e.g.so`, `libfoo.so`, `1.2.3.4`: top-level domains are also words, endings of files and versions

Not a judge of what a link is for, and no client of the network.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice, pairwise
from typing import Final, NamedTuple

from moderation.rules.model import Channel
from moderation.rules.normalise import fold
from moderation.rules.tables.suffix_table import SUFFIXES as _SUFFIXES

# More than any honest comment has.
MAX_ADDRESSES: Final = 500
MAX_DOTS: Final = 4_000

# Top-level domains that make a link of a bare `name.domain`: neither words that could follow a forgotten space
# ("good.me"), nor endings of files ("readme.md", "setup.py").
COMMON: Final = frozenset(
    "com net org cn edu gov info biz xyz top vip club shop site online store tech cloud wang ltd icu cyou fun ink pro"  # noqa: SIM905 -- a list would be 45 lines
    " tv cc io co app dev ai hk tw jp kr sg uk eu de fr ru asia mobi bet casino".split()
)
# Those that a disguised dot is believed before: "steam。vip 会员" is more often two sentences.
HIDDEN: Final = frozenset(["com", "net", "org", "cn", "xyz", "cc"])

# Those that a Chinese name is believed before.
_USUAL: Final = frozenset({"com", "cn", "net"})

# Names of things that look like addresses.
_NAMES: Final = frozenset(("asp.net", "vb.net", "ado.net", "ml.net"))

# Zeros and rings for the letter o: "c0m".
_RINGS: Final = str.maketrans("0〇○", "ooo")

_LONGEST_LABEL: Final = 63
_MOST_LABELS: Final = 10
_LONGEST_SUFFIX: Final = 12

_DOT: Final = re.compile(
    r"(?P<plain>\.(?=[^\W_]))"
    r"|(?P<hidden>\ ?[\[({<【「『]{1,2}\ ?(?:\.|。|·|点|dot|d0t|dian)\ ?[\])}>】」』]{1,2}\ ?(?=[a-z])"
    r"|(?<=[a-z0-9])\ ?[。·•・‧∙⋅⸱]\ ?(?=[a-z])|\ ?点\ ?(?=[a-z])|\ \.\ ?(?=[a-z])|[ _*-]{1,3}dot[ _*-]{1,3}(?=[a-z]))"
    r"|(?P<loose>(?:\.\ |,\ ?)(?=(?:com|net|org|cn)(?![a-z0-9])))"
)
_ASCII_LABEL: Final = re.compile(r"[a-z0-9〇○]+(?:-+[a-z0-9]+)*")
_OTHER_LABEL: Final = re.compile(r"[^\W_a-z0-9]+")
_INNER_LABEL: Final = re.compile(r"[^\W_]+(?:-+[^\W_]+)*")
_TRAILING_RUN: Final = re.compile(r"(?:[a-z0-9-]+|[^a-z0-9]{1,8})$")
_SCHEME: Final = re.compile(r"(?:h(?:tt|xx)ps?|ftps?)\ ?:\ ?[/\\]{1,3}(?:[^\s/@]{0,64}@)?$")
_TAIL: Final = re.compile(r"(?P<port>:\d{2,5}(?![\w.]))?(?P<path>[/?#][!-~]{0,2000})?")
_NEXT_SCHEME: Final = re.compile(r"h(?:tt|xx)ps?:")
_NUMBER_HOST: Final = re.compile(
    r"h(?:tt|xx)ps?:[/\\]{1,3}(?P<number>0x[0-9a-f]{8}|[0-9]{8,10})(?![\w.])[!-~]*"
)
# Before half of an e-mail address, or the name of a file.
_JOINTS: Final = frozenset("@/\\.~")
_CLOSING: Final = ".,;:!?'\")]}>*_~|"


# A label and its place: start, end.
_Place = tuple[int, int]


class Address(NamedTuple):
    """An address in the folded text.

    `start` to `end` is all of it, scheme and path included; `host_start` to `host_end` the host; `path` follows it.
    `labels` are the last ten of the host, in Unicode and folded. Nothing parts a host from Chinese text before it, so
    the first label may begin before `host_start`, by `lead` characters: 看百度 in 看百度.com.
    """

    start: int
    end: int
    host_start: int
    host_end: int
    labels: tuple[str, ...]
    lead: int
    path: str
    channel: Channel
    is_sure: bool


def find_addresses(folded: str) -> tuple[list[Address], bool]:
    """Find all that could be addresses, and say whether there were more than the cap."""
    found = list(islice(_number_hosts(folded), MAX_ADDRESSES)) if "://" in folded else []
    dots = list(islice(_DOT.finditer(folded), MAX_DOTS + 1))
    chains = _chains(folded, dots[:MAX_DOTS])
    covered = 0
    for chain in islice(chains, MAX_ADDRESSES):
        address = _address(folded, chain, covered)
        if address is not None:
            found.append(address)
            if address.is_sure:
                covered = address.end
    return found, len(dots) > MAX_DOTS or next(chains, None) is not None


def labels_of(written: str) -> tuple[str, ...]:
    """Split a domain into labels as addresses have them: folded and without Punycode."""
    return tuple(map(_plain, fold(written).strip().split(".")))


def is_suffix(label: str) -> bool:
    """Say whether a folded label is a top-level domain."""
    return label in _TOP_LEVEL


def is_number_host(labels: tuple[str, ...]) -> bool:
    """Say whether labels are the four numbers of an IPv4 address."""
    return len(labels) == 4 and all(
        x.isascii() and x.isdigit() and len(x) < 4 and int(x) < 256 for x in labels
    )


@lru_cache(maxsize=4_096)
def _plain(label: str) -> str:
    """Undo Punycode, so that `xn--fiqs8s` and 中国 meet; what is no Punycode is left as it is."""
    if not label.startswith("xn--"):
        return label
    try:
        return fold(label[4:].encode().decode("punycode")) or label
    except (UnicodeError, OverflowError):
        return label


_TOP_LEVEL: Final = frozenset(name if name.isascii() else fold(name) for name in _SUFFIXES)


def _number_hosts(folded: str) -> Iterator[Address]:
    """Find hosts that are one number, `http://3232235777/`: browsers take it for an IPv4 address."""
    for match in _NUMBER_HOST.finditer(folded):
        value = int(match["number"], 0) if match["number"].startswith("0x") else int(match["number"])
        if value < 1 << 32:
            labels = tuple(str(byte) for byte in value.to_bytes(4, "big"))
            start, end = match.span("number")
            yield Address(match.start(), match.end(), start, end, labels, 0, "", Channel.DIGIT, is_sure=True)


def _chains(folded: str, dots: Iterable[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
    """Group the dots that stand one label apart, from left to right.

    Who hides one dot hides all: in "用 steam。www.example.com", only the full stop is none.
    """
    chain: list[re.Match[str]] = []
    for dot in dots:
        if chain and not (
            dot.lastgroup == chain[-1].lastgroup and _is_label(folded, chain[-1].end(), dot.start())
        ):
            yield chain
            chain = []
        chain.append(dot)
    if chain:
        yield chain


def _is_label(folded: str, start: int, end: int) -> bool:
    return end - start <= _LONGEST_LABEL and _INNER_LABEL.fullmatch(folded, start, end) is not None


def _address(folded: str, dots: list[re.Match[str]], covered: int) -> Address | None:
    """Make an address of a chain of dots, if it ends in a top-level domain or is four numbers."""
    places = _places(folded, dots)
    if not _is_number_place(folded, places):
        while len(places) > 1 and not is_suffix(_suffix(_plain(folded[slice(*places[-1])]))):
            places.pop()
    if len(places) < 2 or folded[places[-1][1] : places[-1][1] + 1] == "@":
        return None
    labels = [_plain(folded[start:end]) for start, end in places[-_MOST_LABELS:]]
    labels[-1] = _suffix(labels[-1])
    is_spelled = labels[-1] != _plain(folded[slice(*places[-1])])
    first, host_end = places[0][0], places[-1][1]
    lead = 0 if len(places) > _MOST_LABELS else _lead(labels[0])
    host_start = first + lead
    scheme = _SCHEME.search(folded, max(0, host_start - 96), host_start)
    tail = _TAIL.match(folded, host_end)
    path = _path(tail["path"] or "") if tail else ""
    is_deep = bool(tail and tail["port"]) or (len(path) > 1 and path[0] in "/?")
    end = (tail.end("port") if tail and tail["port"] else host_end) + len(path)
    written = dots[0].lastgroup
    is_sure = written != "loose" and (
        scheme is not None
        or (
            host_start >= covered
            and folded[host_start - 1 : host_start] not in _JOINTS
            and _is_believed((labels[0][lead:], *labels[1:]), is_plain=written == "plain", is_deep=is_deep)
        )
    )
    return Address(
        scheme.start() if scheme else host_start,
        end,
        host_start,
        host_end,
        tuple(labels),
        lead,
        path,
        Channel.LEET if is_spelled else Channel.EXACT if written == "plain" else Channel.SEPARATOR,
        is_sure,
    )


def _places(folded: str, dots: list[re.Match[str]]) -> list[_Place]:
    """Tell where the labels around the dots stand; none when nothing stands before the first."""
    end = dots[0].start()
    before = _INNER_LABEL.match(folded[max(0, end - _LONGEST_LABEL) : end][::-1])
    if before is None:
        return []
    inner = [(dot.end(), behind.start()) for dot, behind in pairwise(dots)]
    start = dots[-1].end()
    last = _ASCII_LABEL.match(folded, start) or _OTHER_LABEL.match(folded, start, start + _LONGEST_LABEL)
    stop = last.end() if last else start
    if last and last.re is _OTHER_LABEL:
        # Nothing parts a Chinese domain from the text behind it: 中国 in 例子.中国很大.
        sizes = (
            n
            for n in range(min(_LONGEST_SUFFIX, stop - start), 1, -1)
            if is_suffix(folded[start : start + n])
        )
        stop = start + next(sizes, 0)
    return [(end - before.end(), end), *inner, (start, stop)]


def _is_number_place(folded: str, places: list[_Place]) -> bool:
    return len(places) == 4 and is_number_host(tuple(folded[start:end] for start, end in places))


def _suffix(label: str) -> str:
    """Read zeros in a top-level domain as the letter they stand for; other domains have digits of their own."""
    spelled = label.translate(_RINGS)
    return spelled if spelled in HIDDEN else label


def _lead(label: str) -> int:
    """Tell how much of a first label is text before it, at a guess: all before its last change of script."""
    run = _TRAILING_RUN.search(label)
    return run.start() if run else 0


def _path(path: str) -> str:
    """Cut a path before another address in it, and before the marks of the sentence around it."""
    inner = _NEXT_SCHEME.search(path)
    return (path[: inner.start()] if inner else path).rstrip(_CLOSING)


def _is_believed(labels: tuple[str, ...], *, is_plain: bool, is_deep: bool) -> bool:
    """Say whether labels without a scheme are an address rather than a word, a file or a number."""
    *names, suffix = labels
    if is_number_host(labels):
        return is_plain and is_deep
    if names[0] in {"www", "www1", "www2", "wap"} and len(names) > 1:
        return True
    if all(name.removeprefix("v").isdigit() for name in names) and (len(names) > 1 or not is_plain):
        return suffix == "com" and len(names) == 1 and len(names[0]) > 2
    if not is_plain:
        return suffix in HIDDEN and names[-1].isascii() and len(names[-1]) > 1
    # What looks like a Chinese name may be the end of a sentence.
    usual = COMMON if names[-1].isascii() else _USUAL
    return is_deep or (suffix in usual and ".".join(labels) not in _NAMES)

"""The shape of a text: how loud, long or stuffed it is, read on the original, as folding takes case and marks away.

caps      percent of upper case among letters that have case, of texts with at least 8 of them
repeats   length of the longest run of one visible character; its span is the run, that of all others the text
length    code points            lines    lines, empty ones included       links  links that need no guessing
digits    percent of digits among visible characters, of texts with at least 8 of them
scripts   writing systems among the letters; hiragana and katakana are one
marks     percent of combining and invisible characters, those within emoji aside
emoji     emoji, a joined family or a flag counting one
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final, Self

from moderation.rules.addresses import Address
from moderation.rules.errors import Fault, RuleSetError
from moderation.rules.found import Found
from moderation.rules.model import Channel, Span

# Below this "OK" would be all capitals and "666" all digits.
_LEAST_CHARS: Final = 8

# Different characters whose writing system is looked up; an honest comment has a few hundred.
_MOST_DISTINCT: Final = 2_000

_CONDITION: Final = re.compile(r"([a-z]+)\s*>=\s*([0-9]{1,6})")
_RUN: Final = re.compile(r"(\S)(?:[\ufe0e\ufe0f\u200d]*\1)+[\ufe0e\ufe0f]*")
_VISIBLE: Final = re.compile(r"\S")
_PICTURE: Final = (
    "[\u231a-\u23ff\u25aa-\u27bf\u2b05-\u2b55"
    "\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
    "[\ufe0f\U0001f3fb-\U0001f3ff]*"
)
_EMOJI: Final = re.compile(f"[\U0001f1e6-\U0001f1ff]{{1,2}}|{_PICTURE}(?:\u200d{_PICTURE})*")
# Neither ASCII nor the blocks of ordinary Chinese, less what belongs to emoji: few, hence looked at one by one.
_UNUSUAL: Final = re.compile("[^\t\n\r -~\u200d\u3000-\u3029\u3030-\u9fff\ufe0f\uff01-\uff9d]")


@dataclass(frozen=True, slots=True)
class _Text:
    original: str
    addresses: Sequence[Address]


# A measure gives its number, and the span where that is not the whole text.
_Measured = tuple[int, Span | None]


def _caps(text: _Text) -> _Measured:
    upper = sum(map(str.isupper, text.original))
    cased = upper + sum(map(str.islower, text.original)) if upper else 0
    return (upper * 100 // cased if cased >= _LEAST_CHARS else 0), None


def _repeats(text: _Text) -> _Measured:
    best, where = min(len(text.original), 1), None
    for run in _RUN.finditer(text.original):
        length = run[0].count(run[1])
        if length > best and not _is_mark(run[1]):
            best, where = length, Span(*run.span())
    return best, where


def _length(text: _Text) -> _Measured:
    return len(text.original), None


def _lines(text: _Text) -> _Measured:
    return len(text.original.splitlines()), None


def _links(text: _Text) -> _Measured:
    return sum(address.is_sure for address in text.addresses), None


def _digits(text: _Text) -> _Measured:
    visible = len(_VISIBLE.findall(text.original))
    digits = sum(map(str.isdigit, text.original))
    return (digits * 100 // visible if visible >= _LEAST_CHARS else 0), None


def _scripts(text: _Text) -> _Measured:
    read = islice(dict.fromkeys(text.original), _MOST_DISTINCT)
    return len({_script(character) for character in read} - {""}), None


def _marks(text: _Text) -> _Measured:
    marks = sum(map(_is_mark, _UNUSUAL.findall(text.original)))
    return (marks * 100 // len(text.original) if marks else 0), None


def _emoji(text: _Text) -> _Measured:
    return len(_EMOJI.findall(text.original)), None


_MEASURES: Final[Mapping[str, Callable[[_Text], _Measured]]] = {
    "caps": _caps,
    "repeats": _repeats,
    "length": _length,
    "lines": _lines,
    "links": _links,
    "digits": _digits,
    "scripts": _scripts,
    "marks": _marks,
    "emoji": _emoji,
}
_PERCENT: Final = frozenset({"caps", "digits", "marks"})


def term_fault(term: str) -> tuple[str, str] | None:
    """Tell what is wrong with a condition, as code and detail."""
    condition = _parse(term)
    if condition is None:
        return "malformed", "a measure and its bound are wanted, such as links>=3"
    name, bound = condition
    if name not in _MEASURES:
        return "unknown", f"{name!r} is none of {', '.join(_MEASURES)}"
    if bound < 1 or (name in _PERCENT and bound > 100):
        return "out-of-range", f"{bound} would hold always or never"
    return None


@dataclass(frozen=True, slots=True)
class Shape:
    """All conditions of a rule set: for each measure, the rules and their bounds."""

    bounds: Mapping[str, Sequence[tuple[int, int]]]

    @classmethod
    def of(cls, owned: Sequence[tuple[int, str]]) -> Self:
        """Take rules as (place, term); raises RuleSetError when a term is no condition."""
        bounds: dict[str, list[tuple[int, int]]] = {}
        for place, term in owned:
            condition = _parse(term)
            if condition is None or condition[0] not in _MEASURES:
                raise RuleSetError([Fault("", "term", "malformed", repr(term))])
            bounds.setdefault(condition[0], []).append((place, condition[1]))
        return cls(bounds)

    @property
    def counts_links(self) -> bool:
        """Say whether a rule needs the addresses of a text."""
        return "links" in self.bounds

    def find(self, original: str, addresses: Sequence[Address]) -> list[Found]:
        """Measure a text, as it was written, and list the rules whose bound is reached; an empty text has no shape."""
        if not original:
            return []
        text = _Text(original, addresses)
        found = []
        for name, owned in self.bounds.items():
            number, span = _MEASURES[name](text)
            where = span or Span(0, len(original))
            found += [Found(place, where, Channel.EXACT) for place, bound in owned if number >= bound]
        return found


def _parse(term: str) -> tuple[str, int] | None:
    condition = _CONDITION.fullmatch(term.strip())
    return (condition[1], int(condition[2])) if condition else None


@lru_cache(maxsize=8_192)
def _script(character: str) -> str:
    """Name the writing system of a letter by the first word of its Unicode name; "" for anything else."""
    if "\u4e00" <= character <= "\u9fff":
        return "CJK"
    # A mathematical or full-width letter is of the script it stands for.
    plain = unicodedata.normalize("NFKC", character)[:1]
    if unicodedata.category(plain) not in {"Lu", "Ll", "Lt", "Lo"}:
        return ""
    name = unicodedata.name(plain, "").partition(" ")[0]
    return "KANA" if name in {"HIRAGANA", "KATAKANA"} else name


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in {"Mn", "Me", "Cf", "Cc"}

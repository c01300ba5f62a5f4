"""Terms and texts for measuring the filter: drawn from seeds, so that every run and every machine reads the same.

Not a corpus: nothing here is labelled. What the filter ought to find stands in `tests/corpus/`.
"""

import csv
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from itertools import cycle, islice
from pathlib import Path
from typing import Final

from moderation.rules import Action, Rule
from moderation.rules.tables.fold_table import MANY, ONE_FROM, ONE_TO

COMMENT_CHARS: Final = range(60, 201)
SHORT_TERM_CHARS: Final = (2, 3, 4)
LONGER_TERM_CHARS: Final = (2, 3, 3, 3, 4, 4, 4, 5, 5, 6)
"""A third of the first have two characters: there are so few pairs of syllables that among 100,000 such terms nearly
every pair sounds like one. Long lists are rather like the second."""

PLANTED: Final = (
    "赌博", "加微信", "骗子", "枪支", "微信", "时时彩", "傻子", "法轮功", "办证", "裸聊", "代开发票", "qq群",
    "viagra", "alphabet", "ass", "13800138000", "+v", "加 v", "刷单返利", "澳门威尼斯人", "a片", "c++", "한국어",
    "ｶﾞﾝﾀﾞﾑ", "がんばれ", "привет", "股票🚀", "no.1", "100%", "中", "六四",
)  # fmt: skip
"""Terms of every shape: Han, Latin, digits, mixed, with separators inside and at the ends, kana, Hangul, an emoji."""

INVISIBLE: Final = (
    "\u200b",
    "\u200d",
    "\u2060",
    "\ufe0f",
    "\u00ad",
    "\u0301",
    "\u3164",
    "\U000e0061",
    "\u202e",
)
SEPARATING: Final = (*" .*-_,|/~。，、·…★\u3000\n\t", "①", "→", "**", "🎲")
LEET: Final = str.maketrans({"a": "@", "e": "3", "i": "1", "o": "0", "s": "$", "t": "7", "g": "9", "l": "|"})
SPLIT: Final = {
    "骗": "马扁",
    "枪": "木仓",
    "赌": "贝者",
    "博": "十尃",
    "微": "彳敚",
    "裸": "衤果",
    "信": "亻言",
}
SOUNDS: Final = {
    "赌": "堵睹肚", "博": "波搏勃", "加": "家佳嘉", "微": "威薇维", "信": "新心芯", "骗": "片篇", "子": "紫仔",
    "枪": "腔呛", "支": "之知", "傻": "啥沙", "法": "发", "轮": "仑伦", "功": "公工", "办": "半伴", "证": "正政",
}  # fmt: skip
SYLLABLES: Final = {
    "赌": "du", "博": "bo", "加": "jia", "微": "wei", "信": "xin", "骗": "pian", "子": "zi", "枪": "qiang",
    "支": "zhi", "傻": "sha", "法": "fa", "轮": "lun", "功": "gong", "办": "ban", "证": "zheng", "裸": "luo",
    "聊": "liao", "刷": "shua", "单": "dan", "返": "fan", "利": "li",
}  # fmt: skip

# Terms --------------------------------------------------------------------------------------------------------


def common_characters() -> str:
    """Return the 3,755 common characters of GB 2312 (its level 1), which Python itself knows."""
    codes = [bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF)]
    return "".join(code.decode("gb2312", errors="ignore") for code in codes)


def drawn_terms(count: int, *, seed: int = 1, chars: Sequence[int] = SHORT_TERM_CHARS) -> list[str]:
    """Draw different terms of common characters: a list whose words hardly anybody writes."""
    draw, characters = random.Random(seed), common_characters()
    terms: dict[str, None] = {}
    while len(terms) < count:
        terms["".join(draw.choices(characters, k=draw.choice(chars)))] = None
    return list(terms)


def longer_terms(count: int, *, seed: int = 1) -> list[str]:
    """Draw terms with few of two characters among them, as in long lists."""
    return drawn_terms(count, seed=seed, chars=LONGER_TERM_CHARS)


def word_terms(count: int, *, seed: int = 2) -> list[str]:
    """Draw a list half of whose terms are words of a dictionary: far more hits than a real list has.

    The dictionary is that of jieba; without it the words are drawn too, and a message says so.
    """
    found = find_spec("jieba")
    if found is None or found.origin is None:
        print("jieba is not installed: all terms are drawn characters, none are words")
        return drawn_terms(count, seed=seed)
    lines = Path(found.origin).with_name("dict.txt").read_text(encoding="utf-8").splitlines()
    words = [word for line in lines if 2 <= len(word := line.partition(" ")[0]) <= 4 and word.isalpha()]
    chosen = random.Random(seed).sample(words, count // 2)
    return list(dict.fromkeys([*chosen, *drawn_terms(count, seed=seed)]))[:count]


def as_rules(terms: Sequence[str], **same: object) -> list[Rule]:
    """Make a rule of each term; what else they are is the same for all."""
    fields: dict[str, object] = {"action": Action.REVIEW, "category": "other", "severity": 50} | same
    return [Rule(key=f"t-{number}", term=term, **fields) for number, term in enumerate(terms)]  # type: ignore[arg-type]  # fields of Rule


# Comments -----------------------------------------------------------------------------------------------------


def comments(path: Path, count: int) -> tuple[list[str], str]:
    """Read comments of 60 to 200 characters from a CSV file with a column `text`; say where they are from.

    Without the file they are made up of common characters, which is kinder to every automaton than speech.
    """
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            fitting = (row["text"] for row in csv.DictReader(file) if len(row["text"]) in COMMENT_CHARS)
            found = list(islice(fitting, count))
        return found, f"{len(found)} comments of {path.name}"
    draw, characters = random.Random(3), common_characters()
    # Characters of speech are far from equally frequent (Zipf).
    weights = [1 / place for place in range(1, len(characters) + 1)]
    made = []
    for _ in range(count):
        letters = draw.choices(characters, weights, k=draw.choice(COMMENT_CHARS))
        for place in range(draw.randint(8, 20), len(letters), 18):
            letters[place] = draw.choice("，。！？")
        made.append("".join(letters))
    return made, f"{count} GENERATED comments ({path} is not there)"


# Texts that are meant to cost much ------------------------------------------------------------------------------


def _filled(pieces: Sequence[str]) -> Callable[[int], str]:
    return lambda chars: "".join(islice(cycle("".join(pieces)), chars))


def _random_unicode(chars: int) -> str:
    draw = random.Random(4)
    return "".join(any_character(draw) for _ in range(chars))


def _brackets(chars: int) -> str:
    return "".join("([{（【「"[n % 6] + "赌" if n % 2 else ")]}）】」"[n % 6] + "博" for n in range(chars))[
        :chars
    ]


ADVERSARIAL: Final[Mapping[str, Callable[[int], str]]] = {
    "ordinary": _filled(("今天的花海开得真早，大家周末可以带孩子去看看。票价不贵，公交车直达门口。",)),
    "invisible between": _filled([mark for letter in "今天花海" for mark in (letter, "\u200b")]),
    "one invisible run": _filled(("\u200b",)),
    "a term in invisibles": lambda chars: "赌" + "\u200b" * (chars - 2) + "博",
    "nothing but hits": _filled(("赌博",)),
    "hits of many lengths": _filled(("加微信赌博骗子时时彩",)),
    "hits split by symbols": _filled(("赌*博.", "加 微·信~")),
    "loose characters": _filled(("赌 ", "博 ")),
    "nested Latin": _filled(("alphabetass",)),
    "Latin letter by letter": _filled(("a l p h a b e t ",)),
    "one letter": _filled(("a",)),
    "one character": _filled(("赌",)),
    "repeats of a term": lambda chars: "赌" * (chars // 2) + "博" * (chars - chars // 2),
    "doubled letters": _filled(("aassss", "ddaa")),
    "jamo": _filled(("\u1112\u1161\u11ab\u1100\u116e\u11a8",)),
    "half-width kana": _filled(("ｶﾞﾝﾀﾞﾑ",)),
    "expanding ﷺ": _filled(("ﷺ",)),
    "expanding ㌀": _filled(("㌀㍿ﬃ",)),
    "marks on one letter": _filled(("a", *("\u0301",) * 40)),
    "digits": _filled(("1380013800",)),
    "digits in disguise": _filled(("①３捌⑧零Ⅷ𝟙₂",)),
    "emoji": _filled(("🎲👍🏽👨‍👩‍👧🇨🇳❤️",)),
    "pinyin": _filled(("dubojiaweixinpianzi",)),
    "ambiguous pinyin": _filled(("xianganganangan",)),
    "pinyin letter by letter": _filled(("d u b o ",)),
    "initials": _filled(("djwxpz",)),
    "homophones": _filled(("堵波家威新片紫",)),
    "homophones of one sound": _filled(("是事市式",)),
    "split characters": _filled(("木仓马扁贝者",)),
    "leet": _filled(("@1ph@b37 ", "v14gr4 ", "4$$ ")),
    "reversed": _filled(("信微加彩时时",)),
    "brackets": _brackets,
    "phone-like": _filled(("加V:138-0013-8000 qq 10001 ",)),
    "links": _filled(("example 点 com www.example[.]com/a?b=c ",)),
    "dots": _filled((".",)),
    "line breaks": _filled(("赌\n博\r\n",)),
    "random Unicode": _random_unicode,
}
"""Each makes a text of so many characters. None of them may cost more than in proportion to its length."""


# Texts that are meant to break something ------------------------------------------------------------------------

_PLANES: Final = (
    range(0x20, 0x7F), range(0x80, 0x250), range(0x250, 0x700), range(0x700, 0x1200), range(0x1100, 0x1200),
    range(0x1200, 0x2000), range(0x2000, 0x2C00), range(0x2E80, 0x3400), range(0x3400, 0xA000), range(0xA000, 0xAC00),
    range(0xAC00, 0xD7B0), range(0xD7B0, 0xE000), range(0xE000, 0xF900), range(0xF900, 0x10000),
    range(0x10000, 0x1D000), range(0x1D000, 0x1F000), range(0x1F000, 0x20000), range(0x20000, 0x32000),
    range(0xE0000, 0xE1000), range(0x110000), range(0x20), range(0x7F, 0xA0),
)  # fmt: skip
_VARIANTS: Final[dict[str, list[str]]] = {}
for _from, _to in (*zip(ONE_FROM, ONE_TO, strict=True), *MANY):
    _VARIANTS.setdefault(_to, []).append(_from)


def any_character(draw: random.Random) -> str:
    """Draw a code point of any plane, lone surrogates and unassigned ones included."""
    return chr(draw.choice(draw.choice(_PLANES)))


def _between(draw: random.Random, term: str, marks: Sequence[str]) -> str:
    return "".join(letter + draw.choice(marks) * draw.choice((0, 1, 1, 1, 2, 9)) for letter in term)


def _variant(draw: random.Random, term: str) -> str:
    return "".join(draw.choice(_VARIANTS.get(letter, [letter])) for letter in term)


def _one_of(draw: random.Random, term: str, table: Mapping[str, Sequence[str]]) -> str:
    return "".join(draw.choice(table[letter]) if letter in table else letter for letter in term)


Disguise = Callable[[random.Random, str], str]
DISGUISES: Final[tuple[Disguise, ...]] = (
    lambda _, term: term,
    _variant,
    lambda _, term: term.upper().title(),
    lambda draw, term: _between(draw, term, SEPARATING),
    lambda draw, term: _between(draw, term, INVISIBLE),
    lambda draw, term: "".join(letter * draw.choice((1, 1, 2, 5)) for letter in term),
    lambda _, term: term.translate(LEET),
    lambda _, term: term[::-1],
    lambda _, term: "".join(SPLIT.get(letter, letter) for letter in term),
    lambda draw, term: _one_of(draw, term, SOUNDS),
    lambda _, term: "".join(SYLLABLES.get(letter, letter) for letter in term),
    lambda draw, term: "".join(SYLLABLES[a] if a in SYLLABLES and draw.random() < 0.5 else a for a in term),
    lambda _, term: "".join(SYLLABLES.get(letter, letter)[0] for letter in term),
    lambda draw, term: "".join(draw.sample(term, len(term))),
    lambda draw, term: term[: draw.randint(0, len(term))],
)


def disguised(draw: random.Random, term: str) -> str:
    """Disguise a term in one to three ways, one after the other."""
    for disguise in draw.choices(DISGUISES, k=draw.choice((1, 1, 2, 3))):
        term = disguise(draw, term)
    return term


def _soup(draw: random.Random) -> str:
    return "".join(any_character(draw) for _ in range(draw.randint(0, 60)))


def _graphemes(draw: random.Random) -> str:
    """Bases with heaps of marks, jamo, flags and joined emoji: what one sees as one and is many."""
    bases = ("a", "赌", "博", "か", "\u1112", "\u1161", "\u11ab", "ｶ", "👩", "🇨", "1", "क", "ก", "\ud83d", "")
    marks = (
        "\u0301",
        "\u3099",
        "ﾞ",
        "\u200d",
        "\ufe0f",
        "🏽",
        "\u20e3",
        "\u093f",
        "\u0e33",
        "\U000e0100",
        "🇳",
    )
    picked = range(draw.randint(1, 40))
    return "".join(
        draw.choice(bases) + "".join(draw.choices(marks, k=draw.choice((0, 1, 3)))) for _ in picked
    )


def _sentence(draw: random.Random, characters: str) -> str:
    return "".join(draw.choices(characters, k=draw.randint(0, 30))) + draw.choice("，。！? \n")


def fuzz_texts(draw: random.Random, terms: Sequence[str]) -> Iterator[str]:
    """Draw texts without end: random Unicode, heaps of marks, disguised terms alone, in sentences, in one another."""
    characters = common_characters() + "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要" * 40
    makers: Sequence[Callable[[], str]] = (
        lambda: _soup(draw),
        lambda: _graphemes(draw),
        lambda: _sentence(draw, characters),
        lambda: disguised(draw, draw.choice(terms)),
        lambda: disguised(draw, draw.choice(terms)),
    )
    while True:
        text = "".join(draw.choice(makers)() for _ in range(draw.choice((1, 1, 2, 3, 5, 8))))
        if text and draw.random() < 0.1:
            # Cut into another place of itself: halves of surrogates of meaning, brackets that do not close.
            begin, end = sorted(draw.choices(range(len(text) + 1), k=2))
            text = text[:begin] + text[end:] + text[begin:end][::-1] + text[:begin]
        if draw.random() < 0.002:
            text *= draw.randint(2, 1 + 20_000 // max(1, len(text)))
        yield text

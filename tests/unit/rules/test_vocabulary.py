"""The words of the tables, packed: each is found, and nothing else."""

from itertools import islice

import pytest

from moderation.rules.vocabulary import LONGEST_WORD, UNLISTED_COST, chinese_words, english_words


@pytest.fixture(scope="module")
def words() -> list[str]:
    return list(chinese_words())


def test_there_are_as_many_chinese_words_as_are_listed(words: list[str]) -> None:
    assert len(chinese_words()) == len(words) == len(set(words))


def test_chinese_words_are_of_one_to_five_characters(words: list[str]) -> None:
    assert {len(word) for word in words} == set(range(1, LONGEST_WORD + 1))


def test_each_chinese_word_has_its_cost(words: list[str]) -> None:
    costs = [chinese_words()[word] for word in islice(words, 0, None, 97)]

    assert 0 < min(costs) <= max(costs) < UNLISTED_COST


@pytest.mark.parametrize("word", ["赌博", "和服", "沙子", "微信", "的"])
def test_chinese_words_are_known(word: str) -> None:
    assert word in chinese_words()


@pytest.mark.parametrize(
    "word", ["堵博", "薇信", "祼聊", "赌博赌博", "博赌博", "赌博赌", "hello", "\u9fff", ""]
)
def test_what_is_no_chinese_word_is_not_known(word: str) -> None:
    assert word not in chinese_words()


def test_english_words_are_as_many_as_are_counted() -> None:
    words = list(english_words())

    assert len(english_words()) == len(words) == len(set(words))
    assert all(word in english_words() for word in islice(words, 0, None, 97))


@pytest.mark.parametrize(
    ("word", "is_so"), [("hello", True), ("cause", True), ("dubo", False), ("x", False), ("", False)]
)
def test_english_words_are_known(word: str, *, is_so: bool) -> None:
    assert (word in english_words()) is is_so

"""Columns in one piece: read like the lists they were made of, and written down without loss."""

import json

import pytest

from moderation.rules.packed import Texts, numbers_from_json, numbers_to_json

TEXTS = ["赌博", "", "a", "😀\u200b", "\ud83d", "加 微 信"]


def test_texts_are_read_like_a_list() -> None:
    packed = Texts.of(TEXTS)

    assert list(packed) == TEXTS
    assert [packed[i] for i in range(-len(TEXTS), len(TEXTS))] == TEXTS * 2
    assert packed[1:4] == TEXTS[1:4]
    assert packed[::-2] == TEXTS[::-2]
    assert (len(packed), len(Texts.of([]))) == (len(TEXTS), 0)


@pytest.mark.parametrize("place", [len(TEXTS), -len(TEXTS) - 1])
def test_a_place_outside_is_an_error(place: int) -> None:
    with pytest.raises(IndexError):
        Texts.of(TEXTS)[place]


def test_texts_are_written_down_without_loss() -> None:
    written = json.dumps(Texts.of(TEXTS).to_json())

    assert list(Texts.from_json(json.loads(written))) == TEXTS


def test_numbers_are_written_down_without_loss() -> None:
    numbers = [0, 1, -1, 2**31 - 1, -(2**31)]

    assert list(numbers_from_json(numbers_to_json(numbers))) == numbers
    assert numbers_to_json([1, -1]) == "AQAAAP////8="

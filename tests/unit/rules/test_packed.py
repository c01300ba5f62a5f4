"""Columns in one piece: read like the lists they were made of, and written down without loss."""

import pytest

from moderation.rules.packed import Texts, numbers_from_bytes, numbers_to_bytes

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
    together, ends = Texts.of(TEXTS).to_bytes()

    assert list(Texts.from_bytes(memoryview(together), memoryview(ends))) == TEXTS


@pytest.mark.parametrize("numbers", [[], [0, 1, -1, 2**15 - 1, -(2**15)], [2**31 - 1, -(2**31)], [0, 2**15]])
def test_numbers_are_written_down_without_loss(numbers: list[int]) -> None:
    assert list(numbers_from_bytes(memoryview(numbers_to_bytes(numbers)))) == numbers


def test_small_numbers_take_half_the_space() -> None:
    assert numbers_to_bytes([1, -1]) == b"h\x01\x00\xff\xff"
    assert numbers_to_bytes([1, 2**15]) == b"i\x01\x00\x00\x00\x00\x80\x00\x00"

"""How characters look: classes of those that are taken for one another."""

import pytest

from moderation.rules.looks import MOST_IN_CLASS, look
from moderation.rules.tables.glyph_table import LOOKS

HAN = sorted({character for entry in LOOKS for character in entry})


@pytest.mark.parametrize(("one", "other"), [("微", "徽"), ("毒", "毐")])
def test_looks_alike(one: str, other: str) -> None:
    assert look(one) == look(other)


@pytest.mark.parametrize(("one", "other"), [("赌", "博"), ("微", "信"), ("a", "b"), ("1", "7")])
def test_looks_different(one: str, other: str) -> None:
    assert look(one) != look(other)


def test_a_text_looks_as_long_as_it_is() -> None:
    assert len(look("徽信abc，123")) == len("徽信abc，123")


def test_looking_twice_is_looking_once() -> None:
    assert look(look("".join(HAN))) == look("".join(HAN))


def test_no_class_is_large() -> None:
    sizes: dict[str, int] = {}
    for character in HAN:
        sizes[look(character)] = sizes.get(look(character), 0) + 1

    assert max(sizes.values()) <= MOST_IN_CLASS

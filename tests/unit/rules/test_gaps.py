"""What stands between the characters of a term: an evasion, or the words of a sentence. Without a dictionary of Chinese."""

import pytest

from moderation.rules.gaps import Hit, is_evasion
from moderation.rules.normalise import fold


def hides(marked: str, *, own_gaps: frozenset[int] = frozenset()) -> bool:
    """Ask of a text in which the characters of the term are marked by a caret behind each."""
    places = []
    folded = ""
    for character in marked:
        if character == "^":
            places.append(len(folded) - 1)
        else:
            folded += fold(character)
    return is_evasion(Hit(folded, places, own_gaps))


@pytest.mark.parametrize(
    "marked",
    [
        pytest.param("a^ s^ s^", id="spelled out"),
        pytest.param("such a f^ u^ c^ k^", id="spelled out behind a word of one letter"),
        pytest.param("f^*u^c^k^", id="a symbol"),
        pytest.param("f^u^.c^k^", id="a full stop without a space"),
        pytest.param("f^ u^c^k^ it", id="a loose letter before the rest"),
        pytest.param("f^u^ c^k^", id="a space that cuts a word"),
        pytest.param("s^h^ i^t^", id="a space behind what is no word"),
        pytest.param("fu^ c^k^e^r^", id="a space, after other letters"),
        pytest.param("外^*挂^", id="a symbol in Han"),
        pytest.param("外^/挂^", id="a slash in Han"),
        pytest.param("外^，挂^", id="a comma between two loose characters"),
        pytest.param("加^，微^，信^我", id="commas everywhere, one piece loose"),
        pytest.param("加^ 微^信^", id="a space in three characters"),
        pytest.param("赌^ 博^网", id="a space beside a loose character"),
    ],
)
def test_hides(marked: str) -> None:
    assert hides(marked)


@pytest.mark.parametrize(
    "marked",
    [
        pytest.param("wa^s^ s^o", id="two words"),
        pytest.param("p^e^n^ i^s^", id="two English words"),
        pytest.param("p^e^n^, i^s^", id="a comma between words"),
        pytest.param("c^a^s^i^ n^o^", id="a short word behind"),
        pytest.param("a^ h^o^l^e^", id="a word of one letter before another"),
        pytest.param("h^o^l^e^ a^", id="a word of one letter behind another"),
        pytest.param("m^a^n^'s^", id="an apostrophe"),
        pytest.param("it's^ h^i^t^", id="the tail of a word"),
        pytest.param("w a^ s^ s^ o", id="spelling goes on"),
        pytest.param("as^ %s^", id="a symbol that begins the next word"),
        pytest.param("门外^。挂^钩", id="a sentence ends between two words"),
        pytest.param("门外^ 挂^钩", id="a space between two words"),
        pytest.param("门外^\n挂^", id="a line ends, one side loose"),
        pytest.param("门加^，微^信^号", id="a comma between words of three"),
    ],
)
def test_keeps_words_apart(marked: str) -> None:
    assert not hides(marked)


def test_a_gap_of_the_terms_own_hides_nothing_and_need_not() -> None:
    assert hides("外^。挂^", own_gaps=frozenset({0}))


def test_no_gap_is_no_fault() -> None:
    assert hides("外^挂^")

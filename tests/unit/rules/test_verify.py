"""Does what reads like a term count? Each guard at its post, and what gets by without it."""

import pytest

from moderation.rules.model import ALL_GUARDS, Channel, Guard
from moderation.rules.verify import DISGUISE_COST, FLOORS
from tests.unit.rules.finding import found


def without(guard: Guard) -> frozenset[Guard]:
    return ALL_GUARDS - {guard}


GUARDED = [
    pytest.param(Guard.WORDS, "和服", "产品和服务", "和服", id="words: 和服 is cut out of 产品和服务"),
    pytest.param(Guard.WORDS, "上海", "海上海风很大", "上海", id="words: 上海 is cut out of 海上 and 海风"),
    pytest.param(Guard.READINGS, "god", "dog", "dog", id="readings: an English word backwards"),
    pytest.param(Guard.READINGS, "赌博", "a du bo is here", "du bo", id="readings: pinyin amid English"),
    pytest.param(Guard.GAPS, "外挂", "门外。挂钩", "外。挂", id="gaps: a sentence ends between two words"),
    pytest.param(Guard.GAPS, "外挂", "门外 挂钩", "外 挂", id="gaps: a space between two words"),
    pytest.param(Guard.GAPS, "penis", "the pen is mine", "pen is", id="gaps: two English words"),
    pytest.param(Guard.EDGES, "ass", "classic", "ass", id="edges: inside a word"),
    pytest.param(Guard.EDGES, "110", "1105", "110", id="edges: inside a number"),
    pytest.param(Guard.EDGES, "188", "3e5a188f", "188", id="edges: inside a code"),
    pytest.param(Guard.EDGES, "bet", "alph4bet", "bet", id="edges: behind a digit that stands for a letter"),
]


@pytest.mark.parametrize(("guard", "term", "text", "hit"), GUARDED)
class TestGuards:
    def test_hold_back(self, guard: Guard, term: str, text: str, hit: str) -> None:
        assert found(term, text) == [], f"{guard} lets {hit} by"

    def test_switched_off_let_by(self, guard: Guard, term: str, text: str, hit: str) -> None:
        assert hit in [seen for seen, _ in found(term, text, guards=without(guard))]

    def test_hold_back_alone(self, guard: Guard, term: str, text: str, hit: str) -> None:
        assert found(term, text, guards=frozenset({guard})) == [], f"{guard} lets {hit} by"


@pytest.mark.parametrize(
    ("term", "text"),
    [("傻子", "沙子"), ("山西", "陕西省"), ("未来", "末来")],
    ids=["by sound", "in words", "by look"],
)
def test_without_its_guard_a_reading_that_is_ordinary_words_counts(term: str, text: str) -> None:
    assert found(term, text, guards=without(Guard.READINGS)) != []


def test_without_any_guard_everything_counts() -> None:
    assert [hit for hit, _ in found("ass", "was so", guards=frozenset())] == ["as s"]


@pytest.mark.parametrize("guards", [None, frozenset()], ids=["all guards", "no guard"])
class TestBeyondTheGuards:
    def test_a_gap_is_never_too_wide(self, guards: frozenset[Guard] | None) -> None:
        assert found("赌博", "赌*******博", guards=guards) == []

    def test_a_gap_of_the_terms_own_is_asked_for(self, guards: frozenset[Guard] | None) -> None:
        assert found("click here", "clickhere", guards=guards) == []

    def test_a_gap_of_the_terms_own_may_be_written_otherwise(self, guards: frozenset[Guard] | None) -> None:
        assert found("click here", "click-here", guards=guards) == [("click-here", Channel.SEPARATOR)]


@pytest.mark.parametrize(
    ("term", "text"),
    [
        pytest.param("和服", "她穿和服很美", id="a word of the sentence"),
        pytest.param("赌博", "赌博机", id="a word with a tail"),
        pytest.param("骗子", "骗子们", id="a word of many"),
        pytest.param("微信", "加微信号", id="a word in a term of several"),
        pytest.param("噗博", "来噗博吧", id="a word that no dictionary has"),
    ],
)
def test_a_term_as_written_counts_as(term: str, text: str) -> None:
    assert found(term, text) == [(term, Channel.EXACT)]


@pytest.mark.parametrize(
    ("term", "text"),
    [
        pytest.param("傻子", "海边的沙子", id="a word that sounds like it"),
        pytest.param("他们", "她们来了", id="a character that honest people take for it"),
        pytest.param("陕西人", "我是山西人", id="words that sound like it"),
        pytest.param("赌博", "堵。博物馆", id="sounds across the end of a sentence"),
        pytest.param("卡车", "上下车", id="components that are a word"),
        pytest.param("好人", "女子人", id="components that are a word of two"),
        pytest.param("赌博", "rue du bois", id="pinyin amid another language"),
        pytest.param("低", "di", id="one syllable"),
        pytest.param("微信", "huawei信", id="the tail of a longer run of letters"),
        pytest.param("妈的", "妈妈的手艺", id="said twice"),
        pytest.param("live", "evil", id="an English word backwards"),
        pytest.param("casino", "C4 sino", id="leet across a space"),
    ],
)
def test_an_honest_explanation_is_believed(term: str, text: str) -> None:
    assert found(term, text) == []


def test_every_disguise_has_a_cost_but_that_by_initials() -> None:
    free = {Channel.EXACT, Channel.FOLD, Channel.INITIALS}

    assert set(Channel) - free == set(DISGUISE_COST)


def test_a_floor_asks_for_no_more_than_the_verification() -> None:
    assert max(FLOORS.values()) <= max(DISGUISE_COST.values()) + min(DISGUISE_COST.values())

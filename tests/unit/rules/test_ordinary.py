"""What a text costs as ordinary writing: orders and signs, not sums, as the costs are tuned."""

import pytest

from moderation.rules import ordinary
from moderation.rules.ordinary import MOST_SINGLES, Glance, OrdinaryText, price_of
from moderation.rules.vocabulary import UNLISTED_COST, chinese_words


@pytest.mark.parametrize(
    ("ordinary", "strange"),
    [
        pytest.param("沙子", "堵博", id="a word costs less than two characters that make none"),
        pytest.param("产品和服务", "产品堵博务", id="a sentence costs less than one with a disguise in it"),
        pytest.param("看看", "看博", id="what is said twice is a word"),
        pytest.param("噗噗", "噗博", id="what is said twice is a word, even when no dictionary has it"),
        pytest.param("hello", "hfllo", id="an English word costs less than letters that make none"),
        pytest.param("hello", "nihao", id="an English word costs less than pinyin"),
        pytest.param("12345", "1a2b3", id="a number is read as one"),
        pytest.param("的", "\u9fff", id="a character that everybody writes costs less than an unknown one"),
    ],
)
def test_ordinary_writing_is_cheap(ordinary: str, strange: str) -> None:
    assert price_of(ordinary) < price_of(strange)


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        pytest.param("", 0, id="nothing"),
        pytest.param("\u9fff", UNLISTED_COST, id="a character of no list"),
        pytest.param("赌博", chinese_words()["赌博"], id="a word"),
    ],
)
def test_the_price_of_a_text_is_that_of_its_cheapest_reading(text: str, cost: int) -> None:
    assert price_of(text) == cost


def test_a_word_of_the_greatest_length_is_read_as_one() -> None:
    assert price_of("马克思主义") < price_of("马克思") + price_of("主义")


def test_pinyin_is_read_by_syllables_wherever_it_can_be_cut() -> None:
    assert price_of("dubo") == 2 * price_of("duan")
    assert price_of("xian") < price_of("xi") + price_of("an")


class TestPrice:
    def test_a_word_of_the_sentence_costs_what_it_costs_alone(self) -> None:
        text = OrdinaryText("我和他。和服。")

        assert text.price(4, 5) == price_of("和服")

    def test_what_is_cut_out_of_other_words_is_cheap(self) -> None:
        text = OrdinaryText("产品和服务")

        assert text.price(2, 3) < price_of("和服")

    def test_what_leaves_nothing_but_loose_characters_is_dear(self) -> None:
        text = OrdinaryText("来堵搏吧")

        assert text.price(1, 2) > price_of("赌博")

    def test_separators_cost_nothing_and_end_words(self) -> None:
        apart = OrdinaryText("赌 * 博")

        assert apart.price(0, 4) == price_of("赌") + price_of("博")

    @pytest.mark.parametrize(("first", "last"), [(0, 0), (0, 2), (4, 5)], ids=["first", "before", "behind"])
    def test_places_where_nothing_is_written_cost_nothing(self, first: int, last: int) -> None:
        assert OrdinaryText("***赌**").price(first, last) == 0

    def test_a_text_without_anything_written_has_no_price(self) -> None:
        assert OrdinaryText("。。 🎲").price(0, 3) == 0

    def test_a_place_that_begins_and_ends_in_separators_costs_what_is_written_in_it(self) -> None:
        assert OrdinaryText("来*赌博*吧").price(1, 4) == price_of("赌博")

    def test_a_place_over_several_runs_costs_all_of_them(self) -> None:
        text = OrdinaryText("赌*博*和服*赌")

        assert text.price(2, 5) == price_of("博") + price_of("和服")

    def test_a_run_without_end_is_priced_in_pieces(self) -> None:
        text = OrdinaryText("好" * 10_000 + "和服")

        assert 0 < text.price(10_000, 10_001) <= price_of("和") + price_of("服")


@pytest.mark.parametrize(
    ("text", "first", "end", "is_word"),
    [
        pytest.param("去赌博吧", 1, 3, True, id="a word"),
        pytest.param("去赌博吧", 0, 2, False, id="no word"),
        pytest.param("去赌博", 1, 4, False, id="past the end of the text"),
        pytest.param("去赌博", 1, 3, True, id="up to the end of the text"),
    ],
)
def test_is_word(text: str, first: int, end: int, *, is_word: bool) -> None:
    assert OrdinaryText(text).is_word(first, end) is is_word


@pytest.mark.parametrize(
    ("text", "place", "is_alone"),
    [
        pytest.param("赌 博", 0, True, id="between separators"),
        pytest.param("赌博", 0, False, id="at the beginning of a word"),
        pytest.param("去赌博", 2, False, id="at the end of a word"),
        pytest.param("来堵搏吧", 1, True, id="between words"),
    ],
)
def test_stands_alone(text: str, place: int, *, is_alone: bool) -> None:
    assert OrdinaryText(text).stands_alone(place) is is_alone


def test_a_place_has_a_price_of_its_own_too() -> None:
    assert OrdinaryText("产品和服务").own_price(2, 3) == price_of("和服")


TEXTS = ["来堵搏吧", "产品和服务很好", "去du博，hello 123", "噗", "a", "赌🎲博", "ni hao"]


@pytest.mark.parametrize("is_crowded", [False, True], ids=["one by one", "all at once"])
@pytest.mark.parametrize("text", TEXTS)
class TestGlance:
    def test_its_bound_is_never_below_the_price(self, text: str, *, is_crowded: bool) -> None:
        glance, exact = Glance(text, is_crowded=is_crowded), OrdinaryText(text)

        too_low = [
            (first, last)
            for first in range(len(text))
            for last in range(first, len(text))
            if glance.bound(first, last) < exact.price(first, last)
        ]
        assert too_low == []

    def test_both_ways_see_the_same(self, text: str, *, is_crowded: bool) -> None:
        glance, other = Glance(text, is_crowded=is_crowded), Glance(text, is_crowded=not is_crowded)
        places = [(first, last) for first in range(len(text)) for last in range(first, len(text))]

        assert [glance.bound(*place) for place in places] == [other.bound(*place) for place in places]
        assert [glance.is_loose(*place) for place in places] == [other.is_loose(*place) for place in places]


@pytest.mark.parametrize("is_crowded", [False, True], ids=["one by one", "all at once"])
@pytest.mark.parametrize(
    ("text", "is_loose"),
    [
        pytest.param("沙子", False, id="a word"),
        pytest.param("堵博", True, id="no word"),
        pytest.param("和服", False, id="the end of a text that ends in the first character of a pair"),
        pytest.param("服", True, id="a text of one character, of which pairs end"),
        pytest.param("和", True, id="a text of one character, with which pairs begin"),
    ],
)
def test_is_loose(text: str, *, is_loose: bool, is_crowded: bool) -> None:
    assert Glance(text, is_crowded=is_crowded).is_loose(0, len(text) - 1) is is_loose


def test_an_empty_text_can_be_looked_at() -> None:
    assert Glance("", is_crowded=True).bound(0, -1) == Glance("", is_crowded=False).bound(0, -1) == 0


def test_characters_that_nobody_writes_are_not_kept() -> None:
    """Sixty comments with all of Unicode in them would make the process 100 MB larger."""
    strange = "".join(map(chr, range(0x20000, 0x20000 + MOST_SINGLES + 1_000)))

    assert Glance(strange, is_crowded=True).bound(0, len(strange) - 1) == UNLISTED_COST * len(strange)
    assert price_of("\U00030000") == UNLISTED_COST
    assert max(len(ordinary._singles()), len(ordinary._bounds())) <= MOST_SINGLES

"""Readings of a text beside the text itself: what each undoes, and the way back."""

from collections.abc import Iterable

import pytest

from moderation.rules.components import compose
from moderation.rules.model import Channel
from moderation.rules.numerals import has_numerals, numerals
from moderation.rules.runs import collapse, collapsed, run_lengths
from moderation.rules.streams import BREAK, REACH, Replacement, Stream, join, join_places, joined, rewritten
from moderation.rules.substitutes import rewrite


def homes(text: str, stream: Stream) -> list[str]:
    """Return what wrote each character of a stream."""
    return [text[first : last + 1] for first, last in zip(stream.firsts, stream.lasts, strict=True)]


def as_written(text: str) -> Stream:
    return Stream(text, range(len(text)), range(len(text)))


class TestJoined:
    def test_separators_are_taken_out(self) -> None:
        assert join(" 赌-*🎲博 ,") == "赌博"

    def test_places_lead_back(self) -> None:
        assert join_places("-赌-博") == [1, 3]
        assert homes("-赌-博", joined("-赌-博")) == ["赌", "博"]

    def test_nothing_is_left_of_separators_alone(self) -> None:
        assert joined(" ,🎲").text == ""

    def test_nothing_is_changed_by_joining(self) -> None:
        assert joined("a-b").changes(0, 2) == ()


class TestRewritten:
    def test_a_replacement_leads_back_to_all_that_it_replaces(self) -> None:
        stream = rewritten(joined("个马扁子"), [Replacement(1, 3, "骗", Channel.SPLIT)])

        assert stream.text == "个骗子"
        assert homes("个马扁子", stream) == ["个", "马扁", "子"]

    def test_only_what_was_rewritten_is_marked(self) -> None:
        stream = rewritten(joined("个马扁子"), [Replacement(1, 3, "骗", Channel.SPLIT)])

        assert [stream.changes(place, place + 1) for place in range(3)] == [(), (Channel.SPLIT,), ()]
        assert stream.changes(0, 3) == (Channel.SPLIT,)

    def test_one_character_may_be_read_as_several(self) -> None:
        stream = rewritten(as_written("🎲!"), [Replacement(0, 1, "色子", Channel.EMOJI)])

        assert (stream.text, homes("🎲!", stream)) == ("色子", ["🎲", "🎲"])

    def test_separators_are_left_out_of_it(self) -> None:
        text = "赌-0-博"
        stream = rewritten(as_written(text), [Replacement(2, 3, "o", Channel.LEET)])

        assert (stream.text, homes(text, stream)) == ("赌o博", ["赌", "0", "博"])

    def test_nothing_to_replace_is_nothing_to_read(self) -> None:
        assert rewritten(joined("赌博"), []).text == ""

    def test_what_is_far_from_any_replacement_is_left_out(self) -> None:
        text = "好" * 200 + "0" + "好" * 200

        stream = rewritten(joined(text), [Replacement(200, 201, "o", Channel.LEET)])

        assert stream.text == "好" * REACH + "o" + "好" * REACH
        assert (stream.firsts[0], stream.lasts[-1]) == (200 - REACH, 200 + REACH)

    def test_a_break_stands_between_pieces_that_are_far_apart(self) -> None:
        text = "0" + "好" * (2 * REACH + 1) + "0"

        stream = rewritten(
            joined(text),
            [Replacement(place, place + 1, "o", Channel.LEET) for place in (0, len(text) - 1)],
        )

        assert stream.text == "o" + "好" * REACH + BREAK + "好" * REACH + "o"
        assert stream.changes(0, len(stream.text)) == (Channel.LEET, Channel.LEET)

    def test_pieces_that_meet_are_one(self) -> None:
        text = "0" + "好" * (2 * REACH) + "0"

        stream = rewritten(
            joined(text),
            [Replacement(place, place + 1, "o", Channel.LEET) for place in (0, len(text) - 1)],
        )

        assert stream.text == "o" + "好" * (2 * REACH) + "o"

    def test_what_was_rewritten_before_stays_marked_and_apart(self) -> None:
        text = "0" + "好" * (2 * REACH + 1) + "0马扁"
        once = rewritten(
            joined(text),
            [Replacement(place, place + 1, "o", Channel.LEET) for place in (0, text.index("马") - 1)],
        )
        place = once.text.index("马")

        twice = rewritten(once, [Replacement(place, place + 2, "骗", Channel.SPLIT)])

        assert twice.text.endswith("好o骗")
        assert twice.changes(0, len(twice.text))[-2:] == (Channel.LEET, Channel.SPLIT)
        assert homes(text, twice)[-2:] == ["0", "马扁"]


def readings(streams: Iterable[tuple[Stream, str]]) -> set[str]:
    return {stream.text for stream, _ in streams}


class TestSubstitutes:
    @pytest.mark.parametrize(
        ("text", "reading"),
        [
            pytest.param("sh1t", "shit", id="a digit for a letter"),
            pytest.param("cl1ck", "click", id="a digit for its first letter"),
            pytest.param("c1ick", "click", id="a digit for its second letter"),
            pytest.param("$h!t happens", "shithappens", id="symbols for letters"),
            pytest.param("p@$$", "pass", id="several symbols"),
            pytest.param("casin0!!!", "casino", id="marks at the end are marks"),
            pytest.param("c-4-s-1", "casi", id="spelled out"),
            pytest.param("s h 1 t", "shit", id="spelled out with spaces"),
            pytest.param("傻🥚", "傻蛋", id="a picture by its name"),
            pytest.param("🐶sh1t", "狗shit", id="a picture and a digit"),
        ],
    )
    def test_reads(self, text: str, reading: str) -> None:
        assert reading in readings(rewrite(text))

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("", id="nothing"),
            pytest.param("hello", id="letters"),
            pytest.param("100 50", id="numbers"),
            pytest.param("sale!!!", id="marks at the end of a word"),
            pytest.param("我100岁", id="a number in Chinese"),
            pytest.param("1 2 3 4", id="digits spelled out"),
            pytest.param("a b c d", id="letters spelled out"),
            pytest.param("赌，博。", id="sentence marks"),
        ],
    )
    def test_has_nothing_to_read_in(self, text: str) -> None:
        assert rewrite(text) == []

    def test_the_text_of_the_edges_has_the_letters_in_place(self) -> None:
        assert {written for _, written in rewrite("$h1t, 100!")} == {"shit, 100!", "shlt, 100!"}

    def test_pictures_leave_the_text_of_the_edges_alone(self) -> None:
        assert {written for _, written in rewrite("傻🥚a")} == {"傻🥚a"}

    def test_a_reading_leads_back(self) -> None:
        text = "🐶 sh1t"
        by_text = {stream.text: stream for stream, _ in rewrite(text)}

        assert homes(text, by_text["狗shit"]) == ["🐶", "s", "h", "1", "t"]
        assert by_text["狗shit"].changes(0, 5) == (Channel.EMOJI, Channel.LEET)

    def test_each_reading_comes_once(self) -> None:
        texts = [stream.text for stream, _ in rewrite("傻🥚 a0b p4ss")]

        assert len(texts) == len(set(texts))


def compositions(text: str) -> set[str]:
    return {stream.text for stream in compose(joined(text))}


class TestComponents:
    @pytest.mark.parametrize(
        ("text", "reading"),
        [
            pytest.param("马扁子", "骗子", id="side by side"),
            pytest.param("你个马-扁*子", "你个骗子", id="with separators between"),
            pytest.param("贝戋人一个", "贱人一个", id="where components overlap"),
            pytest.param("木仓支", "枪支", id="at the beginning"),
            pytest.param("讠乍马扁", "诈骗", id="several"),
        ],
    )
    def test_reads(self, text: str, reading: str) -> None:
        assert reading in compositions(text)

    @pytest.mark.parametrize("text", ["", "hello", "骗子", "上下", "女子"])
    def test_leaves_alone_what_is_whole_or_a_word(self, text: str) -> None:
        assert compositions(text) == set()

    def test_a_composed_character_leads_back_to_its_components(self) -> None:
        (stream,) = (each for each in compose(joined("马*扁子")) if each.text == "骗子")

        assert homes("马*扁子", stream) == ["马*扁", "子"]
        assert stream.changes(0, 2) == (Channel.SPLIT,)

    def test_each_reading_comes_once(self) -> None:
        texts = [stream.text for stream in compose(joined("讠乍马扁贝戋人一个"))]

        assert len(texts) == len(set(texts))


class TestRuns:
    @pytest.mark.parametrize(
        ("text", "reading", "lengths"),
        [
            pytest.param("赌赌博", "赌博", {0: 2}, id="twice"),
            pytest.param("scaaamm", "scam", {2: 3, 3: 2}, id="two runs"),
            pytest.param("赌*赌博", "赌博", {0: 2}, id="a separator between"),
        ],
    )
    def test_collapses(self, text: str, reading: str, lengths: dict[int, int]) -> None:
        single, found, before = collapse(joined(text), text) or pytest.fail("no run was seen")

        assert (single.text, found, before) == (reading, lengths, {})
        assert single.changes(0, len(reading)) == (Channel.REPEAT,) * len(lengths)

    @pytest.mark.parametrize("text", ["", "赌博", "赌，赌博", "赌\n赌", "a，a"])
    def test_has_nothing_to_collapse_in(self, text: str) -> None:
        assert collapse(joined(text), text) is None

    def test_a_run_leads_back_to_all_of_it(self) -> None:
        single, _, _ = collapse(joined("s-aaa"), "s-aaa") or pytest.fail("no run was seen")

        assert homes("s-aaa", single) == ["s", "aaa"]

    def test_what_was_undone_before_is_not_forgotten(self) -> None:
        (reading, _), *_ = rewrite("sh11t")
        _, lengths, before = collapse(reading, "sh11t") or pytest.fail("no run was seen")

        assert (lengths, before) == ({2: 2}, {2: Channel.LEET})

    def test_terms_are_collapsed_the_same_way(self) -> None:
        assert collapsed("妈妈的ass") == "妈的as"
        assert run_lengths("妈妈的ass") == [2, 1, 1, 2]


class TestNumerals:
    @pytest.mark.parametrize(
        ("text", "written"),
        [
            pytest.param("六合彩", "6合彩", id="a digit of Chinese"),
            pytest.param("一八八", "188", id="a number digit by digit"),
            pytest.param("壹贰叁", "123", id="as on cheques"),
            pytest.param("幺两〇", "120", id="as on the telephone"),
            pytest.param("十三", "13", id="ten and something"),
            pytest.param("三十", "3十", id="ten without anything behind is no digit"),
            pytest.param("188", "188", id="digits stay"),
            pytest.param("赌博", "赌博", id="words stay"),
        ],
    )
    def test_writes(self, text: str, written: str) -> None:
        assert numerals(text) == written

    @pytest.mark.parametrize(
        ("text", "has_some"), [("第1", True), ("幺", True), ("赌博", False), ("", False)]
    )
    def test_knows_where_there_are_some(self, text: str, *, has_some: bool) -> None:
        assert has_numerals(text) is has_some

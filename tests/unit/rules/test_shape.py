"""Shape: measures of a text and their bounds."""

import pytest

from moderation import rules
from moderation.rules import Action, Channel, Facts, Field, Kind, Rule, RuleSetError
from moderation.rules.detectors import Detectors, term_fault
from moderation.rules.table import RuleTable


def a_rule(term: str) -> Rule:
    return Rule("shape", term, Action.REVIEW, "other", 50, kind=Kind.SHAPE)


def found(term: str, text: str) -> list[tuple[str, Channel]]:
    evaluation = rules.evaluate(rules.compile([a_rule(term)]), {Field.TEXT: text}, Facts())
    return [(text[m.span.start : m.span.end], m.channel) for m in evaluation.matches]


@pytest.mark.parametrize(
    ("term", "text"),
    [
        pytest.param("caps>=70", "BUY THIS now", id="loud, some small letters aside"),
        pytest.param("caps >= 100", "КУПИТЬ СЕЙЧАС", id="loud in Cyrillic"),
        pytest.param("length>=5", "12345", id="long enough"),
        pytest.param("lines>=3", "a\n\nb", id="empty lines count"),
        pytest.param("links>=2", "a.com 和 www.b.cn", id="two links"),
        pytest.param("digits>=60", "加我123456", id="mostly digits"),
        pytest.param("digits>=100", "①②③④⑤⑥⑦⑧", id="circled digits are digits"),
        pytest.param("scripts>=3", "买распродажа sale", id="three writing systems"),
        pytest.param("scripts>=3", "αж𝓼", id="mathematical letters are Latin ones"),
        pytest.param("marks>=50", "z\u0300\u0301\u0302a\u0300\u0301\u0302", id="a heap of accents"),
        pytest.param("marks>=40", "a\u2060b\u2060c\u2060", id="invisible characters"),
        pytest.param("emoji>=3", "😀❤️🇨🇳", id="a flag is one"),
        pytest.param("emoji>=2", "👨‍👩‍👧👍🏽", id="a family is one, so is a tinted thumb"),
    ],
)
def test_a_bound_that_is_reached_marks_the_whole_text(term: str, text: str) -> None:
    assert found(term, text) == [(text, Channel.EXACT)]


@pytest.mark.parametrize(
    ("term", "text"),
    [
        pytest.param("caps>=50", "OK NBA", id="few letters are no shouting"),
        pytest.param("caps>=50", "这是NBA的比赛，OPPO和VIVO is the sponsor of it", id="names among words"),
        pytest.param("caps>=1", "没有字母的一句话而已", id="no letters at all"),
        pytest.param("repeats>=3", "好好学习，天天向上", id="doubled characters"),
        pytest.param("repeats>=3", "a\u200b\u200b\u200b\u200bb", id="invisible characters are no run"),
        pytest.param("repeats>=2", "a   b", id="nor are spaces"),
        pytest.param("repeats>=2", "a", id="one character"),
        pytest.param("length>=5", "1234", id="short enough"),
        pytest.param("length>=1", "", id="an empty text"),
        pytest.param("lines>=3", "a\nb", id="two lines"),
        pytest.param("links>=1", "readme.md", id="a file is no link"),
        pytest.param("digits>=50", "666", id="too short to be mostly anything"),
        pytest.param("digits>=50", "2023年的12月，比今年的12月好得多", id="a sentence with years"),
        pytest.param("scripts>=3", "日本語のテキスト", id="Japanese"),
        pytest.param("scripts>=2", "abc 123 ¿? 😀", id="digits and signs have no script"),
        pytest.param("marks>=20", "crème brûlée", id="composed accents"),
        pytest.param("marks>=20", "👨‍👩‍👧❤️", id="what joins emoji"),
        pytest.param("emoji>=1", "© 2024 1+1=2 ~", id="signs are no emoji"),
    ],
)
def test_a_bound_that_is_not_reached_says_nothing(term: str, text: str) -> None:
    assert found(term, text) == []


@pytest.mark.parametrize(
    ("text", "run"),
    [
        ("哈哈，笑死哈哈哈哈哈了", "哈哈哈哈哈"),
        ("好。。。。。 aa", "。。。。。"),
        ("赞❗️❗️❗️❗️", "❗️❗️❗️❗️"),
    ],
)
def test_the_span_of_repeats_is_the_longest_run(text: str, run: str) -> None:
    assert found("repeats>=4", text) == [(run, Channel.EXACT)]


def test_several_rules_share_a_measure() -> None:
    wanted = [Rule(f"l-{n}", f"length>={n}", Action.REVIEW, "other", 50, kind=Kind.SHAPE) for n in (2, 3, 4)]

    evaluation = rules.evaluate(rules.compile(wanted), {Field.TEXT: "三个字"}, Facts())

    assert [match.rule_key for match in evaluation.matches] == ["l-2", "l-3"]


@pytest.mark.parametrize(
    ("term", "code"),
    [
        ("links>=3", None),
        (" caps >= 100 ", None),
        ("links>3", "malformed"),
        ("links>=", "malformed"),
        ("links>=-1", "malformed"),
        ("", "malformed"),
        ("words>=3", "unknown"),
        ("links>=0", "out-of-range"),
        ("caps>=101", "out-of-range"),
        ("length>=101", None),
    ],
)
def test_what_a_condition_is(term: str, code: str | None) -> None:
    fault = term_fault(Kind.SHAPE, term)

    assert (fault and fault[0]) == code


def test_a_stored_condition_of_another_version_is_refused() -> None:
    with pytest.raises(RuleSetError):
        Detectors.of(RuleTable.of([a_rule("words>=3")]))

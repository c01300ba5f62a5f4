"""How terms are found in comments: disguises, edges, exceptions and exact places."""

import pytest

from moderation import rules
from moderation.rules import Action, Channel, Facts, Field, Rule, Span, Verdict


def a_rule(term: str, **changes: object) -> Rule:
    values: dict[str, object] = {
        "key": "r-1",
        "term": term,
        "action": Action.BLOCK,
        "category": "other",
        "severity": 50,
    }
    return Rule(**{**values, **changes})  # type: ignore[arg-type]


def found(term: str, text: str, **changes: object) -> list[tuple[str, Channel]]:
    """Return the original text under each match and how it was read."""
    rule_set = rules.compile([a_rule(term, **changes)])
    evaluation = rules.evaluate(rule_set, {Field.TEXT: text}, Facts())
    return [(text[m.span.start : m.span.end], m.channel) for m in evaluation.matches]


@pytest.mark.parametrize(
    ("term", "text", "hit", "channel"),
    [
        pytest.param("赌博", "来赌博吧", "赌博", Channel.EXACT, id="the term as it was written"),
        pytest.param("赌博", "來賭博吧", "賭博", Channel.FOLD, id="traditional characters"),
        pytest.param("賭博", "来赌博吧", "赌博", Channel.FOLD, id="a traditional term finds simplified text"),
        pytest.param("casino", "a ＣＡＳＩＮＯ!", "ＣＡＳＩＮＯ", Channel.FOLD, id="full width and case"),
        pytest.param("casino", "𝓬𝓪𝓼𝓲𝓷𝓸", "𝓬𝓪𝓼𝓲𝓷𝓸", Channel.FOLD, id="mathematical letters"),
        pytest.param("casino", "càsïnó", "càsïnó", Channel.FOLD, id="accents, composed"),
        pytest.param("casino", "ca\u0300sino", "ca\u0300sino", Channel.FOLD, id="accents, combining"),
        pytest.param("赌博", "赌\u200b\u2060博", "赌\u200b\u2060博", Channel.FOLD, id="invisibles inside"),
        pytest.param(
            "赌博", "\u200b赌博\u200d\ufe0f", "赌博", Channel.EXACT, id="invisibles at the ends are trimmed"
        ),
        pytest.param("赌博", "赌\ud800博", "赌\ud800博", Channel.FOLD, id="a lone surrogate inside"),
        pytest.param("赌博", "赌\0博", "赌\0博", Channel.FOLD, id="a NUL inside"),
        pytest.param("平成", "㍻です", "㍻", Channel.FOLD, id="a composed character is never split"),
        pytest.param("ガス", "ｶﾞｽだ", "ｶﾞｽ", Channel.FOLD, id="half-width kana with its mark"),
        pytest.param("가", "x\u1100\u1161", "\u1100\u1161", Channel.FOLD, id="Hangul written in parts"),
        pytest.param("1234", "①②③④", "①②③④", Channel.FOLD, id="circled digits"),
        pytest.param("12", "call ١٢", "١٢", Channel.FOLD, id="digits of other scripts"),
        pytest.param("赌博", "赌*博", "赌*博", Channel.SEPARATOR, id="a star inside"),
        pytest.param("赌博", "去赌🎲💰博吧", "赌🎲💰博", Channel.SEPARATOR, id="pictures inside"),
        pytest.param("赌博", "去赌-_-_-_博吧", "赌-_-_-_博", Channel.SEPARATOR, id="six visible separators"),
        pytest.param(
            "赌博", "去赌*\u200b*****博", "赌*\u200b*****博", Channel.SEPARATOR, id="invisibles do not count"
        ),
        pytest.param("赌博", "来赌/博吧", "赌/博", Channel.SEPARATOR, id="a slash inside Han"),
        pytest.param("赌博", "赌，博", "赌，博", Channel.SEPARATOR, id="a comma between loose characters"),
        pytest.param("加微信", "请加，微，信我", "加，微，信", Channel.SEPARATOR, id="commas everywhere"),
        pytest.param(
            "加微信", "请加 微信找我", "加 微信", Channel.SEPARATOR, id="a space in three characters"
        ),
        pytest.param("赌博", "赌 博网", "赌 博", Channel.SEPARATOR, id="a space beside a loose character"),
        pytest.param("ass", "you a s s", "a s s", Channel.SEPARATOR, id="a spelled-out word"),
        pytest.param(
            "fuck",
            "such a f u c k",
            "f u c k",
            Channel.SEPARATOR,
            id="spelled out after a word of one letter",
        ),
        pytest.param("fuck", "f*ck fu.ck", "fu.ck", Channel.SEPARATOR, id="a full stop without a space"),
        pytest.param("fuck", "f uck it", "f uck", Channel.SEPARATOR, id="a loose letter before the rest"),
        pytest.param("fuck", "fuc k", "fuc k", Channel.SEPARATOR, id="a loose letter behind the rest"),
        pytest.param("casino", "my_casino_", "casino", Channel.EXACT, id="an underscore is an edge"),
        pytest.param("vx", "加vx123456", "vx", Channel.EXACT, id="a number touching a word is no part of it"),
        pytest.param("vx", "v3456x vx13812345678abc", "vx", Channel.EXACT, id="a long number ends a word"),
        pytest.param("加v", "快加V:", "加V", Channel.FOLD, id="a mixed term"),
        pytest.param("도박", "도박을 하자", "도박", Channel.EXACT, id="Hangul with a particle"),
        pytest.param("+v", "找我+v吧", "+v", Channel.EXACT, id="a term that begins with a separator"),
        pytest.param("t.me/", "see T.ME/abc", "T.ME/", Channel.FOLD, id="a term with separators of its own"),
        pytest.param(
            "click here", "Click  --  here", "Click  --  here", Channel.SEPARATOR, id="other separators"
        ),
        pytest.param("🖕", "you 🖕🏻!", "🖕", Channel.EXACT, id="a term that is a picture"),
        pytest.param("滚", "滚!", "滚", Channel.EXACT, id="a single character"),
        pytest.param(" 赌博 ", "赌博", "赌博", Channel.FOLD, id="blanks around a term say nothing"),
        pytest.param("1234", "1-2-3-4", "1-2-3-4", Channel.SEPARATOR, id="a number spelled out"),
    ],
)
def test_finds(term: str, text: str, hit: str, channel: Channel) -> None:
    assert found(term, text) == [(hit, channel)]


@pytest.mark.parametrize(
    ("term", "text"),
    [
        pytest.param("赌博", "", id="nothing is written"),
        pytest.param("赌博", "。，!! 🎲🎲 \n", id="only separators are written"),
        pytest.param("赌博", "赌*******博", id="the gap is too wide"),
        pytest.param("外挂", "我在门外。挂钩掉了", id="a sentence ends between two words"),
        pytest.param("外挂", "我在门外（挂钩）", id="brackets between two words"),
        pytest.param("外挂", "在门外\n挂钩", id="a line ends between two words"),
        pytest.param("外挂", "在门外 挂钩", id="a space between two words"),
        pytest.param("ass", "was so", id="a term across two words"),
        pytest.param("ass", "classic", id="a term inside a word"),
        pytest.param("ass", "w a s s o", id="a longer word spelled out"),
        pytest.param(
            "ass", "a s s i s t", id="a longer word spelled out that goes on with a word of one letter"
        ),
        pytest.param("penis", "the pen is mine", id="two words with a space"),
        pytest.param("penis", "pen, is it?", id="two words with a comma"),
        pytest.param("shit", "it's hit", id="the tail of a word is no loose letter"),
        pytest.param("manslaughter", "the man's laughter", id="an apostrophe inside"),
        pytest.param("ahole", "a hole", id="a word of one letter before another"),
        pytest.param("orass", "and/or/ass", id="alternatives"),
        pytest.param("bet", "alph4bet", id="a digit that stands for a letter"),
        pytest.param("1234", "912345", id="a number inside a number"),
        pytest.param("234", "1 2 3 4", id="a longer number spelled out"),
        pytest.param("click here", "clickhere", id="the term has a gap that the text has not"),
        pytest.param("a.b", "a b c d", id="spelling goes on behind a term with gaps"),
        pytest.param("+v", "v me", id="the separator of the term is missing"),
        pytest.param("가", "각", id="another syllable"),
        pytest.param("か", "が", id="another kana"),
    ],
)
def test_does_not_find_when(term: str, text: str) -> None:
    assert found(term, text) == []


def test_all_hits_are_kept_nested_and_overlapping_ones_too() -> None:
    rule_set = rules.compile(
        [a_rule("ab c", key="long"), a_rule("c", key="short"), a_rule("c d", key="next")]
    )

    evaluation = rules.evaluate(rule_set, {Field.TEXT: "ab c d"}, Facts())

    assert [(m.rule_key, m.span) for m in evaluation.matches] == [
        ("long", Span(0, 4)),
        ("next", Span(3, 6)),
        ("short", Span(3, 4)),
    ]


def test_a_long_text_is_found_in_to_its_end() -> None:
    text = "赌博" + "好" * 1997 + "赌博" + "好" * 3000 + "赌博"

    assert len(found("赌博", text)) == 3


class TestExceptions:
    def test_a_hit_inside_an_exception_of_its_rule_is_dropped(self) -> None:
        assert found("和服", "产品和服务", exceptions=("和服务",)) == []

    def test_a_hit_that_reaches_out_of_the_exception_stays(self) -> None:
        assert found("和服", "穿和服，产品和服务", exceptions=("和服务",)) == [("和服", Channel.EXACT)]

    def test_exceptions_are_read_by_the_same_fold(self) -> None:
        assert found("和服", "產品和*服務", exceptions=("和服务",)) == []

    def test_an_exception_with_separators_forgives_other_separators(self) -> None:
        assert found("dick", "Moby\u200b Dick, moby-dick", exceptions=("Moby-Dick",)) == []

    def test_an_exception_of_one_rule_says_nothing_of_another(self) -> None:
        rule_set = rules.compile([a_rule("和服", exceptions=("和服务",)), a_rule("服务", key="r-2")])

        evaluation = rules.evaluate(rule_set, {Field.TEXT: "和服务"}, Facts())

        assert [m.rule_key for m in evaluation.matches] == ["r-2"]

    def test_an_exception_of_the_set_holds_for_all_rules(self) -> None:
        rule_set = rules.compile([a_rule("和服"), a_rule("服务", key="r-2")], exceptions=["和服务"])

        assert rules.evaluate(rule_set, {Field.TEXT: "和服务"}, Facts()).matches == ()


class TestScope:
    def test_nickname_and_link_are_read_as_the_text_is(self) -> None:
        rule_set = rules.compile([a_rule("casino")])
        texts = {Field.TEXT: "hi", Field.NICKNAME: "C-A-S-I-N-O", Field.LINK: "https://casino.example/"}

        evaluation = rules.evaluate(rule_set, texts, Facts())

        assert [(m.field, m.span) for m in evaluation.matches] == [
            (Field.NICKNAME, Span(0, 11)),
            (Field.LINK, Span(8, 14)),
        ]

    def test_a_rule_reads_only_its_fields(self) -> None:
        rule_set = rules.compile([a_rule("casino", fields=frozenset({Field.NICKNAME}))])

        assert rules.evaluate(rule_set, {Field.TEXT: "casino"}, Facts()).verdict is Verdict.ALLOW

    def test_a_rule_takes_only_its_channels(self) -> None:
        exact_only = frozenset({Channel.EXACT})

        assert found("赌博", "赌博 賭博 赌*博", channels=exact_only) == [("赌博", Channel.EXACT)]

    @pytest.mark.parametrize(
        ("thread_key", "verdict"), [("a", Verdict.BLOCK), ("b", Verdict.ALLOW), (None, Verdict.ALLOW)]
    )
    def test_a_rule_of_a_thread_holds_there_alone(self, thread_key: str | None, verdict: Verdict) -> None:
        rule_set = rules.compile([a_rule("赌博", thread_key="a")])

        assert rules.evaluate(rule_set, {Field.TEXT: "赌博"}, Facts(thread_key=thread_key)).verdict is verdict

    @pytest.mark.parametrize(
        ("now", "verdict"),
        [(9, Verdict.ALLOW), (10, Verdict.BLOCK), (19, Verdict.BLOCK), (20, Verdict.ALLOW)],
    )
    def test_a_rule_holds_from_its_start_until_its_end(self, now: int, verdict: Verdict) -> None:
        rule_set = rules.compile([a_rule("赌博", starts_at=10, ends_at=20)])

        assert rules.evaluate(rule_set, {Field.TEXT: "赌博"}, Facts(now=now)).verdict is verdict


class TestCaps:
    def test_what_was_not_read_is_reviewed(self) -> None:
        evaluation = rules.evaluate(
            rules.compile([a_rule("赌博")]), {Field.TEXT: "好" * 20_000 + "赌博"}, Facts()
        )

        assert (evaluation.verdict, evaluation.is_truncated, evaluation.matches) == (Verdict.REVIEW, True, ())

    def test_too_many_candidates_are_cut(self) -> None:
        evaluation = rules.evaluate(
            rules.compile([a_rule("赌博", action=Action.MASK)]), {Field.TEXT: "赌博" * 2_500}, Facts()
        )

        assert evaluation.is_truncated
        assert len(evaluation.matches) == 500
        assert evaluation.masks == ((Field.TEXT, Span(0, 1_000)),)

    def test_an_empty_rule_set_allows_all(self) -> None:
        assert rules.evaluate(rules.compile([]), {Field.TEXT: "赌博"}, Facts()).verdict is Verdict.ALLOW

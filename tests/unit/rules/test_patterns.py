"""Patterns that authors write: what they are read on, where they match, and what is refused."""

import pytest
import re2

from moderation import rules
from moderation.rules import Action, Channel, Facts, Field, Kind, Rule, RuleSetError
from moderation.rules.detectors import Detectors, term_fault
from moderation.rules.matchers.patterns import MAX_SPANS, MAX_SPANS_PER_RULE, PATTERNS_PER_SET, Patterns
from moderation.rules.table import RuleTable


def a_rule(term: str, key: str = "pattern") -> Rule:
    return Rule(key, term, Action.REVIEW, "other", 50, kind=Kind.PATTERN)


def found(term: str, text: str) -> list[tuple[str, Channel]]:
    evaluation = rules.evaluate(rules.compile([a_rule(term)]), {Field.TEXT: text}, Facts())
    return [(text[m.span.start : m.span.end], m.channel) for m in evaluation.matches]


@pytest.mark.parametrize(
    ("term", "text", "hit", "channel"),
    [
        pytest.param(r"加\s*\d{5,}", "请加 123456 谢", "加 123456", Channel.EXACT, id="as it stands"),
        pytest.param(r"\d{5,}", "号①②③④⑤⑥。", "①②③④⑤⑥", Channel.FOLD, id="digits in disguise"),
        pytest.param(r"vip\d", "ＶＩＰ８", "ＶＩＰ８", Channel.FOLD, id="full width"),
        pytest.param("VIP[A-Z]", "vipx", "vipx", Channel.EXACT, id="the author's case is of no account"),
        pytest.param("vip", "VIP", "VIP", Channel.EXACT, id="nor is the reader's"),
        pytest.param(
            "賭.{0,2}博", "赌一博", "赌一博", Channel.EXACT, id="an author of traditional characters"
        ),
        pytest.param("赌.博", "賭一博", "賭一博", Channel.FOLD, id="a reader of traditional characters"),
        pytest.param("[賭赌]城", "赌城", "赌城", Channel.EXACT, id="within a class"),
        pytest.param("[一-龥]{2}x", "好的x", "好的x", Channel.EXACT, id="a range of characters"),
        pytest.param("（电）", "(电)", "(电)", Channel.EXACT, id="full-width brackets are no group"),
        pytest.param("㍿", "会社", "会社", Channel.EXACT, id="folding to more than one is left alone"),
        pytest.param(r"\p{Han}x", "好x", "好x", Channel.EXACT, id="classes of Unicode"),
        pytest.param("a.b", "a\u200b-b", "a\u200b-b", Channel.FOLD, id="invisible characters are not there"),
        pytest.param("😀+", "好😀😀", "😀😀", Channel.EXACT, id="characters of four bytes"),
        pytest.param(r"b$", "aab", "b", Channel.EXACT, id="the end"),
    ],
)
def test_a_pattern_is_read_on_the_folded_text(term: str, text: str, hit: str, channel: Channel) -> None:
    if term == "㍿":
        assert found(term, text) == []
        return
    assert found(term, text) == [(hit, channel)]


@pytest.mark.parametrize(
    ("term", "text"),
    [
        pytest.param(r"加\s*\d{5,}", "加 1234", id="too few digits"),
        pytest.param(r"\bvip\b", "vips", id="edges of words"),
        pytest.param("^a", "ba", id="the beginning"),
        pytest.param(r"\d{3}", "一二三", id="digits of Chinese are words"),
        pytest.param("a.b", "a\nb", id="a dot is no line break"),
        pytest.param("(?:a|b)c", "ac"[:1], id="half of it"),
        pytest.param(r"[^\x00-\x{10FFFF}]", "什么都不是", id="a class of nothing"),
        pytest.param("龘龘", "", id="an empty text"),
    ],
)
def test_what_a_pattern_does_not_describe_is_not_found(term: str, text: str) -> None:
    assert found(term, text) == []


def test_all_places_are_found_up_to_the_cap() -> None:
    rule_set = rules.compile([a_rule("a")])

    few = rules.evaluate(rule_set, {Field.TEXT: "赌a" * MAX_SPANS_PER_RULE}, Facts())
    many = rules.evaluate(rule_set, {Field.TEXT: "赌a" * (MAX_SPANS_PER_RULE + 1)}, Facts())

    assert [match.span.start for match in few.matches] == list(range(1, 2 * MAX_SPANS_PER_RULE, 2))
    assert not few.is_truncated
    assert len(many.matches) == MAX_SPANS_PER_RULE
    assert many.is_truncated


def test_many_patterns_share_one_cap() -> None:
    number = MAX_SPANS // MAX_SPANS_PER_RULE + 1
    rule_set = rules.compile([a_rule("a", f"p-{n}") for n in range(number)])

    evaluation = rules.evaluate(rule_set, {Field.TEXT: "a " * MAX_SPANS_PER_RULE}, Facts())

    assert len(evaluation.matches) == MAX_SPANS
    assert evaluation.is_truncated


def test_more_patterns_than_one_set_holds_are_all_found() -> None:
    number = PATTERNS_PER_SET * 2 + 1
    rule_set = rules.compile([a_rule(f"x{n}y", f"p-{n}") for n in range(number)])

    evaluation = rules.evaluate(rule_set, {Field.TEXT: f"x0y x{number - 1}y"}, Facts())

    assert [match.rule_key for match in evaluation.matches] == ["p-0", f"p-{number - 1}"]


def test_patterns_too_large_for_one_set_are_shared_out() -> None:
    owned = [(place, rf"\p{{Han}}{{1,20}}{chr(97 + place)}") for place in range(4)]

    patterns = Patterns.of(owned, set_bytes=100_000)

    assert len(patterns.batches) > 1
    assert sorted(each.rule for each in patterns.find("好a 坏d")[0]) == [0, 3]


def test_a_set_that_runs_out_of_memory_hides_nothing() -> None:
    owned = [(0, "b+"), (1, "[ab]{100}c")]
    for size in range(3_000, 60_000, 500):
        try:
            patterns = Patterns.of(owned, set_bytes=size)
        except RuleSetError:
            continue

        assert [each.rule for each in patterns.find("a" * 50 + "b")[0]] == [0]


def test_a_lone_surrogate_shifts_nothing() -> None:
    patterns = Patterns.of([(0, "b")])

    ((_, span, _),), _ = patterns.find("\ud800赌b")

    assert (span.start, span.end) == (2, 3)


def test_half_a_character_is_no_match() -> None:
    patterns = Patterns.of([(0, r"\C")])

    assert all(span.start < span.end for _, span, _ in patterns.find("赌a")[0])


@pytest.mark.parametrize(
    ("term", "code"),
    [
        (r"加\s*\d{5,}", None),
        (r"\p{Han}{1,30}", None),
        ("(a", "malformed"),
        ("(?=a)b", "malformed"),
        ("(?<!a)b", "malformed"),
        (r"(a)\1", "malformed"),
        ("a{1001}", "malformed"),
        ("\ud800", "malformed"),
        ("", "empty"),
        ("a*", "empty"),
        ("a|", "empty"),
        (r"\b", "empty"),
        ("(?m)^", "empty"),
        ("(.{1,30}x){1,30}", "too-large"),
        (r"\p{Han}{1,1000}", "too-large"),
        ("a" * 501, "too-long"),
    ],
)
def test_what_a_pattern_is(term: str, code: str | None) -> None:
    fault = term_fault(Kind.PATTERN, term)

    assert (fault and fault[0]) == code


def test_a_fault_says_what_is_wrong_and_nothing_is_logged(capfd: pytest.CaptureFixture[str]) -> None:
    assert term_fault(Kind.PATTERN, "(a") == ("malformed", "missing ): (a")
    assert capfd.readouterr() == ("", "")


def test_a_stored_pattern_of_another_version_is_refused() -> None:
    with pytest.raises(RuleSetError):
        Detectors.of(RuleTable.of([a_rule("ok", "one"), a_rule("(?=a)", "two")]))


def test_what_explodes_elsewhere_is_linear_here() -> None:
    assert found("(a+)+$", "a" * 19_999 + "b") == []
    assert re2.compile("(a+)+$").search("a" * 100_000) is not None

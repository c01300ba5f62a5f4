"""What moderators are told of an evaluation, in both languages."""

from dataclasses import replace

import pytest

from moderation.rules import (
    CONFIDENCE,
    Action,
    Channel,
    Field,
    Kind,
    Match,
    Span,
    Thresholds,
    Verdict,
    explain,
)
from moderation.rules.explain import Language, leftmost_longest, name_of
from moderation.rules.matchers import contacts, shape
from moderation.rules.merge import merge

A_MATCH = Match("r-1", "加微信", Field.TEXT, Span(2, 5), Channel.EXACT, Action.BLOCK, "contact", 60)
ALL_SURE = Thresholds(certain=1)


def told(*matches: Match, thresholds: Thresholds = ALL_SURE, language: Language = "zh") -> list[str]:
    return [sentence.text for sentence in explain(merge(matches, thresholds), language)]


def told_in_both(match: Match) -> list[str]:
    return [*told(match), *told(match, language="en")]


@pytest.mark.parametrize(
    ("channel", "zh", "en"),
    [
        (Channel.EXACT, "命中“加微信”", "matched “加微信”"),
        (Channel.FOLD, "还原写法后命中“加微信”", "matched “加微信” after undoing its spelling"),
        (Channel.SEPARATOR, "去掉间隔符号后命中“加微信”", "matched “加微信” after removing symbols"),
        (Channel.DIGIT, "还原变形数字后命中“加微信”", "matched “加微信” after reading disguised digits"),
        (Channel.REPEAT, "去掉重复字符后命中“加微信”", "matched “加微信” after removing repeated characters"),
        (Channel.LEET, "数字当作字母：命中“加微信”", "matched “加微信” with digits read as letters"),
        (Channel.SPLIT, "合并拆开的字后命中“加微信”", "matched “加微信” after joining split characters"),
        (Channel.REVERSED, "倒着读：命中“加微信”", "matched “加微信” written backwards"),
        (Channel.PINYIN, "拼音：命中“加微信”", "matched “加微信” written in pinyin"),
        (Channel.EMOJI, "表情当作文字：命中“加微信”", "matched “加微信” with pictures read as words"),
        (Channel.HOMOPHONE, "读音相同：命中“加微信”", "matched “加微信” by its sound"),
        (Channel.GLYPH, "字形相近：命中“加微信”", "matched “加微信” by its look"),
        (Channel.INITIALS, "拼音首字母：命中“加微信”", "matched “加微信” by the initials of its pinyin"),
    ],
)
def test_words_are_told_with_how_they_were_read(channel: Channel, zh: str, en: str) -> None:
    assert told_in_both(replace(A_MATCH, channel=channel)) == [zh, en]


@pytest.mark.parametrize(
    ("kind", "term", "zh", "en"),
    [
        (Kind.PATTERN, r"加\s*{q}", r"命中表达式 加\s*{q}", r"matched the pattern 加\s*{q}"),
        (Kind.LINK, "example.com", "含指向 example.com 的链接", "contains a link to example.com"),
        (Kind.LINK, "*", "含链接", "contains a link"),
        (Kind.CONTACT, "phone", "含联系方式（手机号）", "contains a phone number"),
        (Kind.CONTACT, "*", "含联系方式", "contains a way to get in touch"),
        (Kind.SHAPE, "links >= 3", "链接不少于 3 个", "links: 3 or more"),
        (Kind.SHAPE, "caps>=70", "大写字母不少于 70%", "capital letters: 70% or more"),
        (Kind.SHAPE, "novel>=1", "整体形态：novel>=1", "the shape of the text: novel>=1"),
    ],
)
def test_what_detectors_found_is_told_by_its_kind(kind: Kind, term: str, zh: str, en: str) -> None:
    assert told_in_both(replace(A_MATCH, kind=kind, term=term)) == [zh, en]


def test_a_rule_is_named_by_its_words_or_by_what_it_detects() -> None:
    assert name_of(Kind.TERM, "加微信", "en") == "加微信"
    assert name_of(Kind.LINK, "*", "en") == "contains a link"


def test_a_detector_tells_a_disguise() -> None:
    match = replace(A_MATCH, kind=Kind.LINK, term="example.com", channel=Channel.SEPARATOR)

    assert told_in_both(match) == [
        "含指向 example.com 的链接，写法经过变形",
        "contains a link to example.com, in disguise",
    ]


@pytest.mark.parametrize("measure", shape._MEASURES)
def test_every_measure_of_a_shape_has_a_sentence(measure: str) -> None:
    zh, en = told_in_both(replace(A_MATCH, kind=Kind.SHAPE, term=f"{measure}>=5"))

    assert "5" in zh
    assert "5" in en
    assert measure not in zh


@pytest.mark.parametrize("contact", contacts.KINDS)
def test_every_kind_of_contact_is_named(contact: str) -> None:
    assert "（" in told(replace(A_MATCH, kind=Kind.CONTACT, term=contact))[0]


def test_another_field_than_the_text_is_named() -> None:
    assert told(replace(A_MATCH, field=Field.NICKNAME)) == ["昵称：命中“加微信”"]
    assert told(replace(A_MATCH, field=Field.LINK), language="en") == ["link: matched “加微信”"]


@pytest.mark.parametrize("channel", Channel)
def test_a_match_that_is_not_certain_says_so(channel: Channel) -> None:
    (sentence,) = told(replace(A_MATCH, channel=channel), thresholds=Thresholds(review=None))

    assert sentence.endswith("（把握较小）") == (CONFIDENCE[channel] < 75)


def test_not_being_certain_is_told_in_english_too() -> None:
    match = replace(A_MATCH, channel=Channel.HOMOPHONE)

    assert told(match, thresholds=Thresholds(), language="en") == [
        "matched “加微信” by its sound (less certain)"
    ]


def weak(*severities: int, action: Action = Action.SCORE) -> list[Match]:
    return [
        replace(A_MATCH, rule_key=f"r-{n}", action=action, severity=each, span=Span(9 * n, 9 * n + 2))
        for n, each in enumerate(severities)
    ]


@pytest.mark.parametrize(
    ("matches", "thresholds", "expected"),
    [
        (weak(40, 40), Thresholds(), ["各项合计 64 分，达到复核线 60"]),
        (weak(40, 40), Thresholds(block=64), ["各项合计 64 分，达到拦截线 64"]),
        (weak(40, 40), Thresholds(review=65), []),
        (weak(90, action=Action.REVIEW), Thresholds(), []),
        (weak(90, 90, action=Action.REVIEW), Thresholds(block=95), ["各项合计 99 分，达到拦截线 95"]),
        (weak(90, 90, action=Action.BLOCK), Thresholds(block=95), []),
    ],
    ids=[
        "it led to a review",
        "it led to a refusal",
        "it led to nothing",
        "a rule would have led to a review as well",
        "it was stricter than the rules",
        "a rule would have refused as well",
    ],
)
def test_the_sum_is_told_where_it_decided(
    matches: list[Match], thresholds: Thresholds, expected: list[str]
) -> None:
    assert told(*matches, thresholds=thresholds)[len(matches) :] == expected


def test_the_sum_is_told_in_english_too() -> None:
    assert told(*weak(40, 40), thresholds=Thresholds(), language="en")[-1] == (
        "all together weigh 64: from 60 on, a person looks"
    )


def test_each_place_is_told_once_per_category_leftmost_longest() -> None:
    long = replace(A_MATCH, rule_key="long", span=Span(2, 9))
    behind = replace(A_MATCH, rule_key="behind", span=Span(9, 11))
    other = replace(A_MATCH, rule_key="other", category="fraud", span=Span(3, 4))

    kept = [match.rule_key for match in leftmost_longest((behind, A_MATCH, other, long))]

    assert kept == ["long", "other", "behind"]


def test_the_shape_of_a_text_hides_nothing_that_is_in_it() -> None:
    shapes = [
        replace(A_MATCH, rule_key=term, kind=Kind.SHAPE, term=term, span=Span(0, 9))
        for term in ("length>=9", "links>=1")
    ]

    assert told(A_MATCH, *shapes) == ["长度不少于 9 个字符", "链接不少于 1 个", "命中“加微信”"]


def test_of_matches_at_one_place_the_surest_is_told() -> None:
    by_sound = replace(A_MATCH, rule_key="a", term="加威信", channel=Channel.HOMOPHONE, severity=90)

    assert told(by_sound, A_MATCH) == ["命中“加微信”"]


def test_an_unfinished_reading_is_told() -> None:
    evaluation = merge([], Thresholds(), is_truncated=True)

    assert evaluation.verdict is Verdict.REVIEW
    assert [s.text for s in explain(evaluation, "zh")] == ["内容过长或命中过多，未能全部检查"]

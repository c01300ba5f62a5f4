"""What follows from matches: verdict, masks, reasons, sentences."""

from dataclasses import replace

import pytest

from moderation.rules import (
    Action,
    Channel,
    Evaluation,
    Field,
    Match,
    Span,
    Thresholds,
    Verdict,
    explain,
    mask,
)
from moderation.rules.merge import merge

BY_DEFAULT = Thresholds()

A_MATCH = Match("r-1", "加微信", Field.TEXT, Span(2, 5), Channel.EXACT, Action.BLOCK, "contact", 60)


@pytest.mark.parametrize(
    ("actions", "verdict"),
    [
        ([], Verdict.ALLOW),
        ([Action.ALLOW], Verdict.ALLOW),
        ([Action.MASK], Verdict.ALLOW),
        ([Action.SCORE], Verdict.ALLOW),
        ([Action.MASK, Action.REVIEW], Verdict.REVIEW),
        ([Action.REVIEW, Action.BLOCK, Action.MASK], Verdict.BLOCK),
    ],
)
def test_the_strictest_action_decides(actions: list[Action], verdict: Verdict) -> None:
    matches = [
        replace(A_MATCH, rule_key=f"r-{place}", action=action, severity=10, span=Span(place, place + 1))
        for place, action in enumerate(actions)
    ]

    assert merge(matches, BY_DEFAULT).verdict is verdict


def test_an_allow_rule_takes_away_what_lies_wholly_inside_it() -> None:
    allow = replace(A_MATCH, rule_key="allow", action=Action.ALLOW, span=Span(1, 6))

    assert merge([A_MATCH, allow], BY_DEFAULT) == Evaluation(Verdict.ALLOW, (allow,))


@pytest.mark.parametrize(
    "allow",
    [
        replace(A_MATCH, action=Action.ALLOW, span=Span(1, 4)),
        replace(A_MATCH, action=Action.ALLOW, span=Span(3, 9)),
        replace(A_MATCH, action=Action.ALLOW, field=Field.NICKNAME),
    ],
    ids=["it ends earlier", "it begins later", "it is in another field"],
)
def test_an_allow_rule_takes_nothing_away_when(allow: Match) -> None:
    assert merge([A_MATCH, allow], BY_DEFAULT).verdict is Verdict.BLOCK


def test_masks_are_united_field_by_field() -> None:
    masking = replace(A_MATCH, action=Action.MASK)
    matches = [
        replace(masking, span=Span(4, 8)),
        masking,
        replace(masking, span=Span(8, 9)),
        replace(masking, span=Span(11, 12)),
        replace(masking, field=Field.NICKNAME),
        replace(A_MATCH, span=Span(0, 20)),
    ]

    assert merge(matches, BY_DEFAULT).masks == (
        (Field.TEXT, Span(2, 9)),
        (Field.TEXT, Span(11, 12)),
        (Field.NICKNAME, Span(2, 5)),
    )


def test_reasons_are_the_categories_by_falling_severity() -> None:
    matches = [
        A_MATCH,
        replace(A_MATCH, category="insult", severity=90),
        replace(A_MATCH, category="fraud", severity=60),
        replace(A_MATCH, category="other", severity=99, action=Action.ALLOW, span=Span(2, 3)),
    ]

    assert merge(matches, BY_DEFAULT).reasons == ("insult", "contact", "fraud")


def test_masking_stars_every_visible_character_and_keeps_line_breaks() -> None:
    assert mask("ab 加 微\n信cd", [Span(3, 8), Span(5, 8)]) == "ab * *\n*cd"


def test_masking_takes_the_star_it_is_given() -> None:
    assert mask("加微信", [Span(1, 3)], star="口") == "加口口"


@pytest.mark.parametrize(
    ("channel", "field", "zh", "en"),
    [
        (Channel.EXACT, Field.TEXT, "命中“加微信”", "matched “加微信”"),
        (
            Channel.FOLD,
            Field.NICKNAME,
            "昵称：还原写法后命中“加微信”",
            "nickname: matched “加微信” after undoing its spelling",
        ),
        (
            Channel.SEPARATOR,
            Field.LINK,
            "链接：去掉间隔符号后命中“加微信”",
            "link: matched “加微信” after removing symbols",
        ),
    ],
)
def test_sentences_tell_the_term_and_how_it_was_read(
    channel: Channel, field: Field, zh: str, en: str
) -> None:
    evaluation = merge([replace(A_MATCH, channel=channel, field=field)], BY_DEFAULT)

    assert [[s.text for s in explain(evaluation, "zh")], [s.text for s in explain(evaluation, "en")]] == [
        [zh],
        [en],
    ]


def test_each_place_is_told_once_per_category_leftmost_longest() -> None:
    long = replace(A_MATCH, rule_key="long", span=Span(2, 9))
    behind = replace(A_MATCH, rule_key="behind", span=Span(9, 11))
    other = replace(A_MATCH, rule_key="other", category="fraud", span=Span(3, 4))

    told = [
        s.match.rule_key for s in explain(merge([A_MATCH, other, behind, long], BY_DEFAULT), "en") if s.match
    ]

    assert told == ["long", "other", "behind"]


def test_an_unfinished_reading_is_told() -> None:
    assert [s.text for s in explain(merge([], BY_DEFAULT, is_truncated=True), "zh")] == [
        "内容过长或命中过多，未能全部检查"
    ]

"""What follows from matches: verdict, masks, reasons."""

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

"""What matches weigh, alone and together, and what follows by the thresholds of the set."""

from dataclasses import replace

import pytest

from moderation.rules import CONFIDENCE, Action, Channel, Field, Match, Span, Thresholds, Verdict
from moderation.rules.merge import merge

A_MATCH = Match("r-1", "赌博", Field.TEXT, Span(0, 2), Channel.EXACT, Action.SCORE, "gambling", 40)


def rules(*severities: int, action: Action = Action.SCORE) -> list[Match]:
    return [
        replace(A_MATCH, rule_key=f"r-{place}", severity=severity, action=action)
        for place, severity in enumerate(severities)
    ]


def test_every_channel_has_a_confidence_and_none_is_above_the_rules_own_words() -> None:
    assert set(CONFIDENCE) == set(Channel)
    assert max(CONFIDENCE.values()) == CONFIDENCE[Channel.EXACT] == 100


@pytest.mark.parametrize(
    ("channel", "severity", "weight"),
    [(Channel.EXACT, 40, 40), (Channel.FOLD, 99, 94), (Channel.HOMOPHONE, 50, 30), (Channel.INITIALS, 3, 0)],
)
def test_a_match_weighs_its_severity_times_its_confidence(
    channel: Channel, severity: int, weight: int
) -> None:
    assert replace(A_MATCH, channel=channel, severity=severity).score == weight


@pytest.mark.parametrize(
    ("severities", "together"),
    [((), 0), ((40,), 40), ((40, 40), 64), ((50, 50, 50), 87), ((100, 1), 100), ((99,) * 40, 99)],
)
def test_rules_together_weigh_more_than_each_but_are_never_certain(
    severities: tuple[int, ...], together: int
) -> None:
    assert merge(rules(*severities), Thresholds()).score == together


def test_a_rule_counts_once_by_its_best_match_in_whatever_field() -> None:
    far = replace(A_MATCH, channel=Channel.HOMOPHONE, span=Span(5, 7))
    elsewhere = replace(A_MATCH, field=Field.NICKNAME, channel=Channel.SEPARATOR)

    assert merge([far, A_MATCH, elsewhere], Thresholds()).score == 40
    assert merge([far, elsewhere], Thresholds()).score == 36


@pytest.mark.parametrize("action", [Action.MASK, Action.ALLOW])
def test_what_is_masked_or_allowed_weighs_nothing(action: Action) -> None:
    evaluation = merge(rules(100, 100, action=action), Thresholds(review=1, block=1))

    assert (evaluation.score, evaluation.verdict) == (0, Verdict.ALLOW)


def test_what_an_allow_rule_takes_away_weighs_nothing() -> None:
    allow = replace(A_MATCH, rule_key="allow", action=Action.ALLOW, span=Span(0, 9))

    assert merge([A_MATCH, allow], Thresholds()).score == 0


@pytest.mark.parametrize(
    ("severities", "thresholds", "verdict"),
    [
        ((59,), Thresholds(), Verdict.ALLOW),
        ((60,), Thresholds(), Verdict.REVIEW),
        ((40, 40), Thresholds(), Verdict.REVIEW),
        ((99, 99, 99), Thresholds(), Verdict.REVIEW),
        ((40, 40), Thresholds(block=64), Verdict.BLOCK),
        ((40, 40), Thresholds(block=65), Verdict.REVIEW),
        ((40, 40), Thresholds(review=None), Verdict.ALLOW),
    ],
    ids=[
        "below the threshold nothing follows",
        "the threshold itself is reached",
        "two weak signs are reviewed together",
        "without a threshold of blocking the sum never blocks",
        "with one it does",
        "below it, it does not",
        "the sum can be told to follow nothing",
    ],
)
def test_the_score_raises_the_verdict(
    severities: tuple[int, ...], thresholds: Thresholds, verdict: Verdict
) -> None:
    evaluation = merge(rules(*severities), thresholds)

    assert (evaluation.verdict, evaluation.thresholds) == (verdict, thresholds)


@pytest.mark.parametrize(
    ("action", "channel", "certain", "verdict"),
    [
        (Action.BLOCK, Channel.EXACT, 75, Verdict.BLOCK),
        (Action.BLOCK, Channel.SPLIT, 80, Verdict.BLOCK),
        (Action.BLOCK, Channel.HOMOPHONE, 75, Verdict.REVIEW),
        (Action.BLOCK, Channel.HOMOPHONE, 60, Verdict.BLOCK),
        (Action.REVIEW, Channel.INITIALS, 75, Verdict.REVIEW),
        (Action.SCORE, Channel.EXACT, 75, Verdict.ALLOW),
    ],
)
def test_only_who_is_certain_blocks(action: Action, channel: Channel, certain: int, verdict: Verdict) -> None:
    match = replace(A_MATCH, action=action, channel=channel, severity=10)

    assert merge([match], Thresholds(certain=certain)).verdict is verdict


def test_a_comment_without_matches_names_the_thresholds_all_the_same() -> None:
    assert merge([], Thresholds(block=90)).thresholds == Thresholds(block=90)

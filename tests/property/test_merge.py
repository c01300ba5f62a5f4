"""Merging, over any matches: free of order, and more, graver or surer ones never soften a verdict."""

from dataclasses import replace
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from moderation.rules import (
    CONFIDENCE,
    Action,
    Channel,
    Evaluation,
    Field,
    Kind,
    Match,
    Span,
    Thresholds,
    Verdict,
)
from moderation.rules.merge import merge

STRICTNESS = [Verdict.ALLOW, Verdict.REVIEW, Verdict.BLOCK]

spans = st.builds(lambda start, chars: Span(start, start + chars), st.integers(0, 20), st.integers(1, 6))
percents = st.integers(1, 100)
any_thresholds = st.builds(Thresholds, st.none() | percents, st.none() | percents, percents)
randoms = st.randoms(use_true_random=False)


def a_match(actions: list[Action]) -> st.SearchStrategy[Match]:
    return st.builds(
        Match,
        st.sampled_from(["a", "b", "c", "d"]),
        st.sampled_from(["x", "y"]),
        st.sampled_from(Field),
        spans,
        st.sampled_from(Channel),
        st.sampled_from(actions),
        st.sampled_from(["fraud", "insult"]),
        percents,
        st.sampled_from(Kind),
    )


any_matches = st.lists(a_match(list(Action)), max_size=12)
hard_matches = st.lists(a_match([action for action in Action if action is not Action.ALLOW]), max_size=12)


def is_no_softer(after: Evaluation, before: Evaluation) -> bool:
    verdicts = STRICTNESS.index(after.verdict), STRICTNESS.index(before.verdict)
    return verdicts[0] >= verdicts[1] and after.score >= before.score


@given(any_matches, any_thresholds, randoms)
def test_the_order_of_matches_does_not_matter(
    matches: list[Match], thresholds: Thresholds, random: Random
) -> None:
    shuffled = list(matches)
    random.shuffle(shuffled)

    assert merge(shuffled, thresholds) == merge(matches, thresholds)


@given(any_matches, hard_matches, any_thresholds)
def test_more_matches_never_soften_a_verdict(
    matches: list[Match], more: list[Match], thresholds: Thresholds
) -> None:
    before, after = merge(matches, thresholds), merge([*matches, *more], thresholds)

    assert is_no_softer(after, before)
    assert set(after.reasons) >= set(before.reasons)
    assert set(after.matches) >= set(before.matches)


@given(hard_matches, any_thresholds, st.integers(0, 11), percents)
def test_a_higher_severity_never_softens_a_verdict(
    matches: list[Match], thresholds: Thresholds, place: int, severity: int
) -> None:
    graver = [
        replace(match, severity=max(match.severity, severity)) if at == place else match
        for at, match in enumerate(matches)
    ]

    assert is_no_softer(merge(graver, thresholds), merge(matches, thresholds))


@given(hard_matches, any_thresholds, st.integers(0, 11), st.sampled_from(Channel))
def test_a_nearer_channel_never_softens_a_verdict(
    matches: list[Match], thresholds: Thresholds, place: int, channel: Channel
) -> None:
    surer = [
        replace(match, channel=channel) if at == place and CONFIDENCE[channel] > match.confidence else match
        for at, match in enumerate(matches)
    ]

    assert is_no_softer(merge(surer, thresholds), merge(matches, thresholds))


@given(any_matches, any_thresholds, percents)
def test_lower_thresholds_never_soften_a_verdict(
    matches: list[Match], thresholds: Thresholds, lower: int
) -> None:
    stricter = replace(
        thresholds, review=min(thresholds.review or 100, lower), certain=min(thresholds.certain, lower)
    )

    assert is_no_softer(merge(matches, stricter), merge(matches, thresholds))


@given(any_matches)
def test_a_score_is_between_nothing_and_a_hundred(matches: list[Match]) -> None:
    counted = [
        m.score for m in merge(matches, Thresholds()).matches if m.action not in {Action.ALLOW, Action.MASK}
    ]

    assert max(counted, default=0) <= merge(matches, Thresholds()).score <= min(sum(counted), 100)


@given(any_matches)
def test_masks_are_sorted_and_apart(matches: list[Match]) -> None:
    masks = merge(matches, Thresholds()).masks

    for (field, span), (next_field, next_span) in pairwise(masks):
        assert field is not next_field or span.end < next_span.start


@given(any_matches)
def test_nothing_is_left_inside_what_is_allowed(matches: list[Match]) -> None:
    kept = merge(matches, Thresholds()).matches
    allowed = [m for m in kept if m.action is Action.ALLOW]

    assert not [
        m
        for m in kept
        for a in allowed
        if m.action is not Action.ALLOW
        and m.field is a.field
        and a.span.start <= m.span.start
        and m.span.end <= a.span.end
    ]

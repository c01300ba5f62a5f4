"""Merging, over any matches: free of order, and more of them never soften a verdict."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from moderation.rules import Action, Channel, Field, Match, Span, Verdict
from moderation.rules.merge import merge

STRICTNESS = [Verdict.ALLOW, Verdict.REVIEW, Verdict.BLOCK]

spans = st.builds(lambda start, chars: Span(start, start + chars), st.integers(0, 20), st.integers(1, 6))


def a_match(actions: list[Action]) -> st.SearchStrategy[Match]:
    return st.builds(
        Match,
        st.sampled_from(["a", "b"]),
        st.sampled_from(["x", "y"]),
        st.sampled_from(Field),
        spans,
        st.sampled_from(Channel),
        st.sampled_from(actions),
        st.sampled_from(["fraud", "insult"]),
        st.integers(1, 100),
    )


any_matches = st.lists(a_match(list(Action)), max_size=12)
hard_matches = st.lists(a_match([Action.MASK, Action.REVIEW, Action.BLOCK]), max_size=12)


@given(any_matches, st.randoms(use_true_random=False))
def test_the_order_of_matches_does_not_matter(matches: list[Match], random: object) -> None:
    shuffled = list(matches)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert merge(shuffled) == merge(matches)


@given(any_matches, hard_matches)
def test_more_matches_never_soften_a_verdict(matches: list[Match], more: list[Match]) -> None:
    before, after = merge(matches), merge([*matches, *more])

    assert STRICTNESS.index(after.verdict) >= STRICTNESS.index(before.verdict)
    assert set(after.reasons) >= set(before.reasons)
    assert set(after.matches) >= set(before.matches)


@given(any_matches)
def test_masks_are_sorted_and_apart(matches: list[Match]) -> None:
    masks = merge(matches).masks

    for (field, span), (next_field, next_span) in pairwise(masks):
        assert field is not next_field or span.end < next_span.start


@given(any_matches)
def test_nothing_is_left_inside_what_is_allowed(matches: list[Match]) -> None:
    kept = merge(matches).matches
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

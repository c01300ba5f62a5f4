"""Spans map home: whatever the text, a match says where in the original it is, and moves with the text."""

import random
import sys
from pathlib import Path
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from moderation import rules
from moderation.rules import Action, Channel, Evaluation, Facts, Field, Match, Rule

sys.path.insert(0, str(Path(__file__).parents[2]))
from bench import filter_texts

TERMS: Final = [term for term in filter_texts.PLANTED if len(term) > 1]
RULES: Final = rules.compile(
    [Rule(f"r-{number}", term, Action.MASK, "other", 50) for number, term in enumerate(TERMS)]
    + [
        Rule(f"a-{number}", term, Action.MASK, "other", 50, channels=frozenset(Channel))
        for number, term in enumerate(TERMS)
    ]
)
# Ends of sentences, and no words: among Chinese words Latin letters are read as pinyin, alone they are not.
NEUTRAL: Final = ("。\n\n", "！\n\n。\n", "。\n\n\n\n")

anything = st.text(
    st.one_of(st.sampled_from("赌博加微信aSs1①\u200b\u0301ｶﾞ한㍿ﷺ 　.*👩🏽\ud800\0"), st.characters()),
    max_size=60,
)


@st.composite
def disguises(draw: st.DrawFn) -> str:
    """Draw a planted term in one to three disguises, those of the fuzz."""
    return filter_texts.disguised(random.Random(draw(st.integers(0, 2**32))), draw(st.sampled_from(TERMS)))


texts = st.lists(st.one_of(anything, disguises()), max_size=5).map("".join)


def evaluate(text: str) -> Evaluation:
    return rules.evaluate(RULES, {Field.TEXT: text}, Facts())


def places(matches: tuple[Match, ...], *, moved: int = 0) -> list[tuple[str, Channel, int, int]]:
    return sorted((m.rule_key, m.channel, m.span.start + moved, m.span.end + moved) for m in matches)


@given(texts)
def test_every_span_lies_in_the_text_and_holds_something_that_is_seen(text: str) -> None:
    for match in evaluate(text).matches:
        assert 0 <= match.span.start < match.span.end <= len(text)
        assert rules.normalise(text[match.span.start : match.span.end]).folded


@given(texts)
def test_no_span_begins_or_ends_with_what_nobody_sees(text: str) -> None:
    for match in evaluate(text).matches:
        assert rules.normalise(text[match.span.start]).folded or text[match.span.start] in match.term


@given(texts)
def test_masking_stars_the_spans_and_nothing_else(text: str) -> None:
    evaluation = evaluate(text)
    spans = [span for _, span in evaluation.masks]

    masked = rules.mask(text, spans)

    hidden = {place for span in spans for place in range(span.start, span.end)}
    assert len(masked) == len(text)
    assert all(masked[place] == text[place] for place in range(len(text)) if place not in hidden)


@given(texts, st.sampled_from(NEUTRAL), st.sampled_from(NEUTRAL))
def test_spans_move_with_the_text(text: str, before: str, behind: str) -> None:
    whole = evaluate(before + text + behind)

    assert places(whole.matches) == places(
        evaluate("。\n\n" + text + "。\n\n").matches, moved=len(before) - 3
    )


@given(texts)
def test_a_text_is_read_the_same_each_time(text: str) -> None:
    assert evaluate(text) == evaluate(text)

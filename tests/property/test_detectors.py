"""Detectors: no text makes them raise, and every span lies in the text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation import rules
from moderation.rules import Action, Channel, Facts, Field, Kind, Rule, RuleSet, Verdict
from moderation.rules.evaluate import MAX_TEXT_CHARS

_MEASURES = ("caps", "repeats", "length", "lines", "links", "digits", "scripts", "marks", "emoji")
_TERMS = (
    (Kind.PATTERN, r"\d{2,}"),
    (Kind.PATTERN, r"\C."),
    (Kind.LINK, "*"),
    (Kind.LINK, "a.com"),
    (Kind.LINK, "com"),
    (Kind.LINK, "1.1.1.1"),
    (Kind.CONTACT, "*"),
    *((Kind.SHAPE, f"{name}>=2") for name in _MEASURES),
)

# What the detectors look at, more often than chance would have it.
_WRITTEN = "a 1 . @ # + - : / qq com 点 。 [.] (dot) http:// www. xn-- 一 零 ① ❶ 微信 加v vx 扣 群 o 138 0013 86 tg ， 😀 İ ﷺ ß"
_PIECES = st.sampled_from([*_WRITTEN.split(), " ", "\n", "\u200b", "\ufe0f", "\ud800", "\u0301"])
_TEXTS = st.one_of(
    st.text(st.characters(), max_size=60),
    st.lists(_PIECES, max_size=40).map("".join),
    st.lists(st.one_of(_PIECES, st.characters()), max_size=40).map("".join),
)


@pytest.fixture(scope="module")
def rule_set() -> RuleSet:
    return rules.compile(
        [Rule(f"r-{n}", term, Action.REVIEW, "other", 50, kind=kind) for n, (kind, term) in enumerate(_TERMS)]
    )


@settings(max_examples=500, deadline=None)
@given(text=_TEXTS)
def test_any_text_is_read_and_every_span_lies_in_it(rule_set: RuleSet, text: str) -> None:
    evaluation = rules.evaluate(rule_set, {Field.TEXT: text}, Facts())

    assert all(0 <= match.span.start < match.span.end <= len(text) for match in evaluation.matches)


@settings(max_examples=100, deadline=None)
@given(piece=st.lists(_PIECES, min_size=1, max_size=4).map("".join))
def test_a_long_text_of_one_piece_is_read(rule_set: RuleSet, piece: str) -> None:
    text = (piece * (MAX_TEXT_CHARS + 1))[: MAX_TEXT_CHARS + 1]

    evaluation = rules.evaluate(rule_set, {Field.TEXT: text}, Facts())

    assert evaluation.is_truncated
    assert evaluation.verdict is Verdict.REVIEW


@settings(max_examples=200, deadline=None)
@given(
    before=st.sampled_from(["", "我", "看。", " "]), behind=st.sampled_from(["", "吧", "。好", " ok", "，"])
)
def test_a_link_is_found_whatever_stands_around_it(rule_set: RuleSet, before: str, behind: str) -> None:
    text = f"{before}www.a.com/x{behind}"

    matches = rules.evaluate(rule_set, {Field.TEXT: text}, Facts()).matches

    found = {text[m.span.start : m.span.end] for m in matches if m.kind is Kind.LINK and m.term == "a.com"}
    assert found == {"www.a.com/x"}
    assert {m.channel for m in matches if m.kind is Kind.LINK} == {Channel.EXACT}

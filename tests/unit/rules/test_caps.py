"""Texts made of nothing but candidates: cut, never without end, and said to be cut."""

import pytest

from moderation import rules
from moderation.rules import Action, Channel, Facts, Field, Rule
from moderation.rules.automaton import Automaton
from moderation.rules.matchers.words import MAX_CANDIDATES
from moderation.rules.streams import MOST_REPLACED


def read(text: str, *terms: str) -> rules.Evaluation:
    """Read a text with a rule for each term."""
    listed = [Rule(f"r-{place}", term, Action.MASK, "other", 50) for place, term in enumerate(terms)]
    return rules.evaluate(rules.compile(listed), {Field.TEXT: text}, Facts())


@pytest.mark.parametrize(
    ("term", "piece", "channel"),
    [
        pytest.param("赌博", "赌博", Channel.EXACT, id="as written"),
        pytest.param("a b", "a b ", Channel.EXACT, id="with a separator of its own"),
        pytest.param("加微信", "信微加，", Channel.REVERSED, id="reversed"),
        pytest.param("188", "一八八，", Channel.DIGIT, id="digits"),
        pytest.param("赌博", "堵搏。", Channel.HOMOPHONE, id="by sound"),
        pytest.param("毒品", "毐品。", Channel.GLYPH, id="by look"),
        pytest.param("加微信", "加微微信。", Channel.REPEAT, id="repeats"),
    ],
)
def test_more_candidates_than_the_cap_are_not_read(term: str, piece: str, channel: Channel) -> None:
    evaluation = read(piece * (MAX_CANDIDATES + 20), term)

    assert evaluation.is_truncated
    assert {match.channel for match in evaluation.matches} == {channel}
    assert len(evaluation.matches) <= MAX_CANDIDATES


@pytest.mark.parametrize(
    ("term", "piece"),
    [
        pytest.param("casino", "cas1no ", id="leet"),
        pytest.param("笨蛋", "笨🥚，", id="pictures"),
        pytest.param("骗子", "马扁子，", id="components"),
    ],
)
def test_more_to_rewrite_than_the_cap_is_not_rewritten(term: str, piece: str) -> None:
    evaluation = read(piece * (MOST_REPLACED + 20), term)

    assert evaluation.is_truncated
    assert 0 < len(evaluation.matches) <= MAX_CANDIDATES


@pytest.mark.parametrize(
    ("term", "other", "piece"),
    [
        pytest.param("赌博", "读报", "堵搏。毒爆。", id="by sound"),
        pytest.param("毒品", "微信", "毐品。徽信。", id="by look"),
    ],
)
def test_the_cap_is_for_all_terms_of_a_set_together(term: str, other: str, piece: str) -> None:
    evaluation = read(piece * (MAX_CANDIDATES - 20), term, other)

    assert evaluation.is_truncated
    assert len(evaluation.matches) <= MAX_CANDIDATES


def test_as_many_candidates_as_the_cap_are_read() -> None:
    evaluation = read("赌博。" * (MAX_CANDIDATES - 1), "赌博")

    assert not evaluation.is_truncated
    assert len(evaluation.matches) == MAX_CANDIDATES - 1


def test_an_automaton_finds_no_more_than_it_is_asked_for() -> None:
    found, is_cut = Automaton.build(["好"]).find("好" * 5_000, limit=10)

    assert (len(found), is_cut) == (10, True)


def test_a_character_that_is_repeated_without_end_is_still_a_repeat() -> None:
    evaluation = read("来" + "赌" * 1_000 + "博" * 1_000, "赌博")

    assert (Channel.REPEAT, 1, 2_001) in {
        (match.channel, match.span.start, match.span.end) for match in evaluation.matches
    }

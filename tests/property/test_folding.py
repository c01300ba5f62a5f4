"""Folding, over any text: idempotent, and always with the way home."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from moderation import rules
from moderation.rules import Action, Channel, Facts, Field, Rule, RuleSetError
from moderation.rules.characters import SEPARATORS
from moderation.rules.normalise import fold, normalise
from moderation.rules.streams import join, join_places

# Characters that the fold drops, widens, narrows or composes, among ordinary ones and lone surrogates.
TRICKY = "aＡé赌賭博㍿ﬃｶﾞかが\u3099\u1112\u1161\u11ab한ㅎㅏ\u0301\u200b\ufe0f\ud800\0\n 　.，🎲1①٣ßİ'"
texts = st.text(st.one_of(st.sampled_from(TRICKY), st.characters()), max_size=40)


@given(texts)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(texts)
def test_both_ways_to_fold_agree(text: str) -> None:
    assert normalise(text).folded == fold(text)


@given(texts)
def test_offsets_map_home(text: str) -> None:
    normalised = normalise(text)

    assert len(normalised.starts) == len(normalised.ends) == len(normalised.folded)
    assert list(normalised.starts) == sorted(normalised.starts)
    for character, start, end in zip(normalised.folded, normalised.starts, normalised.ends, strict=True):
        assert 0 <= start < end <= len(text)
        assert character in fold(text[start:end])


@given(texts)
def test_case_and_compatibility_forms_do_not_matter(text: str) -> None:
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))


@given(texts)
def test_joining_leaves_no_separator_and_knows_the_places(text: str) -> None:
    folded = fold(text)

    assert SEPARATORS.isdisjoint(join(folded))
    assert "".join(folded[place] for place in join_places(folded)) == join(folded)


@given(texts, texts, texts, st.lists(texts, max_size=3))
def test_a_match_lies_in_the_text_and_reads_as_its_term(
    term: str, before: str, behind: str, others: list[str]
) -> None:
    near = frozenset({Channel.EXACT, Channel.FOLD, Channel.SEPARATOR})
    listed = [
        Rule(f"r-{i}", each, Action.BLOCK, "other", 1, channels=near)
        for i, each in enumerate([term, *others])
    ]
    try:
        rule_set = rules.compile(listed)
    except RuleSetError:
        return
    text = before + term + behind

    for match in rules.evaluate(rule_set, {Field.TEXT: text, Field.NICKNAME: before}, Facts()).matches:
        read = text if match.field is Field.TEXT else before
        inside = read[match.span.start : match.span.end]
        wanted = fold(match.term).strip()
        assert wanted in fold(inside) or join(wanted) in join(fold(inside))


@given(st.text(st.one_of(st.sampled_from("赌博*，. aａ\u200b"), st.characters()), max_size=60))
def test_evaluation_never_raises(text: str) -> None:
    listed = [
        Rule("a", "赌博", Action.BLOCK, "other", 1),
        Rule("b", "a", Action.MASK, "other", 1, exceptions=("a a",)),
    ]

    rules.evaluate(
        rules.compile([*listed, Rule("c", "a.", Action.ALLOW, "other", 1)]),
        dict.fromkeys(Field, text),
        Facts(),
    )

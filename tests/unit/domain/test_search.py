"""The language of search: tokens, queries, where a text holds what is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain import search
from moderation.domain.search import Place, QueryFault, Term, canonical, hits, parse, tokens

WRITING = st.text(st.sampled_from('花海微信加的看abcABC123 -，。!"“”❤️\u3000臺湾ไทย한국\n'), max_size=30)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("加　微信！ＡＢＣ", "加 微信 abc"),
        ("臺灣 Café", "台湾 cafe"),
        ("...花海，，，真美。", "花海 真美"),
        ("a\u200bb❤️c", "ab❤c"),
        ("。！？", ""),
    ],
)
def test_texts_are_compared_folded_with_one_space_for_all_that_is_no_letter(text: str, form: str) -> None:
    assert canonical(text) == form


def test_solid_scripts_become_characters_and_pairs_and_words_their_beginnings() -> None:
    assert tokens("花海开 wechat a1") == {
        *("花", "海", "开", "花海", "海开"),
        *("wechat", "~wec", "~wecha"),
        "a1",
    }


@pytest.mark.parametrize(
    ("asked", "terms"),
    [
        ("花海 停车场", [Term("花海"), Term("停车场")]),
        ("花海　-停车 －场", [Term("花海"), Term("停车", is_excluded=True), Term("场", is_excluded=True)]),
        ("“hello world” x", [Term("hello world", is_exact=True), Term("x")]),
        ('-"花 海', [Term("花 海", is_exact=True, is_excluded=True)]),
        ("加微信：abc", [Term("加微信 abc")]),
        ("花海 花海", [Term("花海")]),
        ("a-b", [Term("a b")]),
    ],
)
def test_a_query_is_words_phrases_and_exclusions(asked: str, terms: list[Term]) -> None:
    assert list(parse(asked).terms) == terms


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ("字" * 201, QueryFault.TOO_LONG),
        (" ".join("一二三四五六七八九十百"), QueryFault.TOO_MANY),
        ("，。 !!", QueryFault.NOTHING),
        ('"" - ""', QueryFault.NOTHING),
        ("\0", QueryFault.NOTHING),
        ("", None),
        ("   ", None),
    ],
)
def test_what_cannot_be_asked_is_said(asked: str, fault: QueryFault | None) -> None:
    assert parse(asked).fault is fault


@pytest.mark.parametrize(
    ("asked", "text", "is_held"),
    [
        ("花海", "今年的花海", True),
        ("海花", "花海花", True),
        ("海", "花海", True),
        ("花开", "花海开", False),
        ("加微信", "加，微信", False),
        ("微信abc", "加微信ABC12", True),
        ("微信abc", "加微信xabc", False),
        ("wech", "my WeChat", True),
        ("chat", "wechat", False),
        ("chat", "微信chat", True),
        ("we", "we chat", True),
        ("we", "wechat", False),
        ('"wech"', "wechat", False),
        ('"my wechat"', "It is my: WeChat!", True),
        ("花 -海", "花海", False),
        ("-海", "花", True),
        ("台湾", "臺灣", True),
        ("❤", "爱❤️你", True),
    ],
)
def test_a_text_holds_a_query(asked: str, text: str, *, is_held: bool) -> None:
    assert parse(asked).holds(text=text, nickname="") is is_held


def test_a_query_may_look_at_the_text_or_the_nickname_alone() -> None:
    assert parse("花海").holds(text="x", nickname="花海")
    assert not parse("花海", place=Place.TEXT).holds(text="x", nickname="花海")
    assert not parse("花海", place=Place.NICKNAME).holds(text="花海", nickname="x")
    assert parse("花海 晨曦").holds(text="花海", nickname="晨曦")


def test_hits_lie_in_the_original_text() -> None:
    text = "  【加　微信】 ＷＥＣＨＡＴ 臺灣的ﬁsh"
    spans = hits(parse("微信 wec 湾 -的 fish"), text)

    assert [text[start:end] for start, end in spans] == ["微信", "ＷＥＣ", "灣", "ﬁsh"]


def test_hits_that_touch_are_one() -> None:
    assert hits(parse("花海 海开 开"), "花海开") == [(0, 3)]


@given(WRITING, WRITING)
def test_what_holds_a_term_has_its_tokens(asked: str, text: str) -> None:
    found = tokens(text)
    for term in parse(asked).wanted:
        assert not term.is_in(canonical(text)) or found.issuperset(term.tokens())


@given(st.text(max_size=60), st.text(max_size=60))
def test_nothing_that_can_be_typed_breaks_it(asked: str, text: str) -> None:
    query = parse(asked)
    spans = hits(query, text)

    assert query.holds(text=text, nickname="") in {True, False}
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert bool(spans) == any(term.is_in(canonical(text)) for term in query.wanted)
    for token in tokens(text) | {token for term in query.wanted for token in term.tokens()}:
        assert not set(token) & set(" \"'\\\0()*:")


def test_facts_are_tokens_of_their_own_kind() -> None:
    assert search.fact(search.Fact.RULE, "a b'\"") != search.fact(search.Fact.CATEGORY, "a b'\"")
    assert search.fact(search.Fact.RULE, "a b'\"").isascii()

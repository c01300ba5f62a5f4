"""Everything that can be wrong with a draft, fault by fault; and what makes two postings the same."""

import dataclasses
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain.draft import (
    Draft,
    faults_of,
    faults_of_thread_key,
    is_author_token,
    is_idempotency_key,
)
from moderation.domain.errors import Fault

TOKEN = "mod_author_" + "A-_9" * 10 + "abc"
DRAFT = Draft(
    site_key="demo",
    origin="https://news.example",
    client="192.0.2.7",
    thread_key="1553855",
    text="花海开得真早",
    nickname="晨曦",
)


def faults(**changed: object) -> list[Fault]:
    draft = dataclasses.replace(DRAFT, **changed)  # type: ignore[arg-type]  # a test names fields of Draft
    return faults_of(draft, max_text_chars=1_000)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({}, id="a plain one"),
        pytest.param({"text": "字" * 1_000}, id="a text at its bound"),
        pytest.param({"text": "一行\n又一行\r\n\t三行"}, id="a text of several lines"),
        pytest.param({"text": "👨‍👩‍👧 👍🏽 ❤️"}, id="a text of joined emoji"),
        pytest.param({"text": "مرحبا \u202e"}, id="a text from right to left"),
        pytest.param({"nickname": "字" * 24}, id="a nickname at its bound"),
        pytest.param({"thread_key": "字" * 512}, id="a thread key of 512 Chinese characters"),
        pytest.param({"thread_key": " /?#%&\n"}, id="a thread key of anything storable"),
        pytest.param({"thread_title": "标题" * 150}, id="a title at its bound"),
        pytest.param({"thread_title": ""}, id="an empty title"),
        pytest.param({"thread_url": "https://新闻.example/一?x=1#y"}, id="an address in Chinese"),
        pytest.param({"link": "HTTP://blog.example"}, id="a link in capitals"),
        pytest.param({"challenge_answer": "１２ "}, id="an answer in full-width digits"),
    ],
)
def test_a_sound_draft_has_no_fault(changed: dict[str, object]) -> None:
    assert faults(**changed) == []


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        pytest.param({"thread_key": ""}, Fault("/thread", "blank"), id="no thread"),
        pytest.param({"thread_key": "x" * 513}, Fault("/thread", "too-long", 512), id="thread too long"),
        pytest.param({"thread_key": "a\x00"}, Fault("/thread", "unstorable-character"), id="NUL in thread"),
        pytest.param({"thread_key": "\ud83d"}, Fault("/thread", "unstorable-character"), id="half a pair"),
        pytest.param({"thread_title": "x" * 301}, Fault("/thread_title", "too-long", 300), id="title too long"),
        pytest.param({"thread_title": "a\nb"}, Fault("/thread_title", "control-character"), id="title of two lines"),
        pytest.param({"thread_url": "javascript:alert(1)"}, Fault("/thread_url", "not-a-web-address"), id="a script"),
        pytest.param({"thread_url": "https:///x"}, Fault("/thread_url", "not-a-web-address"), id="no host"),
        pytest.param({"thread_url": "http://[::1"}, Fault("/thread_url", "not-a-web-address"), id="a broken host"),
        pytest.param({"thread_url": "https://a.b/" + "x" * 2_000}, Fault("/thread_url", "too-long", 2_000), id="a long address"),
        pytest.param({"nickname": "x" * 25}, Fault("/nickname", "too-long", 24), id="nickname too long"),
        pytest.param({"nickname": "a\u2028b"}, Fault("/nickname", "control-character"), id="a hidden line break"),
        pytest.param({"nickname": "a\x7f"}, Fault("/nickname", "control-character"), id="DEL in a nickname"),
        pytest.param({"nickname": "\u200b "}, Fault("/nickname", "blank"), id="an invisible nickname"),
        pytest.param({"nickname": "\u0301"}, Fault("/nickname", "blank"), id="a nickname of accents only"),
        pytest.param({"nickname": "a\x00"}, Fault("/nickname", "unstorable-character"), id="NUL in a nickname"),
        pytest.param({"link": "ftp://x.example"}, Fault("/link", "not-a-web-address"), id="a link not of the web"),
        pytest.param({"link": ""}, Fault("/link", "not-a-web-address"), id="an empty link"),
        pytest.param({"link": "https://a.b c.d"}, Fault("/link", "not-a-web-address"), id="a link of two"),
        pytest.param({"link": "https://a.b\u3000"}, Fault("/link", "not-a-web-address"), id="a wide space in a link"),
        pytest.param({"link": "https://a.b\r\nX: y"}, Fault("/link", "control-character"), id="a header in a link"),
        pytest.param({"link": "https://a.b/" + "x" * 500}, Fault("/link", "too-long", 500), id="a long link"),
        pytest.param({"text": "字" * 1_001}, Fault("/text", "too-long", 1_000), id="text too long"),
        pytest.param({"text": ""}, Fault("/text", "blank"), id="no text"),
        pytest.param({"text": "\u3164\u2800\n"}, Fault("/text", "blank"), id="an invisible text"),
        pytest.param({"text": "a\x00b"}, Fault("/text", "unstorable-character"), id="NUL in the text"),
        pytest.param({"text": "a\udfff"}, Fault("/text", "unstorable-character"), id="a lone surrogate"),
        pytest.param({"challenge_answer": "1" * 33}, Fault("/challenge_answer", "too-long", 32), id="a long answer"),
        pytest.param({"challenge_answer": "1\n2"}, Fault("/challenge_answer", "control-character"), id="a broken answer"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_field_and_bound(changed: dict[str, object], fault: Fault) -> None:
    assert faults(**changed) == [fault]


def test_every_fault_is_told_at_once_in_the_order_of_the_fields() -> None:
    found = faults(thread_key="", nickname="x" * 25 + "\x00", link="x", text=" ")

    assert [(fault.pointer, fault.code) for fault in found] == [
        ("/thread", "blank"),
        ("/nickname", "too-long"),
        ("/nickname", "unstorable-character"),
        ("/link", "not-a-web-address"),
        ("/text", "blank"),
    ]


@given(st.text(st.characters(codec=None, categories=None), max_size=60))
def test_what_passes_can_be_stored_in_both_databases(text: str) -> None:
    if not faults(text=text):
        assert "\x00" not in text
        assert text.encode().decode() == text


@given(st.text(max_size=600))
def test_a_thread_key_is_any_string_of_storable_characters(key: str) -> None:
    is_sound = 1 <= len(key) <= 512 and "\x00" not in key

    assert (faults_of_thread_key(key) == []) == is_sound


@pytest.mark.parametrize("key", ["a", "!" * 255, "8e03978e-40d5-43dd-bc93-6894a57f9324"])
def test_visible_ascii_makes_an_idempotency_key(key: str) -> None:
    assert is_idempotency_key(key)


@pytest.mark.parametrize("key", ["", " ", "a b", "键", "a" * 256, "a\n", "\x7f"])
def test_nothing_else_makes_an_idempotency_key(key: str) -> None:
    assert not is_idempotency_key(key)


def test_an_author_token_has_its_prefix_and_43_characters() -> None:
    assert is_author_token(TOKEN)
    assert not is_author_token(TOKEN[:-1])
    assert not is_author_token(TOKEN + "x")
    assert not is_author_token(TOKEN + "\n")
    assert not is_author_token("")
    assert not is_author_token(TOKEN.removeprefix("mod_"))


@pytest.mark.parametrize(
    "changed",
    [
        {"text": "别的"},
        {"nickname": "别人"},
        {"link": "https://a.example"},
        {"thread_key": "2"},
        {"parent_id": UUID(int=1)},
    ],
    ids=str,
)
def test_another_content_is_another_posting(changed: dict[str, object]) -> None:
    other = dataclasses.replace(DRAFT, **changed)  # type: ignore[arg-type]

    assert other.body_hash() != DRAFT.body_hash()


def test_a_retry_that_solved_another_challenge_is_the_same_posting() -> None:
    again = dataclasses.replace(DRAFT, challenge_id=UUID(int=7), challenge_answer="9", client="other")

    assert again.body_hash() == DRAFT.body_hash()


def test_parts_that_run_together_are_told_apart() -> None:
    first = dataclasses.replace(DRAFT, thread_key="1", nickname="23")
    second = dataclasses.replace(DRAFT, thread_key="12", nickname="3")

    assert first.body_hash() != second.body_hash()

"""Texts of the embed: one table, said alike by the script, and a site's own words over it."""

import re
from pathlib import Path

import pytest

import moderation
from moderation.domain.taiwan import TAIWAN
from moderation.domain.texts import (
    BY_KEY,
    LANGUAGES,
    MAX_CHARS,
    TEXTS,
    box_texts,
    faults_of_texts,
    fill,
    language_of,
    own_texts,
    page_texts,
)

STATIC = Path(moderation.__file__).parent / "embed" / "static"


@pytest.mark.parametrize(
    ("language", "name"), [("zh-CN", "texts.zh.js"), ("zh-TW", "texts.tw.js"), ("en", "texts.en.js")]
)
def test_the_script_says_what_the_table_says(language: str, name: str) -> None:
    source = (STATIC / name).read_text(encoding="utf-8")
    downloaded = dict(re.findall(r'^  "?([\w-]+)"?: "(.*)",$', source, re.MULTILINE))

    said = {text.box: text.default(language) for text in TEXTS if text.box and text.default(language)}

    assert downloaded == said


def test_keys_and_names_are_taken_once() -> None:
    boxes = [text.box for text in TEXTS if text.box]
    pages = [text.page for text in TEXTS if text.page]

    assert len(BY_KEY) == len(TEXTS)
    assert len(set(boxes)) == len(boxes)
    assert len(set(pages)) == len(pages)
    assert all(text.box or text.page for text in TEXTS)


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.key)
def test_a_default_is_no_fault_and_has_the_same_slots_in_each_language(text: object) -> None:
    assert isinstance(text, type(TEXTS[0]))
    defaults = {language: {text.key: text.default(language)} for language in LANGUAGES}

    assert faults_of_texts(defaults) == []
    assert own_texts(defaults) == {}


@pytest.mark.parametrize(
    ("key", "text", "code"),
    [
        pytest.param("heading", "评论", "wrong-slots", id="a slot lost"),
        pytest.param("heading", "评论 {n} {m}", "wrong-slots", id="a slot invented"),
        pytest.param("send", "发 {n}", "wrong-slots", id="a slot where there is none"),
        pytest.param("send", "发" * (MAX_CHARS + 1), "too-long", id="too long"),
        pytest.param("send", "发\n表", "control-character", id="two lines"),
        pytest.param("send", "发\x00", "unstorable-character", id="NUL"),
        pytest.param("nothing", "x", "unknown", id="an unknown key"),
    ],
)
def test_what_would_break_the_box_is_refused(key: str, text: str, code: str) -> None:
    faults = faults_of_texts({"zh-CN": {key: text}})

    assert code in [fault.code for fault in faults]
    assert {fault.pointer for fault in faults} == {f"/texts/zh-CN/{key}"}


def test_an_unknown_language_is_refused() -> None:
    assert [fault.code for fault in faults_of_texts({"fr": {"send": "Envoyer"}})] == ["unknown"]


def test_an_empty_text_goes_back_to_the_default() -> None:
    assert faults_of_texts({"zh-CN": {"heading": ""}}) == []
    assert own_texts({"zh-CN": {"heading": "", "send": "投稿"}}) == {"zh-CN": {"send": "投稿"}}


def test_each_surface_gets_the_texts_under_its_own_names() -> None:
    own = {"zh-CN": {"reply-to": "答 {name}", "page-faults": "看这里：", "gone-since": "x"}}

    assert box_texts(own) == {"zh-CN": {"replyTo": "答 {name}"}}
    page = page_texts("zh-CN", own)
    assert (page["reply_to"], page["faults"], page["send"]) == ("答 {name}", "看这里：", "发表评论")
    assert page_texts("en", own)["reply_to"] == "Reply to {name}"


def test_filling_follows_no_attributes_and_trips_over_no_brace() -> None:
    assert fill("{n} of {m} {0.__class__} {", n=1) == "1 of {m} {0.__class__} {"


def test_taiwan_has_wording_of_its_own_for_every_text_and_no_other() -> None:
    assert set(TAIWAN) == {text.key for text in TEXTS}
    # What only the mainland writes: a reader in Taiwan stumbles over each of them.
    foreign = [key for key, text in TAIWAN.items() if set(text) & set("评论验证码发举报审网这没请还条图链页")]
    assert foreign == []
    assert [key for key, text in TAIWAN.items() if "評論" in text or "回复" in text or "信息" in text] == []


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("zh-TW", "zh-TW"),
        ("zh-HK", "zh-TW"),
        ("zh-MO", "zh-TW"),
        ("zh-Hant", "zh-TW"),
        ("zh-Hant-CN", "zh-TW"),
        ("ZH_hant_hk", "zh-TW"),
        ("zh", "zh-CN"),
        ("zh-CN", "zh-CN"),
        ("zh-SG", "zh-CN"),
        ("zh-Hans-HK", "zh-CN"),
        ("en", "en"),
        ("en-GB", "en"),
        (" EN ", "en"),
        ("fr", None),
        ("ar", None),
        ("english", None),
        ("zhx", None),
        ("", None),
        ("-", None),
        ("<script>", None),
    ],
)
def test_a_reader_is_served_in_the_language_nearest_to_his(tag: str, language: str | None) -> None:
    assert language_of(tag) == language

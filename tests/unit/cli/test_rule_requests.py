"""The lines of `rules match`: what is understood, what is answered, what is refused."""

import json
from typing import Any

import pytest

from moderation.cli.rules import requests
from moderation.cli.rules.requests import LineRefused, Lists, answer, read_request


def line(**members: Any) -> bytes:
    return json.dumps(members).encode()


def matched(rules: list[Any], text: str, *, lists: Lists | None = None, **settings: Any) -> dict[str, Any]:
    request = read_request(line(id=1, rules=rules, text=text, **settings.pop("given", {})), has_rules=True)
    return answer(request, (lists or Lists()).get(request), now=settings.pop("now", 0), **settings)


def spans(rules: list[Any], text: str, **settings: Any) -> list[list[Any]]:
    found: list[list[Any]] = matched(rules, text, **settings)["spans"]
    return found


def test_spans_are_code_points_of_the_text_and_words_are_as_written() -> None:
    assert spans(["赌博", "ＤＵ"], "😀去赌*博，du") == [[2, 5, "赌博"], [6, 8, "ＤＵ"]]


def test_spaces_around_a_term_belong_to_the_word_that_is_told() -> None:
    assert spans([" 赌博 "], "去赌博") == [[1, 3, " 赌博 "]]


def test_of_several_in_one_place_the_leftmost_longest_is_told() -> None:
    rules = ["网站", "赌博", {"term": "赌博网站", "category": "gambling"}]

    assert spans(rules, "去赌博网站") == [[1, 5, "赌博网站"]]
    assert spans(rules, "去赌博网站", has_all=True) == [
        [1, 5, "赌博网站"],
        [1, 3, "赌博"],
        [3, 5, "网站"],
    ]


def test_of_terms_that_are_the_same_the_one_that_is_written_is_told_else_the_first() -> None:
    assert spans(["赌博", "賭博", "赌博"], "賭博，赌博，𝗱𝘂") == [[0, 2, "賭博"], [3, 5, "赌博"]]
    assert spans(["DU", "ＤＵ"], "du") == [[0, 2, "DU"]]


def test_exceptions_of_the_line_and_of_a_rule_are_heeded() -> None:
    rules = [{"term": "和服", "exceptions": ["和服务"]}, "外挂"]

    assert spans(rules, "和服务员说门外挂着", given={"allow": ["门外挂着"]}) == []


def test_allow_rules_are_no_hits() -> None:
    assert spans([{"term": "赌博论", "action": "allow"}, "赌博"], "赌博论") == []


def test_a_rule_is_read_as_of_a_moment() -> None:
    rules = [{"term": "赌博", "ends_at": 100}]

    assert spans(rules, "赌博", now=99) == [[0, 2, "赌博"]]
    assert spans(rules, "赌博", now=100) == []


def test_details_tell_channel_kind_and_key_and_what_follows() -> None:
    rules = ["赌博", {"key": "k", "term": "外挂", "action": "block"}]

    found = matched(rules, "赌*博 外挂", has_details=True)

    assert found["details"] == [
        {"channel": "separator", "kind": "term", "key": None},
        {"channel": "exact", "kind": "term", "key": "k"},
    ]
    assert (found["verdict"], found["score"] > 0) == ("block", True)


@pytest.mark.parametrize(("rules", "text"), [([], "赌博"), (["赌博"], ""), ([], "")])
def test_nothing_is_found_in_nothing(rules: list[str], text: str) -> None:
    assert matched(rules, text) == {"id": 1, "spans": []}


def test_a_long_text_is_told_to_be_cut() -> None:
    assert matched(["赌博"], "天" * 20_001)["truncated"] is True


def test_lone_surrogates_are_characters_like_others() -> None:
    found = matched(["赌博"], "\ud83d去赌\ude00博")

    assert found["spans"] == [[2, 5, "赌博"]]
    assert matched(["\ud83d赌博"], "赌博")["spans"] == [[0, 2, "\ud83d赌博"]]


def test_rules_that_are_none_are_told_and_the_others_used() -> None:
    found = matched(["", "赌博", {"term": 1}, "x" * 101], "去赌博", given={"allow": ["", "天气"]})

    assert found["spans"] == [[1, 3, "赌博"]]
    assert [(each.get("rule"), each.get("allow"), each["code"]) for each in found["faults"]] == [
        (0, None, "empty"),
        (2, None, "malformed"),
        (3, None, "too-long"),
        (None, 0, "empty"),
    ]


@pytest.mark.parametrize(
    ("given", "code", "id_"),
    [
        (b"{", "malformed", None),
        (b"[]", "malformed", None),
        (b'{"id": NaN}', "malformed", None),
        (b'{"id": 1e999}', "malformed", None),
        (b"[" * 100_000, "malformed", None),
        (b'"\xff"', "not-utf-8", None),
        (line(id="a", rules=[]), "missing", "a"),
        (line(id="a", text="x"), "missing", "a"),
        (line(id="a", rules=[], text=1), "malformed", "a"),
        (line(id="a", rules="赌博", text="x"), "malformed", "a"),
        (line(id="a", rules=[1], text="x"), "malformed", "a"),
        (line(id="a", rules=[], text="x", allow="x"), "malformed", "a"),
        (line(id="a", rules=[], text="x", allow=[1]), "malformed", "a"),
    ],
)
def test_a_line_that_is_no_request_is_refused(given: bytes, code: str, id_: object) -> None:
    with pytest.raises(LineRefused) as refused:
        read_request(given, has_rules=True)

    assert (refused.value.code, refused.value.id) == (code, id_)


def test_with_a_compiled_file_a_line_brings_no_rules() -> None:
    assert read_request(line(text="x", rules=[]), has_rules=False).rules == ()
    with pytest.raises(LineRefused, match="rules"):
        read_request(line(text="x", rules=["y"]), has_rules=False)


def test_a_list_is_compiled_once_and_the_least_recently_used_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(requests, "MOST_SETS", 2)
    lists = Lists()

    def listed(*rules: object) -> object:
        return lists.get(read_request(line(rules=rules, text=""), has_rules=True))

    first = listed("甲乙", {"term": "丙丁"})
    second = listed("乙丙")

    assert listed("甲乙", {"term": "丙丁"}) is first
    listed("丁戊")
    assert listed("甲乙", {"term": "丙丁"}) is first
    assert listed("乙丙") is not second


def test_a_large_list_drives_out_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "MOST_TERMS", 2)
    lists = Lists()
    small = read_request(line(rules=["甲乙"], text=""), has_rules=True)

    first = lists.get(small)
    lists.get(read_request(line(rules=["乙丙", "丙丁", "丁戊"], text=""), has_rules=True))

    assert lists.get(small) is not first

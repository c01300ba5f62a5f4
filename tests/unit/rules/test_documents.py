"""Rule lists: plain text, CSV, JSON; every faulty line is named."""

import pytest

from moderation.rules import (
    Action,
    Channel,
    Defaults,
    DocumentError,
    Field,
    Format,
    LineFault,
    Rule,
    compile,  # noqa: A004 -- the library's verb
    read,
    write,
)


def faults(source: str, form: Format) -> list[tuple[int, str, str]]:
    with pytest.raises(DocumentError) as refused:
        read(source, form)
    return [(f.line, f.field, f.code) for f in refused.value.faults]


def test_a_plain_list_is_a_term_a_line_with_comments() -> None:
    source = "\ufeff# 赌博\n\n  六合彩  \r\n百家乐\n六合彩\n"

    listed = read(source, Format.TEXT, Defaults(Action.BLOCK, "gambling", 80))

    assert [(r.term, r.action, r.category, r.severity) for r in listed] == [
        ("六合彩", Action.BLOCK, "gambling", 80),
        ("百家乐", Action.BLOCK, "gambling", 80),
    ]
    assert len(compile(listed)) == 2


def test_a_key_made_from_a_term_does_not_depend_on_its_line_or_spelling() -> None:
    assert read("a\nＣasino", Format.TEXT)[1].key == read("casino", Format.TEXT)[0].key


FULL = Rule(
    "r-1",
    "外挂",
    Action.ALLOW,
    "other",
    9,
    ("门外挂着", 'a, "b"'),
    frozenset({Field.TEXT, Field.LINK}),
    frozenset({Channel.EXACT}),
    "t/1",
    1_795_000_000,
    1_796_000_000,
)
PLAIN = Rule("r-2", "x\ny", Action.MASK, "insult", 50)


@pytest.mark.parametrize("form", [Format.CSV, Format.JSON])
def test_what_is_written_reads_the_same(form: Format) -> None:
    assert read(write([FULL, PLAIN], form), form) == [FULL, PLAIN]


def test_a_plain_list_keeps_the_terms() -> None:
    assert write([FULL], Format.TEXT) == "外挂\n"


def test_csv_reads_times_and_lists() -> None:
    source = "term,exceptions,starts_at,ends_at\n赌博, 赌博罪 | 反赌博 ,2026-11-22T16:10:14Z,1800000000\n"

    (rule,) = read(source, Format.CSV)

    assert (rule.exceptions, rule.starts_at, rule.ends_at) == (
        ("赌博罪", "反赌博"),
        1_795_363_814,
        1_800_000_000,
    )
    assert (rule.action, rule.category, rule.severity) == (Action.REVIEW, "other", 50)


def test_csv_tells_all_faults_with_their_lines() -> None:
    source = (
        "term,action,severity,fields,starts_at,colour\n"
        "a,explode,,,,\n"
        ",,,,,\n"
        "b,,many,text|ear,2026-01-01,red\n"
        "c,,500,,,\n"
        "d,,,,,,surplus\n"
        "a,,,,,\n"
        "A,,,,,\n"
    )

    assert faults(source, Format.CSV) == [
        (2, "action", "malformed"),
        (3, "term", "missing"),
        (4, "colour", "unknown"),
        (4, "severity", "malformed"),
        (4, "fields", "malformed"),
        (4, "starts_at", "malformed"),
        (5, "severity", "out-of-range"),
        (6, "", "unknown"),
        (8, "key", "duplicate"),
    ]


def test_csv_that_cannot_be_read_names_the_line() -> None:
    assert faults('term\na\n"b"c\n', Format.CSV) == [(3, "", "malformed")]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{\n oops", [(2, "", "malformed")]),
        ("[" * 100_000, [(1, "", "malformed")]),
        ('{"rule": []}', [(1, "rules", "malformed")]),
        ('[{"term": "a"}, 3]', [(2, "", "malformed")]),
        (
            '[{"term": 3}, {"term": "a", "severity": true, "exceptions": "b", "action": null}]',
            [(1, "term", "malformed"), (2, "severity", "malformed"), (2, "exceptions", "malformed")],
        ),
    ],
)
def test_json_names_the_number_of_the_rule(source: str, expected: list[tuple[int, str, str]]) -> None:
    assert faults(source, Format.JSON) == expected


def test_json_may_be_a_bare_list() -> None:
    assert [r.term for r in read('[{"term": "a", "starts_at": 5}]', Format.JSON)] == ["a"]


def test_the_error_speaks_for_itself() -> None:
    assert str(DocumentError([LineFault(3, "term", "empty", "why")])) == "line 3: term: empty: why"

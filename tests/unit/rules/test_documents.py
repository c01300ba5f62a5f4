"""Rule lists: plain text, CSV, JSON; every faulty line is named."""

from dataclasses import replace

import pytest

from moderation.rules import (
    Action,
    Channel,
    Defaults,
    Document,
    DocumentError,
    Field,
    Format,
    Guard,
    Kind,
    LineFault,
    Rule,
    Thresholds,
    compile,  # noqa: A004 -- the library's verb
    read,
    read_document,
    write,
    write_document,
)
from moderation.rules.documents import numbered


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
GUARDED = replace(PLAIN, key="r-3", action=Action.SCORE, guards=frozenset({Guard.WORDS, Guard.EDGES}))
UNGUARDED = replace(PLAIN, key="r-4", guards=frozenset())
ANY_LINK = Rule("r-5", "*", Action.REVIEW, "advertising", 50, kind=Kind.LINK)
EVERY = (FULL, PLAIN, GUARDED, UNGUARDED, ANY_LINK)
WHOLE = Document(EVERY, ("外挂式", "产品和服务"), Thresholds(review=None, block=95, certain=70))


@pytest.mark.parametrize("form", [Format.CSV, Format.JSON, Format.JSON_LINES])
def test_what_is_written_reads_the_same(form: Format) -> None:
    assert read(write(EVERY, form), form) == list(EVERY)


@pytest.mark.parametrize("document", [WHOLE, Document(EVERY), Document(())])
def test_a_json_list_keeps_what_holds_for_all_rules(document: Document) -> None:
    assert read_document(write_document(document, Format.JSON), Format.JSON) == document


def test_only_json_holds_more_than_rules() -> None:
    assert read_document(write_document(WHOLE, Format.CSV), Format.CSV) == Document(EVERY)
    assert [each.has_settings for each in (WHOLE, Document(EVERY), Document((), ("a",)))] == [
        True,
        False,
        True,
    ]


def test_json_is_written_a_rule_a_line() -> None:
    lines = write_document(replace(WHOLE, rules=(PLAIN, ANY_LINK)), Format.JSON).splitlines()

    assert lines[1] == '"thresholds": {"review": null, "block": 95, "certain": 70},'
    assert [line for line in lines if '"key"' in line][1].startswith('  {"key": "r-5", "kind": "link", ')


def test_a_plain_list_keeps_the_terms_and_nothing_that_is_no_term() -> None:
    assert write([FULL, ANY_LINK], Format.TEXT) == "外挂\n"


def test_a_key_made_for_another_kind_is_its_own_and_keeps_the_spelling() -> None:
    source = "kind,term\nlink,example.com\nterm,example.com\nlink,EXAMPLE.com\n"

    keys = [rule.key for rule in read(source, Format.CSV)]

    assert [key.partition("-")[0] for key in keys] == ["link", "term", "link"]
    assert len(set(keys)) == 3


def test_csv_reads_times_and_lists() -> None:
    source = "term,exceptions,starts_at,ends_at\n赌博, 赌博罪 | 反赌博 ,2026-11-22T16:10:14Z,1800000000\n"

    (rule,) = read(source, Format.CSV)

    assert (rule.exceptions, rule.starts_at, rule.ends_at) == (
        ("赌博罪", "反赌博"),
        1_795_363_814,
        1_800_000_000,
    )
    assert (rule.action, rule.category, rule.severity) == (Action.REVIEW, "other", 50)


def test_a_bar_within_a_value_survives_csv() -> None:
    rule = replace(PLAIN, exceptions=("a|b", "c", "|"))

    assert read(write([rule], Format.CSV), Format.CSV) == [rule]


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        (r'"term": "a\ud800"', "term"),
        (r'"term": "a\u0000b"', "term"),
        (r'"term": "a", "exceptions": ["b\u0000"]', "exceptions"),
        ('"term": "a", "starts_at": 100000000000000', "starts_at"),
        ('"term": "a", "ends_at": 1e3', "ends_at"),
    ],
)
def test_what_no_database_keeps_is_refused(cells: str, field: str) -> None:
    assert faults(f"[{{{cells}}}]", Format.JSON) == [(1, field, "malformed")]


def test_line_breaks_within_a_value_become_one_kind() -> None:
    assert read(r'[{"term": "a\r\nb\rc"}]', Format.JSON)[0].term == "a\nb\nc"


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
        ("3", [(1, "rules", "malformed")]),
        ('\n{"rule": []}', [(2, "rule", "unknown"), (2, "rules", "malformed")]),
        ('{"exceptions": [],\n"rules": {}}', [(2, "rules", "malformed")]),
        ('[{"term": "a"},\n3]', [(2, "", "malformed")]),
        (
            '[{"term": 3},\n\n {"term": "a", "severity": true,\n  "exceptions": "b", "action": null}]',
            [(1, "term", "malformed"), (3, "severity", "malformed"), (4, "exceptions", "malformed")],
        ),
        ('{"rules": [\n{"term": "a"},\n{"term":\n"A"}]}', [(3, "key", "duplicate")]),
        ('[\n{"severity": 3,\n"colour": {"a": [1]}}]', [(2, "term", "missing"), (3, "colour", "unknown")]),
    ],
)
def test_json_names_the_line_of_the_fault(source: str, expected: list[tuple[int, str, str]]) -> None:
    assert faults(source, Format.JSON) == expected


def test_a_duplicate_names_the_line_of_the_first() -> None:
    with pytest.raises(DocumentError, match="line 3: key: duplicate: line 2 has"):
        read('[\n{"term": "a"},\n{"term": "a"}]', Format.JSON)


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ('"exceptions": "a"', [(2, "exceptions", "malformed")]),
        (r'"exceptions": ["\u0000"]', [(2, "exceptions", "malformed")]),
        ('"exceptions": ["a",\n3,\n" "]', [(3, "exceptions", "malformed"), (4, "exceptions", "empty")]),
        ('"thresholds": [60]', [(2, "thresholds", "malformed")]),
        (
            '"thresholds": {"review": 101,\n"block": "no",\n"certain": null, "sure": 1}',
            [
                (2, "thresholds.review", "out-of-range"),
                (3, "thresholds.block", "malformed"),
                (4, "thresholds.certain", "malformed"),
                (4, "thresholds.sure", "unknown"),
            ],
        ),
        ('"thresholds": {"review": 60,\n"block": 59}', [(3, "thresholds.block", "below-review")]),
    ],
)
def test_what_holds_for_all_rules_has_faults_with_lines(
    sections: str, expected: list[tuple[int, str, str]]
) -> None:
    assert faults(f'{{"rules": [],\n{sections}}}', Format.JSON) == expected


def test_thresholds_that_are_not_named_are_the_usual_ones() -> None:
    source = '{"rules": [], "exceptions": null, "thresholds": {"review": 70}}'

    assert read_document(source, Format.JSON).thresholds == Thresholds(review=70)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ('"kind": "shape", "guards": []', ("guards", "not-for-kind")),
        ('"kind": "spell"', ("kind", "malformed")),
        ('"guards": ["none", "edges"]', ("guards", "malformed")),
        ('"guards": 3', ("guards", "malformed")),
        ('"kind": "link", "key": "k"', ("term", "too-long")),
    ],
)
def test_kinds_and_guards_are_read_strictly(row: str, expected: tuple[str, str]) -> None:
    term = "links>=3" if "shape" in row else "a" * 501 if "key" in row else "a"

    assert expected in [each[1:] for each in faults(f'[{{"term": "{term}", {row}}}]', Format.JSON)]


def test_json_may_be_a_bare_list() -> None:
    assert [r.term for r in read('[{"term": "a", "starts_at": 5}]', Format.JSON)] == ["a"]


def test_the_error_speaks_for_itself() -> None:
    assert str(DocumentError([LineFault(3, "term", "empty", "why")])) == "line 3: term: empty: why"


def test_json_lines_tell_all_faults_with_their_lines() -> None:
    source = '{"term": "a"}\n\n{"term": \n[1]\n{"term": "b", "severity": 0, "action": null}\n{"term": "a"}\n'

    assert faults(source, Format.JSON_LINES) == [
        (3, "", "malformed"),
        (4, "", "malformed"),
        (5, "severity", "out-of-range"),
        (6, "key", "duplicate"),
    ]


def test_json_lines_are_numbered_past_empty_ones_and_odd_line_ends() -> None:
    source = '\ufeff\n{"term": "a"}\n\n{"term": "b\u2028c"}\r\n'

    assert [(line, rule.term) for line, rule in numbered(source, Format.JSON_LINES)] == [
        (2, "a"),
        (4, "b\u2028c"),
    ]

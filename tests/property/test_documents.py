"""Rule lists, over any rules: what is written reads the same; every value of a JSON text has its line."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from moderation.rules import (
    CATEGORIES,
    Action,
    Channel,
    Document,
    DocumentError,
    Field,
    Format,
    Guard,
    Kind,
    Rule,
    Thresholds,
    read_document,
    write_document,
)
from moderation.rules.check import faults_of, threshold_faults
from moderation.rules.json_lines import lines_of

# Left out: a backslash before a bar or at the end, which CSV cannot tell from an escaped bar; what is read as another character.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\\"), max_size=8).map(
    str.strip
)
moments = st.none() | st.integers(0, 4_000_000_000)
rules = st.builds(
    Rule,
    st.from_regex(r"[a-z0-9-]{1,9}", fullmatch=True),
    texts,
    st.sampled_from(Action),
    st.sampled_from(CATEGORIES),
    st.integers(1, 100),
    st.lists(texts, max_size=3).map(tuple),
    st.frozensets(st.sampled_from(Field)),
    st.none() | st.frozensets(st.sampled_from(Channel)),
    st.none() | texts,
    moments,
    moments,
    st.sampled_from([Kind.TERM, Kind.LINK]),
    st.none() | st.frozensets(st.sampled_from(Guard)),
).filter(lambda rule: not faults_of(rule))
percents = st.integers(1, 100)
documents = st.builds(
    Document,
    st.lists(rules, max_size=4, unique_by=lambda rule: rule.key).map(tuple),
    st.lists(texts.filter(str.isalnum), max_size=2).map(tuple),
    st.none()
    | st.builds(Thresholds, st.none() | percents, st.none() | percents, percents).filter(
        lambda each: not list(threshold_faults(each))
    ),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(documents)
def test_a_json_document_reads_as_it_was_written(document: Document) -> None:
    assert read_document(write_document(document, Format.JSON), Format.JSON) == document


@given(documents)
def test_rules_in_csv_read_as_they_were_written(document: Document) -> None:
    assert read_document(write_document(document, Format.CSV), Format.CSV) == Document(document.rules)


@given(values, st.none() | st.integers(0, 2), st.integers(0, 3))
def test_every_value_of_a_json_text_has_its_line(value: Any, indent: int | None, depth: int) -> None:
    source = json.dumps(value, indent=indent, ensure_ascii=False)
    assume("\r" not in source)
    found = lines_of(source, depth=depth)
    written = source.split("\n")

    expected = dict(every(value, (), depth))
    assert found.keys() == expected.keys()
    for path, line in found.items():
        assert json.dumps(expected[path], ensure_ascii=False)[0] in written[line - 1]


def every(value: Any, path: tuple[str | int, ...], depth: int) -> list[tuple[tuple[str | int, ...], Any]]:
    inner: list[tuple[str | int, Any]] = []
    if depth and isinstance(value, dict):
        inner = list(value.items())
    if depth and isinstance(value, list):
        inner = list(enumerate(value))
    return [(path, value), *(each for name, one in inner for each in every(one, (*path, name), depth - 1))]


@given(values)
def test_a_json_text_that_is_no_document_has_faults_and_nothing_else(value: Any) -> None:
    with suppress(DocumentError):
        read_document(json.dumps(value), Format.JSON)

"""The labelled corpus is sound, and the filter does no worse on it than before."""

from collections import Counter

import pytest

from tests.corpus.cases import FAMILIES, Case, read_cases
from tests.corpus.score import Figures, falls, read_figures, score, tabulate

CASES = read_cases()
FAMILY_NAMES = sorted({case.family for case in CASES})


def test_ids_are_unique_and_tell_the_family() -> None:
    counts = Counter(case.id for case in CASES)

    assert [each for each, count in counts.items() if count > 1] == []
    assert [case.id for case in CASES if case.id.rpartition("-")[0] != case.family] == []


def test_each_family_has_a_file_of_its_own() -> None:
    assert sorted(path.stem for path in FAMILIES.glob("*.jsonl")) == FAMILY_NAMES


def test_no_case_stands_there_twice() -> None:
    counts = Counter((case.rules, case.allow, case.text) for case in CASES)

    assert [key for key, count in counts.items() if count > 1] == []


def test_there_are_many_cases_and_two_fifths_are_innocent() -> None:
    assert len(CASES) >= 600
    assert sum(case.is_innocent for case in CASES) >= 0.4 * len(CASES)


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_a_family_has_both_guilty_and_innocent_cases(family: str) -> None:
    innocent = [case.is_innocent for case in CASES if case.family == family]

    assert innocent.count(True) >= 8
    assert innocent.count(False) >= 8


def faults(case: Case) -> list[str]:
    """Tell what is wrong with the labels of a case."""
    found = [] if case.text.strip() and case.rules else ["nothing to read or nothing to look for"]
    if len(set(case.rules)) < len(case.rules):
        found.append("a rule twice")
    if list(case.spans) != sorted(case.spans):
        found.append("spans out of order")
    end = 0
    for span in case.spans:
        if not 0 <= span.start < span.end <= len(case.text):
            found.append(f"{span} lies outside")
        if span.start < end:
            found.append(f"{span} overlaps the one before")
        if not case.text[span.start : span.end].strip() == case.text[span.start : span.end] != "":
            found.append(f"{span} begins or ends with blanks")
        if span.word not in case.rules:
            found.append(f"{span.word} is no rule")
        end = span.end
    return found


def test_labels_are_sound() -> None:
    assert {case.id: faults(case) for case in CASES if faults(case)} == {}


@pytest.fixture(scope="module")
def table() -> dict[str, Figures]:
    return tabulate([score(case) for case in CASES])


@pytest.mark.parametrize("family", [*FAMILY_NAMES, "total"])
def test_the_filter_does_no_worse_than_before(family: str, table: dict[str, Figures]) -> None:
    held = read_figures()

    assert falls(held[family], table[family]) == [], "see python -m tests.corpus.score --misses"

"""The page on the filter tells what the code does: its caps, its channels and guards, its files."""

import re
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

from moderation.rules import Channel, Guard
from moderation.rules.evaluate import MAX_TEXT_CHARS
from moderation.rules.matchers.words import MAX_CANDIDATES
from moderation.rules.terms import term_of

DOCS: Final = Path(__file__).parents[2] / "docs"
PAGE: Final = (DOCS / "filter.md").read_text(encoding="utf-8")
BOUNDS: Final = re.findall(r"^\| `([a-z.]+)\.([A-Z_]+)` \| ([\d,]+) \|", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("module", "constant", "told"), BOUNDS, ids=[constant for _, constant, _ in BOUNDS])
def test_each_bound_is_told_as_it_is(module: str, constant: str, told: str) -> None:
    assert f"{getattr(import_module(f'moderation.rules.{module}'), constant):,}" == told


def test_the_rules_page_tells_the_same_caps() -> None:
    rules_page = (DOCS / "rules.md").read_text(encoding="utf-8")

    assert f"longer than {MAX_TEXT_CHARS:,} characters" in rules_page
    assert f"more than {MAX_CANDIDATES:,} candidates" in rules_page


def first_cells(title: str) -> list[str]:
    body = PAGE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| `?([^`|]+?)`? \|", body, re.MULTILINE)[1:]


def test_every_channel_is_explained() -> None:
    assert first_cells("Channels") == list(Channel)


def test_every_guard_is_explained() -> None:
    assert first_cells("Guards") == list(Guard)


def test_what_a_term_is_worth_is_told_as_it_is() -> None:
    body = PAGE.split("\n## What a term is worth\n", 1)[1].split("\n## ", 1)[0]
    head, *rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in re.findall(r"^\|.+\|$", body, re.MULTILINE)
    ]
    told: dict[str, set[str]] = {}
    for term, *cells in (row for row in rows if not row[0].startswith("---")):
        told[term] = set()
        for title, cell in zip(head[1:], cells, strict=True):
            told[term] |= set((title if cell == "✓" else cell).split(", ")) - {""}

    assert told == {term: set(map(str, term_of(term).channels)) for term in told}


@pytest.mark.parametrize("name", ["filter.md", "rules.md", "tour.md", "rules-cli.md", "../README.md"])
def test_links_between_files_lead_somewhere(name: str) -> None:
    page = DOCS / name
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []

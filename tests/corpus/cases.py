"""The labelled corpus: its cases, read from `families/*.jsonl`.

Every case is written for this project and labelled by what a human moderator would say, whatever the engine does.
A line is `{"id", "family", "rules": [terms], "allow": [exceptions]?, "text", "spans": [[start, end, word], …]}` in code
points of the text; no spans means innocent. `@typical` among the rules stands for a list of `lists.json`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

FOLDER: Final = Path(__file__).parent
FAMILIES: Final = FOLDER / "families"


class Labelled(NamedTuple):
    """A place where a rule's word stands, in code points of the original text."""

    start: int
    end: int
    word: str


@dataclass(frozen=True, slots=True)
class Case:
    """One text, the terms to look for, and what a moderator would mark; `family` says what it tries."""

    id: str
    family: str
    rules: tuple[str, ...]
    allow: tuple[str, ...]
    text: str
    spans: tuple[Labelled, ...]

    @property
    def is_innocent(self) -> bool:
        """Say whether nothing in the text is to be found."""
        return not self.spans


def read_cases(folder: Path = FAMILIES) -> list[Case]:
    """Read all cases, family by family; a line that is no case is a ValueError that names it."""
    lists: dict[str, list[str]] = json.loads((FOLDER / "lists.json").read_text(encoding="utf-8"))
    return [case for path in sorted(folder.glob("*.jsonl")) for case in _read(path, lists)]


def _read(path: Path, lists: dict[str, list[str]]) -> Iterator[Case]:
    # Not `splitlines`: a text may hold line ends of other kinds.
    for number, line in enumerate(path.read_text(encoding="utf-8").strip().split("\n"), 1):
        try:
            row = json.loads(line)
            yield Case(
                id=row["id"],
                family=row["family"],
                rules=tuple(term for entry in row["rules"] for term in _terms(entry, lists)),
                allow=tuple(row.get("allow", ())),
                text=row["text"],
                spans=tuple(Labelled(*span) for span in row["spans"]),
            )
        except (KeyError, TypeError, ValueError) as fault:
            raise ValueError(f"{path.name}:{number}: {fault!r}") from fault


def _terms(entry: str, lists: dict[str, list[str]]) -> list[str]:
    return lists[entry.removeprefix("@")] if entry.startswith("@") else [entry]

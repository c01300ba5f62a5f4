"""How well the filter does on the labelled corpus: one row per family.

    python -m tests.corpus.score [--misses] [--family NAME …] [--write]

- *recall*: share of the expected spans that are found: the same word, overlapping.
- *exact*: share of the found ones whose start and end are right.
- *false*: share of the innocent cases with any hit; *stray*: hits in other cases that no span expects.

What is scored is what moderators are told: the leftmost-longest matches. `figures.json` holds the figures that may not
fall; `--write` raises them after an improvement.
"""
# ruff: noqa: T201 -- a command that prints

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Final

from moderation import rules
from moderation.rules import Action, Facts, Field, Match, Rule, RuleSet
from moderation.rules.explain import leftmost_longest
from tests.corpus.cases import FOLDER, Case, Labelled, read_cases

FIGURES: Final = FOLDER / "figures.json"
TOTAL: Final = "total"


@dataclass(frozen=True, slots=True)
class Scored:
    """What the filter said of one case."""

    case: Case
    matches: tuple[Match, ...]
    found: tuple[Labelled, ...]
    exact: tuple[Labelled, ...]
    missed: tuple[Labelled, ...]
    stray: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one family; all but the counts are shares of one, None where nothing is counted."""

    cases: int
    innocent: int
    recall: float | None
    exact: float | None
    false: float | None
    stray: int


def score(case: Case) -> Scored:
    """Read one case with the rules it names, each a rule of its own that asks for review."""
    rule_set = _compiled(case.rules, case.allow)
    evaluation = rules.evaluate(rule_set, {Field.TEXT: case.text}, Facts())
    matches = tuple(leftmost_longest(evaluation.matches))
    found = tuple(label for label in case.spans if any(_answers(m, label) for m in matches))
    return Scored(
        case,
        matches,
        found=found,
        exact=tuple(
            label for label in found if any(_answers(m, label) and _is_exact(m, label) for m in matches)
        ),
        missed=tuple(label for label in case.spans if label not in found),
        stray=tuple(m for m in matches if not any(_answers(m, label) for label in case.spans)),
    )


@lru_cache(maxsize=4_096)
def _compiled(terms: tuple[str, ...], allow: tuple[str, ...]) -> RuleSet:
    written = [
        Rule(f"term-{number}", term, Action.REVIEW, "other", 50) for number, term in enumerate(terms, 1)
    ]
    return rules.compile(written, exceptions=allow)


def _answers(match: Match, label: Labelled) -> bool:
    return match.term == label.word and match.span.start < label.end and label.start < match.span.end


def _is_exact(match: Match, label: Labelled) -> bool:
    return (match.span.start, match.span.end) == (label.start, label.end)


def tabulate(scored: Sequence[Scored]) -> dict[str, Figures]:
    """Sum up, family by family, and in total."""
    families = sorted({each.case.family for each in scored})
    table = {name: _figures([each for each in scored if each.case.family == name]) for name in families}
    return table | {TOTAL: _figures(scored)}


def _figures(scored: Sequence[Scored]) -> Figures:
    innocent = [each for each in scored if each.case.is_innocent]
    found = sum(len(each.found) for each in scored)
    return Figures(
        cases=len(scored),
        innocent=len(innocent),
        recall=_share(found, sum(len(each.case.spans) for each in scored)),
        exact=_share(sum(len(each.exact) for each in scored), found),
        false=_share(sum(bool(each.stray) for each in innocent), len(innocent)),
        stray=sum(len(each.stray) for each in scored if not each.case.is_innocent),
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def read_figures() -> dict[str, Figures]:
    """Read the figures that may not fall."""
    rows: dict[str, dict[str, float]] = json.loads(FIGURES.read_text(encoding="utf-8"))
    return {name: Figures(**row) for name, row in rows.items()}  # type: ignore[arg-type]


def falls(held: Figures, now: Figures) -> list[str]:
    """Name the figures that are worse now; a share that is held by nobody cannot fall."""
    fallen = []
    for name, sign in (("recall", 1), ("exact", 1), ("false", -1), ("stray", -1)):
        before, after = getattr(held, name), getattr(now, name)
        if before is not None and (after is None or sign * after < sign * before):
            fallen.append(f"{name} {before} → {after}")
    return fallen


def _print_table(table: dict[str, Figures]) -> None:
    names = [field.name for field in fields(Figures)]
    print(f"{'family':<16}" + "".join(f"{name:>10}" for name in names))
    for family, figures in table.items():
        print(f"{family:<16}" + "".join(f"{_shown(value):>10}" for value in asdict(figures).values()))


def _shown(value: float | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{100 * value:.1f} %"


def _print_misses(scored: Iterable[Scored]) -> None:
    for each in scored:
        text = each.case.text
        for label in each.missed:
            print(
                f"{each.case.id:<18} missed {label.word}: {_marked(text, label.start, label.end)}{_allowed(each)}"
            )
        for label in (each_found for each_found in each.found if each_found not in each.exact):
            spans = [m.span for m in each.matches if _answers(m, label)]
            print(
                f"{each.case.id:<18} span   {label.word}: {_marked(text, label.start, label.end)} "
                f"is found as {', '.join(repr(text[span.start : span.end]) for span in spans)}"
            )
        for match in each.stray:
            print(
                f"{each.case.id:<18} {'FALSE ' if each.case.is_innocent else 'stray '} {match.term} "
                f"({match.channel}): {_marked(text, match.span.start, match.span.end)}"
            )


def _allowed(each: Scored) -> str:
    return f" (allow {', '.join(each.case.allow)})" if each.case.allow else ""


def _marked(text: str, start: int, end: int) -> str:
    """Show a place in its text, with everything invisible escaped."""
    shown = f"{text[:start]}⟦{text[start:end]}⟧{text[end:]}"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)


def main() -> int:
    """Print the table; exit with 1 where a figure fell."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--misses", action="store_true", help="list every miss, wrong span and false hit")
    parser.add_argument("--family", action="append", help="only this family (may be repeated)")
    parser.add_argument("--write", action="store_true", help="hold these figures from now on")
    asked = parser.parse_args()
    cases = [case for case in read_cases() if not asked.family or case.family in asked.family]
    scored = [score(case) for case in cases]
    if asked.misses:
        _print_misses(scored)
    table = tabulate(scored)
    _print_table(table)
    if asked.family:
        return 0
    if asked.write:
        rows = {name: asdict(figures) for name, figures in table.items()}
        FIGURES.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
        return 0
    held = read_figures()
    fallen = {name: falls(held[name], now) for name, now in table.items() if name in held}
    for name, what in fallen.items():
        if what:
            print(f"fallen: {name}: {', '.join(what)}", file=sys.stderr)
    if table != held and not any(fallen.values()):
        print("figures.json is out of date: raise it with --write", file=sys.stderr)
    return 1 if any(fallen.values()) else 0


if __name__ == "__main__":
    sys.exit(main())

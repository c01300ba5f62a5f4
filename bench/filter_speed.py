"""What the filter costs: time per comment, compiling, loading, memory; beside bare engines; and on hostile texts.

Prints the tables of docs/filter.md. Times are of one process; of each comment the best of some rounds, because a
busy neighbour slows single comments by far more than the code differs. Absolute times belong to the machine: the
ratios to the bare engines, taken in the same run, are what to compare.

Comments come from a CSV file with a column `text`, those of 60 to 200 characters; terms are drawn (filter_texts.py).

Run: `./run bench filter_speed [--comments FILE.csv] [--sizes 1000 10000 100000] [--only speed engines hostile memory
service]`.
"""

import argparse
import gc
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

from daachorse import CharwiseDoubleArrayAhoCorasick

from moderation import rules
from moderation.rules import Channel, Facts, Field, Rule, RuleSet

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench import filter_texts, served
from bench.filter_memory import memory_kib

SIZES: Final = (1_000, 10_000, 100_000)
LENGTHS: Final = (1_000, 2_000, 5_000, 10_000, 20_000)
ROUNDS: Final = 3
PARTS: Final = ("speed", "engines", "hostile", "memory", "service")
# The goals of the project: microseconds of a comment, milliseconds of the longest text.
LONGEST_MS: Final = 20.0
DOUBLED: Final = 2.5
"""What twice the text may cost, to count as linear on a machine that does other things as well."""


class Times(NamedTuple):
    """Microseconds per comment, and the share of comments in which something was found."""

    mean: float
    p50: float
    p99: float
    hit_share: float

    @property
    def cells(self) -> tuple[str, ...]:
        """Write the times for a table."""
        return f"{self.mean:.1f}", f"{self.p50:.1f}", f"{self.p99:.0f}", f"{self.hit_share:.1%}"


def timed(find: Callable[[str], object], texts: Sequence[str], *, rounds: int) -> Times:
    """Time a search over all texts; of each text the best round."""
    for text in texts[:200]:
        find(text)
    best = [float("inf")] * len(texts)
    hits = 0
    is_collecting = gc.isenabled()
    gc.disable()
    try:
        for turn in range(rounds):
            for place, text in enumerate(texts):
                began = time.perf_counter_ns()
                found = find(text)
                took = time.perf_counter_ns() - began
                best[place] = min(best[place], took / 1_000)
                hits += turn == 0 and bool(found)
    finally:
        if is_collecting:
            gc.enable()
    cut = statistics.quantiles(best, n=100)
    return Times(statistics.fmean(best), cut[49], cut[98], hits / len(texts))


def seconds_of(work: Callable[[], Any]) -> tuple[Any, float]:
    """Do something once and say how long it took."""
    gc.collect()
    began = time.perf_counter()
    made = work()
    return made, time.perf_counter() - began


def matching(rule_set: RuleSet) -> Callable[[str], object]:
    """Return the one verb of the filter, on the text alone."""
    facts, text_field, evaluate = Facts(), Field.TEXT, rules.evaluate
    return lambda text: evaluate(rule_set, {text_field: text}, facts).matches


def written(terms: Sequence[str], channels: frozenset[Channel] | None) -> list[Rule]:
    """Make rules of terms that are looked for by these channels only; None: by those that are sound for each."""
    return filter_texts.as_rules(terms, channels=channels)


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table as Markdown."""
    print(f"\n### {title}\n\n| {' | '.join(head)} |\n|{'|'.join(' --- ' for _ in head)}|")
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)


# Speed --------------------------------------------------------------------------------------------------------


WAYS: Final[tuple[tuple[str, frozenset[Channel] | None], ...]] = (
    ("by default", None),
    ("all channels", frozenset(Channel)),
    *((str(channel), frozenset({channel})) for channel in Channel),
)


def speed(texts: Sequence[str], sizes: Sequence[int], rounds: int) -> None:
    """Time every channel alone and all of them, on lists of each size; with compiling, loading and size."""
    times, builds = [], []
    lists: list[tuple[str, Callable[[int], list[str]], tuple[tuple[str, frozenset[Channel] | None], ...]]] = [
        ("2–4 characters", filter_texts.drawn_terms, WAYS),
        ("2–6 characters", filter_texts.longer_terms, WAYS[:3]),
        ("half words", filter_texts.word_terms, WAYS[:2]),
    ]
    for name, make, ways in lists:
        for size in sizes:
            terms = make(size)
            for way, channels in ways:
                listed = written(terms, channels)
                compiled, compiling = seconds_of(partial(rules.compile, listed))
                blob, dumping = seconds_of(partial(rules.dump, compiled))
                del compiled
                loaded, loading = seconds_of(partial(rules.load, blob))
                again = min(seconds_of(partial(rules.load, blob))[1] for _ in range(3))
                found = timed(matching(loaded), texts, rounds=rounds)
                times.append((name, f"{size:,}", way, *found.cells))
                builds.append(
                    (
                        name, f"{size:,}", way, f"{compiling:.2f}", f"{dumping:.2f}",
                        f"{loading * 1e3:.0f}", f"{again * 1e3:.0f}", f"{len(blob) / 1e6:.1f}",
                    )
                )  # fmt: skip
    head = ("list", "terms", "channels")
    table("µs per comment", (*head, "mean", "p50", "p99", "comments with a hit"), times)
    table(
        "Compiling and loading",
        (*head, "compile, s", "dump, s", "first load, ms", "load, best ms", "artefact, MB"),
        builds,
    )


# Engines ------------------------------------------------------------------------------------------------------


def _pyahocorasick(terms: Sequence[str]) -> Callable[[str], object]:
    import ahocorasick  # noqa: PLC0415 -- a rival, installed for this only

    automaton = ahocorasick.Automaton()
    for number, term in enumerate(terms):
        automaton.add_word(term, (number, len(term)))
    automaton.make_automaton()
    return lambda text: [
        (end - length + 1, end + 1, number) for end, (number, length) in automaton.iter(text)
    ]


def _ahocorasick_rs(terms: Sequence[str]) -> Callable[[str], object]:
    import ahocorasick_rs  # noqa: PLC0415 -- as above

    built = ahocorasick_rs.AhoCorasick(
        terms, implementation=ahocorasick_rs.Implementation.ContiguousNFA, store_patterns=False
    )
    return lambda text: built.find_matches_as_indexes(text, overlapping=True)


def _daachorse(terms: Sequence[str]) -> Callable[[str], object]:
    find: Callable[[str], object] = CharwiseDoubleArrayAhoCorasick(list(terms)).find_overlapping
    return find


RIVALS: Final = (
    ("daachorse", "daachorse", _daachorse),
    ("ahocorasick_rs", "ahocorasick_rs", _ahocorasick_rs),
    ("pyahocorasick", "ahocorasick", _pyahocorasick),
)


def engines(texts: Sequence[str], sizes: Sequence[int], rounds: int) -> None:
    """Time the bare engines, which find a term only as it is written, beside the filter in the same run."""
    rows = []
    for size in sizes:
        terms = filter_texts.drawn_terms(size)
        results: list[tuple[str, Times, float]] = []
        for name, module, build in RIVALS:
            if find_spec(module) is None:
                print(f"{name} is not installed: `./run bench` installs it")
                continue
            find, building = seconds_of(partial(build, terms))
            results.append((f"{name} {metadata.version(name)}", timed(find, texts, rounds=rounds), building))
            del find
        for way, channels in (WAYS[2], WAYS[0], WAYS[1]):
            listed = written(terms, channels)
            rule_set, building = seconds_of(partial(rules.compile, listed))
            found = timed(matching(rule_set), texts, rounds=rounds)
            results.append((f"this filter, {way}", found, building))
        bare = results[0][1].mean
        slowest = next((each.mean for name, each, _ in results if name.startswith("pyaho")), None)
        rows += [
            (
                f"{size:,}", name, f"{each.mean:.1f}", f"{each.p99:.0f}", f"{each.mean / bare:.1f}",
                "–" if slowest is None else f"{each.mean / slowest:.2f}", f"{building:.2f}",
            )
            for name, each, building in results
        ]  # fmt: skip
    table(
        "Beside bare engines, in one run (µs per comment; ratios of means)",
        ("terms", "engine", "mean", "p99", "to daachorse", "to pyahocorasick", "build, s"),
        rows,
    )


# Hostile texts ------------------------------------------------------------------------------------------------


def _best_ms(find: Callable[[str], object], text: str) -> float:
    return min(seconds_of(partial(find, text))[1] for _ in range(5)) * 1e3


def hostile(size: int) -> bool:
    """Time every kind of hostile text at growing lengths, by all channels; say whether all stay in proportion."""
    terms = list(dict.fromkeys([*filter_texts.PLANTED, *filter_texts.drawn_terms(size)]))
    find = matching(rules.compile(written(terms, frozenset(Channel))))
    rows, is_well = [], True
    for name, make in filter_texts.ADVERSARIAL.items():
        texts = [make(chars) for chars in LENGTHS]
        took = [_best_ms(find, text) for text in texts]
        if took[-1] > LONGEST_MS or took[-1] > DOUBLED * took[-2]:
            # Once may be the machine.
            took = [min(each, _best_ms(find, text)) for each, text in zip(took, texts, strict=True)]
        ratio = took[-1] / took[-2]
        is_slow, is_steep = took[-1] > LONGEST_MS, ratio > DOUBLED and took[-1] > 1
        is_well &= not (is_slow or is_steep)
        mark = " ".join(["SLOW"] * is_slow + ["STEEP"] * is_steep)
        rows.append((name, *(f"{each:.2f}" for each in took), f"{ratio:.2f}", mark))
    rows.sort(key=lambda row: -float(row[len(LENGTHS)]))
    table(
        f"Hostile texts, ms per text, all channels, {len(terms):,} terms",
        ("text", *(f"{chars:,}" for chars in LENGTHS), "20k / 10k", ""),
        rows,
    )
    return is_well


# Memory -------------------------------------------------------------------------------------------------------


def memory(sizes: Sequence[int]) -> None:
    """Measure a fresh process that loads and swaps sets, by default channels and by all."""
    rows = []
    for size in sizes:
        for way, channels in WAYS[:2]:
            with tempfile.TemporaryDirectory(prefix="moderation-bench-") as name:
                paths = [Path(name) / "first", Path(name) / "second"]
                for seed, path in enumerate(paths, 1):
                    terms = filter_texts.drawn_terms(size, seed=seed)
                    path.write_bytes(rules.dump(rules.compile(written(terms, channels))))
                told = subprocess.run(
                    [sys.executable, str(Path(__file__).with_name("filter_memory.py")), *map(str, paths)],
                    check=True,
                    capture_output=True,
                    text=True,
                    # As `adapters.rulesets` has it in the service.
                    env={**os.environ, "MALLOC_MMAP_THRESHOLD_": str(2**18)},
                )
            steps: dict[str, dict[str, int]] = json.loads(told.stdout)
            rows += [
                (f"{size:,}", way, step, f"{kib['Rss'] / 1024:.0f}", f"{kib['Pss'] / 1024:.0f}")
                for step, kib in steps.items()
            ]
    table("Memory of a process with the library alone, MiB", ("terms", "channels", "", "RSS", "PSS"), rows)


def service(size: int) -> None:
    """Measure a worker process of the whole service: before it has rules, with them, and after swaps."""
    rows = []
    with served.one_worker() as running:
        running.comment("还没有规则")
        rows.append(("the service, no rules yet", memory_kib(running.worker)))
        numbers = [
            running.import_rules(written(filter_texts.drawn_terms(size, seed=seed), None)) for seed in (1, 2)
        ]
        for step in ("one set loaded", "after a swap", "after a roll-back", "after another swap"):
            running.activate(numbers[len(rows) % 2 - 1])
            began = time.perf_counter()
            running.comment("花海开得真早")
            took = (time.perf_counter() - began) * 1e3
            rows.append((f"{step} (its first request: {took:.0f} ms)", memory_kib(running.worker)))
    table(
        f"Memory of a server process, default channels, {size:,} terms, MiB",
        ("", "RSS", "PSS"),
        [(step, f"{kib['Rss'] / 1024:.0f}", f"{kib['Pss'] / 1024:.0f}") for step, kib in rows],
    )


# ----------------------------------------------------------------------------------------------------------------


def main() -> int:
    """Measure what is asked for; ends with 1 when a hostile text costs more than it may."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--comments", type=Path, default=Path("../shared/data/comments-zh.csv"))
    parser.add_argument("--count", type=int, default=5_000)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    asked = parser.parse_args()
    texts, source = filter_texts.comments(asked.comments, asked.count)
    mean = statistics.fmean(map(len, texts))
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
        f"{source}, mean {mean:.0f} characters; best of {asked.rounds} rounds; fold {rules.FOLD_VERSION}"
    )
    if "speed" in asked.only:
        speed(texts, asked.sizes, asked.rounds)
    if "engines" in asked.only:
        engines(texts, asked.sizes, asked.rounds)
    is_well = hostile(max(asked.sizes)) if "hostile" in asked.only else True
    if "memory" in asked.only:
        memory(asked.sizes)
    if "service" in asked.only:
        service(max(asked.sizes))
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())

"""What the filter finds of terms that others disguised, and what it hits in texts of innocents.

The data are research sets that this repository does not ship, in one folder: `disguised-zh.jsonl` (sentences with the
terms in them, and the same sentences with the terms disguised), `innocent-zh.txt` (a sentence a line) and
`comments-zh.csv` (columns `label`, 1 offensive, and `text`). The tables are Markdown:

1 *recall*, by kind of disguise, on the sentences whose terms are all disguised: none of them stands there verbatim.
  Of a sentence: at least one of its terms is found. All terms of the file are one rule set; "alone" is with the
  sentence's own terms as the only rules. Beside it what exact matching finds of all sentences of the kind. Terms of one
  character are too ambiguous to be told from sentences by any channel but the nearest; they are counted apart.
2 *false hits*, on innocent texts and on comments that are not offensive: the share of texts with a hit of a term that
  does not stand there verbatim (beyond exact matching), and of those where no other spelling of a term does (false).
3 with `--ablation`, what each channel earns: alone, and what is lost without it.

Run: `./run bench filter_quality [--data FOLDER] [--ablation] [--show N [--channel NAME]]`.
"""

import argparse
import csv
import json
import os
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from re import escape, finditer
from time import perf_counter
from typing import Final

from moderation import rules
from moderation.rules import Action, Channel, Facts, Field, Match, Rule, RuleSet
from moderation.rules.terms import term_of

DATA: Final = Path(os.environ.get("MODERATION_BENCH_DATA", "../shared/data"))
FEWEST_CHARS: Final = 2


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of which every term is disguised; `terms` are those that are long enough."""

    kind: str
    terms: frozenset[str]
    text: str


@dataclass(frozen=True, slots=True)
class Data:
    """All that is read: `exact` counts the sentences of a kind and those in which exact matching finds a term."""

    terms: tuple[str, ...]
    disguised: tuple[Sentence, ...]
    of_one: tuple[Sentence, ...]
    exact: dict[str, tuple[int, int]]
    innocent: tuple[str, ...]
    comments: tuple[str, ...]


def read(folder: Path) -> Data:
    """Read the three files, or end and say which is not there."""
    for name in ("disguised-zh.jsonl", "innocent-zh.txt", "comments-zh.csv"):
        if not (folder / name).is_file():
            raise SystemExit(
                f"{folder / name} is not there: name the folder by --data or MODERATION_BENCH_DATA"
            )
    rows = [json.loads(line) for line in (folder / "disguised-zh.jsonl").open(encoding="utf-8")]
    with (folder / "comments-zh.csv").open(encoding="utf-8", newline="") as file:
        comments = tuple(row["text"] for row in csv.DictReader(file) if row["label"] == "0")
    hidden = [row for row in rows if _is_hidden(row["terms"], row["text"], row["disguised"])]
    exact: dict[str, tuple[int, int]] = {}
    for row in rows:
        count, found = exact.get(row["kind"], (0, 0))
        exact[row["kind"]] = count + 1, found + any(term in row["disguised"] for term in row["terms"])
    return Data(
        terms=tuple(sorted({term for row in rows for term in row["terms"]})),
        disguised=tuple(_sentences(hidden, lambda term: len(term) >= FEWEST_CHARS)),
        of_one=tuple(_sentences(hidden, lambda term: len(term) < FEWEST_CHARS)),
        exact=exact,
        innocent=tuple((folder / "innocent-zh.txt").read_text(encoding="utf-8").splitlines()),
        comments=comments,
    )


def _is_hidden(terms: Sequence[str], text: str, disguised: str) -> bool:
    return bool(terms) and disguised != text and not any(term in disguised for term in terms)


def _sentences(rows: Iterable[dict[str, object]], is_wanted: Callable[[str], bool]) -> Iterator[Sentence]:
    for row in rows:
        terms = frozenset(term for term in row["terms"] if is_wanted(term))  # type: ignore[attr-defined]
        if terms:
            yield Sentence(str(row["kind"]), terms, str(row["disguised"]))


# Matching -----------------------------------------------------------------------------------------------------

Channels = Callable[[str], frozenset[Channel] | None]


def as_engine_chooses(_term: str) -> None:
    """Leave the channels to the engine."""


def compiled(terms: Iterable[str], channels: Channels = as_engine_chooses) -> RuleSet:
    """Make each term a rule of its own."""
    written = [
        Rule(f"term-{number}", term, Action.REVIEW, "other", 50, channels=channels(term))
        for number, term in enumerate(terms)
        if (chosen := channels(term)) is None or chosen
    ]
    return rules.compile(written)


def found(rule_set: RuleSet, text: str) -> tuple[Match, ...]:
    """Find every match of a text."""
    return rules.evaluate(rule_set, {Field.TEXT: text}, Facts()).matches


# Recall -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Recall:
    """Counts of one kind of disguise."""

    sentences: int = 0
    hit: int = 0
    alone: int = 0
    terms: int = 0
    terms_hit: int = 0


def recalled(
    sentences: Sequence[Sentence], rule_set: RuleSet, *, is_alone_wanted: bool
) -> tuple[dict[str, Recall], dict[str, Counter[Channel]], list[Sentence]]:
    """Count what is found, kind by kind, on which channels; and list the sentences in which nothing is."""
    counts: dict[str, Recall] = defaultdict(Recall)
    channels: dict[str, Counter[Channel]] = defaultdict(Counter)
    missed = []
    for sentence in sentences:
        count = counts[sentence.kind]
        matches = [m for m in found(rule_set, sentence.text) if m.term in sentence.terms]
        hit = {m.term for m in matches}
        channels[sentence.kind].update({(m.term, m.channel): m.channel for m in matches}.values())
        count.sentences += 1
        count.hit += bool(hit)
        count.terms += len(sentence.terms)
        count.terms_hit += len(hit)
        if not hit:
            missed.append(sentence)
        if is_alone_wanted:
            count.alone += bool(found(compiled(sentence.terms), sentence.text))
    return counts, channels, missed


def print_recall(data: Data, rule_set: RuleSet, *, is_alone_wanted: bool) -> list[Sentence]:
    """Print the table of recall; return what was missed."""
    counts, channels, missed = recalled(data.disguised, rule_set, is_alone_wanted=is_alone_wanted)
    short, _, _ = recalled(
        data.of_one, compiled(t for t in data.terms if len(t) < FEWEST_CHARS), is_alone_wanted=False
    )
    print(
        "| kind | sentences | of exact matching | fully disguised | sentences found | alone | terms found | by channel | terms of one character |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for kind in sorted(counts):
        count, (total, exact) = counts[kind], data.exact[kind]
        one = short.get(kind, Recall())
        print(
            f"| {kind} | {total} | {share(exact, total)} | {count.sentences} | **{share(count.hit, count.sentences)}** "
            f"| {share(count.alone, count.sentences) if is_alone_wanted else '–'} "
            f"| {share(count.terms_hit, count.terms)} | {by_channel(channels[kind])} "
            f"| {share(one.terms_hit, one.terms)} of {one.terms} |"
        )
    return missed


# False hits ---------------------------------------------------------------------------------------------------

SPELLINGS: Final = frozenset({Channel.EXACT, Channel.FOLD})


@dataclass(frozen=True, slots=True)
class Beyond:
    """A text with hits beyond exact matching; `false` are those that are no other spelling of a term either."""

    text: str
    matches: list[Match]
    false: list[Match]


def beyond_exact(texts: Sequence[str], rule_set: RuleSet, terms: Sequence[str]) -> Iterator[Beyond]:
    """Yield the texts with a hit of a term that does not stand there verbatim.

    Such a hit is not false where a term stands in the same place, verbatim or in another script, case or width: of
    a list with 歧視 and 歧视, or with a word and its usual disguises, each finds what the other is.
    """
    for text in texts:
        matches = found(rule_set, text)
        if not (beyond := [m for m in matches if m.term not in text]):
            continue
        plain = [(m.span.start, m.span.end) for m in matches if m.channel in SPELLINGS]
        plain += [
            (at.start(), at.end()) for term in terms if term in text for at in finditer(escape(term), text)
        ]
        false = [
            m for m in beyond if not any(start < m.span.end and m.span.start < end for start, end in plain)
        ]
        yield Beyond(text, beyond, false)


def print_false_hits(data: Data, rule_set: RuleSet, terms: Sequence[str]) -> list[Beyond]:
    """Print the table of false hits; return them."""
    print(
        "| texts | how many | with a term verbatim | with a hit | beyond exact | **false** | false, by channel | µs per text |"
    )
    print("|---|---|---|---|---|---|---|---|")
    every = []
    for name, texts in (("innocent", data.innocent), ("label 0", data.comments)):
        verbatim = sum(any(term in text for term in terms) for text in texts)
        begin = perf_counter()
        any_hit = sum(bool(found(rule_set, text)) for text in texts)
        took = perf_counter() - begin
        beyond = list(beyond_exact(texts, rule_set, terms))
        false = [each for each in beyond if each.false]
        channels = Counter(channel for each in false for channel in {m.channel for m in each.false})
        print(
            f"| {name} | {len(texts)} | {share(verbatim, len(texts))} | {share(any_hit, len(texts))} "
            f"| {share(len(beyond), len(texts), digits=2)} | **{share(len(false), len(texts), digits=2)}** "
            f"| {by_channel(channels)} | {took / len(texts) * 1e6:.0f} |"
        )
        every += false
    return every


# What a channel earns -----------------------------------------------------------------------------------------


def print_ablation(data: Data, terms: Sequence[str]) -> None:
    """Print recall and false hits with all channels, with each alone beside the exact one, and without each."""
    texts = [*data.innocent, *data.comments]

    def figures(channels: Channels) -> tuple[float, float]:
        rule_set = compiled(terms, channels)
        counts, _, _ = recalled(data.disguised, rule_set, is_alone_wanted=False)
        recall = sum(c.hit for c in counts.values()) / sum(c.sentences for c in counts.values())
        return 100 * recall, 100 * sum(
            bool(each.false) for each in beyond_exact(texts, rule_set, terms)
        ) / len(texts)

    recall, false = figures(as_engine_chooses)
    print(f"All channels: recall {recall:.1f} %, false hits {false:.2f} %.\n")
    print("| channel | alone: recall | alone: false hits | lost without it | false hits saved without it |")
    print("|---|---|---|---|---|")
    for channel in Channel:
        alone = figures(lambda _term, channel=channel: frozenset({channel}))  # type: ignore[misc]
        without = figures(lambda term, channel=channel: term_of(term).channels - {channel})  # type: ignore[misc]
        print(
            f"| {channel} | {alone[0]:.1f} % | {alone[1]:.2f} % | {recall - without[0]:.1f} | {false - without[1]:.2f} |"
        )


# Printing -----------------------------------------------------------------------------------------------------


def share(part: int, whole: int, *, digits: int = 1) -> str:
    """Write a share as per cent."""
    return f"{100 * part / whole:.{digits}f} %" if whole else "–"


def by_channel(counts: Counter[Channel]) -> str:
    """Write counts, the greatest first."""
    return ", ".join(f"{channel} {count}" for channel, count in counts.most_common()) or "–"


def show(every: list[Beyond], missed: list[Sentence], count: int, channel: str | None) -> None:
    """Print some false hits and some misses, chosen by a fixed seed; never for a document."""
    chooser = random.Random(3)
    chosen = [(each.text, m) for each in every for m in each.false if channel in {None, m.channel}]
    print(f"\nFalse hits: {len(chosen)}")
    for text, m in chooser.sample(chosen, min(count, len(chosen))):
        start, end = m.span.start, m.span.end
        context = f"{text[max(0, start - 15) : start]}⟦{text[start:end]}⟧{text[end : end + 15]}"
        print(f"  {m.channel:<10} {m.term}: {context!r}")
    kinds: dict[str, list[Sentence]] = defaultdict(list)
    for sentence in missed:
        kinds[sentence.kind].append(sentence)
    for kind, sentences in sorted(kinds.items()):
        print(f"Missed, {kind}: {len(sentences)}")
        for sentence in chooser.sample(sentences, min(count, len(sentences))):
            print(f"  {'|'.join(sorted(sentence.terms))}: {sentence.text[:80]!r}")


def main() -> int:
    """Run and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder with the three files")
    parser.add_argument(
        "--alone", action="store_true", help="each sentence with its own terms as the only rules, too"
    )
    parser.add_argument("--ablation", action="store_true", help="what each channel earns (takes minutes)")
    parser.add_argument(
        "--show", type=int, default=0, metavar="N", help="print N examples of each kind of fault"
    )
    parser.add_argument("--channel", choices=[*Channel], help="with --show, false hits of this channel only")
    asked = parser.parse_args()
    data = read(asked.data)
    terms = [term for term in data.terms if len(term) >= FEWEST_CHARS]
    begin = perf_counter()
    rule_set = compiled(terms)
    print(f"{len(terms)} terms, compiled in {perf_counter() - begin:.2f} s\n")
    missed = print_recall(data, rule_set, is_alone_wanted=asked.alone)
    print()
    every = print_false_hits(data, rule_set, terms)
    if asked.ablation:
        print()
        print_ablation(data, terms)
    if asked.show:
        show(every, missed, asked.show, asked.channel)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Try fingerprints of near copies: recall by kind of change, false pairs among distinct comments, cost.

    python bench/repeats.py --data comments.csv     (a column `text`; nothing of it is printed or kept)

Ours is `moderation.rules.fingerprint`. Rivals are tried where they are installed (pip install rensa datasketch
simhash). All read the same essence of a text, so that only the fingerprints differ. A false pair is two different
comments that a fingerprint calls copies though they share less than half of their pairs of characters.
"""

import argparse
import csv
import importlib
import itertools
import random
import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from moderation.rules.fingerprint import ALIKE, Essence, bands, essence, likeness

KEY: Final = bytes(range(32))
SEED: Final = 7
BINS, ROWS = 32, 4
SIMHASH_MOST_BITS: Final = 3
TAIL: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
PICTURES, BETWEEN = "😀🔥💰🎉", "·.-_ *~|\u200b\u200c\u2060"

Print = Callable[[Essence], Sequence[Hashable]]


@dataclass(frozen=True, slots=True)
class Scheme:
    """A fingerprint: what it prints, and whether a shared print is verified by the texts."""

    name: str
    prints: Print
    is_verified: bool = False


class Copies:
    """Makes near copies as senders of advertising do."""

    def __init__(self, texts: Sequence[str], seed: int) -> None:
        """Draw letters for changes from the texts themselves."""
        self._random = random.Random(seed)
        self._letters = [letter for text in texts[:3000] for letter in text if "\u4e00" <= letter <= "\u9fff"]

    def changed(self, text: str, times: int) -> str:
        """Replace, insert or drop letters."""
        letters = list(text)
        for _ in range(times):
            place, new = self._random.randrange(len(letters)), self._random.choice(self._letters)
            gone, put = self._random.choice(((1, [new]), (0, [new]), (1, [])))
            letters[place : place + gone] = put
        return "".join(letters)

    def sprinkled(self, text: str, marks: str) -> str:
        """Put marks between letters."""
        return "".join(
            letter + (self._random.choice(marks) if self._random.random() < 0.4 else "") for letter in text
        )

    def kinds(self, text: str) -> dict[str, str]:
        """Return a copy of each kind."""
        tail = "".join(self._random.choices(TAIL, k=6))
        name = "".join(self._random.choices(self._letters, k=3))
        return {
            "1 letter": self.changed(text, 1),
            "2 letters": self.changed(text, 2),
            "3 letters": self.changed(text, 3),
            "tail of 6": f"{text} {tail}",
            "@name": f"@{name} {text}",
            "emoji": self.sprinkled(text, PICTURES),
            "separators": self.sprinkled(text, BETWEEN),
            "digits": text.translate(str.maketrans("123456789", "987654321")),
        }


def pairs_of(of: Essence) -> list[str]:
    """Return the pairs of neighbouring characters that every rival hashes."""
    return sorted({one + other for one, other in itertools.pairwise(of.text)})


def banded(digest: Callable[[list[str]], Sequence[int]]) -> Print:
    """Cut 32 minima into eight bands."""

    def prints(of: Essence) -> list[Hashable]:
        minima = digest(pairs_of(of))
        return [(place, *minima[place : place + ROWS]) for place in range(0, BINS, ROWS)]

    return prints


def rensa(module: Any) -> Callable[[list[str]], Sequence[int]]:
    """MinHash in Rust."""

    def digest(pieces: list[str]) -> Sequence[int]:
        made = module.RMinHash(num_perm=BINS, seed=42)
        made.update(pieces)
        return list(made.digest())

    return digest


def datasketch(module: Any) -> Callable[[list[str]], Sequence[int]]:
    """MinHash on numpy."""

    def digest(pieces: list[str]) -> Sequence[int]:
        made = module.MinHash(num_perm=BINS)
        made.update_batch([piece.encode() for piece in pieces])
        return [int(value) for value in made.hashvalues]

    return digest


def schemes() -> list[Scheme]:
    """Return ours and every rival that is installed."""
    found = [
        Scheme("ours, verified", lambda of: bands(of, key=KEY), is_verified=True),
        Scheme("ours, bands only", lambda of: bands(of, key=KEY)),
    ]
    for name, digest in (("rensa", rensa), ("datasketch", datasketch)):
        try:
            found.append(Scheme(name, banded(digest(importlib.import_module(name)))))
        except ImportError:
            print(f"{name} is not installed: left out")
    return found


def are_copies(scheme: Scheme, one: Essence, other: Essence) -> bool:
    """Say whether a scheme takes two texts for copies."""
    if set(scheme.prints(one)).isdisjoint(scheme.prints(other)):
        return False
    return not scheme.is_verified or likeness(one, other) >= ALIKE


def false_pairs(scheme: Scheme, distinct: Sequence[Essence]) -> tuple[int, int]:
    """Count the pairs of different comments called copies, and those of them that are not alike."""
    holders: dict[Hashable, list[int]] = defaultdict(list)
    for number, of in enumerate(distinct):
        for value in set(scheme.prints(of)):
            holders[value].append(number)
    called = {pair for numbers in holders.values() for pair in itertools.combinations(numbers, 2)}
    unlike = sum(likeness(distinct[one], distinct[other]) < ALIKE for one, other in called)
    return (len(called) - unlike, 0) if scheme.is_verified else (len(called), unlike)


def try_simhash(sample: Sequence[Essence], copies: dict[str, list[Essence]]) -> None:
    """Print the recall of 64-bit simhash within three bits, the most that four indexed bands can find."""
    try:
        made = importlib.import_module("simhash").Simhash
    except ImportError:
        print("simhash is not installed: left out")
        return

    def value(of: Essence) -> int:
        return int(made(pairs_of(of)).value)

    begun = time.perf_counter()
    own = [value(of) for of in sample]
    micros = (time.perf_counter() - begun) / len(sample) * 1e6
    recalls = [
        sum((a ^ value(b)).bit_count() <= SIMHASH_MOST_BITS for a, b in zip(own, copied, strict=True))
        for copied in copies.values()
    ]
    line = "".join(f"{recall / len(sample):11.3f}" for recall in recalls)
    print(f"{'simhash, 3 bits':18}{micros:8.0f}{'':16}{line}")


def main() -> None:
    """Read comments, make copies, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sample", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    with given.data.open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    telling = [text for text in dict.fromkeys(texts) if essence(text).is_telling]
    sample_texts = random.Random(given.seed).sample(telling, min(given.sample, len(telling)))
    make = Copies(texts, given.seed)
    copies: dict[str, list[Essence]] = defaultdict(list)
    for text in sample_texts:
        for kind, copy in make.kinds(text).items():
            copies[kind].append(essence(copy))
    begun = time.perf_counter()
    sample = [essence(text) for text in sample_texts]
    print(f"essence: {(time.perf_counter() - begun) / len(sample) * 1e6:.0f} µs a comment")
    distinct = list(dict.fromkeys(essence(text) for text in telling))
    print(f"{len(sample)} texts with copies; false pairs among {len(distinct)} distinct comments\n")
    heads = "".join(f"{kind:>11}" for kind in copies)
    print(f"{'':18}{'µs':>8}{'pairs':>8}{'false':>8}{heads}")
    for scheme in schemes():
        begun = time.perf_counter()
        for of in sample:
            scheme.prints(of)
        micros = (time.perf_counter() - begun) / len(sample) * 1e6
        recalls = [
            sum(are_copies(scheme, one, other) for one, other in zip(sample, copied, strict=True))
            for copied in copies.values()
        ]
        found, wrong = false_pairs(scheme, distinct)
        line = "".join(f"{recall / len(sample):11.3f}" for recall in recalls)
        print(f"{scheme.name:18}{micros:8.0f}{found:8}{wrong:8}{line}", flush=True)
    try_simhash(sample, copies)


if __name__ == "__main__":
    main()

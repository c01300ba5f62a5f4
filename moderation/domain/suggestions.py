"""Terms that stand out in what people rejected against what they approved: suggestions for rules, never rules.

    1 words       every rejected text is read as words (the cheapest reading by their costs); what no dictionary knows
                  falls into characters
    2 candidates  words, and words in a row, of two to six characters, in enough texts; Latin words; domains of links
    3 score       how many texts of either kind hold a candidate → weighted log-odds ratio
    4 conditions  enough different texts, writers and clients; few approved texts; nothing the rules find already
    5 cleaning    of candidates that lie in one another the better one stays, the other only for what it adds

The score is the log-odds ratio with an informative Dirichlet prior, divided by its standard deviation: a z-score
(Monroe, Colaresi and Quinn 2008, "Fightin' Words: Lexical Feature Selection and Evaluation for Identifying the Content
of Political Conflict", Political Analysis 16:4, eq. 16, 22, 23). The prior says of each candidate that both sides use
it as often as all texts together do; what is rare is thereby not taken for telling. Texts are counted, not occurrences,
and near copies as one text: who repeats himself says it once.

Pure and deterministic: the same texts give the same list, in whatever order they come.
"""

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log, sqrt
from typing import Final

from moderation.domain.reasons import Reason
from moderation.rules import Kind
from moderation.rules.addresses import find_addresses
from moderation.rules.automaton import Automaton
from moderation.rules.characters import is_han
from moderation.rules.vocabulary import UNLISTED_COST, chinese_words

LEAST: Final = 5
"""Different rejected texts, different writers and different clients that a term needs."""
LEAST_SCORE: Final = 2.5
MOST_APPROVED_PERCENT: Final = 10
"""Share of approved ones among the texts that hold a term; above it a rule would be wrong too often."""
MOST: Final = 50
MOST_CANDIDATES: Final = 400
"""Best candidates that are looked at closely."""
PRIOR: Final = 100.0
"""Weight of the prior, in texts."""
LONGEST: Final = 6
LONGEST_LATIN: Final = 24
LONGEST_DOMAIN: Final = 100
MOST_WORDS: Final = 6
READ_CHARS: Final = 500
"""Characters of a text that are looked at."""
ADDS: Final = 0.5
"""Share of its texts that a candidate must add to a better one that it overlaps with."""

_RUN: Final = re.compile(r"[^\W_]+")
_PARTS: Final = re.compile(r"[a-z0-9]+|[^a-z0-9]+")
# Words that hold sentences together: nothing that begins or ends with one says what it is about.
_LOOSE: Final = frozenset(
    "的了是我你他她它您咱在就都也和与或而但又还很太这那有不没吗呢吧啊呀哦嘛哈啦被把给让从对为以及等着过地得上下里中个们么什怎去来到说要会能可一二三两几多人想看最更只才再自己之其所并因如果真好"
)
_BUCKETS: Final = 1 << 20
# Labels before the country that belong to nobody: example.com.cn.
_SHARED_LABELS: Final = frozenset(("com", "net", "org", "gov", "edu", "ac", "co"))
_SHARED: Final = frozenset((label,) for label in _SHARED_LABELS)


@dataclass(frozen=True, slots=True)
class Sample:
    """A decided text, folded, with who wrote it; `writer` and `client` None are unknown."""

    number: int
    """Whichever names it to the caller."""
    text: str
    writer: bytes | None
    client: bytes | None
    reason: Reason | None = None
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """A term with its counts: how many rejected and approved texts hold it, from how many people at least."""

    term: str
    kind: Kind
    score: float
    rejected: int
    approved: int
    people: int
    category: Reason
    holding: tuple[int, ...]
    """Numbers of the rejected texts that hold it."""


def suggest(
    rejected: Sequence[Sample], approved: Sequence[Sample], *, is_known: Callable[[str, Kind], bool]
) -> list[Suggested]:
    """Suggest terms, the best first; `is_known` says what the rules find already."""
    candidates = [(term, Kind.TERM) for term in _frequent(rejected)]
    candidates += [(domain, Kind.LINK) for domain in _common_domains(rejected)]
    scored = _scored(sorted(candidates), rejected, approved)
    kept: list[Suggested] = []
    known: list[Suggested] = []
    for each in scored[:MOST_CANDIDATES]:
        if len(kept) == MOST:
            break
        if is_known(each.term, each.kind):
            # Its parts are not news either, unless they find more.
            known.append(each)
        elif _adds(each, [*kept, *known]):
            kept.append(each)
    return kept


def z_score(held: int, texts: int, held_other: int, texts_other: int) -> float:
    """Weigh how much likelier one side's texts hold a thing than the other's, in standard deviations."""
    # A half more with and without it: what all texts hold, or none, has finite odds.
    prior = PRIOR * (held + held_other + 0.5) / (texts + texts_other + 1)
    one, other = held + prior, held_other + prior
    odds = log(one / (texts + PRIOR - one)) - log(other / (texts_other + PRIOR - other))
    return odds / sqrt(1 / one + 1 / other)


# 1 Words -----------------------------------------------------------------------------------------


def bounds(run: str) -> tuple[int, ...]:
    """Cut a run of letters into words, the cheapest way; return every bound, both ends included."""
    cut = [0]
    for part in _PARTS.finditer(run):
        first, end = part.span()
        cut += [end] if run[first] < "\x80" else [first + place for place in _cuts(part.group())]
    return tuple(cut)


@lru_cache(4_096)
def _cuts(text: str) -> tuple[int, ...]:
    """Find the cheapest reading of Han characters as words (Viterbi); return where its words end."""
    words = chinese_words()
    ending: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for start, end, cost in words.find(text):
        ending[end].append((start, cost))
    costs, steps = [0], [0]
    for end, character in enumerate(text, 1):
        best = costs[end - 1] + words.singles.get(character, UNLISTED_COST)
        begin = end - 1
        for start, cost in ending.get(end, ()):
            if costs[start] + cost < best:
                best, begin = costs[start] + cost, start
        costs.append(best)
        steps.append(begin)
    cut: list[int] = []
    place = len(text)
    while place:
        cut.append(place)
        place = steps[place]
    return tuple(reversed(cut))


# 2 Candidates ------------------------------------------------------------------------------------


def _frequent(samples: Sequence[Sample]) -> list[str]:
    """List words, and words in a row, that are in enough texts.

    Level by level (Agrawal and Srikant 1994): what is seldom is in nothing frequent. Each level is first counted in
    buckets by hash (Park, Chen and Yu 1995), so that the seldom ones, which are nearly all, cost no memory.
    """
    runs = [
        [(run.group(), bounds(run.group())) for run in _RUN.finditer(each.text[:READ_CHARS])]
        for each in samples
    ]
    found: list[str] = []
    parts: set[str] | None = None
    for length in range(1, MOST_WORDS + 1):
        buckets = array("L", bytes(array("L").itemsize * _BUCKETS))
        for of_text in runs:
            for gram in _grams(of_text, length, parts):
                buckets[hash(gram) % _BUCKETS] += 1
        counts: Counter[str] = Counter()
        for of_text in runs:
            counts.update(
                gram for gram in _grams(of_text, length, parts) if buckets[hash(gram) % _BUCKETS] >= LEAST
            )
        parts = {gram for gram, count in counts.items() if count >= LEAST}
        if not parts:
            break
        found += filter(_is_candidate, parts)
    return sorted(found)


def _grams(runs: Iterable[tuple[str, tuple[int, ...]]], length: int, parts: set[str] | None) -> set[str]:
    grams = set()
    for run, cut in runs:
        for first in range(len(cut) - length):
            start, end = cut[first], cut[first + length]
            if end - start > LONGEST_LATIN:
                continue
            if parts is not None and not (
                run[start : cut[first + length - 1]] in parts and run[cut[first + 1] : end] in parts
            ):
                continue
            grams.add(run[start:end])
    return grams


def _is_candidate(gram: str) -> bool:
    """Say whether a frequent run of words could be a term."""
    if gram.isascii():
        # Of numbers only those that can name an account.
        return 3 <= len(gram) <= LONGEST_LATIN and (not gram.isdigit() or len(gram) >= LEAST)
    if not 2 <= len(gram) <= LONGEST or not any(map(is_han, gram)):
        return False
    if gram in chinese_words():
        return not _LOOSE.issuperset(gram)
    return gram[0] not in _LOOSE and gram[-1] not in _LOOSE


def _domains(sample: Sample) -> set[str]:
    """Name the domains a text links to, as their owners hold them: `example.com`, `example.com.cn`."""
    found, _ = find_addresses(f"{sample.text[:READ_CHARS]} {sample.link}")
    domains = set()
    for address in found:
        labels = address.labels[-3:] if address.labels[-2:-1] in _SHARED else address.labels[-2:]
        domain = ".".join(labels)
        if len(labels) > 1 and labels[0] not in _SHARED_LABELS and len(domain) <= LONGEST_DOMAIN:
            domains.add(domain)
    return domains


def _common_domains(samples: Sequence[Sample]) -> list[str]:
    counts = Counter(domain for each in samples for domain in _domains(each))
    return [domain for domain, count in counts.items() if count >= LEAST]


# 3 Score, 4 conditions ---------------------------------------------------------------------------


def _scored(
    candidates: Sequence[tuple[str, Kind]], rejected: Sequence[Sample], approved: Sequence[Sample]
) -> list[Suggested]:
    terms = Automaton.build([term for term, _ in candidates], has_rare_hits=False)
    holding: dict[int, list[int]] = defaultdict(list)
    for place, sample in enumerate(rejected):
        for number in _held(terms, candidates, sample):
            holding[number].append(place)
    others: Counter[int] = Counter()
    for sample in approved:
        others.update(_held(terms, candidates, sample))
    scored = []
    for number, places in holding.items():
        held, held_other = len(places), others[number]
        people = _people([rejected[place] for place in places])
        if people < LEAST or held_other * 100 > MOST_APPROVED_PERCENT * (held + held_other):
            continue
        score = z_score(held, len(rejected), held_other, len(approved))
        if score >= LEAST_SCORE:
            term, kind = candidates[number]
            scored.append(
                Suggested(
                    term=term,
                    kind=kind,
                    score=score,
                    rejected=held,
                    approved=held_other,
                    people=people,
                    category=_category(rejected[place].reason for place in places),
                    holding=tuple(rejected[place].number for place in places),
                )
            )
    return sorted(scored, key=lambda each: (-each.score, -len(each.term), each.term))


def _held(terms: Automaton, candidates: Sequence[tuple[str, Kind]], sample: Sample) -> set[int]:
    """Tell which candidates a text holds; Latin ones as whole words, domains as such."""
    text = sample.text[:READ_CHARS]
    found, _ = terms.find(text, limit=LONGEST_LATIN * len(text) + 1)
    held = {
        number
        for start, end, number in found
        if candidates[number][1] is Kind.TERM
        and (not candidates[number][0].isascii() or _is_whole(text, start, end))
    }
    if "." in text or sample.link:
        linked = _domains(sample)
        held.update(
            number for number, (term, kind) in enumerate(candidates) if kind is Kind.LINK and term in linked
        )
    return held


def _is_whole(text: str, start: int, end: int) -> bool:
    before, behind = text[start - 1 : start], text[end : end + 1]
    return not (before.isascii() and before.isalnum()) and not (behind.isascii() and behind.isalnum())


def _people(samples: Sequence[Sample]) -> int:
    """Count who wrote them, cautiously: the fewer of writers and clients; all unknown ones are one.

    A writer can shed his token, and an address changes from day to day: one of both alone is cheap to multiply.
    """
    return min(len({each.writer for each in samples}), len({each.client for each in samples}))


def _category(reasons: Iterable[Reason | None]) -> Reason:
    """Return the commonest reason; of equally common ones the first of the list."""
    counts = Counter(reason for reason in reasons if reason is not None)
    order = list(Reason)
    return min(counts, key=lambda reason: (-counts[reason], order.index(reason)), default=Reason.OTHER)


# 5 Cleaning --------------------------------------------------------------------------------------


def _adds(each: Suggested, kept: Sequence[Suggested]) -> bool:
    """Say whether a candidate finds enough that the better ones it overlaps with do not."""
    covered = {number for better in _related(each, kept) for number in better.holding}
    new = sum(number not in covered for number in each.holding)
    return new > ADDS * len(each.holding)


def _related(each: Suggested, kept: Sequence[Suggested]) -> Iterator[Suggested]:
    """Yield those that share a term's characters: one in the other, or the end of one the beginning of the other."""
    for better in kept:
        one, other = each.term, better.term
        shorter = min(len(one), len(other))
        if (
            one in other
            or other in one
            or any(one[-n:] == other[:n] or other[-n:] == one[:n] for n in range(2, shorter))
        ):
            yield better

"""Find the terms of a rule set in one text: search, verify, drop what lies in an exception.

Ordinary comments hold nothing, hence the order: the cheap fold and the search first, the way back to the
original and the verification only for candidates.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from moderation.rules.automaton import Occurrence
from moderation.rules.edges import edges_hold
from moderation.rules.gaps import Hit, is_evasion, is_in_reach
from moderation.rules.model import Channel, Span
from moderation.rules.normalise import Normalised, fold, normalise
from moderation.rules.ruleset import RuleSet
from moderation.rules.spans import Cover
from moderation.rules.streams import join, join_places

# More candidates than any honest comment has; verifying them without end would be the attack.
MAX_CANDIDATES: Final = 2_000

_NONE: Final[frozenset[int]] = frozenset()


class Found(NamedTuple):
    """A term in the original text; `rule` is the rule's place in the set."""

    rule: int
    span: Span
    channel: Channel


class _Candidate(NamedTuple):
    owner: int
    span: Span
    is_gapped: bool


def find(rule_set: RuleSet, text: str) -> tuple[list[Found], bool]:
    """Find all terms that hold, and say whether there were more candidates than the cap."""
    folded = fold(text)
    joined, is_cut = rule_set.joined.automaton.find(join(folded), limit=MAX_CANDIDATES)
    whole, is_whole_cut = rule_set.whole.automaton.find(folded, limit=MAX_CANDIDATES)
    if not joined and not whole:
        return [], False
    normalised = normalise(text)
    candidates = [*_verify_whole(rule_set, normalised, whole), *_verify_joined(rule_set, normalised, joined)]
    return list(_not_exempt(rule_set, text, candidates)), is_cut or is_whole_cut


def _verify_whole(
    rule_set: RuleSet, normalised: Normalised, occurrences: Iterable[Occurrence]
) -> Iterator[_Candidate]:
    """Keep the terms with separators of their own that stand at proper edges."""
    for start, end, number in occurrences:
        if edges_hold(normalised.folded, start, end - 1):
            span = Span(normalised.starts[start], normalised.ends[end - 1])
            yield _Candidate(rule_set.whole.owners[number], span, is_gapped=False)


def _verify_joined(
    rule_set: RuleSet, normalised: Normalised, occurrences: Sequence[Occurrence]
) -> Iterator[_Candidate]:
    """Keep the terms that stand at proper edges and whose characters stand together, or were kept apart to hide."""
    if not occurrences:
        return
    folded = normalised.folded
    places = join_places(folded)
    for start, end, number in occurrences:
        owner = rule_set.joined.owners[number]
        first, last = places[start], places[end - 1]
        if not edges_hold(folded, first, last):
            continue
        is_gapped = last - first != end - start - 1
        own_gaps = _own_gaps(rule_set, owner)
        if is_gapped:
            hit = Hit(folded, places[start:end], own_gaps)
            # What an exception forgives needs no evasion: "pen-island" forgives "pen island" too.
            if not is_in_reach(hit) or not (owner < 0 or is_evasion(hit)):
                continue
        elif own_gaps:
            continue
        span = Span(normalised.starts[first], normalised.ends[last])
        yield _Candidate(owner, span, is_gapped=is_gapped)


def _own_gaps(rule_set: RuleSet, owner: int) -> frozenset[int]:
    """Tell behind which of its characters a term has separators itself."""
    if owner not in rule_set.spaced:
        return _NONE
    places = join_places(fold(_text_of(rule_set, owner)).strip())
    return frozenset(i for i in range(len(places) - 1) if places[i + 1] - places[i] > 1)


def _text_of(rule_set: RuleSet, owner: int) -> str:
    return rule_set.rules.terms[owner] if owner >= 0 else rule_set.exceptions[-1 - owner].text


def _not_exempt(rule_set: RuleSet, text: str, candidates: Sequence[_Candidate]) -> Iterator[Found]:
    """Drop terms wholly inside an exception of their rule or of the set, and tell how each other was read."""
    spans: dict[int | None, list[Span]] = {}
    for owner, span, _ in candidates:
        if owner < 0:
            spans.setdefault(rule_set.exceptions[-1 - owner].rule, []).append(span)
    covers = {rule: Cover(inside) for rule, inside in spans.items()}
    nothing = Cover(())
    found: dict[tuple[int, Span], Found] = {}
    for owner, span, is_gapped in candidates:
        if owner < 0 or covers.get(None, nothing).holds(span) or covers.get(owner, nothing).holds(span):
            continue
        # A term with separators of its own is found in both streams; the whole one comes first and is nearer.
        found.setdefault(
            (owner, span), Found(owner, span, _channel(rule_set, text, owner, span, is_gapped=is_gapped))
        )
    yield from found.values()


def _channel(rule_set: RuleSet, text: str, owner: int, span: Span, *, is_gapped: bool) -> Channel:
    if text[span.start : span.end] == rule_set.rules.terms[owner]:
        return Channel.EXACT
    return Channel.SEPARATOR if is_gapped else Channel.FOLD

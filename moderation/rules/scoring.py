"""Matches → what they weigh, alone and together. Whole numbers only, hence the same in whatever order they come.

    score of a match      its rule's severity, weakened by how far from the rule's words the text had to be read
    score of a comment    how likely at least one of its rules is right, each taken as its best match says

The second is a noisy-or: 1 − ∏(1 − score). Ten weak signs make a strong one, no number of them makes a certain one,
and none ever lowers it. It takes rules as independent witnesses, which two rules on the same words are not (ADR 0016).
"""

from collections.abc import Iterable
from math import prod
from typing import Final

from moderation.rules.model import Action, Match, Thresholds, Verdict

STRICTNESS: Final = (Verdict.ALLOW, Verdict.REVIEW, Verdict.BLOCK)

_COUNTING: Final = frozenset({Action.SCORE, Action.REVIEW, Action.BLOCK})

_VERDICT_OF: Final = {
    Action.ALLOW: Verdict.ALLOW,
    Action.SCORE: Verdict.ALLOW,
    Action.MASK: Verdict.ALLOW,
    Action.REVIEW: Verdict.REVIEW,
    Action.BLOCK: Verdict.BLOCK,
}


def strictest(verdicts: Iterable[Verdict]) -> Verdict:
    """Pick the strictest verdict; without any, the comment is allowed."""
    return max(verdicts, key=STRICTNESS.index, default=Verdict.ALLOW)


def score(matches: Iterable[Match]) -> int:
    """Weigh a comment by the best match of each rule, over all its fields; 0 to 100, rounded down.

    Exact to the last step: rounding on the way would make the sum depend on the order of its parts.
    """
    best: dict[str, int] = {}
    for match in matches:
        if match.action in _COUNTING:
            best[match.rule_key] = max(best.get(match.rule_key, 0), match.score)
    every: int = 100 ** len(best)
    return 100 * (every - prod(100 - each for each in best.values())) // every


def own_verdict(match: Match, thresholds: Thresholds) -> Verdict:
    """Say what a match asks for by itself: who cannot be certain does not refuse, but asks a person."""
    verdict = _VERDICT_OF[match.action]
    if verdict is Verdict.BLOCK and match.confidence < thresholds.certain:
        return Verdict.REVIEW
    return verdict


def verdict_of_score(reached: int, thresholds: Thresholds) -> Verdict:
    """Say what a comment's score asks for, whatever the single rules do."""
    if thresholds.block is not None and reached >= thresholds.block:
        return Verdict.BLOCK
    if thresholds.review is not None and reached >= thresholds.review:
        return Verdict.REVIEW
    return Verdict.ALLOW

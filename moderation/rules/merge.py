"""Matches → one evaluation. Free of order, and monotone: more matches never soften a verdict, `allow` rules aside."""

from collections.abc import Iterable
from typing import Final

from moderation.rules.model import Action, Evaluation, Field, Match, Thresholds, Verdict
from moderation.rules.scoring import own_verdict, score, strictest, verdict_of_score
from moderation.rules.spans import Cover, unite

_FIELD_ORDER: Final = {field: place for place, field in enumerate(Field)}


def merge(matches: Iterable[Match], thresholds: Thresholds, *, is_truncated: bool = False) -> Evaluation:
    """Judge a comment by all its matches.

    1 an `allow` match takes away every other match wholly inside its span
    2 what is left is weighed together
    3 the strictest decides, of: each match's own action; the thresholds that the score reaches; a review where
      not all was read, since a comment could otherwise be padded until nobody reads its end
    4 the spans of `mask` rules are united, field by field
    """
    unique = set(matches)
    if not unique and not is_truncated:
        # What nearly every comment gets.
        return Evaluation(Verdict.ALLOW, thresholds=thresholds)
    kept = sorted(_not_allowed(unique), key=_order)
    reached = score(kept)
    verdicts = {own_verdict(match, thresholds) for match in kept} | {verdict_of_score(reached, thresholds)}
    if is_truncated:
        verdicts.add(Verdict.REVIEW)
    return Evaluation(
        verdict=strictest(verdicts),
        matches=tuple(kept),
        masks=tuple(
            (field, span)
            for field in Field
            for span in unite(m.span for m in kept if m.field is field and m.action is Action.MASK)
        ),
        is_truncated=is_truncated,
        score=reached,
        thresholds=thresholds,
    )


def _not_allowed(matches: set[Match]) -> list[Match]:
    covers = {
        field: Cover(match.span for match in matches if match.action is Action.ALLOW and match.field is field)
        for field in Field
    }
    return [m for m in matches if m.action is Action.ALLOW or not covers[m.field].holds(m.span)]


def _order(match: Match) -> tuple[object, ...]:
    """Order by place in the comment, the wider first; the rest only makes the order total."""
    return (
        _FIELD_ORDER[match.field],
        match.span.start,
        -match.span.end,
        match.rule_key,
        match.channel,
        match.term,
        match.action,
        match.category,
        match.severity,
        match.kind,
    )

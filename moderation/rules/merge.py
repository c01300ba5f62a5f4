"""Matches → one evaluation. Free of order, and monotone: more matches never soften a verdict, `allow` rules aside."""

from collections.abc import Iterable
from typing import Final

from moderation.rules.model import Action, Evaluation, Field, Match, Verdict
from moderation.rules.spans import Cover, unite

_STRICTNESS: Final = (Verdict.ALLOW, Verdict.REVIEW, Verdict.BLOCK)

_VERDICT_OF: Final = {
    Action.ALLOW: Verdict.ALLOW,
    Action.SCORE: Verdict.ALLOW,
    Action.MASK: Verdict.ALLOW,
    Action.REVIEW: Verdict.REVIEW,
    Action.BLOCK: Verdict.BLOCK,
}

_FIELD_ORDER: Final = {field: place for place, field in enumerate(Field)}

# What nearly every comment gets.
_CLEAN: Final = Evaluation(Verdict.ALLOW)


def merge(matches: Iterable[Match], *, is_truncated: bool = False) -> Evaluation:
    """Judge a comment by all its matches.

    1 an `allow` match takes away every other match wholly inside its span
    2 the strictest action that is left decides; what was not read to the end is at least reviewed, since a
      comment could otherwise be padded until nobody reads its end
    3 the spans of `mask` rules are united, field by field
    """
    unique = set(matches)
    if not unique and not is_truncated:
        return _CLEAN
    kept = sorted(_not_allowed(unique), key=_order)
    verdicts = {_VERDICT_OF[match.action] for match in kept}
    if is_truncated:
        verdicts.add(Verdict.REVIEW)
    return Evaluation(
        verdict=max(verdicts, key=_STRICTNESS.index, default=Verdict.ALLOW),
        matches=tuple(kept),
        masks=tuple(
            (field, span)
            for field in Field
            for span in unite(m.span for m in kept if m.field is field and m.action is Action.MASK)
        ),
        is_truncated=is_truncated,
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
    )

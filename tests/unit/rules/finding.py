"""One rule, one text: what is found of it. For the tests of the matching engine."""

from moderation import rules
from moderation.rules import Action, Channel, Facts, Field, Rule


def found(term: str, text: str, **changes: object) -> list[tuple[str, Channel]]:
    """Return the original text under each match of a rule on the term, and how it was read."""
    rule = Rule("r-1", term, Action.REVIEW, "other", 50, **changes)  # type: ignore[arg-type]
    evaluation = rules.evaluate(rules.compile([rule]), {Field.TEXT: text}, Facts())
    return [(text[m.span.start : m.span.end], m.channel) for m in evaluation.matches]

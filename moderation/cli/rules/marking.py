"""A text with the places marked that rules hit: brackets for everybody, colours where the terminal has them."""

from typing import Final

import click

from moderation.rules import Action, Evaluation, Field, Span, Verdict

COLOUR_OF_VERDICT: Final = {Verdict.ALLOW: "green", Verdict.REVIEW: "yellow", Verdict.BLOCK: "red"}
_COLOUR_OF_ACTION: Final = {
    Action.ALLOW: "green",
    Action.SCORE: "blue",
    Action.MASK: "cyan",
    Action.REVIEW: "yellow",
    Action.BLOCK: "red",
}
_GRAVITY: Final = tuple(_COLOUR_OF_ACTION)

# Pictures of the control characters: in a terminal the real ones would act, on whoever looks at a comment.
_PICTURES: Final = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"} | {0x7F: 0x2421}
_PICTURES.update(dict.fromkeys(range(0x80, 0xA0), 0xFFFD))


def visible(text: str) -> str:
    """Make control characters harmless and seen; every character keeps its place."""
    return text.translate(_PICTURES)


def hits_in(found: Evaluation, field: Field) -> list[tuple[Span, Action]]:
    """List where rules hit a field, and how gravely."""
    return [(match.span, match.action) for match in found.matches if match.field is field]


def marked(text: str, hits: list[tuple[Span, Action]]) -> str:
    """Colour each character by the gravest rule that hit it; brackets say the same where there is no colour."""
    gravest: list[Action | None] = [None] * len(text)
    for span, action in hits:
        for place in range(span.start, span.end):
            gravest[place] = max(gravest[place] or action, action, key=_GRAVITY.index)
    shown = visible(text)
    parts: list[str] = []
    start = 0
    for place in range(1, len(text) + 1):
        if place < len(text) and gravest[place] is gravest[start]:
            continue
        piece, action_here = shown[start:place], gravest[start]
        colour = None if action_here is None else _COLOUR_OF_ACTION[action_here]
        parts.append(piece if colour is None else click.style(f"[{piece}]", fg=colour, bold=True))
        start = place
    return "".join(parts)

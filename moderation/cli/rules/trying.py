"""`moderation rules try`: what the active rules make of a text, the matched words marked where they stand."""

import click

from moderation import rules
from moderation.cli import output
from moderation.cli.application import in_app
from moderation.flows import rulesets
from moderation.rules import Action, Evaluation, Field, Span, Verdict
from moderation.rules.explain import Language
from moderation.web import context

_COLOUR_OF_VERDICT = {Verdict.ALLOW: "green", Verdict.REVIEW: "yellow", Verdict.BLOCK: "red"}
_COLOUR_OF_ACTION = {Action.ALLOW: "green", Action.MASK: "cyan", Action.REVIEW: "yellow", Action.BLOCK: "red"}
_GRAVITY = (Action.ALLOW, Action.MASK, Action.REVIEW, Action.BLOCK)


@click.command("try")
@click.argument("site")
@click.argument("text")
@click.option("--nickname", help="Read a nickname as well.")
@click.option("--link", help="Read a link as well.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@output.json_option
@in_app
def try_text(
    site: str, text: str, *, nickname: str | None, link: str | None, language: Language, as_json: bool
) -> None:
    """Say what the active rules make of a text; store nothing."""
    given = {Field.TEXT: text, Field.NICKNAME: nickname, Field.LINK: link}
    texts = {field: value for field, value in given.items() if value is not None}
    found = rulesets.try_text(site, texts, session=context.session(), services=context.services())
    sentences = rules.explain(found, language)
    if as_json:
        output.document(
            {
                "verdict": found.verdict,
                "reasons": found.reasons,
                "is_truncated": found.is_truncated,
                "matches": found.matches,
                "sentences": [sentence.text for sentence in sentences],
            }
        )
        return
    click.secho(found.verdict, fg=_COLOUR_OF_VERDICT[found.verdict], bold=True)
    for field, value in texts.items():
        click.echo(_marked(value, _actions(found, field)))
    for sentence in sentences:
        match = sentence.match
        told = "" if match is None else f"  [{match.action} · {match.category} · {match.severity}]"
        click.echo(f"- {sentence.text}{click.style(told, dim=True)}")


def _actions(found: Evaluation, field: Field) -> list[tuple[Span, Action]]:
    """List where rules hit a field, and how gravely."""
    return [(match.span, match.action) for match in found.matches if match.field is field]


def _marked(text: str, hits: list[tuple[Span, Action]]) -> str:
    """Colour each character by the gravest rule that hit it; brackets say the same where there is no colour."""
    gravest: list[Action | None] = [None] * len(text)
    for span, action in hits:
        for place in range(span.start, span.end):
            gravest[place] = max(gravest[place] or action, action, key=_GRAVITY.index)
    parts: list[str] = []
    start = 0
    for place in range(1, len(text) + 1):
        if place < len(text) and gravest[place] is gravest[start]:
            continue
        piece, action_here = text[start:place], gravest[start]
        colour = None if action_here is None else _COLOUR_OF_ACTION[action_here]
        parts.append(piece if colour is None else click.style(f"[{piece}]", fg=colour, bold=True))
        start = place
    return "".join(parts)

"""Where rules matched, as pieces of text to mark. Pure: texts and matches in, pieces out."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from moderation.domain.reasons import Reason
from moderation.flows.desk import CardView, MatchView
from moderation.rules import Action, Channel, Evaluation, Kind, Match, Span, explain
from moderation.rules.explain import Language, name_of

UNDERLINES: Final = {
    Reason.INSULT: "solid",
    Reason.ADVERTISING: "wavy",
    Reason.REPEAT: "wavy",
    Reason.CONTACT: "dotted",
    Reason.PRIVACY: "dotted",
    Reason.FRAUD: "double",
    Reason.GAMBLING: "double",
}
"""The pattern says the category to who cannot see the tint; the others are dashed."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text under the same matches; the gravest comes first and gives the piece its look."""

    text: str
    matches: tuple[MatchView, ...]

    @property
    def underline(self) -> str:
        """Name the pattern of the gravest match."""
        return underline_of(self.matches[0].category)


def underline_of(category: Reason) -> str:
    """Name the pattern of a category."""
    return UNDERLINES.get(category, "dashed")


def pieces(text: str, matches: Sequence[MatchView], field: str) -> list[Piece]:
    """Cut a text at every edge of a match, so that nested and overlapping matches never have to nest in HTML."""
    here = [match for match in matches if match.field == field and _is_place(match, text)]
    edges = sorted(
        {0, len(text), *(match.start for match in here), *(min(match.end, len(text)) for match in here)}
    )
    return [
        Piece(
            text[start:end],
            tuple(
                sorted(
                    (match for match in here if match.start <= start and end <= match.end),
                    key=lambda match: -match.severity,
                ),
            ),
        )
        for start, end in pairwise(edges)
    ]


def hints(view: CardView, language: Language) -> list[str]:
    """Tell in words what the marks do not: how a text had to be read, what a detector found, that the sum decided."""
    evaluation = Evaluation(
        verdict=view.judged.verdict,
        matches=tuple(_match(match) for match in view.matches),
        score=view.judged.score,
        thresholds=view.judged.thresholds,
    )
    sentences = (sentence.text for sentence in explain(evaluation, language) if not _is_plain(sentence.match))
    return list(dict.fromkeys(sentences))


def badges(matches: Sequence[MatchView]) -> list[MatchView]:
    """Return what rules looked for, each once, the gravest first."""
    by_term = {(match.category, match.kind, match.term): match for match in matches}
    return sorted(by_term.values(), key=lambda match: (-match.severity, match.start))


def named(match: MatchView, language: Language) -> str:
    """Name what a rule looked for: its words, or what its detector finds."""
    return name_of(match.kind, match.term, language)


def _is_place(match: MatchView, text: str) -> bool:
    """Say whether a match lies in the text and points at a part of it: a measure of all of it marks nothing."""
    is_measure = match.kind is Kind.SHAPE and match.start == 0 and match.end >= len(text)
    return match.start < len(text) and not is_measure


def _is_plain(match: Match | None) -> bool:
    """Say whether a match is told in full by the mark and the badge: words as their rule has them."""
    return match is not None and match.kind is Kind.TERM and match.channel is Channel.EXACT


def view_of(match: Match) -> MatchView:
    """Take a match that is not stored for one on a card."""
    return MatchView(
        field=match.field,
        start=match.span.start,
        end=match.span.end,
        term=match.term,
        rule_key=match.rule_key,
        kind=match.kind,
        channel=match.channel,
        action=match.action,
        category=Reason(match.category),
        severity=match.severity,
    )


def _match(match: MatchView) -> Match:
    return Match(
        rule_key=match.rule_key,
        term=match.term,
        field=match.field,
        span=Span(match.start, match.end),
        channel=Channel(match.channel),
        action=Action(match.action),
        category=match.category,
        severity=match.severity,
        kind=match.kind,
    )

"""Where rules matched, as pieces of text to mark. Pure: texts and matches in, pieces out."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from moderation.domain.reasons import Reason
from moderation.flows.desk import MatchView
from moderation.rules import Action, Channel, Evaluation, Match, Span, Verdict, explain
from moderation.rules.explain import Language

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
    here = [match for match in matches if match.field == field and match.start < len(text)]
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


def hints(matches: Sequence[MatchView], language: Language) -> list[str]:
    """Tell in words how far from its rule a text was read, where it was not read as it stands."""
    evaluation = Evaluation(verdict=Verdict.REVIEW, matches=tuple(_match(match) for match in matches))
    sentences = (
        sentence.text
        for sentence in explain(evaluation, language)
        if sentence.match is not None and sentence.match.channel is not Channel.EXACT
    )
    return list(dict.fromkeys(sentences))


def badges(matches: Sequence[MatchView]) -> list[MatchView]:
    """Return each rule's term once, the gravest first."""
    by_term = {(match.category, match.term): match for match in matches}
    return sorted(by_term.values(), key=lambda match: (-match.severity, match.start))


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
    )

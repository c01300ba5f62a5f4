"""Around a rule that hit wrongly: the words in which its term is innocent."""

from typing import Final

from moderation.rules.characters import SEPARATORS
from moderation.rules.check import MAX_TERM_CHARS
from moderation.rules.normalise import normalise
from moderation.rules.ordinary import OrdinaryText

_SPACE: Final = " "


def suggest_exception(text: str, start: int, end: int) -> str | None:
    """Suggest the exception for a match from `start` to before `end` of a text, as its author wrote it.

    1 the ordinary words that cover the match, if they reach beyond it: 和服务 for 和服 in 产品和服务
    2 else the match with the word on each side of it, not across punctuation

    None where nothing stands around it: an exception that is the term itself would end the rule.
    """
    normalised = normalise(text)
    places = [
        place
        for place in range(len(normalised.folded))
        if normalised.starts[place] < end and normalised.ends[place] > start
    ]
    if not places:
        return None
    ordinary = OrdinaryText(normalised.folded)
    first, last = ordinary.bounds(places[0], places[-1] + 1)
    if (first, last) == (places[0], places[-1] + 1):
        first, last = _with_neighbours(ordinary, normalised.folded, first, last)
        if (first, last) == (places[0], places[-1] + 1):
            return None
    found = text[normalised.starts[first] : normalised.ends[last - 1]].strip()
    return found if len(found) <= MAX_TERM_CHARS else None


def _with_neighbours(ordinary: OrdinaryText, folded: str, first: int, last: int) -> tuple[int, int]:
    """Widen a range by the word before and the word behind it, where they stand right there or after one space."""
    before = first - (folded[first - 1 : first] == _SPACE)
    if before > 0 and folded[before - 1] not in SEPARATORS:
        first, _ = ordinary.bounds(before - 1, before)
    behind = last + (folded[last : last + 1] == _SPACE)
    if behind < len(folded) and folded[behind] not in SEPARATORS:
        _, last = ordinary.bounds(behind, behind + 1)
    return first, last

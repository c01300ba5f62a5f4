"""Star out spans of a text, as readers will see it."""

import re
from collections.abc import Iterable
from typing import Final

from moderation.rules.model import Span
from moderation.rules.spans import unite

_VISIBLE: Final = re.compile(r"\S")


def mask(text: str, spans: Iterable[Span], star: str = "*") -> str:
    """Replace every character of the spans by a star, leaving white space so that lines still break."""
    pieces: list[str] = []
    done = 0
    for span in unite(spans):
        pieces += (text[done : span.start], _VISIBLE.sub(lambda _: star, text[span.start : span.end]))
        done = span.end
    return "".join([*pieces, text[done:]])

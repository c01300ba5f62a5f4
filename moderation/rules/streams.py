"""Derived readings of a folded text. Today one: the text without what people put between letters.

A stream is a string to search plus the places of its characters in the folded text. Further disguises (split
characters, repeats, homophones) come as further streams; each is built only where a cheap probe asks for it.
"""

from typing import Final

from moderation.rules.characters import SEPARATORS

_WITHOUT_SEPARATORS: Final = dict.fromkeys(map(ord, SEPARATORS))


def join(folded: str) -> str:
    """Take the separators out, so that "赌-博" reads "赌博"."""
    return folded.translate(_WITHOUT_SEPARATORS)


def join_places(folded: str) -> list[int]:
    """Give the place in the folded text of each character of `join(folded)`."""
    return [place for place, character in enumerate(folded) if character not in SEPARATORS]

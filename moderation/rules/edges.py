"""May a term begin and end here? Words of spaced scripts and numbers are found whole or not at all.

Han, kana, Hangul and Thai have no such edges: there, exceptions keep a term out of innocent words.
"""

from typing import Final

from moderation.rules.characters import DIGITS, ONE_LETTER_WORDS, SEPARATORS, SPACED_LETTERS

# One or two digits inside a word stand for letters ("alph4bet"); more are a number that happens to touch it.
_MOST_LEET_DIGITS: Final = 2

# How far apart spelled-out letters may stand.
MOST_GAP_CHARS: Final = 6


def kind_of(character: str) -> str:
    """Sort a folded character into "letter" (of a spaced script), "digit", "separator" or "other"."""
    if character in SPACED_LETTERS:
        return "letter"
    if character in DIGITS:
        return "digit"
    return "separator" if character in SEPARATORS else "other"


def at(folded: str, place: int) -> str:
    """Give the character at a place, a space where the text has ended."""
    return folded[place] if 0 <= place < len(folded) else " "


def edges_hold(folded: str, first: int, last: int) -> bool:
    """Say whether the word or number that the term begins (ends) with begins (ends) there in the text as well."""
    if folded[first] in DIGITS and folded[last] in DIGITS and _is_amid_letters(folded, first, last):
        return False
    return _edge_holds(folded, first, step=-1) and _edge_holds(folded, last, step=1)


def _is_amid_letters(folded: str, first: int, last: int) -> bool:
    """Say whether a number is part of a code, as in "3e5a188f"."""
    return at(folded, first - 1) in SPACED_LETTERS and at(folded, last + 1) in SPACED_LETTERS


def _edge_holds(folded: str, place: int, *, step: int) -> bool:
    kind = kind_of(folded[place])
    outside = at(folded, place + step)
    if kind == "digit":
        return outside not in DIGITS
    if kind != "letter":
        return True
    digits = 0
    while outside in DIGITS and digits < _MOST_LEET_DIGITS:
        digits += 1
        outside = at(folded, place + (digits + 1) * step)
    return outside not in SPACED_LETTERS


def is_part_of_spelling(folded: str, first: int, last: int) -> bool:
    """Say whether spelled-out letters or digits go on outside the term: "w a s s o" does not spell "ass"."""
    return _spelling_goes_on(folded, first, step=-1) or _spelling_goes_on(folded, last, step=1)


def _spelling_goes_on(folded: str, place: int, *, step: int) -> bool:
    kind = kind_of(folded[place])
    if kind not in {"letter", "digit"}:
        return False
    neighbour = _next_single(folded, place, step=step, kind=kind)
    if neighbour is None:
        return False
    if folded[neighbour] not in ONE_LETTER_WORDS:
        return True
    # "such a f u c k": a word of one letter is no part of the spelling unless that goes on behind it.
    return _next_single(folded, neighbour, step=step, kind=kind) is not None


def _next_single(folded: str, place: int, *, step: int, kind: str) -> int | None:
    """Find the next character beyond separators, if it is of the kind and stands alone."""
    for distance in range(2, MOST_GAP_CHARS + 2):
        there = place + distance * step
        found = at(folded, there)
        if found in SEPARATORS:
            continue
        return there if kind_of(found) == kind != kind_of(at(folded, there + step)) else None
    return None

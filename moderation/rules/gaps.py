"""Tell whether what stands between the characters of a term is an evasion, or just a sentence.

A *gap* is a run of separators inside a hit; the parts between gaps are *pieces*. Symbols and pictures between
the characters of a word have no other purpose than to hide it. Spaces and sentence marks have: they stand between
words. Without a dictionary the pieces tell: hidden words leave loose characters, sentences leave words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from moderation.rules.characters import (
    APOSTROPHES,
    ONE_LETTER_WORDS,
    SENTENCE_MARKS,
    SEPARATORS,
    SPACED_LETTERS,
)
from moderation.rules.edges import at, is_part_of_spelling
from moderation.rules.vocabulary import english_words

_SPACES: Final = frozenset(" \n")
_SENTENCE: Final = SENTENCE_MARKS | _SPACES

# Marks that people put between words without a space behind; a lone full stop ("f.u") is not among them, a
# slash ("and/or") is.
_TIGHT_MARKS: Final = frozenset(',;:!?"()/，；：！？。、“”（）')


# Pieces of words so short are no words of other languages either, as a rule.
MOST_SHORT_LETTERS: Final = 3

# All that ordinary writing puts between words.
_ORDINARY: Final = _SENTENCE | _TIGHT_MARKS


@dataclass(frozen=True, slots=True)
class Hit:
    """Places in the folded text of the characters of a term, and which of the steps between them the term has itself.

    `own_gaps` are indexes into `places`: behind these characters the term's author wrote a separator.
    """

    folded: str
    places: Sequence[int]
    own_gaps: frozenset[int] = frozenset()


def is_evasion(hit: Hit) -> bool:
    """Say whether the gaps hide the term, rather than keep the words of a sentence apart."""
    places = hit.places
    gaps = [i for i in range(len(places) - 1) if places[i + 1] - places[i] > 1]
    if len(gaps) == len(places) - 1:
        if is_part_of_spelling(hit.folded, places[0], places[-1]):
            return False
        # "v i a g r a": not every letter is loose, as "i" and "a" are words, but nobody writes so many in a row.
        if len(places) > MOST_SHORT_LETTERS and all(hit.folded[place] in SPACED_LETTERS for place in places):
            return True
    return all(i in hit.own_gaps or _hides(hit, i, is_lone=len(gaps) == 1) for i in gaps)


def _hides(hit: Hit, i: int, *, is_lone: bool) -> bool:
    folded, before, behind = hit.folded, hit.places[i], hit.places[i + 1]
    gap = folded[before + 1 : behind]
    if not _ORDINARY.issuperset(gap):
        # "as %s": a symbol that begins the next word hides nothing.
        return not (
            " " in gap and len(_word_around(folded, before)) > 1 and _is_english(_word_around(folded, before))
        )
    if folded[before] in SPACED_LETTERS and folded[behind] in SPACED_LETTERS:
        if not _parts_words(gap) or _is_loose_letter(folded, before) or _is_loose_letter(folded, behind):
            return True
        return (
            is_lone
            and gap.isspace()
            and len(hit.places) > MOST_SHORT_LETTERS
            and _is_cut(folded, before, behind)
        )
    if not _SENTENCE.issuperset(gap):
        return True
    loose = (_is_loose(folded, before, step=-1), _is_loose(folded, behind, step=1))
    if _SPACES.issuperset(gap) and "\n" not in gap:
        # Chinese has few spaces: three characters do not meet around one by chance, two do (measured).
        return len(hit.places) > 2 or any(loose)
    return all(loose) if is_lone else any(loose)


def _parts_words(gap: str) -> bool:
    """Say whether a gap is one that ordinary writing has between two words of a spaced script."""
    if gap in APOSTROPHES or _TIGHT_MARKS.issuperset(gap):
        return True
    return not _SPACES.isdisjoint(gap) and _SENTENCE.issuperset(gap)


def _is_cut(folded: str, before: int, behind: int) -> bool:
    """Say whether a space cuts a word in two: "fu ck", "sh it", but not "pen is" nor "casi no"."""
    head, tail = _word_around(folded, before), _word_around(folded, behind)
    if len(head) == 1 or len(tail) == 1:
        return False
    if _is_english(head):
        return len(head) > 2 and not _is_english(tail) and len(tail) <= MOST_SHORT_LETTERS
    return not _is_english(tail) or len(head) <= MOST_SHORT_LETTERS


def _word_around(folded: str, place: int) -> str:
    """Give the run of letters around a place."""
    first, end = place, place + 1
    while at(folded, first - 1) in SPACED_LETTERS:
        first -= 1
    while at(folded, end) in SPACED_LETTERS:
        end += 1
    return folded[first:end]


def _is_english(word: str) -> bool:
    return word in ONE_LETTER_WORDS or word in english_words()


def _is_loose_letter(folded: str, place: int) -> bool:
    """Say whether a letter stands alone and is neither a word ("a") nor the tail of one ("it's")."""
    if at(folded, place - 1) in SPACED_LETTERS or at(folded, place + 1) in SPACED_LETTERS:
        return False
    if at(folded, place - 1) in APOSTROPHES and at(folded, place - 2) in SPACED_LETTERS:
        return False
    return folded[place] not in ONE_LETTER_WORDS


def _is_loose(folded: str, place: int, *, step: int) -> bool:
    """Say whether nothing is written directly on the far side of a character next to a gap."""
    return at(folded, place + step) in SEPARATORS

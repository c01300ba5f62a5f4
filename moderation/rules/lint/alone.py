"""What can be said of a rule by itself."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from moderation.rules.characters import DIGITS, SPACED_LETTERS, is_han
from moderation.rules.lint.findings import Code, Finding
from moderation.rules.lint.subjects import Subject
from moderation.rules.model import Action, Channel, Kind
from moderation.rules.numerals import has_numerals

# The longest term of each script that is met everywhere by chance.
_SHORT_HAN: Final = 1
_SHORT_LATIN: Final = 2
_SHORT_DIGITS: Final = 3

# One more character, two more letters or digits: sound with guards only.
_SHORTISH: Final = (_SHORT_HAN + 1, _SHORT_LATIN + 2, _SHORT_DIGITS + 2)

ORDINARY_COST: Final = 1_000
"""A word of running text in 22,000 (e^-10): some 2,500 words are as common (`vocabulary`)."""


def findings_of_one(subject: Subject, now: int | None, word_costs: Mapping[str, int]) -> Iterator[Finding]:
    """Find what is odd in one rule."""
    rule = subject.rule
    if now is not None and rule.ends_at is not None and rule.ends_at <= now:
        yield subject.finding(Code.EXPIRED)
    if now is not None and rule.starts_at is not None and rule.starts_at > now:
        yield subject.finding(Code.NOT_YET)
    if rule.kind is not Kind.TERM:
        return
    if idle := _idle_channels(subject):
        yield subject.finding(Code.CHANNELS_IDLE, ", ".join(idle))
    if rule.action is Action.ALLOW:
        return
    text = subject.reading
    if _is_at_most(text, _SHORT_HAN, _SHORT_LATIN, _SHORT_DIGITS):
        yield subject.finding(Code.TOO_SHORT)
    elif word_costs.get(text, ORDINARY_COST + 1) <= ORDINARY_COST:
        yield subject.finding(Code.ORDINARY_WORD)
    if rule.guards is not None and not rule.guards and _is_at_most(text, *_SHORTISH):
        yield subject.finding(Code.UNGUARDED)


def _is_at_most(text: str, han: int, latin: int, digits: int) -> bool:
    if DIGITS.issuperset(text):
        return len(text) <= digits
    if all(character in SPACED_LETTERS or character in DIGITS for character in text):
        return len(text) <= latin
    return len(text) <= han


def _has_han(text: str) -> bool:
    return any(map(is_han, text))


_UNDISGUISED: Final = frozenset({Channel.EXACT, Channel.FOLD})

# Channels that need something of a term; the others take any.
_APPLIES: Final[Mapping[Channel, Callable[[str], bool]]] = {
    Channel.SEPARATOR: lambda text: len(text) > 1,
    Channel.DIGIT: has_numerals,
    Channel.LEET: lambda text: not SPACED_LETTERS.isdisjoint(text),
    Channel.SPLIT: _has_han,
    Channel.REVERSED: lambda text: len(text) > 2,
    Channel.PINYIN: _has_han,
    Channel.HOMOPHONE: _has_han,
    Channel.GLYPH: _has_han,
    Channel.INITIALS: _has_han,
}


def _idle_channels(subject: Subject) -> list[Channel]:
    """List the disguises that a rule names, if its term cannot come in any of them."""
    named = [
        channel for channel in Channel if channel in (subject.rule.channels or frozenset()) - _UNDISGUISED
    ]
    # "All but homophones" names some that do not apply; an author who names nothing else was mistaken.
    return [] if any(_APPLIES.get(channel, bool)(subject.reading) for channel in named) else named

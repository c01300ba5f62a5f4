"""Rules that are no words: patterns, links, contacts, shape. What they ask for is found by one matcher each.

Built from the rule table alone, by `compile` and by `load`, hence quickly; nothing of it is stored.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Self

from moderation.rules.addresses import Address, find_addresses
from moderation.rules.found import Found
from moderation.rules.matchers import contacts, links, patterns, shape
from moderation.rules.matchers.contacts import Contacts
from moderation.rules.matchers.links import Links
from moderation.rules.matchers.patterns import Patterns
from moderation.rules.matchers.shape import Shape
from moderation.rules.model import Channel, Kind, Span
from moderation.rules.normalise import fold, normalise
from moderation.rules.table import RuleTable

_TERM_FAULTS: Final[Mapping[Kind, Callable[[str], tuple[str, str] | None]]] = {
    Kind.PATTERN: patterns.term_fault,
    Kind.LINK: links.term_fault,
    Kind.CONTACT: contacts.term_fault,
    Kind.SHAPE: shape.term_fault,
}


def term_fault(kind: Kind, term: str) -> tuple[str, str] | None:
    """Tell what is wrong with the `term` of a rule of this kind, as code and detail; words are `check`'s affair."""
    return _TERM_FAULTS[kind](term) if kind in _TERM_FAULTS else None


@dataclass(frozen=True, slots=True, eq=False)
class Detectors:
    """The matchers of a rule set, each None where no rule needs it."""

    patterns: Patterns | None = None
    links: Links | None = None
    contacts: Contacts | None = None
    shape: Shape | None = None

    @classmethod
    def of(cls, table: RuleTable) -> Self:
        """Build the matchers that the rules of a table need; raises RuleSetError when a pattern is none."""
        kinds = [profile.kind for profile in table.profiles]
        if all(kind is Kind.TERM for kind in kinds):
            return cls()
        owned: dict[Kind, list[tuple[int, str]]] = {kind: [] for kind in Kind}
        others = {number for number, kind in enumerate(kinds) if kind is not Kind.TERM}
        for place, profile in enumerate(table.profile_of):
            # A term is only taken out of its column where it is wanted: most of 100,000 are words.
            if profile in others:
                owned[kinds[profile]].append((place, table.terms[place]))
        return cls(
            patterns=Patterns.of(owned[Kind.PATTERN]) if owned[Kind.PATTERN] else None,
            links=Links.of(owned[Kind.LINK]) if owned[Kind.LINK] else None,
            contacts=Contacts.of(owned[Kind.CONTACT]) if owned[Kind.CONTACT] else None,
            shape=Shape.of(owned[Kind.SHAPE]) if owned[Kind.SHAPE] else None,
        )

    def __bool__(self) -> bool:
        return any((self.patterns, self.links, self.contacts, self.shape))


def has_link(text: str) -> bool:
    """Say whether a text holds what is surely a link, written out or disguised (`addresses`).

    With a scheme it is one whatever its ending; so many dots that not all were looked at are taken for one.
    """
    folded = fold(text)
    addresses, is_cut = find_addresses(folded)
    return "://" in folded or is_cut or any(address.is_sure for address in addresses)


def find(detectors: Detectors, text: str, folded: str) -> tuple[list[Found], bool]:
    """Find all that the detectors look for in a text, and say whether there was more than the caps of the matchers.

    Spans are those of the text, not of its folded form; `folded` is `fold(text)`.
    """
    found: list[Found] = []
    cuts = []
    addresses: list[Address] = []
    if detectors.links or detectors.contacts or (detectors.shape and detectors.shape.counts_links):
        addresses, is_cut = find_addresses(folded)
        cuts.append(is_cut)
    if detectors.patterns:
        seen, is_cut = detectors.patterns.find(folded)
        found += seen
        cuts.append(is_cut)
    if detectors.links:
        found += detectors.links.find(addresses)
    if detectors.contacts:
        seen, is_cut = detectors.contacts.find(folded, addresses)
        found += seen
        cuts.append(is_cut)
    home = list(_home(text, found)) if found else []
    if detectors.shape:
        home += detectors.shape.find(text, addresses)
    return home, any(cuts)


def _home(text: str, found: Iterable[Found]) -> Iterator[Found]:
    """Bring places in the folded text home to the original, and tell those that only the fold revealed."""
    normalised = normalise(text)
    for rule, span, channel in found:
        home = Span(normalised.starts[span.start], normalised.ends[span.end - 1])
        is_plain = text[home.start : home.end].lower() == normalised.folded[span.start : span.end]
        yield Found(rule, home, Channel.FOLD if channel is Channel.EXACT and not is_plain else channel)

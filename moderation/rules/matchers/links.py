"""Links: those that name a domain of the rules, and any link at all.

A rule's domain holds for that host and all below it, in every way to write it that `addresses` knows; `*` holds for
addresses that need no guessing. Allow lists are rules with the action `allow`: see `merge`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from moderation.rules.addresses import Address, is_number_host, is_suffix, labels_of
from moderation.rules.found import Found
from moderation.rules.model import Span

MAX_DOMAIN_CHARS: Final = 253

ANY: Final = "*"


def term_fault(term: str) -> tuple[str, str] | None:
    """Tell what is wrong with a domain, as code and detail."""
    if term == ANY:
        return None
    if len(term) > MAX_DOMAIN_CHARS:
        return "too-long", f"{len(term)} characters, at most {MAX_DOMAIN_CHARS}"
    labels = labels_of(term)
    if not all(map(_is_label, labels)):
        return "malformed", "a domain without scheme and path is wanted, such as example.com, or *"
    if not (is_suffix(labels[-1]) or is_number_host(labels)):
        return "unknown", f"there is no top-level domain {labels[-1]!r}"
    return None


def _is_label(label: str) -> bool:
    return 0 < len(label) < 64 and label.replace("-", "a").isalnum() and label[0] != "-" != label[-1]


@dataclass(frozen=True, slots=True)
class Links:
    """All domains of a rule set, and the rules that take any link."""

    domains: Mapping[str, Sequence[int]]
    any_link: Sequence[int]

    @classmethod
    def of(cls, owned: Iterable[tuple[int, str]]) -> Self:
        """Take rules as (place, term)."""
        domains: dict[str, list[int]] = {}
        for place, term in owned:
            plain = term.isascii() and "xn--" not in term and term.islower()
            domains.setdefault(term if plain else ".".join(labels_of(term)), []).append(place)
        return cls(domains, domains.pop(ANY, ()))

    def find(self, addresses: Iterable[Address]) -> list[Found]:
        """Find the rules that the addresses of a folded text fulfil."""
        return [each for address in addresses for each in self._match(address)]

    def _match(self, address: Address) -> Iterator[Found]:
        if address.is_sure:
            for place in self.any_link:
                yield Found(place, Span(address.start, address.end), address.channel)
        named = {
            place: start for domain, start in _domains(address) for place in self.domains.get(domain, ())
        }
        for place, start in named.items():
            yield Found(place, Span(start, address.end), address.channel)


def _domains(address: Address) -> Iterator[tuple[str, int]]:
    """List the domains that an address lies in, each with the start of the link, the narrowest first."""
    labels = address.labels
    if is_number_host(labels):
        yield ".".join(labels), address.start
        return
    rest = ".".join(labels[1:])
    first = labels[0]
    for place in range(max(0, len(first) - 20), len(first)):
        if place == 0 or not (first[place - 1].isascii() and first[place].isascii()):
            start = address.start if place == address.lead else address.host_start - address.lead + place
            yield f"{first[place:]}.{rest}", start
    # A rule for a whole top-level domain is as good as `*` there, and wants as much evidence.
    stop = len(labels) - (0 if address.is_sure else 1)
    for number in range(1, stop):
        yield ".".join(labels[number:]), address.start

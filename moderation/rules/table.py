"""The rules of a set, column by column, each made into a `Rule` only when it is asked for.

A process that takes over a compiled set of 100,000 rules must not stop to build 100,000 objects, of which a
comment touches a few. Most rules also share all but key and term: what they share is a *profile*, kept once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, overload

from moderation.rules.model import Action, Channel, Field, Guard, Kind, Rule
from moderation.rules.packed import Texts, numbers_from_bytes, numbers_to_bytes

COLUMNS: Final = 5
"""How many pieces the columns of a table are written in."""


@dataclass(frozen=True, slots=True)
class Profile:
    """All of a rule but its key, its term and its exceptions."""

    action: Action
    category: str
    severity: int
    fields: frozenset[Field]
    channels: frozenset[Channel] | None
    thread_key: str | None
    starts_at: int | None
    ends_at: int | None
    kind: Kind
    guards: frozenset[Guard] | None

    @classmethod
    def of(cls, rule: Rule) -> Self:
        """Take from a rule what it may share with others."""
        return cls(
            rule.action,
            rule.category,
            rule.severity,
            rule.fields,
            rule.channels,
            rule.thread_key,
            rule.starts_at,
            rule.ends_at,
            rule.kind,
            rule.guards,
        )

    def to_json(self) -> dict[str, object]:
        """Write the profile as JSON values, sets in a fixed order so that equal sets give equal files."""
        return {
            "action": self.action,
            "category": self.category,
            "severity": self.severity,
            "fields": sorted(self.fields),
            "channels": None if self.channels is None else sorted(self.channels),
            "thread_key": self.thread_key,
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
            "kind": self.kind,
            "guards": None if self.guards is None else sorted(self.guards),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        channels, guards = stored["channels"], stored["guards"]
        return cls(
            Action(stored["action"]),
            stored["category"],
            stored["severity"],
            frozenset(map(Field, stored["fields"])),
            None if channels is None else frozenset(map(Channel, channels)),
            stored["thread_key"],
            stored["starts_at"],
            stored["ends_at"],
            Kind(stored["kind"]),
            None if guards is None else frozenset(map(Guard, guards)),
        )


@dataclass(frozen=True, slots=True)
class RuleTable(Sequence[Rule]):
    """An immutable sequence of rules; `exceptions` has an entry only for rules that have some."""

    keys: Sequence[str]
    terms: Sequence[str]
    profiles: Sequence[Profile]
    profile_of: Sequence[int]
    exceptions: Mapping[int, tuple[str, ...]]

    @classmethod
    def of(cls, rules: Sequence[Rule]) -> Self:
        """Spread rules over the columns."""
        numbers: dict[Profile, int] = {}
        profile_of = [numbers.setdefault(Profile.of(rule), len(numbers)) for rule in rules]
        return cls(
            keys=[rule.key for rule in rules],
            terms=[rule.term for rule in rules],
            profiles=list(numbers),
            profile_of=profile_of,
            exceptions={i: rule.exceptions for i, rule in enumerate(rules) if rule.exceptions},
        )

    def __len__(self) -> int:
        return len(self.keys)

    @overload
    def __getitem__(self, index: int) -> Rule: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Rule]: ...
    def __getitem__(self, index: int | slice) -> Rule | Sequence[Rule]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        place = range(len(self))[index]
        profile = self.profiles[self.profile_of[place]]
        return Rule(
            self.keys[place],
            self.terms[place],
            profile.action,
            profile.category,
            profile.severity,
            self.exceptions.get(place, ()),
            profile.fields,
            profile.channels,
            profile.thread_key,
            profile.starts_at,
            profile.ends_at,
            profile.kind,
            profile.guards,
        )

    def reading_of(self, place: int) -> tuple[frozenset[Channel] | None, frozenset[Guard] | None]:
        """Give the channels and guards of a rule without making the whole rule: this is asked for every candidate."""
        profile = self.profiles[self.profile_of[place]]
        return profile.channels, profile.guards

    def to_json(self) -> dict[str, object]:
        """Write what is no column as JSON values."""
        return {
            "profiles": [profile.to_json() for profile in self.profiles],
            "exceptions": [[place, *texts] for place, texts in self.exceptions.items()],
        }

    def to_columns(self) -> list[bytes]:
        """Write the columns down, `COLUMNS` of them."""
        return [
            *Texts.of(self.keys).to_bytes(),
            *Texts.of(self.terms).to_bytes(),
            numbers_to_bytes(self.profile_of),
        ]

    @classmethod
    def of_columns(cls, columns: Sequence[memoryview], stored: Mapping[str, Any]) -> Self:
        """Read what `to_columns` and `to_json` wrote."""
        keys, key_ends, terms, term_ends, profile_of = columns
        exceptions: Iterable[list[Any]] = stored["exceptions"]
        return cls(
            keys=Texts.from_bytes(keys, key_ends),
            terms=Texts.from_bytes(terms, term_ends),
            profiles=[Profile.from_json(profile) for profile in stored["profiles"]],
            profile_of=numbers_from_bytes(profile_of),
            exceptions={place: tuple(texts) for place, *texts in exceptions},
        )

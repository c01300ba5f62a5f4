r"""Compiled rule sets as files: one line of header, then the rule table and the automata. Never a pickle.

    {"format": 6, "fold": "…", "sha256": "…", "sizes": [few, keys, …]}\n
    the few as JSON · the columns of the rule table · for each `Search` its automaton, owners and floors

`fold` names the tables that the contents depend on: the fold, and what else terms are read with.

The hash covers all but itself, hence a file that was cut or altered is refused before anything is made of it.
A damaged automaton could otherwise read outside its memory. It is no signature: only load what you compiled.
"""

import json
from dataclasses import asdict
from hashlib import sha256
from itertools import accumulate
from typing import Any, Final

from moderation.rules.automaton import Automaton
from moderation.rules.errors import FoldMismatch, RuleSetDamaged
from moderation.rules.model import Channel, Thresholds
from moderation.rules.normalise import FOLD_VERSION
from moderation.rules.packed import numbers_from_bytes, numbers_to_bytes
from moderation.rules.ruleset import Exempt, Patterns, RuleSet, Search
from moderation.rules.table import COLUMNS, RuleTable
from moderation.rules.tables.version_table import TABLES_VERSION

FORMAT_VERSION: Final = 6

MADE_WITH: Final = f"{FOLD_VERSION}-{TABLES_VERSION}"
"""What the rules were read with: other tables would make other patterns of the same terms."""

# A header is some 200 bytes; whatever has no line break so early is another kind of file.
_MAX_HEADER_BYTES: Final = 4_096


def dump(rule_set: RuleSet) -> bytes:
    """Write a rule set down; the same rules give the same bytes."""
    header, sections = _contents(rule_set)
    return b"".join([_line({**header, "sha256": _hash(header, sections)}), *sections])


def digest_of(rule_set: RuleSet) -> str:
    """Tell the hash that `dump` writes into the header: the identity of a rule set."""
    return _hash(*_contents(rule_set))


def load(blob: bytes) -> RuleSet:
    """Read what `dump` wrote; raises RuleSetDamaged or FoldMismatch."""
    end = blob.find(b"\n", 0, _MAX_HEADER_BYTES) + 1
    try:
        header: Any = json.loads(blob[:end])
        found_hash, sizes = header.pop("sha256"), header["sizes"]
        sections = _cut(memoryview(blob)[end:], sizes)
        is_whole = _hash(header, sections) == found_hash and header["format"] == FORMAT_VERSION
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise RuleSetDamaged("no header of a compiled rule set") from error
    if not is_whole:
        raise RuleSetDamaged("the contents are not those that were written, or of another format")
    if header["fold"] != MADE_WITH:
        raise FoldMismatch(header["fold"], MADE_WITH)
    few: Any = json.loads(bytes(sections[0]))
    searches = sections[1 + COLUMNS :]
    return RuleSet(
        rules=RuleTable.of_columns(sections[1 : 1 + COLUMNS], few),
        exceptions=[Exempt(text, rule) for text, rule in few["exempt"]],
        searches={
            search: Patterns(
                Automaton.deserialise(bytes(automaton), longest=longest),
                numbers_from_bytes(owners),
                numbers_from_bytes(floors),
            )
            for search, longest, automaton, owners, floors in zip(
                Search, few["longest"], searches[::3], searches[1::3], searches[2::3], strict=True
            )
        },
        channels=frozenset(map(Channel, few["channels"])),
        thresholds=Thresholds(**few["thresholds"]),
        identify=lambda _: found_hash,
    )


def _contents(rule_set: RuleSet) -> tuple[dict[str, Any], list[bytes]]:
    """Give the header, but for the hash, and the sections."""
    searches = [rule_set.searches[search] for search in Search]
    few = {
        **rule_set.rules.to_json(),
        "exempt": [[exempt.text, exempt.rule] for exempt in rule_set.exceptions],
        "channels": sorted(rule_set.channels),
        "thresholds": asdict(rule_set.thresholds),
        "longest": [patterns.automaton.longest for patterns in searches],
    }
    sections = [json.dumps(few, separators=(",", ":")).encode(), *rule_set.rules.to_columns()]
    for patterns in searches:
        sections += (
            patterns.automaton.serialise(),
            numbers_to_bytes(patterns.owners),
            numbers_to_bytes(patterns.floors),
        )
    return {"format": FORMAT_VERSION, "fold": MADE_WITH, "sizes": list(map(len, sections))}, sections


def _cut(body: memoryview, sizes: list[int]) -> list[memoryview]:
    """Cut the body into its sections; a body of another size is damaged."""
    if len(sizes) != 1 + COLUMNS + 3 * len(Search) or sum(sizes) != len(body):
        raise ValueError("sizes")
    ends = list(accumulate(sizes))
    return [body[end - size : end] for size, end in zip(sizes, ends, strict=True)]


def _hash(header: dict[str, Any], sections: list[bytes] | list[memoryview]) -> str:
    hashed = sha256(_line(header))
    for section in sections:
        hashed.update(section)
    return hashed.hexdigest()


def _line(header: dict[str, Any]) -> bytes:
    return json.dumps(header, sort_keys=True).encode() + b"\n"

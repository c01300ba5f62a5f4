r"""Compiled rule sets as files: one line of header, then the rule table and the automata. Never a pickle.

    {"format": 4, "fold": "…", "sha256": "…", "sizes": [rules, whole, joined, …]}\n
    rule table as JSON · one automaton for each `Search`, in their order

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
from moderation.rules.model import Thresholds
from moderation.rules.normalise import FOLD_VERSION
from moderation.rules.packed import numbers_from_json, numbers_to_json
from moderation.rules.ruleset import Exempt, Patterns, RuleSet, Search
from moderation.rules.table import RuleTable

FORMAT_VERSION: Final = 4

# A header is some 200 bytes; whatever has no line break so early is another kind of file.
_MAX_HEADER_BYTES: Final = 4_096


def dump(rule_set: RuleSet) -> bytes:
    """Write a rule set down; the same rules give the same bytes."""
    searches = rule_set.searches
    sections = [
        json.dumps(
            {
                **rule_set.rules.to_json(),
                "exempt": [[exempt.text, exempt.rule] for exempt in rule_set.exceptions],
                "thresholds": asdict(rule_set.thresholds),
                "searches": {
                    search: {
                        "owners": numbers_to_json(searches[search].owners),
                        "longest": searches[search].automaton.longest,
                        "floors": numbers_to_json(searches[search].floors),
                    }
                    for search in Search
                },
            },
            separators=(",", ":"),
            # Read back three times as fast as escapes; a term may hold half a surrogate pair.
            ensure_ascii=False,
        ).encode(errors="surrogatepass"),
        *(searches[search].automaton.serialise() for search in Search),
    ]
    sizes = [len(section) for section in sections]
    header = {"format": FORMAT_VERSION, "fold": FOLD_VERSION, "sizes": sizes}
    return b"".join([_line({**header, "sha256": _hash(header, sections)}), *sections])


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
    if header["fold"] != FOLD_VERSION:
        raise FoldMismatch(header["fold"], FOLD_VERSION)
    stored: Any = json.loads(bytes(sections[0]))
    return RuleSet(
        rules=RuleTable.from_json(stored),
        exceptions=[Exempt(text, rule) for text, rule in stored["exempt"]],
        searches={
            search: _patterns(stored["searches"][search], section)
            for search, section in zip(Search, sections[1:], strict=True)
        },
        thresholds=Thresholds(**stored["thresholds"]),
        digest=sha256(blob).hexdigest(),
    )


def _patterns(stored: dict[str, Any], blob: memoryview) -> Patterns:
    return Patterns(
        Automaton.deserialise(bytes(blob), longest=stored["longest"]),
        numbers_from_json(stored["owners"]),
        numbers_from_json(stored["floors"]),
    )


def _cut(body: memoryview, sizes: list[int]) -> list[memoryview]:
    """Cut the body into its sections; a body of another size is damaged."""
    if len(sizes) != 1 + len(Search) or sum(sizes) != len(body):
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

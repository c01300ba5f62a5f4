"""What `rules match` takes and gives, line by line. No file and no terminal here.

    {"id": any, "rules": ["赌博", {"term": "和服", "exceptions": ["和服务"]}], "text": "…", "allow": ["…"]}
    {"id": any, "spans": [[start, end, "赌博"], …]}

Positions are code points of the text as it was given. `word` is the term as its author wrote it.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, Final

from moderation import rules
from moderation.rules import (
    Action,
    Channel,
    DocumentError,
    Evaluation,
    Facts,
    Field,
    Format,
    Match,
    Rule,
    RuleSet,
)
from moderation.rules.check import term_fault
from moderation.rules.explain import leftmost_longest

MOST_SETS: Final = 32
"""Compiled lists that are kept at once; a short one takes a megabyte."""
MOST_TERMS: Final = 300_000
"""Terms of all kept lists together: 100,000 of them take some tens of megabytes."""

_NEARNESS: Final = {channel: place for place, channel in enumerate(Channel)}
_CATEGORY: Final = "other"

Answer = dict[str, Any]


class LineRefused(ValueError):  # noqa: N818 - the name says what happened, as all errors of the house do
    """A line that cannot be answered; `id` is the request's own where it could be read."""

    def __init__(self, code: str, detail: str, *, id: object = None) -> None:  # noqa: A002 - the request's word
        super().__init__(detail)
        self.id, self.code, self.detail = id, code, detail


@dataclass(frozen=True, slots=True)
class Request:
    """A line that was understood."""

    id: Any
    text: str
    rules: Sequence[str | Mapping[str, Any]]
    allow: Sequence[str]


@dataclass(frozen=True, slots=True)
class Listed:
    """A compiled list; `written` has, by the rules' internal keys, the term as written and the key as given."""

    rule_set: RuleSet
    written: Mapping[str, tuple[str, str | None]]
    faults: Sequence[Mapping[str, object]] = ()


def read_request(line: bytes, *, has_rules: bool) -> Request:
    """Understand a line; with `has_rules` false, the rules are those of a compiled file. Raises `LineRefused`."""
    given = _object_of(line)
    id_ = given.get("id")
    text = given.get("text")
    if not isinstance(text, str):
        raise LineRefused(_code(given, "text"), "text: a string is wanted", id=id_)
    if not has_rules:
        if unwanted := [name for name in ("rules", "allow") if given.get(name)]:
            raise LineRefused(
                "unexpected", f"{unwanted[0]}: the rules are those of the compiled file", id=id_
            )
        return Request(id_, text, (), ())
    listed, allow = given.get("rules"), given.get("allow")
    if not isinstance(listed, list) or not {str, dict}.issuperset(map(type, listed)):
        raise LineRefused(_code(given, "rules"), "rules: a list of terms or rule objects is wanted", id=id_)
    allow = [] if allow is None else allow
    if not isinstance(allow, list) or not {str}.issuperset(map(type, allow)):
        raise LineRefused("malformed", "allow: a list of strings is wanted", id=id_)
    return Request(id_, text, listed, allow)


def _code(given: Mapping[str, Any], name: str) -> str:
    return "missing" if given.get(name) is None else "malformed"


def _object_of(line: bytes) -> dict[str, Any]:
    try:
        given = json.loads(line.decode("utf-8"), parse_constant=_finite, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise LineRefused("not-utf-8", f"byte {error.start} is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise LineRefused("malformed", f"{error.msg} (column {error.colno})") from error
    except (ValueError, RecursionError) as error:
        raise LineRefused("malformed", "nested too deeply, or a number that JSON does not have") from error
    if not isinstance(given, dict):
        raise LineRefused("malformed", "an object is wanted")
    return given


def _finite(written: str) -> float:
    """Read a number that can be written again: JSON has no infinity, yet Python reads `1e999` as one."""
    if not isfinite(number := float(written)):
        raise ValueError(written)
    return number


class Lists:
    """Compiled lists by what they were compiled from; the least recently used go first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], Listed] = OrderedDict()
        self._terms = 0

    def get(self, request: Request) -> Listed:
        """Return the request's rules, compiled. Raises `LineRefused`."""
        key = (_hashable(request.rules), tuple(request.allow))
        listed = self._kept.get(key)
        if listed is not None:
            self._kept.move_to_end(key)
            return listed
        listed = self._kept[key] = _compile(request)
        self._terms += len(listed.rule_set)
        while len(self._kept) > 1 and (len(self._kept) > MOST_SETS or self._terms > MOST_TERMS):
            _, dropped = self._kept.popitem(last=False)
            self._terms -= len(dropped.rule_set)
        return listed


def _hashable(listed: Sequence[str | Mapping[str, Any]]) -> tuple[object, ...]:
    if {str}.issuperset(map(type, listed)):
        return tuple(listed)
    return tuple(each if isinstance(each, str) else (json.dumps(each, sort_keys=True),) for each in listed)


def _compile(request: Request) -> Listed:
    """Compile what can be compiled; what cannot is told beside the answer, as an unseen list is not ours to mend."""
    made: list[Rule] = []
    written: dict[str, tuple[str, str | None]] = {}
    faults: list[Mapping[str, object]] = []
    for place, given in enumerate(request.rules):
        # Keys of our own: those that were given may well be the same.
        key = str(place)
        try:
            rule = _rule(given)
        except LineRefused as error:
            faults.append({"rule": place, "code": error.code, "detail": error.detail})
            continue
        made.append(replace(rule, key=key))
        written[key] = (given, None) if isinstance(given, str) else (rule.term, rule.key)
    allow: list[str] = []
    for place, text in enumerate(request.allow):
        if fault := term_fault(text):
            faults.append({"allow": place, "code": fault[0], "detail": fault[1]})
        else:
            allow.append(text)
    try:
        return Listed(rules.compile(made, exceptions=allow), written, faults)
    except rules.RuleSetError as error:
        raise LineRefused(error.code, f"rule {error.rule_key}: {error.detail}", id=request.id) from error


def _rule(given: str | Mapping[str, Any]) -> Rule:
    if isinstance(given, str):
        if fault := term_fault(given):
            raise LineRefused(*fault)
        return Rule("", given.strip(), Action.REVIEW, _CATEGORY, 50)
    try:
        (rule,) = rules.read(json.dumps([given]), Format.JSON)
    except DocumentError as error:
        raise LineRefused(
            error.faults[0].code, f"{error.faults[0].field}: {error.faults[0].detail}"
        ) from error
    return rule


def answer(
    request: Request, listed: Listed, *, now: int, has_details: bool = False, has_all: bool = False
) -> Answer:
    """Match one request.

    Of several rules in one place the widest is told, of equally wide ones the one that is written nearest to the
    text, of equally near ones the first of the list; `has_all` tells them all.
    """
    found = rules.evaluate(listed.rule_set, {Field.TEXT: request.text}, Facts(now=now))
    matches = _told(found, listed, has_all=has_all)
    answered: Answer = {
        "id": request.id,
        "spans": [[m.span.start, m.span.end, _word(m, listed)] for m in matches],
    }
    if has_details:
        answered["details"] = [
            {
                "channel": m.channel,
                "kind": m.kind,
                "key": listed.written[m.rule_key][1] if listed.written else m.rule_key,
            }
            for m in matches
        ]
        answered |= {"verdict": found.verdict, "score": found.score}
    if found.is_truncated:
        answered["truncated"] = True
    if listed.faults:
        answered["faults"] = listed.faults
    return answered


def _told(found: Evaluation, listed: Listed, *, has_all: bool) -> list[Match]:
    hits = (match for match in found.matches if match.action is not Action.ALLOW)

    def order(match: Match) -> tuple[int, int, int, int]:
        place = int(match.rule_key) if listed.written else 0
        return match.span.start, -match.span.end, _NEARNESS[match.channel], place

    ordered = sorted(hits, key=order)
    if has_all:
        return ordered
    return leftmost_longest(tuple(replace(match, category=_CATEGORY) for match in ordered))


def _word(match: Match, listed: Listed) -> str:
    return listed.written[match.rule_key][0] if listed.written else match.term

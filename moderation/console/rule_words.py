"""Rules in words: kinds, actions, channels, guards, states, faults at their fields. English here, as in `wording`."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from markupsafe import Markup

from moderation.console import blueprint, pages, times, wording
from moderation.domain.ruleset import RuleSetState
from moderation.rules import Action, Channel, Fault, Field, Guard, Kind, Verdict, packs
from moderation.rules.lint import Finding, Severity, sentence
from moderation.web.languages import gettext, lazy_gettext

KINDS: Final = MappingProxyType(
    {
        Kind.TERM: (lazy_gettext("Words"), lazy_gettext("found in disguise too")),
        Kind.PATTERN: (
            lazy_gettext("Pattern"),
            lazy_gettext("a regular expression (RE2) on the folded text"),
        ),
        Kind.LINK: (lazy_gettext("Link"), lazy_gettext("a domain such as example.com, or * for any link")),
        Kind.CONTACT: (
            lazy_gettext("Contact"),
            lazy_gettext("phone, qq, wechat, telegram, email, or * for any of them"),
        ),
        Kind.SHAPE: (lazy_gettext("Shape"), lazy_gettext("a measure and its bound, such as links>=3")),
    },
)
ACTIONS: Final = MappingProxyType(
    {
        Action.ALLOW: (lazy_gettext("Allow"), lazy_gettext("takes away what other rules find inside it")),
        Action.SCORE: (lazy_gettext("Score"), lazy_gettext("only counts in the score")),
        Action.MASK: (lazy_gettext("Mask"), lazy_gettext("published, with stars in its place")),
        Action.REVIEW: (lazy_gettext("Review"), lazy_gettext("waits for a moderator")),
        Action.BLOCK: (
            lazy_gettext("Refuse"),
            lazy_gettext("refused; waits for a moderator where the match is not certain"),
        ),
    },
)
FIELDS: Final = MappingProxyType(
    {
        Field.TEXT: lazy_gettext("Text"),
        Field.NICKNAME: lazy_gettext("Nickname"),
        Field.LINK: lazy_gettext("Link"),
    },
)
CHANNELS: Final = MappingProxyType(
    {
        Channel.EXACT: lazy_gettext("as written"),
        Channel.FOLD: lazy_gettext("other spellings"),
        Channel.SEPARATOR: lazy_gettext("symbols between"),
        Channel.DIGIT: lazy_gettext("disguised digits"),
        Channel.REPEAT: lazy_gettext("repeated characters"),
        Channel.LEET: lazy_gettext("digits as letters"),
        Channel.SPLIT: lazy_gettext("split characters"),
        Channel.REVERSED: lazy_gettext("backwards"),
        Channel.EMOJI: lazy_gettext("pictures"),
        Channel.PINYIN: lazy_gettext("pinyin"),
        Channel.HOMOPHONE: lazy_gettext("same sound"),
        Channel.GLYPH: lazy_gettext("similar look"),
        Channel.INITIALS: lazy_gettext("initials of pinyin"),
    },
)
GUARDS: Final = MappingProxyType(
    {
        Guard.EDGES: (lazy_gettext("Edges"), lazy_gettext("not inside a longer word or number")),
        Guard.GAPS: (lazy_gettext("Gaps"), lazy_gettext("not across the words of a sentence")),
        Guard.WORDS: (lazy_gettext("Words"), lazy_gettext("not cut out of other words")),
        Guard.READINGS: (
            lazy_gettext("Readings"),
            lazy_gettext("not ordinary words that only sound or look like it"),
        ),
    },
)
STATES: Final = MappingProxyType(
    {
        RuleSetState.DRAFT: (lazy_gettext("Draft"), "wait"),
        RuleSetState.ACTIVE: (lazy_gettext("In force"), "on"),
        RuleSetState.RETIRED: (lazy_gettext("Retired"), "off"),
    },
)
VERDICTS: Final = MappingProxyType(
    {
        Verdict.ALLOW: (lazy_gettext("Allowed"), "on"),
        Verdict.REVIEW: (lazy_gettext("Waits for a moderator"), "wait"),
        Verdict.BLOCK: (lazy_gettext("Blocked"), "bad"),
    },
)
GRAVITIES: Final = MappingProxyType(
    {
        Severity.ERROR: lazy_gettext("Error"),
        Severity.WARNING: lazy_gettext("Warning"),
        Severity.HINT: lazy_gettext("Hint"),
    },
)
CELLS: Final = MappingProxyType(
    {
        "key": lazy_gettext("Key"),
        "kind": lazy_gettext("Kind"),
        "term": lazy_gettext("Looks for"),
        "action": lazy_gettext("Action"),
        "category": lazy_gettext("Category"),
        "severity": lazy_gettext("Severity"),
        "exceptions": lazy_gettext("Exceptions"),
        "fields": lazy_gettext("Fields"),
        "channels": lazy_gettext("Disguises"),
        "guards": lazy_gettext("Guards"),
        "thread_key": lazy_gettext("Thread"),
        "starts_at": lazy_gettext("From"),
        "ends_at": lazy_gettext("Until"),
    },
)
_FAULTS: Final = MappingProxyType(
    {
        ("term", "missing"): lazy_gettext("Say what to look for."),
        ("term", "empty"): lazy_gettext("Say what to look for: nothing visible is left of this."),
        ("term", "too-long"): lazy_gettext("Too long: words have at most 100 characters, patterns 500."),
        ("term", "too-large"): lazy_gettext("The pattern is too large: say it in fewer alternatives."),
        ("term", "unknown"): lazy_gettext("There is no such domain, contact or measure."),
        ("term", "malformed"): lazy_gettext("This cannot be read as what the kind says."),
        ("term", "out-of-range"): lazy_gettext("With this bound the rule would hold always, or never."),
        ("key", "duplicate"): lazy_gettext("The draft has a rule for this already."),
        ("key", "malformed"): lazy_gettext("A key has 1 to 64 of a–z, 0–9 and hyphen."),
        ("category", "unknown"): lazy_gettext("Choose a category."),
        ("severity", "out-of-range"): lazy_gettext("A whole number from 1 to 100."),
        ("severity", "malformed"): lazy_gettext("A whole number from 1 to 100."),
        ("exceptions", "empty"): lazy_gettext("One of the exceptions has nothing visible in it."),
        ("exceptions", "too-long"): lazy_gettext("An exception has at most 100 characters."),
        ("exceptions", "never-hits"): lazy_gettext(
            "With this exception the rule would never hit again: it needs words around it."
        ),
        ("exceptions", "idle"): lazy_gettext("What the rule looks for is not in this exception."),
        ("exceptions", "idle-here"): lazy_gettext(
            "The rule would still hit this comment: take more of the text."
        ),
        ("exceptions", "not-for-kind"): lazy_gettext("Only rules on words have exceptions."),
        ("fields", "empty"): lazy_gettext("Choose at least one field."),
        ("channels", "empty"): lazy_gettext(
            "Choose at least one disguise, or leave the choice to the service."
        ),
        ("guards", "not-for-kind"): lazy_gettext("Only rules on words have guards."),
        ("thread_key", "out-of-range"): lazy_gettext("A thread key has at most 512 characters."),
        ("starts_at", "malformed"): lazy_gettext("A day and a time."),
        ("ends_at", "malformed"): lazy_gettext("A day and a time."),
        ("ends_at", "before-start"): lazy_gettext("The rule would end before it starts."),
        ("name", "empty"): lazy_gettext("Give the draft a name."),
        ("review", "out-of-range"): lazy_gettext("A whole number from 1 to 100, or nothing for never."),
        ("block", "out-of-range"): lazy_gettext("A whole number from 1 to 100, or nothing for never."),
        ("block", "below-review"): lazy_gettext("Must not be below the threshold of review."),
        ("certain", "out-of-range"): lazy_gettext("A whole number from 1 to 100."),
        ("list", "empty"): lazy_gettext("Choose a file, or paste a list."),
        ("list", "not-utf-8"): lazy_gettext("The file is not UTF-8. Convert it first."),
    },
)


def faults(found: Iterable[Fault]) -> dict[str, str]:
    """Say what is wrong, by the field it stands at; of several faults of a field the first."""
    told: dict[str, str] = {}
    for fault in found:
        name = fault.field.removeprefix("thresholds.")
        told.setdefault(name, fault_sentence(name, fault.code))
    return told


def fault_sentence(name: str, code: str) -> str:
    """Say one fault."""
    sentence = _FAULTS.get((name, code))
    return str(gettext("This cannot be read.") if sentence is None else sentence)


def cell(value: object, name: str = "") -> str:
    """Write a cell of a rule as one line, codes in words."""
    if value is None:
        return "–"
    said = _SAID.get(name, {})
    values = value if isinstance(value, list) else [value]
    return " · ".join(str(said.get(each, each)) for each in values)


_SAID: Final[Mapping[str, Mapping[Any, object]]] = MappingProxyType(
    {
        "kind": {kind: said for kind, (said, _) in KINDS.items()},
        "action": {action: said for action, (said, _) in ACTIONS.items()},
        "category": wording.REASONS,
        "fields": FIELDS,
        "channels": CHANNELS,
        "guards": {guard: said for guard, (said, _) in GUARDS.items()},
    },
)


@blueprint.app_template_global("rule_finding")
def finding(found: Finding) -> str:
    """Say what the linter found."""
    return sentence(found, pages.explained_in())


@blueprint.app_template_filter("unix_moment")
def unix_moment(seconds: int) -> Markup:
    """Write a moment of a rule in the account's time zone and language."""
    return times.moment(datetime.fromtimestamp(seconds, UTC))


@blueprint.context_processor
def _words() -> dict[str, object]:
    return {
        "rule_kinds": KINDS,
        "rule_actions": ACTIONS,
        "rule_fields": FIELDS,
        "rule_channels": CHANNELS,
        "rule_guards": GUARDS,
        "rule_states": STATES,
        "rule_verdicts": VERDICTS,
        "rule_gravities": GRAVITIES,
        "rule_cells": CELLS,
        "rule_cell": cell,
        "rule_packs": packs(),
    }

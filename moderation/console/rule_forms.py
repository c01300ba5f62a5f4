"""Forms of the rules desk ↔ rules: what was typed stays as it was typed until it is sound."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self, TypeVar

from flask import request

from moderation.console import times
from moderation.domain import errors
from moderation.domain.errors import Invalid
from moderation.domain.reasons import Reason
from moderation.domain.ruleset import RuleFilter, RuleOrder, faulty
from moderation.flows.drafts import Seen, Settings
from moderation.flows.rule_pages import VersionRow
from moderation.rules import Action, Defaults, Fault, Field, Guard, Kind, Rule, Thresholds
from moderation.rules.columns import NO_GUARDS, rule_of

E = TypeVar("E", bound=StrEnum)
_LOCAL = "%Y-%m-%dT%H:%M"
_LONGEST_NUMBER = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleForm:
    """A rule as its form shows it, sound or not."""

    key: str = ""
    kind: str = Kind.TERM
    term: str = ""
    action: str = Action.REVIEW
    category: str = ""
    severity: str = "50"
    exceptions: str = ""
    fields: tuple[str, ...] = tuple(Field)
    has_channels: bool = False
    """Whether the author chose the disguises, instead of those that suit the term."""
    channels: tuple[str, ...] = ()
    has_guards: bool = False
    guards: tuple[str, ...] = tuple(Guard)
    thread_key: str = ""
    starts_at: str = ""
    ends_at: str = ""

    @classmethod
    def of(cls, rule: Rule) -> Self:
        """Spread a rule over the form."""
        return cls(
            key=rule.key,
            kind=rule.kind,
            term=rule.term,
            action=rule.action,
            category=rule.category,
            severity=str(rule.severity),
            exceptions="\n".join(rule.exceptions),
            fields=tuple(sorted(rule.fields)),
            has_channels=rule.channels is not None,
            channels=tuple(sorted(rule.channels or ())),
            has_guards=rule.guards is not None,
            guards=tuple(Guard) if rule.guards is None else tuple(sorted(rule.guards)),
            thread_key=rule.thread_key or "",
            starts_at=_local(rule.starts_at),
            ends_at=_local(rule.ends_at),
        )

    @classmethod
    def typed(cls, key: str = "") -> Self:
        """Read the form as it was sent."""
        form = request.form
        return cls(
            key=key or form.get("key", "").strip(),
            kind=form.get("kind", ""),
            term=form.get("term", ""),
            action=form.get("action", ""),
            category=form.get("category", ""),
            severity=form.get("severity", ""),
            exceptions=form.get("exceptions", ""),
            fields=tuple(form.getlist("fields")),
            has_channels=form.get("has_channels") == "yes",
            channels=tuple(form.getlist("channels")),
            has_guards=form.get("has_guards") == "yes",
            guards=tuple(form.getlist("guards")),
            thread_key=form.get("thread_key", ""),
            starts_at=form.get("starts_at", ""),
            ends_at=form.get("ends_at", ""),
        )

    def rule(self) -> Rule:
        """Make the rule that the form says. Raises `RulesInvalid` with every fault, each at its field."""
        row: dict[str, object] = {
            "kind": self.kind,
            "term": self.term,
            "action": self.action,
            "category": self.category,
            "severity": self.severity.strip(),
            "exceptions": [text for line in self.exceptions.splitlines() if (text := line.strip())],
            "fields": list(self.fields),
        }
        if self.key:
            row["key"] = self.key
        if self.has_channels:
            row["channels"] = list(self.channels)
        if self.has_guards:
            row["guards"] = list(self.guards) or [NO_GUARDS]
        if self.thread_key.strip():
            row["thread_key"] = self.thread_key
        for name, local in (("starts_at", self.starts_at), ("ends_at", self.ends_at)):
            if local.strip():
                row[name] = _moment(local)
        rule, wrong = rule_of(row, Defaults())
        if rule is None or wrong:
            raise faulty([Fault(self.key, *fault) for fault in wrong])
        return rule


def _local(seconds: int | None) -> str:
    """Write a moment as the account's clock shows it, as a field of a day and a time wants it."""
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds, UTC).astimezone(times.zone()).strftime(_LOCAL)


def _moment(local: str) -> object:
    """Read such a field as unix seconds; what cannot be read is left for the columns to refuse."""
    try:
        return int(datetime.fromisoformat(local.strip()).replace(tzinfo=times.zone()).timestamp())
    except (ValueError, OverflowError):
        return []  # no column takes a list here


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsForm:
    """What holds for all rules of a draft, as its form shows it."""

    name: str
    exceptions: str
    has_thresholds: bool
    review: str
    block: str
    certain: str

    @classmethod
    def of(cls, version: VersionRow) -> Self:
        """Spread a version over the form."""
        said: Mapping[str, object] = version.thresholds or {
            name: getattr(Thresholds(), name) for name in ("review", "block", "certain")
        }
        return cls(
            name=version.name,
            exceptions="\n".join(version.exceptions),
            has_thresholds=version.thresholds is not None,
            review=_number_or_nothing(said["review"]),
            block=_number_or_nothing(said["block"]),
            certain=_number_or_nothing(said["certain"]),
        )

    @classmethod
    def typed(cls) -> Self:
        """Read the form as it was sent."""
        form = request.form
        return cls(
            name=form.get("name", ""),
            exceptions=form.get("exceptions", ""),
            has_thresholds=form.get("has_thresholds") == "yes",
            review=form.get("review", ""),
            block=form.get("block", ""),
            certain=form.get("certain", ""),
        )

    def settings(self) -> Settings:
        """Make the settings that the form says. Raises `RulesInvalid`."""
        exceptions = [text for line in self.exceptions.splitlines() if (text := line.strip())]
        thresholds = None
        if self.has_thresholds:
            thresholds = Thresholds(
                review=_threshold(self.review, "review"),
                block=_threshold(self.block, "block"),
                certain=_threshold(self.certain, "certain") or 0,
            )
        faults = [
            Fault("", name, "malformed", "NUL")
            for name in ("name", "exceptions")
            if "\0" in getattr(self, name)
        ]
        if faults:
            raise faulty(faults)
        return Settings(self.name.strip(), tuple(dict.fromkeys(exceptions)), thresholds)


def _number_or_nothing(value: object) -> str:
    return "" if value is None else str(value)


def _threshold(text: str, name: str) -> int | None:
    written = text.strip()
    if not written:
        return None
    if not (written.isascii() and written.isdecimal() and len(written) <= _LONGEST_NUMBER):
        raise faulty([Fault("", f"thresholds.{name}", "out-of-range", "no whole number")])
    return int(written)


def seen(site_key: str, number: int) -> Seen:
    """Read which edition of a draft somebody saw."""
    return Seen(site_key=site_key, number=number, edition=whole(request.form.get("edition", ""), "edition"))


def edition() -> int | None:
    """Read which edition was looked at before activating."""
    text = request.form.get("edition")
    return None if text is None else whole(text, "edition")


def page() -> int:
    """Read which page of a list is wanted."""
    text = request.args.get("page", "1")
    return max(1, whole(text, "page"))


def before() -> int | None:
    """Read from which version on the list is wanted."""
    text = request.args.get("before")
    return whole(text, "before") if text else None


def version() -> int | None:
    """Read which version is meant; None is the one in force, or a new one."""
    text = request.values.get("version")
    return whole(text, "version") if text else None


def is_linted() -> bool:
    """Read whether the linter shall look at a long list too."""
    return request.args.get("lint") == "yes"


def rule_filter() -> RuleFilter:
    """Read which rules are wanted."""
    return RuleFilter(
        text=request.args.get("q", "").replace("\0", "").strip()[:100],
        kind=_one_of(Kind, "kind"),
        action=_one_of(Action, "action"),
        category=_one_of(Reason, "category"),
    )


def order(default: str) -> RuleOrder:
    """Read what a list is sorted by."""
    found = RuleOrder.read(request.args.get("sort") or default)
    if found is None:
        raise Invalid([errors.Fault("/sort", "unknown")])
    return found


def _one_of(kind: type[E], name: str) -> E | None:
    text = request.args.get(name)
    try:
        return kind(text) if text else None
    except ValueError:
        raise Invalid([errors.Fault(f"/{name}", "unknown")]) from None


def whole(text: str, name: str) -> int:
    """Read a whole number."""
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
        raise Invalid([errors.Fault(f"/{name}", "wrong-type")])
    return int(text)

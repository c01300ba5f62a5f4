"""Rules and what holds for all of them, as their author wrote them ↔ as they are stored."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row

from moderation.domain.reasons import Reason
from moderation.rules import Channel, Field, Guard, Rule, Thresholds


def rule_of(stored: Row[*tuple[Any, ...]]) -> Rule:
    """Give a row of the rules its form for the rule library."""
    return Rule(
        key=stored.key,
        term=stored.term,
        action=stored.action,
        category=stored.category,
        severity=stored.severity,
        exceptions=tuple(stored.exceptions),
        fields=frozenset(map(Field, stored.fields)),
        channels=None if stored.channels is None else frozenset(map(Channel, stored.channels)),
        thread_key=stored.thread_key,
        starts_at=None if stored.starts_at is None else int(stored.starts_at.timestamp()),
        ends_at=None if stored.ends_at is None else int(stored.ends_at.timestamp()),
        kind=stored.kind,
        guards=None if stored.guards is None else frozenset(map(Guard, stored.guards)),
    )


def columns_of(rule: Rule) -> dict[str, object]:
    """Spread a rule over its columns, all but the version it belongs to."""
    return {
        "key": rule.key,
        "kind": rule.kind,
        "term": rule.term,
        "action": rule.action,
        "category": Reason(rule.category),
        "severity": rule.severity,
        "exceptions": list(rule.exceptions),
        "fields": sorted(rule.fields),
        "channels": None if rule.channels is None else sorted(rule.channels),
        "guards": None if rule.guards is None else sorted(rule.guards),
        "thread_key": rule.thread_key,
        "starts_at": _moment(rule.starts_at),
        "ends_at": _moment(rule.ends_at),
    }


def thresholds_of(stored: Mapping[str, Any] | None) -> Thresholds | None:
    """Read a version's thresholds; None where nobody has said any."""
    return None if stored is None else Thresholds(**stored)


def columns_of_thresholds(thresholds: Thresholds | None) -> dict[str, object] | None:
    """Write thresholds by name."""
    return None if thresholds is None else asdict(thresholds)


def _moment(unix_seconds: int | None) -> datetime | None:
    return None if unix_seconds is None else datetime.fromtimestamp(unix_seconds, UTC)

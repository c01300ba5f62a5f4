"""Stored rules → rules as their author wrote them."""

from typing import Any

from sqlalchemy import Row

from moderation.rules import Channel, Field, Guard, Rule


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

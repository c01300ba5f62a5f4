"""Run every matcher over every field of a comment and merge what holds. Pure: no clock, no store, no network."""

from collections.abc import Mapping
from typing import Final

from moderation.rules.matchers import words
from moderation.rules.merge import merge
from moderation.rules.model import Evaluation, Facts, Field, Match, Rule
from moderation.rules.ruleset import RuleSet

MAX_TEXT_CHARS: Final = 20_000


def evaluate(rule_set: RuleSet, texts: Mapping[Field, str], facts: Facts) -> Evaluation:
    """Evaluate one comment; never raises on any text.

    1 cut each field at the cap      2 find terms      3 keep those whose rule applies here and now      4 merge
    """
    matches: list[Match] = []
    is_truncated = False
    for field, text in texts.items():
        found, is_cut = words.find(rule_set, text[:MAX_TEXT_CHARS])
        is_truncated = is_truncated or is_cut or len(text) > MAX_TEXT_CHARS
        rules = {place: rule_set.rules[place] for place in {each.rule for each in found}}
        for place, span, channel in found:
            rule = rules[place]
            if (
                field in rule.fields
                and (rule.channels is None or channel in rule.channels)
                and applies(rule, facts)
            ):
                matches.append(
                    Match(
                        rule.key, rule.term, field, span, channel, rule.action, rule.category, rule.severity
                    )
                )
    return merge(matches, rule_set.thresholds, is_truncated=is_truncated)


def applies(rule: Rule, facts: Facts) -> bool:
    """Say whether a rule is in force in this thread at this time."""
    if rule.thread_key is not None and rule.thread_key != facts.thread_key:
        return False
    if rule.starts_at is not None and facts.now < rule.starts_at:
        return False
    return rule.ends_at is None or facts.now < rule.ends_at

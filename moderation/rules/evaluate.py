"""Run every matcher over every field of a comment and merge what holds. Pure: no clock, no store, no network."""

from collections.abc import Mapping, Sequence
from typing import Final

from moderation.rules import detectors
from moderation.rules.found import Found
from moderation.rules.matchers import words
from moderation.rules.merge import merge
from moderation.rules.model import Action, Channel, Evaluation, Facts, Field, Kind, Match, Rule
from moderation.rules.normalise import fold
from moderation.rules.ruleset import RuleSet

MAX_TEXT_CHARS: Final = 20_000

# The longest that one character folds to, as the table's generator says.
LONGEST_FOLD: Final = 6


def evaluate(rule_set: RuleSet, texts: Mapping[Field, str], facts: Facts) -> Evaluation:
    """Evaluate one comment; never raises on any text.

    1 cut each field at the cap      2 find words, and what is no word      3 keep what a rule takes here and now
    4 merge
    """
    matches: list[Match] = []
    is_truncated = False
    for field, text in texts.items():
        found, is_cut = _find(rule_set, text[:MAX_TEXT_CHARS])
        is_truncated = is_truncated or is_cut or len(text) > MAX_TEXT_CHARS
        rules = {place: rule_set.rules[place] for place in {each.rule for each in found}}
        for place, span, channel in found:
            rule = rules[place]
            if field in rule.fields and _takes(rule, channel) and applies(rule, facts):
                matches.append(
                    Match(
                        rule.key,
                        rule.term,
                        field,
                        span,
                        channel,
                        rule.action,
                        rule.category,
                        rule.severity,
                        rule.kind,
                    )
                )
    return merge(matches, rule_set.thresholds, is_truncated=is_truncated)


def _find(rule_set: RuleSet, text: str) -> tuple[Sequence[Found], bool]:
    """Run every matcher over one text; most sets have no detectors, and then this costs nothing."""
    folded = fold(text)
    is_swollen = len(folded) > MAX_TEXT_CHARS
    if is_swollen:
        # Characters that stand for words (㌀, ﷺ) and little else: no comment, but six times the work.
        text = text[: MAX_TEXT_CHARS // LONGEST_FOLD]
        folded = fold(text)
    found, is_cut = words.find(rule_set, text, folded)
    if not rule_set.detectors:
        return found, is_cut or is_swollen
    detected, is_full = detectors.find(rule_set.detectors, text, folded)
    return [*found, *detected], is_cut or is_full or is_swollen


def _takes(rule: Rule, channel: Channel) -> bool:
    """Say whether a rule takes what was read in this way; what is disguised is not what was allowed."""
    if rule.channels is not None:
        return channel in rule.channels
    return channel is Channel.EXACT or rule.kind is Kind.TERM or rule.action is not Action.ALLOW


def applies(rule: Rule, facts: Facts) -> bool:
    """Say whether a rule is in force in this thread at this time."""
    if rule.thread_key is not None and rule.thread_key != facts.thread_key:
        return False
    if rule.starts_at is not None and facts.now < rule.starts_at:
        return False
    return rule.ends_at is None or facts.now < rule.ends_at

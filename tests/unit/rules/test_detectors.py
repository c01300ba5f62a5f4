"""Words and detectors in one rule set."""

import pytest

from moderation import rules
from moderation.rules import Action, Facts, Field, Kind, Rule, RuleSetError


def a_rule(kind: Kind, term: str, **changes: object) -> Rule:
    values: dict[str, object] = {"key": kind, "action": Action.REVIEW, "category": "other", "severity": 50}
    return Rule(**{**values, "term": term, "kind": kind, **changes})  # type: ignore[arg-type]


ONE_OF_EACH = (
    a_rule(Kind.TERM, "赌博"),
    a_rule(Kind.PATTERN, r"\d{5,}"),
    a_rule(Kind.LINK, "*"),
    a_rule(Kind.CONTACT, "qq"),
    a_rule(Kind.SHAPE, "length>=3"),
)
TEXT = "赌博 QQ123456 a.com"


def test_a_set_of_words_alone_has_no_detectors() -> None:
    assert not rules.compile([a_rule(Kind.TERM, "赌博")]).detectors


@pytest.mark.parametrize("rule", ONE_OF_EACH[1:], ids=lambda rule: rule.kind)
def test_a_set_has_the_detectors_that_its_rules_need(rule: Rule) -> None:
    rule_set = rules.compile([rule])

    assert rule_set.detectors
    assert [match.kind for match in rules.evaluate(rule_set, {Field.TEXT: TEXT}, Facts()).matches] == [
        rule.kind
    ]


def test_rules_of_every_kind_match_side_by_side_after_a_round_trip() -> None:
    rule_set = rules.load(rules.dump(rules.compile(ONE_OF_EACH)))

    evaluation = rules.evaluate(rule_set, {Field.TEXT: TEXT}, Facts())

    assert {match.kind: TEXT[match.span.start : match.span.end] for match in evaluation.matches} == {
        Kind.TERM: "赌博",
        Kind.PATTERN: "123456",
        Kind.LINK: "a.com",
        Kind.CONTACT: "QQ123456",
        Kind.SHAPE: TEXT,
    }


def test_a_detector_reads_the_fields_of_its_rule() -> None:
    rule_set = rules.compile([a_rule(Kind.LINK, "*", fields=frozenset({Field.NICKNAME}))])

    evaluation = rules.evaluate(rule_set, {Field.TEXT: "a.com", Field.NICKNAME: "b.com"}, Facts())

    assert [match.field for match in evaluation.matches] == [Field.NICKNAME]


def test_a_term_is_never_read_as_another_kind_reads_its_own() -> None:
    evaluation = rules.evaluate(rules.compile(ONE_OF_EACH[2:4]), {Field.TEXT: "qq * qq"}, Facts())

    assert evaluation.matches == ()


def test_every_unsound_rule_is_told() -> None:
    wanted = [
        a_rule(Kind.PATTERN, "(?=a)"),
        a_rule(Kind.LINK, "https://a.com"),
        a_rule(Kind.CONTACT, "fax"),
        a_rule(Kind.SHAPE, "length>3"),
    ]

    with pytest.raises(RuleSetError) as error:
        rules.compile(wanted)

    assert [(fault.rule_key, fault.field, fault.code) for fault in error.value.faults] == [
        ("pattern", "term", "malformed"),
        ("link", "term", "malformed"),
        ("contact", "term", "unknown"),
        ("shape", "term", "malformed"),
    ]

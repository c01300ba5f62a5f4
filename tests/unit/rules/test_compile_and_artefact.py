"""Rules become a rule set, a rule set becomes a file, and nothing else does."""

import json
from dataclasses import replace

import pytest

from moderation import rules
from moderation.rules import (
    Action,
    Channel,
    Facts,
    Field,
    FoldMismatch,
    Rule,
    RuleSetDamaged,
    RuleSetError,
    Thresholds,
)
from moderation.rules.artefact import FORMAT_VERSION, _hash, _line

A_RULE = Rule("r-1", "赌博", Action.BLOCK, "gambling", 70)
RULES = [
    A_RULE,
    Rule(
        "r-2",
        "click here",
        Action.MASK,
        "advertising",
        40,
        exceptions=("click here for help",),
        fields=frozenset({Field.TEXT, Field.LINK}),
        channels=frozenset({Channel.EXACT, Channel.FOLD}),
        thread_key="t/1",
        starts_at=1,
        ends_at=2,
    ),
]


@pytest.mark.parametrize(
    ("rule", "field", "code"),
    [
        (replace(A_RULE, key="R 1"), "key", "malformed"),
        (replace(A_RULE, key="a" * 65), "key", "malformed"),
        (replace(A_RULE, term="\u200b \ufe0f"), "term", "empty"),
        (replace(A_RULE, term="a" * 101), "term", "too-long"),
        (replace(A_RULE, exceptions=("",)), "exceptions", "empty"),
        (replace(A_RULE, category="politics"), "category", "unknown"),
        (replace(A_RULE, severity=0), "severity", "out-of-range"),
        (replace(A_RULE, severity=101), "severity", "out-of-range"),
        (replace(A_RULE, fields=frozenset()), "fields", "empty"),
        (replace(A_RULE, channels=frozenset()), "channels", "empty"),
        (replace(A_RULE, thread_key=""), "thread_key", "out-of-range"),
        (replace(A_RULE, starts_at=5, ends_at=5), "ends_at", "before-start"),
    ],
)
def test_an_unsound_rule_is_refused_by_name(rule: Rule, field: str, code: str) -> None:
    with pytest.raises(RuleSetError) as refused:
        rules.compile([rule])

    assert (refused.value.rule_key, refused.value.field, refused.value.code) == (rule.key, field, code)


def test_all_faults_are_told_and_those_of_the_set_have_no_key() -> None:
    with pytest.raises(RuleSetError, match="r-1: key: duplicate") as refused:
        rules.compile([A_RULE, A_RULE], exceptions=["", "fine"])

    assert [(f.rule_key, f.code) for f in refused.value.faults] == [("r-1", "duplicate"), ("", "empty")]


def test_a_loaded_rule_set_is_the_one_that_was_dumped() -> None:
    rule_set = rules.compile(RULES, exceptions=["赌博罪"])

    loaded = rules.load(rules.dump(rule_set))

    assert list(loaded.rules) == list(rule_set.rules) == RULES
    assert len(loaded) == 2
    assert loaded.digest == rule_set.digest == json.loads(rules.dump(loaded).splitlines()[0])["sha256"]
    assert loaded.digest != rules.compile(RULES).digest
    for text in ("click here, 赌博罪", "click here for help, 赌*博"):
        texts = {Field.TEXT: text}
        facts = Facts(thread_key="t/1", now=1)
        assert rules.evaluate(loaded, texts, facts) == rules.evaluate(rule_set, texts, facts)


def test_an_empty_rule_set_is_a_rule_set() -> None:
    assert len(rules.load(rules.dump(rules.compile([])))) == 0


def test_the_same_rules_give_the_same_bytes() -> None:
    assert rules.dump(rules.compile(RULES)) == rules.dump(rules.compile(RULES))


def test_rules_are_a_sequence() -> None:
    table = rules.compile(RULES).rules

    assert (table[-1], table[:1], A_RULE in table) == (RULES[1], [A_RULE], True)
    with pytest.raises(IndexError):
        table[2]


BLOB = rules.dump(rules.compile(RULES))


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"\n",
        b"[]\n",
        b"{}\n",
        b"\xff\xfe\n",
        b'{"sha256": "x", "sizes": 3}\n',
        b'{"sha256": "x", "sizes": [1, 2]}\n',
        BLOB[:-1],
        BLOB + b"x",
        BLOB[:-9] + bytes([BLOB[-9] ^ 1]) + BLOB[-8:],
        BLOB.replace(b'"format": %d' % FORMAT_VERSION, b'"format": %d' % (FORMAT_VERSION + 1)),
        BLOB.replace(b"unicode14", b"unicode15", 1),
        b"x" * 9_000,
        b"[" * 4_000 + b"\n",
    ],
)
def test_a_damaged_artefact_is_refused(blob: bytes) -> None:
    with pytest.raises(RuleSetDamaged):
        rules.load(blob)


@pytest.mark.parametrize(
    ("name", "value", "error"), [("fold", "0-other", FoldMismatch), ("format", 9, RuleSetDamaged)]
)
def test_an_artefact_of_another_version_is_refused(
    name: str, value: object, error: type[RuleSetError]
) -> None:
    end = BLOB.index(b"\n") + 1
    header = json.loads(BLOB[:end]) | {name: value}
    del header["sha256"]
    body = BLOB[end:]
    blob = _line({**header, "sha256": _hash(header, [body])}) + body

    with pytest.raises(error):
        rules.load(blob)


def test_thresholds_out_of_bounds_are_refused_by_name() -> None:
    with pytest.raises(RuleSetError) as refused:
        rules.compile([], thresholds=Thresholds(review=0))

    assert [(fault.field, fault.code) for fault in refused.value.faults] == [
        ("thresholds.review", "out-of-range")
    ]

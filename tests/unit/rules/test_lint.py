"""The linter of rule lists: what it finds, what it leaves alone, and how it says so."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from moderation.rules import Action, Channel, DocumentError, Field, Format, Guard, Kind, Rule, Verdict
from moderation.rules.documents import key_of, numbered
from moderation.rules.lint import Code, Finding, Severity, findings_of_sample, lint, sentence, try_sample
from moderation.rules.lint.findings import SEVERITY_OF

NOW = 1_000


def a_rule(term: str, **changes: Any) -> Rule:
    made = Rule(key_of(term), term, Action.REVIEW, "other", 50)
    return replace(made, **changes)


def found(*rules: Rule, **settings: Any) -> list[tuple[Code, int | None, str]]:
    return [(each.code, each.place, each.other) for each in lint(rules, **settings)]


# One rule ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("term", ["的", "ab", "v", "110", "ＡＢ", "a1"])
def test_a_term_that_is_met_everywhere_is_too_short(term: str) -> None:
    assert found(a_rule(term)) == [(Code.TOO_SHORT, 0, "")]


@pytest.mark.parametrize("term", ["赌博", "abc", "1100", "微x"])
def test_a_longer_term_is_long_enough(term: str) -> None:
    assert found(a_rule(term)) == []


def test_an_allow_rule_may_be_short() -> None:
    assert found(a_rule("ab", action=Action.ALLOW), a_rule("x-ab-x", exceptions=("ab x-ab-x",))) == [
        (Code.ALLOW_IDLE, 0, "")
    ]


@pytest.mark.parametrize(
    ("term", "is_told"), [("赌博", True), ("abcd", True), ("赌博网", False), ("abcde", False)]
)
def test_a_short_term_without_guards_is_told(term: str, *, is_told: bool) -> None:
    assert found(a_rule(term, guards=frozenset())) == ([(Code.UNGUARDED, 0, "")] if is_told else [])
    assert found(a_rule(term, guards=frozenset({Guard.WORDS}))) == []


def test_a_common_word_is_told_where_the_words_are_known() -> None:
    costs = {"我们": 625, "赌博": 1_200}

    assert found(a_rule("我们"), a_rule("赌博"), word_costs=costs) == [(Code.ORDINARY_WORD, 0, "")]
    assert found(a_rule("我们")) == []


@pytest.mark.parametrize(
    ("term", "channels", "idle"),
    [
        ("赌博", {Channel.LEET}, "leet"),
        ("casino", {Channel.EXACT, Channel.PINYIN, Channel.HOMOPHONE}, "pinyin, homophone"),
        ("casino", {Channel.LEET, Channel.HOMOPHONE}, ""),
        ("赌博", {Channel.EXACT}, ""),
        ("赌博", {Channel.REVERSED, Channel.DIGIT}, "digit, reversed"),
        ("赌博", {Channel.REPEAT, Channel.DIGIT}, ""),
    ],
)
def test_disguises_that_a_term_cannot_take_are_told(term: str, channels: set[Channel], idle: str) -> None:
    told = found(a_rule(term, channels=frozenset(channels)))

    assert told == ([(Code.CHANNELS_IDLE, 0, idle)] if idle else [])


def test_a_rule_out_of_its_time_is_told_as_of_a_moment() -> None:
    past, coming = a_rule("旧活动", ends_at=NOW), a_rule("新活动", starts_at=NOW + 1)
    current = a_rule("此活动", starts_at=NOW, ends_at=NOW + 1)

    assert found(past, coming, current, now=NOW) == [(Code.EXPIRED, 0, ""), (Code.NOT_YET, 1, "")]
    assert found(past, coming, current) == []


def test_a_rule_that_is_none_is_an_error_and_troubles_nothing_else() -> None:
    told = found(a_rule("赌博", severity=0), a_rule("赌博"), a_rule("(a", kind=Kind.PATTERN))

    assert [(code, place) for code, place, _ in told] == [(Code.UNSOUND, 0), (Code.UNSOUND, 2)]
    assert told[0][2] == "severity: 0 is not between 1 and 100 (out-of-range)"


def test_what_only_compiling_finds_is_told_of_the_right_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    from moderation.rules.errors import Fault, RuleSetError
    from moderation.rules.lint import subjects

    def refuse(rules: Any) -> None:
        raise RuleSetError([Fault(rule.key, "term", "malformed", "cannot be") for rule in rules])

    monkeypatch.setattr(subjects, "compile_rules", refuse)

    told = subjects.unsound([a_rule("赌博"), a_rule("*", kind=Kind.LINK)])

    assert [(each.place, each.other) for each in told] == [(1, "term: cannot be (malformed)")]


def test_rules_of_other_kinds_are_spared_what_concerns_words() -> None:
    assert found(a_rule("links>=3", kind=Kind.SHAPE), a_rule("qq", kind=Kind.CONTACT)) == []


# Rules beside each other ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", ["賭博", "赌-博", "赌 博"])
def test_the_same_term_in_another_spelling_is_a_duplicate(spelling: str) -> None:
    assert found(a_rule("赌博"), a_rule(spelling)) == [(Code.DUPLICATE, 1, "赌博")]


def test_the_same_term_elsewhere_is_no_duplicate() -> None:
    here, there = a_rule("赌博", thread_key="a"), a_rule("賭博", thread_key="b")

    assert found(here, there) == []
    assert found(here, a_rule("賭博")) == [(Code.DUPLICATE, 1, "赌博")]


def test_a_longer_term_is_superfluous_beside_one_that_hits_in_it() -> None:
    assert found(a_rule("赌博网站"), a_rule("赌博"), a_rule("网上赌博网站")) == [
        (Code.SUBSUMED, 0, "赌博"),
        (Code.SUBSUMED, 2, "赌博"),
    ]


@pytest.mark.parametrize(
    ("short", "long"),
    [
        pytest.param({"action": Action.MASK}, {}, id="milder action"),
        pytest.param({}, {"action": Action.MASK}, id="the longer masks more"),
        pytest.param({"severity": 40}, {}, id="weighs less"),
        pytest.param({"category": "gambling"}, {}, id="another reason"),
        pytest.param({"fields": frozenset({Field.LINK})}, {}, id="other fields"),
        pytest.param({"thread_key": "a"}, {}, id="one thread only"),
        pytest.param({"starts_at": 5}, {}, id="begins"),
        pytest.param({"starts_at": 5}, {"starts_at": 4}, id="begins later"),
        pytest.param({"ends_at": 5}, {}, id="ends"),
        pytest.param({"ends_at": 5}, {"ends_at": 6}, id="ends sooner"),
        pytest.param({"channels": frozenset({Channel.EXACT})}, {}, id="fewer disguises"),
        pytest.param(
            {"channels": frozenset({Channel.EXACT})},
            {"channels": frozenset({Channel.FOLD})},
            id="other disguises",
        ),
        pytest.param({"guards": frozenset({Guard.WORDS})}, {}, id="guards not to be compared"),
        pytest.param(
            {"guards": frozenset({Guard.WORDS})}, {"guards": frozenset({Guard.GAPS})}, id="another guard"
        ),
        pytest.param({"exceptions": ("戒赌博",)}, {}, id="an exception"),
        pytest.param({"action": Action.ALLOW}, {}, id="allows"),
    ],
)
def test_a_longer_term_that_does_something_of_its_own_is_left_alone(
    short: dict[str, Any], long: dict[str, Any]
) -> None:
    told = found(a_rule("赌博", **short), a_rule("赌博网站", **long))

    assert Code.SUBSUMED not in {code for code, _, _ in told}


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ({"action": Action.BLOCK}, {"action": Action.MASK}),
        ({"starts_at": 4, "ends_at": 9}, {"starts_at": 5, "ends_at": 9}),
        ({"channels": frozenset(Channel)}, {"channels": frozenset({Channel.FOLD})}),
        ({"guards": frozenset({Guard.WORDS})}, {"guards": frozenset({Guard.WORDS})}),
    ],
)
def test_a_rule_that_does_as_much_makes_the_longer_superfluous(
    short: dict[str, Any], long: dict[str, Any]
) -> None:
    assert (Code.SUBSUMED, 1, "赌博") in found(a_rule("赌博", **short), a_rule("赌博网站", **long))


def test_no_guards_at_all_find_more_than_sound_ones() -> None:
    assert (Code.SUBSUMED, 1, "赌博网") in found(a_rule("赌博网", guards=frozenset()), a_rule("赌博网站"))


def test_a_term_that_is_not_found_in_the_longer_word_makes_nothing_superfluous() -> None:
    assert found(a_rule("sino"), a_rule("casino")) == []


def test_what_an_innocent_text_excuses_makes_nothing_superfluous() -> None:
    short, long = a_rule("赌博"), a_rule("赌博网站")

    assert found(short, long, exceptions=["戒赌博"]) == []
    assert found(short, long, a_rule("戒赌博", action=Action.ALLOW)) == []


# Exceptions and allow rules ---------------------------------------------------------------------------------------


def test_an_exception_that_is_the_term_kills_it() -> None:
    assert found(a_rule("和服", exceptions=("和 服", "和服务"))) == [(Code.NEVER_HITS, 0, "和 服")]


def test_an_exception_without_the_term_is_of_no_use() -> None:
    assert found(a_rule("和服", exceptions=("和平", "服"))) == [
        (Code.EXCEPTION_IDLE, 0, "和平"),
        (Code.EXCEPTION_IDLE, 0, "服"),
    ]


def test_an_exception_that_excuses_a_reading_is_of_use() -> None:
    assert found(a_rule("casino", exceptions=("cas1no royal", "cas-ino royal"))) == []


def test_an_exception_or_allow_rule_for_all_kills_a_term_that_is_the_same() -> None:
    assert found(a_rule("赌博"), exceptions=["賭博"]) == [(Code.NEVER_HITS, 0, "賭博")]
    assert (Code.NEVER_HITS, 0, "賭博") in found(a_rule("赌博"), a_rule("賭博", action=Action.ALLOW))


def test_an_allow_rule_of_one_thread_kills_nothing_elsewhere() -> None:
    told = found(a_rule("赌博"), a_rule("賭博", action=Action.ALLOW, thread_key="a"))

    assert Code.NEVER_HITS not in {code for code, _, _ in told}


def test_an_allow_rule_or_exception_in_which_nothing_hits_is_of_no_use() -> None:
    allowing = a_rule("增加维护", action=Action.ALLOW)

    assert found(a_rule("赌博"), allowing, exceptions=["天气很好", "戒赌博"]) == [
        (Code.ALLOW_IDLE, 1, ""),
        (Code.EXCEPTION_IDLE, None, "天气很好"),
    ]


def test_an_innocent_text_that_a_pattern_hits_is_of_use() -> None:
    pattern = a_rule("天.好", kind=Kind.PATTERN)

    assert found(pattern, a_rule("天气好", action=Action.ALLOW), exceptions=["天天好"]) == []


# Sentences --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", Code)
def test_every_finding_has_a_severity_and_a_sentence_in_both_languages(code: Code) -> None:
    finding = Finding(code, 0, "k", "赌博", "其他", 3, 40)

    assert finding.severity is SEVERITY_OF[code]
    assert sentence(finding, "zh") != sentence(finding, "en")
    assert "{" not in sentence(finding, "zh") + sentence(finding, "en")


def test_the_share_of_a_sample_is_said() -> None:
    finding = Finding(Code.HITS_SAMPLE, 0, "k", "赌博", "", 3, 40)

    assert sentence(finding, "en") == "“赌博” hits 3 of 40 texts of the sample (7.5%)"


def test_an_exception_of_the_set_is_said_without_a_term() -> None:
    finding = Finding(Code.EXCEPTION_IDLE, None, "", "", "天气")

    assert sentence(finding, "zh") == "全局例外“天气”无用：其中没有任何规则会命中"


# Samples ----------------------------------------------------------------------------------------------------------


def test_a_sample_tells_which_rules_hit_how_many() -> None:
    rules = [
        a_rule("赌博"),
        a_rule("天气", action=Action.MASK),
        a_rule("好天气", action=Action.ALLOW),
        a_rule("", severity=0),
    ]
    texts = ["去赌博，赌博", "天气", "天气", "天气", "好天气", "其他"]

    sample = try_sample(rules, texts)

    assert (sample.total, sample.hits) == (6, {0: 1, 1: 3})
    assert sample.verdicts == {Verdict.REVIEW: 1, Verdict.ALLOW: 5}
    assert sample.most_hitting(1) == [(1, 3)]
    assert [(each.place, each.count, each.total) for each in findings_of_sample(rules, sample)] == [(1, 3, 6)]


def test_an_empty_sample_tells_nothing() -> None:
    assert findings_of_sample([a_rule("赌博")], try_sample([a_rule("赌博")], [])) == []


def test_a_rare_hit_is_no_finding() -> None:
    sample = try_sample([a_rule("赌博")], ["赌博"] * 3 + ["天气"] * 197)

    assert findings_of_sample([a_rule("赌博")], sample) == []


# Lines ------------------------------------------------------------------------------------------------------------


def test_rules_are_numbered_by_their_lines() -> None:
    plain = numbered("赌博\n\n# x\n賭博\n", Format.TEXT)
    table = numbered('term,exceptions\n和服,"a\nb和服"\n赌博,\n', Format.CSV)
    listed = numbered('[{"term": "赌博"},\n {"term": "和服"}]', Format.JSON)
    whole = numbered('\ufeff{"rules": [\n{"term": "赌博"}]}', Format.JSON)

    assert [(line, rule.term) for line, rule in plain] == [(1, "赌博"), (4, "賭博")]
    assert [(line, rule.term) for line, rule in table] == [(3, "和服"), (4, "赌博")]
    assert [(line, rule.term) for line, rule in listed] == [(1, "赌博"), (2, "和服")]
    assert [(line, rule.term) for line, rule in whole] == [(2, "赌博")]
    with pytest.raises(DocumentError):
        numbered("term\n,", Format.JSON)


# Scale ------------------------------------------------------------------------------------------------------------


def test_findings_stand_in_the_order_of_the_rules_and_severities_do_not_mix_them_up() -> None:
    random = Random(7)
    rules = [a_rule("".join(random.choices("赌博网站上天气好", k=random.randint(1, 4)))) for _ in range(300)]

    told = lint(rules, exceptions=["不相干"])

    places = [len(rules) if each.place is None else each.place for each in told]
    assert places == sorted(places)
    assert {each.severity for each in told} >= {Severity.WARNING, Severity.HINT}

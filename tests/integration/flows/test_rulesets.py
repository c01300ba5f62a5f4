"""Rule set versions on both databases: imported whole, one active at most, live in every process."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.adapters.rulesets import LoadedRuleSets
from moderation.domain.comment import Status
from moderation.domain.errors import RuleSetUnknown, RulesInvalid, SiteUnknown
from moderation.domain.events import EventName
from moderation.domain.policy import Mode
from moderation.domain.ruleset import RuleSetState
from moderation.flows import rulesets
from moderation.flows.rulesets import ListedVersion
from moderation.ports import Services
from moderation.rules import Action, Channel, Document, Field, Guard, Kind, Rule, Thresholds, Verdict
from moderation.store.tables import AuditEvent, Evaluation, RuleSetVersion, StoredMatch
from tests.factories import a_comment, a_rule, a_site, active_rules

Race = Callable[[Sequence[Callable[[Session], Any]]], list[Any]]


def imported(session: Session, services: Services, term: str) -> int:
    return rulesets.import_rules("demo", "test", [a_rule(term)], session=session, services=services).number


def states(session: Session) -> dict[int, RuleSetState]:
    return {version.number: version.state for version in rulesets.list_versions("demo", session=session)}


def activations(session: Session) -> int:
    query = select(func.count()).where(AuditEvent.name == EventName.RULE_SET_ACTIVATED)
    return session.scalar(query) or 0


def test_an_import_is_a_draft_and_judges_nothing(session: Session, services: Services) -> None:
    a_site(session, services, mode=Mode.RULES)

    number = imported(session, services, "花海")

    assert states(session) == {number: RuleSetState.DRAFT}
    assert a_comment(session, services, "花海").status is Status.PUBLISHED
    with pytest.raises(RuleSetUnknown):
        rulesets.try_text("demo", {Field.TEXT: "花海"}, session=session, services=services)


FULL = Rule(
    key="k-1",
    term="加微信",
    action=Action.BLOCK,
    category="fraud",
    severity=90,
    exceptions=("不加微信",),
    fields=frozenset({Field.TEXT, Field.LINK}),
    channels=frozenset({Channel.EXACT}),
    thread_key="1553855",
    starts_at=1_700_000_000,
    ends_at=1_900_000_000,
    guards=frozenset({Guard.EDGES}),
)
UNGUARDED = dataclasses.replace(a_rule("二"), key="k-2", action=Action.SCORE, guards=frozenset())
LINKS = dataclasses.replace(a_rule("*"), key="k-3", kind=Kind.LINK)


def test_a_version_is_read_back_as_it_was_written(session: Session, services: Services) -> None:
    a_site(session, services)
    document = Document((FULL, UNGUARDED, LINKS), ("不加微信群",), Thresholds(review=None, block=90))
    number = rulesets.import_rules(
        "demo",
        "x",
        # The list's own order is not kept: rules have none.
        document.rules[::-1],
        exceptions=document.exceptions,
        thresholds=document.thresholds,
        session=session,
        services=services,
    ).number

    assert rulesets.export_rules("demo", number, session=session) == document


def test_a_version_may_have_no_rules_and_say_nothing_of_all(session: Session, services: Services) -> None:
    a_site(session, services)
    number = rulesets.import_rules("demo", "x", [], session=session, services=services).number

    assert rulesets.export_rules("demo", number, session=session) == Document(())


def test_what_holds_for_all_rules_judges_with_them(session: Session, services: Services) -> None:
    a_site(session, services)
    weak = [dataclasses.replace(a_rule(term), action=Action.SCORE, severity=50) for term in ("花海", "草地")]
    number = rulesets.import_rules(
        "demo",
        "x",
        weak,
        exceptions=["花海洋"],
        thresholds=Thresholds(block=75),
        session=session,
        services=services,
    ).number
    rulesets.activate("demo", number, session=session, services=services)

    def judged(text: str) -> tuple[Verdict, int]:
        found = rulesets.try_text("demo", {Field.TEXT: text}, session=session, services=services)
        return found.verdict, found.score

    assert judged("花海和草地") == (Verdict.BLOCK, 75)
    assert judged("花海洋和草地") == (Verdict.ALLOW, 50)


def test_a_comment_keeps_its_score_and_the_kinds_of_its_matches(session: Session, services: Services) -> None:
    a_site(session, services, mode=Mode.RULES)
    weak = dataclasses.replace(a_rule("花海"), action=Action.SCORE)
    long = dataclasses.replace(a_rule("length>=3"), key="long", kind=Kind.SHAPE, action=Action.SCORE)
    active_rules(session, services, [weak, long])

    assert a_comment(session, services, "花海，花海").status is Status.PENDING

    assert session.scalars(select(Evaluation.score)).one() == 75
    assert sorted(session.scalars(select(StoredMatch.kind))) == ["shape", "term", "term"]


def test_unsound_thresholds_are_refused(session: Session, services: Services) -> None:
    a_site(session, services)

    with pytest.raises(RulesInvalid, match=r"thresholds.certain: out-of-range"):
        rulesets.import_rules(
            "demo", "x", [], thresholds=Thresholds(certain=0), session=session, services=services
        )


def test_every_fault_of_an_import_is_named_and_nothing_is_stored(
    session: Session, services: Services
) -> None:
    a_site(session, services)
    wrong = [
        dataclasses.replace(a_rule("一"), category="nonsense"),
        dataclasses.replace(a_rule("二"), severity=0),
    ]

    with pytest.raises(RulesInvalid) as refused:
        rulesets.import_rules("demo", "x", wrong, session=session, services=services)

    assert len(refused.value.faults) == 2
    assert states(session) == {}


def test_what_is_not_there_is_unknown(session: Session, services: Services) -> None:
    a_site(session, services)

    with pytest.raises(RuleSetUnknown):
        rulesets.activate("demo", 1, session=session, services=services)
    with pytest.raises(RuleSetUnknown):
        rulesets.export_rules("demo", 1, session=session)
    with pytest.raises(SiteUnknown):
        rulesets.import_rules("nowhere", "x", [a_rule("一")], session=session, services=services)


def test_rolling_back_is_activating_the_one_before(session: Session, services: Services) -> None:
    a_site(session, services, mode=Mode.RULES)
    first = active_rules(session, services, [a_rule("花海")])
    second = active_rules(session, services, [a_rule("别的")])
    assert states(session) == {first: RuleSetState.RETIRED, second: RuleSetState.ACTIVE}
    assert a_comment(session, services, "花海").status is Status.PUBLISHED

    rulesets.activate("demo", first, session=session, services=services)

    assert states(session) == {first: RuleSetState.ACTIVE, second: RuleSetState.RETIRED}
    assert a_comment(session, services, "花海").status is Status.PENDING


def test_activating_the_active_one_leaves_no_trace(session: Session, services: Services) -> None:
    a_site(session, services)
    number = active_rules(session, services, [a_rule("花海")])

    rulesets.activate("demo", number, session=session, services=services)

    assert activations(session) == 1


def test_an_activation_is_live_in_every_process_at_once(session: Session, services: Services) -> None:
    a_site(session, services)
    elsewhere = dataclasses.replace(services, rule_sets=LoadedRuleSets())
    active_rules(session, services, [a_rule("花海")])
    texts = {Field.TEXT: "花海"}
    before = rulesets.try_text("demo", texts, session=session, services=elsewhere)
    active_rules(session, services, [a_rule("别的")])

    after = rulesets.try_text("demo", texts, session=session, services=elsewhere)

    assert (before.verdict, after.verdict) == (Verdict.REVIEW, Verdict.ALLOW)


def test_of_racing_activations_exactly_one_is_left_active(
    session: Session, services: Services, race: Race
) -> None:
    a_site(session, services)
    numbers = [imported(session, services, term) for term in ("一", "二", "三")]

    def activate(number: int) -> Callable[[Session], ListedVersion]:
        return lambda own: rulesets.activate("demo", number, session=own, services=services)

    for _ in range(5):
        results = race([activate(number) for number in (*numbers, numbers[0])])

        assert all(isinstance(result, ListedVersion) for result in results), results
        active = select(func.count()).where(RuleSetVersion.state == RuleSetState.ACTIVE)
        assert session.scalar(active) == 1
        session.rollback()


def test_racing_imports_get_numbers_of_their_own(session: Session, services: Services, race: Race) -> None:
    a_site(session, services)

    def importing(term: str) -> Callable[[Session], ListedVersion]:
        return lambda own: rulesets.import_rules("demo", "x", [a_rule(term)], session=own, services=services)

    results = race([importing(f"第{number}") for number in range(6)])

    assert all(isinstance(result, ListedVersion) for result in results), results
    assert sorted(result.number for result in results) == [1, 2, 3, 4, 5, 6]

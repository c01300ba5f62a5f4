"""Compiled again: what an upgrade or a disk made unreadable, once, whoever works at it, and never back and forth."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation import rules
from moderation.adapters.rulesets import LoadedRuleSets
from moderation.domain.comment import Status
from moderation.domain.events import ActorKind, EventName
from moderation.domain.policy import Mode
from moderation.flows import recompiling, rulesets
from moderation.flows.recompiling import Recompiled
from moderation.ports import Services
from moderation.rules import Action, Channel, Field, Rule, Thresholds
from moderation.rules.artefact import MADE_WITH
from moderation.store.tables import AuditEvent, RuleSetVersion
from tests.factories import a_comment, a_rule, a_site, active_rules
from tests.fakes import RecordingLog

Race = Callable[[Sequence[Callable[[Session], Any]]], list[Any]]
Become = Callable[[str], None]


@pytest.fixture
def become(monkeypatch: pytest.MonkeyPatch) -> Become:
    """Return a function that makes this process one of a release that folds otherwise."""
    return lambda fold: monkeypatch.setattr("moderation.rules.artefact.MADE_WITH", fold)


def events(session: Session) -> Sequence[AuditEvent]:
    query = select(AuditEvent).where(AuditEvent.name == EventName.RULE_SET_RECOMPILED).order_by(AuditEvent.id)
    found = session.scalars(query).all()
    session.rollback()
    return found


def is_loadable(session: Session, number: int) -> bool:
    blob = session.scalars(select(RuleSetVersion.artefact).where(RuleSetVersion.number == number)).one()
    session.rollback()
    try:
        rules.load(blob or b"")
    except rules.RuleSetError:
        return False
    return True


def damage(session: Session) -> None:
    session.execute(update(RuleSetVersion).values(artefact=b"cut"))
    session.commit()


def migrate(session: Session, services: Services) -> Recompiled:
    return recompiling.recompile_all(session=session, services=services)


def work(session: Session, services: Services) -> int:
    return recompiling.recompile_active(session=session, services=services)


def test_an_upgrade_that_folds_otherwise_leaves_no_version_behind(
    session: Session, services: Services, become: Become
) -> None:
    a_site(session, services, mode=Mode.RULES, is_honest=True)
    old = active_rules(session, services, [a_rule("加微信", Action.BLOCK)])
    new = active_rules(session, services, [a_rule("赌博", Action.BLOCK)])
    become("the next fold")
    upgraded = dataclasses.replace(services, rule_sets=LoadedRuleSets())
    assert a_comment(session, upgraded, "之前").status is Status.PENDING

    done = migrate(session, services)

    assert done == Recompiled(done=2, failed=0)
    assert is_loadable(session, old)
    assert is_loadable(session, new)
    restarted = dataclasses.replace(services, rule_sets=LoadedRuleSets())
    assert a_comment(session, restarted, "赌博网站").status is Status.REJECTED
    assert a_comment(session, restarted, "花海").status is Status.PUBLISHED


def test_a_second_time_there_is_nothing_to_do(session: Session, services: Services, become: Become) -> None:
    a_site(session, services)
    active_rules(session, services, [a_rule("花海")])
    become("the next fold")
    migrate(session, services)

    assert migrate(session, services) == Recompiled(done=0, failed=0)
    assert work(session, services) == 0
    assert len(events(session)) == 1


def test_it_is_audited_with_what_made_it_before_and_after(
    session: Session, services: Services, become: Become
) -> None:
    a_site(session, services)
    active_rules(session, services, [a_rule("花海")])
    before = session.scalars(select(RuleSetVersion.digest)).one()
    session.rollback()
    become("the next fold")

    migrate(session, services)

    event = events(session)[0]
    version = session.scalars(select(RuleSetVersion)).one()
    assert (event.actor_kind, event.reason) == (ActorKind.OPERATOR, "fold-mismatch")
    assert (event.subject_id, event.site_id) == (version.id, version.site_id)
    assert event.old["digest"] == before != version.digest == event.new["digest"]
    assert event.new["maker"]["fold"] == "the next fold"  # type: ignore[index]  # JSON


def test_the_rules_stay_as_they_were_written(session: Session, services: Services) -> None:
    a_site(session, services)
    rule = Rule(
        key="k-1",
        term="加微信",
        action=Action.BLOCK,
        category="fraud",
        severity=90,
        exceptions=("不加微信",),
        fields=frozenset({Field.TEXT}),
        channels=frozenset({Channel.EXACT, Channel.FOLD}),
        thread_key="1553855",
        starts_at=1_700_000_000,
        ends_at=1_900_000_000,
    )
    number = active_rules(session, services, [rule])
    blob = session.scalars(select(RuleSetVersion.artefact)).one()
    damage(session)

    migrate(session, services)

    assert session.scalars(select(RuleSetVersion.artefact)).one() == blob
    assert rulesets.export_rules("demo", number, session=session).rules == (rule,)


def test_the_same_list_is_compiled_to_the_same_bytes(session: Session, services: Services) -> None:
    a_site(session, services)
    # Databases differ in where they sort a hyphen.
    listed = [dataclasses.replace(a_rule(key), key=key) for key in ("b", "a-c", "ab", "a1", "a")]
    rulesets.import_rules(
        "demo",
        "x",
        listed,
        exceptions=["abc"],
        thresholds=Thresholds(block=90),
        session=session,
        services=services,
    )
    blob = session.scalars(select(RuleSetVersion.artefact)).one()
    damage(session)

    migrate(session, services)

    assert session.scalars(select(RuleSetVersion.artefact)).one() == blob
    again = rulesets.import_rules(
        "demo",
        "x",
        listed[::-1],
        exceptions=["abc"],
        thresholds=Thresholds(block=90),
        session=session,
        services=services,
    )
    assert blob is not None
    assert again.digest == rules.load(blob).digest


def test_the_worker_mends_what_is_in_force_and_says_so(session: Session, services: Services) -> None:
    a_site(session, services)
    former = active_rules(session, services, [a_rule("别的")])
    active = active_rules(session, services, [a_rule("花海")])
    damage(session)

    assert (work(session, services), work(session, services)) == (1, 0)

    assert is_loadable(session, active)
    assert not is_loadable(session, former)
    assert [(event.actor_kind, event.reason) for event in events(session)] == [(ActorKind.RULES, "damaged")]


def test_of_several_who_mend_at_once_one_does_it(session: Session, services: Services, race: Race) -> None:
    a_site(session, services)
    active_rules(session, services, [a_rule("花海")])
    damage(session)

    done = race([lambda own: migrate(own, services), *[lambda own: work(own, services)] * 3])

    assert not [error for error in done if isinstance(error, Exception)]
    assert len(events(session)) == 1
    assert is_loadable(session, 1)


def test_workers_of_two_releases_do_not_undo_one_another(
    session: Session, services: Services, become: Become, log: RecordingLog
) -> None:
    a_site(session, services)
    active_rules(session, services, [a_rule("花海")])
    become("the next fold")
    assert work(session, services) == 1

    become(MADE_WITH)
    by_the_old_one = work(session, services)

    assert by_the_old_one == 0
    assert log.lines[-1][0] == "rule-set.of-another-release"
    become("the next fold")
    assert is_loadable(session, 1)


def test_an_upgrade_taken_back_is_an_order_to_go_back(
    session: Session, services: Services, become: Become
) -> None:
    a_site(session, services)
    active_rules(session, services, [a_rule("花海")])
    become("the next fold")
    migrate(session, services)

    become(MADE_WITH)

    assert migrate(session, services).done == 1
    assert is_loadable(session, 1)


def test_what_another_release_made_is_mended_all_the_same_when_it_is_damaged(
    session: Session, services: Services, become: Become
) -> None:
    a_site(session, services)
    active_rules(session, services, [a_rule("花海")])
    become("the next fold")
    migrate(session, services)
    damage(session)

    become(MADE_WITH)

    assert work(session, services) == 1


def test_rules_that_are_no_longer_sound_are_counted_and_named_in_the_log(
    session: Session, services: Services, log: RecordingLog
) -> None:
    from moderation.store.tables import StoredRule

    a_site(session, services)
    active_rules(session, services, [a_rule("花海")])
    session.execute(update(StoredRule).values(term="\u200b"))
    session.commit()
    damage(session)

    assert migrate(session, services) == Recompiled(done=0, failed=1)
    assert work(session, services) == 0
    assert "rule-set.failed" in [event for event, _ in log.lines]
    assert events(session) == []

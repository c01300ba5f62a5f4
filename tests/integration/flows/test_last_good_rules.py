"""A new version that cannot be loaded: the process that holds the former one judges by it, and says so."""

import dataclasses

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.adapters.rulesets import LoadedRuleSets
from moderation.domain.comment import Status
from moderation.domain.policy import Mode
from moderation.ports import Services
from moderation.rules import Action, Verdict
from moderation.store.tables import Evaluation, RuleSetVersion
from tests.factories import a_comment, a_rule, a_site, active_rules
from tests.fakes import RecordingLog


def ids_by_number(session: Session) -> dict[int, str]:
    found = session.execute(select(RuleSetVersion.number, RuleSetVersion.id))
    numbers = {number: str(rule_set_id) for number, rule_set_id in found}
    session.rollback()
    return numbers


def damage(session: Session, number: int) -> None:
    session.execute(update(RuleSetVersion).where(RuleSetVersion.number == number).values(artefact=b"cut"))
    session.commit()


def test_comments_are_judged_by_the_last_good_version(
    session: Session, services: Services, log: RecordingLog
) -> None:
    a_site(session, services, mode=Mode.RULES)
    good = active_rules(session, services, [a_rule("加微信", Action.BLOCK)])
    a_comment(session, services, "之前")
    bad = active_rules(session, services, [a_rule("别的词", Action.BLOCK)])
    damage(session, bad)

    clean = a_comment(session, services, "花海")
    flagged = a_comment(session, services, "加微信 abc")

    ids = ids_by_number(session)
    judged_by = session.scalars(
        select(Evaluation.rule_set_id).where(Evaluation.comment_id == flagged.comment_id)
    )
    assert clean.status is Status.PUBLISHED
    assert session.scalars(select(Evaluation.verdict)).all().count(Verdict.BLOCK) == 1
    assert str(judged_by.one()) == ids[good]
    told = [fields for event, fields in log.lines if event == "rule-set.failed"]
    assert [(line["rule_set_id"], line["judged_by"]) for line in told] == [(ids[bad], ids[good])]


def test_a_process_without_a_good_version_leaves_comments_to_a_person(
    session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.RULES)
    damage(session, active_rules(session, services, [a_rule("加微信", Action.BLOCK)]))
    fresh = dataclasses.replace(services, rule_sets=LoadedRuleSets())

    assert a_comment(session, fresh, "花海").status is Status.PENDING

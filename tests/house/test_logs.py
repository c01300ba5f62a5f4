"""Nothing of a reader stands in a log: no text, no name, no address, no token; whatever happened."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from moderation.adapters.rulesets import LoadedRuleSets
from moderation.domain.account import Role
from moderation.domain.errors import ModerationError
from moderation.domain.policy import ChallengeMode, Mode
from moderation.domain.review import DecisionKind
from moderation.flows import challenges, delivery, review
from moderation.flows.review import Reviewer, Ruling
from moderation.ports import Services
from moderation.rules import Action
from moderation.store.tables import AuditEvent, OutboxMessage
from tests.factories import (
    LEASE_TOKEN,
    a_claim,
    a_comment,
    a_rule,
    a_site,
    active_rules,
    an_account,
    an_asking,
)
from tests.fakes import RecordingLog

PERSONAL = {
    "text": "这是秘密的正文",
    "nickname": "秘密的名字",
    "link": "https://secret-link.example",
    "author_token": "mod_author_" + "s" * 43,
    "client": "198.51.100.77",
}


def a_whole_life(session: Session, services: Services) -> None:
    """Post, fail, break, decide, undo and tell."""
    site = a_site(session, services, challenge=ChallengeMode.IMAGE)
    active_rules(session, services, [a_rule("秘密"), a_rule("正文", Action.MASK)])
    account_id = an_account(session, services, role=Role.SENIOR)
    answers = {"challenge_answer": "1"}
    for services_now in (services, replace(services, rule_sets=LoadedRuleSets())):
        key = f"secret-key-{answers['challenge_answer']}"
        issued = challenges.issue(an_asking(), seconds=60, session=session, services=services)
        fields: dict[str, object] = {"challenge_id": issued.id, **answers, **PERSONAL, "idempotency_key": key}
        said = str(fields.pop("text"))
        a_comment(session, services_now, said, **fields)
        with pytest.raises(ModerationError):
            a_comment(session, services_now, said, **(fields | {"idempotency_key": "other"}))
        session.execute(text("UPDATE rule_sets SET artefact = :broken"), {"broken": b"x"})
        session.commit()
        answers["challenge_answer"] = "2"
    person = Reviewer(account_id=account_id, name="Lin", site_ids=(site,), senior_site_ids=(site,))
    held = a_claim(session, services, person)
    assert held is not None
    ruling = Ruling(
        item_id=held.item_id, lease_token=LEASE_TOKEN, revision=1, kind=DecisionKind.APPROVE, note="秘密"
    )
    decided = review.decide(ruling, reviewer=person, session=session, services=services)
    review.undo(decided.decision_id, token=LEASE_TOKEN, reviewer=person, session=session, services=services)
    delivery.drain(session=session, services=services)


def test_logs_audit_and_outbox_tell_nothing_of_a_reader(
    session: Session, services: Services, log: RecordingLog
) -> None:
    a_whole_life(session, services)

    audit = session.execute(select(AuditEvent.old, AuditEvent.new, AuditEvent.reason)).all()
    told = session.scalars(select(OutboxMessage.payload)).all()
    everything = repr((log.lines, audit, told))
    assert {"comment.received", "rule-set.failed", "item.decided", "outbox.told"} <= {
        event for event, _ in log.lines
    }
    for secret in (*PERSONAL.values(), "secret-key", "秘密", "mod_lease_", "198.51.100"):
        assert secret not in everything


def test_events_in_the_log_are_named_like_those_of_the_audit(
    session: Session, services: Services, log: RecordingLog
) -> None:
    a_whole_life(session, services)

    assert all(re.fullmatch(r"[a-z-]+\.[a-z-]+", event) for event, _ in log.lines)


def test_a_mode_is_told_by_its_value(session: Session, services: Services) -> None:
    a_site(session, services, mode=Mode.POST)

    assert session.scalars(select(AuditEvent.new)).one()["mode"] == "post"

"""Intake, whole: from a draft to what stands in the store, on both databases."""

from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.policy import Mode
from moderation.ports import Services
from moderation.rules import Action
from tests.factories import a_comment, a_rule, a_site, active_rules


def test_a_comment_on_a_new_site_waits_for_a_person(session: Session, services: Services) -> None:
    a_site(session, services)

    receipt = a_comment(session, services)

    assert receipt.status is Status.PENDING
    assert receipt.thread.count == 0


def test_an_innocent_comment_shows_at_once_where_only_flagged_ones_wait(
    session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.RULES)
    active_rules(session, services, [a_rule("加微信", Action.BLOCK)])

    receipt = a_comment(session, services)

    assert receipt.status is Status.PUBLISHED
    assert receipt.thread.count == 1

"""The one door: whatever changes a status writes audit, outbox, version and counts with it, or nothing at all."""

from itertools import product
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.domain.comment import Status, may_become
from moderation.domain.errors import CommentUnknown
from moderation.domain.events import EVENT_AFTER, Actor, ActorKind, EventName
from moderation.domain.policy import Mode
from moderation.domain.reasons import Reason
from moderation.ports import Services
from moderation.store import changes
from moderation.store.tables import AuditEvent, Comment, OutboxMessage, Site, Thread
from moderation.store.transaction import transaction
from tests.factories import a_comment, a_site

ACTOR = Actor(ActorKind.ACCOUNT, uuid4())
ALLOWED = [(old, new) for old, new in product(Status, Status) if may_become(old, new)]
REFUSED = [(old, new) for old, new in product(Status, Status) if old is not new and not may_become(old, new)]


def give(session: Session, services: Services, comment_id: UUID, *statuses: Status) -> None:
    moment = changes.Moment(now=services.clock.now(), new_id=services.ids.new)
    for status in statuses:
        reason = Reason.INSULT if status is Status.REJECTED else None
        with transaction(session):
            site_id = session.scalars(select(Site.id)).one()
            comment = changes.lock_comment(session, site_id, comment_id)
            changes.apply(session, comment, status, reason=reason, actor=ACTOR, moment=moment)


def written(session: Session) -> tuple[int, int]:
    return (
        session.scalar(select(func.count()).select_from(AuditEvent)) or 0,
        session.scalar(select(func.count()).select_from(OutboxMessage)) or 0,
    )


def way_to(status: Status) -> tuple[Status, ...]:
    return () if status is Status.PENDING else (status,)


@pytest.mark.parametrize(("old", "new"), ALLOWED, ids=str)
def test_a_change_writes_everything_that_follows_from_it(
    session: Session, services: Services, old: Status, new: Status
) -> None:
    a_site(session, services)
    comment_id = a_comment(session, services).comment_id
    give(session, services, comment_id, *way_to(old))
    audit, outbox = written(session)
    version = session.scalars(select(Thread.version)).one()

    give(session, services, comment_id, new)

    comment = session.get_one(Comment, comment_id)
    thread = session.scalars(select(Thread)).one()
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    message = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(1)).one()
    assert written(session) == (audit + 1, outbox + 1)
    assert (event.name, event.actor_id, event.old, event.new) == (
        EVENT_AFTER[new],
        ACTOR.id,
        {"status": old},
        {"status": new, "revision": 1},
    )
    assert (message.name, message.subject_id) == (EVENT_AFTER[new], comment_id)
    assert thread.published_count == (new is Status.PUBLISHED)
    assert thread.version == version + (Status.PUBLISHED in {old, new})
    assert comment.is_listed == (new is Status.PUBLISHED)
    assert comment.reason == (Reason.INSULT if new is Status.REJECTED else None)
    assert comment.decided_at == (None if new is Status.PENDING else services.clock.now())


@pytest.mark.parametrize(("old", "new"), REFUSED, ids=str)
def test_a_transition_that_does_not_exist_changes_nothing(
    session: Session, services: Services, old: Status, new: Status
) -> None:
    a_site(session, services)
    comment_id = a_comment(session, services).comment_id
    give(session, services, comment_id, *way_to(old))
    before = written(session)

    with pytest.raises(ValueError, match="cannot become"):
        give(session, services, comment_id, new)

    assert session.get_one(Comment, comment_id, populate_existing=True).status is old
    assert written(session) == before


@pytest.mark.parametrize("status", Status)
def test_asking_for_the_status_it_has_leaves_no_trace(
    session: Session, services: Services, status: Status
) -> None:
    a_site(session, services)
    comment_id = a_comment(session, services).comment_id
    give(session, services, comment_id, *way_to(status))
    before = written(session)

    give(session, services, comment_id, status)

    assert written(session) == before


def test_receiving_is_an_event_of_its_own(session: Session, services: Services) -> None:
    a_site(session, services, mode=Mode.POST)
    comment_id = a_comment(session, services).comment_id

    names = session.scalars(
        select(AuditEvent.name).where(AuditEvent.subject_id == comment_id).order_by(AuditEvent.id)
    ).all()

    assert names == [EventName.COMMENT_RECEIVED, EventName.COMMENT_PUBLISHED]


def test_a_failure_after_the_door_takes_everything_back(session: Session, services: Services) -> None:
    a_site(session, services)
    comment_id = a_comment(session, services).comment_id
    before = written(session)
    site_id = session.scalars(select(Site.id)).one()
    moment = changes.Moment(now=services.clock.now(), new_id=services.ids.new)

    def publish_and_fail() -> None:
        with transaction(session):
            comment = changes.lock_comment(session, site_id, comment_id)
            changes.apply(session, comment, Status.PUBLISHED, actor=ACTOR, moment=moment)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        publish_and_fail()

    assert session.get_one(Comment, comment_id, populate_existing=True).status is Status.PENDING
    assert written(session) == before
    assert session.scalars(select(Thread.published_count)).one() == 0


def test_another_sites_comment_is_unknown_at_the_door(session: Session, services: Services) -> None:
    a_site(session, services)
    comment_id = a_comment(session, services).comment_id

    with pytest.raises(CommentUnknown):
        changes.lock_comment(session, uuid4(), comment_id)

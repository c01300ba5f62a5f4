"""Emergencies on both databases: over every mode while they hold, and afterwards as if they had not been."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.comment import Status
from moderation.domain.errors import Invalid, SiteUnknown, ThreadClosed
from moderation.domain.policy import Emergency, Mode, mode_in_force
from moderation.flows import emergencies, reading, sites
from moderation.flows.reading import PageQuery
from moderation.flows.sites import SiteSettings
from moderation.ports import Services
from moderation.store.tables import AuditEvent, Site
from tests.factories import a_comment, a_site, an_account


@pytest.fixture
def site(session: Session, services: Services) -> UUID:
    """Make a site that shows first."""
    return a_site(session, services, mode=Mode.POST)


@pytest.fixture
def account_id(session: Session, services: Services, site: UUID) -> UUID:  # noqa: ARG001 - he works there
    """Make a senior."""
    return an_account(session, services, "chen")


def declare(
    session: Session,
    services: Services,
    account_id: UUID,
    site: UUID,
    kind: Emergency,
    *,
    note: str | None = None,
) -> None:
    emergencies.declare(
        "demo", kind, note, account_id=account_id, site_ids=(site,), session=session, services=services
    )


def end(session: Session, services: Services, account_id: UUID, site: UUID, kind: Emergency) -> None:
    emergencies.end("demo", kind, account_id=account_id, site_ids=(site,), session=session, services=services)


def shown(session: Session, thread_key: str = "1553855") -> tuple[str, bool, Mode]:
    page = reading.thread_page(
        PageQuery(site_key="demo", thread_key=thread_key), frozenset(), session=session
    )
    assert page.body is not None
    return page.etag, page.body.thread.is_open, page.body.form.mode


def test_a_frozen_site_takes_no_comment_anywhere_and_readers_see_it_at_once(
    session: Session, services: Services, account_id: UUID, site: UUID
) -> None:
    before = shown(session)
    declare(session, services, account_id, site, Emergency.FROZEN)

    for thread_key in ("1553855", "another"):
        with pytest.raises(ThreadClosed):
            a_comment(session, services, thread_key=thread_key)
    etag, is_open, mode = shown(session)
    assert etag != before[0]
    assert (is_open, mode) == (False, Mode.CLOSED)
    end(session, services, account_id, site, Emergency.FROZEN)
    assert a_comment(session, services).status is Status.PUBLISHED
    assert shown(session)[1:] == before[1:]
    assert shown(session)[0] not in {etag, before[0]}


def test_held_everything_waits_even_on_a_thread_of_another_mode(
    session: Session, services: Services, account_id: UUID, site: UUID
) -> None:
    a_comment(session, services)
    sites.set_thread_mode("demo", "1553855", Mode.POST, session=session, services=services)
    declare(session, services, account_id, site, Emergency.HELD)

    assert a_comment(session, services, "第二条").status is Status.PENDING
    assert shown(session)[2] is Mode.PRE
    end(session, services, account_id, site, Emergency.HELD)
    assert a_comment(session, services, "第三条").status is Status.PUBLISHED


def test_what_was_set_meanwhile_holds_when_the_emergency_ends(
    session: Session, services: Services, account_id: UUID, site: UUID
) -> None:
    declare(session, services, account_id, site, Emergency.HELD)
    declare(session, services, account_id, site, Emergency.FROZEN)
    sites.change("demo", SiteSettings(mode=Mode.RULES), session=session, services=services)

    assert shown(session)[2] is Mode.CLOSED
    end(session, services, account_id, site, Emergency.FROZEN)
    assert shown(session)[2] is Mode.PRE
    end(session, services, account_id, site, Emergency.HELD)
    assert shown(session)[2] is Mode.RULES
    assert sites.find("demo", session=session).mode is Mode.RULES


def test_beginning_and_ending_twice_is_doing_it_once(
    session: Session, services: Services, account_id: UUID, site: UUID
) -> None:
    end(session, services, account_id, site, Emergency.FROZEN)
    declare(session, services, account_id, site, Emergency.FROZEN, note="灌水攻击")
    declare(session, services, account_id, site, Emergency.FROZEN, note="另一个理由")
    [holds] = emergencies.holding((site,), session=session)
    end(session, services, account_id, site, Emergency.FROZEN)
    end(session, services, account_id, site, Emergency.FROZEN)

    assert (holds.kind, holds.note, holds.by, holds.site_key) == (
        Emergency.FROZEN,
        "灌水攻击",
        "Chen",
        "demo",
    )
    assert emergencies.holding((site,), session=session) == []
    events = session.scalars(select(AuditEvent).where(AuditEvent.reason == "emergency")).all()
    assert [(event.old, event.new) for event in events] == [
        ({"frozen": False}, {"frozen": True}),
        ({"frozen": True}, {"frozen": False}),
    ]
    assert {event.actor_id for event in events} == {account_id}
    assert "灌水" not in repr([(event.old, event.new) for event in events])


def test_nobody_freezes_or_sees_another_site(
    session: Session, services: Services, account_id: UUID, site: UUID
) -> None:
    other = a_site(session, services, "other")
    declare(session, services, account_id, site, Emergency.HELD)

    for sites_of_asker in ((other,), (), (uuid4(),)):
        for act in (declare, end):
            with pytest.raises(SiteUnknown):
                act(session, services, account_id, next(iter(sites_of_asker), uuid4()), Emergency.FROZEN)
        assert emergencies.holding(sites_of_asker, session=session) == []

    session.rollback()
    assert session.scalars(select(Site.frozen_at)).all() == [None, None]


@pytest.mark.parametrize("note", ["字" * 301, "\x00", "两\n行"])
def test_an_unsound_reason_freezes_nothing(
    session: Session, services: Services, account_id: UUID, site: UUID, note: str
) -> None:
    with pytest.raises(Invalid):
        declare(session, services, account_id, site, Emergency.FROZEN, note=note)

    assert emergencies.holding((site,), session=session) == []


@pytest.mark.parametrize("site_mode", Mode)
@pytest.mark.parametrize("thread_mode", [None, *Mode])
def test_the_mode_in_force_is_the_strictest_that_applies(site_mode: Mode, thread_mode: Mode | None) -> None:
    own = thread_mode or site_mode
    is_closed = Mode.CLOSED in (site_mode, own)

    def force(*, is_frozen: bool, is_held: bool) -> Mode:
        return mode_in_force(site_mode, thread_mode, is_frozen=is_frozen, is_held=is_held)

    assert force(is_frozen=True, is_held=False) is force(is_frozen=True, is_held=True) is Mode.CLOSED
    assert force(is_frozen=False, is_held=True) is (Mode.CLOSED if is_closed else Mode.PRE)
    assert force(is_frozen=False, is_held=False) is (Mode.CLOSED if is_closed else own)

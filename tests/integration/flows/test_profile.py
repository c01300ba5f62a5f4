"""One's own account on both databases: details, password, keys, sessions."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.account import Details, Opened, SessionLife
from moderation.domain.errors import Fault, Invalid, SignInFailed
from moderation.domain.events import EventName
from moderation.flows import accounts, profile
from moderation.flows.accounts import SignedIn
from moderation.ports import Services
from moderation.store.tables import Account, AuditEvent
from tests.factories import PASSWORD, a_site, an_account

LIFE = SessionLife(absolute=timedelta(hours=12), idle=timedelta(minutes=60))
NEW = "another horse battery"


@pytest.fixture
def lin(session: Session, services: Services) -> UUID:
    a_site(session, services)
    return an_account(session, services)


def sign_in(session: Session, services: Services, password: str = PASSWORD) -> SignedIn:
    entered = accounts.sign_in(
        "lin", password, life=LIFE, browser="Edge · Windows", session=session, services=services
    )
    assert isinstance(entered, Opened)
    found = accounts.find_signed_in(entered.token, life=LIFE, session=session, services=services)
    assert found is not None
    return found


def open_sessions(session: Session, services: Services, account_id: UUID) -> list[UUID]:
    own = profile.look_at(account_id, life=LIFE, session=session, services=services)
    return [row.id for row in own.sessions]


def last_event(session: Session) -> AuditEvent:
    found = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    session.expunge(found)
    return found


def test_details_are_changed_and_told_without_the_name(
    session: Session, services: Services, lin: UUID
) -> None:
    details = Details(name=" 林晓 ", language="en", time_zone="Europe/Berlin")

    profile.change(lin, details, session=session, services=services)

    found = sign_in(session, services)
    assert (found.name, found.language, found.time_zone) == ("林晓", "en", "Europe/Berlin")
    told = session.scalars(select(AuditEvent).where(AuditEvent.name == EventName.ACCOUNT_CHANGED)).one()
    assert told.old == {"language": "zh-CN", "time_zone": "Asia/Shanghai"}
    assert told.new == {"language": "en", "time_zone": "Europe/Berlin", "name": "changed"}


@pytest.mark.parametrize(
    ("details", "pointer"),
    [
        (Details(name="", language="en", time_zone="UTC"), "/name"),
        (Details(name="x" * 65, language="en", time_zone="UTC"), "/name"),
        (Details(name="a\nb", language="en", time_zone="UTC"), "/name"),
        (Details(name="a\x00b", language="en", time_zone="UTC"), "/name"),
        (Details(name="x", language="de", time_zone="UTC"), "/language"),
        (Details(name="x", language="en", time_zone="../../etc/passwd"), "/time_zone"),
        (Details(name="x", language="en", time_zone=""), "/time_zone"),
    ],
)
def test_details_that_do_not_hold_change_nothing(
    session: Session, services: Services, lin: UUID, details: Details, pointer: str
) -> None:
    with pytest.raises(Invalid) as caught:
        profile.change(lin, details, session=session, services=services)

    assert [fault.pointer for fault in caught.value.faults] == [pointer]
    assert sign_in(session, services).name == "Lin"


def test_a_new_password_asks_for_the_old_and_ends_the_other_sessions(
    session: Session, services: Services, lin: UUID
) -> None:
    here = sign_in(session, services)
    sign_in(session, services)

    profile.change_password(lin, here.session_id, old=PASSWORD, new=NEW, session=session, services=services)

    assert open_sessions(session, services, lin) == [here.session_id]
    assert last_event(session).name is EventName.ACCOUNT_PASSWORD_SET
    with pytest.raises(SignInFailed):
        sign_in(session, services)
    assert sign_in(session, services, NEW).login == "lin"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("wrong", NEW, Fault("/old_password", "wrong")),
        ("x" * 201, NEW, Fault("/old_password", "wrong")),
        ("", NEW, Fault("/old_password", "wrong")),
        (PASSWORD, "short", Fault("/new_password", "too-short", 12)),
        (PASSWORD, "x" * 201, Fault("/new_password", "too-long", 200)),
    ],
)
def test_a_password_change_that_does_not_hold_changes_nothing(
    session: Session, services: Services, lin: UUID, *, old: str, new: str, fault: Fault
) -> None:
    here = sign_in(session, services)

    with pytest.raises(Invalid) as caught:
        profile.change_password(lin, here.session_id, old=old, new=new, session=session, services=services)

    assert list(caught.value.faults) == [fault]
    assert sign_in(session, services).login == "lin"


def test_only_keys_that_differ_are_kept(session: Session, services: Services, lin: UUID) -> None:
    keys = {"approve": "KeyV", "reject": "KeyR"}

    profile.set_keys(lin, keys, session=session, services=services)

    assert sign_in(session, services).keys == {"approve": "KeyV"}
    told = session.scalars(select(AuditEvent).where(AuditEvent.name == EventName.ACCOUNT_CHANGED)).one()
    assert (told.old, told.new) == ({"key_approve": "KeyA"}, {"key_approve": "KeyV"})
    profile.reset_keys(lin, session=session, services=services)
    assert sign_in(session, services).keys == {}


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ({"approve": "KeyR"}, "taken"),
        ({"approve": "KeyV", "reject": "KeyV"}, "taken"),
        ({"approve": "Enter; drop"}, "malformed"),
        ({"fly": "KeyV"}, "unknown"),
    ],
)
def test_keys_in_conflict_change_nothing(
    session: Session, services: Services, lin: UUID, keys: dict[str, str], code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        profile.set_keys(lin, keys, session=session, services=services)

    assert {fault.code for fault in caught.value.faults} == {code}
    assert session.scalars(select(Account.keys)).one() == {}


def test_keys_may_change_places(session: Session, services: Services, lin: UUID) -> None:
    profile.set_keys(lin, {"approve": "KeyR", "reject": "KeyA"}, session=session, services=services)

    assert sign_in(session, services).keys == {"approve": "KeyR", "reject": "KeyA"}


def test_sessions_are_ended_one_by_one_or_all_but_this(
    session: Session, services: Services, lin: UUID
) -> None:
    here, second, third = (sign_in(session, services) for _ in range(3))
    own = profile.look_at(lin, life=LIFE, session=session, services=services)
    assert {row.browser for row in own.sessions} == {"Edge · Windows"}

    profile.end_session(lin, second.session_id, session=session, services=services)
    assert set(open_sessions(session, services, lin)) == {here.session_id, third.session_id}
    profile.end_other_sessions(lin, here.session_id, session=session, services=services)
    assert open_sessions(session, services, lin) == [here.session_id]
    count = len(session.scalars(select(AuditEvent.id)).all())
    session.rollback()
    profile.end_other_sessions(lin, here.session_id, session=session, services=services)
    profile.end_session(lin, second.session_id, session=session, services=services)
    assert len(session.scalars(select(AuditEvent.id)).all()) == count


def test_a_session_of_a_colleague_is_not_ended(session: Session, services: Services, lin: UUID) -> None:
    wang = an_account(session, services, "wang")
    theirs = sign_in(session, services)

    profile.end_session(wang, theirs.session_id, session=session, services=services)

    assert open_sessions(session, services, lin) == [theirs.session_id]

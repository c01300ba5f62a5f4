"""Accounts on both databases: who gets in, for how long, and what the operator may set."""

import dataclasses
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.adapters.secrets import KeyedSecrets
from moderation.domain.account import Opened, Permission, Role, SessionLife
from moderation.domain.errors import AccountUnknown, Fault, Invalid, NameTaken, SignInFailed, SiteUnknown
from moderation.domain.events import EventName
from moderation.flows import accounts
from moderation.flows.accounts import NewAccount, SignedIn
from moderation.ports import Services
from moderation.store.tables import Account, AccountSession, AuditEvent, Membership
from tests.conftest import SECRET
from tests.factories import PASSWORD, a_site, an_account
from tests.fakes import FrozenClock, QuickSecrets

LIFE = SessionLife(absolute=timedelta(hours=12), idle=timedelta(minutes=60))


def sign_in(session: Session, services: Services, login: str = "lin", password: str = PASSWORD) -> str:
    entered = accounts.sign_in(login, password, life=LIFE, session=session, services=services)
    assert isinstance(entered, Opened)
    return entered.token


def who(session: Session, services: Services, token: str) -> SignedIn | None:
    return accounts.find_signed_in(token, life=LIFE, session=session, services=services)


def events(session: Session) -> list[EventName]:
    return list(session.scalars(select(AuditEvent.name).order_by(AuditEvent.id)))


def test_a_right_password_opens_a_session(session: Session, services: Services) -> None:
    site = a_site(session, services)
    account_id = an_account(session, services, role=Role.SENIOR)

    found = who(session, services, sign_in(session, services, "LIN"))

    assert found is not None
    assert (found.account_id, found.name) == (account_id, "Lin")
    assert found.sites_with(Permission.SENIOR_REVIEW) == (site,)
    assert found.sites_with(Permission.CONFIGURE) == ()
    assert events(session)[-2:] == [EventName.ACCOUNT_CREATED, EventName.ACCOUNT_SIGNED_IN]


@pytest.mark.parametrize(
    ("login", "password"),
    [
        pytest.param("lin", "wrong horse battery", id="a wrong password"),
        pytest.param("lin", "", id="no password"),
        pytest.param("lin", "x" * 201, id="a password too long to stretch"),
        pytest.param("nobody", PASSWORD, id="an unknown login"),
        pytest.param("lin\x00", PASSWORD, id="NUL in a login"),
        pytest.param("林", PASSWORD, id="a login that cannot be one"),
    ],
)
def test_nobody_else_gets_in(session: Session, services: Services, login: str, password: str) -> None:
    an_account(session, services)

    with pytest.raises(SignInFailed):
        sign_in(session, services, login, password)

    assert session.scalars(select(AccountSession)).all() == []


def test_a_disabled_account_is_out_at_once(session: Session, services: Services, clock: FrozenClock) -> None:
    an_account(session, services)
    token = sign_in(session, services)
    session.execute(update(Account).values(disabled_at=clock.now()))
    session.commit()

    assert who(session, services, token) is None
    with pytest.raises(SignInFailed):
        sign_in(session, services)
    assert accounts.list_all(session=session)[0].is_disabled


def test_a_session_ends_without_use(session: Session, services: Services, clock: FrozenClock) -> None:
    an_account(session, services)
    token = sign_in(session, services)
    clock.move(minutes=59)
    assert who(session, services, token) is not None
    clock.move(minutes=59)
    assert who(session, services, token) is not None
    clock.move(minutes=60)

    assert who(session, services, token) is None


def test_a_session_ends_at_last_however_much_it_is_used(
    session: Session, services: Services, clock: FrozenClock
) -> None:
    an_account(session, services)
    token = sign_in(session, services)
    for _ in range(23):
        clock.move(minutes=30)
        assert who(session, services, token) is not None
    clock.move(minutes=30)

    assert who(session, services, token) is None


def test_signing_out_ends_this_session_and_no_other(session: Session, services: Services) -> None:
    an_account(session, services)
    here, there = sign_in(session, services), sign_in(session, services)

    accounts.sign_out(here, session=session, services=services)
    accounts.sign_out(here, session=session, services=services)

    assert who(session, services, here) is None
    assert who(session, services, there) is not None
    assert events(session).count(EventName.ACCOUNT_SIGNED_OUT) == 1


def test_a_token_is_stored_as_a_hash_alone(session: Session, services: Services) -> None:
    an_account(session, services)
    token = sign_in(session, services)

    kept = session.scalars(select(AccountSession.token_hash)).one()

    assert kept == services.secrets.digest(token)
    assert who(session, services, token + "x") is None


def test_a_new_password_signs_out_everywhere(session: Session, services: Services) -> None:
    an_account(session, services)
    token = sign_in(session, services)

    accounts.set_password("Lin", "another long password", session=session, services=services)

    assert who(session, services, token) is None
    with pytest.raises(SignInFailed):
        sign_in(session, services)
    assert sign_in(session, services, password="another long password")


def test_a_password_changed_during_a_sign_in_stays_changed(session: Session, services: Services) -> None:
    an_account(session, services)

    class Slow(QuickSecrets):
        def needs_rehash(self, stored: str) -> bool:  # noqa: ARG002
            """Let the operator set a password between the check and what follows from it."""
            accounts.set_password("lin", "another long password", session=session, services=services)
            return True

    slow = dataclasses.replace(services, secrets=Slow(SECRET))
    with pytest.raises(SignInFailed):
        sign_in(session, slow)

    assert session.scalars(select(AccountSession)).all() == []
    assert sign_in(session, services, password="another long password")


def test_an_old_hash_is_made_anew_at_the_next_sign_in(session: Session, services: Services) -> None:
    account_id = an_account(session, services)
    dearer = dataclasses.replace(services, secrets=KeyedSecrets(SECRET))
    old = session.get_one(Account, account_id).password_hash
    assert dearer.secrets.needs_rehash(old)

    sign_in(session, dearer)

    stored = session.get_one(Account, account_id, populate_existing=True).password_hash
    assert not dearer.secrets.needs_rehash(stored)
    assert sign_in(session, dearer)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"login": "li n"}, Fault("/login", "malformed", 64)),
        ({"login": "-"}, Fault("/login", "malformed", 64)),
        ({"login": "x" * 65}, Fault("/login", "malformed", 64)),
        ({"name": " "}, Fault("/name", "malformed", 64)),
        ({"language": "fr"}, Fault("/language", "unknown")),
        ({"time_zone": "Mars/Olympus"}, Fault("/time_zone", "unknown")),
        ({"password": "short"}, Fault("/password", "too-short", 12)),
        ({"password": "x" * 201}, Fault("/password", "too-long", 200)),
    ],
    ids=str,
)
def test_an_unsound_account_is_refused(
    session: Session, services: Services, changed: dict[str, object], fault: Fault
) -> None:
    new = NewAccount(login="lin", name="Lin", password=PASSWORD, role=Role.OWNER)

    with pytest.raises(Invalid) as refused:
        accounts.create(
            dataclasses.replace(new, **changed),  # type: ignore[arg-type]
            session=session,
            services=services,
        )

    assert list(refused.value.faults) == [fault]
    assert accounts.list_all(session=session) == []


def test_a_login_is_taken_whatever_its_capitals(session: Session, services: Services) -> None:
    an_account(session, services)

    with pytest.raises(NameTaken):
        an_account(session, services, "LIN")


def test_a_role_for_one_site_wins_over_the_one_for_every_site(session: Session, services: Services) -> None:
    here = a_site(session, services)
    there = a_site(session, services, "other")
    account_id = an_account(session, services, role=Role.OWNER)
    session.add(Membership(id=UUID(int=1), account_id=account_id, site_id=here, role=Role.MODERATOR))
    session.commit()

    found = who(session, services, sign_in(session, services))

    assert found is not None
    assert found.roles == {here: ("demo", Role.MODERATOR), there: ("other", Role.OWNER)}


def test_an_account_of_one_site_sees_no_other(session: Session, services: Services) -> None:
    a_site(session, services)
    other = a_site(session, services, "other")
    an_account(session, services, site_key="other")

    found = who(session, services, sign_in(session, services))

    assert found is not None
    assert found.sites_with(Permission.REVIEW) == (other,)
    with pytest.raises(SiteUnknown):
        an_account(session, services, "mei", site_key="nowhere")


def test_only_an_account_that_is_there_gets_a_password_or_a_language(
    session: Session, services: Services
) -> None:
    account_id = an_account(session, services)
    with pytest.raises(AccountUnknown):
        accounts.set_password("nobody", PASSWORD, session=session, services=services)
    with pytest.raises(Invalid):
        accounts.set_password("lin", "short", session=session, services=services)
    with pytest.raises(Invalid):
        accounts.choose_language(account_id, "fr", session=session, services=services)

    accounts.choose_language(account_id, "en", session=session, services=services)

    assert session.get_one(Account, account_id).language == "en"

"""Invitations on both databases: a link makes one account, once, while its maker could still make it."""

from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.domain.account import Details, Opened, Permission, Role, SessionLife
from moderation.domain.errors import Invalid, InvitationUnknown, NameTaken, NotPermitted, SiteUnknown
from moderation.domain.events import EventName
from moderation.flows import accounts, invitations, people
from moderation.flows.invitations import Joining, Made, NewInvitation
from moderation.ports import Services
from moderation.store.tables import Account, AuditEvent, Invitation
from tests.factories import PASSWORD, a_site, an_account
from tests.fakes import FrozenClock
from tests.integration.conftest import Race

LIFE = SessionLife(absolute=timedelta(hours=12), idle=timedelta(minutes=60))
DETAILS = Details(name="小赵", language="zh-CN", time_zone="Asia/Shanghai")


@pytest.fixture
def owner(session: Session, services: Services) -> UUID:
    a_site(session, services, "alpha")
    a_site(session, services, "beta")
    return an_account(session, services, "wang", Role.OWNER)


def make(
    session: Session,
    services: Services,
    owner_id: UUID | None,
    role: Role = Role.MODERATOR,
    site_key: str | None = "alpha",
) -> Made:
    new = NewInvitation(name="小赵", role=role, site_key=site_key)
    return invitations.make(new, owner_id=owner_id, session=session, services=services)


def accept(session: Session, services: Services, token: str, login: str = "zhao") -> Opened:
    joiner = Joining(login=login, password=PASSWORD, details=DETAILS)
    return invitations.accept(token, joiner, life=LIFE, browser="", session=session, services=services)


def events(session: Session) -> list[EventName]:
    names = list(session.scalars(select(AuditEvent.name).order_by(AuditEvent.id)))
    session.rollback()
    return names


def test_an_invited_person_makes_an_account_and_is_in(
    session: Session, services: Services, owner: UUID
) -> None:
    made = make(session, services, owner, Role.SENIOR)
    shown = invitations.look_at(made.token, session=session, services=services)

    opened = accept(session, services, made.token, "Zhao")

    assert (shown.name, shown.role, shown.site_name, shown.invited_by) == (
        "小赵",
        Role.SENIOR,
        "Example News",
        "Wang",
    )
    found = accounts.find_signed_in(opened.token, life=LIFE, session=session, services=services)
    assert found is not None
    assert (found.login, found.name) == ("zhao", "小赵")
    assert sorted(found.roles.values()) == [("alpha", Role.SENIOR)]
    assert found.sites_with(Permission.CONFIGURE) == ()
    assert events(session)[-4:] == [
        EventName.INVITATION_MADE,
        EventName.INVITATION_ACCEPTED,
        EventName.ROLE_GRANTED,
        EventName.ACCOUNT_SIGNED_IN,
    ]


def test_a_link_is_kept_as_a_hash_only(session: Session, services: Services, owner: UUID) -> None:
    made = make(session, services, owner)

    row = session.scalars(select(Invitation)).one()
    assert row.token_hash == services.secrets.digest(made.token)
    assert made.token not in repr(session.execute(select(AuditEvent.old, AuditEvent.new)).all())


def unusable(how: str, session: Session, services: Services, owner: UUID, clock: FrozenClock) -> str:
    made = make(session, services, owner)
    match how:
        case "used":
            accept(session, services, made.token, "first")
        case "revoked":
            invitations.revoke(made.invitation_id, owner_id=owner, session=session, services=services)
        case "too old":
            clock.move(days=7)
        case "of a dismissed owner":
            boss = an_account(session, services, "boss", Role.OWNER)
            people.disable(boss, owner, session=session, services=services)
        case "of an owner no more":
            boss = an_account(session, services, "boss", Role.OWNER)
            people.set_role(boss, owner, site_id=None, role=Role.SENIOR, session=session, services=services)
        case _:
            return "mod_invitation_" + "x" * 43
    return made.token


@pytest.mark.parametrize(
    "how", ["used", "revoked", "too old", "of a dismissed owner", "of an owner no more", "invented"]
)
def test_a_link_that_does_not_hold_makes_nothing(
    session: Session, services: Services, owner: UUID, clock: FrozenClock, how: str
) -> None:
    token = unusable(how, session, services, owner, clock)

    with pytest.raises(InvitationUnknown):
        invitations.look_at(token, session=session, services=services)
    with pytest.raises(InvitationUnknown):
        accept(session, services, token, "late")
    with pytest.raises(InvitationUnknown):
        invitations.accept_as(token, owner, session=session, services=services)

    assert session.scalars(select(Account.id).where(Account.login == "late")).first() is None


def test_of_two_who_open_one_link_one_gets_in(
    session: Session, services: Services, owner: UUID, race: Race
) -> None:
    token = make(session, services, owner).token

    came_of_it = race(
        [partial(accept, services=services, token=token, login=login) for login in ("a", "b", "c")]
    )

    assert sorted(type(each).__name__ for each in came_of_it) == [
        "InvitationUnknown",
        "InvitationUnknown",
        "Opened",
    ]
    assert session.scalars(select(func.count()).select_from(Account)).one() == 2


def test_of_two_who_want_one_login_one_gets_it_and_the_other_keeps_the_link(
    session: Session, services: Services, owner: UUID, race: Race
) -> None:
    tokens = [make(session, services, owner).token for _ in range(2)]

    came_of_it = race([partial(accept, services=services, token=token) for token in tokens])

    assert sorted(type(each).__name__ for each in came_of_it) == ["NameTaken", "Opened"]
    loser = tokens[[isinstance(each, NameTaken) for each in came_of_it].index(True)]
    assert isinstance(accept(session, services, loser, "other"), Opened)


def test_what_is_entered_must_hold(session: Session, services: Services, owner: UUID) -> None:
    token = make(session, services, owner).token
    joiner = Joining(
        login="小赵",
        password="short",
        details=Details(name=" ", language="fr", time_zone="Mars/Base"),
    )

    with pytest.raises(Invalid) as caught:
        invitations.accept(token, joiner, life=LIFE, browser="", session=session, services=services)

    assert {fault.pointer for fault in caught.value.faults} == {
        "/login",
        "/name",
        "/language",
        "/time_zone",
        "/password",
    }
    assert isinstance(accept(session, services, token), Opened)


def test_an_owner_of_one_site_invites_to_his_site_only(
    session: Session, services: Services, owner: UUID
) -> None:
    li = an_account(session, services, "li", Role.OWNER, site_key="alpha")
    elsewhere = make(session, services, owner, site_key="beta")

    assert make(session, services, li).token
    with pytest.raises(SiteUnknown):
        make(session, services, li, site_key="beta")
    with pytest.raises(SiteUnknown):
        make(session, services, li, site_key="nowhere")
    with pytest.raises(NotPermitted):
        make(session, services, li, site_key=None)
    for unknown in (elsewhere.invitation_id, uuid4()):
        with pytest.raises(InvitationUnknown):
            invitations.revoke(unknown, owner_id=li, session=session, services=services)
    seen = people.list_people(li, session=session, services=services).invitations
    assert [(each.site_key, each.invited_by) for each in seen] == [("alpha", "Li")]


def test_somebody_with_an_account_takes_the_role_and_keeps_a_higher_one(
    session: Session, services: Services, owner: UUID
) -> None:
    lin = an_account(session, services, "lin", site_key="beta")
    senior = an_account(session, services, "chen", Role.SENIOR, site_key="alpha")
    for account_id in (lin, senior):
        token = make(session, services, owner).token
        invitations.accept_as(token, account_id, session=session, services=services)

    roles = {each.login: sorted(each.roles.items()) for each in accounts.list_all(session=session)}
    assert roles["lin"] == [("alpha", Role.MODERATOR), ("beta", Role.MODERATOR)]
    assert roles["chen"] == [("alpha", Role.SENIOR)]


def test_the_operator_invites_the_first_owner(session: Session, services: Services) -> None:
    a_site(session, services, "alpha")
    made = make(session, services, None, Role.OWNER, None)

    opened = accept(session, services, made.token)

    found = accounts.find_signed_in(opened.token, life=LIFE, session=session, services=services)
    assert found is not None
    assert found.sites_with(Permission.PEOPLE)

"""People on both databases: who gives roles to whom, who shuts whom out, and that somebody always owns everything."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from moderation.domain.account import Opened, Permission, Role, SessionLife
from moderation.domain.errors import AccountUnknown, LastOwner, NotPermitted, SiteUnknown
from moderation.domain.events import EventName
from moderation.flows import accounts, people
from moderation.ports import Services
from moderation.store.tables import Account, AuditEvent, Membership, ReviewItem
from tests.conftest import Queries
from tests.factories import PASSWORD, a_comment, a_site, an_account
from tests.integration.conftest import Race

LIFE = SessionLife(absolute=timedelta(hours=12), idle=timedelta(minutes=60))


@pytest.fixture
def sites(session: Session, services: Services) -> tuple[UUID, UUID]:
    return a_site(session, services, "alpha"), a_site(session, services, "beta")


def sign_in(login: str, session: Session, services: Services) -> str:
    entered = accounts.sign_in(
        login, PASSWORD, life=LIFE, browser="Firefox · Linux", session=session, services=services
    )
    assert isinstance(entered, Opened)
    return entered.token


def is_in(token: str, session: Session, services: Services) -> bool:
    return accounts.find_signed_in(token, life=LIFE, session=session, services=services) is not None


def roles_of(session: Session, account_id: UUID) -> dict[UUID | None, Role]:
    rows = session.execute(
        select(Membership.site_id, Membership.role).where(Membership.account_id == account_id)
    ).all()
    session.rollback()
    return dict(rows)


def claim(session: Session, services: Services, account_id: UUID, site_id: UUID) -> None:
    """Let somebody hold what waits on a site."""
    lease = {
        "claimed_by": account_id,
        "lease_hash": b"x" * 32,
        "lease_expires_at": services.clock.now() + timedelta(minutes=5),
    }
    session.execute(update(ReviewItem).where(ReviewItem.site_id == site_id).values(**lease))
    session.commit()


def last_event(session: Session) -> AuditEvent:
    found = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    session.expunge(found)
    return found


def test_an_owner_gives_changes_and_takes_roles(
    session: Session, services: Services, sites: tuple[UUID, UUID]
) -> None:
    owner = an_account(session, services, "wang", Role.OWNER)
    lin = an_account(session, services, "lin", site_key="alpha")
    alpha, beta = sites

    people.set_role(owner, lin, site_id=beta, role=Role.SENIOR, session=session, services=services)
    given = last_event(session)
    people.set_role(owner, lin, site_id=alpha, role=None, session=session, services=services)
    taken = last_event(session)

    assert roles_of(session, lin) == {beta: Role.SENIOR}
    assert (given.name, given.old, given.new) == (
        EventName.ROLE_GRANTED,
        {"role": None},
        {"role": "senior"},
    )
    assert (given.site_id, given.actor_id, given.subject_id) == (beta, owner, lin)
    assert (taken.name, taken.old, taken.new) == (
        EventName.ROLE_REVOKED,
        {"role": "moderator"},
        {"role": None},
    )


def test_a_role_that_is_held_already_is_no_event(
    session: Session, services: Services, sites: tuple[UUID, UUID]
) -> None:
    owner = an_account(session, services, "wang", Role.OWNER)
    lin = an_account(session, services, "lin", site_key="alpha")
    before = last_event(session).id

    people.set_role(owner, lin, site_id=sites[0], role=Role.MODERATOR, session=session, services=services)

    assert last_event(session).id == before


def test_an_owner_of_one_site_sees_and_changes_his_site_only(
    session: Session, services: Services, sites: tuple[UUID, UUID]
) -> None:
    alpha, beta = sites
    owner = an_account(session, services, "wang", Role.OWNER, site_key="alpha")
    lin = an_account(session, services, "lin", site_key="alpha")
    both = an_account(session, services, "both", site_key="alpha")
    foreign = an_account(session, services, "foreign", site_key="beta")
    everywhere = an_account(session, services, "boss", Role.OWNER)
    people.set_role(everywhere, both, site_id=beta, role=Role.SENIOR, session=session, services=services)

    found = people.list_people(owner, session=session, services=services)

    assert [person.login for person in found.people] == ["boss", "both", "lin", "wang"]
    assert found.sites == {alpha: "alpha"}
    by_login = {person.login: person for person in found.people}
    assert (by_login["both"].roles, by_login["both"].has_more_roles) == ({alpha: Role.MODERATOR}, True)
    assert (by_login["both"].may_disable, by_login["both"].may_give_roles) == (False, True)
    assert (by_login["boss"].may_disable, by_login["boss"].may_give_roles) == (False, False)
    with pytest.raises(AccountUnknown):
        people.look_at(owner, foreign, life=LIFE, session=session, services=services)
    with pytest.raises(AccountUnknown):
        people.look_at(owner, uuid4(), life=LIFE, session=session, services=services)
    refused: list[tuple[UUID, UUID | None, type[Exception]]] = [
        (foreign, alpha, AccountUnknown),
        (lin, beta, SiteUnknown),
        (lin, uuid4(), SiteUnknown),
        (lin, None, NotPermitted),
        (everywhere, alpha, NotPermitted),
        (everywhere, None, NotPermitted),
    ]
    for account_id, site_id, error in refused:
        with pytest.raises(error):
            people.set_role(
                owner, account_id, site_id=site_id, role=Role.MODERATOR, session=session, services=services
            )
    for account_id, error in ((both, NotPermitted), (everywhere, NotPermitted), (foreign, AccountUnknown)):
        for verb in (people.disable, people.enable, people.end_all_sessions, people.remove_second_factor):
            with pytest.raises(error):
                verb(owner, account_id, session=session, services=services)
    assert roles_of(session, foreign) == {beta: Role.MODERATOR}
    assert roles_of(session, both) == {alpha: Role.MODERATOR, beta: Role.SENIOR}


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.SENIOR])
def test_nobody_but_owners_looks_after_people(
    session: Session, services: Services, sites: tuple[UUID, UUID], role: Role
) -> None:
    assert sites
    somebody = an_account(session, services, "lin", role)
    other = an_account(session, services, "wang")

    with pytest.raises(NotPermitted):
        people.list_people(somebody, session=session, services=services)
    with pytest.raises(NotPermitted):
        people.set_role(somebody, other, site_id=None, role=None, session=session, services=services)
    with pytest.raises(NotPermitted):
        people.disable(somebody, other, session=session, services=services)


def test_a_disabled_account_is_out_at_once_and_its_claims_are_free(
    session: Session, services: Services, sites: tuple[UUID, UUID]
) -> None:
    owner = an_account(session, services, "wang", Role.OWNER)
    lin = an_account(session, services, "lin")
    a_comment(session, services, site_key="alpha")
    claim(session, services, lin, sites[0])
    token = sign_in("lin", session, services)

    people.disable(owner, lin, session=session, services=services)

    assert not is_in(token, session, services)
    assert session.scalars(select(ReviewItem.claimed_by)).one() is None
    assert last_event(session).name is EventName.ACCOUNT_DISABLED
    people.enable(owner, lin, session=session, services=services)
    assert not is_in(token, session, services)
    assert is_in(sign_in("lin", session, services), session, services)


def test_a_lost_role_gives_back_the_claims_of_that_site_only(
    session: Session, services: Services, sites: tuple[UUID, UUID]
) -> None:
    alpha, beta = sites
    owner = an_account(session, services, "wang", Role.OWNER)
    lin = an_account(session, services, "lin", site_key="alpha")
    people.set_role(owner, lin, site_id=beta, role=Role.MODERATOR, session=session, services=services)
    for site, key in ((alpha, "alpha"), (beta, "beta")):
        a_comment(session, services, f"一条评论 {key}", site_key=key)
        claim(session, services, lin, site)

    people.set_role(owner, lin, site_id=alpha, role=None, session=session, services=services)

    session.expire_all()
    claimed = dict(session.execute(select(ReviewItem.site_id, ReviewItem.claimed_by)).all())
    assert claimed == {alpha: None, beta: lin}


def test_the_last_owner_of_everything_stays(
    session: Session, services: Services, sites: tuple[UUID, UUID]
) -> None:
    assert sites
    wang = an_account(session, services, "wang", Role.OWNER)
    li = an_account(session, services, "li", Role.OWNER)
    people.disable(wang, li, session=session, services=services)

    for role in (None, Role.SENIOR, Role.MODERATOR):
        with pytest.raises(LastOwner):
            people.set_role(wang, wang, site_id=None, role=role, session=session, services=services)
    with pytest.raises(LastOwner):
        people.disable(wang, wang, session=session, services=services)

    assert roles_of(session, wang) == {None: Role.OWNER}


@pytest.mark.parametrize("verb", ["role", "disable"])
def test_of_two_owners_who_remove_each_other_one_stays(
    session: Session, services: Services, sites: tuple[UUID, UUID], race: Race, verb: str
) -> None:
    assert sites
    wang = an_account(session, services, "wang", Role.OWNER)
    li = an_account(session, services, "li", Role.OWNER)

    def remove(by: UUID, whom: UUID, own: Session) -> None:
        if verb == "role":
            people.set_role(by, whom, site_id=None, role=None, session=own, services=services)
        else:
            people.disable(by, whom, session=own, services=services)

    came_of_it = race([lambda own: remove(wang, li, own), lambda own: remove(li, wang, own)])

    assert [type(each) for each in came_of_it if each is not None] == [NotPermitted]
    owners = (
        select(func.count())
        .select_from(Membership)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.site_id.is_(None), Membership.role == Role.OWNER, Account.disabled_at.is_(None))
    )
    assert session.scalars(owners).one() == 1


def test_of_two_owners_who_leave_at_once_one_stays(
    session: Session, services: Services, sites: tuple[UUID, UUID], race: Race
) -> None:
    assert sites
    both = [an_account(session, services, login, Role.OWNER) for login in ("wang", "li")]

    def leave(who: UUID, own: Session) -> None:
        people.set_role(who, who, site_id=None, role=None, session=own, services=services)

    came_of_it = race([lambda own: leave(both[0], own), lambda own: leave(both[1], own)])

    assert [type(each) for each in came_of_it if each is not None] == [LastOwner]


def test_an_owner_sees_sessions_and_ends_them(
    session: Session, services: Services, sites: tuple[UUID, UUID]
) -> None:
    assert sites
    owner = an_account(session, services, "wang", Role.OWNER)
    lin = an_account(session, services, "lin")
    first, second = (sign_in("lin", session, services) for _ in range(2))

    seen = people.look_at(owner, lin, life=LIFE, session=session, services=services)
    assert [row.browser for row in seen.sessions] == ["Firefox · Linux"] * 2
    newest = max(seen.sessions, key=lambda row: row.id)
    people.end_session(owner, lin, newest.id, session=session, services=services)

    assert [is_in(token, session, services) for token in (first, second)] == [True, False]
    assert last_event(session).name is EventName.ACCOUNT_SESSION_ENDED
    people.end_all_sessions(owner, lin, session=session, services=services)
    assert not is_in(first, session, services)


def test_a_session_of_somebody_else_is_not_ended_by_its_number(
    session: Session, services: Services, sites: tuple[UUID, UUID]
) -> None:
    assert sites
    owner = an_account(session, services, "wang", Role.OWNER, site_key="alpha")
    lin = an_account(session, services, "lin", site_key="alpha")
    an_account(session, services, "foreign", site_key="beta")
    foreign = sign_in("foreign", session, services)
    found = accounts.find_signed_in(foreign, life=LIFE, session=session, services=services)
    assert found is not None

    people.end_session(owner, lin, found.session_id, session=session, services=services)

    assert is_in(foreign, session, services)


def test_the_list_costs_the_same_for_many(
    session: Session, services: Services, sites: tuple[UUID, UUID], queries: Queries
) -> None:
    assert sites
    owner = an_account(session, services, "wang", Role.OWNER)
    people.list_people(owner, session=session, services=services)
    before = len(queries)
    people.list_people(owner, session=session, services=services)
    for_one = len(queries) - before
    for number in range(5):
        an_account(session, services, f"lin{number}", site_key="alpha")
    before = len(queries)

    found = people.list_people(owner, session=session, services=services)

    assert len(found.people) == 6
    assert len(queries) - before == for_one


def test_a_disabled_owner_has_no_say(session: Session, services: Services, sites: tuple[UUID, UUID]) -> None:
    assert sites
    wang = an_account(session, services, "wang", Role.OWNER)
    li = an_account(session, services, "li", Role.OWNER)
    people.disable(wang, li, session=session, services=services)

    with pytest.raises(NotPermitted):
        people.enable(li, li, session=session, services=services)


def test_a_role_on_one_site_leaves_the_others_alone(
    session: Session, services: Services, sites: tuple[UUID, UUID]
) -> None:
    alpha, beta = sites
    owner = an_account(session, services, "wang", Role.OWNER)
    lin = an_account(session, services, "lin", Role.SENIOR)

    people.set_role(owner, lin, site_id=alpha, role=Role.MODERATOR, session=session, services=services)

    token = sign_in("lin", session, services)
    found = accounts.find_signed_in(token, life=LIFE, session=session, services=services)
    assert found is not None
    assert found.sites_with(Permission.SENIOR_REVIEW) == (beta,)

"""The pages of people by plain forms: an owner invites, gives roles, shuts out; others see and reach none of it."""

import re
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.account import Role
from moderation.flows import people as flow
from moderation.ports import Services
from moderation.store.tables import Account, Membership
from tests.conftest import SignIn
from tests.factories import PASSWORD, a_site, an_account

SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def owner(site: UUID, session: Session, services: Services) -> UUID:
    """Make an owner of every site beside the moderators of the desk."""
    del site  # its moderators are there
    return an_account(session, services, "boss", Role.OWNER, language="en")


def account_id(session: Session, login: str) -> UUID:
    found = session.scalars(select(Account.id).where(Account.login == login)).one()
    session.rollback()
    return found


@pytest.mark.usefixtures("owner")
def test_an_owner_invites_and_the_invited_person_works_at_the_desk(app: Flask, sign_in: SignIn) -> None:
    boss = sign_in("boss")
    made = boss.post(
        "/console/people/invitations", data={"name": "Zhao", "role": "senior", "site": "everywhere"}
    )
    link = re.search(r"https?://[^\s<]+/console/invitation/mod_invitation_[\w-]+", made.text)
    assert link is not None
    path = link[0].partition("localhost")[2]
    assert "Zhao" in boss.get("/console/people").text

    stranger = app.test_client()
    offered = stranger.get(path)
    accepted = stranger.post(
        path,
        data={
            "login": "zhao",
            "name": "小赵",
            "password": PASSWORD,
            "language": "zh-CN",
            "time_zone": "Asia/Shanghai",
        },
        headers=SAME,
    )

    assert offered.status_code == 200
    assert "Zhao" in offered.text
    assert (accepted.status_code, accepted.headers["Location"]) == (303, "/console/queue")
    assert stranger.get("/console/queue").status_code == 200
    assert stranger.get(path).status_code == 404
    listed = boss.get("/console/people").text
    assert "小赵" in listed
    assert "Take back the invitation" not in listed


@pytest.mark.usefixtures("owner")
def test_a_faulty_form_comes_back_with_what_was_typed_and_what_is_wrong(app: Flask, sign_in: SignIn) -> None:
    made = sign_in("boss").post(
        "/console/people/invitations", data={"name": "Zhao", "role": "senior", "site": "demo"}
    )
    found = re.search(r"/console/invitation/[\w-]+", made.text)
    assert found is not None
    form = {"login": "lin", "name": "赵", "password": "short", "language": "en", "time_zone": "Europe/Berlin"}

    short = app.test_client().post(found[0], data=form, headers=SAME)
    taken = app.test_client().post(found[0], data=form | {"password": PASSWORD}, headers=SAME)

    assert (short.status_code, taken.status_code) == (422, 422)
    assert 'value="赵"' in short.text
    assert 'id="password-said"' in short.text
    assert "short" not in short.text.replace("a short sentence", "")
    assert 'id="login" name="login" type="text" value="lin"' in taken.text
    assert re.search(r'class="fault" id="login-said"', taken.text)


@pytest.mark.usefixtures("owner")
def test_an_invitation_is_not_accepted_from_another_site(app: Flask, sign_in: SignIn) -> None:
    made = sign_in("boss").post(
        "/console/people/invitations", data={"name": "Zhao", "role": "senior", "site": "demo"}
    )
    found = re.search(r"/console/invitation/[\w-]+", made.text)
    assert found is not None

    answer = app.test_client().post(
        found[0], data={"login": "x", "password": PASSWORD}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 403


@pytest.mark.usefixtures("owner")
def test_whoever_is_signed_in_takes_the_role_himself(
    session: Session, services: Services, sign_in: SignIn
) -> None:
    a_site(session, services, "sport")
    made = sign_in("boss").post(
        "/console/people/invitations", data={"name": "Lin", "role": "senior", "site": "sport"}
    )
    found = re.search(r"/console/invitation/[\w-]+", made.text)
    assert found is not None
    lin = sign_in("lin")
    assert f"{found[0]}/mine" in lin.get(found[0]).text

    assert lin.post(f"{found[0]}/mine").status_code == 303

    roles = session.scalars(
        select(Membership.role).where(Membership.account_id == account_id(session, "lin"))
    ).all()
    assert sorted(roles) == [Role.MODERATOR, Role.SENIOR]


def test_an_owner_gives_and_takes_roles_and_shuts_an_account(
    owner: UUID, session: Session, sign_in: SignIn
) -> None:
    del owner  # known by the login
    boss, lin = sign_in("boss"), sign_in("lin")
    page = f"/console/people/{account_id(session, 'lin')}"

    assert boss.post(f"{page}/role", data={"site": "everywhere", "role": "senior"}).status_code == 303
    assert re.search(r'<option value="senior" selected>', boss.get(page).text)
    assert boss.post(f"{page}/role", data={"site": "everywhere", "role": "none"}).status_code == 303
    assert lin.get("/console/queue").status_code == 403
    assert boss.post(f"{page}/disable").status_code == 303
    assert lin.get("/console/queue").status_code == 303
    assert "Enable the account" in boss.get(page).text
    assert boss.post(f"{page}/enable").status_code == 303


def test_the_last_owner_is_told_why_he_stays(owner: UUID, sign_in: SignIn) -> None:
    boss = sign_in("boss")

    answer = boss.post(f"/console/people/{owner}/role", data={"site": "everywhere", "role": "moderator"})

    assert answer.status_code == 409
    assert "nobody would be left who owns every site" in answer.text
    assert boss.get("/console/people").status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {"site": "everywhere"},
        {"site": "everywhere", "role": "king"},
        {"site": "nowhere", "role": "owner"},
        {"role": "owner"},
    ],
)
def test_a_malformed_role_changes_nothing(
    owner: UUID, session: Session, sign_in: SignIn, form: dict[str, str]
) -> None:
    del owner  # known by the login
    answer = sign_in("boss").post(f"/console/people/{account_id(session, 'lin')}/role", data=form)

    assert answer.status_code == 422


def test_an_owner_of_another_site_finds_nobody_here(
    session: Session, services: Services, sign_in: SignIn
) -> None:
    a_site(session, services, "alpha")
    a_site(session, services, "beta")
    an_account(session, services, "ann", Role.OWNER, site_key="alpha")
    an_account(session, services, "bob", site_key="beta")
    bob, nobody = account_id(session, "bob"), uuid4()
    ann = sign_in("ann")

    listed = ann.get("/console/people").text
    answers = [
        [
            ann.get(f"/console/people/{who}").status_code,
            *(
                ann.post(
                    f"/console/people/{who}/{verb}", data={"site": "everywhere", "role": "none"}
                ).status_code
                for verb in ("role", "disable", "enable", "sessions/end", "second-factor/remove")
            ),
        ]
        for who in (bob, nobody)
    ]

    assert "bob" not in listed
    assert "beta" not in listed
    assert answers[0] == answers[1] == [404] * 6


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("login", ["lin", "chen"])
def test_moderators_and_seniors_have_no_people(sign_in: SignIn, login: str) -> None:
    browser = sign_in(login)

    assert browser.get("/console/people").status_code == 403
    assert (
        browser.post(
            "/console/people/invitations", data={"name": "x", "role": "owner", "site": "everywhere"}
        ).status_code
        == 403
    )


def test_an_owner_ends_the_sessions_of_somebody(
    owner: UUID, session: Session, services: Services, sign_in: SignIn
) -> None:
    boss, lin = sign_in("boss"), sign_in("lin")
    page = f"/console/people/{account_id(session, 'lin')}"
    found = re.search(r'name="session" value="([0-9a-f-]{36})"', boss.get(page).text)
    assert found is not None

    answer = boss.post(f"{page}/sessions/end", data={"session": found[1]})

    assert answer.status_code == 303
    assert lin.get("/console/queue").headers["Location"].startswith("/console/sign-in")
    assert boss.post(f"{page}/sessions/end", data={"session": "x"}).status_code == 422
    assert boss.post(f"{page}/sessions/end").status_code == 303
    assert flow.list_people(owner, session=session, services=services).people

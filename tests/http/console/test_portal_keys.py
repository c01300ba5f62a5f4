"""The desk's page of sign-in keys, without script: owners alone, the secret once; and an author's standing in words."""

import re
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.domain.account import Role
from moderation.domain.policy import FOR_GOOD, Mode, SignIn
from moderation.domain.writer import Writer
from moderation.flows import portal_keys
from moderation.ports import Services
from moderation.store.tables import AuditEvent, Author, PortalKey
from tests.conftest import SignIn as Browser
from tests.factories import a_comment, a_site, an_account
from tests.fakes import FrozenClock
from tests.portal import a_token

ADDRESS = "/console/settings/demo/sign-in"


@pytest.fixture
def site(session: Session, services: Services) -> UUID:
    """Make a site with people of each role, and another site with an owner of its own."""
    site_id = a_site(session, services, mode=Mode.POST, sign_in=SignIn.OPTIONAL, links_wait=True)
    a_site(session, services, "other")
    for login, role in (("lin", Role.MODERATOR), ("chen", Role.SENIOR), ("bao", Role.OWNER)):
        an_account(session, services, login, role, site_key="demo", language="en")
    an_account(session, services, "elsewhere", Role.OWNER, site_key="other", language="en")
    return site_id


@pytest.mark.usefixtures("site")
def test_an_owner_adds_a_key_sees_its_secret_once_and_retires_it(
    session: Session, services: Services, sign_in: Browser, clock: FrozenClock
) -> None:
    bao = sign_in("bao")
    assert "no token is taken before there is a key" in bao.get(ADDRESS).text

    added = bao.post(ADDRESS)

    secret = re.findall(r'class="secret" tabindex="0"><code>([\w-]{43})<', added.text)[0]
    key_id = session.scalars(select(PortalKey.key_id)).one()
    token = a_token(portal_keys.AddedKey(key_id=key_id, secret=secret), clock.now())
    assert added.headers["Cache-Control"] == "no-store"
    assert portal_keys.writer_of("demo", token, session=session, services=services).nickname == "槐花"
    listed = bao.get(ADDRESS).text
    assert key_id in listed
    assert secret not in listed
    retired = bao.post(f"{ADDRESS}/{key_id}/retire")
    assert (retired.status_code, retired.headers["Location"]) == (303, ADDRESS)
    assert "retired" in bao.get(ADDRESS).text
    assert bao.post(f"{ADDRESS}/{key_id}/retire").status_code == 404
    names = [event.name for event in session.scalars(select(AuditEvent).order_by(AuditEvent.id))]
    assert [name for name in names if name.startswith("portal-key")] == [
        "portal-key.added",
        "portal-key.retired",
    ]
    assert secret not in repr(session.execute(select(AuditEvent.new)).all())


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(("login", "status"), [("lin", 403), ("chen", 403), ("elsewhere", 404)])
def test_nobody_but_an_owner_of_the_site_sees_or_changes_its_keys(
    session: Session, services: Services, sign_in: Browser, login: str, status: int
) -> None:
    key = portal_keys.add("demo", session=session, services=services)
    browser = sign_in(login)

    assert browser.get(ADDRESS).status_code == status
    assert browser.post(ADDRESS).status_code == status
    assert browser.post(f"{ADDRESS}/{key.key_id}/retire").status_code == status
    assert session.scalars(select(PortalKey.retired_at)).all() == [None]


@pytest.mark.usefixtures("site")
def test_another_sites_page_adds_no_key(session: Session, sign_in: Browser) -> None:
    bao = sign_in("bao")

    answer = bao.post(ADDRESS, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert session.scalars(select(PortalKey)).all() == []


HOSTILE = "<img src=x>"


@pytest.fixture
def huai(session: Session, services: Services, site: UUID) -> str:
    """Make a signed-in author; return where his page is."""
    del site
    writer = Writer(author_hash=b"h" * 32, subject=HOSTILE, nickname="槐花", is_verified=True)
    a_comment(session, services, writer=writer)
    return f"/console/authors/{session.scalars(select(Author.id)).one()}"


@pytest.mark.parametrize(
    ("record", "said"),
    [
        pytest.param({}, "New: no comment of this author", id="new"),
        pytest.param({"approved_count": 1}, "not often enough for trust", id="known"),
        pytest.param({"approved_count": 10, "rejected_count": 1}, "Trusted: enough approvals", id="trusted"),
        pytest.param({"approved_count": 19, "rejected_count": 2}, "too many rejections", id="known again"),
        pytest.param({"banned_until": FOR_GOOD}, "Banned: a block holds", id="banned"),
    ],
)
def test_the_page_of_an_author_shows_what_gave_him_his_standing(
    session: Session, sign_in: Browser, huai: str, record: dict[str, object], said: str
) -> None:
    session.execute(update(Author).values(record) if record else update(Author).values(approved_count=0))
    session.commit()

    shown = sign_in("lin").get(huai).text

    approved, rejected = record.get("approved_count", 0), record.get("rejected_count", 0)
    assert said in shown
    assert f"<td>{approved}</td><td>≥ 1</td><td>≥ 10</td>" in shown
    assert f"<td>{rejected}</td><td>–</td><td>≤ {int(str(approved)) // 10}</td>" in shown
    assert ("Comments of this author with a link wait" in shown) == (not record)


def test_moderators_read_whom_the_portal_names(sign_in: Browser, huai: str) -> None:
    shown = sign_in("lin").get(huai).text

    assert "Signed in by the portal, which vouches for who this is:" in shown
    assert "&lt;img src=x&gt;" in shown
    assert HOSTILE not in shown


def test_an_author_whom_nobody_signed_in_is_known_by_his_browser(
    session: Session, services: Services, site: UUID, sign_in: Browser
) -> None:
    del site
    a_comment(session, services, author_token="mod_author_" + "a" * 43)

    shown = sign_in("lin").get(f"/console/authors/{session.scalars(select(Author.id)).one()}").text

    assert "Known by one browser alone" in shown

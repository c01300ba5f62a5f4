"""The second step of the sign-in, and what an installation may demand."""

import re
from dataclasses import replace

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moderation.app import create_app
from moderation.domain.account import Role
from moderation.extensions import db
from moderation.ports import Services
from moderation.settings import Settings
from moderation.store.tables import SecondFactor
from tests.conftest import SignIn
from tests.factories import PASSWORD, an_account
from tests.fakes import FrozenClock

SAME = {"Sec-Fetch-Site": "same-origin"}
PAGE = "/console/profile/second-factor"


def secret_of(page: str) -> str:
    groups = re.search(r'<p class="secret groups">(.*?)</p>', page, re.DOTALL)
    assert groups is not None
    return "".join(re.findall(r"<span>(\w+)</span>", groups[1]))


def turn_on(browser: FlaskClient, clock: FrozenClock) -> tuple[pyotp.TOTP, list[str]]:
    """Set it up as a person would: read the page, type the code; then let the code's moment pass."""
    assert browser.post(PAGE).status_code == 303
    totp = pyotp.TOTP(secret_of(browser.get(PAGE).text))
    shown = browser.post(f"{PAGE}/confirm", data={"code": totp.at(clock.now())})
    assert shown.status_code == 200, shown.text
    clock.move(seconds=30)
    return totp, re.findall(r"<code>([a-z2-7-]{19})</code>", shown.text)


def sign_in_with_password(browser: FlaskClient, next_page: str = "") -> TestResponse:
    form = {"login": "lin", "password": PASSWORD, "next": next_page}
    return browser.post("/console/sign-in", data=form, headers=SAME)


@pytest.mark.usefixtures("site")
def test_the_code_comes_after_the_password_and_leads_to_the_wanted_page(
    app: Flask, sign_in: SignIn, clock: FrozenClock
) -> None:
    totp, _ = turn_on(sign_in("lin"), clock)
    browser = app.test_client()

    first = sign_in_with_password(browser, "/console/mine")
    half_way = browser.get("/console/queue")
    wrong = browser.post("/console/sign-in/code", data={"code": "000000"}, headers=SAME)
    none = browser.post("/console/sign-in/code", data={}, headers=SAME)
    right = browser.post("/console/sign-in/code", data={"code": totp.at(clock.now())}, headers=SAME)

    assert (first.status_code, first.headers["Location"]) == (303, "/console/sign-in/code")
    assert half_way.headers["Location"].startswith("/console/sign-in?")
    assert (wrong.status_code, none.status_code) == (401, 401)
    assert wrong.text == none.text
    assert (right.status_code, right.headers["Location"]) == (303, "/console/mine")
    assert browser.get("/console/queue").status_code == 200


@pytest.mark.usefixtures("site")
def test_a_used_code_and_a_wrong_one_read_the_same(app: Flask, sign_in: SignIn, clock: FrozenClock) -> None:
    totp, _ = turn_on(sign_in("lin"), clock)
    code = totp.at(clock.now())
    sign_in_with_password(first := app.test_client())
    first.post("/console/sign-in/code", data={"code": code}, headers=SAME)
    sign_in_with_password(second := app.test_client())

    used = second.post("/console/sign-in/code", data={"code": code}, headers=SAME)
    wrong = second.post("/console/sign-in/code", data={"code": "000000"}, headers=SAME)

    assert (used.status_code, used.text) == (wrong.status_code, wrong.text)


@pytest.mark.usefixtures("site")
def test_too_many_codes_lead_back_to_the_password(app: Flask, sign_in: SignIn, clock: FrozenClock) -> None:
    turn_on(sign_in("lin"), clock)
    browser = app.test_client()
    sign_in_with_password(browser)
    for _ in range(5):
        browser.post("/console/sign-in/code", data={"code": "000000"}, headers=SAME)

    over = browser.post("/console/sign-in/code", data={"code": "000000"}, headers=SAME)

    assert (over.status_code, over.headers["Location"]) == (303, "/console/sign-in?over=")
    assert browser.get("/console/sign-in?over=").status_code == 200
    assert browser.get("/console/sign-in/code").headers["Location"] == "/console/sign-in?over="


@pytest.mark.usefixtures("site")
def test_without_a_password_there_is_no_second_step(app: Flask) -> None:
    browser = app.test_client()

    assert browser.get("/console/sign-in/code").status_code == 303
    assert browser.post("/console/sign-in/code", data={"code": "1"}, headers=SAME).status_code == 303
    crossing = browser.post("/console/sign-in/code", headers={"Sec-Fetch-Site": "cross-site"})
    assert crossing.status_code == 403


@pytest.mark.usefixtures("site")
def test_a_recovery_code_opens_once(app: Flask, sign_in: SignIn, clock: FrozenClock) -> None:
    _, codes = turn_on(sign_in("lin"), clock)
    answers = []
    for _ in range(2):
        browser = app.test_client()
        sign_in_with_password(browser)
        answers.append(
            browser.post("/console/sign-in/code", data={"code": codes[0]}, headers=SAME).status_code
        )

    assert len(codes) == 10
    assert answers == [303, 401]


@pytest.mark.usefixtures("site")
def test_turning_it_on_gives_this_browser_another_session(
    app: Flask, sign_in: SignIn, clock: FrozenClock
) -> None:
    browser, other = sign_in("lin"), sign_in("lin")
    before = browser.get_cookie("moderation")
    assert before is not None

    turn_on(browser, clock)

    assert browser.get("/console/profile").status_code == 200
    assert other.get("/console/profile").status_code == 303
    thief = app.test_client()
    thief.set_cookie("moderation", before.value)
    assert thief.get("/console/profile").status_code == 303


@pytest.mark.usefixtures("site")
def test_the_picture_is_drawn_in_the_page_and_asks_for_nothing_else(sign_in: SignIn) -> None:
    browser = sign_in("lin")
    browser.post(PAGE)

    page = browser.get(PAGE)

    assert "<svg" in page.text
    assert "data:" not in page.text
    assert "style=" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    wrong = browser.post(f"{PAGE}/confirm", data={"code": "000000"})
    assert wrong.status_code == 422
    assert 'aria-invalid="true"' in wrong.text


@pytest.mark.usefixtures("site")
def test_it_is_removed_with_the_password_and_its_codes_are_made_anew(
    app: Flask, sign_in: SignIn, clock: FrozenClock
) -> None:
    browser = sign_in("lin")
    _, old = turn_on(browser, clock)

    renewed = browser.post(f"{PAGE}/codes", data={"proof": PASSWORD})
    refused = browser.post(f"{PAGE}/remove", data={"proof": "wrong"})
    removed = browser.post(f"{PAGE}/remove", data={"proof": PASSWORD})

    assert renewed.status_code == 200
    assert not set(old) & set(re.findall(r"<code>([a-z2-7-]{19})</code>", renewed.text))
    assert (refused.status_code, removed.status_code) == (422, 303)
    assert sign_in_with_password(app.test_client()).headers["Location"] == "/console/queue"


@pytest.mark.parametrize(
    ("demand", "login", "is_led"),
    [
        ("off", "boss", False),
        ("owners", "lin", False),
        ("owners", "boss", True),
        ("all", "lin", True),
        ("all", "boss", True),
    ],
)
@pytest.mark.usefixtures("site")
def test_whoever_must_have_one_sets_it_up_first(
    settings: Settings,
    services: Services,
    session: Session,
    clock: FrozenClock,
    *,
    demand: str,
    login: str,
    is_led: bool,
) -> None:
    an_account(session, services, "boss", Role.OWNER)
    strict = create_app(replace(settings, require_totp=demand), services=services)
    browser = strict.test_client()
    browser.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    browser.post("/console/sign-in", data={"login": login, "password": PASSWORD})

    pages = [browser.get(path) for path in ("/console/queue", "/console/profile", "/console/audit")]

    assert [page.status_code for page in pages] == [303 if is_led else 200] * 3
    if is_led:
        assert {page.headers["Location"] for page in pages} == {PAGE}
        assert browser.post("/console/claim", data={"queue": "waiting"}).headers["Location"] == PAGE
        turn_on(browser, clock)
        assert browser.get("/console/queue").status_code == 200
        assert session.scalars(select(SecondFactor.confirmed_at)).one() is not None
    with strict.app_context():
        db.session.remove()
        db.engine.dispose()

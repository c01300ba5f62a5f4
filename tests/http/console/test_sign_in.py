"""Signing in and out of the desk, and what is refused at its door."""

import pytest
from flask import Flask
from sqlalchemy import delete
from sqlalchemy.orm import Session

from moderation.console.pages import inside
from moderation.store.tables import AccountSession
from tests.conftest import SignIn
from tests.factories import PASSWORD

SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.mark.usefixtures("site")
def test_a_right_password_opens_the_page_that_was_asked_for(app: Flask) -> None:
    browser = app.test_client()
    asked = browser.get("/console/audit?event=comment.received")
    sent = browser.post(
        "/console/sign-in",
        data={"login": "Lin", "password": PASSWORD, "next": "/console/audit?event=comment.received"},
        headers=SAME,
    )

    assert (asked.status_code, asked.headers["Location"]) == (
        303,
        "/console/sign-in?next=/console/audit?event%3Dcomment.received",
    )
    assert (sent.status_code, sent.headers["Location"]) == (303, "/console/audit?event=comment.received")
    assert browser.get(sent.headers["Location"]).status_code == 200


@pytest.mark.usefixtures("site")
def test_an_unknown_login_and_a_wrong_password_read_the_same(app: Flask) -> None:
    browser = app.test_client()
    answers = [
        browser.post("/console/sign-in", data={"login": login, "password": "wrong"}, headers=SAME)
        for login in ("lin", "nobody")
    ]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].text.replace('value="lin"', "") == answers[1].text.replace('value="nobody"', "")
    assert "用户名或密码不对" in answers[0].text


@pytest.mark.usefixtures("site")
def test_signing_in_from_another_site_is_refused(app: Flask) -> None:
    form = {"login": "lin", "password": PASSWORD}
    answer = app.test_client().post("/console/sign-in", data=form, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert answer.mimetype == "text/html"


@pytest.mark.usefixtures("site")
def test_a_write_from_another_site_is_refused(sign_in: SignIn) -> None:
    browser = sign_in("lin")

    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        assert browser.post("/console/claim", headers=headers).status_code == 403


@pytest.mark.usefixtures("site")
def test_signing_out_ends_the_session_on_the_server(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("lin")
    cookie = browser.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    out = browser.post("/console/sign-out")
    browser.set_cookie(app.config["SESSION_COOKIE_NAME"], cookie.value)

    assert out.headers["Location"] == "/console/sign-in"
    assert browser.get("/console/queue").status_code == 303


@pytest.mark.usefixtures("site")
def test_a_session_ended_on_the_server_is_ended(sign_in: SignIn, session: Session) -> None:
    browser = sign_in("lin")
    session.execute(delete(AccountSession))
    session.commit()

    page = browser.get("/console/queue")
    swap = browser.post("/console/claim", headers={"HX-Request": "true"})
    assert page.headers["Location"] == "/console/sign-in?next=/console/queue"
    assert swap.headers["HX-Redirect"] == "/console/sign-in"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/console/",
        "//evil.example/console/",
        "/\\evil.example",
        "/console/../../evil",
        "/console/\t//evil.example",
        "javascript:alert(1)",
        "/api/v1",
        "/consolex",
        "",
    ],
)
def test_after_signing_in_nobody_is_sent_off_the_desk(app: Flask, address: str) -> None:
    with app.test_request_context():
        assert inside(address) == "/console/queue"


@pytest.mark.usefixtures("site")
def test_pages_carry_a_policy_and_are_not_kept(sign_in: SignIn) -> None:
    answer = sign_in("lin").get("/console/queue")

    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("site")
def test_an_unknown_address_is_a_page_in_the_readers_language(sign_in: SignIn) -> None:
    answer = sign_in("smith").get("/console/nowhere")

    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "There is nothing at this address" in answer.text

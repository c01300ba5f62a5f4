"""Guessing passwords is limited per client, and the desk says so in words."""

from dataclasses import replace

import pytest
from flask import Flask

from moderation.settings import Settings
from tests.factories import PASSWORD


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Let three attempts through."""
    return replace(settings, sign_in_limit="3/15minutes")


@pytest.mark.usefixtures("site")
def test_the_fourth_guess_is_told_to_wait_even_when_it_is_right(app: Flask) -> None:
    browser = app.test_client()
    headers = {"Sec-Fetch-Site": "same-origin"}
    guesses = [
        browser.post("/console/sign-in", data={"login": "lin", "password": guess}, headers=headers)
        for guess in ("one", "two", "three", PASSWORD)
    ]

    assert [answer.status_code for answer in guesses] == [401, 401, 401, 429]
    assert guesses[-1].mimetype == "text/html"
    assert "尝试次数太多" in guesses[-1].text
    assert browser.get("/console/sign-in").status_code == 200


def guess(app: Flask, address: str, login: str, password: str = "wrong") -> int:
    """Guess from a machine of its own."""
    answer = app.test_client().post(
        "/console/sign-in",
        data={"login": login, "password": password},
        headers={"Sec-Fetch-Site": "same-origin"},
        environ_base={"REMOTE_ADDR": address},
    )
    return answer.status_code


class TestManyMachinesGuessAtOneLogin:
    """Their guesses share one counter, and the person goes on in the browser that knows him."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, sign_in_limit="1000/minute", login_limit="3/15minutes")

    @pytest.mark.usefixtures("site")
    def test_a_thousand_machines_are_as_slow_as_one(self, app: Flask) -> None:
        statuses = [guess(app, f"198.51.100.{number}", "lin") for number in range(5)]

        assert statuses == [401, 401, 401, 429, 429]
        assert guess(app, "203.0.113.9", "LIN", PASSWORD) == 429, "capitals do not make another login"

    @pytest.mark.usefixtures("site")
    def test_a_login_that_is_none_is_limited_alike(self, app: Flask) -> None:
        assert [guess(app, "198.51.100.7", "nobody") for _ in range(4)] == [401, 401, 401, 429]

    @pytest.mark.usefixtures("site")
    def test_a_browser_that_knows_its_person_is_not_shut_out(self, app: Flask) -> None:
        known = app.test_client()
        known.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        form = {"login": "lin", "password": PASSWORD}
        assert known.post("/console/sign-in", data=form).status_code == 303
        known.post("/console/sign-out")
        while guess(app, "198.51.100.7", "lin") != 429:
            pass

        assert known.post("/console/sign-in", data=form).status_code == 303
        others = known.post("/console/sign-in", data=form | {"login": "wang"})
        assert others.status_code == 303, "another person's counter is another"

    @pytest.mark.usefixtures("site")
    @pytest.mark.parametrize("cookie", ["", "x", "mark." + "0" * 64, "a.b.c", "é." + "0" * 64])
    def test_a_cookie_of_ones_own_making_is_worth_nothing(self, app: Flask, cookie: str) -> None:
        forger = app.test_client()
        forger.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        forger.set_cookie("moderation-known", cookie)
        form = {"login": "lin", "password": "wrong"}

        statuses = [forger.post("/console/sign-in", data=form).status_code for _ in range(4)]

        assert statuses == [401, 401, 401, 429]

    @pytest.mark.usefixtures("site")
    def test_the_known_browser_has_its_own_bound(self, app: Flask) -> None:
        known = app.test_client()
        known.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        form = {"login": "lin", "password": PASSWORD}
        known.post("/console/sign-in", data=form)
        known.post("/console/sign-out")

        statuses = [
            known.post("/console/sign-in", data=form | {"password": "wrong"}).status_code for _ in range(4)
        ]

        assert statuses == [401, 401, 401, 429]

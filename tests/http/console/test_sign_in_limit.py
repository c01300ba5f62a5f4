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

"""Every route says what it needs; one that says nothing answers nobody."""

import pytest
from flask import Flask

from moderation.domain.account import Permission
from moderation.web.auth import permission_of

PUBLIC_BLUEPRINTS = {"api", "embed", "operations"}


def test_every_route_declares_a_permission(app: Flask) -> None:
    silent = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if permission_of(app.view_functions[rule.endpoint]) is None
    ]

    assert silent == []


def test_the_console_is_public_only_at_its_door_and_for_its_files(app: Flask) -> None:
    public = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("console.")
        and permission_of(app.view_functions[rule.endpoint]) is Permission.PUBLIC
    }

    # The door itself with its second step, the ways in beside it, its files, and the page that says that there is
    # nothing.
    assert public == {
        "console.sign_in",
        "console.sign_in_page",
        "console.code",
        "console.code_page",
        "console.to_identity",
        "console.from_identity",
        "console.invitation",
        "console.accept_invitation",
        "console.static",
        "console.nowhere",
    }


def test_what_readers_reach_is_public(app: Flask) -> None:
    needed = {
        rule.endpoint: permission_of(app.view_functions[rule.endpoint])
        for rule in app.url_map.iter_rules()
        if rule.endpoint.split(".")[0] in PUBLIC_BLUEPRINTS
    }

    assert needed
    assert set(needed.values()) == {Permission.PUBLIC}


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_route_without_a_declaration_answers_nobody(app: Flask, method: str) -> None:
    app._got_first_request = False
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret", methods=["GET", "POST"])

    answer = getattr(app.test_client(), method)("/forgotten")

    assert answer.status_code == 403
    assert "secret" not in answer.text

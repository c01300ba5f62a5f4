"""`moderation audit` and the doctor's look at the chain."""

import json
from collections.abc import Callable

from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.cli import cli
from moderation.ports import Services
from moderation.store.tables import AuditEvent
from tests.factories import a_comment, a_site
from tests.integration.flows.test_auditing import change, cut_off, numbers


def command(app: Flask) -> Callable[..., Result]:
    return lambda *words: CliRunner().invoke(cli, words, obj=lambda: app)


def test_the_head_seals_what_waits_and_is_an_anchor(app: Flask, session: Session, services: Services) -> None:
    a_site(session, services)
    run = command(app)

    anchor = run("audit", "head").stdout.strip()
    a_comment(session, services)
    verified = run("audit", "verify", "--anchor", anchor)

    assert anchor.startswith("1:")
    assert (verified.exit_code, verified.stdout) == (
        0,
        "1 events stand as they were sealed, up to position 1.\n",
    )
    after = json.loads(run("audit", "verify", "--anchor", anchor, "--from-anchor", "--json").stdout)
    assert (after["is_well"], after["verified"], after["position"]) == (True, 1, 2)


def test_verify_names_the_first_event_that_was_changed(
    app: Flask, session: Session, services: Services
) -> None:
    a_site(session, services)
    a_comment(session, services)
    a_comment(session, services, "第二条")
    run = command(app)
    run("audit", "head")
    there = numbers(session)
    change(session, there)

    found = run("audit", "verify")
    doctor = run("doctor")

    assert found.exit_code == 1
    assert f"event {there[2]} (position 3) was changed" in found.stderr
    assert f"event {there[2]} (position 3) was changed" in doctor.stdout


def test_an_anchor_finds_a_chain_that_was_cut(app: Flask, session: Session, services: Services) -> None:
    a_site(session, services)
    a_comment(session, services)
    a_comment(session, services, "第二条")
    run = command(app)
    anchor = run("audit", "head").stdout.strip()
    cut_off(session, numbers(session))

    found = run("audit", "verify", "--anchor", anchor, "--json")

    assert found.exit_code == 1
    assert json.loads(found.stdout)["broken"]["breach"] == "anchor-missed"


def test_the_export_holds_every_sealed_event(app: Flask, session: Session, services: Services) -> None:
    a_site(session, services)
    run = command(app)
    run("audit", "head")

    lines = [json.loads(line) for line in run("audit", "export").stdout.splitlines()]

    with session.begin():
        event = session.scalars(select(AuditEvent)).one()
    assert [(line["position"], line["event"]["id"]) for line in lines] == [(1, event.id)]


def test_nonsense_is_no_anchor(app: Flask) -> None:
    run = command(app)

    assert run("audit", "verify", "--anchor", "1:abc").exit_code == 2
    assert run("audit", "verify", "--anchor", "x").exit_code == 2
    assert run("audit", "verify", "--from-anchor").exit_code == 2

"""After an upgrade or damage: the doctor names the rule sets that do not load, `migrate` compiles them again."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from moderation.cli import cli
from moderation.ports import Services
from moderation.store.tables import RuleSetVersion, StoredRule
from tests.factories import a_rule, a_site, active_rules

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    """Return a function that runs `moderation …` in the test's application."""
    return lambda *arguments: CliRunner().invoke(cli, list(arguments), obj=lambda: app)


@pytest.fixture(autouse=True)
def _damaged(session: Session, services: Services) -> None:
    a_site(session, services)
    active_rules(session, services, [a_rule("花海")])
    session.execute(update(RuleSetVersion).values(artefact=b"cut"))
    session.commit()


def rule_sets_finding(run: Run) -> dict[str, object]:
    found = json.loads(run("doctor", "--json").stdout)["findings"]
    return next(one for one in found if one["name"] == "rule sets")


def test_the_doctor_names_what_does_not_load_and_what_to_do(run: Run) -> None:
    finding = rule_sets_finding(run)

    assert finding["found"] == "cannot be loaded: version 1 of demo (damaged)"
    assert "moderation migrate" in str(finding["advice"])


def test_migrating_compiles_it_again(run: Run) -> None:
    migrated = run("migrate")

    assert migrated.exit_code == 0
    assert "1 rule sets were compiled again" in migrated.output
    assert rule_sets_finding(run)["is_well"]


def test_rules_that_no_longer_compile_are_refused_aloud(run: Run, session: Session) -> None:
    session.execute(update(StoredRule).values(term="\u200b"))
    session.commit()

    migrated = run("migrate")

    assert migrated.exit_code == 1
    assert "1 rule sets do not compile in this version" in migrated.stderr

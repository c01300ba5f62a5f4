"""Migration 0003, with rows: what it leaves alone on the way up, and what it has to take away on the way down."""

import json
from typing import Any, Final

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import bindparam, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moderation.extensions import db
from moderation.ports import Services
from tests.factories import a_comment, a_rule, a_site, active_rules

BEFORE: Final = "0002_keep_the_audit"
AFTER: Final = "0003_keep_kinds_and_scores"


@pytest.fixture
def filled(empty_app: Flask, services: Services) -> Flask:
    """Return the application at 0003, with a rule set of one rule and one comment that it matched twice."""
    upgrade()
    with Session(db.engine, expire_on_commit=False) as session:
        a_site(session, services)
        active_rules(session, services, [a_rule("花海")])
        a_comment(session, services, "花海，又是花海")
    downgrade(revision=AFTER)
    return empty_app


def ask(statement: str) -> list[tuple[Any, ...]]:
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def say(statement: str, **values: object) -> None:
    with db.engine.begin() as connection:
        connection.execute(text(statement).bindparams(*(bindparam(name) for name in values)), values)


def a_stored_rule(key: str, **changed: object) -> None:
    """Copy the one rule under another key, with changes."""
    names = "rule_set_id, category, severity, exceptions, fields"
    values = {"key": key, "term": "x", "action": "review", "kind": "term", "channels": None, **changed}
    as_json = "CAST(:channels AS JSONB)" if db.engine.dialect.name == "postgresql" else ":channels"
    say(
        f"INSERT INTO rules ({names}, key, term, action, kind, channels) "
        f"SELECT {names}, :key, :term, :action, :kind, {as_json} FROM rules WHERE term = '花海'",
        **values,
    )


def test_what_was_stored_before_is_of_kind_term_and_weighs_nothing(filled: Flask) -> None:
    downgrade(revision=BEFORE)
    assert ask("SELECT count(*) FROM matches") == [(2,)]

    upgrade(revision=AFTER)

    assert filled.name
    assert ask("SELECT term, kind FROM rules") == [("花海", "term")]
    assert ask("SELECT term, kind FROM matches") == [("花海", "term")] * 2
    assert ask("SELECT score FROM evaluations") == [(0,)]
    assert ask("SELECT thresholds, exceptions FROM rule_sets") == [(None, None)]


@pytest.mark.parametrize("empty_app", ["postgres"], indirect=True)  # SQLite copies tables
def test_postgresql_rewrites_no_table_on_the_way_up(filled: Flask) -> None:
    assert filled.name
    files = "SELECT relname, relfilenode FROM pg_class WHERE relname IN ('rules', 'matches', 'evaluations')"
    downgrade(revision=BEFORE)
    before = sorted(ask(files))

    upgrade(revision=AFTER)

    assert filled.name
    assert len(before) == 3
    assert sorted(ask(files)) == before


def test_an_older_release_may_go_on_writing_after_the_step(filled: Flask) -> None:
    assert filled.name
    columns = "rule_set_id, term, action, category, severity, exceptions, fields"

    say(f"INSERT INTO rules (key, {columns}) SELECT 'second', {columns} FROM rules")

    assert ask("SELECT kind FROM rules") == [("term",), ("term",)]


def test_on_the_way_down_goes_only_what_the_release_before_cannot_read(filled: Flask) -> None:
    a_stored_rule("pattern", kind="pattern", term="x" * 400)
    a_stored_rule("score", action="score")
    a_stored_rule("sound", channels=json.dumps(["homophone"]))
    a_stored_rule("some", channels=json.dumps(["fold", "homophone"]))
    a_stored_rule("same", channels=json.dumps(["exact"]))
    a_stored_rule("every", channels=json.dumps(None))
    say("UPDATE matches SET channel = 'homophone' WHERE position = 1")

    downgrade(revision=BEFORE)

    kept = ask("SELECT key, channels FROM rules WHERE term = 'x'")
    read = {key: json.loads(value) if isinstance(value, str) else value for key, value in kept}
    assert filled.name
    assert read == {"some": ["fold"], "same": ["exact"], "every": None}
    assert ask("SELECT rule_count FROM rule_sets") == [(4,)]
    assert ask("SELECT position, channel FROM matches") == [(0, "exact")]
    assert ask("SELECT verdict FROM evaluations") == [("review",)]


def test_the_database_knows_the_actions(filled: Flask) -> None:
    assert filled.name

    with pytest.raises(IntegrityError, match="action"):
        say("UPDATE rules SET action = 'explode'")

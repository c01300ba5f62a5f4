"""`moderation authors`: what an operator does for who asks by letter."""

import hashlib
import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.cli import cli
from moderation.domain.events import ActorKind, EventName
from moderation.flows.intake import Receipt
from moderation.ports import Services
from moderation.store.tables import AuditEvent, Revision
from tests.factories import AUTHOR_TOKEN, a_comment, a_site

HASH = hashlib.sha256(AUTHOR_TOKEN.encode()).hexdigest()
Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    """Return a function that runs `moderation authors …` in the test's application."""

    def command(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(cli, ["authors", *arguments], obj=lambda: app, input=stdin)

    return command


@pytest.fixture
def posted(session: Session, services: Services) -> Receipt:
    a_site(session, services)
    return a_comment(session, services, author_token=AUTHOR_TOKEN)


def test_a_person_is_found_by_the_hash_of_his_token_or_by_a_receipt(run: Run, posted: Receipt) -> None:
    for who in (("--token-hash", HASH), ("--receipt", posted.code)):
        result = run("export", "demo", *who)

        assert result.exit_code == 0, result.output
        copy = json.loads(result.stdout)
        assert [one["revisions"][0]["text"] for one in copy["comments"]] == ["花海开得真早"]


def test_erasing_asks_first_and_says_what_it_did(run: Run, session: Session, posted: Receipt) -> None:
    assert run("erase", "demo", "--receipt", posted.code, stdin="n\n").exit_code != 0

    result = run("erase", "demo", "--receipt", posted.code, "--yes", "--json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {"comments": 1, "reports": 0, "likes": 0}
    assert session.scalars(select(Revision.text)).all() == [""]
    by = select(AuditEvent.actor_kind).where(AuditEvent.name == EventName.AUTHOR_ERASED)
    assert session.scalars(by).all() == [ActorKind.OPERATOR]


@pytest.mark.usefixtures("posted")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("demo",), 2),
        (("demo", "--token-hash", HASH, "--subject", "x"), 2),
        (("demo", "--token-hash", "xyz"), 2),
        (("demo", "--token-hash", "ab"), 2),
        (("demo", "--receipt", "abcd-efgh-ijkl-mnop"), 1),
        (("demo", "--subject", "nobody"), 1),
        (("demo", "--token-hash", "00" * 32), 1),
        (("nowhere", "--token-hash", HASH), 1),
    ],
)
def test_who_is_not_named_or_not_there_is_told(run: Run, arguments: tuple[str, ...], code: int) -> None:
    for command in (("export", *arguments), ("erase", *arguments, "--yes")):
        result = run(*command)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output

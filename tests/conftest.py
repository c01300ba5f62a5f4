"""What every test may ask for: a database of each kind, migrated; an app, a client, a session, a clock that stands.

A missing PostgreSQL, Redis, browser, nginx, PHP or npm skips what needs it and says so at the end; a name in
`MODERATION_TEST_REQUIRE` (`postgres,redis,browser,nginx,php,node`) turns that into a failure, so that CI skips nothing
silently.
"""

import importlib.util
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from moderation.adapters.ids import Uuid7
from moderation.adapters.proof_of_work import AltchaProofs
from moderation.adapters.rulesets import LoadedRuleSets
from moderation.adapters.tokens import JsonWebTokens
from moderation.app import create_app
from moderation.extensions import db, limiter
from moderation.ports import Services
from moderation.settings import Settings
from tests.factories import ORIGIN, PASSWORD
from tests.fakes import (
    CountingCaptcha,
    CountingSounds,
    FrozenClock,
    MemoryBytecodeCache,
    MemoryLimits,
    QuickSecrets,
    RecordingLog,
)

# A deadline per example would fail on a busy machine; in CI the examples are the same at every run.
hypothesis.settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("house")

SECRET: Final = "a secret key for tests, and for nothing else at all"
REQUIRED: Final = frozenset(filter(None, os.environ.get("MODERATION_TEST_REQUIRE", "").split(",")))
POSTGRES: Final = os.environ.get(
    "MODERATION_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
)
CHROMIUM: Final = os.environ.get("MODERATION_TEST_CHROMIUM", "/usr/bin/chromium")


HAS_PLAYWRIGHT: Final = importlib.util.find_spec("playwright") is not None
collect_ignore = [] if HAS_PLAYWRIGHT else ["browser"]


TEMPLATES: Final = MemoryBytecodeCache()
"""Compiled templates, for every app of this process: each test makes one of its own."""


COMPILED: Final[dict[str, Engine]] = {}
"""The first engine of each kind of database in this process."""


def pytest_report_header() -> str:
    """Say first what this run leaves out; what lacks a server is listed at the end, test by test."""
    if HAS_PLAYWRIGHT:
        return "left out: nothing"
    if "browser" in REQUIRED:
        raise pytest.UsageError("MODERATION_TEST_REQUIRE names the browser, and Playwright is not installed")
    return "left out: tests/browser (Playwright is not installed; `./run test --all` installs it)"


def missing(service: str, why: str) -> None:
    """Skip what needs a service that is not here, or fail where the run demands it."""
    if service in REQUIRED:
        pytest.fail(f"{service} is required (MODERATION_TEST_REQUIRE) and {why}", pytrace=False)
    pytest.skip(f"{service}: {why}")


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrate one SQLite file; tests copy it."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    _migrate(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


@pytest.fixture(scope="session")
def migrated_postgres() -> Iterator[str | None]:
    """Migrate one PostgreSQL database per test process; None when there is no server."""
    if not _has_postgres():
        yield None
        return
    name = f"moderation_test_{uuid4().hex[:12]}"
    admin = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
        # A test's rows need not outlive a power cut.
        connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
    url = f"{POSTGRES.rpartition('/')[0]}/{name}"
    try:
        _migrate(url)
        yield url
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        admin.dispose()


def _has_postgres() -> bool:
    engine = create_engine(POSTGRES, connect_args={"connect_timeout": 2})
    try:
        with engine.connect():
            return True
    except SQLAlchemyError:
        return False
    finally:
        engine.dispose()


def _migrate(url: str) -> None:
    from flask_migrate import upgrade

    with create_app(Settings(database_url=url, secret_key=SECRET, limits_url="memory://")).app_context():
        upgrade()
        db.engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, migrated_sqlite: Path, migrated_postgres: str | None
) -> Iterator[str]:
    """Return an empty, migrated database: each test that uses it runs on both kinds."""
    if request.param == "sqlite":
        path = tmp_path / "moderation.db"
        shutil.copyfile(migrated_sqlite, path)
        yield f"sqlite:///{path}"
        return
    if migrated_postgres is None:
        missing("postgres", "no server answers at MODERATION_TEST_POSTGRES")
    assert migrated_postgres is not None
    yield migrated_postgres
    engine = create_engine(migrated_postgres, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        # As a replica: without the triggers that keep the audit. Quicker by far than TRUNCATE of small tables.
        deletes = "; ".join(f'DELETE FROM "{table.name}"' for table in db.metadata.sorted_tables)
        connection.exec_driver_sql(f"SET session_replication_role = replica; {deletes}")
    engine.dispose()


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Return settings for one process on plain http."""
    return Settings(
        database_url=database_url,
        secret_key=SECRET,
        limits_url="memory://",
        is_https=False,
        sqlite_synchronous="NORMAL",
        door_limit="100000/minute",
        sign_in_limit="100000/minute",
        login_limit="100000/minute",
    )


@pytest.fixture
def clock() -> FrozenClock:
    """Return a clock that stands still."""
    return FrozenClock()


@pytest.fixture
def limits() -> MemoryLimits:
    """Return limits that count in memory."""
    return MemoryLimits()


@pytest.fixture
def log() -> RecordingLog:
    """Return a log that can be read."""
    return RecordingLog()


@pytest.fixture
def services(clock: FrozenClock, limits: MemoryLimits, log: RecordingLog) -> Services:
    """Return services whose outside world is ours; ids and secrets are real."""
    secrets = QuickSecrets(SECRET)
    return Services(
        clock=clock,
        captcha=CountingCaptcha(),
        sounds=CountingSounds(),
        proof_of_work=AltchaProofs(secrets, iterations=1),
        limits=limits,
        rule_sets=LoadedRuleSets(),
        secrets=secrets,
        ids=Uuid7(),
        tokens=JsonWebTokens(),
        log=log,
    )


@pytest.fixture(scope="session", autouse=True)
def addresses_compiled_once() -> Iterator[None]:
    """Compile what builds a route's addresses once a process, not for the app of every test (0.2 s of each)."""
    compile_builder = Rule._compile_builder
    kept: dict[object, Callable[..., tuple[str, str]]] = {}

    def remembered(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (rule.rule, rule.endpoint, str(rule.defaults), append_unknown)
        if key not in kept:
            kept[key] = compile_builder(rule, append_unknown)
        return kept[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", remembered)
        yield


def share_compiled_statements(engine: Engine) -> None:
    """Let all engines of this process and of one kind of database use what one of them has compiled.

    Compiling is most of what a short test does with its database. Statements are kept by the dialect they are
    compiled for, so the engines share that, too.
    """
    if engine.dialect.name not in COMPILED:
        with (
            engine.connect()
        ):  # an engine asks its server for what its dialect must know when it connects first
            COMPILED[engine.dialect.name] = engine
    first = COMPILED[engine.dialect.name]
    engine.dialect = first.dialect
    engine._compiled_cache = first._compiled_cache


@pytest.fixture
def app(settings: Settings, services: Services) -> Iterator[Flask]:
    """Return the whole application on an empty database."""
    made = create_app(settings, services=services)
    made.testing = True
    made.jinja_env.bytecode_cache = TEMPLATES
    with made.app_context():
        share_compiled_statements(db.engine)
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()
    limiter.reset()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """Return a database session of the app.

    Its own, without an app context around the test: Flask would share that context's `g` with every request the
    test makes, and the second browser would be taken for the first.
    """
    with app.app_context():
        engine = db.engine
    with Session(engine, expire_on_commit=False) as made:
        yield made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a reader's browser on a page of the site."""
    made = app.test_client()
    made.environ_base["HTTP_ORIGIN"] = ORIGIN
    return made


SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """Return a function that signs an account in (with the factory's password) and returns its browser."""

    def browser(login: str) -> FlaskClient:
        made = app.test_client()
        made.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        answer = made.post("/console/sign-in", data={"login": login, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return made

    return browser


@dataclass(frozen=True)
class Queries:
    """The statements that ran while a test counted."""

    statements: list[str]

    def __len__(self) -> int:
        return len(self.statements)


@pytest.fixture
def queries(app: Flask) -> Iterator[Queries]:
    """Record every statement that reads or writes rows."""
    from sqlalchemy import event

    recorded = Queries([])

    def note(_c: object, _cur: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            recorded.statements.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield recorded
    event.remove(engine, "before_cursor_execute", note)

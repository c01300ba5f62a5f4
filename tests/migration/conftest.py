"""Databases with nothing in them, not even the tables: what migrations start from."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text

from moderation.app import create_app
from moderation.extensions import db
from moderation.settings import Settings
from tests.conftest import POSTGRES, SECRET, missing


@pytest.fixture(params=["sqlite", "postgres"])
def empty_app(
    request: pytest.FixtureRequest, tmp_path: Path, migrated_postgres: str | None
) -> Iterator[Flask]:
    """Return the application on a database of its own with nothing in it."""
    name = f"moderation_migration_{uuid4().hex[:12]}"
    admin: Engine | None = None
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/empty.db"
    else:
        if migrated_postgres is None:
            missing("postgres", "no server answers at MODERATION_TEST_POSTGRES")
        admin = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        url = f"{POSTGRES.rpartition('/')[0]}/{name}"
    app = create_app(Settings(database_url=url, secret_key=SECRET, limits_url="memory://", is_https=False))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    if admin is not None:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        admin.dispose()

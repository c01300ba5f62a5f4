"""How migrations run: what a batch migration must not take with it, and what a failed one must not leave behind."""

from pathlib import Path

import pytest
from alembic.util.exc import CommandError
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, inspect, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from moderation.extensions import db, migrations_folder, schema_head
from moderation.ports import Services
from moderation.store.tables import Comment, Site
from tests.factories import a_comment, a_site

HEADER = '''"""{what}"""

import sqlalchemy as sa
from alembic import op

revision = "{name}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def downgrade() -> None:
    """Nothing to do."""


def upgrade() -> None:
    """Do it."""
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the migrations to which a test adds one of its own."""
    import shutil

    copied = tmp_path / "migrations"
    shutil.copytree(migrations_folder(), copied)
    return copied


def add(folder: Path, body: str) -> None:
    source = HEADER.format(what="A test's own.", name="9999_test", before=schema_head()) + body
    (folder / "versions" / "9999_test.py").write_text(source, encoding="utf-8")


def test_rebuilding_a_table_does_not_take_the_rows_of_others_with_it(
    app: Flask, session: Session, services: Services, folder: Path
) -> None:
    a_site(session, services)
    a_comment(session, services)
    session.close()
    add(
        folder,
        """    with op.batch_alter_table("sites", recreate="auto") as table:
        table.alter_column("name", type_=sa.String(130), existing_type=sa.String(120))
""",
    )

    with app.app_context():
        upgrade(directory=str(folder))

    assert session.scalar(select(func.count()).select_from(Site)) == 1
    assert session.scalar(select(func.count()).select_from(Comment)) == 1
    session.rollback()
    _undo(app, session)


def test_a_migration_that_fails_leaves_nothing_behind(app: Flask, session: Session, folder: Path) -> None:
    add(
        folder,
        """    op.create_table("half", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute("SELECT * FROM no_such_table")
""",
    )

    with app.app_context(), pytest.raises((SQLAlchemyError, CommandError, SystemExit)):
        upgrade(directory=str(folder))

    assert "half" not in inspect(session.connection()).get_table_names()
    session.rollback()


def _undo(app: Flask, session: Session) -> None:
    """Leave a shared database as it was found."""
    from sqlalchemy import text

    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": schema_head()})
        if connection.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE sites ALTER COLUMN name TYPE varchar(120)"))
    session.rollback()

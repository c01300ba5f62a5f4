"""Runs the migrations: one transaction each, bounded waits on PostgreSQL, batch mode on SQLite."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from sqlalchemy import text
from sqlalchemy.engine import Connection

from moderation.extensions import db
from moderation.store.base import UtcDateTime

LOCK_TIMEOUT, STATEMENT_TIMEOUT = "4s", "5s"
"""A migration that would wait for a lock fails instead, while readers behind it in the queue are still few."""
ADVISORY_LOCK = 7_203_114_001
"""Any constant of ours: two hosts that start at once migrate one after the other."""

logging.getLogger("alembic").setLevel(logging.WARNING)


def plain_type(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Write our own column types into migrations as SQLAlchemy's: a migration must not change with our code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, sa.Enum):
        return f"sa.String(length={item.length})"
    if kind == "type" and isinstance(item, sa.JSON):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def is_ours(name: str | None, _kind: str, _parents: object) -> bool:
    """Leave out the index of search, FTS5 or GIN: no mapped class has it."""
    return name is None or not name.startswith(("search_words", "ix_search_documents_words"))


def migrate(connection: Connection) -> None:
    """Run what is asked for on an open connection."""
    is_postgres = connection.dialect.name == "postgresql"
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=not is_postgres,
        compare_type=True,
        render_item=plain_type,
        include_name=is_ours,
        transaction_per_migration=True,
    )
    if is_postgres:
        # For the session, not the transaction: each migration has a transaction of its own.
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
        connection.execute(text(f"SELECT pg_advisory_lock({ADVISORY_LOCK})"))
        connection.commit()
    with context.begin_transaction():
        context.run_migrations()
    if is_postgres:
        connection.execute(text(f"SELECT pg_advisory_unlock({ADVISORY_LOCK})"))
        connection.execute(text("RESET lock_timeout"))
        connection.execute(text("RESET statement_timeout"))
        connection.commit()


@contextmanager
def unbound(connection: Connection) -> Iterator[None]:
    """Let SQLite rebuild a table: with foreign keys on, dropping the old one would fail or take its children along.

    Said to the driver, before the first transaction: inside one, SQLite ignores the pragma.
    """
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
        broken = driver.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"rows without the row they refer to: {broken[:5]}")
    finally:
        driver.execute("PRAGMA foreign_keys = ON")


with db.engine.connect() as opened, unbound(opened) if opened.dialect.name == "sqlite" else nullcontext():
    migrate(opened)

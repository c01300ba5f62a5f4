"""Transactions and connections: where a unit of work begins and ends, and how each database is set up.

On SQLite a transaction that will write starts with BEGIN IMMEDIATE, so that a check and the write that rests on it
are one; readers never wait (WAL). On PostgreSQL statements and lock waits are bounded.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

_WRITES = "moderation_writes"
BUSY_TIMEOUT_MS = 5_000
_sqlite_writer = threading.Lock()
"""One writer at a time in this process. SQLite's own waiters sleep and poll, and who sleeps longest starves; here
they stand in line, and only processes compete for the file."""


@contextmanager
def transaction(session: Session) -> Iterator[None]:
    """Run one unit of work: commit at the end, roll back on any exception.

    Whatever the session had read before belongs to an older snapshot and is let go first (the objects stay
    readable, detached), so that on SQLite the transaction can begin as a writer. `session.begin()` would raise
    after any read: the session has begun already.
    """
    session.close()
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    with _sqlite_writer if is_sqlite else nullcontext():
        session.connection(execution_options={_WRITES: True})
        try:
            yield
            session.commit()
        except BaseException:
            session.rollback()
            raise


@contextmanager
def reading(session: Session, *, is_brief: bool = False) -> Iterator[None]:
    """Read in one transaction and let the connection go; what was read stays readable, detached.

    `is_brief`, for what is asked all day: on PostgreSQL without a transaction, which spares two round trips. Each
    statement has a snapshot of its own there either way (READ COMMITTED). Not for rows that come in portions
    (`yield_per`): their cursor lives in a transaction.
    """
    if is_brief and not session.in_transaction() and session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
    try:
        yield
    finally:
        session.close()


def prepare_sqlite(engine: Engine, *, synchronous: str) -> None:
    """Set up SQLite connections: WAL, foreign keys, a busy timeout, and our own BEGIN.

    The driver's implicit BEGIN is switched off (`isolation_level = None`) because it begins deferred: two writers
    that both read first would then fail instead of waiting for each other.
    """

    @event.listens_for(engine, "connect")
    def on_connect(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        raw: Any = connection
        raw.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute(f"PRAGMA synchronous = {synchronous}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


POSTGRES_OPTIONS = (
    "-c statement_timeout=5000 -c lock_timeout=4000 -c idle_in_transaction_session_timeout=15000"
)

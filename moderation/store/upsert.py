"""INSERT … ON CONFLICT DO NOTHING, which both databases speak but SQLAlchemy spells per dialect."""

from typing import Any

from sqlalchemy import CursorResult
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from moderation.store.base import Base


def insert_if_absent(session: Session, table: type[Base], **values: object) -> bool:
    """Insert a row unless its key exists; say whether it was inserted.

    On PostgreSQL this waits for another transaction that is inserting the same key, so that of two racing
    inserts exactly one reports True, after the other is certain to be there.
    """
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    result = session.execute(insert.values(**values).on_conflict_do_nothing())
    return _rows(result) == 1


def _rows(result: Any) -> int:
    assert isinstance(result, CursorResult)  # noqa: S101 - an INSERT always yields a cursor result
    return result.rowcount

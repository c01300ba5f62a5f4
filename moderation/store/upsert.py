"""INSERT … ON CONFLICT DO NOTHING, which both databases speak but SQLAlchemy spells per dialect."""

from sqlalchemy import inspect
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
    key = inspect(table).primary_key[0]
    # Asked for by RETURNING: the row count of such a statement is -1 on PostgreSQL, whatever happened.
    written = session.execute(insert.values(**values).on_conflict_do_nothing().returning(key))
    return written.first() is not None

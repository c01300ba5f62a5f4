"""What every table shares: the declarative base, constraint names, UTC timestamps, enums by value."""

from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import DateTime, Dialect, Enum, LargeBinary, MetaData, Uuid
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.types import JSON, TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""SQLite's batch migrations can only drop a constraint that has a name."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC, on both databases.

    SQLite has no time zones and returns naive values; a naive value that slips in would be read as UTC on one
    database and as local time on the other, so it is refused at the door.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive values; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime has no place in the store")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware value in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


def enum_by_value(kind: type[StrEnum]) -> Enum:
    """Store a StrEnum as its value in a plain string column.

    No native enum type: adding a member must not need a locking migration. A check constraint on the table says
    which values a state may take where that matters.
    """
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=32,
        values_callable=lambda members: [member.value for member in members],
        validate_strings=True,
    )


Json = JSON().with_variant(postgresql.JSONB(), "postgresql")


class Base(DeclarativeBase):
    """The mapped classes' base. Free of Flask, so that the store runs in a worker or a test without an app.

    A registry of its own rather than `type_annotation_map` on the class: Flask-SQLAlchemy derives a second base from
    this one, and SQLAlchemy refuses a map beside an inherited registry.
    """

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: UtcDateTime(),
            UUID: Uuid(),
            bytes: LargeBinary(),
            dict[str, object]: Json,
            dict[str, str]: Json,
            dict[str, dict[str, str]]: Json,
            list[str]: Json,
        },
    )

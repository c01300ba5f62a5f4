"""Health: can this process serve? Asked by load balancers (`/readyz`) and by `moderation doctor`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from moderation.ports import Services
from moderation.store import challenges
from moderation.store.base import UtcDateTime
from moderation.store.transaction import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What was found. `schema` is the migration the database stands at; None when it could not be asked."""

    is_database_up: bool
    schema: str | None
    pool_size: int | None


def look(*, session: Session) -> Health:
    """Ask the database for its schema and the pool of challenges; an answer of "no" is an answer, not an error."""
    try:
        with reading(session):
            schema = session.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
            return Health(is_database_up=True, schema=schema, pool_size=challenges.pool_size(session))
    except SQLAlchemyError:
        session.rollback()
    try:
        with reading(session):
            session.execute(text("SELECT 1"))
        return Health(is_database_up=True, schema=None, pool_size=None)
    except SQLAlchemyError:
        session.rollback()
        return Health(is_database_up=False, schema=None, pool_size=None)


def clock_difference(*, session: Session, services: Services) -> timedelta:
    """Return how far this host's clock is before (positive) or behind the database's. Raises `SQLAlchemyError`."""
    with reading(session):
        theirs: datetime = session.execute(select(func.current_timestamp(type_=UtcDateTime()))).scalar_one()
    return services.clock.now() - theirs

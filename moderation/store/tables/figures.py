"""Figures by the hour: counts that add up, and how long the queues were. All can be made anew from what they count."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from moderation.domain.figures import Measure
from moderation.domain.review import ItemState
from moderation.store.base import Base, enum_by_value


class Figure(Base):
    """How often something happened on a site within an hour."""

    __tablename__ = "figures"
    __table_args__ = (
        CheckConstraint("count > 0", name="count"),
        # The key is the whole row but the count: SQLite then keeps the table once, as its index.
        {"sqlite_with_rowid": False},
    )

    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)
    measure: Mapped[Measure] = mapped_column(enum_by_value(Measure), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True, index=True)
    """When the hour began, in UTC."""
    subject: Mapped[str] = mapped_column(String(80), primary_key=True)
    """Of what (`Measure` says): a kind, a reason, an account, a rule's key (64 characters), a bucket, one with a bucket;
    or empty."""
    count: Mapped[int]


class FigureHour(Base):
    """An hour whose figures are made, of all sites."""

    __tablename__ = "figure_hours"

    hour: Mapped[datetime] = mapped_column(primary_key=True)
    computed_at: Mapped[datetime]
    measure_count: Mapped[int] = mapped_column(server_default="0")
    """How many measures there were then: of fewer than there are now, the hour is counted again."""


class QueueHour(Base):
    """How long a queue of a site was when it was last looked at in an hour, and how old its oldest item became."""

    __tablename__ = "queue_hours"
    __table_args__ = (
        CheckConstraint("length >= 0 AND oldest_seconds >= 0", name="counts"),
        {"sqlite_with_rowid": False},
    )

    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[ItemState] = mapped_column(enum_by_value(ItemState), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True, index=True)
    length: Mapped[int]
    """At the last sample: those of several sites add up to what was there at one moment."""
    oldest_seconds: Mapped[int]
    """The most that any sample of the hour found."""

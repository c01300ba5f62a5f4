"""Fingerprints of texts, by which near copies are found. Gone after some days, and with their comment."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from moderation.store.base import Base


class FingerprintBand(Base):
    """One of the eight numbers of a fingerprint (`rules.fingerprint`); of a group of copies only the first has any."""

    __tablename__ = "fingerprint_bands"
    # The key is the whole row but its age: SQLite then keeps the table once, as its index.
    __table_args__ = ({"sqlite_with_rowid": False},)

    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    """Keyed: nobody without the service's key can try texts on it."""
    comment_id: Mapped[UUID] = mapped_column(
        ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    created_at: Mapped[datetime] = mapped_column(index=True)

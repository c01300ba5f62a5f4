"""What search looks through, and the searches that people keep."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeDecorator

from moderation.store.base import Base


class Words(TypeDecorator[str]):
    """Tokens with a space between them; on PostgreSQL a tsvector of exactly these, read by no parser of its own."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        """Store a tsvector where there is one."""
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else Text())


def as_words(tokens: ColumnElement[str]) -> ColumnElement[Any]:
    """Turn a string of tokens into a tsvector (PostgreSQL)."""
    return func.array_to_tsvector(func.string_to_array(tokens, " "))


class SearchDocument(Base):
    """A comment's latest text as tokens (`domain.search`). Rises with time; what was there before search goes down.

    The index over the tokens is of each database's own kind and made by the migration: on SQLite the FTS5 table
    `search_words`, kept by triggers; on PostgreSQL the GIN index `ix_search_documents_words`.
    """

    __tablename__ = "search_documents"
    __table_args__ = (
        UniqueConstraint("comment_id"),
        Index("ix_search_documents_created_at", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    comment_id: Mapped[UUID] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"))
    site_id: Mapped[UUID]
    created_at: Mapped[datetime]
    """When the comment was written."""
    words: Mapped[str] = mapped_column(Words())


class SavedFilter(Base):
    """A search or a list that a person keeps under a name; nobody else sees it."""

    __tablename__ = "saved_filters"
    __table_args__ = (UniqueConstraint("account_id", "place", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    place: Mapped[str] = mapped_column(String(16))
    """The page it belongs to."""
    name: Mapped[str] = mapped_column(String(40))
    query: Mapped[str] = mapped_column(String(2000))
    """The page's parameters as they stand in its address."""
    created_at: Mapped[datetime]

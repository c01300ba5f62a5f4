"""Index texts for search, and keep saved filters. New tables; the worker fills them with what is there already.

A million texts would hold up an upgrade for minutes: the job `search.index` indexes them in small transactions,
the latest first, while new comments are indexed as they come.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006_index_texts"
down_revision = "0005_order_the_queues"
branch_labels = None
depends_on = None

# Only which comment holds a token, not where: places would double the index, and what is found is compared anyway.
# The tokens come ready: all but ASCII marks and spaces belongs to a token, and so do the marks of `domain/search.py`.
WORDS = """
CREATE VIRTUAL TABLE search_words USING fts5(
    words, content = 'search_documents', content_rowid = 'id', detail = 'none', columnsize = 0,
    tokenize = "ascii tokenchars '#@~'"
)
"""
# FTS5 only marks what is taken out; what was marked leaves the file when the index is merged, at most once a day.
MERGING = """
CREATE TABLE search_words_merging (
    id INTEGER PRIMARY KEY CHECK (id = 1), is_due INTEGER NOT NULL, finished_on TEXT NOT NULL
)
"""
DUE = "UPDATE search_words_merging SET is_due = 1 WHERE is_due = 0"
FORGET = "INSERT INTO search_words (search_words, rowid, words) VALUES ('delete', old.id, old.words)"
LEARN = "INSERT INTO search_words (rowid, words) VALUES (new.id, new.words)"
TRIGGERS = {
    "search_documents_added": f"AFTER INSERT ON search_documents BEGIN {LEARN}; END",
    "search_documents_removed": f"AFTER DELETE ON search_documents BEGIN {FORGET}; {DUE}; END",
    "search_documents_changed": f"AFTER UPDATE ON search_documents BEGIN {FORGET}; {LEARN}; {DUE}; END",
}


def upgrade() -> None:
    """Make the tables, and the index as each database has it."""
    is_postgres = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "search_documents",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", postgresql.TSVECTOR() if is_postgres else sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comments.id"],
            name=op.f("fk_search_documents_comment_id_comments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_documents")),
        sa.UniqueConstraint("comment_id", name=op.f("uq_search_documents_comment_id")),
    )
    op.create_index("ix_search_documents_created_at", "search_documents", ["created_at", "id"])
    op.create_table(
        "saved_filters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("query", sa.String(length=2000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_saved_filters_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filters")),
        sa.UniqueConstraint(
            "account_id", "place", "name", name=op.f("uq_saved_filters_account_id_place_name")
        ),
    )
    if is_postgres:
        # Without the list of what is pending: each search would read it, and now and then a posting would empty it.
        op.create_index(
            "ix_search_documents_words",
            "search_documents",
            ["words"],
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        )
        return
    op.execute(WORDS)
    op.execute(MERGING)
    op.execute("INSERT INTO search_words_merging VALUES (1, 0, '')")
    for name, what in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {what}")


def downgrade() -> None:
    """Drop them: nothing can be searched, and saved filters are lost."""
    if op.get_bind().dialect.name != "postgresql":
        for name in TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")
        op.execute("DROP TABLE search_words")
        op.execute("DROP TABLE search_words_merging")
    op.drop_table("saved_filters")
    op.drop_table("search_documents")

"""Keep fingerprints of texts, by which near copies are found. A new table: nothing that exists is touched."""

import sqlalchemy as sa
from alembic import op

revision = "0004_keep_fingerprints"
down_revision = "0003_keep_kinds_and_scores"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table. Comments of before have no fingerprint; they would lose it within days anyway."""
    op.create_table(
        "fingerprint_bands",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comments.id"],
            name=op.f("fk_fingerprint_bands_comment_id_comments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_fingerprint_bands_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", "value", "comment_id", name=op.f("pk_fingerprint_bands")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_fingerprint_bands_comment_id", "fingerprint_bands", ["comment_id"])
    op.create_index("ix_fingerprint_bands_created_at", "fingerprint_bands", ["created_at"])


def downgrade() -> None:
    """Drop the table: near copies of what was written before are not recognised any more."""
    op.drop_table("fingerprint_bands")

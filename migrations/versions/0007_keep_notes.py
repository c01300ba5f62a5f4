"""Keep notes on authors and blocks of them, emergencies of sites, texts of the embed, shares of second looks and patrol."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007_keep_notes"
down_revision = "0006_index_texts"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Add the columns with the values that leave every site as it is, and make the tables."""
    with op.batch_alter_table("sites") as batch:
        batch.add_column(sa.Column("texts", JSON, nullable=False, server_default="{}"))
        batch.add_column(sa.Column("second_look_percent", sa.Integer(), nullable=False, server_default="2"))
        batch.add_column(sa.Column("patrol_percent", sa.Integer(), nullable=False, server_default="5"))
        for kind in ("frozen", "held"):
            batch.add_column(sa.Column(f"{kind}_at", sa.DateTime(timezone=True), nullable=True))
            batch.add_column(sa.Column(f"{kind}_by", sa.Uuid(), nullable=True))
            batch.add_column(sa.Column(f"{kind}_note", sa.String(300), nullable=True))
            batch.create_foreign_key(
                op.f(f"fk_sites_{kind}_by_accounts"),
                "accounts",
                [f"{kind}_by"],
                ["id"],
                ondelete="SET NULL",
            )
        batch.create_check_constraint(
            op.f("ck_sites_second_look_percent"), "second_look_percent BETWEEN 0 AND 100"
        )
        batch.create_check_constraint(op.f("ck_sites_patrol_percent"), "patrol_percent BETWEEN 0 AND 100")
    op.create_table(
        "author_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.String(1000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["authors.id"], name=op.f("fk_author_notes_author_id_authors"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_author_notes_account_id_accounts"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_author_notes")),
    )
    op.create_index("ix_author_notes_author", "author_notes", ["author_id", "created_at"])
    op.create_table(
        "author_blocks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("note", sa.String(1000), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("until IS NULL OR until > created_at", name=op.f("ck_author_blocks_until")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["authors.id"], name=op.f("fk_author_blocks_author_id_authors"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_author_blocks_account_id_accounts"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"],
            ["accounts.id"],
            name=op.f("fk_author_blocks_ended_by_accounts"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_author_blocks")),
    )
    op.create_index("ix_author_blocks_author", "author_blocks", ["author_id", "created_at"])
    op.create_index("ix_comments_thread", "comments", ["thread_id", "created_at", "id"])


def downgrade() -> None:
    """Drop them: notes, the history of blocks, emergencies and texts are lost; blocks themselves hold."""
    op.drop_index("ix_comments_thread", "comments")
    op.drop_table("author_blocks")
    op.drop_table("author_notes")
    with op.batch_alter_table("sites") as batch:
        batch.drop_constraint(op.f("ck_sites_patrol_percent"), type_="check")
        batch.drop_constraint(op.f("ck_sites_second_look_percent"), type_="check")
        for kind in ("held", "frozen"):
            batch.drop_constraint(op.f(f"fk_sites_{kind}_by_accounts"), type_="foreignkey")
            for part in ("note", "by", "at"):
                batch.drop_column(f"{kind}_{part}")
        for name in ("patrol_percent", "second_look_percent", "texts"):
            batch.drop_column(name)

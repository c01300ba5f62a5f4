"""Keep figures by the hour. New tables, and indexes by which an hour's comments, the oldest items and second looks are found."""

import sqlalchemy as sa
from alembic import op

revision = "0012_keep_figures"
down_revision = "0011_chain_the_audit"
branch_labels = None
depends_on = None

PARTIAL = (
    ("ix_review_items_oldest", "review_items", ["site_id", "state", "created_at"], "closed_at IS NULL"),
    ("ix_decisions_second_looks", "decisions", ["site_id", "created_at"], "checks_id IS NOT NULL"),
)


def upgrade() -> None:
    """Make the tables. The worker fills them, the latest hours first, 90 days back."""
    op.create_table(
        "figures",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("measure", sa.String(length=32), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_figures_count")),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_figures_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", "measure", "hour", "subject", name=op.f("pk_figures")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_figures_hour", "figures", ["hour"])
    op.create_table(
        "figure_hours",
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hour", name=op.f("pk_figure_hours")),
    )
    op.create_table(
        "queue_hours",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("oldest_seconds", sa.Integer(), nullable=False),
        sa.CheckConstraint("length >= 0 AND oldest_seconds >= 0", name=op.f("ck_queue_hours_counts")),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_queue_hours_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", "state", "hour", name=op.f("pk_queue_hours")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_queue_hours_hour", "queue_hours", ["hour"])
    op.create_index("ix_comments_arrived", "comments", ["created_at", "site_id"])
    for name, table, columns, where in PARTIAL:
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    """Drop the figures: a later version makes them anew from what is still there."""
    for name, table, _, _ in PARTIAL:
        op.drop_index(name, table)
    op.drop_index("ix_comments_arrived", "comments")
    op.drop_table("queue_hours")
    op.drop_table("figure_hours")
    op.drop_table("figures")

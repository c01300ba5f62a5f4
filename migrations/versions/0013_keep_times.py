"""Keep times to decision by moderator, reason and rule. Longer subjects of figures, and by how many measures an hour was counted.

PostgreSQL widens the column without touching a row; SQLite copies the table.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013_keep_times"
down_revision = "0012_keep_figures"
branch_labels = None
depends_on = None

SHORT, LONG = sa.String(length=64), sa.String(length=80)


def upgrade() -> None:
    """Make room for a rule's key with a bucket. Hours of before count no measures: the worker counts 90 days of them again.

    A worker of the release before may go on: what it makes counts none either, and is counted again as well.
    """
    with op.batch_alter_table("figures") as batch:
        batch.alter_column("subject", type_=LONG, existing_type=SHORT, existing_nullable=False)
    op.add_column(
        "figure_hours", sa.Column("measure_count", sa.Integer(), nullable=False, server_default="0")
    )


def downgrade() -> None:
    """Remove what the release before does not know, and what is too long for it."""
    op.execute(
        "DELETE FROM figures WHERE measure IN ('waited-by', 'waited-reason', 'waited-rule') OR length(subject) > 64"
    )
    op.drop_column("figure_hours", "measure_count")
    with op.batch_alter_table("figures") as batch:
        batch.alter_column("subject", type_=SHORT, existing_type=LONG, existing_nullable=False)

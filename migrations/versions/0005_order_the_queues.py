"""Order the queues by deadline, and keep how much waits."""

revision = "0005_order_the_queues"
down_revision = "0004_keep_fingerprints"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""

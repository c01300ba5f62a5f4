"""Index texts for search, and keep saved filters."""

revision = "0006_index_texts"
down_revision = "0005_order_the_queues"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""

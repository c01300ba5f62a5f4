"""Keep figures by the hour."""

revision = "0012_keep_figures"
down_revision = "0011_chain_the_audit"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""

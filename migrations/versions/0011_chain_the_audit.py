"""Chain the audit."""

revision = "0011_chain_the_audit"
down_revision = "0010_invite_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""

"""Let drafts of rules be edited, and versions be retired."""

revision = "0008_draft_rules"
down_revision = "0007_keep_notes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""

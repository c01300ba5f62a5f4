"""Keep replays, shadow judgements and suggestions."""

revision = "0009_replay_rules"
down_revision = "0008_draft_rules"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""

"""Keep notes and blocks of authors, freezes of threads, texts of the embed."""

revision = "0007_keep_notes"
down_revision = "0006_index_texts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""

"""Keep invitations, second factors, identities and keys of accounts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010_invite_people"
down_revision = "0009_replay_rules"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Accounts keep the keys of the desk that they have changed: none, so far."""
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.add_column("accounts", sa.Column("keys", json, server_default="{}", nullable=False))


def downgrade() -> None:
    """Drop the keys: everybody has the usual ones again."""
    with op.batch_alter_table("accounts") as accounts:
        accounts.drop_column("keys")

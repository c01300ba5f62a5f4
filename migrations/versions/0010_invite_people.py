"""Keep invitations, second factors, identities and keys of accounts. New tables, and columns with defaults."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010_invite_people"
down_revision = "0009_replay_rules"
branch_labels = None
depends_on = None

NEW_TABLES = (
    "identity_requests",
    "identities",
    "sign_in_steps",
    "recovery_codes",
    "second_factors",
    "invitations",
)


def upgrade() -> None:
    """Accounts keep changed keys: none, so far. Sessions of before are of browsers without a name."""
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.add_column("accounts", sa.Column("keys", json, server_default="{}", nullable=False))
    op.add_column(
        "account_sessions", sa.Column("browser", sa.String(length=40), server_default="", nullable=False)
    )
    _make_invitations()
    _make_second_factors()
    _make_identities(json)


def _owned(table: str, column: str = "account_id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], ["accounts.id"], name=op.f(f"fk_{table}_{column}_accounts"), ondelete="CASCADE"
    )


def _make_invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('moderator', 'senior', 'owner')", name=op.f("ck_invitations_role")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_invitations_lifetime")),
        sa.CheckConstraint(
            "accepted_at IS NULL OR revoked_at IS NULL", name=op.f("ck_invitations_ends_once")
        ),
        _owned("invitations", "invited_by"),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_invitations_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    op.create_index("ix_invitations_site_id", "invitations", ["site_id"])
    op.create_index("ix_invitations_invited_by", "invitations", ["invited_by"])


def _make_second_factors() -> None:
    op.create_table(
        "second_factors",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        _owned("second_factors"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_second_factors")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        _owned("recovery_codes"),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_codes")),
    )
    op.create_index("ix_recovery_codes_account_id", "recovery_codes", ["account_id"])
    op.create_table(
        "sign_in_steps",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_sign_in_steps_lifetime")),
        _owned("sign_in_steps"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_steps")),
    )
    op.create_index("ix_sign_in_steps_account_id", "sign_in_steps", ["account_id"])
    op.create_index("ix_sign_in_steps_expires_at", "sign_in_steps", ["expires_at"])


def _make_identities(json: sa.JSON) -> None:
    op.create_table(
        "identities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _owned("identities"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_identities_issuer_subject")),
        sa.UniqueConstraint("account_id", "issuer", name=op.f("uq_identities_account_id_issuer")),
    )
    op.create_table(
        "identity_requests",
        sa.Column("state_hash", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("verifier", sa.String(length=128), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("invitation_hash", sa.LargeBinary(), nullable=True),
        sa.Column("details", json, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_identity_requests_lifetime")),
        _owned("identity_requests"),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_identity_requests")),
    )
    op.create_index("ix_identity_requests_account_id", "identity_requests", ["account_id"])
    op.create_index("ix_identity_requests_expires_at", "identity_requests", ["expires_at"])


def downgrade() -> None:
    """Drop what was added: usual keys for everybody; accounts without a password of their own cannot sign in."""
    for table in NEW_TABLES:
        op.drop_table(table)
    with op.batch_alter_table("account_sessions") as sessions:
        sessions.drop_column("browser")
    with op.batch_alter_table("accounts") as accounts:
        accounts.drop_column("keys")

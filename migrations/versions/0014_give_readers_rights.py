"""Give readers and authors rights: likes, reports, receipts, appeals; portal sign-in; sounds; and the policy for them.

Comments are not copied: SQLite adds and drops plain columns in place, a column's own CHECK with it.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0014_give_readers_rights"
down_revision = "0013_keep_times"
branch_labels = None
depends_on = None

CHALLENGES_BEFORE: Final = "challenge IN ('off', 'image')"
CHALLENGES: Final = "challenge IN ('off', 'pow', 'image', 'adaptive')"
CHECKS: Final = {
    "sign_in": "sign_in IN ('anonymous', 'optional', 'required')",
    "edit_minutes": "edit_minutes BETWEEN 0 AND 1440",
    "appeal_days": "appeal_days BETWEEN 0 AND 365",
    "report_review_weight": "report_review_weight BETWEEN 100 AND 10000",
    "report_hide_weight": "report_hide_weight BETWEEN 0 AND 10000",
}
NUMBERS: Final = {
    "edit_minutes": "30",
    "appeal_days": "14",
    "report_review_weight": "300",
    "report_hide_weight": "0",
}
RECEIPT: Final = "receipt_hash IS NOT NULL"
PUBLISHED: Final = "status = 'published'"
OPEN: Final = "state = 'open'"
NOTED: Final = "note IS NOT NULL"
WITHDRAWN: Final = "status = 'withdrawn'"


def upgrade() -> None:
    """Add the tables, the columns and the settings. Nothing of what is there changes its meaning."""
    op.create_table(
        "sounds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("answer_mac", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.String(length=32), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sounds")),
    )
    op.create_table(
        "portal_keys",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_portal_keys_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", "key_id", name=op.f("pk_portal_keys")),
    )
    op.create_table(
        "likes",
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_likes_comment_id_comments"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("comment_id", "token_hash", name=op.f("pk_likes")),
    )
    op.create_table(
        "reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("reporter_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("client_key", sa.LargeBinary(length=32), nullable=True),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("is_proven", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("receipt_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'open') = (settled_at IS NULL)", name=op.f("ck_reports_settled_at")),
        sa.CheckConstraint("state IN ('open', 'upheld', 'dismissed')", name=op.f("ck_reports_state")),
        sa.CheckConstraint("weight BETWEEN 0 AND 1000", name=op.f("ck_reports_weight")),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_reports_comment_id_comments"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_reports_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("comment_id", "reporter_hash", name=op.f("uq_reports_comment_id_reporter_hash")),
        sa.UniqueConstraint("receipt_hash", name=op.f("uq_reports_receipt_hash")),
    )
    op.create_index(
        "ix_reports_open",
        "reports",
        ["comment_id"],
        sqlite_where=sa.text(OPEN),
        postgresql_where=sa.text(OPEN),
    )
    op.create_index(
        "ix_reports_noted",
        "reports",
        ["site_id", "settled_at"],
        sqlite_where=sa.text(NOTED),
        postgresql_where=sa.text(NOTED),
    )
    op.create_index("ix_likes_reader", "likes", ["token_hash", "comment_id"])
    op.create_index("ix_reports_reporter", "reports", ["site_id", "reporter_hash", "state"])
    op.create_table(
        "appeals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("reason_before", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'open') = (settled_at IS NULL)", name=op.f("ck_appeals_settled_at")),
        sa.CheckConstraint("state IN ('open', 'granted', 'denied')", name=op.f("ck_appeals_state")),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_appeals_comment_id_comments"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["decisions.id"],
            name=op.f("fk_appeals_decision_id_decisions"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_appeals_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
        sa.UniqueConstraint("comment_id", name=op.f("uq_appeals_comment_id")),
    )
    op.create_index(op.f("ix_appeals_site_id"), "appeals", ["site_id"])
    op.add_column("authors", sa.Column("subject", sa.String(255), nullable=True))
    op.add_column(
        "authors", sa.Column("is_verified", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    with op.batch_alter_table("challenges") as batch:
        batch.add_column(sa.Column("sound_id", sa.Uuid(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_challenges_sound_id_sounds"), "sounds", ["sound_id"], ["id"], ondelete="SET NULL"
        )
    op.execute(
        "ALTER TABLE comments ADD COLUMN like_count INTEGER DEFAULT 0 NOT NULL "
        "CONSTRAINT ck_comments_like_count CHECK (like_count >= 0)"
    )
    op.add_column("comments", sa.Column("receipt_hash", sa.LargeBinary(32), nullable=True))
    op.create_index(
        "ix_comments_liked",
        "comments",
        ["thread_id", "is_listed", "root_id", "like_count", "created_at", "id"],
    )
    op.create_index(
        "ix_comments_published",
        "comments",
        ["site_id", "created_at", "id"],
        sqlite_where=sa.text(PUBLISHED),
        postgresql_where=sa.text(PUBLISHED),
    )
    op.create_index(
        "ix_comments_withdrawn",
        "comments",
        ["site_id", "decided_at"],
        sqlite_where=sa.text(WITHDRAWN),
        postgresql_where=sa.text(WITHDRAWN),
    )
    op.create_index(
        "uq_comments_receipt",
        "comments",
        ["receipt_hash"],
        unique=True,
        sqlite_where=sa.text(RECEIPT),
        postgresql_where=sa.text(RECEIPT),
    )
    with op.batch_alter_table("sites") as batch:
        batch.add_column(sa.Column("sign_in", sa.String(32), server_default="anonymous", nullable=False))
        batch.add_column(sa.Column("trusted_pass", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch.add_column(sa.Column("links_wait", sa.Boolean(), server_default=sa.true(), nullable=False))
        for name, default in NUMBERS.items():
            batch.add_column(sa.Column(name, sa.Integer(), server_default=default, nullable=False))
        batch.drop_constraint(op.f("ck_sites_challenge"), type_="check")
        batch.create_check_constraint(op.f("ck_sites_challenge"), CHALLENGES)
        for name, condition in CHECKS.items():
            batch.create_check_constraint(op.f(f"ck_sites_{name}"), condition)


def downgrade() -> None:
    """Take it back. A challenge that the release before does not know becomes the image."""
    op.execute("UPDATE sites SET challenge = 'image' WHERE challenge IN ('pow', 'adaptive')")
    with op.batch_alter_table("sites") as batch:
        for name in CHECKS:
            batch.drop_constraint(op.f(f"ck_sites_{name}"), type_="check")
        batch.drop_constraint(op.f("ck_sites_challenge"), type_="check")
        batch.create_check_constraint(op.f("ck_sites_challenge"), CHALLENGES_BEFORE)
        for name in (*reversed(NUMBERS), "links_wait", "trusted_pass", "sign_in"):
            batch.drop_column(name)
    for name in (
        "uq_comments_receipt",
        "ix_comments_withdrawn",
        "ix_comments_published",
        "ix_comments_liked",
    ):
        op.drop_index(name, "comments")
    op.drop_column("comments", "receipt_hash")
    op.execute("ALTER TABLE comments DROP COLUMN like_count")
    with op.batch_alter_table("challenges") as batch:
        batch.drop_constraint(op.f("fk_challenges_sound_id_sounds"), type_="foreignkey")
        batch.drop_column("sound_id")
    op.drop_column("authors", "is_verified")
    op.drop_column("authors", "subject")
    for table in ("appeals", "reports", "likes", "portal_keys", "sounds"):
        op.drop_table(table)

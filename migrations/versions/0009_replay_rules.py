"""Keep replays, shadow judgements and suggestions. New tables, and one index of comments by their time.

On PostgreSQL building the index keeps comments waiting for about a second for each million of them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009_replay_rules"
down_revision = "0008_draft_rules"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Make the tables and the index by which a site's comments are read from the latest to the oldest."""
    op.create_index("ix_comments_latest", "comments", ["site_id", "created_at", "id"])
    op.create_table(
        "replays",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("rule_set_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("artefact", sa.LargeBinary(), nullable=True),
        sa.Column("against_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("failure", sa.String(length=32), nullable=True),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("judged", sa.Integer(), nullable=False),
        sa.Column("busy_ms", sa.Integer(), nullable=False),
        sa.Column("cursor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cursor_id", sa.Uuid(), nullable=True),
        sa.Column("cells", JSON, nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("lease_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'running') = (ended_at IS NULL)", name=op.f("ck_replays_ended_at")),
        sa.CheckConstraint("state <> 'running' OR artefact IS NOT NULL", name=op.f("ck_replays_artefact")),
        sa.CheckConstraint(
            "state IN ('running', 'done', 'cancelled', 'failed')", name=op.f("ck_replays_state")
        ),
        sa.ForeignKeyConstraint(
            ["against_id"], ["rule_sets.id"], name=op.f("fk_replays_against_id_rule_sets"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["rule_set_id"],
            ["rule_sets.id"],
            name=op.f("fk_replays_rule_set_id_rule_sets"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_replays_site_id_sites"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["started_by"], ["accounts.id"], name=op.f("fk_replays_started_by_accounts"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replays")),
    )
    op.create_index(op.f("ix_replays_against_id"), "replays", ["against_id"])
    op.create_index(op.f("ix_replays_rule_set_id"), "replays", ["rule_set_id"])
    op.create_index("ix_replays_site", "replays", ["site_id", "started_at"])
    op.create_index(
        "uq_replays_running",
        "replays",
        ["site_id"],
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "replay_rules",
        sa.Column("replay_id", sa.Uuid(), nullable=False),
        sa.Column("rule_key", sa.String(length=64), nullable=False),
        sa.Column("gained", sa.Integer(), nullable=False),
        sa.Column("gained_approved", sa.Integer(), nullable=False),
        sa.Column("gained_rejected", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("lost_approved", sa.Integer(), nullable=False),
        sa.Column("lost_rejected", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["replay_id"], ["replays.id"], name=op.f("fk_replay_rules_replay_id_replays"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("replay_id", "rule_key", name=op.f("pk_replay_rules")),
    )
    op.create_table(
        "replay_examples",
        sa.Column("replay_id", sa.Uuid(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("cell", sa.String(length=32), nullable=False),
        sa.Column("lot", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("marks", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comments.id"],
            name=op.f("fk_replay_examples_comment_id_comments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["replay_id"],
            ["replays.id"],
            name=op.f("fk_replay_examples_replay_id_replays"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("replay_id", "comment_id", name=op.f("pk_replay_examples")),
    )
    op.create_index("ix_replay_examples_comment_id", "replay_examples", ["comment_id"])
    op.create_table(
        "shadows",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("rule_set_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("artefact", sa.LargeBinary(), nullable=True),
        sa.Column("watermark", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failure", sa.String(length=32), nullable=True),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("lease_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (artefact IS NOT NULL)", name=op.f("ck_shadows_artefact")),
        sa.ForeignKeyConstraint(
            ["rule_set_id"],
            ["rule_sets.id"],
            name=op.f("fk_shadows_rule_set_id_rule_sets"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_shadows_site_id_sites"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["started_by"], ["accounts.id"], name=op.f("fk_shadows_started_by_accounts"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shadows")),
    )
    op.create_index(op.f("ix_shadows_rule_set_id"), "shadows", ["rule_set_id"])
    op.create_index("ix_shadows_site", "shadows", ["site_id", "started_at"])
    op.create_index(
        "uq_shadows_open",
        "shadows",
        ["site_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "shadow_judgements",
        sa.Column("shadow_id", sa.Uuid(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("before", sa.String(length=32), nullable=False),
        sa.Column("after", sa.String(length=32), nullable=False),
        sa.Column("rule_keys", JSON, nullable=False),
        sa.Column("marks", JSON, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "verdict IN ('allow', 'review', 'block')", name=op.f("ck_shadow_judgements_verdict")
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comments.id"],
            name=op.f("fk_shadow_judgements_comment_id_comments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["shadow_id"],
            ["shadows.id"],
            name=op.f("fk_shadow_judgements_shadow_id_shadows"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shadow_id", "comment_id", name=op.f("pk_shadow_judgements")),
    )
    op.create_index("ix_shadow_judgements_comment_id", "shadow_judgements", ["comment_id"])
    op.create_index("ix_shadow_judgements_created_at", "shadow_judgements", ["created_at"])
    op.create_index(
        "ix_shadow_judgements_latest", "shadow_judgements", ["shadow_id", "created_at", "before", "after"]
    )
    op.create_table(
        "suggestion_lists",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("approved", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_suggestion_lists_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", "days", name=op.f("pk_suggestion_lists")),
    )
    op.create_index("ix_suggestion_lists_due_at", "suggestion_lists", ["due_at"])
    op.create_table(
        "suggestions",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("term", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("approved", sa.Integer(), nullable=False),
        sa.Column("clients", sa.Integer(), nullable=False),
        sa.Column("caught", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('term', 'link')", name=op.f("ck_suggestions_kind")),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_suggestions_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", "days", "position", name=op.f("pk_suggestions")),
    )
    op.create_table(
        "suggestion_examples",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comments.id"],
            name=op.f("fk_suggestion_examples_comment_id_comments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_suggestion_examples_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "site_id", "days", "position", "comment_id", name=op.f("pk_suggestion_examples")
        ),
    )
    op.create_index("ix_suggestion_examples_comment_id", "suggestion_examples", ["comment_id"])


def downgrade() -> None:
    """Drop the tables: replays, shadows and suggestions are gone, what they were made from is not."""
    for name in (
        "suggestion_examples",
        "suggestions",
        "suggestion_lists",
        "shadow_judgements",
        "shadows",
        "replay_examples",
        "replay_rules",
        "replays",
    ):
        op.drop_table(name)
    op.drop_index("ix_comments_latest", table_name="comments")

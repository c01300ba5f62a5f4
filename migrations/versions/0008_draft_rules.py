"""Let drafts of rules be edited row by row, and compiled only when somebody asks; let versions be discarded.

On PostgreSQL nothing is rewritten: constant defaults and a dropped NOT NULL change the catalogue only, and of versions
there are few. SQLite copies `rule_sets` once.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008_draft_rules"
down_revision = "0007_keep_notes"
branch_labels = None
depends_on = None

rule_sets = sa.table("rule_sets", sa.column("id"), sa.column("state"), sa.column("artefact"))
rules = sa.table("rules", sa.column("rule_set_id"))


def upgrade() -> None:
    """Add who made, edited and activated a version, and from which one; a draft need not be compiled."""
    with op.batch_alter_table("rule_sets") as table:
        table.alter_column("digest", existing_type=sa.String(64), nullable=True)
        table.alter_column("artefact", existing_type=sa.LargeBinary(), nullable=True)
        table.add_column(sa.Column("edition", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("is_correction", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("based_on_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("created_by", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("edited_by", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("activated_by", sa.Uuid(), nullable=True))
        table.create_foreign_key(
            op.f("fk_rule_sets_based_on_id_rule_sets"),
            "rule_sets",
            ["based_on_id"],
            ["id"],
            ondelete="SET NULL",
        )
        for name in ("created_by", "edited_by", "activated_by"):
            table.create_foreign_key(
                op.f(f"fk_rule_sets_{name}_accounts"), "accounts", [name], ["id"], ondelete="SET NULL"
            )
        table.drop_constraint(op.f("ck_rule_sets_state"), type_="check")
        table.create_check_constraint(
            op.f("ck_rule_sets_state"), "state IN ('draft', 'active', 'retired', 'discarded')"
        )
        table.create_check_constraint(
            op.f("ck_rule_sets_is_compiled"),
            "state IN ('draft', 'discarded') OR (artefact IS NOT NULL AND digest IS NOT NULL)",
        )


def downgrade() -> None:
    """Take the columns away; drafts that were not compiled, and what was discarded, go with their rules."""
    connection = op.get_bind()
    lost = sa.select(rule_sets.c.id).where(
        sa.or_(rule_sets.c.artefact.is_(None), rule_sets.c.state == "discarded")
    )
    connection.execute(sa.delete(rules).where(rules.c.rule_set_id.in_(lost)))
    connection.execute(
        sa.delete(rule_sets).where(sa.or_(rule_sets.c.artefact.is_(None), rule_sets.c.state == "discarded"))
    )
    with op.batch_alter_table("rule_sets") as table:
        table.drop_constraint(op.f("ck_rule_sets_is_compiled"), type_="check")
        table.drop_constraint(op.f("ck_rule_sets_state"), type_="check")
        table.create_check_constraint(op.f("ck_rule_sets_state"), "state IN ('draft', 'active', 'retired')")
        for name in ("activated_by", "edited_by", "created_by"):
            table.drop_constraint(op.f(f"fk_rule_sets_{name}_accounts"), type_="foreignkey")
        table.drop_constraint(op.f("fk_rule_sets_based_on_id_rule_sets"), type_="foreignkey")
        for name in (
            "activated_by",
            "edited_by",
            "edited_at",
            "created_by",
            "based_on_id",
            "is_correction",
            "edition",
        ):
            table.drop_column(name)
        table.alter_column("artefact", existing_type=sa.LargeBinary(), nullable=False)
        table.alter_column("digest", existing_type=sa.String(64), nullable=False)

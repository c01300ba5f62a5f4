"""Keep the kinds, guards and scores of rules and matches, and what a rule set says of all its rules.

On PostgreSQL nothing is rewritten: columns with a constant default and a wider varchar change the catalogue only.
SQLite copies `rules` and `matches` once.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003_keep_kinds_and_scores"
down_revision = "0002_keep_the_audit"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
KNOWN_BEFORE = ("exact", "fold", "separator")
ROWS_AT_ONCE = 1_000

rule_sets = sa.table("rule_sets", sa.column("id"), sa.column("rule_count"))
rules = sa.table(
    "rules",
    sa.column("rule_set_id", sa.Uuid()),
    sa.column("key", sa.String()),
    sa.column("kind"),
    sa.column("action"),
    sa.column("channels", JSON),
)
matches = sa.table("matches", sa.column("kind"), sa.column("action"), sa.column("channel"))


def upgrade() -> None:
    """Add the columns; what is stored already is of kind "term" and weighs nothing."""
    with op.batch_alter_table("rule_sets") as table:
        table.add_column(sa.Column("exceptions", JSON, nullable=True))
        table.add_column(sa.Column("thresholds", JSON, nullable=True))
    with op.batch_alter_table("evaluations") as table:
        table.add_column(sa.Column("score", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("rules") as table:
        table.add_column(sa.Column("kind", sa.String(length=32), nullable=False, server_default="term"))
        table.add_column(sa.Column("guards", JSON, nullable=True))
        table.alter_column(
            "term", type_=sa.String(500), existing_type=sa.String(200), existing_nullable=False
        )
        table.drop_constraint(op.f("ck_rules_action"), type_="check")
        table.create_check_constraint(
            op.f("ck_rules_action"), "action IN ('allow', 'score', 'mask', 'review', 'block')"
        )
    with op.batch_alter_table("matches") as table:
        table.add_column(sa.Column("kind", sa.String(length=32), nullable=False, server_default="term"))
        table.alter_column(
            "term", type_=sa.String(500), existing_type=sa.String(200), existing_nullable=False
        )


def downgrade() -> None:
    """Take the columns away, and with them what the release before cannot read.

    1 rules of other kinds than "term", or that only score, or that take none of the three first channels, are
      removed from the lists; other rules lose the channels that were unknown
    2 matches of such kinds, actions and channels are removed; the verdict they led to stays
    3 the exceptions and thresholds of whole sets are dropped

    Compiled sets are left as they are: the release before refuses those of a newer format and lets comments wait.
    """
    connection = op.get_bind()
    connection.execute(sa.delete(rules).where(sa.or_(rules.c.kind != "term", rules.c.action == "score")))
    for rule_set_id, key, channels in list(_narrowed(connection)):
        own = (rules.c.rule_set_id == rule_set_id) & (rules.c.key == key)
        connection.execute(
            sa.update(rules).where(own).values(channels=channels) if channels else sa.delete(rules).where(own)
        )
    left = sa.select(sa.func.count()).where(rules.c.rule_set_id == rule_sets.c.id).scalar_subquery()
    connection.execute(sa.update(rule_sets).values(rule_count=left))
    connection.execute(
        sa.delete(matches).where(
            sa.or_(
                matches.c.kind != "term",
                matches.c.action == "score",
                matches.c.channel.not_in(KNOWN_BEFORE),
            )
        )
    )
    with op.batch_alter_table("matches") as table:
        table.alter_column(
            "term", type_=sa.String(200), existing_type=sa.String(500), existing_nullable=False
        )
        table.drop_column("kind")
    with op.batch_alter_table("rules") as table:
        table.drop_constraint(op.f("ck_rules_action"), type_="check")
        table.create_check_constraint(
            op.f("ck_rules_action"), "action IN ('allow', 'mask', 'review', 'block')"
        )
        table.alter_column(
            "term", type_=sa.String(200), existing_type=sa.String(500), existing_nullable=False
        )
        table.drop_column("guards")
        table.drop_column("kind")
    with op.batch_alter_table("evaluations") as table:
        table.drop_column("score")
    with op.batch_alter_table("rule_sets") as table:
        table.drop_column("thresholds")
        table.drop_column("exceptions")


def _narrowed(connection: sa.Connection) -> Iterator[tuple[object, str, list[str]]]:
    """Yield the rules that name channels unknown before, with those they keep."""
    limited = sa.select(rules.c.rule_set_id, rules.c.key, rules.c.channels).where(
        rules.c.channels.is_not(None)
    )
    for rule_set_id, key, channels in connection.execute(limited).yield_per(ROWS_AT_ONCE):
        kept = [channel for channel in channels or [] if channel in KNOWN_BEFORE]
        if channels and kept != channels:
            yield rule_set_id, key, kept

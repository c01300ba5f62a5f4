"""Order the queues by deadline, keep how much waits, and what second looks, holds and batches need.

How much waits is kept by triggers of `review_items`. A later migration that lets SQLite rebuild that table (batch
mode) loses them without a word, and must make them again: `tests/integration/store/test_lengths.py` would tell.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0005_order_the_queues"
down_revision = "0004_keep_fingerprints"
branch_labels = None
depends_on = None

STATES_BEFORE: Final = "state IN ('waiting', 'escalated', 'decided', 'dropped')"
STATES: Final = (
    "state IN ('waiting', 'reported', 'escalated', 'appealed', 'patrol', 'second-look', 'decided', 'dropped')"
)
OPEN_BEFORE: Final = "state IN ('waiting', 'escalated')"
OPEN: Final = "closed_at IS NULL"
INDEXES: Final = {
    "ix_review_items_queue": ["site_id", "state", "due_at", "id"],
    "ix_review_items_claimed": ["claimed_by"],
    "ix_review_items_author": ["author_id", "site_id", "state", "due_at", "id"],
    "ix_review_items_thread": ["thread_id", "site_id", "state", "due_at", "id"],
    "ix_review_items_rule": ["site_id", "rule_key", "state", "due_at", "id"],
    "ix_review_items_group": ["site_id", "text_hash"],
    "uq_review_items_open": ["comment_id"],
}
INDEXES_BEFORE: Final = {
    "ix_review_items_queue": ["site_id", "state", "rank", "created_at", "id"],
    "ix_review_items_claimed": ["claimed_by"],
    "uq_review_items_open": ["comment_id"],
}

items = sa.table(
    "review_items",
    *(sa.column(name) for name in ("site_id", "state", "risk", "due_at")),
    *(sa.column(name) for name in ("thread_id", "author_id", "text_hash", "rule_key", "category")),
)
queue_changes = sa.table("queue_changes", *(sa.column(name) for name in ("site_id", "state", "change")))

COPY: Final = "(SELECT {} FROM comments WHERE comments.id = review_items.comment_id)"
GRAVEST: Final = (
    "(SELECT matches.{} FROM evaluations JOIN matches ON matches.evaluation_id = evaluations.id "
    "WHERE evaluations.comment_id = review_items.comment_id AND evaluations.revision = review_items.revision "
    "AND matches.action <> 'allow' ORDER BY matches.severity DESC, matches.rule_key LIMIT 1)"
)
# A day, divided by how much faster risk makes time pass (ADR 0019).
DUE: Final = {
    "postgresql": "created_at + interval '24 hours' * (100.0 / (100 + 23 * risk))",
    "sqlite": "strftime('%Y-%m-%d %H\\:%M\\:%f000', created_at, (8640000.0 / (100 + 23 * risk)) || ' seconds')",
}


def upgrade() -> None:
    """Add the columns, fill them, put the new order in place of the old one, and begin to keep the lengths."""
    for name in INDEXES_BEFORE:
        op.drop_index(name, "review_items")
    with op.batch_alter_table("review_items") as table:
        table.add_column(sa.Column("risk", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("rule_key", sa.String(64), nullable=True))
        table.add_column(sa.Column("category", sa.String(32), nullable=True))
        table.add_column(sa.Column("thread_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("author_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("text_hash", sa.LargeBinary(32), nullable=True))
        table.add_column(sa.Column("is_held", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("not_for", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("checks_id", sa.Uuid(), nullable=True))
    _fill()
    with op.batch_alter_table("review_items") as table:
        table.drop_column("rank")
        table.alter_column("risk", server_default=None, existing_type=sa.Integer(), existing_nullable=False)
        table.alter_column(
            "is_held", server_default=None, existing_type=sa.Boolean(), existing_nullable=False
        )
        table.alter_column("thread_id", nullable=False, existing_type=sa.Uuid())
        table.alter_column("text_hash", nullable=False, existing_type=sa.LargeBinary(32))
        table.drop_constraint(op.f("ck_review_items_state"), type_="check")
        table.create_check_constraint(op.f("ck_review_items_state"), STATES)
        table.create_check_constraint(op.f("ck_review_items_risk"), "risk BETWEEN 0 AND 100")
        table.create_check_constraint(
            op.f("ck_review_items_held_by_somebody"), "claimed_by IS NOT NULL OR NOT is_held"
        )
        table.create_foreign_key(
            op.f("fk_review_items_not_for_accounts"), "accounts", ["not_for"], ["id"], ondelete="SET NULL"
        )
    _index(INDEXES, OPEN)
    with op.batch_alter_table("decisions") as table:
        table.add_column(sa.Column("queue", sa.String(32), nullable=False, server_default="waiting"))
        table.add_column(sa.Column("reason_before", sa.String(32), nullable=True))
        table.add_column(sa.Column("checks_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("batch_id", sa.Uuid(), nullable=True))
        table.create_foreign_key(
            op.f("fk_decisions_checks_id_decisions"), "decisions", ["checks_id"], ["id"], ondelete="CASCADE"
        )
    for name in ("batch", "checks"):
        where = sa.text(f"{name}_id IS NOT NULL")
        op.create_index(
            f"ix_decisions_{name}", "decisions", [f"{name}_id"], sqlite_where=where, postgresql_where=where
        )
    op.create_table(
        "queue_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_changes")),
    )
    op.create_table(
        "patrol_marks",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_patrol_marks")),
    )
    number = sa.func.count()
    lengths = sa.select(items.c.site_id, items.c.state, number).where(sa.text(OPEN))
    op.execute(
        sa.insert(queue_changes).from_select(
            ["site_id", "state", "change"], lengths.group_by(items.c.site_id, items.c.state)
        )
    )
    _count_by_triggers()


def downgrade() -> None:
    """Bring the old order back. What waits in queues that were unknown then leaves them."""
    _count_no_more()
    op.drop_table("patrol_marks")
    op.drop_table("queue_changes")
    op.execute(
        "UPDATE review_items SET state = 'dropped', closed_at = created_at, claimed_by = NULL, lease_hash = NULL, "
        "lease_expires_at = NULL, is_held = false "
        "WHERE state IN ('reported', 'appealed', 'patrol', 'second-look')"
    )
    for name in ("batch", "checks"):
        op.drop_index(f"ix_decisions_{name}", "decisions")
    with op.batch_alter_table("decisions") as table:
        table.drop_constraint(op.f("fk_decisions_checks_id_decisions"), type_="foreignkey")
        for column in ("queue", "reason_before", "checks_id", "batch_id"):
            table.drop_column(column)
    for name in INDEXES:
        op.drop_index(name, "review_items")
    with op.batch_alter_table("review_items") as table:
        table.add_column(sa.Column("rank", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE review_items SET rank = -risk")
    with op.batch_alter_table("review_items") as table:
        table.alter_column("rank", server_default=None, existing_type=sa.Integer(), existing_nullable=False)
        table.drop_constraint(op.f("fk_review_items_not_for_accounts"), type_="foreignkey")
        for name in ("state", "risk", "held_by_somebody"):
            table.drop_constraint(op.f(f"ck_review_items_{name}"), type_="check")
        table.create_check_constraint(op.f("ck_review_items_state"), STATES_BEFORE)
        for column in ("risk", "rule_key", "category", "thread_id", "author_id", "text_hash", "is_held"):
            table.drop_column(column)
        for column in ("not_for", "checks_id"):
            table.drop_column(column)
    _index(INDEXES_BEFORE, OPEN_BEFORE)


def _fill() -> None:
    copied = {name: sa.text(COPY.format(name)) for name in ("thread_id", "author_id", "text_hash")}
    op.execute(sa.update(items).values(copied))
    gravest = {name: sa.text(GRAVEST.format(name)) for name in ("rule_key", "category")}
    # An undone item had a thousand on top of its severity.
    op.execute(sa.update(items).values({"risk": sa.text("(-rank) % 1000"), **gravest}).where(sa.text(OPEN)))
    due_at = sa.text(DUE[op.get_bind().dialect.name])
    op.execute(sa.update(items).values(due_at=due_at).where(sa.text(OPEN)))


def _index(indexes: dict[str, list[str]], where: str) -> None:
    for name, columns in indexes.items():
        op.create_index(
            name,
            "review_items",
            columns,
            unique=name.startswith("uq_"),
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )


CHANGED: Final = "INSERT INTO queue_changes (site_id, state, change) VALUES ({0}.site_id, {0}.state, {1})"


def _count_by_triggers() -> None:
    gone, come = CHANGED.format("OLD", -1), CHANGED.format("NEW", 1)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION review_items_count() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF TG_OP <> 'INSERT' AND OLD.closed_at IS NULL THEN {gone}; END IF; "
            f"IF TG_OP <> 'DELETE' AND NEW.closed_at IS NULL THEN {come}; END IF; "
            "RETURN NULL; END $$"
        )
        op.execute(
            "CREATE TRIGGER review_items_count AFTER INSERT OR DELETE ON review_items "
            "FOR EACH ROW EXECUTE FUNCTION review_items_count()"
        )
        # Claims, far more frequent than decisions, cost nothing here.
        op.execute(
            "CREATE TRIGGER review_items_count_moved AFTER UPDATE ON review_items FOR EACH ROW "
            "WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION review_items_count()"
        )
        return
    op.execute(
        "CREATE TRIGGER review_items_count_added AFTER INSERT ON review_items "
        f"WHEN NEW.{OPEN} BEGIN {come}; END"
    )
    op.execute(
        "CREATE TRIGGER review_items_count_removed AFTER DELETE ON review_items "
        f"WHEN OLD.{OPEN} BEGIN {gone}; END"
    )
    op.execute(
        "CREATE TRIGGER review_items_count_left AFTER UPDATE OF state ON review_items "
        f"WHEN OLD.state <> NEW.state AND OLD.{OPEN} BEGIN {gone}; END"
    )
    op.execute(
        "CREATE TRIGGER review_items_count_entered AFTER UPDATE OF state ON review_items "
        f"WHEN OLD.state <> NEW.state AND NEW.{OPEN} BEGIN {come}; END"
    )


def _count_no_more() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for name in ("review_items_count", "review_items_count_moved"):
            op.execute(f"DROP TRIGGER {name} ON review_items")
        op.execute("DROP FUNCTION review_items_count()")
        return
    for name in ("added", "removed", "left", "entered"):
        op.execute(f"DROP TRIGGER review_items_count_{name}")

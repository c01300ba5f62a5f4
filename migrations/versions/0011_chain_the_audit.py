"""Chain the audit: every event noted until it is sealed, seals that nobody may change, indexes for its page.

TRUNCATE is refused as well, which is a door of its own on PostgreSQL.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011_chain_the_audit"
down_revision = "0010_invite_people"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NOTED_AT_ONCE = 100_000
"""Events noted by one statement: far below what a statement may take of time."""
MESSAGE = "audit_chain is append-only"


def upgrade() -> None:
    """Note every event there is as unsealed; the worker seals them, the oldest first."""
    is_postgres = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "audit_chain",
        sa.Column("position", BIG, autoincrement=False, nullable=False),
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_chain")),
        sa.UniqueConstraint("event_id", name=op.f("uq_audit_chain_event_id")),
    )
    op.create_table(
        "audit_unsealed",
        sa.Column("event_id", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_audit_unsealed")),
    )
    (_guard_postgres if is_postgres else _guard_sqlite)()
    _note_all()
    for name in ("site", "subject"):
        op.drop_index(f"ix_audit_events_{name}", "audit_events")
    op.create_index("ix_audit_events_site", "audit_events", ["site_id", "created_at", "id"])
    op.create_index("ix_audit_events_name", "audit_events", ["site_id", "name", "created_at", "id"])
    op.create_index("ix_audit_events_kind", "audit_events", ["site_id", "actor_kind", "created_at", "id"])
    op.create_index("ix_audit_events_subject", "audit_events", ["subject_id", "site_id", "created_at", "id"])
    for name, columns, where in (
        ("actor", ["actor_id", "site_id"], "actor_id IS NOT NULL"),
        ("reason", ["site_id", "reason"], "reason IS NOT NULL"),
    ):
        op.create_index(
            f"ix_audit_events_{name}",
            "audit_events",
            [*columns, "created_at", "id"],
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )


def _guard_postgres() -> None:
    op.execute(
        "CREATE FUNCTION audit_chain_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{MESSAGE}'; END $$",
    )
    op.execute(
        "CREATE TRIGGER audit_chain_append_only BEFORE UPDATE OR DELETE ON audit_chain "
        "FOR EACH ROW EXECUTE FUNCTION audit_chain_refuse()",
    )
    for table in ("audit_events", "audit_chain"):
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()",
        )
    op.execute(
        "CREATE FUNCTION audit_events_note() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN INSERT INTO audit_unsealed (event_id) VALUES (NEW.id); RETURN NULL; END $$",
    )
    op.execute(
        "CREATE TRIGGER audit_events_unsealed AFTER INSERT ON audit_events "
        "FOR EACH ROW EXECUTE FUNCTION audit_events_note()",
    )


def _guard_sqlite() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_chain_no_{verb.lower()} BEFORE {verb} ON audit_chain "
            f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
        )
    op.execute(
        "CREATE TRIGGER audit_events_unsealed AFTER INSERT ON audit_events "
        "BEGIN INSERT INTO audit_unsealed (event_id) VALUES (NEW.id); END",
    )


def _note_all() -> None:
    connection = op.get_bind()
    last = connection.scalar(sa.text("SELECT max(id) FROM audit_events")) or 0
    for start in range(0, last, NOTED_AT_ONCE):
        connection.execute(
            sa.text(
                "INSERT INTO audit_unsealed (event_id) "
                "SELECT id FROM audit_events WHERE id > :start AND id <= :stop",
            ),
            {"start": start, "stop": start + NOTED_AT_ONCE},
        )


def downgrade() -> None:
    """Drop the chain: the next upgrade begins another, over the same events."""
    for name in ("reason", "actor", "subject", "kind", "name", "site"):
        op.drop_index(f"ix_audit_events_{name}", "audit_events")
    op.create_index("ix_audit_events_site", "audit_events", ["site_id", "id"])
    op.create_index("ix_audit_events_subject", "audit_events", ["subject_id", "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_events_unsealed ON audit_events")
        op.execute("DROP FUNCTION audit_events_note()")
        op.execute("DROP TRIGGER audit_events_no_truncate ON audit_events")
        op.drop_table("audit_chain")
        op.execute("DROP FUNCTION audit_chain_refuse()")
    else:
        op.execute("DROP TRIGGER audit_events_unsealed")
        op.drop_table("audit_chain")
    op.drop_table("audit_unsealed")

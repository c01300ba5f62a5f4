"""`moderation migrate`: bring the database to this version: its schema, and the rule sets that it compiles otherwise.

Never done by `serve` behind one's back.
"""

import click
import flask_migrate

from moderation.cli import output
from moderation.cli.application import in_app
from moderation.cli.refusal import Refusal
from moderation.extensions import schema_head
from moderation.flows import health, recompiling
from moderation.flows.recompiling import Recompiled
from moderation.web import context


@click.command("migrate")
@output.json_option
@in_app
def migrate(*, as_json: bool) -> None:
    """Bring the database to this version: the schema, and rule sets compiled by another."""
    before, after = upgrade()
    compiled = recompile()
    if as_json:
        output.document({"before": before, "after": after, "recompiled": compiled.done})
    output.message(f"The schema is {after}." if before != after else f"The schema is {after} already.")
    if compiled.done:
        output.message(f"{compiled.done} rule sets were compiled again.")
    if compiled.failed:
        raise Refusal(
            f"{compiled.failed} rule sets do not compile in this version; the log names each (rule-set.failed). "
            "Export their rules, mend them, import them again."
        )


def upgrade() -> tuple[str | None, str]:
    """Run the migrations that are missing, in the present application; return the schema before and after."""
    before = health.look(session=context.session())
    if not before.is_database_up:
        raise Refusal("The database does not answer; check MODERATION_DATABASE_URL.")
    flask_migrate.upgrade()
    after = health.look(session=context.session()).schema
    if after != schema_head():
        raise Refusal(f"The schema is {after}, but this version needs {schema_head()}.")
    return before.schema, schema_head()


def recompile() -> Recompiled:
    """Compile the rule sets again that this version cannot load, in the present application."""
    return recompiling.recompile_all(session=context.session(), services=context.services())

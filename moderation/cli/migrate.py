"""`moderation migrate`: bring the database to the schema of this version. Never done by `serve` behind one's back."""

import click
import flask_migrate

from moderation.cli import output
from moderation.cli.application import in_app
from moderation.cli.refusal import Refusal
from moderation.extensions import schema_head
from moderation.flows import health
from moderation.web import context


@click.command("migrate")
@output.json_option
@in_app
def migrate(*, as_json: bool) -> None:
    """Bring the database to the schema of this version."""
    before, after = upgrade()
    if as_json:
        output.document({"before": before, "after": after})
    output.message(f"The schema is {after}." if before != after else f"The schema is {after} already.")


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

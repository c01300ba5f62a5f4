"""`moderation sites sign-in-key`: the keys under which a site's portal signs who its reader is."""

import click

from moderation.cli import output
from moderation.cli.application import in_app
from moderation.flows import portal_keys
from moderation.web import context


@click.command("sign-in-key")
@click.argument("site")
@click.option("--add", "action", flag_value="add", help="Make a key and print its secret, this once.")
@click.option("--list", "action", flag_value="list", help="List the keys, without their secrets.")
@click.option("--retire", "retired", metavar="KEY_ID", help="Refuse this key's tokens from now on, for good.")
@output.json_option
@in_app
def sign_in_key(site: str, *, action: str | None, retired: str | None, as_json: bool) -> None:
    """Add, retire or list the keys a portal signs its readers in with.

    To change keys without a gap: add one, give it to the portal, retire the other when its last token has expired.
    """
    if (action is None) == (retired is None):
        raise click.UsageError("Say --add, --list or --retire KEY_ID.")
    if retired is not None:
        portal_keys.retire(site, retired, session=context.session(), services=context.services())
        if as_json:
            output.document({"key_id": retired, "is_retired": True})
        output.message(f"The key {retired} is retired.")
        return
    if action == "list":
        _list(site, as_json=as_json)
        return
    added = portal_keys.add(site, session=context.session(), services=context.services())
    if as_json:
        output.document(added)
    else:
        output.pairs([("key", added.key_id), ("secret", added.secret)])
    output.message("The secret is not shown again. It belongs on the portal's server, never into a page.")


def _list(site: str, *, as_json: bool) -> None:
    keys = portal_keys.listed(site, session=context.session())
    if as_json:
        output.document(keys)
        return
    output.table(
        ("key", "added", "retired"),
        [
            (
                key.key_id,
                f"{key.created_at:%Y-%m-%d %H:%M} UTC",
                f"{key.retired_at:%Y-%m-%d %H:%M} UTC" if key.retired_at else "in force",
            )
            for key in keys
        ],
    )

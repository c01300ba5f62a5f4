"""`moderation authors`: answer who asks the operator for his data, or to have it erased."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from moderation.cli import output
from moderation.cli.application import in_app
from moderation.flows import own_data
from moderation.flows.own_data import Person
from moderation.web import context

F = TypeVar("F", bound=Callable[..., Any])
_HASH_BYTES = 32


def _person_options(command: F) -> F:
    options = (
        click.option("--token-hash", metavar="HEX", help="SHA-256 of the token that his browser keeps."),
        click.option("--receipt", metavar="CODE", help="The number of a receipt that he was given."),
        click.option("--subject", metavar="NAME", help="The portal's own name for him (`sub`)."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _person(token_hash: str | None, receipt: str | None, subject: str | None) -> Person:
    if sum(given is not None for given in (token_hash, receipt, subject)) != 1:
        raise click.UsageError("Say who: one of --token-hash, --receipt and --subject.")
    try:
        hashed = None if token_hash is None else bytes.fromhex(token_hash)
    except ValueError as error:
        raise click.BadParameter("not hexadecimal", param_hint="--token-hash") from error
    if hashed is not None and len(hashed) != _HASH_BYTES:
        raise click.BadParameter(f"not {_HASH_BYTES} bytes", param_hint="--token-hash")
    return Person(token_hash=hashed, receipt=receipt, subject=subject)


@click.command("export")
@click.argument("site")
@_person_options
@in_app
def export(site: str, *, token_hash: str | None, receipt: str | None, subject: str | None) -> None:
    """Print everything that a person has left on SITE, as JSON.

    Without a token his comment cannot be told from others': then it is the one that the receipt is for.
    """
    person = _person(token_hash, receipt, subject)
    output.document(own_data.export_for(site, person, session=context.session(), services=context.services()))


@click.command("erase")
@click.argument("site")
@_person_options
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
@output.json_option
@in_app
def erase(
    site: str,
    *,
    token_hash: str | None,
    receipt: str | None,
    subject: str | None,
    is_sure: bool,
    as_json: bool,
) -> None:
    """Erase everything that a person has left on SITE. This cannot be undone."""
    person = _person(token_hash, receipt, subject)
    if not is_sure:
        click.confirm("Erase his comments with every text they have had? This cannot be undone", abort=True)
    erased = own_data.erase_for(site, person, session=context.session(), services=context.services())
    if as_json:
        output.document(erased)
    output.message(f"Erased: {erased.comments} comments, {erased.reports} reports, {erased.likes} likes.")

"""`moderation audit`: the chain that seals the audit. Its head to keep elsewhere, its proof, its export."""

import sys
from typing import Final

import click
import msgspec

from moderation.cli import output
from moderation.cli.application import in_app
from moderation.domain.chain import Seal
from moderation.flows import auditing
from moderation.flows.auditing import Breach, Broken, Verified
from moderation.web import context

EXIT_WRONG: Final = 1
_HASH_CHARS: Final = 64


class Anchor(click.ParamType[Seal]):
    """A place of the chain as `moderation audit head` prints it: `POSITION:HASH`."""

    name = "position:hash"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Seal:
        """Read it back."""
        if isinstance(value, Seal):
            return value
        position, _, digest = str(value).partition(":")
        try:
            seal = Seal(int(position), bytes.fromhex(digest))
        except ValueError:
            self.fail("this is not what `moderation audit head` prints", param, ctx)
        if len(digest) != _HASH_CHARS or not 0 <= seal.position < 2**63:
            self.fail("this is not what `moderation audit head` prints", param, ctx)
        return seal


@click.command("head")
@output.json_option
@in_app
def head(*, as_json: bool) -> None:
    """Seal what waits, then print the last position of the chain and its hash.

    Keep the line where the database's owner cannot change it: `verify --anchor` proves that the chain still passes
    through it.
    """
    session = context.session()
    auditing.seal_all(session=session, services=context.services())
    last = auditing.head(session=session)
    if as_json:
        output.document({"position": last.position, "hash": last.hash.hex()})
        return
    click.echo(f"{last.position}:{last.hash.hex()}")


@click.command("verify")
@click.option("--anchor", type=Anchor(), help="A line of `audit head` that the chain must pass through.")
@click.option(
    "--from-anchor", "is_from_anchor", is_flag=True, help="Begin at the anchor; trust what is before."
)
@output.json_option
@click.pass_context
@in_app
def verify(ctx: click.Context, *, anchor: Seal | None, is_from_anchor: bool, as_json: bool) -> None:
    """Compute the chain again and compare. Exit status 1 names the first event that is not as it was sealed."""
    if is_from_anchor and anchor is None:
        raise click.UsageError("--from-anchor needs --anchor.")
    found = verify_watched(anchor=anchor, is_from_anchor=is_from_anchor)
    is_late = found.is_late(context.services().clock.now())
    auditing.seal_all(session=context.session(), services=context.services())
    if as_json:
        output.document(
            {
                "is_well": found.broken is None,
                "verified": found.verified,
                "position": found.head.position,
                "hash": found.head.hash.hex(),
                "unsealed": found.unsealed,
                "unsealed_since": found.unsealed_since,
                "is_unsealed_long": is_late,
                "broken": found.broken,
            }
        )
    elif found.broken is None:
        click.echo(
            f"{found.verified} events stand as they were sealed, up to position {found.head.position}."
        )
        if found.unsealed:
            output.message(f"{found.unsealed} were not sealed yet; they are now.")
    if found.broken is not None:
        output.message(f"The audit is not as it was: {sentence_of(found.broken)}.")
        ctx.exit(EXIT_WRONG)


@click.command("export")
@in_app
def export() -> None:
    """Write every sealed event with its position and hash, one JSON document a line, the oldest first.

    What is written is enough to compute the chain elsewhere (docs/operate.md says how).
    """
    encode = msgspec.json.Encoder().encode
    for sealed in auditing.every_sealed(session=context.session()):
        click.echo(encode(sealed))


def verify_watched(*, anchor: Seal | None, is_from_anchor: bool) -> Verified:
    """Verify with a bar on stderr; without one where that is no terminal."""
    session = context.session()
    begun = anchor.position if anchor is not None and is_from_anchor else 0
    length = max(0, auditing.head(session=session).position - begun)
    with click.progressbar(
        length=length, label="Audit", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        return auditing.verify(
            anchor=anchor, is_from_anchor=is_from_anchor, on_step=bar.update, session=session
        )


def sentence_of(broken: Broken) -> str:
    """Say what is wrong, and where."""
    match broken.breach:
        case Breach.CHANGED:
            return f"event {broken.event_id} (position {broken.position}) was changed after it was sealed"
        case Breach.REMOVED:
            return f"event {broken.event_id} was removed"
        case Breach.SEAL_REMOVED:
            return f"the seal at position {broken.position} was removed"
        case Breach.INSERTED:
            return f"event {broken.event_id} stands outside the chain: it was put in past this service, or lost its seal"
        case Breach.ANCHOR_MISSED:
            return f"the chain does not pass through the anchor at position {broken.position}"

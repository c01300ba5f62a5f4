"""Groups whose commands are imported when they run, so that `--help` answers at once.

The table says where a command lives and its one-line help; a test holds both to be true.
"""

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass

import click


@dataclass(frozen=True, slots=True)
class Lazy:
    """A command not imported yet: `package.module:name`, and what its group's help says of it."""

    target: str
    help: str

    def load(self) -> click.Command:
        """Import the command."""
        command: click.Command = pkgutil.resolve_name(self.target)
        return command


class LazyGroup(click.Group):
    """A click group over a table of commands and further groups."""

    def __init__(self, name: str, table: Mapping[str, "Lazy | LazyGroup"], *, help: str) -> None:  # noqa: A002 - click's own word
        super().__init__(name, help=help, no_args_is_help=True)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name the commands in the order of the table."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import the command that is wanted, and no other."""
        found = self.table.get(cmd_name)
        return found.load() if isinstance(found, Lazy) else found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the list of commands from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help or "") for name, entry in self.table.items()])

"""How a command says no: one plain sentence on stderr, exit status 1."""

from typing import IO, Any

import click


class Refusal(click.ClickException):
    """What was asked is not possible as things stand. Usage errors are click's own (exit status 2)."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the sentence."""
        click.echo(f"{click.style('✗', fg='red')} {self.message}", file=file, err=file is None)

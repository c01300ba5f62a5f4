"""`moderation worker`: background jobs. What they are stands in `moderation/worker/jobs.py`."""

import pkgutil
from collections.abc import Callable

import click

from moderation.cli.application import in_app

LOOP = "moderation.worker.loop:run"
"""Named, not imported: the worker is a surface beside this one, and surfaces do not know each other."""


@click.command("worker")
@in_app
def worker() -> None:
    """Run background jobs until stopped.

    Several workers may run, on one host or many. SIGTERM lets the job under way end.
    """
    run: Callable[[], None] = pkgutil.resolve_name(LOOP)
    run()

"""`moderation serve`: the service over HTTP, by granian. A reverse proxy stands before it (docs/operate.md)."""

import logging
import os
import signal
from multiprocessing import cpu_count

import click
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from moderation.cli.output import message
from moderation.cli.refusal import Refusal
from moderation.settings import Settings, SettingsError

FACTORY = "moderation.app:create_app"
MOST_THREADS = 8
"""Requests that one process works on at a time, on machines of four cores and more. They wait for the database's
disk more than they compute; and the pool of database connections holds 15, so that none ever waits for one."""
STOP_SECONDS = 10
"""How long a stop waits for requests under way. Far longer than any of ours takes."""
LOGS = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "[%(levelname)s] %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {"_granian": {"handlers": ["stderr"], "level": logging.WARNING, "propagate": False}},
}


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, show_default=True)
def serve(host: str, port: int) -> None:
    """Serve HTTP.

    MODERATION_WORKERS says by how many processes. SIGTERM lets requests under way end.
    """
    try:
        settings = Settings.read()
    except SettingsError as error:
        raise Refusal(str(error)) from error
    threads = min(MOST_THREADS, 2 * cpu_count() + 1)
    server = Granian(
        FACTORY,
        factory=True,
        interface=Interfaces.WSGI,
        address=host,
        port=port,
        workers=settings.workers,
        blocking_threads=threads,
        http=HTTPModes.http1,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.warning,
        log_dictconfig=LOGS,
    )
    os.register_at_fork(after_in_child=_forget_handlers)
    message(f"Serving http://{host}:{port} with {settings.workers} process(es), {threads} threads each.")
    server.serve()


def _forget_handlers() -> None:
    """Let a process that still loads the application die of a stop.

    It inherits the main process's handler, which there would swallow the signal: the stop would wait in vain for it.
    Once loaded, granian sets the handlers that let requests end.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)

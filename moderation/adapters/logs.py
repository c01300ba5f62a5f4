"""Logs by structlog: JSON lines in production, coloured lines for people. Never a comment's text, address or token."""

import logging
import sys

import structlog

from moderation.ports import Log


def configure(log_format: str) -> None:
    """Set the process's logging up (again, harmlessly)."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def logger() -> Log:
    """Return the log that flows write to."""
    made: Log = structlog.get_logger("moderation")
    return made

"""How a command gets its application, and how errors become sentences."""

import functools
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, ParamSpec, TypeVar

import click
from flask import Flask
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from moderation import rules
from moderation.cli.refusal import Refusal
from moderation.cli.rules.sources import line_of
from moderation.domain.errors import ModerationError, RulesInvalid
from moderation.settings import SettingsError
from moderation.web import problems

P = ParamSpec("P")
R = TypeVar("R")

FACTORY: Final = "moderation.app:create_app"
"""Named, not imported: the composition root stands outside this storey, and servers find it by this name too."""


UNREADY: Final = (OperationalError, InterfaceError, PoolTimeout, ProgrammingError)
"""A database that does not answer, or has no tables yet (which PostgreSQL reports as a programming error)."""


def create(ctx: click.Context) -> Flask:
    """Make the application: by the factory given to the command line (tests), else the service's own."""
    factory: Callable[[], Flask] = ctx.obj or pkgutil.resolve_name(FACTORY)
    return factory()


def in_app(command: Callable[P, R]) -> Callable[P, R]:
    """Run a command inside the application's context, its errors told plainly."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with plainly(), create(click.get_current_context()).app_context():
            return command(*args, **kwargs)

    return run


@contextmanager
def plainly() -> Iterator[None]:
    """Turn what this service raises on purpose into a `Refusal`; anything else is a fault and stays one."""
    try:
        yield
    except SettingsError as error:
        raise Refusal(str(error)) from error
    except rules.DocumentError as error:
        raise Refusal("\n  ".join(["The list has faults:", *map(line_of, error.faults)])) from error
    except ModerationError as error:
        raise Refusal(sentence_of(error)) from error
    except UNREADY as error:
        raise Refusal(
            f"The database does not take this ({type(error.__cause__ or error).__name__}). "
            "`moderation doctor` looks for the cause; a new database needs `moderation migrate` first."
        ) from error


def sentence_of(error: ModerationError) -> str:
    """Word a domain error for an operator."""
    problem = problems.problem_of(error)
    if isinstance(error, RulesInvalid):
        return "\n  ".join([f"{problem.kind.title}:", *error.faults])
    if problem.errors:
        named = (f"{fault['pointer'].lstrip('/')} {fault['detail']}" for fault in problem.errors)
        return "\n  ".join([f"{problem.kind.title}:", *named])
    return f"{problem.kind.title}. {problem.detail or problem.kind.advice}"

"""Real processes of `moderation …`, on each kind of database, ended with their test."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import SECRET

PATIENCE_SECONDS: Final = 60

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MODERATION_")}
    return {
        **kept,
        "MODERATION_DATABASE_URL": database_url,
        "MODERATION_LIMITS_URL": f"sqlite:///{tmp_path}/limits.db",
        "MODERATION_SECRET_KEY": SECRET,
        "MODERATION_IS_HTTPS": "false",
        "MODERATION_WORKERS": "2",
        "MODERATION_CHALLENGE_POOL": "0",
    }


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts a command in the background, its stderr in a file named for it."""
    started: list[subprocess.Popen[str]] = []

    def command(name: str, *arguments: str) -> subprocess.Popen[str]:
        with (tmp_path / f"{name}.log").open("w", encoding="utf-8") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "moderation.cli", *arguments], env=environment, stderr=log, text=True
            )
        started.append(process)
        return process

    yield command
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.wait(PATIENCE_SECONDS)


@pytest.fixture
def wait_for() -> Callable[[Callable[[], bool], str], None]:
    """Return a function that waits for a condition, never for a duration."""

    def wait(condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(f"waited in vain until {what}")
            time.sleep(0.02)

    return wait

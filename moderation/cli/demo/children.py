"""The demo's processes: started together, stopped together, none left behind.

Each has a process group of its own, so that Ctrl-C reaches the demo alone, which then stops them in order; and its
stdin is a pipe of the demo's, so that it notices when the demo is gone without a word (`child.py`).
"""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Self

from moderation.cli.refusal import Refusal

STOP_SECONDS = 15.0
READY_SECONDS = 60.0
LOOK_SECONDS = 0.1
TAIL_LINES = 30


@dataclass(frozen=True, slots=True)
class Child:
    """One process and the file its output goes to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def tail(self) -> str:
        """Return the last lines it wrote."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-TAIL_LINES:])


class Children:
    """All of them. As a context: whatever happens, at its end none is left."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MODERATION_")}
        self._environment = {**kept, **environment, "PYTHONUNBUFFERED": "1"}
        self._all: list[Child] = []
        self._is_stopping = False

    def __enter__(self) -> Self:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._wish_stop)
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop()

    def _wish_stop(self, _signal: int, _frame: FrameType | None) -> None:
        # Only noted here: an exception raised in the midst of starting a child would lose that child.
        self._is_stopping = True

    def start(self, name: str, *arguments: str) -> None:
        """Start one; its output goes to a log file in the demo's folder."""
        log = self._folder / f"{name}.log"
        command = [sys.executable, "-m", "moderation.cli.demo.child", *arguments]
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own module, with arguments of ours
                command,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        self._all.append(Child(name, process, log))

    def wait_ready(self, addresses: Sequence[tuple[int, str]]) -> bool:
        """Wait until each port answers its path with 200; False when the demo is to stop instead."""
        deadline = time.monotonic() + READY_SECONDS
        for port, path in addresses:
            while not _answers(port, path):
                if self._is_stopping:
                    return False
                self._check_alive()
                if time.monotonic() > deadline:
                    raise Refusal(
                        f"端口 {port} 没有响应。Nothing answers on port {port}.\n{self._all[0].tail()}"
                    )
                time.sleep(LOOK_SECONDS)
        return True

    def wait(self) -> None:
        """Wait until the demo is to stop. Raises `Refusal` with its output when a child dies before that."""
        while not self._is_stopping:
            self._check_alive()
            time.sleep(LOOK_SECONDS)

    def _check_alive(self) -> None:
        for child in self._all:
            status = child.process.poll()
            if status is not None and not self._is_stopping:
                raise Refusal(
                    f"演示的 {child.name} 进程意外退出({status})。"
                    f"The demo's {child.name} ended unexpectedly ({status}); it said last:\n{child.tail()}"
                )

    def _stop(self) -> None:
        for child in self._all:
            # A leader that died by itself may have left processes behind: those get no more than a kill.
            _signal_group(child, signal.SIGTERM if child.process.poll() is None else signal.SIGKILL)
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._all:
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.1, deadline - time.monotonic()))
            if child.process.returncode is None:
                _signal_group(child, signal.SIGKILL)
                child.process.wait()
            if child.process.stdin is not None:
                child.process.stdin.close()


def _signal_group(child: Child, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.process.pid, number)


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()

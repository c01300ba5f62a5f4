"""The demo, as a stranger starts it: real processes, real ports, nothing left behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

pytestmark = pytest.mark.servers
PATIENCE_SECONDS = 60


def two_free_ports() -> int:
    """Ask the kernel for a port whose neighbour is free as well; return the lower."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port


def wait_for(condition: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    pytest.fail(f"waited in vain until {what}")


def processes_in(folder: Path) -> list[int]:
    """List the living processes that work in a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and (entry / "cwd").readlink() == folder:
                found.append(int(entry.name))
        except OSError:  # gone meanwhile, or not ours
            continue
    return found


def children_of(pid: int) -> dict[str, int]:
    """Return the demo's processes by the word that tells them apart."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    words = {child: Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0") for child in listed}
    return {
        word: int(child)
        for child, line in words.items()
        for word in ("serve", "worker", "portal")
        if word.encode() in line
    }


def get(address: str) -> tuple[int, str]:
    try:
        with urlopen(Request(address), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


@dataclass
class Demo:
    """A running demo and what it printed."""

    process: subprocess.Popen[str]
    printed: dict[str, Any]
    folder: Path

    @classmethod
    def start(cls, folder: Path, port: int, *options: str) -> Self:
        process = popen(folder, port, *options)
        assert process.stdout is not None
        document = process.stdout.read(1)
        while True:
            try:
                return cls(process, json.loads(document), folder)
            except json.JSONDecodeError:
                piece = process.stdout.readline()
                if not piece:
                    _, said = process.communicate()
                    pytest.fail(f"the demo ended: {said}")
                document += piece

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode


def popen(folder: Path, port: int, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "moderation.cli", "demo", "--port", str(port), "--json", *options],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Return an empty folder; whatever still runs in it at the end is ended."""
    yield tmp_path
    for pid in processes_in(tmp_path):
        os.kill(pid, signal.SIGKILL)


def sites(demo: Demo) -> dict[str, Any]:
    """Ask the service for a thread as a reader would."""
    status, text = get(f"{demo.printed['service']}/api/v1/sites/demo/comments?thread=1553855")
    assert status == 200, text
    found: dict[str, Any] = json.loads(text)
    return found


def test_the_demo_serves_and_leaves_nothing_behind(folder: Path) -> None:
    demo = Demo.start(folder, two_free_ports())

    assert get(f"{demo.printed['service']}/readyz")[0] == 200
    assert get(demo.printed["portal"])[0] == 200
    assert get(demo.printed["console"])[0] == 200
    assert sites(demo)["thread"]["count"] > 0
    closed = json.loads(get(f"{demo.printed['service']}/api/v1/sites/demo/comments?thread=1550017")[1])
    assert closed["thread"]["is_open"] is False
    assert (folder / ".demo").stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o077 == 0 for path in (folder / ".demo").iterdir())
    assert demo.stop() == 0
    assert processes_in(folder) == []


def test_a_second_start_keeps_the_data_and_fresh_starts_over(folder: Path) -> None:
    first = Demo.start(folder, two_free_ports())
    ids = [comment["id"] for comment in sites(first)["comments"]]
    first.stop(signal.SIGINT)

    second = Demo.start(folder, two_free_ports())
    assert second.printed["accounts"] == first.printed["accounts"]
    assert [comment["id"] for comment in sites(second)["comments"]] == ids
    second.stop()

    third = Demo.start(folder, two_free_ports(), "--fresh")
    assert third.printed["accounts"] != first.printed["accounts"]
    assert not set(ids) & {comment["id"] for comment in sites(third)["comments"]}
    third.stop()


def test_nothing_of_the_demo_outlives_its_sudden_death(folder: Path) -> None:
    demo = Demo.start(folder, two_free_ports())

    demo.stop(signal.SIGKILL)

    wait_for(lambda: not processes_in(folder), "every process of the demo is gone")


@pytest.mark.parametrize("name", ["serve", "worker", "portal"])
def test_a_child_that_dies_stops_the_demo(folder: Path, name: str) -> None:
    demo = Demo.start(folder, two_free_ports())

    os.kill(children_of(demo.process.pid)[name], signal.SIGKILL)

    _, said = demo.process.communicate(timeout=PATIENCE_SECONDS)
    assert demo.process.returncode == 1
    assert "ended unexpectedly" in said
    wait_for(lambda: not processes_in(folder), "every process of the demo is gone")


def test_a_taken_port_is_told_in_a_sentence(folder: Path) -> None:
    port = two_free_ports()
    with socket.socket() as other:
        other.bind(("127.0.0.1", port + 1))
        other.listen()
        refused = popen(folder, port)
        _, said = refused.communicate(timeout=PATIENCE_SECONDS)

    assert refused.returncode == 1
    assert f"Port {port + 1} is not free" in said
    assert "Traceback" not in said
    assert not (folder / ".demo").exists()


def test_two_demos_do_not_share_a_folder(folder: Path) -> None:
    demo = Demo.start(folder, two_free_ports())

    second = popen(folder, two_free_ports(), "--fresh")
    _, said = second.communicate(timeout=PATIENCE_SECONDS)

    assert second.returncode == 1
    assert "already" in said
    assert sites(demo)["thread"]["count"] > 0
    demo.stop()

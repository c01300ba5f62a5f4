"""`moderation serve` as an operator runs it."""

import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

pytestmark = pytest.mark.servers
PATIENCE_SECONDS = 60
Start = Callable[..., subprocess.Popen[str]]
Wait = Callable[[Callable[[], bool], str], None]


def status(port: int, path: str) -> int | None:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def children_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()


def test_serve_answers_with_two_processes_and_stops_with_both(start: Start, wait_for: Wait) -> None:
    port = free_port()
    server = start("serve", "serve", "--port", str(port))
    wait_for(lambda: status(port, "/readyz") == 200, "the service is ready")

    workers = children_of(server.pid)
    statuses = Counter(status(port, "/livez") for _ in range(50))
    server.terminate()

    assert server.wait(PATIENCE_SECONDS) == 0
    assert statuses == {200: 50}
    assert len(workers) == 2
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
    assert status(port, "/livez") is None


def test_serve_with_unsound_settings_says_so(environment: dict[str, str]) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "moderation.cli", "serve"],
        env=environment | {"MODERATION_LIMITS_URL": "memory://"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert refused.returncode == 1
    assert "counts per process" in refused.stderr
    assert "Traceback" not in refused.stderr

"""A service of two processes as a stranger's client sees it, and its end by force."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection, HTTPException
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.challenge import PURPOSE, answer_parts
from moderation.ports import Services
from moderation.store.tables import Challenge
from tests.factories import ORIGIN

Start = Callable[..., subprocess.Popen[str]]
Wait = Callable[[Callable[[], bool], str], None]
T = TypeVar("T")
R = TypeVar("R")
AT_ONCE: Final = 16
NO_ANSWER: Final = (OSError, HTTPException)
POSSIBLE_ANSWERS: Final = range(-20, 200)
PORTS_EACH: Final = 1_000
_PORTS: Final = cycle(range(20_000, 20_000 + PORTS_EACH))


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status_code: int
    headers: Message
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True)
class Service:
    """A running service. Every call opens a connection of its own, so that all processes are met."""

    port: int
    process: subprocess.Popen[str]

    def request(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] | None = None,
        *,
        source: str = "127.0.0.1",
        **headers: str,
    ) -> Answer:
        """Ask once; raises `OSError` or `HTTPException` when no whole answer came."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30, source_address=(source, 0))
        try:
            connection.request(method, path, body, {"Origin": ORIGIN} | headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read().decode())
        finally:
            connection.close()

    def post(self, path: str, body: object, **headers: str) -> Answer:
        sent = json.dumps(body).encode()
        return self.request("POST", path, sent, **({"Content-Type": "application/json"} | headers))

    def get(self, path: str) -> Answer:
        return self.request("GET", path)

    def comment(self, text: str, *, key: str | None = None, **more: object) -> Answer:
        headers = {} if key is None else {"Idempotency-Key": key}
        body = {"thread": "1553855", "nickname": "晨曦", "text": text, **more}
        return self.post("/api/v1/sites/demo/comments", body, **headers)

    @property
    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text(encoding="ascii").split()]

    def kill(self) -> None:
        """End every process at once, as a lost machine would: no handler runs, nothing is flushed."""
        for pid in (self.process.pid, *self.workers):
            os.kill(pid, signal.SIGKILL)
        self.process.wait(30)


def free_port() -> int:
    """Choose a port for a service that is about to start.

    Below those that the system gives to connections, and of this test process's own: what is free now is still free
    when the service asks for it.
    """
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for port in islice(_PORTS, PORTS_EACH):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port + number * PORTS_EACH))
            except OSError:
                continue
            return port + number * PORTS_EACH
    raise AssertionError("no port is free")


def serve(start: Start, wait_for: Wait, *, name: str = "serve", port: int | None = None) -> Service:
    """Start `moderation serve` on a port of its own, or a given one, and wait until it is ready."""
    port = free_port() if port is None else port
    service = Service(port, start(name, "serve", "--port", str(port)))

    def is_ready() -> bool:
        assert service.process.poll() is None, "the service ended while it started"
        try:
            return service.get("/readyz").status_code == 200
        except NO_ANSWER:
            return False

    wait_for(is_ready, "the service is ready")
    return service


def at_once(function: Callable[[T], R], values: Iterable[T], *, threads: int = AT_ONCE) -> list[R]:
    """Call a function for many values, several at a time, and return what came of each."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(function, values))


def answer_of(challenge_id: str, *, session: Session, services: Services) -> str:
    """Find a challenge's answer the way nobody else can: by the service's own key."""
    session.rollback()
    challenge = session.get_one(Challenge, UUID(challenge_id))
    session.rollback()
    return next(
        str(number)
        for number in POSSIBLE_ANSWERS
        if services.secrets.keyed(PURPOSE, *answer_parts(challenge.id, str(number))) == challenge.answer_mac
    )

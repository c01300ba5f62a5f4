"""A service of two processes as a stranger's client sees it, and its end by force."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

import httpx
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
POSSIBLE_ANSWERS: Final = range(-20, 200)


@dataclass(frozen=True)
class Service:
    """A running service. Every call opens a connection of its own, so that all processes are met."""

    port: int
    process: subprocess.Popen[str]

    def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        return httpx.post(
            f"http://127.0.0.1:{self.port}{path}", json=body, headers={"Origin": ORIGIN} | headers, timeout=30
        )

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", headers={"Origin": ORIGIN}, timeout=30)

    def comment(self, text: str, *, key: str | None = None, **more: object) -> httpx.Response:
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


def serve(start: Start, wait_for: Wait, *, name: str = "serve") -> Service:
    """Start `moderation serve` on a port of its own and wait until it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    service = Service(port, start(name, "serve", "--port", str(port)))

    def is_ready() -> bool:
        assert service.process.poll() is None, "the service ended while it started"
        try:
            return service.get("/readyz").status_code == 200
        except httpx.TransportError:
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

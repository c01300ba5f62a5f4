"""The service on a database of its own, for measurements: one worker process, its site and its rules."""

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

from flask import Flask
from flask_migrate import upgrade

from moderation.app import create_app
from moderation.domain.policy import ChallengeMode, Mode
from moderation.extensions import db
from moderation.flows import rulesets, sites
from moderation.flows.sites import SiteSettings
from moderation.rules import Rule
from moderation.settings import Settings
from moderation.web import context

ORIGIN: Final = "https://portal.example"
SITE: Final = "bench"
START_SECONDS: Final = 60
WIDE: Final = dict.fromkeys(("client", "client_and_thread", "author", "same_text", "site"), "900000/minute")


@dataclass(frozen=True)
class Running:
    """A running service."""

    port: int
    process: subprocess.Popen[bytes]
    app: Flask

    @property
    def worker(self) -> int:
        """The process that answers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return int(children.read_text(encoding="ascii").split()[0])

    def comment(self, text: str) -> None:
        """Post a comment; raises `RuntimeError` when it is not taken."""
        body = {"thread": "1", "nickname": "晨曦", "text": text}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(
                "POST",
                f"/api/v1/sites/{SITE}/comments",
                json.dumps(body).encode(),
                {"Content-Type": "application/json", "Origin": ORIGIN},
            )
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status not in {201, 202}:
            raise RuntimeError(f"{answer.status}: {content[:200]!r}")

    def import_rules(self, written: Sequence[Rule]) -> int:
        """Import a version and return its number."""
        with self.app.app_context():
            made = rulesets.import_rules(
                SITE, "bench", written, session=db.session(), services=context.services()
            )
            db.session.remove()
            return made.number

    def activate(self, number: int) -> None:
        """Make a version the active one."""
        with self.app.app_context():
            rulesets.activate(SITE, number, session=db.session(), services=context.services())
            db.session.remove()


@contextmanager
def one_worker() -> Iterator[Running]:
    """Start the service with one worker process on SQLite, and end it afterwards."""
    with tempfile.TemporaryDirectory(prefix="moderation-bench-") as folder, socket.socket() as probe:
        environment = {
            "MODERATION_DATABASE_URL": f"sqlite:///{folder}/bench.db",
            "MODERATION_SECRET_KEY": secrets.token_urlsafe(48),
            "MODERATION_LIMITS_URL": f"sqlite:///{folder}/limits.db",
            "MODERATION_IS_HTTPS": "false",
            "MODERATION_WORKERS": "1",
            "MODERATION_DOOR_LIMIT": "900000/minute",
        }
        app = create_app(Settings.read(environment))
        with app.app_context():
            upgrade()
            settings = SiteSettings(
                name="Bench", origins=(ORIGIN,), mode=Mode.RULES, challenge=ChallengeMode.OFF, limits=WIDE
            )
            sites.create(SITE, settings, session=db.session(), services=context.services())
            db.session.remove()
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        probe.close()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MODERATION_")}
        with (Path(folder) / "serve.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "moderation.cli", "serve", "--port", str(port)],
                env=kept | environment,
                stdout=log,
                stderr=log,
            )
        try:
            _wait_until_ready(port)
            yield Running(port, process, app)
        finally:
            process.terminate()
            process.wait(30)
            with app.app_context():
                db.engine.dispose()


def _wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except (OSError, HTTPException):
            time.sleep(0.05)
        finally:
            connection.close()
    raise SystemExit("the service did not start")

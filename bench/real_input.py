"""Real comments through a real service: posted over HTTP with a captcha redeemed for each, then counted in the store.

The script starts two server processes and a worker on a database of its own, so it knows their secret key: it reads a
challenge's answer by hashing every possible one, as nobody without the key can. Limits are set wide by the site's
policy. Afterwards every acknowledged comment must be in the store, the statuses must add up, and no answer may have
been a 5xx; otherwise it exits with 1.

Run: `./run bench real_input [--database postgres] [--comments FILE.csv] [--count 2000] [--json]`.
"""

import argparse
import csv
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import create_engine, func, select, text

from moderation import rules
from moderation.adapters.secrets import KeyedSecrets
from moderation.app import create_app
from moderation.domain.challenge import PURPOSE, answer_parts
from moderation.domain.policy import ChallengeMode, Mode
from moderation.extensions import db
from moderation.flows import rulesets, sites
from moderation.flows.sites import SiteSettings
from moderation.settings import Settings
from moderation.store.tables import Challenge, Comment, OutboxMessage, Thread
from moderation.web import context

ORIGIN: Final = "https://portal.example"
SITE: Final = "bench"
AT_ONCE: Final = 16
THREADS: Final = 40
WIDE: Final = dict.fromkeys(("client", "client_and_thread", "author", "same_text", "site"), "900000/minute")
POSSIBLE_ANSWERS: Final = tuple(map(str, range(-20, 200)))
START_SECONDS: Final = 60


# The service --------------------------------------------------------------------------------------------------


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """Make an empty database and take it away afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/bench.db"
        return
    server = os.environ.get(
        "MODERATION_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
    )
    name = f"moderation_bench_{uuid4().hex[:12]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        yield f"{server.rpartition('/')[0]}/{name}"
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        admin.dispose()


@contextmanager
def processes(settings: dict[str, str], folder: Path) -> Iterator[int]:
    """Start the service and a worker; yield the port once it is ready, end both afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MODERATION_")}
    commands = (("serve", "--port", str(port)), ("worker",))
    started = []
    for command in commands:
        with (folder / f"{command[0]}.log").open("w", encoding="utf-8") as log:
            started.append(
                subprocess.Popen(
                    [sys.executable, "-m", "moderation.cli", *command],
                    env=kept | settings,
                    stdout=log,
                    stderr=log,
                ),
            )
    try:
        _wait_until_ready(port)
        yield port
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(30)


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


def prepare(app: Flask) -> None:
    """Migrate, make a site with wide limits, and activate all starter packs."""
    with app.app_context():
        upgrade()
        session, services = db.session(), context.services()
        settings = SiteSettings(
            name="Bench", origins=(ORIGIN,), mode=Mode.RULES, challenge=ChallengeMode.IMAGE, limits=WIDE
        )
        sites.create(SITE, settings, session=session, services=services)
        written = [rule for pack in rules.packs() for rule in rules.pack_rules(pack.name)]
        version = rulesets.import_rules(SITE, "packs", written, session=session, services=services)
        rulesets.activate(SITE, version.number, session=session, services=services)
        db.session.remove()


# The readers --------------------------------------------------------------------------------------------------


@dataclass
class Run:
    """What the readers saw."""

    acknowledged: dict[int, str] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    post_ms: list[float] = field(default_factory=list)
    challenge_ms: list[float] = field(default_factory=list)
    unanswered: int = 0
    seconds: float = 0.0


class Readers:
    """Sixteen readers at once, each with a connection of its own that it keeps."""

    def __init__(self, port: int, app: Flask, secret: str) -> None:
        self._port = port
        self._secrets = KeyedSecrets(secret)
        self._own = threading.local()
        self._lock = threading.Lock()
        with app.app_context():
            self._engine = db.engine
        self.run = Run()

    def post_all(self, texts: list[str]) -> Run:
        """Post every text and return what was seen."""
        begin = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(self._post, range(len(texts)), texts))
        self.run.seconds = time.perf_counter() - begin
        return self.run

    def _post(self, number: int, written: str) -> None:
        issued = self._ask("challenges", {}, self.run.challenge_ms)
        if issued is None or "id" not in issued:
            return
        body = {
            "thread": f"article-{number % THREADS}",
            "nickname": f"读者{number % 500}",
            "text": written,
            "challenge_id": issued["id"],
            "challenge_answer": self._answer(UUID(issued["id"])),
        }
        receipt = self._ask("comments", body, self.run.post_ms, key=f"bench-{number}")
        if receipt is not None and "comment_id" in receipt:
            with self._lock:
                self.run.acknowledged[number] = receipt["comment_id"]
                self.run.told[receipt["status"]] += 1

    def _answer(self, challenge_id: UUID) -> str:
        with self._engine.connect() as connection:
            mac = connection.execute(
                select(Challenge.answer_mac).where(Challenge.id == challenge_id)
            ).scalar_one()
        return next(
            answer
            for answer in POSSIBLE_ANSWERS
            if self._secrets.keyed(PURPOSE, *answer_parts(challenge_id, answer)) == mac
        )

    def _ask(self, what: str, body: object, times: list[float], *, key: str | None = None) -> Any | None:
        headers = {"Content-Type": "application/json", "Origin": ORIGIN}
        if key is not None:
            headers["Idempotency-Key"] = key
        begin = time.perf_counter()
        try:
            connection = self._connection()
            connection.request("POST", f"/api/v1/sites/{SITE}/{what}", json.dumps(body).encode(), headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, HTTPException):
            self._own.connection = None
            with self._lock:
                self.run.unanswered += 1
            return None
        took = (time.perf_counter() - begin) * 1000
        with self._lock:
            times.append(took)
            self.run.answers[response.status] += 1
        return json.loads(content)

    def _connection(self) -> HTTPConnection:
        held: HTTPConnection | None = getattr(self._own, "connection", None)
        if held is None:
            held = HTTPConnection("127.0.0.1", self._port, timeout=60)
            self._own.connection = held
        return held


# The count ----------------------------------------------------------------------------------------------------


def verdict(app: Flask, run: Run, sent: int) -> dict[str, Any]:
    """Compare what was acknowledged with what is stored."""
    with app.app_context():
        session = db.session()
        stored = {
            str(comment_id): status
            for comment_id, status in session.execute(select(Comment.id, Comment.status))
        }
        counted = session.scalar(select(func.sum(Thread.published_count))) or 0
        waiting = session.scalar(
            select(func.count()).select_from(OutboxMessage).where(OutboxMessage.sent_at.is_(None))
        )
        db.session.remove()
        db.engine.dispose()
    statuses = Counter(str(status) for status in stored.values())
    missing = set(run.acknowledged.values()) - set(stored)
    server_errors = sum(count for status, count in run.answers.items() if status >= 500)
    return {
        "sent": sent,
        "acknowledged": len(run.acknowledged),
        "stored": len(stored),
        "missing": len(missing),
        "unanswered": run.unanswered,
        "answers": {str(status): count for status, count in sorted(run.answers.items())},
        "server_errors": server_errors,
        "statuses": dict(sorted(statuses.items())),
        "told": dict(sorted(run.told.items())),
        "outbox_undelivered": waiting,
        "seconds": round(run.seconds, 2),
        "posts_per_second": round(len(run.post_ms) / run.seconds, 1),
        "post_p50_ms": _percentile(run.post_ms, 50),
        "post_p99_ms": _percentile(run.post_ms, 99),
        "post_max_ms": round(max(run.post_ms, default=0.0), 1),
        "challenge_p50_ms": _percentile(run.challenge_ms, 50),
        "challenge_p99_ms": _percentile(run.challenge_ms, 99),
        "is_sound": not missing
        and not server_errors
        and not run.unanswered
        and len(set(run.acknowledged.values())) == len(run.acknowledged) == len(stored) == sent
        and sum(statuses.values()) == sent
        # What shows is counted where it shows; whoever was refused silently was told that he waits.
        and counted == statuses["published"] == run.told["published"]
        and statuses["pending"] + statuses["rejected"] == run.told["pending"] + run.told["rejected"],
    }


def _percentile(values: list[float], share: int) -> float:
    return round(statistics.quantiles(values, n=100)[share - 1], 1) if len(values) > 1 else 0.0


def read_texts(path: Path, count: int) -> list[str]:
    """Read the first texts of a CSV file with a column `text`."""
    if not path.is_file():
        raise SystemExit(f"{path} is not there: name a CSV file with a column `text` by --comments")
    with path.open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row, _ in zip(csv.DictReader(file), range(count), strict=False)]
    if len(texts) < count:
        raise SystemExit(f"{path} holds {len(texts)} comments, not {count}")
    return texts


def main() -> int:
    """Run once and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--comments", type=Path, default=Path("../shared/data/comments-zh.csv"))
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--pool", type=int, default=200, help="challenges kept drawn ahead by the worker")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args()
    texts = read_texts(asked.comments, asked.count)
    secret = secrets.token_urlsafe(48)
    with (
        tempfile.TemporaryDirectory(prefix="moderation-bench-") as name,
        database(asked.database, Path(name)) as url,
    ):
        folder = Path(name)
        environment = {
            "MODERATION_DATABASE_URL": url,
            "MODERATION_SECRET_KEY": secret,
            "MODERATION_LIMITS_URL": f"sqlite:///{folder}/limits.db",
            "MODERATION_IS_HTTPS": "false",
            "MODERATION_WORKERS": str(asked.workers),
            "MODERATION_DOOR_LIMIT": "900000/minute",
            "MODERATION_CHALLENGE_POOL": str(asked.pool),
        }
        app = create_app(Settings.read(environment))
        prepare(app)
        with processes(environment, folder) as port:
            run = Readers(port, app, secret).post_all(texts)
            found = {"database": asked.database, "at_once": AT_ONCE, **verdict(app, run, len(texts))}
        if found["server_errors"]:
            faults = [
                line for line in (folder / "serve.log").read_text("utf-8").splitlines() if "failed" in line
            ]
            print(*faults[:10], sep="\n", file=sys.stderr)
    if asked.json:
        print(json.dumps(found))
    else:
        for label, value in found.items():
            print(f"{label.replace('_', ' '):>22}  {value}")
    return 0 if found["is_sound"] else 1


if __name__ == "__main__":
    sys.exit(main())

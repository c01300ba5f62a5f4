"""The `Limits` port on a real Redis that is frozen and killed: no reader waits long, none is refused for it."""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import flask
import pytest
import redis
import structlog
from flask_limiter import Limiter

from moderation.adapters.limits import LimitsAdapter, flask_limiter_options
from tests.conftest import missing

pytestmark = pytest.mark.redis

Events = list[MutableMapping[str, Any]]


class OwnRedis:
    """A redis-server that a test may stop, freeze and start again at the same port."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.uri = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        options = ["--port", str(self.port), "--save", "", "--dir", str(self._folder)]
        self.process = subprocess.Popen(
            ["redis-server", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        with redis.Redis(port=self.port) as client:
            while True:
                try:
                    client.ping()
                except redis.ConnectionError:
                    assert self.process.poll() is None, "redis-server did not start"
                else:
                    return

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    if shutil.which("redis-server") is None:
        missing("redis", "there is no redis-server on this machine")
    server = OwnRedis(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def events() -> Iterator[Events]:
    with structlog.testing.capture_logs() as captured:
        yield captured


def _adapter(uri: str, *, share: float = 0.5) -> LimitsAdapter:
    return LimitsAdapter(uri, now=time.monotonic, fallback_share=share, log=structlog.get_logger())


@pytest.fixture
def redis_adapter(own_redis: OwnRedis) -> LimitsAdapter:
    return _adapter(own_redis.uri)


def _until(condition: Callable[[], bool], *, seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _is_back(adapter: LimitsAdapter) -> bool:
    return adapter.spend("i", limits="999/minute", scope="x").is_allowed and not adapter.is_degraded


def _names(events: Events) -> list[str]:
    return [event["event"] for event in events]


def _slowest(adapter: LimitsAdapter, spends: int) -> float:
    slowest = 0.0
    for _ in range(spends):
        begin = time.monotonic()
        adapter.spend("k", limits="5/minute;30/hour", scope="post")
        slowest = max(slowest, time.monotonic() - begin)
    return slowest


def test_redis_counts_over_adapters(own_redis: OwnRedis, events: Events) -> None:
    one = _adapter(own_redis.uri)
    two = _adapter(own_redis.uri)

    allowed = [each.spend("k", limits="5/minute", scope="post") for _ in range(4) for each in (one, two)]

    assert sum(answer.is_allowed for answer in allowed) == 5
    assert 1 <= allowed[-1].retry_after_seconds <= 61
    assert events == []


def test_a_look_at_redis_spends_nothing(own_redis: OwnRedis) -> None:
    one = _adapter(own_redis.uri)
    two = _adapter(own_redis.uri)
    one.spend("k", limits="2/minute", scope="post")

    seen = [two.peek("k", limits="2/minute", scope="post").remaining for _ in range(3)]
    two.spend("k", limits="2/minute", scope="post")

    assert seen == [1, 1, 1]
    assert not one.peek("k", limits="2/minute", scope="post").is_allowed


def test_a_killed_redis_never_stops_a_reader_and_is_found_again(
    own_redis: OwnRedis, redis_adapter: LimitsAdapter, events: Events
) -> None:
    assert redis_adapter.spend("k", limits="5/minute", scope="post").is_allowed
    own_redis.kill()

    assert _slowest(redis_adapter, 20) <= 1.0
    answers = [redis_adapter.spend("j", limits="4/minute", scope="post").is_allowed for _ in range(4)]
    assert answers == [True, True, False, False]
    assert events == [
        {
            "event": "limits.storage-down",
            "log_level": "warning",
            "scheme": "redis",
            "error": "ConnectionError",
        }
    ]

    own_redis.start()
    _until(
        lambda: (
            redis_adapter.spend("i", limits="999/minute", scope="x").is_allowed
            and not redis_adapter.is_degraded
        )
    )
    assert _names(events) == ["limits.storage-down", "limits.storage-up"]


def test_a_frozen_redis_costs_one_reader_a_fifth_of_a_second(
    own_redis: OwnRedis, redis_adapter: LimitsAdapter, events: Events
) -> None:
    assert redis_adapter.spend("k", limits="5/minute", scope="post").remaining == 4
    own_redis.signal(signal.SIGSTOP)

    assert _slowest(redis_adapter, 1) <= 1.0
    assert _slowest(redis_adapter, 50) <= 1.0
    assert _names(events) == ["limits.storage-down"]

    own_redis.signal(signal.SIGCONT)
    _until(
        lambda: (
            redis_adapter.spend("i", limits="999/minute", scope="x").is_allowed
            and not redis_adapter.is_degraded
        )
    )
    assert (
        redis_adapter.spend("k", limits="5/minute", scope="post").remaining == 3
    )  # what it held is not lost


def test_a_redis_that_is_down_at_the_start_stops_nothing(own_redis: OwnRedis) -> None:
    own_redis.kill()

    adapter = _adapter(own_redis.uri, share=1.0)

    assert adapter.spend("k", limits="5/minute", scope="post").is_allowed


def _app(uri: str, *, fallback_limits: list[str]) -> flask.Flask:
    app = flask.Flask(__name__)
    limiter = Limiter(
        lambda: "one-client", app=app, **flask_limiter_options(uri, fallback_limits=fallback_limits)
    )

    @app.get("/")
    @limiter.limit("3/minute")
    def page() -> str:
        return "read"

    return app


def _statuses(app: flask.Flask, requests: int) -> list[int]:
    return [app.test_client().get("/").status_code for _ in range(requests)]


def test_flask_limiter_outlives_its_redis(own_redis: OwnRedis) -> None:
    app = _app(own_redis.uri, fallback_limits=["2/minute"])
    assert _statuses(app, 1) == [200]
    own_redis.signal(signal.SIGSTOP)

    begin = time.monotonic()
    assert _statuses(app, 3) == [200, 200, 429]
    assert time.monotonic() - begin <= 1.0

    own_redis.signal(signal.SIGCONT)
    _until(lambda: _statuses(app, 1) == [200])

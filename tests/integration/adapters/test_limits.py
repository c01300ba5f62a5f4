"""The `Limits` port on real storages: what is spent, what is told, and what happens when the storage is gone."""

import sqlite3
import time
from collections.abc import Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import flask
import pytest
import structlog
from flask_limiter import Limiter

from moderation.adapters import limits as subject
from moderation.adapters.limits import (
    LimitsAdapter,
    flask_limiter_options,
)
from moderation.adapters.limits_sqlite import SQLiteStorage
from moderation.ports import Spent

Events = list[MutableMapping[str, Any]]

START = 1_800_000_000.0  # divisible by 3600: an hour begins here


class Time:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def uri(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/limits.db"


@pytest.fixture
def events() -> Iterator[Events]:
    with structlog.testing.capture_logs() as captured:
        yield captured


def _adapter(uri: str, clock: Time) -> LimitsAdapter:
    return LimitsAdapter(uri, now=clock, fallback_share=0.5, log=structlog.get_logger())


@pytest.fixture
def adapter(uri: str, clock: Time) -> LimitsAdapter:
    return _adapter(uri, clock)


def _names(events: Events) -> list[str]:
    return [event["event"] for event in events]


def _until(condition: Callable[[], bool], *, seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_spent_limit_says_when_to_come_back(adapter: LimitsAdapter, clock: Time) -> None:
    clock.now = START + 10
    answers = [adapter.spend("k", limits="2/minute", scope="post") for _ in range(3)]

    assert [a.is_allowed for a in answers] == [True, True, False]
    assert [a.remaining for a in answers] == [1, 0, 0]
    assert answers[0] == Spent(is_allowed=True, limit=2, remaining=1, reset_seconds=50, retry_after_seconds=0)
    assert answers[2].retry_after_seconds == answers[2].reset_seconds == 51


@pytest.mark.parametrize("limits", ["1/minute", "2/minute", "5/minute", "30/hour", "5/minute;7/hour"])
@pytest.mark.parametrize("moment", [0.0, 0.5, 17.25, 59.0, 59.99])
def test_whoever_waits_as_told_is_let_through_and_a_second_earlier_is_not(
    adapter: LimitsAdapter, clock: Time, limits: str, moment: float
) -> None:
    clock.now = START + moment
    for _ in range(40):
        answer = adapter.spend("k", limits=limits, scope="post")
        if answer.is_allowed:
            continue
        refused_at = clock.now
        clock.now = refused_at + max(0, answer.retry_after_seconds - 1) - 0.01
        assert not adapter.spend("k", limits=limits, scope="post").is_allowed
        clock.now = refused_at + answer.retry_after_seconds
        assert adapter.spend("k", limits=limits, scope="post").is_allowed


def test_a_full_hour_spends_nothing_of_the_minute(adapter: LimitsAdapter) -> None:
    for _ in range(2):
        assert adapter.spend("k", limits="5/minute;2/hour", scope="post").is_allowed
    refused = [adapter.spend("k", limits="5/minute;2/hour", scope="post") for _ in range(4)]
    assert not any(answer.is_allowed for answer in refused)
    assert refused[0].limit == 2

    assert adapter.spend("k", limits="5/minute", scope="post").remaining == 2


def test_the_tightest_limit_is_told(adapter: LimitsAdapter) -> None:
    assert adapter.spend("k", limits="30/hour;5/minute", scope="post").limit == 5
    assert adapter.spend("j", limits="3/hour;5/minute", scope="post").limit == 3


def test_keys_and_scopes_are_counted_apart(adapter: LimitsAdapter) -> None:
    assert adapter.spend("k", limits="1/minute", scope="post").is_allowed
    assert adapter.spend("k", limits="1/minute", scope="report").is_allowed
    assert adapter.spend("j", limits="1/minute", scope="post").is_allowed
    assert not adapter.spend("k", limits="1/minute", scope="post").is_allowed


def test_two_adapters_on_one_file_share_their_counters(uri: str, clock: Time) -> None:
    one = _adapter(uri, clock)
    two = _adapter(uri, clock)

    assert one.spend("k", limits="1/minute", scope="post").is_allowed
    assert not two.spend("k", limits="1/minute", scope="post").is_allowed


def test_reset_forgets(adapter: LimitsAdapter) -> None:
    adapter.spend("k", limits="1/minute", scope="post")

    adapter.reset()

    assert adapter.spend("k", limits="1/minute", scope="post").is_allowed


def test_an_unreadable_limit_is_a_fault_of_the_caller(adapter: LimitsAdapter) -> None:
    with pytest.raises(ValueError, match="parse"):
        adapter.spend("k", limits="many/minute", scope="post")


def test_losing_the_race_between_reading_and_spending_refuses(
    adapter: LimitsAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SQLiteStorage, "acquire_sliding_window_entry", lambda *_: False)

    answer = adapter.spend("k", limits="5/minute", scope="post")

    assert not answer.is_allowed
    assert answer.retry_after_seconds >= 1


def test_a_locked_file_falls_back_to_a_share_and_recovers(
    adapter: LimitsAdapter, events: Events, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "_PROBE_SECONDS", 0.1)
    monkeypatch.setattr(adapter._storage, "_busy_seconds", 0.05)
    assert adapter.spend("k", limits="4/minute", scope="post").remaining == 3
    other = sqlite3.connect(tmp_path / "limits.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    allowed = [adapter.spend("k", limits="4/minute", scope="post").is_allowed for _ in range(4)]
    assert allowed == [True, True, False, False]  # half of four: two processes together grant four
    assert adapter.is_degraded
    assert adapter.failures == 1
    assert _names(events) == ["limits.storage-down"]

    other.execute("ROLLBACK")
    other.close()
    _until(
        lambda: adapter.spend("j", limits="100/minute", scope="post").is_allowed and not adapter.is_degraded
    )
    assert _names(events) == ["limits.storage-down", "limits.storage-up"]
    assert adapter.spend("k", limits="4/minute", scope="post").remaining == 2


def test_the_log_holds_no_key(events: Events, clock: Time, tmp_path: Path) -> None:
    adapter = _adapter(f"sqlite:///{tmp_path}/no/such/folder/limits.db", clock)

    adapter.spend("the-secret-key", limits="4/minute", scope="post")

    assert events == [
        {
            "event": "limits.storage-down",
            "log_level": "warning",
            "scheme": "sqlite",
            "error": "OperationalError",
        }
    ]


def test_a_share_is_never_nothing() -> None:
    assert [item.amount for item in subject._shared_out("1/minute;5/hour;10/day", 0.25)] == [1, 1, 2]


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


def test_flask_limiter_counts_in_the_same_file_over_two_apps(uri: str) -> None:
    one, two = _app(uri, fallback_limits=[]), _app(uri, fallback_limits=[])

    assert _statuses(one, 2) + _statuses(two, 2) == [200, 200, 200, 429]


def test_a_look_spends_nothing_and_sees_what_is_left(adapter: LimitsAdapter, clock: Time) -> None:
    clock.now = START + 10

    before = [adapter.peek("k", limits="2/minute;30/hour", scope="post").remaining for _ in range(3)]
    adapter.spend("k", limits="2/minute;30/hour", scope="post")
    between = adapter.peek("k", limits="2/minute;30/hour", scope="post")
    adapter.spend("k", limits="2/minute;30/hour", scope="post")
    after = adapter.peek("k", limits="2/minute;30/hour", scope="post")

    assert before == [2, 2, 2]
    assert (between.is_allowed, between.remaining) == (True, 1)
    assert (after.is_allowed, after.remaining, after.retry_after_seconds) == (False, 0, 51)
    assert adapter.peek("k", limits="2/minute", scope="other").remaining == 2


def test_a_look_goes_on_alone_while_the_storage_is_gone(
    clock: Time, monkeypatch: pytest.MonkeyPatch, uri: str
) -> None:
    adapter = _adapter(uri, clock)

    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(SQLiteStorage, "_connection", fail)

    first = adapter.peek("k", limits="4/minute", scope="post")
    adapter.spend("k", limits="4/minute", scope="post")

    assert first.remaining == 2
    assert adapter.peek("k", limits="4/minute", scope="post").remaining == 1
    assert adapter.is_degraded

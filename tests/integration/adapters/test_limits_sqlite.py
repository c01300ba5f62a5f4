"""Counters in a SQLite file: exact over threads and processes, gone when their time has run out."""

import multiprocessing
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from multiprocessing.context import SpawnContext
from pathlib import Path

import pytest
from limits import parse
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string
from limits.strategies import (
    FixedWindowRateLimiter,
    MovingWindowRateLimiter,
    SlidingWindowCounterRateLimiter,
)

from moderation.adapters.limits_sqlite import SQLiteStorage

START = 1_800_000_000.0  # divisible by 60: a window begins here


class Time:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def uri(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/limits.db"


@pytest.fixture
def storage(uri: str, time: Time) -> Iterator[SQLiteStorage]:
    storage = SQLiteStorage(uri, now=time)
    yield storage
    storage.close()


@pytest.fixture
def spawn() -> SpawnContext:
    return multiprocessing.get_context("spawn")


def _hit(uri: str, limit: str, hits: int, go: Callable[[], object]) -> int:
    go()
    limiter = SlidingWindowCounterRateLimiter(SQLiteStorage(uri, now=lambda: START))
    return sum(limiter.hit(parse(limit), "one-key") for _ in range(hits))


def _hit_and_tell(uri: str, limit: str, hits: int, go: Callable[[], object], told: object) -> None:
    told.put(_hit(uri, limit, hits, go))  # type: ignore[attr-defined]


def test_eight_processes_on_a_fresh_file_allow_exactly_the_limit(uri: str, spawn: SpawnContext) -> None:
    barrier, told = spawn.Barrier(8), spawn.Queue()
    processes = [
        spawn.Process(target=_hit_and_tell, args=(uri, "100/minute", 50, barrier.wait, told))
        for _ in range(8)
    ]

    for process in processes:
        process.start()
    allowed = sum(told.get(timeout=60) for _ in processes)
    for process in processes:
        process.join()

    assert allowed == 100
    assert [process.exitcode for process in processes] == [0] * 8


def test_eight_threads_allow_exactly_the_limit(storage: SQLiteStorage) -> None:
    allowed: list[bool] = []
    limiter = SlidingWindowCounterRateLimiter(storage)

    def hit() -> None:
        for _ in range(20):
            allowed.append(limiter.hit(parse("30/minute"), "one-key"))  # noqa: PERF401 - one append is atomic
        storage.close()

    threads = [threading.Thread(target=hit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (sum(allowed), len(allowed)) == (30, 160)


def test_a_forked_child_opens_its_own_connection(storage: SQLiteStorage) -> None:
    limiter = SlidingWindowCounterRateLimiter(storage)
    assert limiter.hit(parse("2/minute"), "one-key")

    child = os.fork()
    if child == 0:
        os._exit(0 if limiter.hit(parse("2/minute"), "one-key") else 1)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert not limiter.hit(parse("2/minute"), "one-key")
    with sqlite3.connect(storage._path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_sliding_window_forgets_evenly(storage: SQLiteStorage, time: Time) -> None:
    limiter, ten = SlidingWindowCounterRateLimiter(storage), parse("10/minute")
    assert [limiter.hit(ten, "k") for _ in range(11)] == [True] * 10 + [False]

    time.now = START + 60
    assert not limiter.hit(ten, "k")
    time.now = START + 90  # half of the ten weigh in
    assert [limiter.hit(ten, "k") for _ in range(6)] == [True] * 5 + [False]
    time.now = START + 240
    assert [limiter.hit(ten, "k") for _ in range(11)] == [True] * 10 + [False]


def test_the_edge_of_a_window_lets_one_in_ten_more_through(storage: SQLiteStorage, time: Time) -> None:
    limiter, ten = SlidingWindowCounterRateLimiter(storage), parse("10 per 5 second")
    time.now = START + 4.9
    early = sum(limiter.hit(ten, "k") for _ in range(20))
    time.now = START + 5.6
    late = sum(limiter.hit(ten, "k") for _ in range(20))

    assert early == 10
    assert late <= 2  # 12 within 0.7 s; a fixed window would have let 20 through


def test_a_fixed_window_counts_and_ends(storage: SQLiteStorage, time: Time) -> None:
    limiter, three = FixedWindowRateLimiter(storage), parse("3/minute")
    time.now = START + 20
    assert [limiter.hit(three, "k") for _ in range(4)] == [True, True, True, False]
    assert limiter.get_window_stats(three, "k") == (START + 80, 0)

    time.now = START + 81
    assert limiter.get_window_stats(three, "k") == (START + 81, 3)
    assert limiter.hit(three, "k")
    assert storage.get_expiry(three.key_for("k")) == START + 141


def test_test_reads_and_does_not_spend(storage: SQLiteStorage) -> None:
    limiter, one = SlidingWindowCounterRateLimiter(storage), parse("1/minute")

    assert limiter.test(one, "k")
    assert limiter.hit(one, "k")
    assert not limiter.test(one, "k")
    assert not limiter.hit(one, "k", cost=2)


def test_clearing_a_key_leaves_the_others(storage: SQLiteStorage) -> None:
    limiter, one = SlidingWindowCounterRateLimiter(storage), parse("1/minute")
    limiter.hit(one, "mine")
    limiter.hit(one, "yours")

    limiter.clear(one, "mine")

    assert limiter.hit(one, "mine")
    assert not limiter.hit(one, "yours")


def test_reset_forgets_everything_and_counts_it(storage: SQLiteStorage) -> None:
    limiter = SlidingWindowCounterRateLimiter(storage)
    for key in "abc":
        limiter.hit(parse("1/minute"), key)

    assert storage.reset() == 3
    assert limiter.hit(parse("1/minute"), "a")


def test_purge_deletes_only_what_has_run_out(storage: SQLiteStorage, time: Time) -> None:
    limiter = SlidingWindowCounterRateLimiter(storage)
    limiter.hit(parse("5/minute"), "short")
    limiter.hit(parse("5/hour"), "long")
    time.now = START + 121

    assert storage.purge() == 1
    assert limiter.get_window_stats(parse("5/hour"), "long").remaining == 4


def test_writes_purge_now_and_then(storage: SQLiteStorage, time: Time) -> None:
    limiter = SlidingWindowCounterRateLimiter(storage)
    for number in range(150):
        limiter.hit(parse("5/second"), str(number))
    time.now = START + 10
    for _ in range(50):
        limiter.hit(parse("500/day"), "one")

    assert storage.reset() == 1


def test_the_registry_builds_it_from_the_uri(uri: str) -> None:
    storage = storage_from_string(uri)

    assert isinstance(storage, SQLiteStorage)
    assert storage.check()
    storage.close()


def test_moving_windows_are_refused_at_the_start(storage: SQLiteStorage) -> None:
    with pytest.raises(NotImplementedError):
        MovingWindowRateLimiter(storage)


@pytest.mark.parametrize("uri", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_uri_without_a_file_is_refused(uri: str) -> None:
    with pytest.raises(ConfigurationError):
        SQLiteStorage(uri)


def test_a_file_that_is_no_database_fails_as_the_package_expects(tmp_path: Path) -> None:
    (tmp_path / "limits.db").write_bytes(b"no database at all" * 100)
    storage = SQLiteStorage(f"sqlite:///{tmp_path}/limits.db", wrap_exceptions=True)

    assert not storage.check()
    with pytest.raises(StorageError):
        storage.acquire_sliding_window_entry("k", 1, 60)


def test_a_file_locked_for_long_fails_in_bounded_time(uri: str, time: Time) -> None:
    storage = SQLiteStorage(uri, wrap_exceptions=True, now=time, busy_seconds=0.05)
    assert storage.acquire_sliding_window_entry("k", 5, 60)
    other = sqlite3.connect(storage._path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises(StorageError):
        storage.acquire_sliding_window_entry("k", 5, 60)
    assert not storage.check()

    other.execute("ROLLBACK")
    assert storage.acquire_sliding_window_entry("k", 5, 60)
    other.close()
    storage.close()

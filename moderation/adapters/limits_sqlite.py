"""Counters of the `limits` package in one SQLite file, shared by every thread and process of one host.

Importing this module registers the scheme `sqlite`, so that Flask-Limiter and our own limits may both be given
`sqlite:////var/lib/moderation/limits.db`. Serves `fixed-window` and `sliding-window-counter`; not `moving-window`,
which keeps one row per hit. Not for several hosts: there, use Redis. Why its own file, and why `synchronous=OFF`:
docs/adr/0011.
"""

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Final

from limits.errors import ConfigurationError
from limits.storage import SlidingWindowCounterSupport, Storage
from limits.storage.base import TimestampedSlidingWindow

_BUSY_SECONDS: Final = 1.0
_PURGE_EVERY: Final = 200  # writes of one process between two purges
_PURGE_ROWS: Final = (
    2000  # at most deleted at once: ten times what can have been added, and a few milliseconds
)

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS counter (
  key TEXT PRIMARY KEY, hits INTEGER NOT NULL, expires_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ix_counter_expires_at ON counter (expires_at);
"""

# One statement is one write transaction in SQLite: reading and counting cannot be parted by another process.
_INCREMENT: Final = """
INSERT INTO counter (key, hits, expires_at) VALUES (:key, :amount, :expires_at)
ON CONFLICT (key) DO UPDATE SET
  hits = CASE WHEN expires_at <= :now THEN excluded.hits ELSE hits + excluded.hits END,
  expires_at = CASE WHEN expires_at <= :now THEN excluded.expires_at ELSE expires_at END
RETURNING hits
"""
_ACQUIRE: Final = """
INSERT INTO counter (key, hits, expires_at)
SELECT :current, :amount, :expires_at
WHERE :amount + CAST(
    COALESCE((SELECT hits FROM counter WHERE key = :previous), 0) * :weight
  + COALESCE((SELECT hits FROM counter WHERE key = :current), 0)
  AS INTEGER) <= :limit
ON CONFLICT (key) DO UPDATE SET hits = hits + excluded.hits
RETURNING hits
"""
_PURGE: Final = """
DELETE FROM counter WHERE key IN (SELECT key FROM counter WHERE expires_at <= :now LIMIT :rows)
"""

# A connection inherited over fork() must be neither used nor closed in the child (sqlite.org/howtocorrupt.html,
# section 2.6): it is kept here, out of the collector's reach.
_inherited: Final[list[sqlite3.Connection]] = []


class SQLiteStorage(Storage, SlidingWindowCounterSupport, TimestampedSlidingWindow):
    """Keeps counters in SQLite. Time is the host's wall clock: windows must agree between processes."""

    STORAGE_SCHEME = ["sqlite"]  # noqa: RUF012 - the registry of `limits` reads a list

    def __init__(
        self,
        uri: str,
        wrap_exceptions: bool = False,
        *,
        now: Callable[[], float] | None = None,
        busy_seconds: float = _BUSY_SECONDS,
        **options: float | str | bool,
    ) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        self._path = _path_of(uri)
        self._now = now or time.time  # noqa: TID251 - the registry builds storages from a URI, without our Clock
        self._busy_seconds = busy_seconds
        self._own = threading.local()
        self._writes = 0

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """Name what a failing storage raises."""
        return sqlite3.Error

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count in a fixed window that begins with its first hit."""
        now = self._now()
        row = self._write(_INCREMENT, {"key": key, "amount": amount, "now": now, "expires_at": now + expiry})
        return int(row[0]) if row else 0

    def get(self, key: str) -> int:
        """Read a fixed window."""
        return self._read(key, self._now())

    def get_expiry(self, key: str) -> float:
        """Return the moment a fixed window ends, or now if there is none."""
        now = self._now()
        row = self._connection().execute("SELECT expires_at FROM counter WHERE key = ?", (key,)).fetchone()
        return max(float(row[0]), now) if row else now

    def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count if the weighted sum of this window and the one before allows it, in one atomic statement."""
        now = self._now()
        previous, current = self.sliding_window_keys(key, expiry, now)
        left = _left(expiry, now)
        row = self._write(
            _ACQUIRE,
            {
                "previous": previous,
                "current": current,
                "weight": left / expiry,
                "amount": amount,
                "limit": limit,
                "expires_at": now + left + expiry,  # of use until the window after this one ends
            },
        )
        return row is not None

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Return hits and remaining seconds of the window before and of this one."""
        now = self._now()
        previous, current = self.sliding_window_keys(key, expiry, now)
        left = _left(expiry, now)
        before = self._read(previous, now)
        return before, left if before else 0.0, self._read(current, now), left + expiry

    def clear_sliding_window(self, key: str, expiry: int) -> None:
        """Forget both windows of a key."""
        for window in self.sliding_window_keys(key, expiry, self._now()):
            self.clear(window)

    def clear(self, key: str) -> None:
        """Forget one key."""
        self._connection().execute("DELETE FROM counter WHERE key = ?", (key,))

    def reset(self) -> int | None:
        """Forget everything; return how many counters there were."""
        return self._connection().execute("DELETE FROM counter").rowcount

    def check(self) -> bool:
        """Say whether the file can be written to just now."""
        try:
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.Error:
            return False
        return True

    def purge(self, *, rows: int = _PURGE_ROWS) -> int:
        """Delete up to `rows` counters that have run out; return how many. Writes also do so now and then."""
        return self._connection().execute(_PURGE, {"now": self._now(), "rows": rows}).rowcount

    def close(self) -> None:
        """Close the calling thread's connection; the next call opens another."""
        connection = getattr(self._own, "connection", None)
        if connection is not None and self._own.pid == os.getpid():
            connection.close()
        self._own.connection = None

    def _write(self, statement: str, values: dict[str, str | float]) -> tuple[int] | None:
        # fetchall, not fetchone: a statement with RETURNING commits when it has been stepped to its end.
        rows: list[tuple[int]] = self._connection().execute(statement, values).fetchall()
        self._writes += 1  # two threads may lose one of the other's: it only times the purge
        if self._writes % _PURGE_EVERY == 0:
            with contextlib.suppress(
                sqlite3.Error
            ):  # counting went well; cleaning can wait for the next turn
                self.purge()
        return rows[0] if rows else None

    def _read(self, key: str, now: float) -> int:
        row = (
            self._connection()
            .execute("SELECT hits FROM counter WHERE key = ? AND expires_at > ?", (key, now))
            .fetchone()
        )
        return int(row[0]) if row else 0

    def _connection(self) -> sqlite3.Connection:
        """Return the connection of this thread in this process, opening it when there is none."""
        held: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if held is not None and self._own.pid == os.getpid():
            return held
        if held is not None:
            _inherited.append(held)
        self._own.connection = self._open()
        self._own.pid = os.getpid()
        return self._own.connection  # type: ignore[no-any-return]

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=self._busy_seconds, isolation_level=None)
        deadline = time.monotonic() + self._busy_seconds
        while True:
            try:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=OFF")
                connection.executescript(_SCHEMA)
            except sqlite3.OperationalError as error:
                # Turning a new file to WAL does not wait for other openers, whatever the busy timeout says.
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    connection.close()
                    raise
                time.sleep(0.005)
            except sqlite3.Error:
                connection.close()
                raise
            else:
                return connection


def _left(expiry: int, now: float) -> float:
    """Return the seconds until the window that holds `now` ends: windows are counted from the epoch."""
    return expiry - now % expiry


def _path_of(uri: str) -> str:
    """Read the file name as SQLAlchemy does: three slashes begin a relative path, four an absolute one."""
    path = uri.partition("://")[2].partition("?")[0].removeprefix("/")
    if path in {"", ":memory:"}:
        raise ConfigurationError("sqlite limits need a file: counters in memory are not shared")
    return path

"""Fulfils the `Limits` port with the `limits` package, on SQLite, Redis, Valkey or memory.

A storage that does not answer never stops a reader: counting goes on in this process with a share of each limit
(fail open, but not wide open) and returns to the storage when it answers again. Keys are the caller's; they arrive
hashed and are never logged.
"""

import functools
import math
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final, TypedDict, cast

from limits import RateLimitItem, parse_many
from limits.errors import StorageError
from limits.storage import MemoryStorage, SlidingWindowCounterSupport, Storage, storage_from_string

from moderation.adapters import limits_sqlite as _registers_sqlite
from moderation.ports import Log, Spent

STRATEGY: Final = "sliding-window-counter"
_ANSWER_SECONDS: Final = 0.2  # a frozen Redis may hold one request this long
_PROBE_SECONDS: Final = 1.0  # between two looks at a storage that is down

_Sliding = SlidingWindowCounterSupport
_Act = Callable[[Storage, Sequence[RateLimitItem], str, str], Spent]


class LimitsAdapter:
    """Counts postings per key over sliding windows.

    1. Every window is read; if one is full, nothing is spent anywhere.
    2. Then every window is spent, shortest first, each atomically. Only when another process filled a window between
       1 and 2 is the posting refused with a shorter window already spent: never too many, at worst one too few.

    The sliding counter weighs the window before by its overlap, as if its hits had been spread evenly. After a burst
    at the very end of a window 12 instead of 10 pass within the next tenth of a window (a fixed window: 20); a caller
    who then takes each hit as it comes free can have nearly twice the limit within one window's length, once. The
    lasting rate is the limit.
    """

    def __init__(self, uri: str, *, now: Callable[[], float], fallback_share: float, log: Log) -> None:
        """Open `uri`. `fallback_share` is the part of each limit this process grants alone: 1 / processes."""
        self._storage = _storage(uri, now)
        self._scheme = uri.partition("://")[0]
        self._share = fallback_share
        self._log = log
        self._fallback: MemoryStorage | None = None
        self._lock = threading.Lock()  # guards the three below
        self._down_since: float | None = None
        self._next_probe = 0.0
        self._failures = 0

    @property
    def is_degraded(self) -> bool:
        """Say whether this process counts alone just now."""
        return self._down_since is not None

    @property
    def failures(self) -> int:
        """Return how many calls of the storage have failed since the start."""
        return self._failures

    def spend(self, key: str, *, limits: str, scope: str) -> Spent:
        """Spend one posting of `key`; see the class for what happens with several limits."""
        return self._ask(_spend, key, limits, scope)

    def peek(self, key: str, *, limits: str, scope: str) -> Spent:
        """Read the windows of `key`; nothing is spent."""
        return self._ask(_peek, key, limits, scope)

    def reset(self) -> None:
        """Forget every counter, those of this process included. Raises what the storage raises."""
        if self._fallback is not None:
            self._fallback.reset()
        self._storage.reset()

    def _ask(self, act: _Act, key: str, limits: str, scope: str) -> Spent:
        """Do it at the storage, or alone while that does not answer."""
        if self._may_ask():
            try:
                spent = act(self._storage, _parsed(limits), key, scope)
            except (StorageError, OSError) as error:
                self._note_down(error)
            else:
                self._note_up()
                return spent
        return act(self._memory(), _shared_out(limits, self._share), key, scope)

    def _may_ask(self) -> bool:
        """Say whether to ask the storage: always while it is up, one caller in each period while it is down."""
        if not self.is_degraded:
            return True
        with self._lock:
            moment = time.monotonic()
            if moment < self._next_probe:
                return False
            self._next_probe = moment + _PROBE_SECONDS
            return True

    def _note_down(self, error: Exception) -> None:
        with self._lock:
            self._failures += 1
            self._next_probe = time.monotonic() + _PROBE_SECONDS
            is_news = self._down_since is None
            if is_news:
                self._down_since = time.monotonic()
        if is_news:
            # The kind of error only: its message may hold the address of the storage, or a key.
            self._log.warning(
                "limits.storage-down", scheme=self._scheme, error=type(error.__cause__ or error).__name__
            )

    def _note_up(self) -> None:
        if self._down_since is None:
            return
        with self._lock:
            since, self._down_since = self._down_since, None
        if since is not None:
            self._log.info(
                "limits.storage-up", scheme=self._scheme, down_seconds=round(time.monotonic() - since, 1)
            )

    def _memory(self) -> MemoryStorage:
        """Return the counters of this process, made at the first need: they start a thread."""
        with self._lock:
            if self._fallback is None:
                self._fallback = MemoryStorage()
            return self._fallback


class FlaskLimiterOptions(TypedDict):
    """Keyword arguments of `flask_limiter.Limiter` that depend on the storage."""

    storage_uri: str
    storage_options: dict[str, str | int]
    strategy: str
    swallow_errors: bool
    in_memory_fallback_enabled: bool
    in_memory_fallback: list[str]
    headers_enabled: bool


def flask_limiter_options(uri: str, *, fallback_limits: Sequence[str]) -> FlaskLimiterOptions:
    """Return what Flask-Limiter needs to share `uri` with us: `Limiter(key_func, **flask_limiter_options(…))`.

    `fallback_limits` replace the limits of every route while the storage is down; without any, each process grants
    the routes' own limits. Its X-RateLimit headers stay off: `web/problems.py` words the draft's fields.
    """
    return {
        "storage_uri": uri,
        # Flask-Limiter's annotation knows no floats; redis wants them.
        "storage_options": cast("dict[str, str | int]", _storage_options(uri)),
        "strategy": STRATEGY,
        "swallow_errors": True,  # should even the fallback fail, a reader is let through and the log has the trace
        "in_memory_fallback_enabled": True,
        "in_memory_fallback": list(fallback_limits),
        "headers_enabled": False,
    }


def _peek(storage: Storage, items: Sequence[RateLimitItem], key: str, scope: str) -> Spent:
    sliding = cast("_Sliding", storage)
    return _tightest(
        [
            _reading(item, sliding.get_sliding_window(item.key_for(key, scope), item.get_expiry()))
            for item in items
        ]
    )


def _spend(storage: Storage, items: Sequence[RateLimitItem], key: str, scope: str) -> Spent:
    sliding = cast("_Sliding", storage)
    keys = [(item, item.key_for(key, scope)) for item in items]
    readings = [_reading(item, sliding.get_sliding_window(name, item.get_expiry())) for item, name in keys]
    if not all(reading.is_allowed for reading in readings):
        return _tightest(readings)
    for index, (item, name) in enumerate(keys):
        if not sliding.acquire_sliding_window_entry(name, item.amount, item.get_expiry()):
            return _reading(item, sliding.get_sliding_window(name, item.get_expiry()), has_lost_race=True)
        before = readings[index]
        readings[index] = Spent(
            is_allowed=True,
            limit=before.limit,
            remaining=max(0, before.remaining - 1),
            reset_seconds=before.reset_seconds,
            retry_after_seconds=0,
        )
    return _tightest(readings)


def _reading(
    item: RateLimitItem, window: tuple[int, float, int, float], *, has_lost_race: bool = False
) -> Spent:
    """Judge one window before spending.

    With `before` hits in the window before, weighing until `before_left`, and `hits` in this one, a posting is
    allowed once the weighted sum falls below the limit; solving for that moment gives the time to retry.
    """
    before, before_left, hits, hits_left = window
    expiry, limit = item.get_expiry(), item.amount
    window_left = hits_left - expiry if hits_left > expiry else expiry
    weighted = math.floor(before * before_left / expiry) + hits
    remaining = max(0, limit - weighted)
    if remaining and not has_lost_race:
        return Spent(
            is_allowed=True,
            limit=limit,
            remaining=remaining,
            reset_seconds=math.ceil(window_left),
            retry_after_seconds=0,
        )
    if limit == 0:
        wait = float(expiry)
    elif hits < limit:
        wait = before_left - (limit - hits) * expiry / before if before else 0.0
    else:
        wait = window_left + expiry * (1 - limit / hits)
    retry_after = max(1, math.floor(wait) + 1)  # strictly after that moment, in whole seconds
    return Spent(
        is_allowed=False,
        limit=limit,
        remaining=0,
        reset_seconds=retry_after,
        retry_after_seconds=retry_after,
    )


def _tightest(readings: Sequence[Spent]) -> Spent:
    """Return the refusal to wait longest for, or what leaves the least."""
    refused = [reading for reading in readings if not reading.is_allowed]
    if refused:
        return max(refused, key=lambda reading: reading.retry_after_seconds)
    return min(readings, key=lambda reading: reading.remaining)


@functools.lru_cache(maxsize=256)
def _parsed(limits: str) -> tuple[RateLimitItem, ...]:
    """Read "5/minute;30/hour", shortest window first. Raises ValueError: a setting was not checked."""
    return tuple(sorted(parse_many(limits), key=RateLimitItem.get_expiry))


@functools.lru_cache(maxsize=256)
def _shared_out(limits: str, share: float) -> tuple[RateLimitItem, ...]:
    """Cut each limit to one process's share, rounded down, but never to nothing."""
    return tuple(
        type(item)(max(1, math.floor(item.amount * share)) if item.amount else 0, item.multiples)
        for item in _parsed(limits)
    )


def _storage(uri: str, now: Callable[[], float]) -> Storage:
    if uri.startswith("sqlite:"):
        return _registers_sqlite.SQLiteStorage(uri, wrap_exceptions=True, now=now)
    storage = storage_from_string(uri, wrap_exceptions=True, **_storage_options(uri))
    return cast("Storage", storage)


def _storage_options(uri: str) -> dict[str, float]:
    """Keep a dead or frozen server from holding a request: short timeouts, no second try."""
    if not uri.startswith(("redis", "valkey")):
        return {}
    return {"socket_timeout": _ANSWER_SECONDS, "socket_connect_timeout": _ANSWER_SECONDS}

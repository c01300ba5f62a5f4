"""Loaded rule sets of this process, by id. A set is immutable, so an entry is never stale, only forgotten.

Each set is loaded once: of the requests that meet a new active version together one reads it, the others wait for
it (35 ms at 100,000 terms; for the first set of a process 0.6 s more, to make its tables). A site's former set is let
go as soon as its new one is loaded, never before: while the new one cannot be loaded, the former stays in force.
"""

import ctypes
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple
from uuid import UUID

from moderation import rules
from moderation.ports import InForce
from moderation.rules import RuleSet, RuleSetError

MOST_BYTES: Final = 128 * 2**20
"""Artefacts whose rule sets stay in memory, in bytes of the artefact; the one asked for last stays whatever its size."""
RETRY_SECONDS: Final = 30.0
"""How long a set that could not be loaded is not tried again: reading it anew for each comment would cost the most
when least is well, and a set compiled again is found soon enough."""

# Of malloc.h; larger than what requests take, as each such block costs a call of the system.
_M_MMAP_THRESHOLD: Final = -3
_LARGE_BLOCK_BYTES: Final = 2**18


class _Loaded(NamedTuple):
    rule_set: RuleSet
    size: int


class _Failed(NamedTuple):
    error: RuleSetError
    retry_at: float


class LoadedRuleSets:
    """Fulfils `ports.RuleSets`. `seconds` is a clock that only goes forward."""

    def __init__(
        self, *, most_bytes: int = MOST_BYTES, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        _free_large_blocks()
        self._most_bytes = most_bytes
        self._seconds = seconds
        self._loaded: OrderedDict[UUID, _Loaded] = OrderedDict()
        self._failed: dict[UUID, _Failed] = {}
        self._in_force: dict[UUID, UUID] = {}
        self._doors: dict[UUID, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, rule_set_id: UUID, read_artefact: Callable[[], bytes]) -> RuleSet:
        """Return a rule set, loaded once per process. Raises `rules.RuleSetError` when its bytes are damaged."""
        found, _ = self._ensure(rule_set_id, read_artefact)
        if isinstance(found, _Failed):
            raise found.error.with_traceback(None)
        return found.rule_set

    def in_force(self, site_id: UUID, rule_set_id: UUID, read_artefact: Callable[[], bytes]) -> InForce:
        """Return a site's active rule set or, while that is damaged, the last good one that this process loaded."""
        found, is_first = self._ensure(rule_set_id, read_artefact)
        held = self._settle(site_id, rule_set_id, found, is_first=is_first)
        if is_first:
            _give_back_memory()
        return held

    def _settle(
        self, site_id: UUID, rule_set_id: UUID, found: _Loaded | _Failed, *, is_first: bool
    ) -> InForce:
        """Put a set in force if it is good; the former one stays if not, and goes if it is."""
        with self._lock:
            former = self._in_force.get(site_id)
            if isinstance(found, _Loaded):
                if former != rule_set_id:
                    self._in_force[site_id] = rule_set_id
                    self._let_go(former)
                return InForce(rule_set_id, found.rule_set)
            kept = None if former is None else self._touch(former)
        failure = found.error if is_first else None
        if kept is None:
            return InForce(None, None, failure)
        return InForce(former, kept.rule_set, failure)

    def _ensure(
        self, rule_set_id: UUID, read_artefact: Callable[[], bytes]
    ) -> tuple[_Loaded | _Failed, bool]:
        """Return what is known of a set, after loading it if need be, and whether this very call tried to."""
        with self._lock:
            known = self._known(rule_set_id)
            if known is not None:
                return known, False
            door = self._doors.setdefault(rule_set_id, threading.Lock())
        with door:
            with self._lock:
                known = self._known(rule_set_id)
            if known is not None:
                return known, False
            try:
                return self._load(rule_set_id, read_artefact), True
            finally:
                with self._lock:
                    self._doors.pop(rule_set_id, None)

    def _load(self, rule_set_id: UUID, read_artefact: Callable[[], bytes]) -> _Loaded | _Failed:
        rules.prepare()
        artefact = read_artefact()
        try:
            loaded = _Loaded(rules.load(artefact), len(artefact))
        except RuleSetError as error:
            failed = _Failed(error, self._seconds() + RETRY_SECONDS)
            with self._lock:
                self._failed[rule_set_id] = failed
            return failed
        with self._lock:
            self._failed.pop(rule_set_id, None)
            self._loaded[rule_set_id] = loaded
            held = sum(each.size for each in self._loaded.values())
            while held > self._most_bytes and len(self._loaded) > 1:
                _, forgotten = self._loaded.popitem(last=False)
                held -= forgotten.size
        return loaded

    def _known(self, rule_set_id: UUID) -> _Loaded | _Failed | None:
        failed = self._failed.get(rule_set_id)
        if failed is not None and self._seconds() < failed.retry_at:
            return failed
        return self._touch(rule_set_id)

    def _touch(self, rule_set_id: UUID) -> _Loaded | None:
        found = self._loaded.get(rule_set_id)
        if found is not None:
            self._loaded.move_to_end(rule_set_id)
        return found

    def _let_go(self, rule_set_id: UUID | None) -> None:
        """Forget a set that its site has no use for; requests under way hold it until they end."""
        if rule_set_id is not None:
            self._loaded.pop(rule_set_id, None)


def _free_large_blocks() -> None:
    """Let the C library return large blocks, like artefacts and automata, when they are freed.

    Left alone, glibc takes them from its heap once it has freed one of them, and does not shrink it: 60 MB of 100,000
    terms stay (mallopt(3), M_MMAP_THRESHOLD). Other C libraries have no such call, nor the need.
    """
    option = getattr(ctypes.CDLL(None), "mallopt", None)
    if option is not None:  # pragma: no branch -- by C library
        option(_M_MMAP_THRESHOLD, _LARGE_BLOCK_BYTES)


def _give_back_memory() -> None:
    """Let the C library return what making the tables and loading left in small blocks."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:  # pragma: no branch -- as above
        trim(0)

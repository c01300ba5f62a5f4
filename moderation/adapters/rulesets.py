"""Loaded rule sets of this process, by id. A set is immutable, so an entry is never stale, only forgotten."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from uuid import UUID

from moderation import rules
from moderation.rules import RuleSet

MOST_LOADED = 32
"""Sites whose rule sets stay in memory (7 MB each at 100,000 terms)."""


class LoadedRuleSets:
    """Fulfils `ports.RuleSets`."""

    def __init__(self) -> None:
        self._loaded: OrderedDict[UUID, RuleSet] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, rule_set_id: UUID, read_artefact: Callable[[], bytes]) -> RuleSet:
        """Return a rule set, loaded once per process. Raises `rules.RuleSetError` when its bytes are damaged."""
        with self._lock:
            found = self._loaded.get(rule_set_id)
            if found is not None:
                self._loaded.move_to_end(rule_set_id)
                return found
        loaded = rules.load(read_artefact())
        with self._lock:
            self._loaded[rule_set_id] = loaded
            while len(self._loaded) > MOST_LOADED:
                self._loaded.popitem(last=False)
        return loaded

"""100,000 rules swapped under load: no request fails, and from its next request on every process judges by the new ones."""

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import pytest
from sqlalchemy.orm import Session

from moderation import rules
from moderation.domain.policy import Mode
from moderation.domain.ruleset import RuleSetState
from moderation.flows import rulesets
from moderation.ports import Services
from moderation.rules import Action
from moderation.store import rulesets as store
from moderation.store.tables import RuleSetVersion
from moderation.store.transaction import transaction
from tests.factories import a_rule, a_site
from tests.servers.running import NO_ANSWER, Answer, Service, Start, Wait, serve

pytestmark = pytest.mark.servers
Activate = Callable[[int], object]
_log = logging.getLogger(__name__)
TERMS: Final = 100_000
CLIENTS: Final = 6
SWAPS: Final = 6
ANSWERS_PER_SWAP: Final = 60
MARKS: Final = {1: "加微信", 2: "裸聊"}
"""What the one version refuses and the other lets through."""


@pytest.fixture(scope="module")
def artefacts() -> dict[int, bytes]:
    """Compile two versions of 100,000 rules each: drawn words, and the one that tells the versions apart."""
    letters = [chr(code) for code in range(0x4E00, 0x8E00)]
    made = {}
    for number, mark in MARKS.items():
        draw = random.Random(number)
        terms = {"".join(draw.choices(letters, k=draw.choice((2, 3, 4)))) for _ in range(TERMS)}
        terms -= set(MARKS.values())
        listed = [a_rule(term) for term in sorted(terms)]
        made[number] = rules.dump(rules.compile([*listed, a_rule(mark, Action.BLOCK)]))
    return made


@pytest.fixture
def activate(session: Session, services: Services, artefacts: dict[int, bytes]) -> Activate:
    """Store the versions as an import would, but for the 200,000 rows that no server reads; return how to activate."""
    site_id = a_site(session, services, mode=Mode.RULES, is_honest=True)
    for number, artefact in artefacts.items():
        with transaction(session):
            version = RuleSetVersion(
                id=services.ids.new(),
                site_id=site_id,
                number=number,
                state=RuleSetState.DRAFT,
                name="test",
                rule_count=TERMS,
                digest=rules.load(artefact).digest,
                exceptions=None,
                thresholds=None,
                artefact=artefact,
                created_at=services.clock.now(),
                activated_at=None,
            )
            store.add(session, version, store.prepare(session, version.id, []))
    return partial(rulesets.activate, "demo", session=session, services=services)


@dataclass
class Load:
    """Clients that post and read without a pause, and what they saw."""

    service: Service
    generation: int = 0
    """Rises before and after each activation: a request that began and ended in one was judged by one version."""
    expected: dict[int, int] = field(default_factory=dict)
    seen: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    def run(self, client: int) -> None:
        """Post and read in turn until it is over."""
        number = 0
        while not self.is_over.is_set():
            number += 1
            if number % 3 == 0:
                self._ask(partial(self.service.get, "/api/v1/sites/demo/comments?thread=1553855"), None)
                continue
            mark = 1 + number % 2
            self._ask(partial(self.service.comment, f"{MARKS[mark]} {client} {number}"), mark)

    def _ask(self, ask: Callable[[], Answer], mark: int | None) -> None:
        generation, began = self.generation, time.perf_counter()
        try:
            answer = ask()
        except NO_ANSWER as error:
            self.failures.append(repr(error))
            return
        self.milliseconds.append((time.perf_counter() - began) * 1e3)
        if answer.status_code not in {200, 201, 202}:
            self.failures.append(f"{answer.status_code} {answer.text[:200]}")
            return
        if mark is None or generation != self.generation or generation not in self.expected:
            return
        told = answer.json()["status"]
        self.seen[generation] += 1
        if (told == "rejected") != (self.expected[generation] == mark):
            self.wrong.append(f"{MARKS[mark]} was {told} under version {self.expected[generation]}")

    def has_judged_enough(self, generation: int) -> bool:
        """Say whether so many comments were judged after an activation that every process had some of them."""
        return self.seen[generation] >= ANSWERS_PER_SWAP or bool(self.failures)

    def swap(self, number: int, activate: Activate) -> int:
        """Activate a version and open a generation of its own once that is done."""
        self.generation += 1
        activate(number)
        self.expected[self.generation + 1] = number
        self.generation += 1
        return self.generation


def test_no_request_fails_and_every_process_follows_when_many_rules_are_swapped(
    environment: dict[str, str],
    start: Start,
    wait_for: Wait,
    activate: Activate,
) -> None:
    environment["MODERATION_DOOR_LIMIT"] = "100000/minute"
    activate(1)
    load = Load(serve(start, wait_for))

    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(load.run, client) for client in range(CLIENTS)]
        try:
            for turn in range(SWAPS):
                number = 2 - turn % 2
                generation = load.swap(number, activate)
                wait_for(partial(load.has_judged_enough, generation), f"version {number} has judged enough")
        finally:
            load.is_over.set()
        for client in clients:
            client.result(60)

    assert len(load.service.workers) == 2
    assert load.failures == []
    assert load.wrong == []
    # Noted (`pytest --log-cli-level=INFO`), not asserted: how long a request takes is the machine's affair.
    took = sorted(load.milliseconds)
    _log.info("%d requests, median %.0f ms, slowest %.0f ms", len(took), took[len(took) // 2], took[-1])

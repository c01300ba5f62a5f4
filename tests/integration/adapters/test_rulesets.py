"""Rule sets in memory: each loaded once, the former kept until the new one is there, a damaged one no reason to stop."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest

from moderation import rules
from moderation.adapters.rulesets import RETRY_SECONDS, LoadedRuleSets
from moderation.rules import RuleSetDamaged
from tests.factories import a_rule

BLOB = rules.dump(rules.compile([a_rule("花海")]))
OTHER = rules.dump(rules.compile([a_rule("别的")]))
SITE, NEIGHBOUR = uuid4(), uuid4()


class Stored:
    """Artefacts by id, as the database would give them; counts how often each is read."""

    def __init__(self) -> None:
        self.artefacts: dict[UUID, bytes] = {}
        self.reads: list[UUID] = []

    def add(self, artefact: bytes = BLOB) -> UUID:
        rule_set_id = uuid4()
        self.artefacts[rule_set_id] = artefact
        return rule_set_id

    def reading(self, rule_set_id: UUID) -> Callable[[], bytes]:
        def read() -> bytes:
            self.reads.append(rule_set_id)
            return self.artefacts[rule_set_id]

        return read


@pytest.fixture
def stored() -> Stored:
    return Stored()


class Seconds:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_set_is_read_once_however_many_ask_at_once(stored: Stored) -> None:
    loaded, rule_set_id = LoadedRuleSets(), stored.add()
    everybody = threading.Barrier(8)

    def ask(_: int) -> object:
        everybody.wait(20)
        return loaded.in_force(SITE, rule_set_id, stored.reading(rule_set_id)).rule_set

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(ask, range(8)))

    assert len(answers) == 1
    assert len(stored.reads) == 1


def test_a_damaged_set_is_read_once_however_many_ask_and_told_to_one(stored: Stored) -> None:
    loaded, rule_set_id = LoadedRuleSets(), stored.add(BLOB[:-1])
    everybody = threading.Barrier(8)

    def ask(_: int) -> object:
        everybody.wait(20)
        return loaded.in_force(SITE, rule_set_id, stored.reading(rule_set_id)).failure

    with ThreadPoolExecutor(8) as pool:
        told = [failure for failure in pool.map(ask, range(8)) if failure is not None]

    assert [type(failure) for failure in told] == [RuleSetDamaged]
    assert len(stored.reads) == 1


def test_a_new_set_takes_the_place_of_the_former_which_is_let_go(stored: Stored) -> None:
    loaded, old, new = LoadedRuleSets(), stored.add(), stored.add(OTHER)
    loaded.in_force(SITE, old, stored.reading(old))

    held = loaded.in_force(SITE, new, stored.reading(new))
    loaded.in_force(SITE, old, stored.reading(old))

    assert held.rule_set_id == new
    assert stored.reads == [old, new, old]


def test_the_last_good_set_stays_in_force_while_the_new_one_is_damaged(stored: Stored) -> None:
    loaded, old, new = LoadedRuleSets(), stored.add(), stored.add(b"nonsense")
    good = loaded.in_force(SITE, old, stored.reading(old)).rule_set

    first = loaded.in_force(SITE, new, stored.reading(new))
    second = loaded.in_force(SITE, new, stored.reading(new))

    assert (first.rule_set_id, first.rule_set) == (old, good)
    assert isinstance(first.failure, RuleSetDamaged)
    assert (second.rule_set_id, second.failure) == (old, None)
    assert stored.reads == [old, new]


def test_the_set_of_another_site_is_no_last_good_one(stored: Stored) -> None:
    loaded, other, new = LoadedRuleSets(), stored.add(), stored.add(b"nonsense")
    loaded.in_force(NEIGHBOUR, other, stored.reading(other))

    held = loaded.in_force(SITE, new, stored.reading(new))

    assert (held.rule_set_id, held.rule_set) == (None, None)
    assert held.failure is not None


def test_a_set_that_was_mended_is_in_force_after_half_a_minute(stored: Stored) -> None:
    seconds = Seconds()
    loaded, rule_set_id = LoadedRuleSets(seconds=seconds), stored.add(b"nonsense")
    loaded.in_force(SITE, rule_set_id, stored.reading(rule_set_id))
    stored.artefacts[rule_set_id] = BLOB
    seconds.now = RETRY_SECONDS - 1
    before = loaded.in_force(SITE, rule_set_id, stored.reading(rule_set_id))
    seconds.now = RETRY_SECONDS

    after = loaded.in_force(SITE, rule_set_id, stored.reading(rule_set_id))

    assert before.rule_set is None
    assert after.rule_set_id == rule_set_id


def test_who_asks_for_one_set_and_no_other_is_told_that_it_is_damaged(stored: Stored) -> None:
    loaded, rule_set_id = LoadedRuleSets(), stored.add(b"")

    for _ in range(2):
        with pytest.raises(RuleSetDamaged):
            loaded.get(rule_set_id, stored.reading(rule_set_id))

    assert len(stored.reads) == 1


def test_a_database_that_fails_is_asked_again_at_once(stored: Stored) -> None:
    loaded, rule_set_id = LoadedRuleSets(), stored.add()

    def failing() -> bytes:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        loaded.in_force(SITE, rule_set_id, failing)

    assert loaded.in_force(SITE, rule_set_id, stored.reading(rule_set_id)).rule_set_id == rule_set_id


def test_what_was_asked_for_longest_ago_is_forgotten_first(stored: Stored) -> None:
    loaded = LoadedRuleSets(most_bytes=3 * len(BLOB))
    ids = [stored.add() for _ in range(4)]
    for rule_set_id in (*ids[:3], ids[0], ids[3]):
        loaded.get(rule_set_id, stored.reading(rule_set_id))
    stored.reads.clear()

    for rule_set_id in (ids[0], ids[2], ids[3], ids[1]):
        loaded.get(rule_set_id, stored.reading(rule_set_id))

    assert stored.reads == [ids[1]]


def test_a_set_larger_than_all_the_room_is_loaded_all_the_same(stored: Stored) -> None:
    loaded, rule_set_id = LoadedRuleSets(most_bytes=1), stored.add()

    for _ in range(2):
        loaded.get(rule_set_id, stored.reading(rule_set_id))

    assert len(stored.reads) == 1

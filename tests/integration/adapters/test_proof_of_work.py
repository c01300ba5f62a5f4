"""The proof of work by its library: what is signed comes back, and nothing else does."""

import base64
import json
from typing import Any

import altcha
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.adapters.proof_of_work import TRIES, AltchaProofs
from moderation.adapters.secrets import KeyedSecrets

FACTS: dict[str, str | int] = {"id": "0192", "site": "demo", "until": 1_800_000_000}
KEYS = KeyedSecrets("a key for these tests and no other use")
PROOFS = AltchaProofs(KEYS, iterations=1)


def done(work: Any, **changed: object) -> str:
    solution = altcha.solve_challenge(altcha.Challenge.from_dict(work))
    assert solution is not None
    told = {"challenge": work, "solution": {"counter": solution.counter, "derivedKey": solution.derived_key}}
    return base64.b64encode(json.dumps(told | changed).encode()).decode()


def counter_of(work: Any) -> int:
    solution = altcha.solve_challenge(altcha.Challenge.from_dict(work))
    assert solution is not None
    return solution.counter


def test_what_was_signed_comes_back() -> None:
    assert PROOFS.check(done(PROOFS.ask(FACTS, weight=1))) == FACTS


def test_no_two_pieces_of_work_are_alike() -> None:
    first, second = PROOFS.ask(FACTS, weight=1), PROOFS.ask(FACTS, weight=1)

    assert first["signature"] != second["signature"]
    assert PROOFS.check(done(first, challenge=second)) is None


@pytest.mark.parametrize("weight", [1, 4, 8])
def test_work_has_no_long_tail_and_grows_with_its_weight(weight: int) -> None:
    counters = [counter_of(PROOFS.ask(FACTS, weight=weight)) for _ in range(40)]

    assert min(counters) >= 1
    assert max(counters) <= TRIES * weight
    assert max(counters) > TRIES * weight * 0.6


def test_a_try_is_as_long_for_heavy_work() -> None:
    proofs = AltchaProofs(KEYS)

    costs = {weight: proofs.ask(FACTS, weight=weight)["parameters"]["cost"] for weight in (1, 8)}  # type: ignore[index]

    assert costs == {1: 5_000, 8: 5_000}


def test_another_service_signs_nothing_for_us() -> None:
    other = AltchaProofs(KeyedSecrets("the key of quite another service here"), iterations=1)

    assert PROOFS.check(done(other.ask(FACTS, weight=1))) is None


def test_an_expiry_of_the_librarys_own_is_not_in_what_is_signed() -> None:
    assert "expiresAt" not in PROOFS.ask(FACTS, weight=1)["parameters"]  # type: ignore[operator]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_no_json_at_all_upsets_it(told: object) -> None:
    assert PROOFS.check(base64.b64encode(json.dumps(told).encode()).decode()) is None


@given(st.text(max_size=100))
def test_no_text_at_all_upsets_it(told: str) -> None:
    assert PROOFS.check(told) is None


@given(
    st.sampled_from(
        ["algorithm", "cost", "keyLength", "keyPrefix", "nonce", "salt", "keySignature", "data", "expiresAt"]
    ),
    JSON,
)
def test_no_changed_parameter_passes(name: str, value: object) -> None:
    work: Any = PROOFS.ask(FACTS, weight=1)
    proof = json.loads(base64.b64decode(done(work)))
    if proof["challenge"]["parameters"].get(name) == value and name in proof["challenge"]["parameters"]:
        return
    proof["challenge"]["parameters"][name] = value

    assert PROOFS.check(base64.b64encode(json.dumps(proof).encode()).decode()) is None


@pytest.mark.parametrize(
    "proof",
    ["", "e30=", base64.b64encode(b"[" * 100_000).decode(), base64.b64encode(b"9" * 5_000).decode(), "\ud800", "é"],
    ids=["nothing", "an empty object", "depth", "a long number", "half a pair", "a letter"],
)  # fmt: skip
def test_what_is_no_proof_is_none(proof: str) -> None:
    assert PROOFS.check(proof) is None

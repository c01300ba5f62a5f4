"""Fulfils the `ProofOfWork` port with altcha's second scheme: PBKDF2 over a counter that only trying finds.

The counter is drawn here, so that a piece of work has no long tail, and a right answer is known by its signature: 0.1 ms
to check, 2 ms to set. What the work is for is signed with it; its deadline too, so that the caller's clock judges it and
not the library's. Why this library: docs/adr/0026.
"""

import hmac
import secrets
from collections.abc import Mapping
from typing import Final

import altcha

from moderation.ports import Secrets

_ALGORITHM: Final = "PBKDF2/SHA-256"
ITERATIONS: Final = 5_000
"""Of PBKDF2 a try: so many that a browser's own code and a native attacker's differ little (1.7 ms each)."""
TRIES: Final = 300
"""The most that ordinary work takes: half a second of a computer, half of that on average.

The counter is uniform from 1 on. A floor under it would cost only those who do not know of it.
"""
_PURPOSE: Final = "proof-of-work"


class AltchaProofs:
    """Sets and checks work under the service's keys, the one before a rotation included."""

    def __init__(self, keys: Secrets, *, iterations: int = ITERATIONS) -> None:
        self._keys = keys
        self._iterations = iterations

    def ask(self, facts: Mapping[str, str | int], *, weight: int) -> Mapping[str, object]:
        """Set work: `weight` times as many tries, each as long as ever, so that setting it costs no more."""
        key = self._keys.keyed(_PURPOSE)
        challenge = altcha.create_challenge(
            _ALGORITHM,
            self._iterations,
            counter=1 + secrets.randbelow(TRIES * weight),
            data=dict(facts),
            hmac_secret=key,
            hmac_key_secret=_for_solutions(key),
        )
        return challenge.to_dict()

    def check(self, proof: str) -> Mapping[str, object] | None:
        """Check signature and solution of what a browser sent: base64 of `{challenge, solution}`."""
        try:
            payload = altcha.Payload.from_base64(proof)
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
        facts = payload.challenge.parameters.data
        # Without a signed key the library would derive it again, at a cost that the sender names.
        if not isinstance(facts, dict) or payload.challenge.parameters.key_signature is None:
            return None
        for key in self._keys.keyed_by_all(_PURPOSE).values():
            checked = altcha.verify_solution(payload, key, hmac_key_secret=_for_solutions(key))
            if checked.verified:
                return facts
        return None


def _for_solutions(key: bytes) -> bytes:
    """Derive a second key: with one for both, a signed challenge might pass for a signed solution."""
    return hmac.digest(key, b"solution", "sha256")

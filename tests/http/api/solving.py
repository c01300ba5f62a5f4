"""A browser without a browser: solves a proof of work by the library's own solver and writes it as the embed does."""

import base64
import json
from typing import Any

import altcha


def solve(challenge: dict[str, Any]) -> str:
    """Return the proof of an issued challenge of kind `pow`, as a script sends it."""
    assert challenge["kind"] == "pow"
    set_work = challenge["pow"]["challenge"]
    solution = altcha.solve_challenge(altcha.Challenge.from_dict(set_work))
    assert solution is not None
    told = {
        "challenge": set_work,
        "solution": {"counter": solution.counter, "derivedKey": solution.derived_key},
    }
    return base64.b64encode(json.dumps(told).encode()).decode()

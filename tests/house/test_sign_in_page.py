"""What docs/sign-in.md tells a portal's programmer is true: its three programs make tokens, and every code is explained."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from moderation.adapters.clock import SystemClock
from moderation.adapters.tokens import JsonWebTokens
from moderation.domain.portal import LEEWAY, MAX_TOKEN_CHARS, MOST_LIFE, Signed, Why, read_claims
from tests.conftest import missing

PAGE = (Path(__file__).parents[2] / "docs" / "sign-in.md").read_text(encoding="utf-8")
SECRET = "uBqsXdq__JFQqE35lj7T3_ySnMNNC654E9UsBT-eGh8"
KEY = "1f6809e8"
READERS: tuple[dict[str, object], ...] = (
    {"id": "20931", "name": "槐花", "verified": True},
    {"id": "a/b+c=?&\"'\\", "name": "<b>O'Neil</b> 🌸 ÿ", "verified": False},
)


def program(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def signed(token: str) -> Signed:
    tokens = JsonWebTokens()
    assert tokens.key_id(token) == KEY
    return read_claims(tokens.claims(token, [SECRET]), site_key="news", now=SystemClock().now())


def by_python(reader: dict[str, object]) -> str:
    names: dict[str, Callable[..., str]] = {}
    exec(program("python"), names)
    return names["moderation_token"](SECRET, KEY, "news", reader)


def run(command: list[str], script: str) -> str:
    if shutil.which(command[0]) is None:
        missing(command[0], "it is not installed")
    done = subprocess.run([*command, script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def by_php(reader: dict[str, object]) -> str:
    given = json.dumps(json.dumps(reader)).replace("$", "\\$")
    call = f"echo moderation_token('{SECRET}', '{KEY}', 'news', json_decode({given}, true));"
    return run(["php", "-n", "-r"], program("php").removeprefix("<?php\n") + call)


def by_node(reader: dict[str, object]) -> str:
    call = f'process.stdout.write(moderationToken("{SECRET}", "{KEY}", "news", {json.dumps(reader)}));'
    return run(["node", "-e"], program("js") + call)


@pytest.mark.parametrize("reader", READERS, ids=["a plain reader", "a reader of odd characters"])
@pytest.mark.parametrize("make", [by_python, by_php, by_node], ids=["Python", "PHP", "Node"])
def test_each_program_of_the_page_makes_a_token_that_is_taken(
    make: Callable[[dict[str, object]], str], reader: dict[str, object]
) -> None:
    assert signed(make(reader)) == Signed(
        subject=str(reader["id"]), nickname=str(reader["name"]), is_verified=reader["verified"] is True
    )


def test_the_page_explains_every_code_and_no_other() -> None:
    table = PAGE.split("## When a token is refused", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| (`[^|]+`) \| ", table, re.MULTILINE)

    assert {code for row in rows for code in re.findall(r"`([a-z-]+)`", row)} - {"why"} == set(Why)


def test_the_page_states_the_bounds_that_hold() -> None:
    assert f"{MAX_TOKEN_CHARS:,} characters" in PAGE
    assert f"at most {MOST_LIFE.total_seconds() / 3_600:.0f} hours after `iat`" in PAGE
    assert f"may be {LEEWAY.total_seconds():.0f} seconds apart" in PAGE

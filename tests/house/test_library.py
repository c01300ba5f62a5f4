"""The rule library could be published alone: what it imports, and what comes along when it is imported."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import moderation.rules

LIBRARY: Final = Path(moderation.rules.__file__ or "").parent
NAME: Final = "moderation.rules"

# What may be installed beside it; the scripts that make the tables have more, and are never imported by it.
ENGINES: Final = {"daachorse", "re2"}
SCRIPTS: Final = ("tables/generate.py", "tables/generate_suffixes.py", "tables/generating/")


def library_modules() -> Iterator[tuple[str, ast.Module]]:
    """Yield every module of the library but the scripts, by its path."""
    for path in sorted(LIBRARY.rglob("*.py")):
        name = path.relative_to(LIBRARY).as_posix()
        if not name.startswith(SCRIPTS):
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> Iterator[str]:
    """Yield the full name of all that a module imports, inside of functions too; no import is relative here."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"{'.' * node.level}{node.module or ''}"


def test_the_library_imports_itself_the_standard_library_and_two_engines() -> None:
    allowed = sys.stdlib_module_names | ENGINES

    others = {
        (name, each)
        for name, tree in library_modules()
        for each in imported(tree)
        if each.partition(".")[0] not in allowed and each != NAME and not each.startswith(f"{NAME}.")
    }

    assert others == set()


def test_each_engine_has_one_door() -> None:
    doors = {
        (engine, name)
        for name, tree in library_modules()
        for engine in ENGINES
        if engine in {each.partition(".")[0] for each in imported(tree)}
    }

    assert doors == {("daachorse", "automaton.py"), ("re2", "matchers/patterns.py")}


def test_the_library_touches_no_clock_no_network_and_no_process() -> None:
    far = {
        "socket",
        "ssl",
        "urllib",
        "http",
        "subprocess",
        "threading",
        "asyncio",
        "time",
        "pickle",
        "sqlite3",
        "random",
    }

    assert [
        (name, each)
        for name, tree in library_modules()
        for each in imported(tree)
        if each.partition(".")[0] in far and not each.startswith("urllib.parse")
    ] == []


def test_reading_a_comment_brings_in_nothing_else() -> None:
    """Asked of a process of its own: what this one has imported says nothing."""
    script = """
import json, sys
before = set(sys.modules)
from moderation import rules
rule = rules.Rule("r-1", "赌博", rules.Action.REVIEW, "gambling", 50)
evaluation = rules.evaluate(rules.load(rules.dump(rules.compile([rule]))), {rules.Field.TEXT: "d u b o 堵搏"}, rules.Facts())
rules.explain(evaluation, "zh")
print(json.dumps(sorted(set(sys.modules) - before)))
"""
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=LIBRARY.parents[1], capture_output=True, text=True, check=True
    )

    brought = {
        name for name in json.loads(ran.stdout) if name.partition(".")[0] not in sys.stdlib_module_names
    }
    ours = {name for name in brought if name.partition(".")[0] == "moderation"}

    assert {name.partition(".")[0] for name in brought - ours} <= ENGINES | {"_re2"}
    assert {name for name in ours if not name.startswith(NAME)} == {"moderation"}
